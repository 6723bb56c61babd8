"""Who is looked through: the people on open files, their numbers opened in memory for the time of one look."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from chunyu.federation.models import path_end
from chunyu.registry.duplicates.features import Person
from chunyu.registry.models import Member

AT_ONCE = 5_000


@dataclass(frozen=True)
class OnFile:
    """A person to be compared, and where they are on file."""

    member: UUID
    organisation: int
    path: str
    person: Person


def people_on_file(path: str) -> Iterator[OnFile]:
    """Everybody on an open file under a path, in the order of their keys."""
    members = Member.objects.filter(is_open=True, scope_path__gte=path, scope_path__lt=path_end(path))
    wanted = ("pk", "household_id", "organisation_id", "scope_path", "name", "id_number", "phone", "address")
    for member in members.only(*wanted).order_by("pk").iterator(AT_ONCE):
        yield OnFile(member.pk, member.organisation_id, member.scope_path, person_of(member))


def person_of(member: Member) -> Person:
    return Person(
        household=member.household_id,
        name=member.name,
        id_number=member.id_number.reveal(),
        phone=member.phone.reveal() if member.phone else "",
        address=member.address.reveal() if member.address else "",
    )
