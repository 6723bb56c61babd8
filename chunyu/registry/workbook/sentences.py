"""Every fault in words: what is wrong, and what to do. Shown on pages, in cells' comments and by the command."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from chunyu.registry.workbook.faults import Fault
from chunyu.registry.workbook.organising_sentences import ORGANISING
from chunyu.registry.workbook.parts import BY_NAME, BY_PART, LISTS

UNREADABLE: dict[str, str | Promise] = {
    "empty": _("The file is empty. Choose the workbook again; it may not have been saved to the end."),
    "too_large": _("The file is larger than 20 MB. Remove pictures and sheets that are not needed, or split it."),
    "not_a_workbook": _("This is not an Excel workbook. Open it in Excel or WPS and save it as .xlsx."),
    "other_office": _("This is another kind of office document. Open it and save it as an Excel workbook (.xlsx)."),
    "text_file": _("This is a text file (CSV), whatever its name says. Open it in Excel or WPS and save it as .xlsx."),
    "web_page": _("This is a web page saved under an Excel name. Open it in Excel or WPS and save it as .xlsx."),
    "password": _(
        "The workbook is protected by a password. Open it, take the password off, save it and send it again."
    ),
    "damaged": _("The workbook is damaged and cannot be read. Open it in Excel or WPS, save it anew and send that."),
    "too_many_parts": _(
        "The workbook holds too many parts to be a household sheet. Copy the rows into a new workbook."
    ),
    "unpacks_too_large": _("The workbook unpacks to more than is allowed. Copy the rows alone into a new workbook."),
    "too_many_sheets": _("The workbook has more than 100 sheets. Send the household sheets alone."),
    "too_many_rows": _(
        "A sheet has more than 200,000 rows. Split the workbook; delete what stands far below the table."
    ),
    "too_many_cells": _(
        "The workbook holds more cells than can be read, or one far outside the table. "
        "Copy the rows alone into a new workbook, and split it when it has more than 2 million cells."
    ),
    "too_long": _("The workbook took too long to read. Copy the rows alone into a new workbook."),
}

_AGAIN_AS_TEXT = _("Set the column's format to text, type the whole number again, and compare it with the card.")
_COMPARE = _("Compare it with the identity card.")
_ONE_FILE = _("One household, one file: keep the person in one of them.")

SENTENCES: dict[str, tuple[str | Promise, str | Promise]] = {
    # the whole workbook
    "no_table": (
        _("No sheet has a header with names and ID numbers."),
        _("The header row must have at least 姓名 and 身份证号. Use the template."),
    ),
    "column_missing": (_("The column “%(label)s” is missing."), _("Add it; the template shows how.")),
    "nobody_in_it": (_("There is no household under the header."), _("Fill in the rows, then send it again.")),
    "hidden_sheet": (
        _("This sheet is hidden and was not read."),
        _("Unhide it if it belongs to the import."),
    ),
    "no_union_column": (
        _("No column names the unions: all households will be kept by %(union)s."),
        _("Add a column 基层工会 if they belong to unions under it."),
    ),
    "too_many_faults": (
        _("There are more faults than are listed here."),
        _("Put these right first and try again."),
    ),
    # who
    "nobody_named": (
        _("The row has data, but neither a name nor an ID number."),
        _("Fill them in, or delete the row."),
    ),
    "name_missing": (_("The name is missing."), _("Fill it in as on the identity card.")),
    "name_odd": (_("This is not a name."), _("Write the name alone, without numbers or remarks.")),
    "id_missing": (_("The ID number is missing."), _("Fill it in, as text.")),
    "id_as_number": (
        _("The ID number was typed as a number, so Excel has lost its last digits."),
        _AGAIN_AS_TEXT,
    ),
    "id_masked": (_("The ID number is masked."), _("Write the whole number.")),
    "id_length": (_("The ID number has %(length)s characters instead of 18 (or 15)."), _COMPARE),
    "id_characters": (_("The ID number has a character that does not belong there."), _COMPARE),
    "id_check_digit": (_("The ID number's check digit is wrong: a digit is mistyped or swapped."), _COMPARE),
    "id_birth_date": (_("The birth date within the ID number does not exist."), _COMPARE),
    "birth_in_future": (_("The birth date within the ID number lies in the future."), _COMPARE),
    "birth_differs": (
        _("The birth date is not the one in the ID number."),
        _("Compare both with the identity card and correct the wrong one."),
    ),
    "sex_differs": (
        _("The sex is not the one in the ID number."),
        _("Compare both with the identity card and correct the wrong one."),
    ),
    "worker_twice": (_("The same worker stands in the file twice, also at %(other)s."), _("Delete one of the rows.")),
    "person_twice": (_("The same person stands in two households, also at %(other)s."), _ONE_FILE),
    "member_twice": (_("The same person is listed twice in this household, also at %(other)s."), _("Delete one row.")),
    "member_is_worker": (
        _("This is the worker's own ID number (%(worker)s), under another relation."),
        _("Write the member's number, or delete the row."),
    ),
    "self_is_another": (
        _("The row says 本人 but has another ID number than the worker (%(worker)s)."),
        _("Correct the relation or the number."),
    ),
    "relation_missing": (_("The relation to the worker is missing."), _("Fill it in: 配偶, 子, 女, 父, 母 …")),
    "relation_self": (
        _("The relation says 本人, but the worker is not on the worker sheet."),
        _("Add the worker, or correct the relation."),
    ),
    "member_orphan": (
        _("This worker is not in the file, so the member belongs to no household."),
        _("Add the worker, or correct the number."),
    ),
    "member_without_worker": (
        _("This row belongs to no worker."),
        _("Put it under its worker, or give it the worker's household number."),
    ),
    "key_missing": (_("It is not said whose family member this is."), _("Fill in the worker's ID number.")),
    "key_ambiguous": (
        _("Several workers in the file have this name."),
        _("Use a column with the worker's ID number instead."),
    ),
    "size_differs": (
        _("The household size is %(size)s, but with the worker %(listed)s people are listed."),
        _("List the missing people, or correct the number."),
    ),
    "size_unknown": (
        _("Nothing says how many people live in this household."),
        _("Fill in 家庭人口, or add the sheet of family members."),
    ),
    # cells
    "amount_unreadable": (
        _("This is not an amount."),
        _("Write a number such as 1650 or 1,650.00; 0 for none; nothing when it is not known."),
    ),
    "amount_is_date": (_("Excel shows a date here, not an amount."), _("Set the cell to number and type it again.")),
    "amount_negative": (_("The number is less than zero."), _("Write what was earned or spent, without a minus sign.")),
    "amount_too_large": (_("The amount is over 100 million yuan."), _("Check the number and its unit (yuan or 万元).")),
    "count_unreadable": (_("This is not a whole number."), _("Write digits alone, such as 3.")),
    "area_unreadable": (_("This is not an area."), _("Write square metres as a number, such as 62.5.")),
    "flag_unreadable": (_("This is neither yes nor no."), _("Write 是 or 否; leave it empty when it is not known.")),
    "date_unreadable": (_("This is not a date."), _("Write it as 1966-05-04.")),
    "date_impossible": (_("There is no such day."), _("Write it as 1966-05-04 and compare it with the identity card.")),
    "phone_length": (
        _("The phone number has %(length)s digits."),
        _("A mobile number has 11; a landline needs its area code."),
    ),
    "phone_characters": (_("The phone number holds other characters."), _("Write digits alone.")),
    "card_as_number": (
        _("The card number was typed as a number, so Excel has lost its last digits."),
        _AGAIN_AS_TEXT,
    ),
    "card_characters": (_("The card number holds other characters."), _("Write digits alone.")),
    "card_check_digit": (
        _("The card number does not pass its check: a digit may be mistyped."),
        _("Compare it with the card. Some old accounts fail this check and are right."),
    ),
    "code_unknown": (_("This is not in the list of values.%(perhaps)s"), _("Use one of: %(allowed)s.")),
    "cell_error": (_("Excel shows an error here, not a value."), _("Correct the formula, or type the value.")),
    "formula_unsaved": (
        _("The cell holds a formula whose result was never saved."),
        _("Open the workbook in Excel or WPS, save it and send it again, or type the value."),
    ),
    "too_long": (_("The text is longer than %(longest)s characters."), _("Shorten it.")),
    # unions and what is on file
    "union_missing": (_("The union is missing."), _("Fill in the union that keeps the file.")),
    "union_unknown": (
        _("No organisation of this name is under yours."),
        _("Correct the name, or say on the page of the import which one is meant."),
    ),
    "union_moves": (
        _("The household is kept by %(union)s until now; the import hands it to the union named here."),
        _("Correct the name if that is not meant."),
    ),
    "on_file_elsewhere": (
        _("This person is already on an open file in %(county)s."),
        _("One household, one file: settle with that county which file goes on."),
    ),
    "on_file_in_other_household": (
        _("This person is already on file in the household %(file_number)s."),
        _("One household, one file: take them out there first, or here."),
    ),
    "file_number_unknown": (
        _("No open file under you has this number."),
        _("Correct the number, or empty the cell of a family that is new."),
    ),
    "no_longer_listed": (
        _("%(count)s people on file are no longer listed: they will be recorded as having left the household."),
        _("List them again if they still live there."),
    ),
    **ORGANISING,
}

# Ends of an import that are not the file's own.
OUTCOMES: dict[str, str | Promise] = {
    "post-ended": _("The post through which this was sent no longer holds. Send it again through another post."),
    "broken": _("The import failed by a fault of the program, and nothing was written. The keeper's log names it."),
}


def bring(faults: Mapping[str, tuple[str | Promise, str | Promise]]) -> None:
    """Faults of a kind of sheet that a room above this one brings."""
    for code, words in faults.items():
        if code in SENTENCES:
            raise ValueError(f"Two faults are named {code!r}")
        SENTENCES[code] = words


def sentence(fault: Fault) -> str:
    """What is wrong, in the language in use."""
    return str(SENTENCES[fault.code][0]) % _params(fault)


def remedy(fault: Fault) -> str:
    return str(SENTENCES[fault.code][1]) % _params(fault)


def _params(fault: Fault) -> dict[str, Any]:
    params = dict(fault.params)
    if fault.code == "code_unknown":
        listed = LISTS[params["list"]]
        params["allowed"] = "、".join(listed.labels[:40])
        nearest = params.get("nearest")
        params["perhaps"] = _now(" Perhaps “%(nearest)s” is meant.") % {"nearest": nearest} if nearest else ""
    if fault.code == "no_flat_table":
        params["needed"] = "、".join(column.label for column in BY_PART[params["part"]] if column.required)
    if fault.code == "column_missing":
        params["label"] = BY_NAME[params["part"], params["name"]].label
    return params
