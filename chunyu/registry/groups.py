"""The four groups that a union looks at: front-line, migrant, dispatched and young workers.

One person may be in several, so the groups never add up to the people: every count stands beside the number of
distinct persons. Three are stated about a person like any other fact, with source and date. Young is worked out from
the birth date on a day, never stated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import BooleanField, Case, Count, IntegerField, OuterRef, Q, QuerySet, Subquery, TextChoices, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from chunyu.registry.models import Fact, Member


class Group(TextChoices):
    FRONT_LINE = "front_line", _("front-line workers")
    MIGRANT = "migrant", _("migrant workers")
    DISPATCHED = "dispatched", _("dispatched workers")
    YOUNG = "young", _("young workers")


STATED = (Group.FRONT_LINE, Group.MIGRANT, Group.DISPATCHED)
# Whole years on the day, both ends counted: from the age at which work is allowed to the upper age of the young.
YOUNG_FROM, YOUNG_UNTIL = 16, 35
# A work status that says the same as a statement of the group, where there is no such statement.
IMPLIED = {Group.MIGRANT: ("work_status", "migrant")}

_STRENGTH = Case(
    When(source=Fact.Source.MATCHED, then=2), When(source=Fact.Source.VERIFIED, then=1), default=0,
    output_field=IntegerField(),
)  # fmt: skip


def young_born(day: date, until: int = YOUNG_UNTIL) -> tuple[date, date]:
    """The first and the last birth date of those who are young workers on a day."""
    first = _years_before(day, until + 1)
    return date.fromordinal(first.toordinal() + 1), _years_before(day, YOUNG_FROM)


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February; who was born on it completes a year on 1 March
        return day.replace(year=day.year - years, day=28)


def with_groups(members: QuerySet[Member], day: date) -> QuerySet[Member]:
    """Each member with `in_front_line`, `in_migrant`, `in_dispatched` (None where nobody has stated it) and
    `in_young` as of a day, in the same query."""
    first, last = young_born(day)
    tags = {f"in_{group.value}": _stated(group, day) for group in STATED}
    young = Case(When(birth_date__gte=first, birth_date__lte=last, then=True), default=False)
    return members.annotate(**tags, in_young=young)


def _stated(group: Group, day: date) -> Coalesce | Subquery:
    stated = Subquery(_statements(group.value, day).values("flag")[:1])
    if group not in IMPLIED:
        return stated
    fact, code = IMPLIED[group]
    says = Case(When(code=code, then=True), default=None, output_field=BooleanField(null=True))
    return Coalesce(stated, Subquery(_statements(fact, day).annotate(says=says).values("says")[:1]))


def _statements(name: str, day: date) -> QuerySet[Fact]:
    """What is stated of the member by that name, the statement that counts first (as `queries.facts_of_many`)."""
    return (
        Fact.objects.filter(member=OuterRef("pk"), name=name, valid_from__lte=day)
        .exclude(joining__parted_at__isnull=False)
        .annotate(strength=_STRENGTH)
        .order_by("-strength", "-valid_from", "-stated_on", "-recorded_at", "-pk")
    )


def groups_of(members: Iterable[UUID], day: date) -> dict[UUID, frozenset[Group]]:
    """The groups of each of these members as of a day, in one query; a group that nobody stated is left out."""
    rows = with_groups(Member.objects.filter(pk__in=list(members)), day)
    return {
        key: frozenset(group for group, holds in zip(Group, flags, strict=True) if holds)
        for key, *flags in rows.values_list("pk", *(f"in_{group.value}" for group in Group))
    }


@dataclass(frozen=True)
class Cut:
    """A set of people cut by the groups. `persons` are distinct (by ID number, so two files of one person are one);
    `unstated` says of how many nobody has stated whether they are in a group."""

    persons: int
    groups: Mapping[Group, int]
    in_none: int
    unstated: Mapping[Group, int]

    def lines(self) -> list[tuple[str, int]]:
        """The counts to be shown under the number of persons, each with its group's name."""
        return [(str(group.label), count) for group, count in self.groups.items()]


def cut(members: QuerySet[Member], day: date) -> Cut:
    """Count the distinct persons among these members and, beside them, those of each group; in one query."""
    in_any = Q(*((f"in_{group.value}", True) for group in Group), _connector=Q.OR)
    asked = {"persons": _persons(), "some": _persons(in_any)}
    asked |= {f"with_{group.value}": _persons(Q((f"in_{group.value}", True))) for group in Group}
    asked |= {f"without_{group.value}": _persons(Q((f"in_{group.value}__isnull", True))) for group in STATED}
    found = with_groups(members.order_by(), day).aggregate(**asked)
    return Cut(
        persons=found["persons"],
        groups={group: found[f"with_{group.value}"] for group in Group},
        in_none=found["persons"] - found["some"],
        unstated={group: found[f"without_{group.value}"] for group in STATED},
    )


def _persons(where: Q | None = None) -> Count:
    return Count("id_number_index", distinct=True, filter=where)
