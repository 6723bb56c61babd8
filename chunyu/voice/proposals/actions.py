"""The verbs of proposals: take one in by any channel, open a congress, and what the steps of the process write down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.audit.record import record
from chunyu.casework.actions import ask_department, decide, link_cases, open_case, open_publicly
from chunyu.casework.models import Case, Decision, Department
from chunyu.casework.process import process_named
from chunyu.federation.models import Organisation
from chunyu.registry.employers.tables import WITH_MEMBERS
from chunyu.voice.duties import WORKS
from chunyu.voice.proposals.tables import (
    Acceptance,
    Author,
    CongressSession,
    EffectReview,
    Motion,
    ProgressEntry,
    Proposal,
    RectificationPlan,
)
from chunyu.voice.proposals.triggers import PROCESS
from chunyu.voice.refusing import refusing

DOCUMENT_DAYS = 10
AUTHORS_AT_MOST = 20


@dataclass(frozen=True)
class Person:
    """One author as entered."""

    name: str
    job: str = ""
    is_delegate: bool = False
    contact: str = ""


@dataclass(frozen=True)
class Words:
    """What is proposed, in the author's words."""

    title: str
    theme: str
    place: str
    problem: str
    suggestion: str
    risk: str = Proposal.Risk.NONE
    unnamed: bool = False


def speak_publicly(
    union: Organisation, words: Words, author: Person, *, sender: str, day: date
) -> tuple[Proposal, str]:
    """A worker's own proposal from the public page, and the code of the slip that follows it: shown once."""
    _refuse_empty(union, words, [author])
    with transaction.atomic():
        case, code = open_publicly(process_named(PROCESS), union, title=words.title.strip(), sender=sender, day=day)
        return _put_on_record(case, words, [author], day), code


@transaction.atomic
def take_in(acting: Acting, union: Organisation, words: Words, authors: Sequence[Person], *, channel: str) -> Proposal:
    """A proposal that came by telephone, on paper, at the counter or at the congress: it counts like any other."""
    _refuse_empty(union, words, authors)
    case = open_case(acting, process_named(PROCESS), union, title=words.title.strip(), channel=channel)
    proposal = _put_on_record(case, words, authors, acting.day)
    record(acting, "voice.take_in", proposal, channel)
    return proposal


def _refuse_empty(union: Organisation, words: Words, authors: Sequence[Person]) -> None:
    if union.kind not in WITH_MEMBERS:
        raise Refusal(_("Proposals go to the union of a workplace. Name that one."), "kind")
    if not all(each.strip() for each in (words.title, words.place, words.problem, words.suggestion)):
        raise Refusal(_("Say where it is, what is wrong and what should be done."), "field")
    if not 0 < len(authors) <= AUTHORS_AT_MOST or not all(each.name.strip() for each in authors):
        raise Refusal(_("A proposal has an author: one at least, twenty at most."), "authors")


def _put_on_record(case: Case, words: Words, authors: Sequence[Person], day: date) -> Proposal:
    with refusing():
        proposal = Proposal.objects.create(
            organisation=case.organisation,
            case=case,
            theme=words.theme,
            place=words.place.strip(),
            problem=words.problem,
            suggestion=words.suggestion,
            risk=words.risk,
            unnamed=words.unnamed,
            raised_on=day,
        )
        for each in authors:
            Author.objects.create(
                proposal=proposal,
                name=each.name.strip(),
                job=each.job.strip(),
                is_delegate=each.is_delegate,
                contact=each.contact.strip() or None,
                recorded_on=day,
            )
    return proposal


@transaction.atomic
def open_session(
    acting: Acting, union: Organisation, *, name: str, held_on: date, workers: int, delegates: int, present: int
) -> CongressSession:
    """Enter a session of the workers' congress that has been held."""
    if acting.role not in WORKS or not acting.sees(union.path):
        raise Refusal(_("Sessions are entered by the union of the workplace or the township above it."), "role")
    if held_on > acting.day:
        raise Refusal(_("This day is still to come."), "day_to_come")
    with refusing():
        session = CongressSession.objects.create(
            organisation=union,
            name=name.strip(),
            held_on=held_on,
            workers=workers,
            delegates=delegates,
            present=present,
            recorded_by=acting.post,
        )
    record(acting, "voice.open_session", session, name)
    return session


# --- what the moves of the process do; the process has checked who may ---


def of(case: Case) -> Proposal:
    return Proposal.objects.select_for_update(of=("self",)).select_related("organisation").get(case=case)


def next_motion_number(session: CongressSession) -> int:
    return (session.motions.aggregate(last=Max("number"))["last"] or 0) + 1


def admit(acting: Acting, case: Case, *, public_title: str, **fields: Any) -> None:
    proposal = of(case)
    proposal.public_title = public_title.strip()
    proposal.save(update_fields=["public_title"])


