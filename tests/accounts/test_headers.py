"""What every answer carries, and how the site hardens behind a proxy that speaks TLS."""

import os
import subprocess
import sys

import pytest
from django.conf import settings as django_settings
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from chunyu.accounts.headers import address_of
from chunyu.accounts.roles import Role
from tests.situations import DAY, county

EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
FROM_THE_SHELL = ("offline:worker", "offline:manifest", "offline:shell")


def addresses(patterns, room=""):
    """Every address that takes no object, by its name."""
    for each in patterns:
        if isinstance(each, URLResolver):
            yield from addresses(each.url_patterns, each.namespace or room)
        elif isinstance(each, URLPattern) and each.name and not each.pattern.regex.groups:
            yield f"{room}:{each.name}" if room else each.name


@pytest.mark.django_db
def test_every_page_says_so_signed_in_or_not(settings):
    settings.CHUNYU_TODAY = DAY
    inside, outside = Client(), Client()
    inside.force_login(county("雨润县").post(Role.COUNTY_CASEWORKER).user)
    names = sorted(set(addresses(get_resolver().url_patterns)))
    assert len(names) > 80
    wrong = []
    for name in names:
        for client in (inside, outside):
            answer = client.get(reverse(name))
            said = {key: answer.headers.get(key) for key in EVERYWHERE}
            kept = answer.headers.get("Cache-Control", "")
            policy = answer.headers.get("Content-Security-Policy", "")
            scripts = next((each for each in policy.split("; ") if each.startswith("script-src ")), "")
            if said != EVERYWHERE or "unsafe" in scripts or "default-src 'self'" not in policy:
                wrong.append((name, said, policy))
            if "no-store" not in kept and name not in FROM_THE_SHELL:
                wrong.append((name, kept))
    assert not wrong


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "BREW"])
def test_a_method_that_no_page_knows_reaches_none(client, method):
    answer = client.generic(method, reverse("accounts:sign-in"))
    assert answer.status_code == 405


def under_tls(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "ignore", *command],
        env={name: value for name, value in os.environ.items() if name != "DJANGO_ALLOW_ASYNC_UNSAFE"}
        | {"CHUNYU_ADDRESS": "https://union.example"},
        capture_output=True, text=True, check=False, timeout=120, cwd=django_settings.ROOT,
    )  # fmt: skip


def test_djangos_own_checks_for_deployment_are_silent_and_none_is_silenced():
    found = under_tls("-m", "django", "check", "--deploy", "--fail-level", "WARNING")
    assert found.returncode == 0, found.stderr
    assert "0 silenced" in found.stdout + found.stderr


def test_behind_tls_cookies_stay_with_it_and_a_plain_request_is_sent_there():
    found = under_tls(
        "-c",
        "import django; django.setup()\n"
        "from django.conf import settings as s; from django.test import RequestFactory\n"
        "from django.http import HttpResponse; from django.middleware.security import SecurityMiddleware\n"
        "answer = SecurityMiddleware(lambda request: HttpResponse())\n"
        "plain = answer(RequestFactory().get('/account/', headers={'host': 'union.example'}))\n"
        "print(plain.status_code, plain.headers['Location'])\n"
        "said = {'host': 'union.example', 'x-forwarded-proto': 'https'}\n"
        "print(answer(RequestFactory().get('/account/', headers=said)).headers['Strict-Transport-Security'])\n"
        "print(s.SESSION_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.SESSION_COOKIE_PATH, s.SESSION_COOKIE_DOMAIN)\n"
        "print(s.CSRF_COOKIE_NAME, s.CSRF_COOKIE_SECURE, s.CSRF_COOKIE_PATH, s.CSRF_COOKIE_DOMAIN)\n",
    )
    assert found.stdout.splitlines() == [
        "301 https://union.example/account/",
        "max-age=63072000; includeSubDomains; preload",
        "__Host-session True / None",
        "__Host-csrf True / None",
    ], found.stderr


def test_who_tries_passwords_cannot_choose_an_address(settings):
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.9", headers={"x-forwarded-for": "1.2.3.4, 203.0.113.7"})
    settings.BEHIND_TLS = False
    assert address_of(request) == "10.0.0.9"
    settings.BEHIND_TLS = True
    assert address_of(request) == "203.0.113.7"
