"""Changing the texts of a draft: a new value of a parameter, a new file. Everything else stays as it was written."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

from chunyu.accounts.refusal import Refusal
from chunyu.policy import Pack
from chunyu.policy.pack import Parameter, Setting, parameter_value

COLUMNS = ("name", "region", "valid_from", "valid_to", "value", "source")
KINDS = {"rules": "toml", "programmes": "toml", "parameters": "csv", "examples": "yaml"}


@dataclass(frozen=True)
class NewValue:
    """A value that a parameter takes in a region from a day, as the CSV writes it, with its source."""

    parameter: str
    region: str
    valid_from: date
    value: str
    source: str


def with_value(texts: dict[str, str], pack: Pack, new: NewValue) -> dict[str, str]:
    """The texts with the new value: the value that held until then ends the day before; a later one keeps its start.

    Refusal for a value that the parameter cannot take, and for a day on which another value begins.
    """
    parameter = pack.parameters.get(new.parameter)
    if parameter is None:
        raise Refusal(_("There is no parameter “%(name)s”.") % {"name": new.parameter})
    try:
        parameter_value(new.value, parameter.type)
    except ValueError:
        raise Refusal(_("“%(text)s” is not a value that this parameter can take.") % {"text": new.value}) from None
    own = sorted((s for s in parameter.settings if s.region == new.region), key=lambda s: s.valid_from)
    if any(setting.valid_from == new.valid_from for setting in own):
        raise Refusal(_("Another value begins on that day in that region. Change it in the text of its file."))
    before = next((s for s in reversed(own) if s.valid_from < new.valid_from), None)
    after = next((s for s in own if s.valid_from > new.valid_from), None)
    file = (before or after or _any_setting(parameter)).span.file
    end = after.valid_from - timedelta(days=1) if after else None
    row = [new.parameter, new.region, new.valid_from.isoformat(), end.isoformat() if end else "", new.value.strip(),
           new.source.strip()]  # fmt: skip
    records = _records(texts[file])
    place = _line_of(records, before) if before else len(records)
    if before is not None and (before.valid_to is None or before.valid_to >= new.valid_from):
        records[place] = _ended(records[0], records[place], new.valid_from - timedelta(days=1))
    records.insert(place + 1, _written(_in_columns(records[0], row)))
    return texts | {file: "".join(records)}


def _any_setting(parameter: Parameter) -> Setting:
    return parameter.settings[-1]


def _records(text: str) -> list[str]:
    """The records of a CSV as they are written, each with its line end; a quoted line break stays inside one."""
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    reader = csv.reader(lines)
    records, begun = [], 0
    for _row in reader:
        records.append("".join(lines[begun : reader.line_num]))
        begun = reader.line_num
    return records


def _line_of(records: list[str], setting: Setting) -> int:
    """Which record a setting was read from, by the last line of the record."""
    line = 0
    for place, record in enumerate(records):
        line += record.count("\n")
        if line >= setting.span.line:
            return place
    raise LookupError(setting)


def _fields(record: str) -> list[str]:
    return next(csv.reader([record]))


def _written(fields: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(fields)
    return out.getvalue()


def _in_columns(head: str, row: list[str]) -> list[str]:
    """The values in the order of the file's own columns."""
    values = dict(zip(COLUMNS, row, strict=True))
    return [values.get(column.strip().lstrip("\ufeff"), "") for column in _fields(head)]


def _ended(head: str, record: str, day: date) -> str:
    columns = [column.strip().lstrip("\ufeff") for column in _fields(head)]
    fields = next(csv.reader(io.StringIO(record)))
    fields[columns.index("valid_to")] = day.isoformat()
    return _written(fields)


def new_file(kind: str, name: str) -> tuple[str, str]:
    """The file name and first lines of a new rule, programme, parameter or example file."""
    return f"{kind}/{name}.{KINDS[kind]}", STARTS[kind].format(name=name.replace("-", "_"))


STARTS = {
    "rules": '[household.{name}]\nlabel = ""\nlabel_en = ""\ntype = "flag"\nformula = ""\nsource = ""\n',
    "programmes": (
        '[programme]\ncode = "{name}"\nlabel = ""\nlabel_en = ""\nfor_whom = ""\nfor_whom_en = ""\n'
        'conditions = ["on_file"]\namount = "{name}_aid"\nfund_use = ""\nfund_sources = []\nconflicts = []\n'
        'retention_years = 10\npayment = "bank_transfer"\nsource = ""\ndocuments = [\n'
        '  {{ code = "application", label = "申请书（本人签字）", label_en = "signed application" }},\n]\n'
        '[programme.calendar]\nopens = "01-01"\ncloses = "12-31"\npaid = "once"\n\n'
        '[household.{name}_aid]\nlabel = ""\nlabel_en = ""\ntype = "money"\nunit = "yuan/year"\nformula = ""\n'
        'source = ""\n'
    ),
    "parameters": ",".join(COLUMNS) + "\n",
    "examples": (
        "- name: {name}\n  on: 2026-01-01\n  regions: [national]\n"
        "  household: {{}}\n  members: [{{}}]\n  expect: {{category: unknown}}\n"
    ),
}
