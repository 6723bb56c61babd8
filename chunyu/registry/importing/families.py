"""What an import would do to one family and its people."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from chunyu.federation.models import Organisation
from chunyu.registry.models import Household, Member
from chunyu.registry.queries import Value
from chunyu.registry.workbook.people import Draft, WorkerDraft


@dataclass(slots=True)
class PersonPlan:
    """One person: who they are on file (None: not yet), what would be set, and what would be stated."""

    draft: Draft
    member: Member | None
    values: dict[str, Any]
    facts: dict[str, Value]


@dataclass(slots=True)
class FamilyPlan:
    organisation: Organisation
    household: Household | None
    columns: dict[str, Any]
    facts: dict[str, Value]
    causes: tuple[str, ...]
    people: list[PersonPlan]
    worker: WorkerDraft
    left: list[Member] = field(default_factory=list)
    causes_before: tuple[str, ...] = ()
    declared: dict[Any, dict[str, Value]] = field(default_factory=dict)  # by member's key, None for the household

    @property
    def is_new(self) -> bool:
        return self.household is None

    @property
    def moves(self) -> bool:
        return self.household is not None and self.household.organisation_id != self.organisation.pk

    @property
    def changes(self) -> bool:
        return self.is_new or bool(
            self.columns
            or self.facts
            or self.causes
            or self.left
            or self.moves
            or any(person.member is None or person.values or person.facts for person in self.people)
        )
