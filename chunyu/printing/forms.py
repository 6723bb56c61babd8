"""The forms of the house. What each holds is typed here; how it looks stands in its template."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from django.utils.translation import pgettext

from chunyu.printing.paper import Form


@dataclass(frozen=True)
class Pair:
    """A label and what stands beside it; the label comes in the reader's language."""

    label: str
    value: str


@dataclass(frozen=True)
class Person:
    name: str
    relation: str
    born: date
    id_number: str
    unit: str


@dataclass(frozen=True)
class Opinion:
    """What one level of the union says: who, in which post, on which day; empty while nobody has."""

    level: str
    sentence: str
    person: str = ""
    day: date | None = None


@dataclass(frozen=True, kw_only=True)
class ApprovalSheet(Form):
    """困难职工帮扶审批表: the household, what the rules say of it, and the word of each level."""

    template: ClassVar[str] = "approval.typ"

    file_number: str
    programme: str
    applicant: tuple[Pair, ...]
    people: tuple[Person, ...]
    findings: tuple[Pair, ...]
    why: tuple[str, ...]
    papers: str
    granted_fen: int | None
    opinions: tuple[Opinion, ...]
    rulebook: str

    def title(self) -> str:
        return pgettext("form", "Approval sheet for aid to a hardship worker")

    def words(self) -> dict[str, str]:
        return {
            "file": pgettext("form", "File no."),
            "programme": pgettext("form", "Programme"),
            "people": pgettext("form", "People of the household"),
            "name": pgettext("form", "Name"),
            "relation": pgettext("form", "Relation"),
            "born": pgettext("form", "Born on"),
            "id_number": pgettext("form", "Identity number"),
            "unit": pgettext("form", "Workplace or school"),
            "findings": pgettext("form", "What the rules say"),
            "why": pgettext("form", "Why"),
            "papers": pgettext("form", "Papers on the case"),
            "granted": pgettext("form", "Aid granted"),
            "in_capitals": pgettext("form", "in words"),
            "not_yet": pgettext("form", "not decided yet"),
            "signature": pgettext("form", "Signature (seal):"),
            "date": pgettext("form", "Date:"),
            "rulebook": pgettext("form", "Rulebook"),
        }


@dataclass(frozen=True)
class PayoutLine:
    number: str
    name: str
    case: str
    programme: str
    bank: str
    card: str
    amount_fen: int


@dataclass(frozen=True)
class Subtotal:
    label: str
    count: int
    amount_fen: int


@dataclass(frozen=True, kw_only=True)
class PayoutList(Form):
    """发放花名册: everybody whom one batch pays, with room for the signature of each; the sum of each page, of each
    programme where there are several, and of all."""

    template: ClassVar[str] = "payout_list.typ"
    landscape: ClassVar[bool] = True

    facts: tuple[Pair, ...]
    lines: tuple[PayoutLine, ...]
    total_fen: int
    signers: tuple[Pair, ...]

    def __post_init__(self) -> None:
        if sum(line.amount_fen for line in self.lines) != self.total_fen:
            raise ValueError("The lines of a list come to its total.")

    @property
    def subtotals(self) -> tuple[Subtotal, ...]:
        """By programme, in the order of the lines; none where there is one programme."""
        found: dict[str, list[int]] = {}
        for line in self.lines:
            found.setdefault(line.programme, []).append(line.amount_fen)
        sums = tuple(Subtotal(label, len(amounts), sum(amounts)) for label, amounts in found.items())
        return sums if len(sums) > 1 else ()

    def derived(self) -> dict[str, object]:
        return {"subtotals": self.subtotals}

    def title(self) -> str:
        return pgettext("form", "List of aid paid out")

    def words(self) -> dict[str, str]:
        return {
            "line": pgettext("form", "Line"),
            "name": pgettext("form", "Name"),
            "case": pgettext("form", "Case number"),
            "programme": pgettext("form", "Programme"),
            "bank": pgettext("form", "Bank"),
            "card": pgettext("form", "Card"),
            "amount": pgettext("form", "Amount (yuan)"),
            "signature": pgettext("form", "Signature or fingerprint"),
            "total": pgettext("form", "Total"),
            "subtotal": pgettext("form", "Subtotal"),
            "this_page": pgettext("form", "This page"),
            "people": pgettext("form", "lines"),
        }


