"""The sheet on which workers sign for wages that an employer pays before witnesses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from django.utils.translation import pgettext

from chunyu.printing.forms import Pair
from chunyu.printing.paper import Form


@dataclass(frozen=True)
class WageLine:
    number: str
    name: str
    id_number: str
    days: str
    rate_fen: int
    owed_fen: int
    before_fen: int
    amount_fen: int


@dataclass(frozen=True, kw_only=True)
class WageSheet(Form):
    """农民工工资发放确认表: each worker with days, rate, what is owed, and room for a signature; below, rows for the
    witnesses of the departments."""

    template: ClassVar[str] = "wage_sheet.typ"
    landscape: ClassVar[bool] = True

    facts: tuple[Pair, ...]
    lines: tuple[WageLine, ...]
    total_fen: int
    witnesses: int

    def __post_init__(self) -> None:
        if sum(line.amount_fen for line in self.lines) != self.total_fen:
            raise ValueError("The lines of a sheet come to its total.")

    def title(self) -> str:
        return pgettext("form", "Confirmation of wages paid on the spot")

    def words(self) -> dict[str, str]:
        return {
            "line": pgettext("form", "Line"),
            "name": pgettext("form", "Name"),
            "id_number": pgettext("form", "Identity number"),
            "days": pgettext("form", "Days"),
            "rate": pgettext("form", "Per day"),
            "owed": pgettext("form", "Owed"),
            "before": pgettext("form", "Paid before"),
            "amount": pgettext("form", "To be paid now"),
            "received": pgettext("form", "Received (yuan)"),
            "signature": pgettext("form", "Signature or fingerprint"),
            "total": pgettext("form", "Total"),
            "this_page": pgettext("form", "This page"),
            "people": pgettext("form", "lines"),
            "witness_department": pgettext("form", "Witness: department"),
            "witness_name": pgettext("form", "Name and signature"),
            "payer": pgettext("form", "Paid by (seal):"),
            "place": pgettext("form", "Place:"),
            "paid_on": pgettext("form", "Paid on:"),
        }
