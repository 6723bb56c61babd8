"""What an import of employers would change: each row beside what is on file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import F, Q
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.federation.models import Organisation
from chunyu.registry.employers.tables import WITH_MEMBERS, Enterprise, Headcount, UnionCover
from chunyu.registry.importing.flat import LOOKED_UP_AT_ONCE, FlatPlan, FlatUnderstanding, RowPlan, told
from chunyu.registry.workbook.flat import told_twice
from chunyu.registry.workbook.people import Draft

BY_CODE, BY_NAME = "credit_code", "name"
VALUES = ("name", "credit_code", "ownership", "industry", "address", "has_party_cell")
Numbers = tuple[int, int, int]  # workers, migrants and in new forms among them


@dataclass
class EmployerRow(RowPlan):
    """`values` would be set on the employer, `count` stated of it, `cover` be the union that covers it from `on`."""

    organisation: Organisation | None = None
    enterprise: Enterprise | None = None
    values: dict[str, Any] = field(default_factory=dict)
    count: tuple[date, Numbers] | None = None
    cover: Organisation | None = None
    on: date | None = None
    ending: UnionCover | None = None


@dataclass
class EnterprisePlan(FlatPlan):
    key: str = BY_CODE
    by_code: dict[str, Enterprise] = field(default_factory=dict)
    by_name: dict[str, list[Enterprise]] = field(default_factory=lambda: defaultdict(list))

    def rows_of(self, drafts: Sequence[Draft]) -> list[EmployerRow]:
        found = [(draft, *self._match(draft)) for draft in drafts]
        keys = {enterprise.pk for _draft, enterprise, sure in found if enterprise is not None and sure}
        counts, covers = _latest_counts(keys), _covers(keys)
        rows = []
        for draft, enterprise, sure in found:
            if sure:
                key = enterprise.pk if enterprise else None
                row = self._row(draft, enterprise, counts.get(key, []), covers.get(key, []))
                if row is not None:
                    rows.append(row)
        return rows

    def _match(self, draft: Draft) -> tuple[Enterprise | None, bool]:
        """The employer on file, and whether the row may go on at all."""
        code, name = draft.values.get("credit_code"), draft.values.get("name")
        by_code = self.by_code.get(code) if code else None
        named = self.by_name.get(name or "", [])
        if by_code is not None and (self.key == BY_CODE or by_code not in named):
            if self.key == BY_NAME and named:
                self.faults.append(draft.fault("credit_code_taken", "credit_code", name=by_code.name))
                return None, False
            return self._open(draft, by_code, "credit_code")
        # One with another code is another employer of the same name.
        alike = [each for each in named if self.key == BY_NAME or not code or each.credit_code in ("", code)]
        if len(alike) > 1:
            self.faults.append(draft.fault("employer_ambiguous", "name", count=len(alike)))
            return None, False
        return self._open(draft, alike[0], "name") if alike else (None, True)

    def _open(self, draft: Draft, enterprise: Enterprise, column: str) -> tuple[Enterprise | None, bool]:
        if not self.acting.sees(enterprise.scope_path):
            self.faults.append(draft.fault("employer_elsewhere", column))
            return None, False
        if enterprise.closed_on is not None:
            self.faults.append(draft.fault("employer_closed", column, day=enterprise.closed_on.isoformat()))
            return None, False
        return enterprise, True

    def _row(
        self, draft: Draft, enterprise: Enterprise | None, counts: list[Headcount], covers: list[UnionCover]
    ) -> EmployerRow | None:
        understood, said = self.understood, draft.values
        before = len(self.faults)
        answering = understood.union(draft, "organisation")
        organisation = answering or (enterprise.organisation if enterprise else self.acting.organisation)
        row = EmployerRow(draft, said.get("name") or "", enterprise is None, [], organisation, enterprise)
        if enterprise is None:
            row.values = {name: said[name] for name in VALUES if said.get(name) is not None}
            if "ownership" not in row.values and "ownership" not in draft.unread:
                self.faults.append(draft.fault("ownership_missing", "ownership"))
            row.differences.append((_("new employer"), "", said.get("credit_code") or said.get("name") or ""))
        else:
            row.values = told(enterprise, {name: said.get(name) for name in VALUES})
            row.differences += [_in_words(enterprise, name, value) for name, value in row.values.items()]
            if organisation.pk != enterprise.organisation_id:
                row.differences.append((_("answered for by"), enterprise.organisation.name, organisation.name))
        self._count(row, counts)
        self._cover(row, covers)
        return row if self.sound_since(before) else None

    def _count(self, row: EmployerRow, counts: list[Headcount]) -> None:
        said = row.draft.values
        workers = said.get("workers")
        if workers is None:
            return
        on = said["counted_on"].date if said.get("counted_on") else None
        if on is not None and on > self.acting.day:
            self.faults.append(row.draft.fault("day_to_come", "counted_on"))
            return
        held = next((each for each in counts if each.counted_on <= (on or self.acting.day)), None)
        known = (held.migrant_workers, held.new_form_workers) if held else (0, 0)
        parts = [
            min(workers, before) if said.get(name) is None else said[name]
            for name, before in zip(("migrant_workers", "new_form_workers"), known, strict=True)
        ]
        for name, part in zip(("migrant_workers", "new_form_workers"), parts, strict=True):
            if part > workers:
                self.faults.append(row.draft.fault("part_exceeds_whole", name, workers=workers))
                return
        numbers = (workers, parts[0], parts[1])
        if held is not None and _numbers(held) == numbers and on in (None, held.counted_on):
            return
        row.count = (on or self.acting.day, numbers)
        was = f"{held.counted_on}: {_spoken(_numbers(held))}" if held else ""
        row.differences.append((_("workers"), was, f"{row.count[0]}: {_spoken(numbers)}"))

    def _cover(self, row: EmployerRow, covers: list[UnionCover]) -> None:
        union = self.understood.union(row.draft, "union")
        if union is None:
            return
        if union.kind not in WITH_MEMBERS:
            self.faults.append(row.draft.fault("union_takes_no_members", "union", union=union.name))
            return
        current = next((each for each in covers if each.valid_to is None), None)
        if current is not None and current.union_id == union.pk:
            return
        said = row.draft.values.get("covered_from")
        on = said.date if said and not covers else self.acting.day
        if on > self.acting.day:
            self.faults.append(row.draft.fault("day_to_come", "covered_from"))
            return
        row.cover, row.on, row.ending = union, on, current
        row.differences.append((_("covered by"), current.union.name if current else "", union.name))


def make_plan(understood: FlatUnderstanding, acting: Acting, key: str) -> EnterprisePlan:
    plan = EnterprisePlan(understood, acting, key=key)
    drafts = understood.drafts
    plan.faults += told_twice(drafts, lambda each: each.values.get("credit_code"), "employer_twice", "credit_code")
    plan.faults += told_twice(drafts, _name_alone(key), "employer_twice", "name")
    # What an undone import put on file never was there.
    enterprises = Enterprise.objects.exclude(closing=Enterprise.Closing.UNDONE).select_related("organisation")
    county = understood.setting.scope.path
    for at in range(0, len(drafts), LOOKED_UP_AT_ONCE):
        piece = drafts[at : at + LOOKED_UP_AT_ONCE]
        codes = {code for each in piece if (code := each.values.get("credit_code"))}
        names = {name for each in piece if (name := each.values.get("name"))}
        for each in enterprises.filter(credit_code__in=codes):
            plan.by_code[each.credit_code] = each
        for each in enterprises.within(county).filter(name__in=names):
            if each not in plan.by_name[each.name]:
                plan.by_name[each.name].append(each)
    return plan


def _name_alone(key: str) -> Any:
    """The name, where it alone tells the row from others."""
    return lambda each: each.values.get("name") if key == BY_NAME or not each.values.get("credit_code") else None


def _latest_counts(keys: set[Any]) -> dict[Any, list[Headcount]]:
    found: dict[Any, list[Headcount]] = defaultdict(list)
    for each in Headcount.objects.standing().filter(enterprise__in=keys).order_by("-counted_on", "-recorded_at"):
        found[each.enterprise_id].append(each)
    return found


def _covers(keys: set[Any]) -> dict[Any, list[UnionCover]]:
    found: dict[Any, list[UnionCover]] = defaultdict(list)
    standing = Q(valid_to__isnull=True) | ~Q(valid_to=F("valid_from"))
    for each in UnionCover.objects.filter(standing, enterprise__in=keys).select_related("union"):
        found[each.enterprise_id].append(each)
    return found


def _numbers(held: Headcount) -> Numbers:
    return held.workers, held.migrant_workers, held.new_form_workers


def _spoken(numbers: Numbers) -> str:
    return " / ".join(str(each) for each in numbers)


def _in_words(enterprise: Enterprise, name: str, value: Any) -> tuple[Any, str, str]:
    meta = enterprise._meta.get_field(name)
    listed = dict(meta.flatchoices) if meta.choices else {True: _("yes"), False: _("no"), None: ""}
    held = getattr(enterprise, name)
    return meta.verbose_name, str(listed.get(held, held)), str(listed.get(value, value))