@dataclass(frozen=True)
class Good:
    """Goods that were handed out: what, how many, in which unit."""

    name: str
    quantity: str
    unit: str


@dataclass(frozen=True, kw_only=True)
class Receipt(Form):
    """领款（领物）收据: what one person was given, to be signed. Money, goods, or both."""

    template: ClassVar[str] = "receipt.typ"

    receiver: str
    programme: str
    fund: str
    reference: str
    way: str
    amount_fen: int | None = None
    goods: tuple[Good, ...] = ()

    def title(self) -> str:
        return (
            pgettext("form", "Receipt for aid in goods")
            if self.goods and self.amount_fen is None
            else pgettext("form", "Receipt for aid")
        )

    def words(self) -> dict[str, str]:
        return {
            "received_from": pgettext("form", "Received from"),
            "receiver": pgettext("form", "Receiver"),
            "programme": pgettext("form", "Programme"),
            "fund": pgettext("form", "Fund"),
            "reference": pgettext("form", "Case number"),
            "way": pgettext("form", "Paid by"),
            "amount": pgettext("form", "Amount"),
            "in_capitals": pgettext("form", "in words"),
            "goods": pgettext("form", "Goods"),
            "quantity": pgettext("form", "Quantity"),
            "unit": pgettext("form", "Unit"),
            "signature": pgettext("form", "Receiver's signature (fingerprint):"),
            "on_behalf": pgettext("form", "Received on behalf by, relation:"),
            "handed_by": pgettext("form", "Handed out by:"),
            "date": pgettext("form", "Date:"),
        }


@dataclass(frozen=True)
class NoticeLine:
    name: str
    category: str
    programme: str
    amount_fen: int | None
    union: str


@dataclass(frozen=True, kw_only=True)
class Notice(Form):
    """公示: what hangs on the board. Names come in masked and in no other way."""

    template: ClassVar[str] = "notice.typ"

    sentence: str
    lines: tuple[NoticeLine, ...]
    period: str
    objections_to: str

    def __post_init__(self) -> None:
        if any("*" not in line.name for line in self.lines):
            raise ValueError("A notice shows masked names only.")

    def title(self) -> str:
        return pgettext("form", "Public notice")

    def words(self) -> dict[str, str]:
        return {
            "name": pgettext("form", "Name"),
            "category": pgettext("form", "Category"),
            "programme": pgettext("form", "Programme"),
            "amount": pgettext("form", "Amount (yuan)"),
            "union": pgettext("form", "Union"),
            "period": pgettext("form", "Hangs from, until"),
            "objections_to": pgettext("form", "Where to object"),
            "anybody": pgettext(
                "form", "Anybody may object, by name or without; every objection is investigated before a decision."
            ),
        }


@dataclass(frozen=True, kw_only=True)
class Letter(Form):
    """A letter to the family in plain words: what was decided, why, and what it can do."""

    template: ClassVar[str] = "letter.typ"

    subject: str
    salutation: str
    paragraphs: tuple[str, ...]
    granted_fen: int | None
    reasons: tuple[str, ...]
    next_steps: tuple[str, ...]
    appeal: tuple[str, ...]

    def title(self) -> str:
        return self.subject

    def words(self) -> dict[str, str]:
        return {
            "granted": pgettext("form", "You receive"),
            "in_capitals": pgettext("form", "in words"),
            "reasons": pgettext("form", "Why"),
            "next_steps": pgettext("form", "What happens now"),
            "appeal": pgettext("form", "If you do not agree"),
            "seal": pgettext("form", "(seal)"),
        }
