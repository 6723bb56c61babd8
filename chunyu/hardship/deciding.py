"""Deciding households: one, some, or everybody on file; and keeping where each of them stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import islice
from math import floor

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from chunyu.accounts.acting import Acting
from chunyu.audit.record import record
from chunyu.hardship.models import UNKNOWN, Decision, DecisionProgramme, DecisionUnknown, Standing
from chunyu.hardship.reading import Reading, read, read_many
from chunyu.policy import Determination
from chunyu.policy.kinds import MILLIONTHS
from chunyu.registry.models import Household

HOUSEHOLDS_AT_ONCE = 500
UPPER_LINES = ("relative_multiple", "edge_multiple")  # parameters of the eras
Progress = Callable[[int], None]


@dataclass
class Tally:
    """What a run found: households by category, and how many of them stand differently than before."""

    households: int = 0
    changed: int = 0
    categories: Counter[str] = field(default_factory=Counter)


@transaction.atomic
def decide_household(acting: Acting, household: Household) -> Decision:
    """Decide one household today; a reading that says what the last one said adds no decision."""
    # Two decisions at once take turns, so that the standing is the later one's.
    Household.objects.select_for_update(of=("self",)).get(pk=household.pk)
    reading = read(household, acting.day)
    _keep(acting, [reading])
    return Standing.objects.select_related("decision").get(household=household).decision


def decide_households(acting: Acting, households: QuerySet[Household], progress: Progress = lambda done: None) -> Tally:
    """Decide many, some hundred to a transaction: an interrupted run has decided those it reached."""
    tally = Tally()
    remaining = households.select_related("organisation__region").order_by("pk").iterator(HOUSEHOLDS_AT_ONCE)
    while some := list(islice(remaining, HOUSEHOLDS_AT_ONCE)):
        with transaction.atomic():
            readings = list(read_many(some, acting.day))
            tally.changed += _keep(acting, readings)
        tally.households += len(readings)
        tally.categories.update(category_of(each.determination) for each in readings)
        progress(tally.households)
    with transaction.atomic():
        note = f"{tally.households} households, {tally.changed} changed"
        record(acting, "hardship.decide", acting.organisation, note)
    return tally


def category_of(determination: Determination) -> str:
    """The code of the category in the pack that decided, or UNKNOWN."""
    return determination.category or UNKNOWN


def _keep(acting: Acting, readings: list[Reading]) -> int:
    """Append the decisions that say something new, and bring every standing up to date. How many were new."""
    standing = {
        each.household_id: each
        for each in Standing.objects.filter(household__in=[r.household.pk for r in readings])
        .select_related("decision")
        .prefetch_related("decision__programmes", "decision__unknowns")
    }
    now = timezone.now()
    fresh: dict[object, Decision] = {}
    programmes: list[DecisionProgramme] = []
    unknowns: list[DecisionUnknown] = []
    for reading in readings:
        known = standing.get(reading.household.pk)
        if known and _says(known.decision) == _outcome(reading):
            continue
        decision = _decision(acting, reading, now)
        fresh[reading.household.pk] = decision
        programmes += _programmes(decision, reading.determination)
        unknowns += [DecisionUnknown(decision=decision, fact=name) for name in unknown_names(reading.determination)]
    Decision.objects.bulk_create(fresh.values())
    DecisionProgramme.objects.bulk_create(programmes)
    DecisionUnknown.objects.bulk_create(unknowns)
    Standing.objects.bulk_create(
        [
            _standing(reading, fresh.get(reading.household.pk) or standing[reading.household.pk].decision, acting)
            for reading in readings
        ],
        update_conflicts=True,
        unique_fields=["household"],
        update_fields=[
            "organisation",
            "scope_path",
            "decision",
            "category",
            "in_hardship",
            "entitled_fen",
            "unknowns",
            "checked_on",
        ],
    )
    return len(fresh)


def _outcome(reading: Reading) -> tuple[object, ...]:
    """What a determination says, in the order and form in which a decision's rows say it."""
    determination = reading.determination
    programmes = ((code, each.entitled, each.amount_fen) for code, each in determination.programmes.items())
    return (
        determination.pack.digest,
        category_of(determination),
        determination.values[determination.pack.roles.figure],
        need_of(reading),
        bool(determination.notices),
        tuple(sorted(programmes)),
        tuple(unknown_names(determination)),
    )


def _says(decision: Decision) -> tuple[object, ...]:
    return (
        decision.version,
        decision.category,
        decision.net_income_fen,
        decision.need_fen,
        decision.statements_differ,
        tuple(sorted((each.programme, each.entitled, each.amount_fen) for each in decision.programmes.all())),
        tuple(sorted(each.fact for each in decision.unknowns.all())),
    )


def unknown_names(determination: Determination) -> Iterator[str]:
    """The names of all unknown facts in the way of the category or of a programme. What a programme on request asks
    is left out: nobody has raised the need that it answers."""
    programmes = (each for each in determination.programmes.values() if not each.programme.on_request)
    missing = [*determination.unknown, *(m for each in programmes for m in each.unknown)]
    yield from sorted({each.name for each in missing})


def _decision(acting: Acting, reading: Reading, now: object) -> Decision:
    determination, household = reading.determination, reading.household
    standard = determination.settings.get("living_standard")
    return Decision(
        household=household,
        organisation=household.organisation,
        day=determination.on,
        known_at=now,
        pack=determination.pack.id,
        version=determination.pack.digest,
        category=category_of(determination),
        net_income_fen=determination.values[determination.pack.roles.figure],
        standard_fen=standard.value if standard else None,
        need_fen=need_of(reading),
        statements_differ=bool(determination.notices),
        by=acting.post,
    )


def need_of(reading: Reading) -> int | None:
    """The yearly gap in fen: from the rulebook's figure per head up to the line to which it knows hardship (the living
    standard times the multiple of relative hardship, or of the edge), times people, times twelve. None while a part
    of it is unknown."""
    determination = reading.determination
    line, net = determination.settings.get("living_standard"), determination.values[determination.pack.roles.figure]
    multiple = next((determination.settings[name] for name in UPPER_LINES if name in determination.settings), None)
    if net is None or line is None or line.value is None or (multiple is not None and multiple.value is None):
        return None
    upper = Fraction(line.value) * (Fraction(multiple.value, MILLIONTHS) if multiple else 1)
    return max(0, floor((upper - net) * len(reading.facts.members) * 12 + Fraction(1, 2)))


def _programmes(decision: Decision, determination: Determination) -> list[DecisionProgramme]:
    return [
        DecisionProgramme(decision=decision, programme=code, entitled=each.entitled, amount_fen=each.amount_fen)
        for code, each in determination.programmes.items()
    ]


def _standing(reading: Reading, decision: Decision, acting: Acting) -> Standing:
    programmes = reading.determination.programmes.values()
    return Standing(
        household=reading.household,
        organisation=reading.household.organisation,
        decision=decision,
        category=category_of(reading.determination),
        in_hardship=reading.determination.in_hardship,
        entitled_fen=sum(each.amount_fen or 0 for each in programmes if each.entitled),
        unknowns=sum(1 for _ in unknown_names(reading.determination)),
        checked_on=acting.day,
    )
