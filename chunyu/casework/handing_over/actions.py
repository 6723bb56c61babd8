"""Offering a case to another union, taking the offer back, and the other union's answer."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.audit.record import record
from chunyu.casework.actions.case import locked, open_case, refuse_if, refuse_outsiders, take_over
from chunyu.casework.handing_over.queries import may_take, received
from chunyu.casework.handing_over.tables import Handover
from chunyu.casework.models import Case, Document, TimelineEntry
from chunyu.casework.process import process_named, processes
from chunyu.federation.models import Organisation

Kind, Answer = Handover.Kind, Handover.Answer


@transaction.atomic
def offer(
    acting: Acting,
    case: Case,
    *,
    kind: str,
    to: Organisation,
    why: str,
    consent_on: date | None = None,
    consent_paper: Document | None = None,
    ground: str = "",
) -> Handover:
    """Offer a case to another union, with the person's consent or the ground on which none is needed. Nothing moves
    before somebody there accepts."""
    locked(acting, case)
    refuse_outsiders(acting, case)
    refusals = []
    if not why.strip():
        refusals.append(Refusal(_("Say why it is handed over, and what the other union should do."), code="field"))
    if not may_take(case, acting).filter(pk=to.pk).exists():
        refusals.append(Refusal(_("Nobody in that union works on such cases. Choose another one."), code="to"))
    if case.confidential:
        sentence = _("A confidential case is not offered to a whole union. Let in the people who are to help.")
        refusals.append(Refusal(sentence, code="confidential"))
    if kind == Kind.TRANSFER:
        refusals += _stays_with_the_file(case, to)
    if consent_paper is not None and consent_paper.case_id != case.pk:
        refusals.append(Refusal(_("The paper of the consent is one of this case."), code="paper"))
    refuse_if(refusals)
    handover = Handover(
        organisation=case.organisation,
        case=case,
        kind=kind,
        to=to,
        why=why,
        consent_on=consent_on,
        consent_paper=consent_paper,
        ground=ground,
        sent_by=acting.post,
        sent_on=acting.day,
    )
    try:
        handover.full_clean()
    except ValidationError as error:
        raise Refusal.from_validation(error) from error
    handover.save(force_insert=True)
    TimelineEntry.objects.create(case=case, day=acting.day, post=acting.post, act="hand_over", note=why)
    record(acting, "casework.offer_case", case, f"{kind} to organisation {to.pk}")
    return handover


def _stays_with_the_file(case: Case, to: Organisation) -> list[Refusal]:
    """A family's case lies where its file can be read: with the union that keeps it, or above that."""
    if case.household is None or to.covers(case.household.scope_path):
        return []
    sentence = _("The family's file lies with %(union)s, out of the other union's sight. Refer the case instead.")
    return [Refusal(sentence % {"union": case.household.organisation.name}, code="file")]


@transaction.atomic
def take_back(acting: Acting, handover: Handover) -> Handover:
    """Before the other union has answered."""
    case = locked(acting, handover.case)
    refuse_outsiders(acting, case)
    return _answered(acting, _open(handover), Answer.WITHDRAWN, None)


@transaction.atomic
def refuse(acting: Acting, handover: Handover, *, reason: str) -> Handover:
    """The other union does not take it; the case stays where it is."""
    handover = _offered_to(acting, handover)
    if not reason.strip():
        raise Refusal(_("Say why it cannot be taken, and who else might."), code="field")
    return _answered(acting, handover, Answer.REFUSED, reason)


@transaction.atomic
def accept(acting: Acting, handover: Handover, *, process: str = "", note: str = "") -> Case:
    """Take it: a transferred case becomes this union's; for a referral a case of `process` is opened here beside it.
    Returns the case that is now this union's."""
    handover = _offered_to(acting, handover)
    if handover.kind == Kind.TRANSFER:
        case = take_over(acting, handover.case, handover.to)
        _answered(acting, handover, Answer.ACCEPTED, note.strip() or None)
        return case
    chosen = next((each for each in processes() if each.name == process), None)
    if chosen is None:
        raise Refusal(_("Choose what kind of case it becomes here."), code="process")
    household = handover.case.household
    seen = household if household is not None and acting.sees(household.scope_path) else None
    case = open_case(
        acting, chosen, handover.to, title=handover.case.title, channel=handover.case.channel, household=seen
    )
    handover.opened = case
    _answered(acting, handover, Answer.ACCEPTED, note.strip() or None)
    return case


def may_become(acting: Acting, handover: Handover) -> list[tuple[str, str]]:
    """The kinds of case that this post may open for a referral: name and label."""
    own = process_named(handover.case.process)
    kinds = [own, *(each for each in processes() if each is not own)]
    return [(each.name, str(each.label)) for each in kinds if not each.may_open(acting)]


def _open(handover: Handover) -> Handover:
    handover = Handover.objects.select_for_update(of=("self",)).get(pk=handover.pk)
    if handover.answered_on is not None:
        raise Refusal(_("This offer has been answered already."), code="answered")
    return handover


def _offered_to(acting: Acting, handover: Handover) -> Handover:
    """An open offer to a union of the acting post's subtree; DoesNotExist for any other."""
    received(acting).get(pk=handover.pk)
    handover = _open(handover)
    if acting.role not in handover.case.table.access.works:
        raise Refusal(_("Your post reads cases and does not work on them."), code="role")
    return handover


def _answered(acting: Acting, handover: Handover, answer: str, note: str | None) -> Handover:
    handover.answer, handover.answer_note = answer, note
    handover.answered_by, handover.answered_on = acting.post, acting.day
    handover.save()
    case = handover.case
    TimelineEntry.objects.create(
        case=case, day=acting.day, post=acting.post, act="hand_over_answered", code=answer, note=note
    )
    record(acting, "casework.answer_offer", handover, answer)
    return handover
