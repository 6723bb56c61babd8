"""What an import of members would change: each row beside the records of all unions of the province."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.federation.models import Organisation
from chunyu.privacy.fields import BlindIndexField, SealedTextField
from chunyu.privacy.masking import mask_id_number, mask_name, mask_phone
from chunyu.registry.employers.tables import WITH_MEMBERS, Enterprise
from chunyu.registry.identity import ID_NUMBER
from chunyu.registry.importing.flat import LOOKED_UP_AT_ONCE, FlatPlan, FlatUnderstanding, RowPlan, told
from chunyu.registry.membership.tables import Membership, Worker
from chunyu.registry.workbook.flat import told_twice
from chunyu.registry.workbook.people import Draft
from chunyu.wall.scope import beyond_scope

BY_ID_NUMBER, BY_NUMBER = "id_number", "number"
VALUES = ("name", "phone", "education", "is_migrant", "new_form", "skill_level")
MASKS = {"name": mask_name, "phone": mask_phone, "id_number": mask_id_number}


@dataclass
class MemberRow(RowPlan):
    """`values` would be set on the worker; a spell would begin in `union` on `on`, after `leaving` where the member is
    transferred; `number` would be the member number of the spell that goes on."""

    union: Organisation | None = None
    worker: Worker | None = None
    values: dict[str, Any] = field(default_factory=dict)
    on: date | None = None
    leaving: Membership | None = None
    staying: Membership | None = None
    number: str | None = None


@dataclass
class MemberPlan(FlatPlan):
    key: str = BY_ID_NUMBER
    transfers: bool = False
    indexes: dict[str, bytes] = field(default_factory=dict)  # by ID number
    workers: dict[bytes, UUID] = field(default_factory=dict)
    by_number: dict[str, list[UUID]] = field(default_factory=lambda: defaultdict(list))
    employers: _Employers | None = None

    def rows_of(self, drafts: Sequence[Draft]) -> list[MemberRow]:
        matched = [(draft, self._match(draft)) for draft in drafts]
        keys = {key for _draft, key in matched if key is not None}
        held = Membership.objects.filter(worker__in=keys).select_related("organisation").order_by("valid_from")
        spells: dict[UUID, list[Membership]] = defaultdict(list)
        with beyond_scope("transfer-member"):
            workers = Worker.objects.select_related("organisation__region", "organisation__parent").in_bulk(keys)
            for each in held:
                spells[each.worker_id].append(each)
        rows = []
        for draft, key in matched:
            row = self._row(draft, workers.get(key), spells.get(key, []))
            if row is not None:
                rows.append(row)
        return rows

    def _match(self, draft: Draft) -> UUID | None:
        if self.key == BY_NUMBER and (number := draft.values.get("number")):
            found = self.by_number.get(number, [])
            if len(found) == 1:
                return found[0]
        return self.workers.get(self.indexes.get(draft.id_number.text, b"")) if draft.id_number else None

    def _row(self, draft: Draft, worker: Worker | None, spells: list[Membership]) -> MemberRow | None:
        before, said = len(self.faults), draft.values
        union = self._union(draft)
        if union is None:
            return None
        subject = f"{mask_name(draft.name)} {mask_id_number(draft.id_number.text) if draft.id_number else ''}"
        row = MemberRow(draft, subject, worker is None, [], union, worker)
        values = {name: said.get(name) for name in VALUES} | {"enterprise_id": self._enterprise(draft)}
        if worker is None:
            row.values = {name: value for name, value in values.items() if value is not None}
            row.on, row.number = self._joined(row, spells), said.get("number")
            row.differences.append((_("new member"), "", union.name))
        else:
            if self.key == BY_NUMBER and draft.id_number is not None:
                values["id_number"] = draft.id_number.text
                self._refuse_number_of_another(draft, worker)
            row.values = told(worker, values)
            row.differences += [self._in_words(worker, name, value) for name, value in row.values.items()]
            self._belong(row, worker, spells)
        return row if self.sound_since(before) else None

    # Where they belong

    def _union(self, draft: Draft) -> Organisation | None:
        union = self.understood.union(draft, "union")
        if union is None and "union" not in draft.columns:
            union = self.acting.organisation
        if union is None:
            if "union" not in draft.unread and draft.values.get("union") is None:
                self.faults.append(draft.fault("union_missing", "union"))
            return None
        if union.kind not in WITH_MEMBERS:
            self.faults.append(draft.fault("union_takes_no_members", "union", union=union.name))
            return None
        return union

    def _belong(self, row: MemberRow, worker: Worker, spells: list[Membership]) -> None:
        current = next((each for each in spells if each.valid_to is None), None)
        assert row.union is not None
        if current is None:
            row.on, row.number = self._joined(row, spells), row.draft.values.get("number")
            row.differences.append((_("member of"), "", row.union.name))
        elif current.organisation_id == row.union.pk:
            self._stay(row, current, spells)
        elif not self.transfers:
            self._refuse_transfer(row.draft, worker)
        else:
            self._transfer(row, worker, current)

    def _stay(self, row: MemberRow, current: Membership, spells: list[Membership]) -> None:
        number, joined = row.draft.values.get("number"), row.draft.values.get("joined_on")
        if number and number != current.number:
            row.staying, row.number = current, number
            row.differences.append((_("member number"), current.number, number))
        if joined is not None and not any(joined.agrees(each.valid_from) for each in spells):
            day = current.valid_from.isoformat()
            self.faults.append(row.draft.fault("joined_otherwise", "joined_on", day=day))

    def _joined(self, row: MemberRow, spells: list[Membership]) -> date:
        said = row.draft.values.get("joined_on")
        on = said.date if said else self.acting.day
        if on > self.acting.day:
            self.faults.append(row.draft.fault("day_to_come", "joined_on"))
        elif left := max((each.valid_to for each in spells if each.valid_to and each.valid_to > on), default=None):
            self.faults.append(row.draft.fault("joined_before_leaving", "joined_on", day=left.isoformat()))
        return on

    def _transfer(self, row: MemberRow, worker: Worker, current: Membership) -> None:
        said = row.draft.values.get("transferred_on")
        on = said.date if said else self.acting.day
        if on > self.acting.day:
            self.faults.append(row.draft.fault("day_to_come", "transferred_on"))
        elif on <= current.valid_from:
            day = current.valid_from.isoformat()
            self.faults.append(row.draft.fault("transfer_too_early", "transferred_on", day=day))
        row.on, row.leaving, row.number = on, current, row.draft.values.get("number")
        assert row.union is not None
        row.differences.append((_("transferred"), self._where(worker), row.union.name))

    def _refuse_transfer(self, draft: Draft, worker: Worker) -> None:
        column = "union" if "union" in draft.columns else "id_number"
        if self.acting.sees(worker.scope_path):
            self.faults.append(draft.fault("member_of_another", column, union=worker.organisation.name))
        else:
            self.faults.append(draft.fault("member_elsewhere", column, county=self._where(worker)))

    def _where(self, worker: Worker) -> str:
        """Their union where the sender may know it, else the county alone."""
        if self.acting.sees(worker.scope_path):
            return worker.organisation.name
        return (worker.organisation.county() or worker.organisation).region.name

    def _refuse_number_of_another(self, draft: Draft, worker: Worker) -> None:
        assert draft.id_number is not None
        other = self.workers.get(self.indexes.get(draft.id_number.text, b""))
        if other is not None and other != worker.pk:
            self.faults.append(draft.fault("number_of_another", "number"))

    # What is said of them

    def _enterprise(self, draft: Draft) -> UUID | None:
        assert self.employers is not None
        said = draft.values.get("enterprise_code") or draft.values.get("enterprise")
        if said is None:
            return None
        found = self.employers.find(draft.values.get("enterprise_code"), draft.values.get("enterprise"))
        if found is None:
            column = "enterprise" if draft.values.get("enterprise") else "enterprise_code"
            self.faults.append(draft.fault("employer_unknown", column))
        return found

    def _in_words(self, worker: Worker, name: str, value: Any) -> tuple[Any, str, str]:
        meta = worker._meta.get_field("enterprise" if name == "enterprise_id" else name)
        if name == "enterprise_id":
            return meta.verbose_name, str(worker.enterprise or "") if worker.enterprise_id else "", _("as in the row")
        held = getattr(worker, name) if self.acting.sees(worker.scope_path) else None
        held = held.reveal() if hasattr(held, "reveal") else held
        if isinstance(meta, SealedTextField) or name == "name":
            mask = MASKS[name]
            return meta.verbose_name, mask(held) if held else "", mask(value)
        listed = dict(meta.flatchoices) if meta.choices else {True: _("yes"), False: _("no"), None: ""}
        return meta.verbose_name, str(listed.get(held, held or "")), str(listed.get(value, value))


class _Employers:
    """Employers under the sender, by code or by a name that only one of them has."""

    def __init__(self, drafts: Sequence[Draft], acting: Acting) -> None:
        self.by_code: dict[str, UUID] = {}
        self.by_name: dict[str, list[UUID]] = defaultdict(list)
        here = Enterprise.objects.within(acting.path).filter(closed_on__isnull=True)
        for names, column, into in (
            ({each.values.get("enterprise_code") for each in drafts}, "credit_code", None),
            ({each.values.get("enterprise") for each in drafts}, "name", self.by_name),
        ):
            for piece in _pieces(sorted(name for name in names if name)):
                for key, said in here.filter(**{f"{column}__in": piece}).values_list("pk", column):
                    if into is None:
                        self.by_code[said] = key
                    else:
                        into[said].append(key)

    def find(self, code: str | None, name: str | None) -> UUID | None:
        if code and code in self.by_code:
            return self.by_code[code]
        named = self.by_name.get(name or "", [])
        return named[0] if len(named) == 1 else None


def _pieces(values: list[Any]) -> Iterator[list[Any]]:
    for at in range(0, len(values), LOOKED_UP_AT_ONCE):
        yield values[at : at + LOOKED_UP_AT_ONCE]


def make_plan(understood: FlatUnderstanding, acting: Acting, key: str) -> MemberPlan:
    drafts = understood.drafts
    plan = MemberPlan(understood, acting, key=key, transfers=understood.setting.transfers)
    plan.faults += told_twice(drafts, lambda each: each.id_number and each.id_number.text, "worker_twice", "id_number")
    plan.employers = _Employers(drafts, acting)
    numbers = sorted({each.id_number.text for each in drafts if each.id_number})
    for piece in _pieces(numbers):
        plan.indexes |= {number: BlindIndexField.of_value(number, ID_NUMBER) for number in piece}
        rows = Worker.objects.filter(id_number_index__in=[plan.indexes[number] for number in piece])
        with beyond_scope("duplicate-stop"):
            plan.workers |= {bytes(index): key for index, key in rows.values_list("id_number_index", "pk")}
    if key == BY_NUMBER:
        spells = Membership.objects.within(understood.setting.scope.path).filter(valid_to__isnull=True)
        for piece in _pieces(sorted({number for each in drafts if (number := each.values.get("number"))})):
            for number, worker in spells.filter(number__in=piece).values_list("number", "worker"):
                plan.by_number[number].append(worker)
    return plan
