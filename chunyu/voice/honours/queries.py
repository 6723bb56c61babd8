"""Reading rounds of honours: the ranking, what still lacks, and what the statistics say."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Avg, Count, F, QuerySet

from chunyu.accounts.acting import Acting
from chunyu.casework.queries import known_to
from chunyu.voice.honours.phrases import about
from chunyu.voice.honours.tables import HonourRound, Juror, Nominee
from chunyu.voice.honours.triggers import PUT_RIGHT
from chunyu.voice.proposals.tables import Author, CongressSession, Proposal

JURORS_AT_LEAST = 3


def rounds(acting: Acting) -> QuerySet[HonourRound]:
    return (
        HonourRound.objects.within(acting.path)
        .filter(case__in=known_to(acting).values("pk"))
        .select_related("case", "organisation")
        .annotate(nominees_count=Count("nominees", distinct=True), awards_count=Count("nominees__award", distinct=True))
    )


def ranking(held: HonourRound) -> QuerySet[Nominee]:
    """By the mean of the scores, the highest first."""
    rows = held.nominees.annotate(mean=Avg("scores__points"), scored=Count("scores"))
    return rows.select_related("case", "award__payment").order_by(F("mean").desc(nulls_last=True), "pk")


def winners(held: HonourRound) -> list[Nominee]:
    return list(ranking(held)[: held.places])


def tied(held: HonourRound) -> bool:
    """Whether the last place and the first after it have the same mean: then nobody can say who is honoured."""
    around = list(ranking(held)[held.places - 1 : held.places + 1])
    return len(around) == 2 and around[0].mean == around[1].mean


def barred(juror: Juror) -> set[int]:
    """The nominees that a juror may not score: their own, those of which they are an author, and where they stand
    aside."""
    own = juror.round.nominees.filter(name=juror.name).values_list("pk", flat=True)
    written = Author.objects.filter(name=juror.name, proposal__case__in=juror.round.nominees.values("case"))
    of_theirs = juror.round.nominees.filter(case__in=written.values("proposal__case")).values_list("pk", flat=True)
    return {*own, *of_theirs, *juror.recusals.values_list("nominee", flat=True)}


def to_score(juror: Juror) -> list[Nominee]:
    """The sheet of a juror: those whom they may score and have not."""
    away = barred(juror) | set(juror.scores.values_list("nominee", flat=True))
    return [each for each in juror.round.nominees.all() if each.pk not in away]


def eligible(held: HonourRound) -> QuerySet[Proposal]:
    """Proposals of the round's year that were put right and are not nominated yet."""
    rows = Proposal.objects.filter(
        organisation=held.organisation_id, raised_on__year=held.year, case__state__in=PUT_RIGHT
    )
    return rows.exclude(case__in=held.nominees.values("case")).select_related("case").order_by("raised_on", "pk")


@dataclass(frozen=True)
class YearOfProposals:
    """How many proposals a year had, in figures and as one says it."""

    count: int
    before: int
    workers: int | None
    winners: int

    @property
    def phrase(self) -> str:
        return about(self.count)

    @property
    def share(self) -> Decimal | None:
        return Decimal(self.winners) / self.count if self.count else None

    @property
    def per_hundred(self) -> Decimal | None:
        return Decimal(self.count) * 100 / self.workers if self.workers else None


def year_of(held: HonourRound) -> YearOfProposals:
    own = Proposal.objects.filter(organisation=held.organisation_id)
    session = CongressSession.objects.filter(organisation=held.organisation_id, held_on__year__lte=held.year).first()
    return YearOfProposals(
        count=own.filter(raised_on__year=held.year).count(),
        before=own.filter(raised_on__year=held.year - 1).count(),
        workers=session.workers if session else None,
        winners=held.places,
    )
