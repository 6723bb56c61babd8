"""What the database itself refuses of runs, findings, reviews, invitations and answers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import Error, IntegrityError, transaction
from django.utils import timezone

from chunyu.accounts.roles import Role
from chunyu.hardship.finding.models import (
    Finding,
    FindingReview,
    FindingRun,
    FindingUnknown,
    Invitation,
    InvitationAnswer,
    NightlyOrder,
)
from tests.hardship.families import TODAY, family
from tests.situations import county

pytestmark = pytest.mark.django_db
YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture
def rows():
    """One of each, as the actions would leave them."""
    place = county("雨润县")
    clerk = place.acting(Role.COUNTY_CASEWORKER, TODAY)
    household = family(place)
    run = FindingRun.objects.create(organisation=place.federation, post=clerk.post, day=TODAY)
    order = NightlyOrder.objects.create(organisation=place.federation, ordered_by=clerk.post, ordered_on=TODAY)
    finding = Finding.objects.create(
        organisation=household.organisation, household=household, programme="living", kind="not_helped",
        amount_fen=1, fingerprint="x", found_in=run, found_on=TODAY,
    )  # fmt: skip
    unknown = FindingUnknown.objects.create(finding=finding, fact="homes")
    review = FindingReview.objects.create(finding=finding, verdict="confirmed", by=clerk.post, on=TODAY)
    invitation = Invitation(
        organisation=household.organisation, finding=finding, household=household, programme="living",
        channel="letter", invited_on=TODAY, answer_by=TODAY + timedelta(days=30), by=clerk.post,
    )  # fmt: skip
    invitation.code = "ABCD-EFGH-JKLM"
    invitation.save(force_insert=True)
    return {
        "run": run, "order": order, "finding": finding, "unknown": unknown, "review": review,
        "invitation": invitation, "post": clerk.post,
    }  # fmt: skip


def copy_of(row, **changes):
    """A second row like the first, with another key."""
    values = {field.name: getattr(row, field.name) for field in row._meta.concrete_fields if not field.primary_key}
    if isinstance(row, Invitation):
        values["code"] = "NPQR-STUV-WXYZ"
    return type(row)(**values | changes)


@pytest.mark.parametrize(
    ("which", "changes", "constraint"),
    [
        ("order", {}, "nightly_ordered_once"),
        ("order", {"ended_on": TODAY}, "nightly_ended_by_somebody"),
        ("run", {}, "finding_run_one_at_a_time"),
        ("run", {"status": "done", "version": "x", "known_at": timezone.now()}, "finding_run_ends_once"),
        ("run", {"status": "failed"}, "finding_run_ends_once"),
        ("run", {"status": "running", "ended_at": timezone.now()}, "finding_run_ends_once"),
        ("run", {"status": "done", "ended_at": timezone.now()}, "finding_run_can_be_repeated"),
        ("run", {"status": "failed", "ended_at": timezone.now(), "consenting": 1}, "finding_run_reads_who_agreed"),
        ("finding", {}, "finding_stands_once"),
        ("finding", {"programme": "x", "kind": "guess"}, "finding_kind_known"),
        ("finding", {"programme": "x", "amount_fen": -1}, "finding_not_negative"),
        ("finding", {"programme": "x", "ended_on": TODAY}, "finding_ends_with_a_run"),
        ("unknown", {}, "finding_names_an_unknown_once"),
        ("review", {"reason": "deceased"}, "finding_review_gives_a_reason"),
        ("review", {"verdict": "dismissed"}, "finding_review_gives_a_reason"),
        ("review", {"verdict": "perhaps"}, "finding_review_gives_a_reason"),
        ("review", {"verdict": "dismissed", "reason": "dislike"}, "finding_review_reason_known"),
        ("invitation", {}, "invitation_open_once"),
        ("invitation", {"programme": "x", "answer_by": TODAY}, "invitation_leaves_time"),
        ("invitation", {"programme": "x", "channel": "dream"}, "invitation_channel_known"),
        ("invitation", {"programme": "x", "code": "ABCD-EFGH-JKLM"}, "code_index"),
    ],
)
def test_a_row_that_cannot_be_is_refused(rows, which, changes, constraint):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        copy_of(rows[which], **changes).save(force_insert=True)


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"answer": "apply"}, "invitation_answer_comes_some_way"),
        ({"answer": "none", "channel": "phone"}, "invitation_answer_comes_some_way"),
        ({"answer": "shrug", "channel": "phone"}, "invitation_answer_comes_some_way"),
        ({"answer": "apply", "channel": "web"}, "invitation_answer_recorded_by_somebody"),
        ({"answer": "apply", "channel": "phone", "by": None}, "invitation_answer_recorded_by_somebody"),
    ],
)
def test_an_answer_that_cannot_be_is_refused(rows, changes, constraint):
    usual = {"invitation": rows["invitation"], "answered_on": TODAY, "by": rows["post"]}
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        InvitationAnswer(**usual | changes).save(force_insert=True)


def test_an_answer_closes_its_invitation_and_stands_once(rows):
    invitation = rows["invitation"]
    given = {"invitation": invitation, "answer": "decline", "channel": "phone", "answered_on": TODAY}
    InvitationAnswer(**given, by=rows["post"]).save(force_insert=True)
    invitation.refresh_from_db()
    assert invitation.open is False
    with pytest.raises(IntegrityError), transaction.atomic():
        InvitationAnswer(**given, by=rows["post"]).save(force_insert=True)


def test_what_was_found_and_said_is_neither_edited_nor_removed(rows):
    finding, run = rows["finding"], rows["run"]
    Finding.objects.filter(pk=finding.pk).update(ended_in=run, ended_on=TODAY)  # what a run may do
    attempts = [
        lambda: Finding.objects.filter(pk=finding.pk).update(ended_in=None, ended_on=None),
        lambda: Finding.objects.filter(pk=finding.pk).update(amount_fen=2),
        lambda: Finding.objects.filter(pk=finding.pk).delete(),
        lambda: FindingUnknown.objects.update(fact="x"),
        lambda: FindingUnknown.objects.all().delete(),
        lambda: FindingReview.objects.update(verdict="dismissed", reason="deceased"),
        lambda: FindingReview.objects.all().delete(),
        lambda: Invitation.objects.update(programme="x"),
        lambda: Invitation.objects.all().delete(),
        lambda: FindingRun.objects.all().delete(),
        lambda: NightlyOrder.objects.update(ordered_on=YESTERDAY),
        lambda: NightlyOrder.objects.all().delete(),
    ]
    for attempt in attempts:
        with pytest.raises(Error, match=r"[Cc]annot"), transaction.atomic():
            attempt()
