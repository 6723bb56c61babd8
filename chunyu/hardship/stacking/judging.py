"""The rules of how aid adds up, asked about one more grant to a family, with the sentences that people read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from chunyu.accounts.refusal import Refusal
from chunyu.hardship.models import Application
from chunyu.hardship.reading import Reading, read
from chunyu.hardship.stacking.family_ledger import Line, lines_of
from chunyu.policy import Pack
from chunyu.policy.stacking import Entry, Judged, judge, rules_for
from chunyu.ui.templatetags.show import yuan


@dataclass(frozen=True)
class Stacked:
    """What the rules say of a grant on a day: each rule with what it looked at."""

    pack: Pack
    programme: str
    judged: tuple[Judged, ...]
    lines: Mapping[Entry, Line]

    @property
    def left_fen(self) -> int | None:
        """What the caps leave; None where none is set."""
        left = [each.left_fen for each in self.judged if each.left_fen is not None]
        return min(left) if left else None

    def within(self, amount_fen: int | None) -> int | None:
        """An amount, and no more than the caps leave."""
        return amount_fen if amount_fen is None or self.left_fen is None else min(amount_fen, self.left_fen)

    def refusals(self, amount_fen: int | None = None) -> Iterable[Refusal]:
        """Every rule that stands against it; with an amount, also the caps that it would break."""
        for each in self.judged:
            if each.holds is None:
                sentence = _("“%(rule)s” cannot be judged: a fact that sets its limit is unknown.")
                yield Refusal(sentence % {"rule": self.label(each)}, code="cap_unknown")
            elif each.rule.kind == "cap":
                yield from self._over(each, amount_fen)
            elif not each.holds:
                yield self._had(each)

    def _had(self, each: Judged) -> Refusal:
        entry = each.looked_at[0]
        said = {"number": entry.number, "programme": self.name(entry.programme)}
        if each.rule.kind == "exclude":
            sentence = _("“%(programme)s” was granted with case %(number)s, and it excludes this programme.")
        elif entry.programme != self.programme or each.rule.per != "year":
            sentence = _("The family already has “%(programme)s”, with case %(number)s.")
        else:
            sentence = _("Already granted this year, with case %(number)s.")
        return Refusal(sentence % said, code="granted_this_year")

    def _over(self, each: Judged, amount_fen: int | None) -> Iterable[Refusal]:
        assert each.limit_fen is not None
        assert each.left_fen is not None
        if each.left_fen >= max(1, amount_fen or 0):
            return
        sentence = _("“%(rule)s”: of %(limit)s yuan, %(given)s are given or promised already; %(left)s yuan are left.")
        said = {
            "rule": self.label(each),
            "limit": yuan(each.limit_fen),
            "given": yuan(each.given_fen),
            "left": yuan(each.left_fen),
        }
        yield Refusal(sentence % said, code="cap_reached")

    def name(self, programme: str) -> str:
        found = self.pack.programmes.get(programme)
        return found.label(_tongue()) if found else programme

    def label(self, each: Judged) -> str:
        if each.rule.label is not None:
            return each.rule.label(_tongue())
        if each.rule.kind == "once":
            return _("once a year")
        others = (self.name(code) for code in each.rule.programmes if code != self.programme)
        return _("not in one year with: %(programmes)s") % {"programmes": _(", ").join(others)}

    def rows(self) -> list[dict[str, Any]]:
        """Each rule as the approver sees it: what it says, what it looked at, and whether it holds."""
        return [
            {
                "label": self.label(each),
                "holds": each.holds,
                "given_fen": each.given_fen,
                "limit_fen": each.limit_fen,
                "left_fen": each.left_fen,
                "source": each.rule.source,
                "looked_at": [self.lines[entry] for entry in each.looked_at],
            }
            for each in self.judged
        ]


def stacked(
    pack: Pack, programme: str, on: date, number: str, lines: Sequence[Line], values: Mapping[str, object]
) -> Stacked:
    """The rules of a pack over the lines of a family, for a grant of one programme on a day under a case number."""
    judged = judge(pack, programme, on, number, [line.entry for line in lines], values)
    return Stacked(pack, programme, tuple(judged), {line.entry: line for line in lines})


@dataclass(frozen=True)
class Left:
    """What the rules leave of one more grant: nothing when one bars it, `fen` where caps are set; `unknown` while a
    fact that sets a limit is."""

    barred: bool
    unknown: bool
    fen: int | None

    def of(self, amount_fen: int) -> int:
        if self.barred:
            return 0
        return amount_fen if self.fen is None else min(amount_fen, self.fen)


def left_for(pack: Pack, programme: str, on: date, entries: Sequence[Entry], values: Mapping[str, object]) -> Left:
    """The rules over what a family has, for a grant that nobody has asked for yet."""
    judged = judge(pack, programme, on, "", entries, values)
    caps = [each for each in judged if each.rule.kind == "cap"]
    left = [each.left_fen for each in caps if each.left_fen is not None]
    return Left(
        barred=any(each.holds is False for each in judged),
        unknown=any(each.holds is None for each in caps),
        fen=min(left) if left else None,
    )


def limits_of(pack: Pack, programme: str) -> set[str]:
    """The rules of the household that set the caps of a programme."""
    return {rule.at_most for rule in rules_for(pack, programme) if rule.at_most}


def of_application(application: Application, on: date, reading: Reading | None = None) -> Stacked:
    """What stands against granting an application on a day, under the rules that decide it; what its own case gave is
    no reason against itself."""
    found = (reading or read(application.household, application.day)).determination
    lines = [line for line in lines_of(application.household) if line.number != application.case.number]
    return stacked(found.pack, application.programme, on, application.case.number, lines, found.values)


def _tongue() -> str:
    return "zh" if (get_language() or "zh").startswith("zh") else "en"
