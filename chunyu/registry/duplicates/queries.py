"""Reading duplicates: pairs to decide, the two records side by side, and a file together with those joined to it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from chunyu.accounts.acting import Acting
from chunyu.privacy.masking import mask_id_number, mask_name
from chunyu.registry import codes
from chunyu.registry.duplicates.model import BY_CODE, COMPARISONS, NOT_SAID
from chunyu.registry.models import Household, Member, Pair
from chunyu.registry.queries import county_name, find_by_id_number


def files_of(household: Household) -> list[UUID]:
    """The keys of a file and of those joined to it: what was given to one was given to the family."""
    return [household.pk, *household.merged_from.values_list("pk", flat=True)]


def pairs_visible_to(acting: Acting) -> QuerySet[Pair]:
    """Pairs under the acting organisation, those superseded left out, with what the list shows."""
    return (
        Pair.objects.within(acting.path)
        .exclude(state=Pair.State.SUPERSEDED)
        .select_related("left__household", "right__household", "left_county", "right_county")
    )


@dataclass(frozen=True)
class Reason:
    """One comparison in words; `weight` in thousandths of a bit, `width` in per cent of the widest bar."""

    label: str
    level: str
    weight: int
    width: int

    @property
    def bits(self) -> str:
        return f"{self.weight / 1000:+.1f}"

    @property
    def tone(self) -> str:
        return "for" if self.weight > 0 else "against" if self.weight < 0 else "none"


def reasons(pair: Pair) -> list[Reason]:
    """Why the score is what it is, in the order of the comparisons."""
    parts = {part.comparison: part for part in pair.parts.all()}
    widest = max((abs(part.weight) for part in parts.values()), default=1) or 1
    found = []
    for comparison in COMPARISONS:
        part = parts.get(comparison.code)
        if part is None:
            continue
        found.append(
            Reason(
                str(BY_CODE[part.comparison].label),
                level_words(part.comparison, part.level),
                part.weight,
                round(100 * abs(part.weight) / widest),
            )
        )
    return found


def level_words(comparison: str, level: str) -> str:
    """What a comparison came to, in words."""
    if level == NOT_SAID:
        return _("not on both records")
    return next(str(each.label) for each in BY_CODE[comparison].levels if each.code == level)


@dataclass(frozen=True)
class Line:
    """One row of the side-by-side view."""

    label: str
    left: str
    right: str

    @property
    def differs(self) -> bool:
        return self.left != self.right


def side_by_side(pair: Pair) -> list[Line]:
    """Both records, line by line."""
    columns = [_record(pair.left), _record(pair.right)]
    return [Line(label, columns[0][label], columns[1][label]) for label in columns[0]]


def _record(member: Member) -> dict[str, str]:
    household = member.household
    others = household.members.exclude(pk=member.pk).filter(left_on__isnull=True).order_by("birth_date", "pk")
    return {
        pgettext("person", "Name"): member.name,
        _("Sex"): codes.SEX.label(member.sex),
        _("Birth date"): member.birth_date.isoformat(),
        _("ID number"): member.id_number.reveal(),
        _("Phone"): member.phone.reveal() if member.phone else "",
        _("Address"): member.address.reveal() if member.address else "",
        _("Relation to the worker"): codes.RELATION.label(member.relation),
        _("Others in the household"): ", ".join(f"{each.name} {each.birth_date.year}" for each in others),
        _("Union"): household.organisation.name,
        _("File"): household.file_number,
        _("On file since"): household.opened_on.isoformat(),
    }


def next_to_decide(acting: Acting, after: Pair) -> Pair | None:
    """The next open pair below this one in the list's order, else the first of all."""
    waiting = pairs_visible_to(acting).filter(state=Pair.State.OPEN).exclude(pk=after.pk).order_by("-score", "pk")
    below = waiting.filter(Q(score__lt=after.score) | Q(score=after.score, pk__gt=after.pk))
    return below.first() or waiting.first()


@dataclass(frozen=True)
class Hit:
    """Somebody on an open file, as far as may be told to who asks."""

    name: str
    id_number: str
    county: str
    file_number: str
    household: UUID | None


def look_first(acting: Acting, id_number: str) -> Hit | None:
    """Who has this ID number on an open file in any county: whole under one's own organisation, masked elsewhere."""
    member = find_by_id_number(id_number)
    if member is None:
        return None
    number = member.id_number.reveal()
    if acting.sees(member.scope_path):
        return Hit(member.name, number, county_name(member), member.household.file_number, member.household_id)
    return Hit(mask_name(member.name), mask_id_number(number), county_name(member), "", None)
