"""The verbs of honours: open a round, nominate, name the jury, score, and what the steps of the process write down."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.audit.record import record
from chunyu.casework.actions import NoticeFacts, open_case, publish_notice, take_down_notice
from chunyu.casework.models import Case
from chunyu.casework.models.case import Channel
from chunyu.casework.process import process_named
from chunyu.federation.models import Organisation
from chunyu.ledger.actions import spend
from chunyu.ledger.models import Fund
from chunyu.voice.duties import WORKS
from chunyu.voice.honours import queries
from chunyu.voice.honours.tables import Award, AwardPayment, HonourRound, Juror, Nominee, Recusal, Score
from chunyu.voice.honours.triggers import PROCESS
from chunyu.voice.proposals.tables import Proposal
from chunyu.voice.refusing import refusing


@transaction.atomic
def open_round(
    acting: Acting, union: Organisation, *, kind: str, title: str, year: int, rules: str, places: int, bonus_fen: int
) -> HonourRound:
    """Open a round under its rules; from then on the rules stand."""
    case = open_case(acting, process_named(PROCESS), union, title=f"{year}年度{title.strip()}", channel=Channel.COUNTER)
    with refusing():
        opened = HonourRound.objects.create(
            organisation=union,
            case=case,
            kind=kind,
            title=title.strip(),
            year=year,
            rules=rules.strip(),
            places=places,
            bonus_fen=bonus_fen,
        )
    record(acting, "voice.open_round", opened, str(opened))
    return opened


def _works(acting: Acting, held: HonourRound) -> None:
    if acting.role not in WORKS or not acting.sees(held.scope_path):
        raise Refusal(_("A round is kept by the union that opened it."), "role")


@transaction.atomic
def nominate_proposals(acting: Acting, held: HonourRound, proposals: Iterable[Proposal]) -> list[Nominee]:
    """Proposals of the round's year that were put right, each under its first author's name."""
    _works(acting, held)
    nominees = []
    for proposal in proposals:
        first = proposal.authors.filter(came_with__isnull=True).first()
        assert first is not None
        nominees.append(_nominate(acting, held, first.name, str(proposal), proposal.case))
    record(acting, "voice.nominate", held, f"{len(nominees)} nominees")
    return nominees


@transaction.atomic
def nominate(acting: Acting, held: HonourRound, *, name: str, citation: str) -> Nominee:
    """A person, team or brand."""
    _works(acting, held)
    nominee = _nominate(acting, held, name, citation, None)
    record(acting, "voice.nominate", held, "1 nominee")
    return nominee


def _nominate(acting: Acting, held: HonourRound, name: str, citation: str, case: Case | None) -> Nominee:
    with refusing():
        return Nominee.objects.create(
            round=held, name=name.strip(), citation=citation.strip()[:200], case=case, recorded_by=acting.post
        )


@transaction.atomic
def name_juror(acting: Acting, held: HonourRound, *, name: str, job: str = "") -> Juror:
    _works(acting, held)
    if held.case.state != "open":
        raise Refusal(_("The round is no longer open."), "honours_while_open")
    with refusing():
        juror = Juror.objects.create(round=held, name=name.strip(), job=job.strip())
    record(acting, "voice.name_juror", held)
    return juror


@transaction.atomic
def stand_aside(acting: Acting, juror: Juror, nominee: Nominee, *, why: str) -> Recusal:
    """A juror who is too near to a nominee does not score them."""
    _works(acting, juror.round)
    with refusing():
        recusal = Recusal.objects.create(juror=juror, nominee=nominee, why=why.strip())
    record(acting, "voice.stand_aside", juror.round)
    return recusal


@transaction.atomic
def enter_scores(acting: Acting, juror: Juror, points: Mapping[Nominee, int]) -> None:
    """A juror's sheet. Whom they may not score is not on it."""
    _works(acting, juror.round)
    with refusing():
        for nominee, given in points.items():
            Score.objects.create(juror=juror, nominee=nominee, points=given, recorded_by=acting.post)
    record(acting, "voice.enter_scores", juror.round, f"{len(points)} scores")


# --- what the moves of the process do; the process has checked who may ---


def of(case: Case) -> HonourRound:
    return HonourRound.objects.select_related("organisation").get(case=case)


def publish(acting: Acting, case: Case, *, place: str, objections_to: str, **fields: Any) -> None:
    held = of(case)
    first, *others = [each.name for each in queries.winners(held)]
    facts = NoticeFacts(first, held.get_kind_display(), str(held), held.bonus_fen or None, also=tuple(others))
    publish_notice(acting, case, facts, place=place, objections_to=objections_to)


def take_down(acting: Acting, case: Case, **fields: Any) -> None:
    take_down_notice(acting, case)


def confirm(acting: Acting, case: Case, **fields: Any) -> None:
    """The winners as they were made known, each with a certificate's number."""
    held = of(case)
    for place, nominee in enumerate(queries.winners(held), 1):
        Award.objects.create(
            nominee=nominee,
            place=place,
            certificate=f"{case.number}-{place:02d}",
            bonus_fen=held.bonus_fen,
            day=acting.day,
        )


def pay(acting: Acting, case: Case, *, fund: str, document_no: str, **fields: Any) -> None:
    """Each bonus leaves the fund by a transfer of its own."""
    source = Fund.objects.within(acting.path).get(pk=int(fund)) if fund.isdigit() else None
    if source is None:
        raise Refusal(_("Choose the fund that pays."), "fund")
    for award in Award.objects.filter(nominee__round__case=case, bonus_fen__gt=0):
        transfer = spend(
            acting, fund=source, amount_fen=award.bonus_fen, day=acting.day, document_no=document_no,
            key=f"award:{award.certificate}",
        )  # fmt: skip
        with refusing():
            AwardPayment.objects.create(award=award, transfer=transfer)
