"""Two keepers look after who signs in: one opens accounts and asks for posts, the other grants them."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from chunyu.accounts.actions import appoint, end_post
from chunyu.accounts.models import Post, User
from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.audit.models import Entry
from chunyu.federation.models import Organisation
from chunyu.staff import actions, queries
from chunyu.staff.models import PostRequest
from tests.situations import DAY, County, acting, county, post

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
SYSTEM, SECURITY = Role.SYSTEM_KEEPER, Role.SECURITY_KEEPER
LATER = date(2016, 1, 4)  # regions of Hebei are known from 2015-09-30 on
DOCUMENT = "雨工发〔2015〕3号"
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def yurun() -> County:
    return county("雨润县")


@pytest.fixture
def newcomer(yurun) -> User:
    return actions.open_account(
        yurun.acting(SYSTEM), username="zhang.wei", full_name="张卫", organisation=yurun.federation
    )[0]


def asked(yurun: County, person: User, role: Role = Role.COUNTY_APPROVER, **given) -> PostRequest:
    asked_for = {"organisation": yurun.federation, "valid_from": DAY, "valid_to": None, "reason": DOCUMENT}
    return actions.ask_for_post(yurun.acting(SYSTEM), person, role=role, **(asked_for | given))


def signed_in(who: Post, settings) -> Client:
    settings.CHUNYU_TODAY = DAY
    client = Client(headers={"accept-language": "en"})
    client.force_login(who.user, backend=BACKEND)
    return client


def test_from_an_account_to_a_post_that_two_people_gave(yurun, newcomer, settings):
    keeper, security = signed_in(yurun.post(SYSTEM), settings), signed_in(yurun.post(SECURITY), settings)
    assert not newcomer.posts_on(DAY).exists(), "an account alone opens nothing"
    page = keeper.post(
        reverse("staff:ask", args=[newcomer.pk]),
        {
            "role": "county_approver",
            "organisation": yurun.federation.pk,
            "valid_from": DAY,
            "reason": "雨工发〔2015〕3号",
        },
    )
    assert page.status_code == 303
    assert not newcomer.posts_on(DAY).exists(), "and a request gives nothing"
    request = PostRequest.objects.get()
    assert keeper.post(reverse("staff:grant", args=[request.pk])).status_code == 403
    assert security.post(reverse("staff:grant", args=[request.pk])).status_code == 303
    held = newcomer.posts_on(DAY).get()
    assert (held.role, held.organisation, held.request.reason) == (
        "county_approver",
        yurun.federation,
        "雨工发〔2015〕3号",
    )
    assert {"staff.open_account", "staff.ask_for_post", "staff.grant"} <= set(
        Entry.objects.values_list("event", flat=True)
    )


def test_the_first_password_is_shown_once_and_opens_one_page(yurun, settings):
    keeper = signed_in(yurun.post(SYSTEM), settings)
    page = keeper.post(
        reverse("staff:open"),
        {"username": "li.na", "full_name": "李娜", "organisation": yurun.federation.pk},
    )
    assert page["Cache-Control"] == "no-store"
    [password] = re.findall(r"<code>([A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4})</code>", page.content.decode())
    person = User.objects.get(username="li.na")
    appoint(person, yurun.federation, Role.COUNTY_CASEWORKER, on=DAY)
    assert password not in keeper.get(reverse("staff:person", args=[person.pk])).content.decode()

    her = Client(headers={"accept-language": "en"})
    answer = her.post(reverse("accounts:sign-in"), {"username": "li.na", "password": password})
    assert answer.url == reverse("accounts:password")
    assert her.get(reverse("hardship:households")).url == reverse("accounts:password"), "nothing else opens"
    own = {"old_password": password, "new_password1": "三个无关的词语做密码", "new_password2": "三个无关的词语做密码"}
    same = her.post(reverse("accounts:password"), own | {"new_password1": password, "new_password2": password})
    assert same.status_code == 422
    assert her.post(reverse("accounts:password"), own).status_code == 303
    assert her.get(reverse("hardship:households")).status_code == 200


def test_a_forgotten_password_is_replaced_and_open_sessions_end(yurun, settings):
    worker = yurun.post(Role.COUNTY_CASEWORKER)
    at_work = signed_in(worker, settings)
    assert at_work.get(reverse("hardship:households")).status_code == 200
    password = actions.new_password(yurun.acting(SYSTEM), worker.user)
    assert at_work.get(reverse("hardship:households")).status_code == 302, "signed out"
    worker.user.refresh_from_db()
    assert worker.user.check_password(password)
    with pytest.raises(Refusal, match="Change your own password yourself"):
        actions.new_password(yurun.acting(SYSTEM), yurun.post(SYSTEM).user)


class TestTwoPeople:
    def test_nobody_asks_for_themselves_or_grants_themselves(self, yurun):
        keeper, security = yurun.post(SYSTEM), yurun.post(SECURITY)
        with pytest.raises(Refusal, match="Nobody asks for a post for themselves"):
            asked(yurun, keeper.user)
        with pytest.raises(Refusal, match="or grants themselves one"):
            actions.grant(yurun.acting(SECURITY), asked(yurun, security.user))

    def test_the_database_keeps_it_for_raw_sql_too(self, yurun, newcomer):
        request = asked(yurun, newcomer)
        given = {"answered_on": DAY, "answer": "refused", "answer_note": "x"}
        with pytest.raises(IntegrityError, match="post_request_by_two"), transaction.atomic():
            PostRequest.objects.filter(pk=request.pk).update(answered_by=request.asked_by, **given)
        with pytest.raises(IntegrityError, match="post_request_is_not_edited"), transaction.atomic():
            PostRequest.objects.filter(pk=request.pk).update(role="auditor")
        with pytest.raises(IntegrityError, match="post_request_granted_is_a_post"), transaction.atomic():
            PostRequest.objects.filter(pk=request.pk).update(
                answered_by=yurun.post(SECURITY), answered_on=DAY, answer="granted"
            )
        actions.grant(yurun.acting(SECURITY), request)
        with pytest.raises(IntegrityError, match="post_request_answered_once"), transaction.atomic():
            PostRequest.objects.filter(pk=request.pk).update(answer="withdrawn")

    def test_a_request_is_answered_once(self, yurun, newcomer):
        request = asked(yurun, newcomer)
        with pytest.raises(Refusal, match="waits for an answer"):
            asked(yurun, newcomer)
        actions.refuse(yurun.acting(SECURITY), request, reason="编制已满")
        for act in (actions.grant, lambda who, it: actions.refuse(who, it, reason="x")):
            with pytest.raises(Refusal, match="has been answered"):
                act(yurun.acting(SECURITY), request)
        again = asked(yurun, newcomer)
        actions.take_back(yurun.acting(SYSTEM), again)
        assert not newcomer.posts_on(DAY).exists()

    def test_a_refusal_says_why(self, yurun, newcomer):
        with pytest.raises(Refusal, match="Say why"):
            actions.refuse(yurun.acting(SECURITY), asked(yurun, newcomer), reason=" ")

    def test_three_keepers_are_three_people(self, yurun):
        keeper = yurun.post(SYSTEM)
        for role in (SECURITY, Role.AUDITOR):
            with pytest.raises(Refusal, match="are different people"):
                appoint(keeper.user, yurun.federation, role, on=DAY)
        appoint(keeper.user, yurun.federation, Role.COUNTY_CASEWORKER, on=DAY)
        another = post(SYSTEM, yurun.federation)
        end_post(another, on=DAY)
        appoint(another.user, yurun.federation, SECURITY, on=DAY)
        with pytest.raises(IntegrityError, match="keepers_are_different_people"), transaction.atomic():
            Post.objects.filter(pk=another.pk).update(valid_to=DAY + timedelta(days=1))

    def test_a_keeper_is_always_left(self, yurun):
        own = yurun.post(SYSTEM)
        with pytest.raises(Refusal, match="keeps one system keeper"):
            end_post(own, on=DAY)
        with pytest.raises(Refusal, match="keeps one system keeper"):
            actions.close_account(yurun.acting(SECURITY), own.user, reason="调离")
        above = post(SYSTEM, yurun.province)
        end_post(own, on=DAY)
        with pytest.raises(IntegrityError, match="last_keeper_stays"), transaction.atomic():
            Post.objects.filter(pk=above.pk).update(valid_to=DAY)

    def test_one_does_nothing_to_oneself(self, yurun):
        post(SYSTEM, yurun.federation)
        own = yurun.acting(SYSTEM)
        with pytest.raises(Refusal, match="Your own post is ended by somebody else"):
            actions.end_post(own, own.post, on=DAY)
        with pytest.raises(Refusal, match="Your own account is closed by somebody else"):
            actions.close_account(own, own.post.user, reason="x")


class TestScope:
    def test_a_keeper_sees_their_own_people_and_others_answer_as_missing(self, yurun, settings):
        qinghe = county("青禾县")
        stranger = qinghe.post(Role.COUNTY_CASEWORKER)
        keeper = signed_in(yurun.post(SYSTEM), settings)
        assert stranger.user.full_name not in keeper.get(reverse("staff:people")).content.decode()
        for name in ("person", "ask", "password", "close"):
            assert keeper.get(reverse(f"staff:{name}", args=[stranger.user.pk])).status_code == 404
        for name in ("close", "reopen", "password", "ask"):
            assert keeper.post(reverse(f"staff:{name}", args=[stranger.user.pk])).status_code == 404
        assert keeper.get(reverse("staff:end-post", args=[stranger.pk])).status_code == 404
        with pytest.raises(User.DoesNotExist):
            actions.close_account(yurun.acting(SYSTEM), stranger.user, reason="x")

    def test_a_post_elsewhere_of_ones_own_person_stays_elsewhere(self, yurun, settings):
        qinghe = county("青禾县")
        person = yurun.post(Role.COUNTY_CASEWORKER).user
        there = appoint(person, qinghe.federation, Role.COUNTY_CASEWORKER, on=DAY)
        keeper = signed_in(yurun.post(SYSTEM), settings)
        assert keeper.get(reverse("staff:end-post", args=[there.pk])).status_code == 404
        with pytest.raises(Refusal, match="not yours to give posts at"):
            asked(yurun, person, organisation=qinghe.federation)
        with pytest.raises(Refusal, match="not yours to give posts at"):
            actions.end_post(yurun.acting(SYSTEM), there, on=DAY)

    def test_a_request_of_another_county_answers_as_missing(self, yurun, newcomer, settings):
        request = asked(yurun, newcomer)
        other = signed_in(county("青禾县").post(SECURITY), settings)
        assert other.get(reverse("staff:request", args=[request.pk])).status_code == 404
        assert other.post(reverse("staff:grant", args=[request.pk])).status_code == 404

    def test_who_is_no_keeper_sees_nothing_of_it(self, yurun, settings):
        worker = signed_in(yurun.post(Role.COUNTY_CASEWORKER), settings)
        assert worker.get(reverse("staff:people")).status_code == 403
        auditor = signed_in(yurun.post(Role.AUDITOR), settings)
        assert auditor.get(reverse("staff:people")).status_code == 200
        assert auditor.get(reverse("staff:open")).status_code == 403


def test_an_end_takes_hold_at_the_next_request(yurun, settings):
    worker = yurun.post(Role.COUNTY_CASEWORKER)
    at_work = signed_in(worker, settings)
    assert at_work.get(reverse("hardship:households")).status_code == 200
    with pytest.raises(Refusal, match="from today on"):
        actions.end_post(yurun.acting(SECURITY), worker, on=DAY - timedelta(days=1))
    actions.end_post(yurun.acting(SECURITY), worker, on=DAY)
    assert at_work.get(reverse("hardship:households")).status_code == 403


def test_a_closed_account_is_out_at_once_and_comes_back_with_its_posts(yurun, settings):
    worker = yurun.post(Role.COUNTY_CASEWORKER)
    at_work = signed_in(worker, settings)
    actions.close_account(yurun.acting(SECURITY), worker.user, reason="产假")
    assert at_work.get(reverse("hardship:households")).status_code == 302
    with pytest.raises(Refusal, match="closed already"):
        actions.close_account(yurun.acting(SECURITY), worker.user, reason="x")
    with pytest.raises(Refusal, match="account is closed"):
        actions.new_password(yurun.acting(SYSTEM), worker.user)
    with pytest.raises(Refusal, match="Only system keeper does this"):
        actions.reopen_account(yurun.acting(SECURITY), worker.user)
    actions.reopen_account(yurun.acting(SYSTEM), worker.user)
    assert list(User.objects.get(pk=worker.user_id).posts_on(DAY)) == [worker]


def test_the_list_is_searched_filtered_and_asked_for_in_few_queries(
    yurun, newcomer, settings, django_assert_num_queries
):
    keeper = signed_in(yurun.post(SYSTEM), settings)
    asked(yurun, newcomer)
    keeper.get(reverse("staff:people"))
    with django_assert_num_queries(9):
        page = keeper.get(reverse("staff:people"))
    assert "张卫" in page.content.decode()
    assert "waits for a yes" in page.content.decode()
    for address, found in (
        ("?q=zhang.wei", True),
        ("?state=waiting", True),
        ("?state=closed", False),
        ("?role=auditor", False),
    ):
        assert ("张卫" in keeper.get(reverse("staff:people") + address).content.decode()) is bool(found), address
    for _ in range(20):
        post(Role.COUNTY_CASEWORKER, yurun.federation)
    with django_assert_num_queries(9):
        keeper.get(reverse("staff:people"))
    assert queries.people(yurun.acting(SYSTEM)).count() > 25


def test_posts_that_cannot_be_are_refused_when_they_are_asked_for(yurun, newcomer):
    with pytest.raises(Refusal, match="cannot end before it starts"):
        asked(yurun, newcomer, valid_to=DAY)
    with pytest.raises(Refusal, match="already holds this post"):
        asked(yurun, yurun.post(Role.AUDITOR).user, Role.AUDITOR)
    with pytest.raises(Refusal, match="department's own page"):
        asked(yurun, newcomer, Role.DEPARTMENT_OFFICER)
    for_a_while = actions.grant(yurun.acting(SECURITY), asked(yurun, newcomer, valid_to=date(2016, 1, 1)))
    for_a_while.refresh_from_db()
    assert for_a_while.valid_to == date(2016, 1, 1)


class TestBeginning:
    def test_an_empty_installation_gets_its_federation_and_two_keepers(self, settings):
        settings.CHUNYU_TODAY = LATER
        from chunyu.federation.load_regions import load_regions

        load_regions()
        begin = {
            "name": "河北省总工会",
            "kind": "provincial_federation",
            "on": date(2016, 1, 4),
            "region_code": "130000",
        }
        two = (("zhang", "张三"), ("li", "李四"))
        with pytest.raises(Refusal, match="No region 99"):
            actions.begin(**begin | {"region_code": "99"}, keepers=two)
        passwords = actions.begin(**begin, keepers=two)
        top = Organisation.objects.get()
        assert {(each.role, each.user.username) for each in Post.objects.filter(organisation=top)} == {
            ("system_keeper", "zhang"),
            ("security_keeper", "li"),
        }
        client = Client(headers={"accept-language": "en"})
        answer = client.post(reverse("accounts:sign-in"), {"username": "zhang", "password": passwords["zhang"]})
        assert answer.url == reverse("accounts:password")
        with pytest.raises(Refusal, match="This installation has begun"):
            actions.begin(**begin, keepers=two)

    def test_one_person_cannot_be_both(self):
        from chunyu.federation.load_regions import load_regions

        load_regions()
        begin = {
            "name": "河北省总工会",
            "kind": "provincial_federation",
            "on": date(2016, 1, 4),
            "region_code": "130000",
        }
        with pytest.raises(Refusal):
            actions.begin(**begin, keepers=(("zhang", "张三"), ("zhang", "张三")))
        assert not Organisation.objects.exists(), "whole or not at all"


def test_somebody_acts_for_a_while(yurun):
    """A post with an end gives no right from that day on."""
    stand_in = acting(SECURITY, yurun.federation)
    end_post(stand_in.post, on=DAY)
    assert not stand_in.post.user.posts_on(DAY).exists()
