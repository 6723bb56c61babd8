"""The earmark matrix, read from its tables, and the same matrix as a function of the database."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from chunyu.accounts.refusal import Refusal
from chunyu.ledger.earmarks.uses import Use

FUNCTION = "ledger_fund_use"
ANSWERS: dict[str, Promise] = {
    "yes": pgettext_lazy("may this money pay for this?", "yes"),
    "on_file": gettext_lazy("people on file only"),
    "by_rule": gettext_lazy("by local rule"),
    "by_wish": gettext_lazy("by the donor's wish"),
    "claim": gettext_lazy("by its own claim rules"),
    "no": pgettext_lazy("may this money pay for this?", "no"),
}
# The number of a document must stand beside the earmark.
NEEDS_DOCUMENT = frozenset({"by_rule", "claim"})


@dataclass(frozen=True)
class Rule:
    """What a cell rests on: the document, what it says, where that was read, and whether it was read or proposed."""

    code: str
    document: str
    zh: str
    en: str
    source: str
    mark: str

    @property
    def sentence(self) -> str:
        return self.zh if (get_language() or "").startswith("zh") else self.en


@dataclass(frozen=True)
class Cell:
    """What holds for a source and a use from `since` until `until`, both included."""

    source: str
    use: str
    since: date
    until: date | None
    answer: str
    rule: Rule

    def holds_on(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day <= self.until)


def _rows(name: str) -> list[dict[str, str]]:
    text = resources.files("chunyu.ledger.earmarks").joinpath(name).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def rules() -> dict[str, Rule]:
    return {row["code"]: Rule(**row) for row in _rows("rules.csv")}


@cache
def cells() -> tuple[Cell, ...]:
    """Every cell of every edition. ValueError when a row names an answer, rule or use that does not exist."""
    found = []
    for row in _rows("matrix.csv"):
        if row["answer"] not in ANSWERS or row["rule"] not in rules() or row["use"] not in Use.values:
            raise ValueError(f"matrix.csv: {row}")
        until = date.fromisoformat(row["until"]) if row["until"] else None
        since = date.fromisoformat(row["since"])
        found.append(Cell(row["source"], row["use"], since, until, row["answer"], rules()[row["rule"]]))
    return tuple(found)


def cell(source: str, use: str, day: date) -> Cell | None:
    """The cell that holds on a day; None where the table says nothing, which is a no."""
    return next((each for each in cells() if (each.source, each.use) == (source, use) and each.holds_on(day)), None)


def answer(source: str, use: str, day: date) -> str:
    found = cell(source, use, day)
    return found.answer if found else "no"


def refuse_outside(source: str, source_label: str, use: str, day: date, *, rule_no: str = "") -> None:
    """Refusal, naming the rule and its document, when money of a source may not serve a use on a day, or only under a
    document that is not stated."""
    found = cell(source, use, day)
    told = {"source": source_label, "use": Use(use).label, "rule": "", "document": ""}
    if found is not None:
        told |= {"rule": found.rule.sentence, "document": found.rule.document}
    if found is None or found.answer == "no":
        sentence = _("“%(source)s” may not pay for “%(use)s”. %(rule)s (%(document)s)")
        if found is None:
            sentence = _("“%(source)s” may not pay for “%(use)s”: no rule allows it.")
        raise Refusal(sentence % told, code="ledger_earmark_in_the_matrix")
    if found.answer in NEEDS_DOCUMENT and not rule_no.strip():
        sentence = _(
            "“%(source)s” may pay for “%(use)s” only under a document: open the fund for this programme and state the"
            " number. %(rule)s (%(document)s)"
        )
        raise Refusal(sentence % told, code="ledger_earmark_states_its_rule")


def function_sql() -> str:
    """The statement that lays the whole matrix into the database, where rules of tables ask it."""
    values = ",\n            ".join(
        f"('{each.source}', '{each.use}', DATE '{each.since}', "
        f"DATE '{each.until or date(9999, 12, 31)}', '{each.answer}')"
        for each in cells()
    )
    return f"""
    CREATE OR REPLACE FUNCTION {FUNCTION}(of_source text, for_use text, on_day date) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT coalesce((
            SELECT answer FROM (VALUES
            {values}
            ) AS matrix (source, use, since, until, answer)
            WHERE source = of_source AND use = for_use AND on_day BETWEEN since AND until
        ), 'no')
    $$
    """  # noqa: S608 - values of our own tables, before any value from outside exists
