"""What an import of organisations would change: who is founded under whom, and who is renamed.

An organisation above may stand in the sheet itself, in any row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.federation.kinds import Kind, may_stand_under
from chunyu.federation.models import Organisation, Region
from chunyu.registry.importing.flat import FlatPlan, FlatUnderstanding, RowPlan
from chunyu.registry.importing.understanding import union_finder, union_key
from chunyu.registry.workbook import cells
from chunyu.registry.workbook.flat import told_twice
from chunyu.registry.workbook.people import Draft

BY_NUMBER, BY_NAME = "number", "name"


@dataclass
class OrganisationRow(RowPlan):
    """`parent` is on file, or a row of the same sheet. `renamed`: the name until now."""

    name: str = ""
    kind: str = ""
    region: Region | None = None
    parent: Organisation | OrganisationRow | None = None
    on: date | None = None
    organisation: Organisation | None = None
    renamed: str = ""

    @property
    def level(self) -> str:
        return self.organisation.kind if self.organisation is not None else self.kind


@dataclass
class OrganisationPlan(FlatPlan):
    key: str = BY_NAME
    by_number: dict[int, Organisation] = field(default_factory=dict)
    children: dict[tuple[int | None, str], Organisation] = field(default_factory=dict)
    find: Callable[[str], Organisation | None] = lambda _name: None
    in_file: dict[str, list[Draft]] = field(default_factory=lambda: defaultdict(list))
    regions: dict[str, Region] = field(default_factory=dict)
    planned: dict[int, OrganisationRow | None] = field(default_factory=dict)  # by the draft's identity

    def rows_of(self, drafts: Sequence[Draft]) -> list[OrganisationRow]:
        return [row for draft in drafts if (row := self._planned(draft, ())) is not None]

    def _planned(self, draft: Draft, below: tuple[int, ...]) -> OrganisationRow | None:
        """Planned once, after the row above it; None where something is wrong."""
        if id(draft) in below:
            self.faults.append(draft.fault("parents_in_a_circle", "parent"))
            return None
        if id(draft) not in self.planned:
            before = len(self.faults)
            row = self._row(draft, (*below, id(draft)))
            self.planned[id(draft)] = row if self.sound_since(before) else None
        return self.planned[id(draft)]

    def _row(self, draft: Draft, below: tuple[int, ...]) -> OrganisationRow | None:
        name = draft.values.get("name")
        if name is None:
            return None
        parent = self._parent(draft, below)
        if parent is None:
            return None
        held = self._on_file(draft, name, parent)
        if held is None and self.key == BY_NUMBER and draft.values.get("number") is not None:
            self.faults.append(draft.fault("organisation_unknown", "number"))
            return None
        row = OrganisationRow(draft, name, held is None, name=name, parent=parent, organisation=held)
        if held is None:
            self._found(row)
        else:
            self._compare(row, held)
        return row

    def _parent(self, draft: Draft, below: tuple[int, ...]) -> Organisation | OrganisationRow | None:
        said = draft.values.get("parent")
        if said is None:
            held = self.by_number.get(draft.values.get("number") or 0) if self.key == BY_NUMBER else None
            if "parent" in draft.unread:
                return None
            return held.parent if held is not None and held.parent is not None else self.acting.organisation
        number = cells.narrow(said)
        on_file = self.by_number.get(int(number)) if number.isdigit() else self.find(said)
        listed = [each for each in self.in_file.get(union_key(said), []) if each is not draft]
        if on_file is not None:
            return on_file
        if len(listed) == 1:
            return self._planned(listed[0], below)
        self.faults.append(draft.fault("parent_ambiguous" if listed else "parent_unknown", "parent"))
        return None

    def _on_file(self, draft: Draft, name: str, parent: Organisation | OrganisationRow) -> Organisation | None:
        if self.key == BY_NUMBER and (number := draft.values.get("number")) is not None:
            return self.by_number.get(number)
        above = parent if isinstance(parent, Organisation) else parent.organisation
        if above is None:
            return None
        former = draft.values.get("former_name")
        held = self.children.get((above.pk, union_key(name)))
        return held or (self.children.get((above.pk, union_key(former))) if former else None)

    def _found(self, row: OrganisationRow) -> None:
        draft, parent = row.draft, row.parent
        kind, said = draft.values.get("kind"), draft.values.get("founded_on")
        row.on = said.date if said else self.acting.day
        if kind is None:
            if "kind" not in draft.unread:
                self.faults.append(draft.fault("kind_missing", "kind"))
            return
        row.kind = kind
        assert parent is not None
        level = parent.kind if isinstance(parent, Organisation) else parent.level
        words = {"kind": str(Kind(kind).label), "parent": parent.name, "level": str(Kind(level).label)}
        if not may_stand_under(kind, level):
            self.faults.append(draft.fault("kind_misplaced", "kind", **words))
        since = parent.founded_on if isinstance(parent, Organisation) else (parent.on or self._since(parent))
        if row.on > self.acting.day:
            self.faults.append(draft.fault("day_to_come", "founded_on"))
        elif row.on < since:
            self.faults.append(draft.fault("before_parent", "founded_on", day=since.isoformat(), parent=parent.name))
        row.region = self._region(draft, parent)
        row.differences.append((_("new organisation"), "", f"{parent.name} · {words['kind']}"))

    def _since(self, row: OrganisationRow) -> date:
        return row.organisation.founded_on if row.organisation is not None else self.acting.day

    def _region(self, draft: Draft, parent: Organisation | OrganisationRow) -> Region | None:
        said = draft.values.get("region")
        if said is not None:
            region = self.regions.get(cells.narrow(said))
            if region is None:
                self.faults.append(draft.fault("region_unknown", "region"))
            return region
        if isinstance(parent, Organisation):
            return parent.region
        return parent.organisation.region if parent.organisation is not None else parent.region

    def _compare(self, row: OrganisationRow, held: Organisation) -> None:
        draft = row.draft
        above = row.parent.pk if isinstance(row.parent, Organisation) else None
        if draft.values.get("parent") is not None and held.parent_id != above:
            was = held.parent.name if held.parent else "—"
            self.faults.append(draft.fault("organisation_moves", "parent", parent=was))
        if draft.values.get("kind") not in (None, held.kind):
            self.faults.append(draft.fault("kind_differs", "kind", kind=str(Kind(held.kind).label)))
        if row.name == held.name or (self.key == BY_NAME and union_key(row.name) == union_key(held.name)):
            return
        row.renamed = held.name
        if self.children.get((held.parent_id, union_key(row.name)), held) != held:
            self.faults.append(draft.fault("name_taken", "name"))
        row.differences.append((_("name"), held.name, row.name))


def make_plan(understood: FlatUnderstanding, acting: Acting, key: str) -> OrganisationPlan:
    setting, drafts = understood.setting, understood.drafts
    find = union_finder(acting.organisation, setting.scope, setting.day)
    plan = OrganisationPlan(understood, acting, key=key, find=find)
    standing = Organisation.objects.within(acting.path).as_of(setting.day).select_related("region", "parent__region")
    for each in standing:
        plan.by_number[each.pk] = each
        plan.children[each.parent_id, union_key(each.name)] = each
    for draft in drafts:
        if name := draft.values.get("name"):
            plan.in_file[union_key(name)].append(draft)
    codes = {cells.narrow(said) for each in drafts if (said := each.values.get("region"))}
    # The organisation is of the place of its own time; the code of the day is the one that a sheet of today names.
    plan.regions = {each.code: each for each in Region.objects.as_of(setting.day).filter(code__in=codes)}
    plan.faults += told_twice(drafts, lambda each: each.values.get("number"), "organisation_twice", "number")
    plan.faults += told_twice(drafts, _place, "organisation_twice", "name")
    return plan


def _place(draft: Draft) -> tuple[str, str] | None:
    name = draft.values.get("name")
    return (union_key(name), union_key(draft.values.get("parent") or "")) if name else None
