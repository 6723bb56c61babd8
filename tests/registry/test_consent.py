"""Consent: given in writing to a text, taken back in any way and at once, and never edited."""

from datetime import date, timedelta

import pytest
from django.db import Error, IntegrityError, transaction

from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.audit.models import Entry
from chunyu.registry.actions import open_household
from chunyu.registry.consent.actions import give_consent, withdraw_consent, withdraw_on_the_web
from chunyu.registry.consent.queries import consents, of_household, text_in_use
from chunyu.registry.consent.tables import ConsentEvent, ConsentText, Purpose
from chunyu.registry.models import Household
from tests.registry.people import person
from tests.situations import county

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 2)
MATCHING = Purpose.MATCHING


@pytest.fixture
def clerk():
    return county("雨润县").acting(Role.COUNTY_CASEWORKER, TODAY)


@pytest.fixture
def worker(clerk):
    household = open_household(clerk, organisation=clerk.organisation, worker=person(), on=TODAY)
    return household.members.get()


def consenting() -> list[Household]:
    return list(Household.objects.filter(consents(MATCHING)))


def test_a_worker_agrees_on_a_form_and_takes_it_back_at_once(clerk, worker):
    assert consenting() == []  # nobody asked is nobody who agreed
    given = give_consent(clerk, worker, MATCHING, language="zh", on=TODAY)
    assert consenting() == [worker.household]
    assert given.text == text_in_use(MATCHING, "zh", TODAY)
    assert "撤回立即生效" in given.text.text
    withdraw_consent(clerk, worker, MATCHING, channel="phone", on=TODAY)
    assert consenting() == []  # the same day: what was said later counts
    give_consent(clerk, worker, MATCHING, language="en", on=TODAY)
    assert consenting() == [worker.household]
    assert of_household(worker.household, MATCHING).text.language == "en"
    withdraw_on_the_web(worker, MATCHING, on=TODAY)
    assert withdraw_on_the_web(worker, MATCHING, on=TODAY) is None
    assert consenting() == []
    acts = Entry.objects.filter(event__contains="consent").order_by("pk").values_list("event", flat=True)
    assert [act.removeprefix("registry.") for act in acts] == ["give_consent", "withdraw_consent", "give_consent"]
    assert ConsentEvent.objects.count() == 4


def test_what_is_older_than_the_latest_word_does_not_undo_it(clerk, worker):
    withdraw_consent(clerk, worker, MATCHING, channel="phone", on=TODAY)
    with pytest.raises(Refusal) as refused:
        give_consent(clerk, worker, MATCHING, language="zh", on=TODAY - timedelta(days=3))
    assert refused.value.code == "older_than_latest"
    with pytest.raises(Refusal) as refused:
        give_consent(clerk, worker, MATCHING, language="zh", on=TODAY + timedelta(days=1))
    assert refused.value.code == "day_to_come"


def test_consent_of_the_wife_is_not_the_workers(clerk, worker):
    from chunyu.registry.actions import add_member

    wife = add_member(clerk, worker.household, person("谢秀英", "12", date(1982, 3, 4)), on=TODAY)
    give_consent(clerk, wife, MATCHING, language="zh", on=TODAY)
    assert consenting() == []


def test_another_county_and_a_post_without_files_record_nothing(clerk, worker):
    qinghe = county("青禾县")
    for acting in (qinghe.acting(Role.COUNTY_CASEWORKER, TODAY), county("雨润县").acting(Role.FINANCE_OFFICER, TODAY)):
        for attempt in (
            lambda acting=acting: give_consent(acting, worker, MATCHING, language="zh", on=TODAY),
            lambda acting=acting: withdraw_consent(acting, worker, MATCHING, channel="phone", on=TODAY),
        ):
            with pytest.raises(Refusal):
                attempt()
    assert not ConsentEvent.objects.exists()


def event(clerk, worker, **more) -> ConsentEvent:
    usual = {
        "member": worker, "organisation": worker.organisation, "purpose": MATCHING, "kind": "given",
        "text": text_in_use(MATCHING, "zh", TODAY), "channel": "form", "said_on": TODAY, "recorded_by": clerk.post,
    }  # fmt: skip
    return ConsentEvent(**usual | more)


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"text": None}, "consent_names_its_text"),
        ({"kind": "withdrawn"}, "consent_names_its_text"),
        ({"kind": "perhaps", "text": None}, "consent_names_its_text"),
        ({"purpose": "selling", "kind": "withdrawn", "text": None}, "consent_purpose_known"),
        ({"channel": "rumour", "kind": "withdrawn", "text": None}, "consent_channel_known"),
        ({"channel": "phone"}, "consent_is_given_in_writing"),
        ({"recorded_by": None, "kind": "withdrawn", "text": None}, "consent_recorded_by_somebody"),
        ({"said_on": date(2014, 12, 31)}, "later day"),
    ],
)
def test_the_database_refuses_a_consent_that_cannot_be(clerk, worker, changes, constraint):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        event(clerk, worker, **changes).save(force_insert=True)


def test_neither_a_text_nor_an_event_is_changed_or_removed(clerk, worker):
    given = give_consent(clerk, worker, MATCHING, language="zh", on=TODAY)
    for attempt in (
        lambda: ConsentEvent.objects.filter(pk=given.pk).update(kind="withdrawn"),
        lambda: ConsentEvent.objects.filter(pk=given.pk).delete(),
        lambda: ConsentText.objects.update(text="x"),
        lambda: ConsentText.objects.all().delete(),
    ):
        with pytest.raises(Error, match=r"[Cc]annot"), transaction.atomic():
            attempt()


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({}, "consent_text_once_per_version_and_language"),
        ({"version": 2, "text": ""}, "consent_text_says_something"),
        ({"version": 0}, "consent_text_says_something"),
        ({"version": 2, "purpose": "selling"}, "consent_text_purpose_known"),
        ({"version": 2, "language": "la"}, "consent_text_language_known"),
    ],
)
def test_the_database_refuses_a_text_that_cannot_be(changes, constraint):
    usual = {"purpose": MATCHING, "version": 1, "language": "zh", "text": "…", "valid_from": TODAY}
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        ConsentText.objects.create(**usual | changes)
