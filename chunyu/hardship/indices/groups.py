"""The four groups by which every report can be cut: a person may be in several, in none, or nobody has said.

Tags are statements of the registry with their source and day; young is an age rule on a day.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import numpy as np
from django.db import models
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from numpy.typing import NDArray

from chunyu.registry.models import Member
from chunyu.registry.queries import PRECEDENCE, Fact


class Group(models.TextChoices):
    FRONT_LINE = "front_line", _("front-line workers")
    MIGRANT = "migrant", _("migrant workers")
    DISPATCHED = "dispatched", _("dispatched workers")
    YOUNG = "young", _("young workers")


YOUNG_UP_TO = 35  # years, the birthday of that age still in
TAGS = ("front_line", "migrant", "dispatched")
UNSAID: list[bool | None] = [None] * len(TAGS)


def is_young(birth_date: date, day: date) -> bool:
    had_birthday = (day.month, day.day) >= (birth_date.month, birth_date.day)
    return day.year - birth_date.year - (not had_birthday) <= YOUNG_UP_TO


def flags_of(people: Iterable[tuple[bool | None, bool | None, bool | None, date | None, date]]) -> NDArray[np.int8]:
    """A row a person (three tags, birth date, the day that counts), a column a group: 1, 0, or -1 where not known."""
    rows = [
        [_flag(each) for each in (*tags, None if birth is None else is_young(birth, day))]
        for *tags, birth, day in people
    ]
    return np.array(rows, np.int8).reshape(-1, len(Group))


def _flag(known: bool | None) -> int:
    return -1 if known is None else int(known)


def flags_of_workers(workers: QuerySet[Member], day: date) -> dict[Any, list[int]]:
    """The groups of each of these workers on a day, a flag a group as `flags_of` gives them, by household."""
    tags = tags_of(workers, day)
    rows = list(workers.order_by("joined_on").values_list("household", "pk", "birth_date"))
    flags = flags_of((*tags.get(member, UNSAID), birth, day) for _household, member, birth in rows)
    return dict(zip((household for household, _member, _birth in rows), flags.tolist(), strict=True))


def tags_of(people: QuerySet[Member], day: date) -> dict[Any, list[bool | None]]:
    """What is stated of each person as of a day; somebody whose work is that of a migrant worker is tagged by that."""
    stated: dict[Any, dict[str, tuple[Any, bool]]] = {}
    facts = Fact.objects.filter(
        member__in=people.order_by().values("pk"), name__in=[*TAGS, "work_status"], valid_from__lte=day
    )
    for member, name, source, on, flag, code in facts.values_list(
        "member", "name", "source", "valid_from", "flag", "code"
    ):
        if name == "work_status" and code != "migrant":
            continue  # says nothing of the group
        tag, value = ("migrant", True) if name == "work_status" else (name, bool(flag))
        weight = (name == tag, PRECEDENCE[Fact.Source(source)], on)
        held = stated.setdefault(member, {})
        if tag not in held or weight >= held[tag][0]:
            held[tag] = (weight, value)
    return {member: [held[tag][1] if tag in held else None for tag in TAGS] for member, held in stated.items()}
