"""Kinds of value, and exactly how each is kept and rounded.

=========  ==========================================  =====================================================
kind       kept as                                     limits
=========  ==========================================  =====================================================
money      int, fen (1/100 yuan)                       facts: at most 10**13 fen either way
count      int                                         facts: at most 10**9 either way
ratio      int, millionths                             facts: at most 10**12 either way
flag       True / False
code       str out of a closed list
date       datetime.date
=========  ==========================================  =====================================================

``None`` is *unknown* for every kind. Every fact, parameter and rule value, and every sum, fits a signed
64-bit integer under these limits. A chain of multiplications and divisions is **one** node: its whole
numerator and its whole denominator are formed in exact integers and rounded once, to the fen (money) or to
the millionth (ratio). An executor with 64-bit integers must show by the largest values at hand that the
chain fits, and widen where it does not; it may not round in between.

Rounding is half up by size, as 四舍五入 and a spreadsheet's ROUND do: 0.5 fen becomes 1 fen, −0.5 becomes −1.
Division by zero is unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from chunyu.policy.units import PURE, Unit

FEN = 100
MILLIONTHS = 1_000_000

Value = int | bool | str | date | None


class Kind(StrEnum):
    MONEY = "money"
    COUNT = "count"
    RATIO = "ratio"
    FLAG = "flag"
    CODE = "code"
    DATE = "date"
    # of parameters only
    CODES = "codes"
    BOUNDARY = "boundary"
    BRACKETS = "brackets"
    TABLE = "table"


NUMBERS = (Kind.MONEY, Kind.COUNT, Kind.RATIO)
FACT_KINDS = (Kind.MONEY, Kind.COUNT, Kind.RATIO, Kind.FLAG, Kind.CODE, Kind.DATE)
BOUNDARIES = ("<=", "<")

KIND_WORDS = {
    Kind.MONEY: ("金额", "an amount of money"),
    Kind.COUNT: ("数量", "a count"),
    Kind.RATIO: ("比率", "a ratio"),
    Kind.FLAG: ("是否", "a yes-or-no"),
    Kind.CODE: ("代码", "a code"),
    Kind.DATE: ("日期", "a date"),
    Kind.CODES: ("代码清单", "a list of codes"),
    Kind.BOUNDARY: ("边界", "a boundary (<= or <)"),
    Kind.BRACKETS: ("分段", "brackets"),
    Kind.TABLE: ("对照表", "a table"),
}

LONGEST_NUMBER = 40  # digits
LIMITS = {Kind.MONEY: 10**13, Kind.COUNT: 10**9, Kind.RATIO: 10**12}


@dataclass(frozen=True)
class Type:
    """A kind with its unit; for codes the closed list of values; for a table the kind of its values."""

    kind: Kind
    unit: Unit = PURE
    codes: tuple[str, ...] = ()
    of: Kind | None = None

    @property
    def is_number(self) -> bool:
        return self.kind in NUMBERS

    def words(self, language: str) -> str:
        word = KIND_WORDS[self.kind][0 if language == "zh" else 1]
        return f"{word} ({self.unit})" if self.unit.powers else word


FLAG = Type(Kind.FLAG)
DATE = Type(Kind.DATE)


def half_up(numerator: int, denominator: int) -> int:
    """Round an exact quotient to a whole number; halves go away from zero."""
    if denominator < 0:
        numerator, denominator = -numerator, -denominator
    if numerator >= 0:
        return (2 * numerator + denominator) // (2 * denominator)
    return -((2 * -numerator + denominator) // (2 * denominator))


def _scaled(text: str, scale: int) -> int:
    text = text.strip()
    if len(text) > LONGEST_NUMBER:
        raise ValueError(text)
    try:
        exact = Decimal(text) * scale
    except ArithmeticError:
        raise ValueError(text) from None
    if not exact.is_finite() or exact.adjusted() > LONGEST_NUMBER or exact != exact.to_integral_value():
        raise ValueError(text)
    return int(exact)


def value_from_text(text: str, type_: Type) -> Value:
    """Read a value as a person writes it: yuan for money, a decimal for a ratio, yes/no for a flag.

    Raises ValueError when the text is not such a value, or would lose digits (a tenth of a fen).
    """
    kind = type_.kind
    text = text.strip()
    if kind is Kind.MONEY:
        return _scaled(text, FEN)
    if kind is Kind.RATIO:
        return _scaled(text, MILLIONTHS)
    if kind is Kind.COUNT:
        return _scaled(text, 1)
    if kind is Kind.DATE:
        return date.fromisoformat(text)
    if kind is Kind.FLAG:
        if text not in ("yes", "no"):
            raise ValueError(text)
        return text == "yes"
    if kind is Kind.BOUNDARY and text not in BOUNDARIES:
        raise ValueError(text)
    if kind is Kind.CODE and type_.codes and text not in type_.codes:
        raise ValueError(text)
    return text


def fits(value: object, type_: Type) -> bool:
    """Whether a stated value has the Python type, range and code list of its kind."""
    kind = type_.kind
    if kind in NUMBERS:
        return type(value) is int and -LIMITS[kind] <= value <= LIMITS[kind]
    if kind is Kind.FLAG:
        return type(value) is bool
    if kind is Kind.CODE:
        return type(value) is str and (not type_.codes or value in type_.codes)
    return type(value) is date
