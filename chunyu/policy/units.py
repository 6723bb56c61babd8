"""Units of measure: what a number counts, and per what.

A unit is a product of powers of the base units below. Multiplying and dividing values multiplies and divides
their units, so that yuan per year divided by people is yuan per person and year, and never yuan per month.
There is no silent conversion: only `per_month` and `per_year` in the language cross between year and month.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

BASE_UNITS = {
    "yuan": ("元", "yuan"),
    "person": ("人", "people"),
    "person_time": ("人次", "person-times"),
    "household": ("户", "households"),
    "home": ("套", "homes"),
    "time": ("次", "times"),
    "day": ("天", "days"),
    "month": ("月", "months"),
    "year": ("年", "years"),
    "square_metre": ("平方米", "m²"),
}

_SINGULAR_EN = {"person": "person", "month": "month", "year": "year", "household": "household", "day": "day"}


class UnitError(ValueError):
    """The text names a unit that is not in `BASE_UNITS`."""


@dataclass(frozen=True)
class Unit:
    """A product of powers, e.g. ``yuan/person/month`` is ``(("month", -1), ("person", -1), ("yuan", 1))``."""

    powers: tuple[tuple[str, int], ...] = ()

    @classmethod
    def of(cls, powers: Iterable[tuple[str, int]]) -> Unit:
        total: dict[str, int] = {}
        for name, power in powers:
            total[name] = total.get(name, 0) + power
        return cls(tuple(sorted((name, power) for name, power in total.items() if power)))

    @classmethod
    def parse(cls, text: str) -> Unit:
        """Read ``yuan/person/month`` or ``person*month/year``; the empty text is a pure number."""
        powers: list[tuple[str, int]] = []
        if not text:
            return cls()
        for position, part in enumerate(text.split("/")):
            for name in part.split("*"):
                if name not in BASE_UNITS:
                    raise UnitError(name)
                powers.append((name, -1 if position else 1))
        return cls.of(powers)

    def __mul__(self, other: Unit) -> Unit:
        return Unit.of((*self.powers, *other.powers))

    def __truediv__(self, other: Unit) -> Unit:
        return Unit.of((*self.powers, *((name, -power) for name, power in other.powers)))

    def power_of(self, name: str) -> int:
        return dict(self.powers).get(name, 0)

    def __str__(self) -> str:
        over = [name for name, power in self.powers for _ in range(power)]
        under = [name for name, power in self.powers for _ in range(-power)]
        return "/".join(["*".join(over) or "1", *under]) if self.powers else ""

    def shown(self, language: str, one: bool = False) -> str:
        """The unit for a reader. `per head` is dropped: the label of a per-head figure already says 人均."""
        chinese = language == "zh"
        names = BASE_UNITS
        above = [name for name, power in self.powers if power > 0]
        above = [name for name in above if name != "person" or len(above) == 1]
        over = [
            names[name][0] if chinese else _SINGULAR_EN.get(name, name) if one else names[name][1] for name in above
        ]
        under = [
            names[name][0] if chinese else _SINGULAR_EN.get(name, name)
            for name, power in self.powers
            if power < 0 and name != "person"
        ]
        if not chinese and under == ["month"] and over == ["yuan"]:
            return "yuan a month"
        if not chinese and under == ["year"] and over == ["yuan"]:
            return "yuan a year"
        return "/".join(["·".join(over), *under]) if over else ""


PURE = Unit()
PERSON = Unit.parse("person")
YEARS_OF_AGE = Unit.parse("year")
MONTHS_PER_YEAR = Unit.parse("month/year")
