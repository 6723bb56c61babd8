"""Signing in with a phone beside the password, and what a stolen copy of the database is worth."""

from __future__ import annotations

import base64
import re
import time
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_otp.oath import totp

from chunyu.accounts import access, second_factor
from chunyu.accounts.models import RecoveryCode, SecondFactor, User
from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.staff import actions as keepers
from tests.situations import DAY, County, county

pytestmark = pytest.mark.django_db
PASSWORD = "three unrelated words"
OWN = "润物细无声的一个密码"


class Phone:
    """The app on somebody's phone, whose clock can be set."""

    def __init__(self, user: User) -> None:
        self.key = base64.b32decode(SecondFactor.objects.get(user=user).key.reveal())

    def code(self, drift: int = 0) -> str:
        return f"{totp(self.key, second_factor.STEP, drift=drift):06d}"


@pytest.fixture
def yurun(settings) -> County:
    settings.CHUNYU_TODAY = DAY
    return county("雨润县", password=PASSWORD)


@pytest.fixture
def user(yurun) -> User:
    return yurun.post(Role.COUNTY_CASEWORKER).user


def browser() -> Client:
    return Client(headers={"accept-language": "en"})


def with_phone(user: User) -> tuple[Phone, list[str]]:
    second_factor.begin(user)
    phone = Phone(user)
    return phone, second_factor.confirm(user, phone.code(-1))


def after_password(user: User) -> Client:
    client = browser()
    client.post(reverse("accounts:sign-in"), {"username": user.username, "password": PASSWORD})
    return client


def enters(client: Client, code: str, page: str = "second-step"):
    return client.post(reverse(f"accounts:{page}"), {"code": code})


def is_in(client: Client) -> bool:
    return client.get(reverse("hardship:households")).status_code == 200


def test_set_up_on_the_page_and_asked_for_at_the_next_sign_in(user):
    client = after_password(user)
    assert is_in(client), "offered, and not yet wanted"
    page = reverse("accounts:factor")
    client.post(page, {"act": "begin"})
    shown = client.get(page).content.decode()
    assert "<svg" in shown
    assert SecondFactor.objects.get().key.reveal()[:4] in shown
    assert client.post(page, {"act": "confirm", "code": "000000"}).status_code == 422
    done = client.post(page, {"act": "confirm", "code": Phone(user).code()})
    assert len(re.findall(r"<code>\w{4}-\w{4}-\w{4}</code>", done.content.decode())) == second_factor.RECOVERY_CODES

    again = after_password(user)
    assert not is_in(again), "the password alone lets nobody in"
    assert enters(again, Phone(user).code(1)).status_code in (302, 303)
    assert is_in(again)


def test_a_code_counts_once_and_an_old_one_not_at_all(user):
    phone, _ = with_phone(user)
    code = phone.code()
    first, second = after_password(user), after_password(user)
    enters(first, code)
    assert is_in(first)
    assert enters(second, code).status_code == 422
    assert enters(second, phone.code(-1)).status_code == 422
    assert enters(second, phone.code(-9)).status_code == 422
    assert not is_in(second)


def test_a_code_on_paper_counts_once(user):
    _phone, codes = with_phone(user)
    first, second = after_password(user), after_password(user)
    enters(first, codes[0].upper().replace("-", " "))
    assert is_in(first)
    assert enters(second, codes[0]).status_code == 422
    assert enters(second, codes[1]).status_code in (302, 303)
    fresh = second_factor.new_recovery_codes(user)
    assert enters(after_password(user), codes[2]).status_code == 422, "the old paper is worth nothing"
    assert enters(after_password(user), fresh[0]).status_code in (302, 303)


def test_after_five_wrong_codes_nothing_counts_for_a_while(user):
    phone, codes = with_phone(user)
    client = after_password(user)
    for _ in range(second_factor.WRONG_AT_MOST):
        enters(client, "000000")
    for code in (phone.code(), codes[0]):
        assert "Too many wrong codes" in enters(client, code).content.decode()
    SecondFactor.objects.update(wrong_at=timezone.now() - second_factor.PAUSE - timedelta(seconds=1))
    enters(client, phone.code())
    assert is_in(client)


def test_a_stranger_without_the_password_locks_nobody_out(user):
    phone, _ = with_phone(user)
    for _ in range(20):
        assert enters(browser(), "000000").url == reverse("accounts:sign-in")
    assert SecondFactor.objects.get().wrong == 0
    client = after_password(user)
    enters(client, phone.code())
    assert is_in(client)


