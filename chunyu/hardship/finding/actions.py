"""The verbs of finding people: order a run, confirm or set aside what it found, invite, and take in the answer."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import CASE_ROLES, Role
from chunyu.audit.record import record
from chunyu.casework.models import Case
from chunyu.casework.models.case import Channel as CaseChannel
from chunyu.hardship.actions import apply_for
from chunyu.hardship.finding.models import (
    Finding,
    FindingReview,
    FindingRun,
    Invitation,
    InvitationAnswer,
    NightlyOrder,
)
from chunyu.hardship.finding.queries import invitation_of_code, standing
from chunyu.hardship.finding.running import RUN_LOCK, end_unfinished, lock_number
from chunyu.privacy.letter_code import new_code
from chunyu.registry.consent.actions import withdraw_consent, withdraw_on_the_web
from chunyu.registry.consent.tables import ConsentEvent, Purpose
from chunyu.registry.models import Household

ORDERING = frozenset({Role.COUNTY_CASEWORKER, Role.COUNTY_APPROVER})
DAYS_TO_ANSWER = 30
Answer = InvitationAnswer.Answer
_CASE_CHANNELS = {
    InvitationAnswer.Channel.WEB: CaseChannel.WEB,
    InvitationAnswer.Channel.COUNTER: CaseChannel.COUNTER,
    InvitationAnswer.Channel.PHONE: CaseChannel.PHONE,
    InvitationAnswer.Channel.VISIT: CaseChannel.VISIT,
}
_CONSENT_CHANNELS = {
    InvitationAnswer.Channel.COUNTER: ConsentEvent.Channel.COUNTER,
    InvitationAnswer.Channel.PHONE: ConsentEvent.Channel.PHONE,
    InvitationAnswer.Channel.VISIT: ConsentEvent.Channel.VISIT,
}


# Runs ---------------------------------------------------------------------------------------------------------------


@transaction.atomic
def order_run(acting: Acting, *, nightly: bool = False) -> FindingRun:
    """Have everybody in the post's subtree looked at. While a run of the organisation is at work, that one is answered;
    one whose worker was killed is closed and another begins."""
    _check_ordering(acting)
    run = FindingRun.objects.select_for_update().filter(
        organisation=acting.organisation, status__in=FindingRun.UNFINISHED
    ).first()  # fmt: skip
    if run is not None and not _abandoned(run):
        return run
    if run is not None:
        end_unfinished(run, "killed")
    run = FindingRun(organisation=acting.organisation, post=acting.post, day=acting.day, nightly=nightly)
    _save(run)
    record(acting, "hardship.order_finding", run, "nightly" if nightly else "at once")
    from chunyu.hardship.finding.tasks import find

    # In the same transaction: queued afterwards, a process that dies in between would leave a run that waits for ever.
    find.defer(run=str(run.pk))
    return run


def _abandoned(run: FindingRun) -> bool:
    """Whether a run that says it is at work has nobody at it: its worker's lock died with it."""
    if run.status != FindingRun.Status.RUNNING:
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [RUN_LOCK, lock_number(run.pk)])
        return cursor.fetchone()[0]


@transaction.atomic
def order_every_night(acting: Acting) -> NightlyOrder:
    """From tonight on a run every night, through this post, until somebody ends it."""
    _check_ordering(acting)
    order = NightlyOrder(organisation=acting.organisation, ordered_by=acting.post, ordered_on=acting.day)
    _save(order)
    record(acting, "hardship.order_nightly", acting.organisation)
    return order


@transaction.atomic
def end_every_night(acting: Acting, order: NightlyOrder) -> None:
    """No run at night any more."""
    _check_ordering(acting, order.scope_path)
    order.ended_by, order.ended_on = acting.post, max(acting.day, order.ordered_on)
    order.save(update_fields=["ended_by", "ended_on"])
    record(acting, "hardship.end_nightly", acting.organisation)


# What an officer makes of a finding ---------------------------------------------------------------------------------


@transaction.atomic
def confirm(acting: Acting, finding: Finding) -> FindingReview:
    """The officer looked and finds it right. Nothing is granted by it: the family may now be invited."""
    return _review(acting, finding, FindingReview.Verdict.CONFIRMED)


@transaction.atomic
def set_aside(acting: Acting, finding: Finding, *, reason: str, note: str = "") -> FindingReview:
    """The officer looked and finds that nothing follows from it, for a reason. It is listed again when a later run
    says something else of the household."""
    return _review(acting, finding, FindingReview.Verdict.DISMISSED, reason=reason, note=note or None)


def _review(acting: Acting, finding: Finding, verdict: str, **more: Any) -> FindingReview:
    held = _held(acting, finding)
    review = FindingReview(finding=held, verdict=verdict, by=acting.post, on=acting.day, **more)
    _save(review)
    record(acting, f"hardship.finding_{verdict}", held.household, f"{held.programme}, {held.kind}")
    return review


