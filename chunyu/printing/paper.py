"""What a paper is, and how it becomes a PDF.

A form is a frozen dataclass whose `template` is a file in `templates/`; its `words()` are the labels in the language
of the reader. Everything goes to Typst as one JSON text: templates hold no words and data is never code. Amounts are
fields that end in `_fen` and reach the template as figures, as capitals and as fen to be summed; days reach it as they
are written in the language. The PDF is PDF/A-2b, dated by the form's own day, so that the same form gives the same
bytes for ever.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Final

import typst
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from chunyu.printing.glyphs import FONT, fitting, named
from chunyu.privacy.masking import DOT
from chunyu.ui.templatetags.show import capitals, yuan

TEMPLATES: Final = Path(__file__).resolve().parent / "templates"
STANDARD: Final = "a-2b"


@dataclass(frozen=True, kw_only=True)
class Form:
    """One paper. `number` and `check_code` stand at its head and foot; `masked` says there that names are masked."""

    template: ClassVar[str]
    landscape: ClassVar[bool] = False

    number: str
    day: date
    organisation: str
    check_code: str = ""
    masked: bool = False

    def title(self) -> str:
        raise NotImplementedError

    def derived(self) -> dict[str, object]:
        """What follows from the fields and the template shows too, such as sums."""
        return {}

    def words(self) -> dict[str, str]:
        """The labels of this form, by the names that the template knows them by."""
        raise NotImplementedError


def pdf(form: Form) -> bytes:
    """The form in the language that is active, as PDF/A."""
    return typst.compile(
        str(TEMPLATES / form.template),
        root=str(TEMPLATES),
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"data": written(form)},
        pdf_standards=STANDARD,
    )


def written(form: Form) -> str:
    """Everything that the template reads, as JSON, with each text made printable."""
    lacking: set[str] = set()
    words = {
        "number": _("No."),
        "page": _("Page {page} of {pages}"),
        "check_code": _("Check code"),
        "masked": _("Names and numbers are masked for this reader."),
        **form.words(),
    }
    shown = _printable(
        {
            "title": form.title(),
            "form": _plain(form) | dict(_field(name, value) for name, value in form.derived().items()),
            "words": {name: str(each) for name, each in words.items()},
            "language": "zh" if _chinese() else "en",
            "landscape": form.landscape,
            "on": [form.day.year, form.day.month, form.day.day],
        },
        lacking,
    )
    shown["lacking"] = (
        _("〓 stands for a character that this font lacks; write it in by hand: %(codes)s.")
        % {"codes": _(", ").join(sorted(map(named, lacking)))}
        if lacking
        else ""
    )
    return json.dumps(shown, ensure_ascii=False, sort_keys=True)


@cache
def _fonts() -> typst.Fonts:
    """The font of the lock file alone: a machine's own fonts would give other bytes."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONT.parent)])


def _chinese() -> bool:
    return (get_language() or "zh").startswith("zh")


def starred(masked: str) -> str:
    """A masked value as paper shows it: the dots of the screen are as wide as a character in print."""
    return masked.replace(DOT, "*")


def spoken(day: date) -> str:
    """A day as a paper writes it."""
    return f"{day.year}年{day.month}月{day.day}日" if _chinese() else f"{day.isoformat()}"


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return dict(_field(each.name, getattr(value, each.name)) for each in fields(value))
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if isinstance(value, date):
        return spoken(value)
    return value if isinstance(value, bool | int) or value is None else str(value)


def _field(name: str, value: Any) -> tuple[str, Any]:
    if not name.endswith("_fen"):
        return name, _plain(value)
    amount = None if value is None else {"figures": yuan(value), "capitals": capitals(value), "fen": value}
    return name.removesuffix("_fen"), amount


def _printable(value: Any, lacking: set[str]) -> Any:
    if isinstance(value, str):
        text, missing = fitting(value)
        lacking.update(missing)
        return text
    if isinstance(value, Mapping):
        return {name: _printable(each, lacking) for name, each in value.items()}
    if isinstance(value, list):
        return [_printable(each, lacking) for each in value]
    return value
