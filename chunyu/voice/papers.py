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


@dataclass(frozen=True, kw_only=True)
class Certificate(Form):
    """荣誉证书: who is honoured, for what, with what."""

    template: ClassVar[str] = "certificate.typ"
    landscape: ClassVar[bool] = True

    name: str
    honour: str
    year: str
    citation: str
    bonus_fen: int | None

    def title(self) -> str:
        return pgettext("form", "Certificate of honour")

    def derived(self) -> dict[str, object]:
        sentence = pgettext("form", "For “%(citation)s” in %(year)s you are awarded “%(honour)s”.")
        return {"sentence": sentence % {"citation": self.citation, "year": self.year, "honour": self.honour}}

    def words(self) -> dict[str, str]:
        return {
            "bonus": pgettext("form", "Bonus"),
            "hereby": pgettext("form", "This certificate is given in recognition."),
            "seal": pgettext("form", "(seal)"),
        }
