"""Every column that any sheet may have, by the part of a sheet that it stands in."""

from __future__ import annotations

import re

from chunyu.registry import codes
from chunyu.registry.codes import CodeList
from chunyu.registry.employers import codes as employers
from chunyu.registry.workbook import columns, organising_columns
from chunyu.registry.workbook.columns import MEMBER, MEMBER_COLUMNS, WORKER, WORKER_COLUMNS, Column
from chunyu.registry.workbook.organising_columns import (
    ENTERPRISE,
    ENTERPRISE_COLUMNS,
    MEMBERSHIP,
    MEMBERSHIP_COLUMNS,
    ORGANISATION,
    ORGANISATION_COLUMNS,
)

BY_PART: dict[str, tuple[Column, ...]] = {
    WORKER: WORKER_COLUMNS,
    MEMBER: MEMBER_COLUMNS,
    ENTERPRISE: ENTERPRISE_COLUMNS,
    MEMBERSHIP: MEMBERSHIP_COLUMNS,
    ORGANISATION: ORGANISATION_COLUMNS,
}
BY_NAME = {(column.part, column.name): column for part in BY_PART.values() for column in part}
LEFT_OUT: dict[str, re.Pattern[str]] = {
    WORKER: columns.LEFT_OUT,
    MEMBER: columns.LEFT_OUT,
    **organising_columns.LEFT_OUT,
}
# Several columns of a sheet may say these.
REPEATED = frozenset({"secondary_cause", "serial"})

LISTS: dict[str, CodeList] = {
    each.name: each
    for each in (
        *(each for module in (codes, employers) for each in vars(module).values() if isinstance(each, CodeList)),
        organising_columns.ORGANISATION_KIND,
        organising_columns.MEMBERSHIP_STATUS,
    )
}


def bring(part: str, columns: tuple[Column, ...], left_out: str) -> None:
    """A kind of sheet of a room above this one: its columns, and the headers (a pattern) that are known and not
    read."""
    if part in BY_PART:
        raise ValueError(f"Two kinds of sheet are named {part!r}")
    BY_PART[part] = columns
    BY_NAME.update({(column.part, column.name): column for column in columns})
    LEFT_OUT[part] = re.compile(left_out)
    LISTS.update({column.listed.name: column.listed for column in columns if column.listed is not None})


def known_columns(part: str) -> list[tuple[str, str]]:
    """What a header may be said to mean: name and label."""
    return [(column.name, column.label) for column in BY_PART[part]]
