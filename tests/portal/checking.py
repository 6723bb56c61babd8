"""Somebody with a phone who answers the self-check's questions from what they know, over HTTP, without scripts."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from chunyu.policy import Case, Pack
from chunyu.policy.cases import strongest
from chunyu.policy.kinds import FEN, MILLIONTHS, Kind, Value
from chunyu.policy.pack import Fact

CHECK = "/p/check/"
FIELD = re.compile(r"<(?:input|select)\b[^>]*?\bname=\"([^\"]+)\"[^>]*>")
STEP = re.compile(r"(?:第|Step) (\d) (?:步|of)")


@dataclass
class Worker:
    """`knows` is what they know about the family; what it lacks is answered with "I do not know"."""

    client: Client
    pack: Pack
    knows: Case
    place: str = "139901"
    wishes: tuple[str, ...] = ()
    asked: list[list[str]] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)

    def begins(self) -> str:
        return self.read(self.client.get(CHECK))

    def sends(self, page: str, do: str = "next", **typed: Any) -> str:
        """Presses a button with what is typed into the page; gives the next one."""
        return self.read(self.client.post(CHECK, {"answers": sealed(page), "do": do, **typed}))

    def read(self, response: Any) -> str:
        assert response.status_code == 200, response.content.decode()
        page = response.content.decode()
        self.steps.append(int(STEP.search(page)[1]))
        return page

    def to_the_end(self) -> str:
        """Answers page by page until there is nothing left to ask."""
        page = self.sends(self.begins(), place=self.place, size=str(len(self.knows.members)))
        while names := fields(page):
            self.asked.append(names)
            assert len(self.asked) < 12, "the questions never end"
            page = self.sends(page, **{name: self.answer(name) for name in names})
        return page

    def answer(self, name: str) -> Any:
        if name == "declared":
            return self.declared()
        stem, dash, number = name.rpartition("-")
        if stem == "relation" or name == "wishes":
            return self.wishes if name == "wishes" else ""
        member = int(number) - 1 if dash and number.isdigit() else None
        facts = self.knows.household if member is None else self.knows.members[member].facts
        fact = self.pack.facts["household" if member is None else "member", name if member is None else stem]
        return typed(fact, facts)

    def declared(self) -> str:
        known = [strongest(self.knows.household.get(fact.name)) for fact in self.pack.declarations()]
        values = [None if each is None else each.value for each in known]
        return "all" if values == [False] * len(values) else "some"


def typed(fact: Fact, facts: Mapping[str, Any]) -> str:
    """A fact as a person would type or choose it."""
    stated = strongest(facts.get(fact.name))
    choice = fact.type.kind in (Kind.FLAG, Kind.CODE)
    if stated is None:
        return "unsure" if choice else ""
    return as_text(stated.value, fact.type.kind)


def as_text(value: Value, kind: Kind) -> str:
    if kind is Kind.FLAG:
        return "yes" if value else "no"
    if kind is Kind.MONEY and isinstance(value, int):
        return f"{value // FEN:,}.{value % FEN:02}"
    if kind is Kind.RATIO and isinstance(value, int):
        return str(value / MILLIONTHS)
    return str(value)


def sealed(page: str) -> str:
    found = re.search(r'name="answers" value="([^"]*)"', page)
    assert found, page
    return html.unescape(found[1])


def fields(page: str) -> list[str]:
    """The names of the questions on a page, each once."""
    body = page[page.index('id="check"') :]
    return [name for name in dict.fromkeys(FIELD.findall(body)) if name not in ("answers", "do")]