@transaction.atomic
def invite(
    acting: Acting, finding: Finding, *, channel: str, language: str = Invitation.Language.CHINESE
) -> Invitation:
    """Tell the family what it could receive, and give it a code to answer with. Only what an officer confirmed, and
    only while the family agrees to be looked for."""
    held = _held(acting, finding)
    if held.kind != Finding.Kind.NOT_HELPED:
        raise Refusal(_("Only a family that could receive something is invited."), "nothing_to_receive")
    latest = held.reviews.order_by("-recorded_at").first()
    if latest is None or latest.verdict != FindingReview.Verdict.CONFIRMED:
        raise Refusal(_("Look at the finding and confirm it first."), "not_confirmed")
    _close_silent(acting, held)
    invitation = Invitation(
        finding=held,
        household=held.household,
        organisation=held.household.organisation,
        programme=held.programme,
        channel=channel,
        language=language,
        invited_on=acting.day,
        answer_by=acting.day + timedelta(days=DAYS_TO_ANSWER),
        by=acting.post,
    )
    invitation.code = new_code()
    _save(invitation)
    record(acting, "hardship.invite", held.household, f"{held.programme}, {channel}")
    return invitation


def _close_silent(acting: Acting, finding: Finding) -> None:
    """An invitation whose time is over without an answer makes way for another."""
    open_one = Invitation.objects.filter(household=finding.household_id, programme=finding.programme, open=True).first()
    if open_one is not None and open_one.answer_by < acting.day:
        _save(InvitationAnswer(invitation=open_one, answer=Answer.NONE, answered_on=acting.day, by=acting.post))


@transaction.atomic
def opt_out(acting: Acting, household: Household, *, channel: str, on: date) -> None:
    """The family does not want to be looked for: it leaves every list at once, until there is a new consent."""
    withdraw_consent(acting, household.worker, Purpose.MATCHING, channel=channel, on=on)


# The answer ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def take_in_answer(acting: Acting, invitation: Invitation, *, answer: str, channel: str) -> Case | None:
    """What the family said at the counter, by telephone or on a visit. Wanting to apply opens the application."""
    held = _open_invitation(Invitation.objects.within(acting.path).filter(pk=invitation.pk))
    if channel not in _CONSENT_CHANNELS:
        raise ValueError("What comes by web is the family's own answer")
    _check_case_role(acting)
    _save(InvitationAnswer(invitation=held, answer=answer, channel=channel, answered_on=acting.day, by=acting.post))
    record(acting, "hardship.invitation_answer", held.household, f"{held.programme}, {answer}, {channel}")
    if answer == Answer.OPT_OUT:
        opt_out(acting, held.household, channel=_CONSENT_CHANNELS[channel], on=acting.day)
    if answer == Answer.APPLY:
        return apply_for(acting, held.household, held.programme, channel=_CASE_CHANNELS[channel])
    return None


@transaction.atomic
def answer_on_the_web(code: str, *, answer: str, day: date) -> Invitation:
    """The family's own answer, with the code of its letter. Wanting to apply tells the officers, who open it."""
    found = invitation_of_code(code, day)
    if found is None:
        raise Refusal(_("This code is not known, was used already, or its time is over."), "unknown_code")
    held = _open_invitation(Invitation.objects.filter(pk=found.pk))
    _save(InvitationAnswer(invitation=held, answer=answer, channel=InvitationAnswer.Channel.WEB, answered_on=day))
    if answer == Answer.OPT_OUT:
        withdraw_on_the_web(held.household.worker, Purpose.MATCHING, on=day)
    return held


@transaction.atomic
def open_application(acting: Acting, invitation: Invitation) -> Case:
    """Open the application that a family asked for on the web."""
    held = Invitation.objects.within(acting.path).select_related("household", "answer").get(pk=invitation.pk)
    if getattr(held, "answer", None) is None or held.answer.answer != Answer.APPLY:
        raise Refusal(_("The family has not said that it wants to apply."), "not_asked_for")
    return apply_for(acting, held.household, held.programme, channel=_CASE_CHANNELS[held.answer.channel])


def _open_invitation(rows: models.QuerySet[Invitation]) -> Invitation:
    held = rows.select_for_update(of=("self",)).select_related("household__organisation").first()
    if held is None:
        raise Refusal(_("This invitation does not exist."), "no_invitation")
    if not held.open:
        raise Refusal(_("This invitation has been answered already."), "answered")
    return held


def _held(acting: Acting, finding: Finding) -> Finding:
    """The finding, locked, for a post that may act on it: it still stands, and the family still agrees."""
    _check_case_role(acting)
    held = (
        standing(acting)
        .select_for_update(of=("self",))
        .select_related("household__organisation")
        .filter(pk=finding.pk)
        .first()
    )
    if held is None:
        raise Refusal(
            _("This no longer stands: the family was helped, its facts changed, or it does not want to be looked for."),
            "no_longer_stands",
        )
    return held


def _check_case_role(acting: Acting) -> None:
    if acting.role not in CASE_ROLES:
        raise Refusal(_("Your post does not keep families' files."), "role")


def _check_ordering(acting: Acting, scope_path: str = "") -> None:
    if acting.role not in ORDERING:
        raise Refusal(_("Runs are ordered by the county's caseworkers and approvers."), "role")
    if scope_path and not acting.sees(scope_path):
        raise Refusal(_("This organisation is not under yours."), "out_of_scope")


def _save(row: models.Model) -> None:
    """Insert; what the table's own rules refuse is refused in their words."""
    try:
        row.validate_constraints()
        with transaction.atomic():
            row.save(force_insert=True)
    except ValidationError as error:
        raise Refusal.from_validation(error) from error
    except IntegrityError as error:
        broken = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
        for constraint in row._meta.constraints:
            if constraint.name == broken:
                raise Refusal(constraint.get_violation_error_message(), broken) from None
        raise
