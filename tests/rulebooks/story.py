"""Drafts as the stories need them, made through the real actions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.rulebooks import actions
from chunyu.rulebooks.editing import NewValue
from chunyu.rulebooks.in_force import files_of, pack_on
from chunyu.rulebooks.models import RulebookVersion

STANDARD = NewValue("living_standard", "139901", date(2026, 7, 1), "780", "雨润县民政局（虚构）：自 2026-07-01 起")
LOWER = NewValue("relative_multiple", "national", date(2026, 4, 1), "1.5", "省总工会（虚构）2026 年 8 号文")


def drafted(acting: Acting, *values: NewValue) -> RulebookVersion:
    """A draft from the rulebook in force today, with these values."""
    draft = actions.begin_draft(acting, pack_on(acting.day))
    for value in values:
        actions.set_parameter(acting, draft, value)
    return draft


def submitted(acting: Acting, *values: NewValue) -> RulebookVersion:
    draft = drafted(acting, *(values or (STANDARD,)))
    actions.submit(acting, draft, "低保标准自七月起提高")
    draft.refresh_from_db()
    return draft


def rewritten(acting: Acting, draft: RulebookVersion, file: str, old: str, new: str) -> None:
    """Change a text as an officer does who types."""
    text = files_of(draft)[file]
    assert old in text
    actions.write_file(acting, draft, file, text.replace(old, new))


@contextmanager
def refusal(code: str) -> Iterator[None]:
    """What happens here is refused for this reason, whatever the language of its sentence."""
    with pytest.raises(Refusal) as refused:
        yield
    assert refused.value.code == code
