"""A member of staff arrives in the morning, signs in, chooses a post, and leaves in the evening."""

from datetime import date

import pytest
from django.test import Client
from django.utils import timezone

from chunyu.accounts.actions import appoint
from chunyu.accounts.models import User
from chunyu.accounts.roles import Role
from tests.situations import FOUNDING_DAY, County, county

pytestmark = pytest.mark.django_db
PASSWORD = "three calm words"
SIGN_IN = "/account/sign-in/"


@pytest.fixture
def client() -> Client:
    return Client(headers={"accept-language": "en"})


@pytest.fixture
def yurun() -> County:
    return county("雨润县", password=PASSWORD)


@pytest.fixture
def caseworker(yurun) -> User:
    return yurun.post(Role.COUNTY_CASEWORKER).user


def sign_in(client: Client, user: User, password: str = PASSWORD, **more):
    return client.post(SIGN_IN, {"username": user.username, "password": password, **more})


def test_with_the_right_password_goes_to_the_page_that_was_asked_for(client, caseworker):
    answer = sign_in(client, caseworker, next="/account/password/")
    assert (answer.status_code, answer.url) == (303, "/account/password/")


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_never_leads_to_another_site(client, caseworker, elsewhere):
    assert sign_in(client, caseworker, next=elsewhere).url == "/"


def test_says_the_same_for_an_unknown_account_and_a_wrong_password(client, caseworker):
    wrong = sign_in(client, caseworker, "wrong")
    unknown = client.post(SIGN_IN, {"username": "nobody-of-that-name", "password": "wrong"})
    assert wrong.status_code == unknown.status_code == 422
    sentences = [answer.context["form"].non_field_errors() for answer in (wrong, unknown)]
    assert sentences[0] == sentences[1]
    assert "do not match" in sentences[0][0]


def test_is_locked_out_after_eight_wrong_passwords_and_told_for_how_long(client, caseworker):
    for _ in range(8):
        last = sign_in(client, caseworker, "wrong")
    assert last.status_code == 429
    assert "Try again in 15 minutes" in last.content.decode()
    assert sign_in(client, caseworker).status_code == 429


def test_with_two_posts_chooses_one_and_acts_through_it(client, yurun, caseworker):
    township = appoint(caseworker, yurun.township, Role.TOWNSHIP_OFFICER, on=FOUNDING_DAY)
    answer = sign_in(client, caseworker, next="/account/password/")
    assert answer.url == "/account/posts/?next=/account/password/"
    answer = client.post("/account/posts/", {"post": township.pk, "next": "/account/password/"})
    assert answer.url == "/account/password/"
    assert client.get("/account/posts/").context["acting"].post == township


def test_cannot_choose_somebody_elses_post(client, yurun, caseworker):
    client.force_login(caseworker, backend="django.contrib.auth.backends.ModelBackend")
    stranger = yurun.post(Role.COUNTY_APPROVER)
    answer = client.post("/account/posts/", {"post": stranger.pk})
    assert "do not hold that post" in answer.content.decode()
    assert client.get("/account/posts/").context["acting"].post.user == caseworker


def test_without_a_post_is_told_whom_to_ask(client):
    user = User.objects.create_user("new-person", "新人", PASSWORD)
    assert sign_in(client, user).url == "/account/posts/?next=/"
    page = client.get("/account/posts/").content.decode()
    assert "Ask the system keeper" in page


def test_signs_out_only_by_a_post(client, caseworker):
    sign_in(client, caseworker)
    assert client.get("/account/sign-out/").status_code == 405
    client.post("/account/sign-out/")
    assert client.get("/account/password/").url.startswith(SIGN_IN)


def test_changes_the_password_and_stays_signed_in_here_only(client, caseworker):
    elsewhere = Client()
    for each in (client, elsewhere):
        sign_in(each, caseworker)
    new = "another calm sentence"
    answer = client.post("/account/password/", {"old_password": PASSWORD, "new_password1": new, "new_password2": new})
    assert answer.status_code == 303
    assert client.get("/account/password/").status_code == 200
    assert elsewhere.get("/account/password/").url.startswith(SIGN_IN)
    assert sign_in(Client(), caseworker, new).status_code == 303


def test_language_and_theme_are_remembered_in_cookies_and_unknown_ones_are_not(client):
    answer = client.post("/account/language/", {"language": "en", "next": SIGN_IN})
    assert answer.url == SIGN_IN
    assert answer.cookies["django_language"].value == "en"
    client.post("/account/theme/", {"theme": "dark"})
    assert 'data-bs-theme="dark"' in client.get(SIGN_IN).content.decode()
    assert "theme" not in client.post("/account/theme/", {"theme": "<script>"}).cookies


def test_training_day_is_announced_on_every_page(client, settings):
    assert "Training" not in client.get(SIGN_IN).content.decode()
    settings.CHUNYU_TODAY = date(2015, 1, 14)
    assert "Wed, 14 Jan 2015" in client.get(SIGN_IN).content.decode()
    assert "2015年1月14日 星期三" in client.get(SIGN_IN, headers={"accept-language": "zh-hans"}).content.decode()


def test_lockout_time_is_never_below_one_minute(client, caseworker, monkeypatch):
    for _ in range(8):
        sign_in(client, caseworker, "wrong")
    later = timezone.now() + timezone.timedelta(minutes=14, seconds=50)
    monkeypatch.setattr("chunyu.accounts.pages.timezone.now", lambda: later)
    assert "Try again in 1 minute." in sign_in(client, caseworker, "wrong").content.decode()
