"""Accounts and posts: what may be given to whom, and for how long."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from chunyu.accounts.acting import Acting
from chunyu.accounts.actions import appoint, end_post, open_account
from chunyu.accounts.models import Post
from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from tests.situations import DAY, county

pytestmark = pytest.mark.django_db


@pytest.fixture
def yurun():
    return county("雨润县")


def test_the_same_post_twice_at_a_time_is_refused(yurun):
    held = yurun.post(Role.AUDITOR)
    with pytest.raises(Refusal, match="already holds this post"):
        appoint(held.user, held.organisation, Role.AUDITOR, on=DAY)
    twin = Post(user=held.user, organisation=held.organisation, role=Role.AUDITOR, valid_from=DAY)
    with pytest.raises(IntegrityError, match="post_held_once"), transaction.atomic():
        twin.save()


def test_a_post_may_be_given_again_after_it_ended(yurun):
    held = yurun.post(Role.AUDITOR)
    end_post(held, on=date(2010, 1, 1))
    again = appoint(held.user, held.organisation, Role.AUDITOR, on=date(2012, 1, 1))
    assert list(held.user.posts_on(date(2009, 12, 31))) == [held]
    assert list(held.user.posts_on(date(2011, 6, 1))) == []
    assert list(held.user.posts_on(date(2012, 1, 1))) == [again]


def test_a_post_ends_after_it_began(yurun):
    with pytest.raises(Refusal, match="cannot end before it starts"):
        end_post(yurun.post(Role.AUDITOR), on=date(1999, 1, 1))
    with pytest.raises(IntegrityError, match="post_ends_after_it_starts"), transaction.atomic():
        Post.objects.filter(pk=yurun.post(Role.AUDITOR).pk).update(valid_to="1999-01-01")


def test_an_unknown_role_is_refused_by_the_database(yurun):
    with pytest.raises(IntegrityError, match="post_role_known"), transaction.atomic():
        Post.objects.filter(pk=yurun.post(Role.AUDITOR).pk).update(role="emperor")


def test_an_account_is_refused_with_a_reason(yurun):
    taken = yurun.post(Role.AUDITOR).user.username
    with pytest.raises(Refusal, match="already exists"):
        open_account(username=taken, full_name="重名")
    with pytest.raises(Refusal, match="too short"):
        open_account(username="short", full_name="短口令", password="chunyu")
    fine = open_account(username="fine", full_name="合格", password="随风潜入夜，润物细无声")
    assert not fine.check_password("随风潜入夜")
    assert fine.password.count("风") == 0


def test_an_account_without_a_password_cannot_sign_in(yurun, client):
    user = yurun.post(Role.AUDITOR).user
    assert not user.has_usable_password()
    assert not user.check_password("")


def test_a_job_goes_on_only_while_its_starter_holds_the_post(yurun):
    held = yurun.post(Role.COUNTY_CASEWORKER)
    assert Acting.through(held, DAY).path == yurun.path
    end_post(held, on=DAY)
    with pytest.raises(Refusal, match="no longer holds"):
        Acting.through(held, DAY)


def test_a_refusal_keeps_its_sentence_in_the_reader_language():
    from django.utils.translation import gettext_lazy

    refusal = Refusal(gettext_lazy("Monday"), code="day")
    with translation.override("zh-hans"):
        assert str(refusal) == "星期一"
    with translation.override("en"):
        assert str(refusal) == "Monday"
