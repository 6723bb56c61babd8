"""Reading members: for the list, and for one worker's page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from chunyu.accounts.acting import Acting
from chunyu.privacy.fields import BlindIndexField
from chunyu.registry import identity
from chunyu.registry.identity import ID_NUMBER
from chunyu.registry.membership.queries import named, named_ranges, of_one_character
from chunyu.registry.membership.tables import PHONE, Membership, Worker
from chunyu.registry.models import Member
from chunyu.ui.paging import MOST_COUNTED, Part


def on_record(acting: Acting) -> QuerySet[Worker]:
    """Workers of the post's subtree, with the day since when they have been members of their present union."""
    spells = Membership.objects.filter(worker=OuterRef("pk"))
    since = spells.filter(valid_to__isnull=True).values("valid_from")[:1]
    # Whom only an import brought that was undone since never was a member.
    ever = Q(is_member=True) | Exists(spells.exclude(valid_to=F("valid_from")))
    rows = Worker.objects.within(acting.path).filter(ever)
    return rows.select_related("organisation", "enterprise").annotate(since=Subquery(since))


def members_on(rows: QuerySet[Worker], acting: Acting, day: date) -> QuerySet[Worker]:
    """Those who were members on a day of a union that is under the post."""
    spells = Membership.objects.within(acting.path).as_of(day).filter(worker=OuterRef("pk"))
    return rows.filter(Exists(spells))


def searched(rows: QuerySet[Worker], text: str) -> QuerySet[Worker]:
    """By name, spelling or initials; by a whole ID number or phone, which are looked up by their blind index."""
    numbered = _numbered(rows, text)
    return named(rows, text) if numbered is None else numbered


def parts(rows: QuerySet[Worker], text: str) -> list[Part]:
    """What `searched` finds, in parts. Names stand in an index by their characters, spellings by the alphabet."""
    numbered = _numbered(rows, text)
    if numbered is not None:
        return [Part(numbered)]
    if len(text) == 1 and not text.isascii():
        found, many = of_one_character(rows, text, MOST_COUNTED)
        return [Part(each, in_order, many) for each, in_order in found]
    return [Part(each, in_order=text.isascii()) for each in named_ranges(rows, text)]


def _numbered(rows: QuerySet[Worker], text: str) -> QuerySet[Worker] | None:
    """By a whole number; None for a text that is none."""
    bare = identity.plain(text)
    if not bare.rstrip("X").isdigit() or len(bare) < 11:
        return None
    if len(bare) == 11:
        return rows.filter(phone_index=BlindIndexField.of_value(bare, PHONE))
    try:
        number = identity.read(bare).text
    except identity.NotAnIdNumber:
        return rows.none()
    return rows.filter(id_number_index=BlindIndexField.of_value(number, ID_NUMBER))


def years_of_membership(spells: Sequence[Membership], day: date) -> tuple[int, int]:
    """Whole years and months as a member, up to a day: a transfer breaks nothing, a time without membership does not
    count."""
    times: list[tuple[date, date]] = []
    for start, end in sorted((each.valid_from, min(each.valid_to or day, day)) for each in spells):
        if times and times[-1][1] == start:
            times[-1] = (times[-1][0], end)
        elif start < end:
            times.append((start, end))
    return divmod(sum(_months(start, end) for start, end in times), 12)


def _months(start: date, end: date) -> int:
    return (end.year - start.year) * 12 + end.month - start.month - (end.day < start.day)


def household_file(acting: Acting, worker: Worker) -> Member | None:
    """The place of the same person in a household on file in the post's subtree."""
    same = Member.objects.within(acting.path).filter(id_number_index=worker.id_number_index, is_open=True)
    return same.select_related("household").first()