def test_the_second_step_waits_ten_minutes(user):
    phone, _ = with_phone(user)
    client = after_password(user)
    session = client.session
    session["signing_in"] |= {"at": time.time() - 601}
    session.save()
    assert enters(client, phone.code()).url == reverse("accounts:sign-in")
    assert not is_in(client)


def test_a_closed_account_does_not_pass_the_second_step(user):
    phone, _ = with_phone(user)
    client = after_password(user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert enters(client, phone.code()).url == reverse("accounts:sign-in")


class TestRequired:
    @pytest.fixture(autouse=True)
    def _required(self, settings):
        settings.SECOND_FACTOR = "required"

    def test_nobody_works_without_one(self, user):
        client = after_password(user)
        assert client.get(reverse("hardship:households")).url == reverse("accounts:factor")
        page = reverse("accounts:factor")
        assert "nobody works with a password alone" in client.get(page).content.decode()
        client.post(page, {"act": "begin"})
        client.post(page, {"act": "confirm", "code": Phone(user).code()})
        assert is_in(client)
        refused = client.post(page, {"act": "remove", "code": Phone(user).code(1)})
        assert refused.status_code == 422
        assert second_factor.of(user)

    def test_own_password_first_then_the_phone(self, yurun, user):
        password = keepers.new_password(yurun.acting(Role.SYSTEM_KEEPER), user)
        client = browser()
        client.post(reverse("accounts:sign-in"), {"username": user.username, "password": password})
        own = {
            "old_password": password,
            "new_password1": OWN,
            "new_password2": OWN,
        }
        assert client.post(reverse("accounts:password"), own).url == reverse("accounts:factor")
        assert client.get(reverse("hardship:households")).url == reverse("accounts:factor")

    def test_a_lost_phone_is_forgotten_by_the_security_keeper(self, yurun, user):
        with_phone(user)
        with pytest.raises(Refusal):
            keepers.remove_factor(yurun.acting(Role.SYSTEM_KEEPER), user, reason="x")
        keepers.remove_factor(yurun.acting(Role.SECURITY_KEEPER), user, reason="手机丢失，已回拨核实")
        assert not RecoveryCode.objects.exists()
        client = after_password(user)
        assert client.get(reverse("hardship:households")).url == reverse("accounts:factor")


def test_an_act_that_moves_rights_asks_again(yurun):
    security = yurun.post(Role.SECURITY_KEEPER).user
    person = keepers.open_account(
        yurun.acting(Role.SYSTEM_KEEPER), username="zhang.wei", full_name="张卫", organisation=yurun.federation
    )[0]
    asked = keepers.ask_for_post(
        yurun.acting(Role.SYSTEM_KEEPER), person, organisation=yurun.federation, role=Role.COUNTY_CASEWORKER,
        valid_from=DAY, valid_to=None, reason="雨工发〔2015〕3号",
    )  # fmt: skip
    phone, codes = with_phone(security)
    client = after_password(security)
    enters(client, phone.code())
    session = client.session
    session[access.SESSION_FACTOR] = time.time() - access.FRESH - 1
    session.save()
    here = reverse("staff:request", args=[asked.pk])
    answer = client.post(reverse("staff:grant", args=[asked.pk]), headers={"referer": f"http://testserver{here}"})
    assert answer.url == f"{reverse('accounts:confirm')}?next={here}"
    assert not person.posts_on(DAY).exists()
    assert client.post(answer.url, {"code": "000000"}).status_code == 422
    assert client.post(answer.url, {"code": codes[0], "next": here}).url == here
    client.post(reverse("staff:grant", args=[asked.pk]))
    assert person.posts_on(DAY).exists()


def test_a_stolen_table_of_sessions_opens_nothing(user):
    client = after_password(user)
    cookie = client.cookies["sessionid"].value
    [row] = Session.objects.all()
    assert row.session_key != cookie
    thief = browser()
    thief.cookies["sessionid"] = row.session_key
    assert not is_in(thief)
    assert is_in(client)
    client.post(reverse("accounts:sign-out"))
    assert not Session.objects.filter(session_key=row.session_key).exists()
    thief.cookies["sessionid"] = cookie
    assert not is_in(thief)


def test_keys_and_codes_stand_nowhere_in_clear(user):
    _phone, codes = with_phone(user)
    key = SecondFactor.objects.get().key.reveal()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t::text FROM accounts_secondfactor t UNION ALL SELECT t::text FROM accounts_recoverycode t"
        )
        stored = "\n".join(row for (row,) in cursor.fetchall())
    assert key not in stored
    assert not [code for code in codes if code.replace("-", "") in stored]
