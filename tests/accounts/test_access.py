"""Who may open a page, and that looking changes nothing."""

from datetime import timedelta

import pytest
from django.test import Client

from chunyu.accounts import clock
from chunyu.accounts.access import WriteWhileReading, allows, guard, rule_of
from chunyu.accounts.actions import appoint, end_post
from chunyu.accounts.models import User
from chunyu.accounts.roles import Role
from chunyu.federation import actions as federation
from tests.accounts import pages
from tests.situations import DAY, acting, county, post

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.accounts.pages")]


@pytest.fixture(autouse=True)
def _the_day(settings):
    settings.CHUNYU_TODAY = DAY


@pytest.fixture
def yurun():
    return county("雨润县")


def client_of(post):
    client = Client()
    client.force_login(post.user)
    return client


def test_without_a_sign_in_one_is_sent_to_sign_in_and_back(client, db):
    answer = client.get("/money?page=2")
    assert (answer.status_code, answer.url) == (302, "/account/sign-in?next=/money%3Fpage%3D2")


def test_a_part_asked_for_in_the_background_sends_the_whole_page_to_sign_in(client):
    answer = client.get("/money", HTTP_HX_REQUEST="true", HTTP_HX_CURRENT_URL="https://chunyu.example/home?x=1")
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, "/account/sign-in?next=/home")


@pytest.mark.parametrize("role", Role)
def test_only_the_roles_of_the_rule_come_in(yurun, role):
    answer = client_of(yurun.post(role)).get("/money")
    assert answer.status_code == (200 if role in {Role.FINANCE_OFFICER, Role.AUDITOR} else 403)


def test_someone_without_a_post_gets_the_general_pages_alone(db):
    nobody = User.objects.create_user("nobody", "无岗", None)
    client = Client()
    client.force_login(nobody)
    assert client.get("/home").content == b"no post"
    assert client.get("/money").status_code == 403


def test_a_foreign_object_answers_as_if_it_did_not_exist(yurun):
    assert client_of(yurun.post(Role.COUNTY_CASEWORKER)).get("/somebody-elses").status_code == 404
    assert client_of(yurun.post(Role.AUDITOR)).get("/somebody-elses").status_code == 403


def test_a_public_page_needs_nobody(client):
    assert client.get("/notice").content == b"notice"


def test_a_rule_that_names_nobody_is_a_fault_of_the_page():
    with pytest.raises(ValueError, match="states no rule"):
        guard(pages.notice, frozenset())
    assert rule_of(pages._rename) is None
    assert not allows(None, Role.AUDITOR)
    assert allows(rule_of(pages.money), Role.AUDITOR)
    assert not allows(rule_of(pages.money), Role.COUNTY_APPROVER)


@pytest.mark.parametrize("address", ["/write", "/hidden-write", "/late-write"])
@pytest.mark.parametrize("method", ["get", "head"])
def test_a_reading_request_cannot_write(yurun, client, address, method):
    with pytest.raises(WriteWhileReading, match="read-only transaction"):
        getattr(client, method)(address)
    assert not User.objects.filter(full_name=pages.NAME_OF_SYSTEM).exists()


def test_control_the_same_page_without_the_guard_does_write(yurun, client):
    client.get("/unguarded-write")
    assert not User.objects.exclude(full_name=pages.NAME_OF_SYSTEM).exists()


def test_a_writing_request_writes_and_the_guard_leaves_nothing_behind(yurun, client):
    client.get("/notice")
    assert client.post("/write").content == b"renamed"
    assert not User.objects.exclude(full_name=pages.NAME_OF_SYSTEM).exists()


class TestActing:
    def test_the_chosen_post_acts_while_it_is_held(self, yurun):
        held = yurun.post(Role.COUNTY_CASEWORKER)
        second = appoint(held.user, yurun.township, Role.TOWNSHIP_OFFICER, on=DAY)
        client = client_of(held)
        assert client.get("/home").content == b"county_caseworker"
        session = client.session
        session["post"] = second.pk
        session.save()
        assert client.get("/home").content == b"township_officer"
        end_post(second, on=DAY + timedelta(days=1))
        assert client.get("/home").content == b"township_officer"

    def test_an_ended_post_is_lost_at_the_next_request(self, yurun):
        held = yurun.post(Role.FINANCE_OFFICER)
        client = client_of(held)
        assert client.get("/money").status_code == 200
        end_post(held, on=DAY)
        assert client.get("/money").status_code == 403
        assert client.get("/home").content == b"no post"

    def test_somebody_elses_post_in_the_session_gives_nothing(self, yurun):
        client = client_of(yurun.post(Role.WORKPLACE_CHAIR))
        session = client.session
        session["post"] = yurun.post(Role.FINANCE_OFFICER).pk
        session.save()
        assert client.get("/home").content == b"workplace_chair"

    def test_a_closed_account_is_signed_out(self, yurun):
        held = yurun.post(Role.FINANCE_OFFICER)
        client = client_of(held)
        User.objects.filter(pk=held.user_id).update(is_active=False)
        assert client.get("/money").status_code == 302

    def test_a_post_at_a_dissolved_organisation_gives_nothing(self, yurun):
        client = client_of(yurun.post(Role.WORKPLACE_CHAIR))
        federation.dissolve(yurun.workplace, on=DAY)
        assert client.get("/home").content == b"no post"

    def test_a_post_of_the_future_does_not_act_yet(self, yurun, settings):
        client = client_of(post(Role.AUDITOR, yurun.federation, since=DAY + timedelta(days=1)))
        assert client.get("/money").status_code == 403
        settings.CHUNYU_TODAY = DAY + timedelta(days=1)
        assert clock.today() == DAY + timedelta(days=1)
        assert client.get("/money").status_code == 200

    def test_it_sees_its_own_subtree_to_the_byte(self, yurun):
        qinghe = county("青禾县")
        officer = acting(Role.TOWNSHIP_OFFICER, yurun.township)
        assert officer.sees(yurun.workplace.path)
        assert officer.sees(yurun.township.path)
        assert not officer.sees(yurun.federation.path)
        assert not officer.sees(qinghe.workplace.path)
        assert not officer.sees(officer.path[:-1])
        assert not officer.sees("")
