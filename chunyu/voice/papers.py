"""The papers of this room: what each holds is typed here, how it looks stands in its template."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from django.utils.translation import pgettext

from chunyu.printing.paper import Form


@dataclass(frozen=True)
class MotionLine:
    number: str
    title: str
    authors: str
    state: str
    budget_fen: int | None


@dataclass(frozen=True, kw_only=True)
class CongressReport(Form):
    """提案办理情况报告: every motion of a session, and where it stands."""

    template: ClassVar[str] = "congress.typ"

    session: str
    held_on: date
    presence: str
    lines: tuple[MotionLine, ...]

    def title(self) -> str:
        return pgettext("form", "Report on the motions of the workers' congress")

    def words(self) -> dict[str, str]:
        return {
            "session": pgettext("form", "Session"),
            "held_on": pgettext("form", "Held on"),
            "motion": pgettext("form", "Motion"),
            "proposal": pgettext("form", "Proposal"),
            "authors": pgettext("form", "Authors"),
            "state": pgettext("form", "Where it stands"),
            "budget": pgettext("form", "Budget (yuan)"),
            "none": pgettext("form", "No motion was made at this session."),
        }
