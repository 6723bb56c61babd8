"""Publishing a masked notice, taking it down, and the objections that stop its clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.audit.record import record
from chunyu.casework.actions.case import locked, refuse_if, refuse_outsiders, step
from chunyu.casework.calendar import calendar_in_force
from chunyu.casework.models import Case, ClockStop, Objection, PublicNotice, TimelineEntry
from chunyu.casework.standing import Standing
from chunyu.casework.working_days import add_working_days, count_working_days
from chunyu.privacy.masking import mask_name
from chunyu.privacy.sealing import blind_index
from chunyu.wall.scope import beyond_scope

OBJECTION = "objection"
NOTICE_DAYS = 5
OBJECTION_SENDER = "objection-sender"
OBJECTIONS_A_DAY = 3
OBJECTIONS_A_NOTICE = 10


@dataclass(frozen=True)
class NoticeFacts:
    """What a notice is made of. The name comes in whole and leaves masked; nothing else about a family enters. `also`:
    further names on the same notice, as of those who win together."""

    name: str
    category: str
    programme: str
    amount_fen: int | None = None
    also: tuple[str, ...] = ()


@transaction.atomic
def publish_notice(
    acting: Acting, case: Case, facts: NoticeFacts, *, place: str, objections_to: str, days: int = NOTICE_DAYS
) -> PublicNotice:
    """Hang out the masked notice for so many full working days after today. The case then falls due on the working day
    after the last."""
    locked(acting, case)
    refuse_outsiders(acting, case)
    if not facts.name.strip():
        raise Refusal(_("The notice lacks the applicant's name."), code="field")
    if Standing(case, acting.day).notice is not None:
        raise Refusal(_("The notice of this case has been published already."), code="notice stands")
    calendar = calendar_in_force()
    to_day = add_working_days(acting.day, days, calendar)
    notice = PublicNotice.objects.create(
        organisation=case.organisation,
        case=case,
        county=case.organisation.county() or case.organisation,
        masked_name="、".join(mask_name(each) for each in (facts.name, *facts.also)),
        category=facts.category,
        programme=facts.programme,
        amount_fen=facts.amount_fen,
        organisation_name=case.organisation.name,
        place=place,
        objections_to=objections_to,
        from_day=acting.day,
        to_day=to_day,
        working_days=days,
        published_by=acting.post,
    )
    case.due_on = add_working_days(to_day, 1, calendar)
    case.save(update_fields=["due_on"])
    record(acting, "casework.publish_notice", case, f"notice {notice.pk}, {days} working days")
    return notice


@transaction.atomic
def take_down_notice(acting: Acting, case: Case) -> None:
    """Withdraw the standing notice, if there is one; from then on the public no longer sees it."""
    locked(acting, case)
    notice = Standing(case, acting.day).notice
    if notice is not None:
        notice.withdrawn_on, notice.withdrawn_by = acting.day, acting.post
        notice.save(update_fields=["withdrawn_on", "withdrawn_by"])
        case.clock_stops.filter(to_day__isnull=True).update(to_day=acting.day)
        record(acting, "casework.take_down_notice", case, f"notice {notice.pk}")


@transaction.atomic
def object_publicly(notice: PublicNotice, *, text: str, contact: str, sender: str, day: date) -> Objection:
    """An objection from the public page. Only while the notice hangs; it stops the clock and opens an investigation.

    `sender` is the network address that it came from; one sender raises at most three a day, and a notice takes at
    most ten, so that nobody floods it."""
    case = Case.objects.select_for_update(of=("self",)).get(pk=notice.case_id)
    if not PublicNotice.objects.shown_on(day).filter(pk=notice.pk).exists():
        raise Refusal(_("This notice is over. You can still write to the union named on it."), code="notice over")
    digest = blind_index(sender, OBJECTION_SENDER)
    with beyond_scope("daily-limits"):
        sent = Objection.objects.filter(sender=digest, received_on=day).count()
    if sent >= OBJECTIONS_A_DAY or notice.objections.count() >= OBJECTIONS_A_NOTICE:
        sentence = _("Enough objections have come this way today. Write to or call the office named on the notice.")
        raise Refusal(sentence, code="too many")
    return _raise_objection(None, case, notice, text, contact, day, sender=digest)


@transaction.atomic
def object_in_person(acting: Acting, case: Case, *, text: str, contact: str = "") -> Objection:
    """An objection that came by telephone, letter or at the counter, entered by staff."""
    locked(acting, case)
    refuse_outsiders(acting, case)
    notice = Standing(case, acting.day).notice
    if notice is None:
        raise Refusal(_("No public notice has been published."), code="notice missing")
    objection = _raise_objection(acting, case, notice, text, contact, acting.day)
    record(acting, "casework.object", case, f"objection {objection.pk}")
    return objection


def _raise_objection(
    acting: Acting | None,
    case: Case,
    notice: PublicNotice,
    text: str,
    contact: str,
    day: date,
    sender: bytes | None = None,
) -> Objection:
    if not text.strip():
        raise Refusal(_("Write what you object to."), code="field")
    objection = Objection.objects.create(
        notice=notice,
        text=text,
        contact=contact.strip() or None,
        received_on=day,
        sender=sender,
        received_by=acting.post if acting else None,
    )
    if not case.clock_stops.filter(to_day__isnull=True).exists():
        ClockStop.objects.create(case=case, from_day=day, reason=OBJECTION)
    process = case.table
    objected = process.objected
    if objected and case.state in process.move(objected).sources:
        step(acting, case, process.move(objected), day, {})
    else:
        TimelineEntry.objects.create(case=case, day=day, post=acting.post if acting else None, act=OBJECTION)
    return objection


@transaction.atomic
def resolve_objection(acting: Acting, objection: Objection, *, upheld: bool, reason: str) -> Objection:
    """Answer an objection. When the last one is dismissed the clock runs on with the days that were left; an upheld
    one leaves the case with the investigators, who send it back or let it be refused."""
    case = locked(acting, objection.notice.case)
    objection = Objection.objects.select_for_update(of=("self",)).get(pk=objection.pk)
    standing, process = Standing(case, acting.day), case.table
    refusals = process.may(acting, process.resumed, standing) if process.resumed else []
    if objection.resolved_on is not None:
        refusals.append(Refusal(_("This objection has been answered already."), code="answered"))
    if not reason.strip():
        refusals.append(Refusal(_("Give the reason for the answer."), code="field"))
    refuse_if(refusals)
    objection.result = Objection.Result.UPHELD if upheld else Objection.Result.DISMISSED
    objection.reason, objection.resolved_on, objection.resolved_by = reason, acting.day, acting.post
    objection.save()
    record(acting, "casework.resolve_objection", case, f"objection {objection.pk} {objection.result}")
    results = set(Objection.objects.filter(notice=objection.notice).values_list("result", flat=True))
    if results == {Objection.Result.DISMISSED}:
        _run_on(acting, case)
    else:
        TimelineEntry.objects.create(case=case, day=acting.day, post=acting.post, act="resolve_objection")
    return objection


def _run_on(acting: Acting, case: Case) -> None:
    """Let the clock run again: the notice hangs for the working days that were left when it was stopped."""
    process, resumed = case.table, case.table.resumed
    if resumed and case.state in process.move(resumed).sources:
        step(acting, case, process.move(resumed), acting.day, {})
    stop = case.clock_stops.filter(to_day__isnull=True).first()
    notice = Standing(case, acting.day).notice
    if stop is None or notice is None:
        return
    calendar = calendar_in_force()
    left = max(0, count_working_days(stop.from_day, notice.to_day, calendar))
    stop.to_day = acting.day
    stop.save(update_fields=["to_day"])
    notice.to_day = max(notice.to_day, add_working_days(acting.day, left, calendar))
    notice.save(update_fields=["to_day"])
    case.due_on = add_working_days(notice.to_day, 1, calendar)
    case.save(update_fields=["due_on"])