def merge(acting: Acting, case: Case, *, into: str, **fields: Any) -> None:
    """It goes on in another one. Its authors stand there too, and their slips open that one from now on."""
    proposal = of(case)
    target = Proposal.objects.select_for_update(of=("self",)).select_related("case").get(pk=UUID(into))
    if not target.case.is_open:
        raise Refusal(_("That proposal is closed: choose one that is still on its way."), "closed")
    proposal.into = target
    with refusing():
        proposal.save(update_fields=["into"])
        for each in proposal.authors.all():
            Author.objects.create(
                proposal=target,
                name=each.name,
                job=each.job,
                is_delegate=each.is_delegate,
                contact=each.contact.reveal() if each.contact else None,
                came_with=proposal,
                recorded_on=acting.day,
            )
    link_cases(acting, case, target.case, _("merged into it"))


def number(acting: Acting, case: Case, *, session: str, number: int, **fields: Any) -> None:
    with refusing():
        Motion.objects.create(
            proposal=of(case),
            session=CongressSession.objects.within(acting.path).get(pk=int(session)),
            number=number,
            recorded_by=acting.post,
            recorded_on=acting.day,
        )


def submit(acting: Acting, case: Case, *, to: str, note: str | None = None, **fields: Any) -> None:
    """The question to the management: adopt or not, with reasons. It is due when the case is."""
    asked = note or _("Please answer whether this proposal is adopted, and why.")
    _ask(acting, case, asked, to)


def _ask(acting: Acting, case: Case, asked: str, to: str) -> None:
    """A listed management answers on its own page; any other on paper."""
    listed = Department.objects.open_on(acting.day).filter(pk=int(to)).first() if to.isdigit() else None
    name = "" if listed else _("the management")
    ask_department(acting, case, to=listed, department=name, asked=asked, awaited=True, days=DOCUMENT_DAYS)


def adopt(acting: Acting | None, case: Case, *, code: str, note: str) -> None:
    assert acting is not None  # the management's answer always comes through somebody's post
    decide(acting, case, Decision.Verdict.APPROVED, code=code, reason=note)


def not_adopt(acting: Acting | None, case: Case, *, code: str, note: str) -> None:
    assert acting is not None
    decide(acting, case, Decision.Verdict.REFUSED, code=code, reason=note)


def plan(
    acting: Acting, case: Case, *, responsible: str, budget: int, starts_on: date, until: date, **fields: Any
) -> None:
    """Write the plan down, and ask the management to report when it has been done."""
    with refusing():
        RectificationPlan.objects.create(
            proposal=of(case),
            responsible=responsible.strip(),
            budget_fen=budget,
            starts_on=starts_on,
            until=until,
            recorded_by=acting.post,
            recorded_on=acting.day,
        )
    _ask_to_report(acting, case)


def _ask_to_report(acting: Acting, case: Case) -> None:
    before = case.tasks.order_by("asked_on", "id").exclude(asked_in="").last()
    to = str(before.to_id) if before is not None and before.to_id else ""
    _ask(acting, case, _("Please report when this has been put right, with a picture or paper that proves it."), to)


def progress(acting: Acting, case: Case, *, kind: str, day: date, people: str, text: str, **fields: Any) -> None:
    if day < case.opened_on:
        raise Refusal(_("This day lies before the proposal."), "day")
    with refusing():
        ProgressEntry.objects.create(
            proposal=of(case),
            kind=kind,
            day=day,
            people=people.strip(),
            text=text,
            recorded_by=acting.post,
            recorded_on=acting.day,
        )


def accept(acting: Acting, case: Case, **fields: Any) -> None:
    _accepted(acting, case, Acceptance.By.UNION, True, acting.day)


def not_accept(acting: Acting, case: Case, **fields: Any) -> None:
    _accepted(acting, case, Acceptance.By.UNION, False, acting.day)
    _ask_to_report(acting, case)


def confirm(acting: Acting | None, case: Case, **fields: Any) -> None:
    _accepted(acting, case, Acceptance.By.AUTHOR, True, case.state_since)


def dispute(acting: Acting | None, case: Case, **fields: Any) -> None:
    """The author says that it has not been done: the management is asked once more, by whoever asked before."""
    _accepted(acting, case, Acceptance.By.AUTHOR, False, case.state_since)
    asked = case.tasks.exclude(asked_in="").select_related("asked_by__user", "asked_by__organisation").last()
    assert asked is not None
    _ask_to_report(acting or Acting(asked.asked_by, case.state_since), case)


def silent(acting: Acting, case: Case, **fields: Any) -> None:
    _accepted(acting, case, Acceptance.By.SILENCE, True, acting.day)


def _accepted(acting: Acting | None, case: Case, by: str, accepted: bool, day: date) -> None:
    with refusing():
        Acceptance.objects.create(
            proposal=of(case), by=by, accepted=accepted, day=day, recorded_by=acting.post if acting else None
        )


def review(
    acting: Acting, case: Case, *, satisfaction: int, saved: int | None = None, risk_removed: str = "", **fields: Any
) -> None:
    with refusing():
        EffectReview.objects.create(
            proposal=of(case),
            satisfaction=satisfaction,
            saved_fen=saved,
            risk_removed=risk_removed == "yes",
            recorded_by=acting.post,
            recorded_on=acting.day,
        )
