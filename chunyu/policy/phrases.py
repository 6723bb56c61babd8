"""A rule said in words with no case at hand: as an official reads a rulebook, not as a family reads its decision."""

from __future__ import annotations

from collections.abc import Mapping

from chunyu.policy.kinds import Kind, Value
from chunyu.policy.nodes import Choose, Literal, Lookup, Node, Within
from chunyu.policy.pack import Label, Pack, Setting
from chunyu.policy.wording import Words


class Phrases(Words):
    """Phrases for the formulas of a pack in one language. `settings` are the parameter values in force where and when
    the reader asks; only signs that a parameter chooses (``<`` or ``<=``) are taken from them.
    """

    def __init__(self, pack: Pack, language: str, settings: Mapping[str, Setting]) -> None:
        self.pack = pack
        self.language = language
        self.chinese = language == "zh"
        self.settings = settings
        self.outcomes: Mapping[str, Label] = {}

    def value(self, node: Node, member: int | None) -> Value:
        return node.value if isinstance(node, Literal) else None

    def formula(self, node: Node, outcomes: Mapping[str, Label] | None = None) -> str:
        """The whole formula as a phrase, with names and no numbers. `outcomes` are the codes of its own rule."""
        self.outcomes = outcomes or {}
        return self.say(node, None, False)

    def branches(self, node: Node, outcomes: Mapping[str, Label] | None = None) -> tuple[tuple[str, str], ...]:
        """The cases of a formula as (condition, outcome), the last without a condition; none for other formulas."""
        if not isinstance(node, Choose):
            return ()
        self.outcomes = outcomes or {}
        cases = zip(node.conditions, node.values, strict=True)
        found = [(self.say(condition, None, False), self._outcome(value, None)) for condition, value in cases]
        return (*found, ("", self._outcome(node.otherwise, None)))

    def _factor(self, node: Node, member: int | None, numbers: bool) -> str:
        text = super()._factor(node, member, numbers)
        return self._bracketed(text) if isinstance(node, Choose) else text

    def _literal(self, node: Literal, member: int | None, numbers: bool) -> str:
        if node.type.kind is Kind.CODE:
            return self.pick(f"“{node.text or node.value}”", str(node.text or node.value))
        return super()._literal(node, member, numbers)

    def _within(self, node: Within, member: int | None, numbers: bool) -> str:
        setting = self.settings.get(node.boundary.name)
        sign = str(setting.value) if setting is not None and setting.value else "<="
        return self._comparison(node.value, sign, node.limit, member, numbers)

    def _choose(self, node: Choose, member: int | None, numbers: bool) -> str:
        """Every branch, in order."""
        branches = []
        for condition, value in zip(node.conditions, node.values, strict=True):
            when, then = self.say(condition, member, False), self._outcome(value, member)
            branches.append(self.pick(f"{when}时，为{then}", f"if {when}, {then}"))
        rest = self._outcome(node.otherwise, member)
        return self.pick(f"{'；'.join(branches)}；其余为{rest}", f"{'; '.join(branches)}; otherwise {rest}")

    def _outcome(self, node: Node, member: int | None) -> str:
        if isinstance(node, Literal) and (label := self.outcomes.get(str(node.value))) is not None:
            return self.pick(f"“{label.zh}”", label.en)
        return self.say(node, member, False)

    def _lookup(self, node: Lookup, member: int | None, numbers: bool) -> str:
        key = self.say(node.key, member, False)
        return self.pick(f"按{key}查“{self.label(node.table)}”", f"{self.label(node.table)}, by {key}")
