"""Who takes part in a round: whom the rules entitle, less what the family has open or has been given already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

from chunyu.hardship.models import DecisionProgramme, Standing
from chunyu.hardship.reading import read_many
from chunyu.hardship.rounds import queries
from chunyu.hardship.rounds.models import Round
from chunyu.hardship.stacking.family_ledger import entries_of_many
from chunyu.hardship.stacking.judging import Left, left_for, limits_of
from chunyu.policy import Pack
from chunyu.policy.stacking import Entry
from chunyu.registry.models import Household
from chunyu.rulebooks.in_force import rulebook_of

AT_ONCE = 2_000
ON_FILE = Household.Status.ON_FILE
THIS_ROUND = "this round"


@dataclass(frozen=True)
class Entitled:
    """One row per household and programme, from the decision that says so; its `left_fen` is what the rules of adding
    up leave. Beside them how many cannot be decided, and how many are served already."""

    rows: list[dict[str, Any]]
    undecided: int
    served: int


def entitled(held: Round) -> Entitled:
    """Everybody on file in scope whom the rules entitle to a programme of the round."""
    codes = [each.programme for each in held.programmes.all()]
    standing = Standing.objects.within(held.scope_path).filter(household__status=ON_FILE)
    told = DecisionProgramme.objects.filter(decision__in=standing.values("decision"), programme__in=codes)
    undecided = told.filter(entitled__isnull=True).values("decision").distinct().count()
    known = (
        told.filter(entitled=True, amount_fen__gt=0)
        .order_by("decision__household__file_number", "programme")
        .values(
            "programme",
            "amount_fen",
            "decision",
            "decision__household",
            "decision__household__file_number",
            "decision__household__organisation",
            "decision__household__scope_path",
        )
    )
    pack = rulebook_of(held.organisation, held.day)
    busy = queries.being_served(held.scope_path)
    rows, served = [], 0
    for row in known.iterator(AT_ONCE):
        names = {row["programme"], *_conflicts(pack, row["programme"])}
        if any((row["decision__household"], name) in busy for name in names):
            served += 1
        else:
            rows.append(row)
    return _with_what_is_left(held, pack, rows, undecided, served)


def _conflicts(pack: Pack, code: str) -> tuple[str, ...]:
    return pack.programmes[code].conflicts if code in pack.programmes else ()


def _with_what_is_left(
    held: Round, pack: Pack, rows: Sequence[dict[str, Any]], undecided: int, served: int
) -> Entitled:
    """Each row with what the rules leave it. A family's own lines of the round count for one another, in the order of
    the programmes: together they never come to more than may be granted."""
    on_file = Household.objects.within(held.scope_path).filter(status=ON_FILE)
    had = entries_of_many(on_file, held.day)
    limits = _limits(held, pack, rows, had)
    kept = []
    for row in rows:
        family = row["decision__household"]
        entries = had.setdefault(family, [])
        left = _left(held, pack, row["programme"], entries, limits.get(family, {}))
        if left.unknown:
            undecided += 1
        elif fen := left.of(row["amount_fen"]):
            row["left_fen"] = fen
            kept.append(row)
            entries.append(Entry(row["programme"], held.day, fen, THIS_ROUND))
        else:
            served += 1
    return Entitled(kept, undecided, served)


def _left(held: Round, pack: Pack, code: str, entries: Sequence[Entry], values: Mapping[str, object]) -> Left:
    if code not in pack.programmes:
        return Left(barred=False, unknown=False, fen=None)
    # Nothing has been given: what the rules entitle to is within its own cap.
    return left_for(pack, code, held.day, entries, values) if entries else Left(False, False, None)


def _limits(
    held: Round, pack: Pack, rows: Sequence[dict[str, Any]], had: Mapping[UUID, Sequence[Entry]]
) -> dict[UUID, dict[str, object]]:
    """What sets the caps of each family that has something already, or has several lines here."""
    limits = {code: limits_of(pack, code) if code in pack.programmes else set() for code in _codes(rows)}
    lines = Counter(row["decision__household"] for row in rows)
    asked: dict[UUID, set[str]] = {}
    for row in rows:
        family = row["decision__household"]
        if limits[row["programme"]] and (family in had or lines[family] > 1):
            asked.setdefault(family, set()).update(limits[row["programme"]])
    found: dict[UUID, dict[str, object]] = {}
    remaining = iter(asked)
    while some := list(islice(remaining, AT_ONCE)):
        families = Household.objects.filter(pk__in=some).select_related("organisation__region").order_by("pk")
        for reading in read_many(families, held.day):
            values, key = reading.determination.values, reading.household.pk
            found[key] = {name: values.get(name) for name in asked[key]}
    return found


def _codes(rows: Iterable[dict[str, Any]]) -> set[str]:
    return {row["programme"] for row in rows}
