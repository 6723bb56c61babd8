"""The four groups of the registry as columns of flags: a person may be in several, in none, or nobody has said."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import numpy as np
from django.db.models import QuerySet
from numpy.typing import NDArray

from chunyu.registry.groups import Group, with_groups, young_born
from chunyu.registry.models import Member


def flags_of(people: Iterable[tuple[bool | None, bool | None, bool | None, date | None, date]]) -> NDArray[np.int8]:
    """A row a person (three tags, birth date, the day that counts), a column a group: 1, 0, or -1 where not known."""
    rows = [[_flag(each) for each in (*tags, is_young(birth, day))] for *tags, birth, day in people]
    return np.array(rows, np.int8).reshape(-1, len(Group))


def is_young(birth_date: date | None, day: date) -> bool | None:
    if birth_date is None:
        return None
    first, last = young_born(day)
    return first <= birth_date <= last


def _flag(known: bool | None) -> int:
    return -1 if known is None else int(known)


def flags_of_workers(workers: QuerySet[Member], day: date) -> dict[Any, list[int]]:
    """The groups of each of these workers on a day, a flag a group as `flags_of` gives them, by household."""
    told = (f"in_{group.value}" for group in Group)
    rows = with_groups(workers, day).order_by("joined_on").values_list("household", *told)
    return {household: [_flag(each) for each in flags] for household, *flags in rows}
