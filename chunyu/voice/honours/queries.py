"""Reading rounds of honours: the ranking, what still lacks, and what the statistics say."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import Avg, Count, F, QuerySet

from chunyu.accounts.acting import Acting
from chunyu.casework.queries import known_to
from chunyu.voice.honours.phrases import about
from chunyu.voice.honours.tables import HonourRound, Juror, Nominee, Recusal, Score
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


def sheets(held: HonourRound) -> dict[Juror, list[Nominee]]:
    """What each juror has still to score: not their own, not that of which they are an author, not where they stand
    aside. The same queries however many there are."""
    nominees = list(held.nominees.all())
    written = defaultdict[str, set[UUID]](set)
    cases = [each.case_id for each in nominees if each.case_id]
    for name, case in Author.objects.filter(proposal__case__in=cases).values_list("name", "proposal__case"):
        written[name].add(case)
    done = set(Score.objects.filter(juror__round=held).values_list("juror", "nominee"))
    away = done | set(Recusal.objects.filter(juror__round=held).values_list("juror", "nominee"))
    return {
        juror: [
            each
            for each in nominees
            if each.name != juror.name and each.case_id not in written[juror.name] and (juror.pk, each.pk) not in away
        ]
        for juror in held.jurors.all()
    }


def to_score(juror: Juror) -> list[Nominee]:
    return sheets(juror.round).get(juror, [])


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
