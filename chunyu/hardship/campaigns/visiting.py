"""Writing a visit down: team, outcome, goods, notes, papers, answers; and what becomes of a need."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.models import Post
from chunyu.accounts.refusal import Refusal
from chunyu.audit.record import record
from chunyu.casework import actions as casework
from chunyu.casework.content_types import content_type_of
from chunyu.casework.models import Case
from chunyu.hardship.actions import apply_for
from chunyu.hardship.campaigns.answering import Answers, keep_answers
from chunyu.hardship.campaigns.kinds import READ_VISITS, VISITING, Stage
from chunyu.hardship.campaigns.refusing import check_now, refusing
from chunyu.hardship.campaigns.rights import held, refuse_role, takes_part
from chunyu.hardship.campaigns.visit_tables import PAPER_LIMIT, CampaignVisit, VisitGoods, Visitor, VisitPaper
from chunyu.privacy import vault

PAPERS_PER_VISIT = 20


@dataclass(frozen=True)
class Given:
    """Goods handed over: what, how many, in which unit."""

    name: str
    quantity: int
    unit: str


@dataclass(frozen=True)
class Need:
    kind: str
    words: str


@dataclass(frozen=True)
class Said:
    """Everything that is written down of a visit, in one go."""

    visited_on: date
    outcome: str
    team: Sequence[Post | str]
    notes: str = ""
    goods: Sequence[Given] = ()
    need: Need | None = None
    answers: Answers | None = None
    papers: Iterable[tuple[str, bytes]] = field(default_factory=tuple)  # (kind, content)


@transaction.atomic
def record_visit(acting: Acting, visit: CampaignVisit, said: Said) -> CampaignVisit:
    """The visit was made. All of it is kept, or nothing: a visit counts from here on, and stays as it was written."""
    takes_part(acting, visit.campaign, visit.scope_path, VISITING)
    campaign = held(visit.campaign, Stage.RUNNING)
    now = CampaignVisit.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=visit.pk)
    names = [each if isinstance(each, str) else each.user.full_name for each in said.team]
    _refuse_all(acting, now, said, names)
    with refusing():
        posts = {each.user.full_name: each for each in said.team if isinstance(each, Post)}
        kept = dict.fromkeys(name.strip() for name in names if name.strip())
        Visitor.objects.bulk_create(Visitor(visit=now, post=posts.get(name), name=name) for name in kept)
        VisitGoods.objects.bulk_create(
            VisitGoods(visit=now, name=each.name, quantity=each.quantity, unit=each.unit) for each in said.goods
        )
        now.visited_on, now.outcome, now.notes = said.visited_on, said.outcome, said.notes.strip() or None
        now.recorded_by, now.recorded_on = acting.post, acting.day
        now.answered = said.answers is not None
        if said.need:
            now.need_kind, now.need = said.need.kind, said.need.words.strip() or None
        now.save()
        check_now()
        if said.answers is not None:
            keep_answers(campaign, now.organisation, now.group, said.answers)
    for kind, content in said.papers:
        add_paper(acting, now, kind=kind, content=content)
    record(acting, "hardship.record_visit", now, f"{now.number}: {len(kept)} people")
    return now


def _refuse_all(acting: Acting, visit: CampaignVisit, said: Said, names: Sequence[str]) -> None:
    """Every reason at once: whoever fills the form in on a phone corrects it once."""
    refusals = []
    if visit.called_off_on or visit.visited_on:
        refusals.append(Refusal(_("This visit is written down or called off already."), code="campaign_visit_is_kept"))
    if len({name.strip() for name in names if name.strip()}) < 2:
        refusals.append(Refusal(_("A visit is made by two people or more: name them."), code="campaign_visit_by_two"))
    if said.visited_on > acting.day:
        refusals.append(Refusal(_("This day is still to come."), code="day_to_come"))
    elif not visit.campaign.starts_on <= said.visited_on <= visit.campaign.ends_on:
        refusals.append(Refusal(_("The visit lies within the days of the campaign."), code="visited_on"))
    if not said.outcome:
        refusals.append(Refusal(_("Say whom you met: a visit without an outcome does not count."), code="outcome"))
    if refusals:
        raise casework.Refused(refusals)


@transaction.atomic
def add_paper(acting: Acting, visit: CampaignVisit, *, kind: str, content: bytes) -> VisitPaper:
    """The signed receipt or a photo, kept in the vault. Its type is told by its content."""
    takes_part(acting, visit.campaign, visit.scope_path, VISITING)
    if len(content) > PAPER_LIMIT:
        raise Refusal(_("The file is larger than 12 MB. Scan it in grey or in parts."), code="size")
    if visit.papers.count() >= PAPERS_PER_VISIT:
        raise Refusal(_("This visit holds 20 papers already."), code="count")
    content_type = content_type_of(content)
    stored = vault.put(content)
    paper = VisitPaper(
        visit=visit,
        kind=kind,
        stored=stored.name,
        size=stored.size,
        digest=stored.digest,
        content_type=content_type,
        added_by=acting.post,
        added_on=acting.day,
    )
    try:
        paper.full_clean()
    except ValidationError as error:
        raise Refusal.from_validation(error) from error
    paper.save(force_insert=True)
    record(acting, "hardship.add_visit_paper", visit, f"{kind} {stored.digest[:12]}")
    return paper


@transaction.atomic
def read_paper(acting: Acting, paper: VisitPaper) -> bytes:
    """The content; that it was opened is part of the record."""
    refuse_role(acting, READ_VISITS)
    content = vault.get(paper.stored)
    record(acting, "hardship.read_visit_paper", paper.visit, f"paper {paper.pk}")
    return content


@transaction.atomic
def raise_need(acting: Acting, visit: CampaignVisit, need: Need) -> CampaignVisit:
    """A need that became clear after the visit was written down."""
    now = _with_need(acting, visit, raised=False)
    if now.visited_on is None or now.need_kind:
        raise Refusal(_("A visit that was made raises one need; add to its case."), code="need")
    now.need_kind, now.need = need.kind, need.words.strip() or None
    with refusing():
        now.save(update_fields=["need_kind", "need"])
    record(acting, "hardship.raise_need", now, now.number)
    return now


@transaction.atomic
def need_becomes_case(acting: Acting, visit: CampaignVisit, programme: str, need: Need | None = None) -> Case:
    """The need becomes an application of the household for a programme, in one step. The need closes with the case.
    `need`: one that became clear only after the visit was written down."""
    if need is not None:
        raise_need(acting, visit, need)
    now = _with_need(acting, visit)
    if now.household is None:
        raise Refusal(_("An application is of a household on file: open the file first."), code="no_file")
    case = apply_for(acting, now.household, programme, channel="visit")
    _tie(acting, now, case)
    return case


@transaction.atomic
def link_need(acting: Acting, visit: CampaignVisit, number: str) -> Case:
    """The need is taken up by a case of any kind that exists."""
    now = _with_need(acting, visit)
    case = Case.objects.within(acting.path).filter(number=number.strip()).first()
    if case is None or acting.role not in case.table.access.works:
        raise Refusal(_("No case of this number is yours to work on."), code="no_case")
    _tie(acting, now, case)
    return case


@transaction.atomic
def need_met(acting: Acting, visit: CampaignVisit) -> CampaignVisit:
    """The need was met without a case, such as by advice on the spot."""
    now = _with_need(acting, visit)
    now.need_met_on = acting.day
    with refusing():
        now.save(update_fields=["need_met_on"])
    record(acting, "hardship.need_met", now, now.number)
    return now


def _with_need(acting: Acting, visit: CampaignVisit, *, raised: bool = True) -> CampaignVisit:
    """The visit, held; refused when it has no open need (unless one is about to be raised)."""
    takes_part(acting, visit.campaign, visit.scope_path, VISITING)
    rows = CampaignVisit.objects.select_for_update(of=("self",)).select_related("household", "campaign")
    now = rows.get(pk=visit.pk)
    if raised and (not now.need_kind or now.need_case_id or now.need_met_on):
        raise Refusal(_("There is no open need here without a case."), code="need")
    return now


def _tie(acting: Acting, visit: CampaignVisit, case: Case) -> None:
    visit.need_case = case
    with refusing():
        visit.save(update_fields=["need_case"])
    note = _("Need raised at visit %(number)s of “%(campaign)s”.")
    casework.add_note(acting, case, note % {"number": visit.number, "campaign": visit.campaign.name})
    record(acting, "hardship.need_becomes_case", visit, case.number)
