"""What an import would set, in words: the table of changes of a trial. Sealed values are masked, as on any page."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date
from typing import Any

import xlsxwriter
from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from chunyu.privacy.fields import SealedTextField
from chunyu.privacy.masking import mask_address, mask_card, mask_id_number, mask_name, mask_phone
from chunyu.registry.fact_names import FACT_NAMES, Kind
from chunyu.registry.importing.families import FamilyPlan, PersonPlan
from chunyu.registry.importing.findings import Change
from chunyu.registry.models import Household, Member
from chunyu.ui.templatetags.show import yuan

LISTED = 100_000  # rows of the table to download
MASKS = {
    "id_number": mask_id_number,
    "phone": mask_phone,
    "address": mask_address,
    "bank_card": mask_card,
}


def changes_of(family: FamilyPlan) -> Iterator[Change]:
    """A line for a new family; for one on file, one for each value that would differ."""
    worker = family.worker
    if family.is_new:
        number = worker.id_number
        who = f"{mask_name(worker.name)} {mask_id_number(number.text) if number else ''}"
        people = str(len(family.people))
        yield _line(worker, who, _("new household"), "", _("%(count)s people") % {"count": people})
        return
    household = family.household
    assert household is not None
    subject = household.file_number
    for name, value in family.columns.items():
        yield _line(worker, subject, _label(Household, name), *_pair(household, name, value))
    if family.moves:
        yield _line(worker, subject, _("union"), household.organisation.name, family.organisation.name)
    if family.causes:
        yield _line(worker, subject, _("causes"), "、".join(family.causes_before), "、".join(family.causes))
    for name, value in family.facts.items():
        yield _fact(worker, subject, name, family.declared.get(None, {}).get(name), value)
    for member in family.left:
        yield _line(worker, subject, _("leaves the household"), mask_name(member.name), "")
    for person in family.people:
        yield from _of_person(family, person, subject)


def _of_person(family: FamilyPlan, person: PersonPlan, subject: str) -> Iterator[Change]:
    who = f"{subject} {mask_name(person.draft.name)}"
    if person.member is None:
        yield _line(person.draft, who, _("joins the household"), "", mask_name(person.draft.name))
        return
    for name, value in person.values.items():
        yield _line(person.draft, who, _label(Member, name), *_pair(person.member, name, value))
    for name, value in person.facts.items():
        yield _fact(person.draft, who, name, family.declared.get(person.member.pk, {}).get(name), value)


def _line(draft: Any, subject: str, label: str | Promise, before: str, after: str) -> Change:
    return Change(draft.sheet.name, draft.row + 1, subject, label, before, after)


def _label(model: type[Model], name: str) -> str:
    return str(model._meta.get_field(name).verbose_name)


def _pair(row: Model, name: str, value: Any) -> tuple[str, str]:
    held = getattr(row, name)
    held = held.reveal() if hasattr(held, "reveal") else held
    field = row._meta.get_field(name)
    if isinstance(field, SealedTextField):
        mask = MASKS.get(name, lambda _text: "••••")
        return (mask(held) if held else "", mask(value) if value else "")
    listed = dict(field.flatchoices) if field.choices else {}
    return _plain(listed.get(held, held)), _plain(listed.get(value, value))


def _fact(draft: Any, subject: str, name: str, before: Any, after: Any) -> Change:
    meaning = FACT_NAMES[name]
    if meaning.sealed:
        pair = ("••••" if before is not None else "", "••••")
    elif meaning.kind == Kind.MONEY:
        pair = tuple("" if fen is None else yuan(fen) for fen in (before, after))
    else:
        pair = (_plain(before), _plain(after))
    return _line(draft, subject, str(meaning.label), *pair)


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if value is True:
        return str(_("yes"))
    if value is False:
        return str(_("no"))
    return value.isoformat() if isinstance(value, date) else str(value)


class ChangesFile:
    """The table of changes as a workbook, written line by line."""

    def __init__(self) -> None:
        self.out = io.BytesIO()
        options = {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        self.book = xlsxwriter.Workbook(self.out, options)
        self.page = self.book.add_worksheet(str(_("Changes")))
        head = self.book.add_format({"bold": True, "bg_color": "#E4F0E8", "border": 1})
        titles = (_("Sheet"), _("Row"), _("Whom"), _("What"), _("On file"), _("In the workbook"))
        for column, (title, width) in enumerate(zip(titles, (16, 8, 32, 28, 32, 32), strict=True)):
            self.page.set_column(column, column, width)
            self.page.write_string(0, column, str(title), head)
        self.page.freeze_panes(1, 0)
        self.rows = 0
        self.first: list[Change] = []

    def see(self, change: Change) -> None:
        if self.rows >= LISTED:
            return
        self.rows += 1
        if len(self.first) < 200:
            self.first.append(change)
        self.page.write_string(self.rows, 0, change.sheet)
        self.page.write_number(self.rows, 1, change.row)
        for column, text in enumerate((change.subject, str(change.field), change.before, change.after), 2):
            self.page.write_string(self.rows, column, text)

    def content(self) -> bytes:
        self.page.autofilter(0, 0, max(1, self.rows), 5)
        self.book.close()
        return self.out.getvalue()
