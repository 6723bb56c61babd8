"""The leaves of an archive (活页式档案): what each kind says, and which an organisation must have."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.federation.models import Organisation
from chunyu.registry.employers.tables import WITH_MEMBERS

Kind = Organisation.Kind


class Leaf(models.TextChoices):
    FOUNDING = "founding", _("founding")
    LETTER = "letter", _("letter of approval")
    CHAIR = "chair", _("chair")
    COMMITTEE = "committee", _("committee")
    TERM = "term", _("term of office")
    LEGAL_PERSON = "legal_person", _("legal person")
    SEAL = "seal", pgettext_lazy("of a union", "seal")
    ACCOUNT = "account", _("bank account")
    ACTIVITY = "activity", _("activity")
    INSPECTION = "inspection", _("inspection")
    MONEY = "money", _("dues and funds")


@dataclass(frozen=True)
class Sheet:
    """`says`: the columns that such a leaf must fill, `may`: those that it may. `lasting`: one holds at a time, and a
    new one takes its place; of the others each stands by itself."""

    says: tuple[str, ...]
    may: tuple[str, ...] = ()
    lasting: bool = True


COLUMNS: dict[str, Promise] = {
    "person": _("person"),
    "number": _("number or code"),
    "until": _("holds until"),
    "account_number": _("account number"),
    "text": _("in words"),
}

SHEETS: dict[str, Sheet] = {
    Leaf.FOUNDING: Sheet(says=("text",), may=("number",), lasting=False),
    Leaf.LETTER: Sheet(says=("number", "text"), lasting=False),
    Leaf.CHAIR: Sheet(says=("person",), may=("until", "text")),
    Leaf.COMMITTEE: Sheet(says=("text",)),
    Leaf.TERM: Sheet(says=("until",), may=("number", "text")),
    Leaf.LEGAL_PERSON: Sheet(says=("number",), may=("person", "until", "text")),
    Leaf.SEAL: Sheet(says=("text",), may=("person",)),
    Leaf.ACCOUNT: Sheet(says=("account_number",), may=("text",)),
    Leaf.ACTIVITY: Sheet(says=("text",), may=("person",), lasting=False),
    Leaf.INSPECTION: Sheet(says=("text",), may=("person",), lasting=False),
    Leaf.MONEY: Sheet(says=("text",), may=("number",), lasting=False),
}
LASTING = tuple(leaf for leaf, sheet in SHEETS.items() if sheet.lasting)

_OF_A_UNION = (Leaf.FOUNDING, Leaf.LETTER, Leaf.CHAIR, Leaf.COMMITTEE, Leaf.TERM)
_OF_A_LEVEL = (Leaf.FOUNDING, Leaf.CHAIR, Leaf.TERM)
# What an archive of each kind of organisation is complete with.
WANTED: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(WITH_MEMBERS, _OF_A_UNION),
    **dict.fromkeys(
        (
            Kind.PROVINCIAL_FEDERATION,
            Kind.MUNICIPAL_FEDERATION,
            Kind.COUNTY_FEDERATION,
            Kind.INDUSTRIAL_UNION,
            Kind.TOWNSHIP_UNION,
            Kind.UNION_ASSOCIATION,
            Kind.COMMUNITY_UNION,
        ),
        _OF_A_LEVEL,
    ),
}
