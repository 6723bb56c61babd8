"""Signing in and out, choosing a post, password, language and theme.

These pages stand beneath the kit of `chunyu.ui`; they use its templates and none of its code.
"""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout, update_session_auth_hash
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.urls import NoReverseMatch
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from chunyu.accounts import factor_pages, idle, second_factor
from chunyu.accounts.access import SESSION_FIRST, first_of_all, public, signed_in
from chunyu.accounts.clock import today
from chunyu.accounts.forms import ChangePasswordForm, SignInForm
from chunyu.accounts.middleware import SESSION_POST
from chunyu.accounts.models import User
from chunyu.accounts.theme import AUTO, COOKIE, THEMES, YEAR

UNPROCESSABLE = 422
BACKEND = "django.contrib.auth.backends.ModelBackend"
TOO_MANY = 429


def wanted(request: HttpRequest, otherwise: str) -> str:
    """Where to go next, if that is on this site."""
    goal = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(goal, {request.get_host()}, require_https=request.is_secure())
    return goal if safe else otherwise


def _home() -> str:
    try:
        return resolve_url(settings.LOGIN_REDIRECT_URL)
    except NoReverseMatch:
        return "/"


def _see_other(url: str) -> HttpResponse:
    return HttpResponseRedirect(url, status=303)


@public
@never_cache
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return _see_other(wanted(request, _home()))
    form = SignInForm(request)
    status = 200
    if request.method == "POST":
        form = SignInForm(request, data=request.POST)
        if form.is_valid():
            user = form.get_user()
            if second_factor.of(user):
                return factor_pages.ask(request, user, wanted(request, _home()))
            return signed_in_as(request, user, wanted(request, _home()))
        status = UNPROCESSABLE
    return render(
        request,
        "accounts/sign_in.html",
        {"form": form, "next": wanted(request, ""), "title": _("Sign in")},
        status=status,
    )


def signed_in_as(request: HttpRequest, user: User, goal: str) -> HttpResponse:
    """Let the person in; to what comes first, to the choice of a post, or to where they wanted to go."""
    login(request, user, backend=BACKEND)
    idle.begin(request)
    if comes_first(request):
        return _see_other(resolve_url(request.session[SESSION_FIRST]))
    if user.posts_on(today()).count() == 1:
        return _see_other(goal)
    choose = resolve_url("accounts:posts")
    return _see_other(f"{choose}?{urlencode({'next': goal}, safe='/')}")


def comes_first(request: HttpRequest) -> bool:
    """Whether something stands before every other page, and which: one's own password, then the second factor."""
    request.session.pop(SESSION_FIRST, None)
    if request.user.password_is_first:
        request.session[SESSION_FIRST] = "accounts:password"
    elif second_factor.is_required() and second_factor.of(request.user) is None:
        request.session[SESSION_FIRST] = "accounts:factor"
    return SESSION_FIRST in request.session


def locked_out(request: HttpRequest, original: HttpResponse | None, credentials: dict | None) -> HttpResponse:
    """Too many wrong passwords: says for how long, and never whether the account exists. Called by axes."""
    minutes = _minutes_left(request, (credentials or request.POST).get("username", ""))
    sentence = ngettext(
        "Too many wrong passwords. Try again in %(minutes)s minute.",
        "Too many wrong passwords. Try again in %(minutes)s minutes.",
        minutes,
    ) % {"minutes": minutes}
    context = {"form": SignInForm(request), "locked": sentence, "next": wanted(request, ""), "title": _("Sign in")}
    return render(request, "accounts/sign_in.html", context, status=TOO_MANY)


def _minutes_left(request: HttpRequest, username: str) -> int:
    cool_off = get_cool_off(request) or timedelta()
    last = AccessAttempt.objects.filter(username=username).order_by("-attempt_time").first()
    passed = timezone.now() - last.attempt_time if last else timedelta()
    return max(1, -(-int((cool_off - passed).total_seconds()) // 60))


@public
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    messages.success(request, _("You are signed out."))
    return _see_other(resolve_url(settings.LOGOUT_REDIRECT_URL))


@signed_in
@never_cache
def posts(request: HttpRequest) -> HttpResponse:
    """The posts that this person holds today; choosing one decides what every page shows."""
    held = list(request.user.posts_on(today()))
    if request.method == "POST":
        chosen = next((post for post in held if str(post.pk) == request.POST.get("post")), None)
        if chosen is not None:
            request.session[SESSION_POST] = chosen.pk
            return _see_other(wanted(request, _home()))
        messages.error(request, _("You do not hold that post today. Choose one of those below."))
    template = "accounts/posts.html" if held else "accounts/no_post.html"
    title = _("Choose a post") if held else _("No post yet")
    return render(
        request, template, {"posts": held, "next": wanted(request, ""), "title": title, "acting": request.acting}
    )


@signed_in
@first_of_all
@never_cache
@sensitive_post_parameters()
def password(request: HttpRequest) -> HttpResponse:
    form = ChangePasswordForm(request.user, data=request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.save()
        # Everyone else who is signed in with this account is signed out; this browser stays.
        update_session_auth_hash(request, form.user)
        messages.success(request, _("The password is changed. Other devices are signed out."))
        return _see_other(resolve_url(request.session[SESSION_FIRST]) if comes_first(request) else _home())
    status = UNPROCESSABLE if form.errors else 200
    first = SESSION_FIRST in request.session
    title = _("Choose your own password") if first else _("Change password")
    return render(request, "accounts/password.html", {"form": form, "first": first, "title": title}, status=status)


@public
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    chosen = request.POST.get("language", "")
    response = _see_other(wanted(request, "/"))
    if translation.check_for_language(chosen) and chosen in dict(settings.LANGUAGES):
        _remember(request, response, settings.LANGUAGE_COOKIE_NAME, chosen)
    return response


@public
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    chosen = request.POST.get("theme", AUTO)
    response = _see_other(wanted(request, "/"))
    if chosen in THEMES:
        _remember(request, response, COOKIE, chosen)
    return response


def _remember(request: HttpRequest, response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(name, value, max_age=YEAR, httponly=True, samesite="Lax", secure=request.is_secure())
