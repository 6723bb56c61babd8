"""What a cell says. Each reader takes the value as it came and gives what it means, None for "not said", or raises
CellFault with the name of what is wrong.

An empty cell, 不详 or 未知 is not said. For an amount or a number 无, 0 and a dash state nothing at all, which is a
statement; for yes or no a dash says neither.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from stdnum.cn import uscc
from stdnum.exceptions import ValidationError as NotACode

from chunyu.registry import identity
from chunyu.registry.codes import CodeList, normal
from chunyu.registry.workbook.grid import Value

MAX_FEN = 10**8 * 100  # a hundred million yuan: nobody's, so a wrong unit
SERIAL_EPOCH = date(1899, 12, 30)
FIRST_SERIAL, LAST_SERIAL = 60, 73_050  # the days Excel counts as 1900-02-28 and 2099-12-31
UNSAID = frozenset({"不详", "未知", "不清楚", "不明", "待查", "待核实", "?", "??", "???"})
NOTHING = frozenset(
    {"无", "没有", "零", "〇", "-", "--", "---", "—", "——", "–", "―", "─", "一", "/", "\\", "无收入", "无支出"}
)
YES = frozenset({"是", "有", "√", "✓", "✔", "☑", "1", "y", "yes", "true", "对", "已", "有车", "享受"})
NO = frozenset(
    {"否", "无", "没有", "不是", "×", "✗", "✘", "✕", "x", "0", "n", "no", "false", "未", "没", "无车", "不享受"}
)
MULTIPLIERS = {
    "元": Decimal(1),
    "圆": Decimal(1),
    "块": Decimal(1),
    "百元": Decimal(100),
    "千元": Decimal(1000),
    "千": Decimal(1000),
    "万元": Decimal(10_000),
    "万": Decimal(10_000),
    "角": Decimal("0.1"),
    "分": Decimal("0.01"),
}
DIGITS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}


class CellFault(Exception):
    """`code` is a key of the table of sentences; `params` fill its sentence and hold no personal value in clear."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code, self.params = code, params


@dataclass(frozen=True)
class Day:
    """A date, or only its year and month."""

    year: int
    month: int
    day: int | None

    @property
    def date(self) -> date:
        return date(self.year, self.month, self.day or 1)

    def agrees(self, other: date) -> bool:
        return (self.year, self.month) == (other.year, other.month) and self.day in (None, other.day)


def clean(text: str) -> str:
    """Without control and invisible characters, dressing apostrophes and outer spaces."""
    if text.isalnum():
        return text
    kept = "".join(" " if unicodedata.category(c) in ("Cc", "Zs", "Zl", "Zp") else c for c in text)
    kept = "".join(c for c in kept if unicodedata.category(c) not in ("Cf", "Co", "Cs"))
    return re.sub(r" {2,}", " ", kept).strip().lstrip("'’‘`").strip()


def text(value: Value) -> str:
    """The cell as text; numbers without a needless fraction, dates as they are written here."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float | int):
        return str(int(value)) if float(value).is_integer() else repr(value)
    if isinstance(value, date):
        return value.isoformat()[:10]
    return clean(value)


def filled(value: Value) -> bool:
    """Whether the cell holds anything that can be seen; quicker than its text."""
    return value is not None and (not isinstance(value, str) or value.isalnum() or bool(clean(value)))


def narrow(value: Value) -> str:
    """Text in half-width characters and without spaces, for everything that is not a name."""
    if isinstance(value, str) and value.isascii() and value.isalnum():
        return value
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text(value)))


def is_said(value: Value) -> bool:
    return narrow(value) not in UNSAID | {""}


def words(value: Value, longest: int = 120) -> str | None:
    if not is_said(value) or narrow(value) in NOTHING:
        return None
    said = text(value)
    if len(said) > longest:
        raise CellFault("too_long", longest=longest)
    return said


def name(value: Value) -> str | None:
    """A person's name: rare characters, a middle dot and Latin letters are names too; digits and formulas are not."""
    said = unicodedata.normalize("NFC", text(value))
    if not said:
        return None
    said = re.sub(r"[•‧∙⋅・．●]", "·", said)
    if not re.search(r"[A-Za-z]", said):
        said = said.replace(" ", "")
    said = re.sub(r"[(（].*?[)）]$", "", said)
    if any(c.isdigit() for c in said) or said[:1] in "=+@-" or not any(c.isalpha() for c in said) or len(said) > 60:
        raise CellFault("name_odd")
    return said


def id_number(value: Value) -> identity.IdNumber | None:
    if isinstance(value, float | int) and not isinstance(value, bool):
        raise CellFault("id_as_number")
    if type(value) is str and len(value) == 18 and value.isalnum() and value.isascii():
        try:  # as most are typed: nothing to take off
            return identity.read(value)
        except identity.NotAnIdNumber:
            pass  # its fault is named below
    said = identity.plain(text(value))
    if not said or said in UNSAID or normal(said) == "":
        return None
    if re.fullmatch(r"\d(\.\d+)?E\+?\d+", said):
        raise CellFault("id_as_number")
    if "*" in said or "•" in said or "●" in said:
        raise CellFault("id_masked")
    try:
        return identity.read(said)
    except identity.NotAnIdNumber as wrong:
        raise CellFault(f"id_{wrong.reason}", length=len(said), cut=said.endswith("000")) from None


def amount(value: Value, unit: Decimal = Decimal(1), *, negative: bool = False) -> int | None:
    """Fen. `unit`: yuan per unit of the column; a unit in the cell itself goes before it."""
    if isinstance(value, bool):
        raise CellFault("amount_unreadable")
    if isinstance(value, float | int):
        number = Decimal(repr(value)) * unit
    elif isinstance(value, date):
        raise CellFault("amount_is_date")
    else:
        said = narrow(value)
        if said in UNSAID or not said:
            return None
        if said in NOTHING:
            return 0
        number = _number(said, unit)
    if number < 0 and not negative:
        raise CellFault("amount_negative")
    fen = int((number * 100).to_integral_value(ROUND_HALF_UP))
    if abs(fen) > MAX_FEN:
        raise CellFault("amount_too_large")
    return fen


_NUMBER = re.compile(
    r"(?:人民币|rmb|cny|¥|￥|\$)?([+-]?)(\d{1,3}(?:,\d{3})+|\d{1,4}(?:,\d{4})+|\d+)(\.\d+)?(?:rmb)?", re.I
)


def _number(said: str, unit: Decimal) -> Decimal:
    said = said.replace("，", ",").replace("−", "-").replace("﹣", "-").replace("'", "")
    said = re.sub(r"(?:整|正|/年|/月|每年|每月)$", "", said)
    if bracketed := re.fullmatch(r"\((\d.*)\)", said):
        said = "-" + bracketed[1]
    tail = re.search(r"(万元|千元|百元|万|千|元|圆|块|角|分)?$", said)
    assert tail is not None
    if tail[1]:
        unit, said = MULTIPLIERS[tail[1]], said[: tail.start()]
    match = _NUMBER.fullmatch(said)
    if not match:
        raise CellFault("amount_unreadable")
    try:
        return Decimal(match[1] + match[2].replace(",", "") + (match[3] or "")) * unit
    except InvalidOperation:
        raise CellFault("amount_unreadable") from None


def count(value: Value, most: int = 999) -> int | None:
    """A number of people, homes and the like."""
    if isinstance(value, float | int) and not isinstance(value, bool):
        if not float(value).is_integer():
            raise CellFault("count_unreadable")
        number = int(value)
    else:
        said = narrow(value)
        if said in UNSAID or not said:
            return None
        said = re.sub(r"(人|口|口人|套|处|间|个|名)$", "", said) or said
        said = said.replace(",", "") if re.fullmatch(r"\d{1,3}(,\d{3})+", said) else said
        if said in NOTHING - {"一"}:
            return 0
        if said in DIGITS:
            return DIGITS[said]
        if not re.fullmatch(r"-?\d+(\.0+)?", said):
            raise CellFault("count_unreadable")
        number = int(Decimal(said))
    if number < 0:
        raise CellFault("amount_negative")
    if number > most:
        raise CellFault("count_unreadable")
    return number


def area(value: Value) -> Decimal | None:
    """Square metres."""
    if isinstance(value, float | int) and not isinstance(value, bool):
        number = Decimal(repr(value))
    else:
        said = narrow(value)
        if said in UNSAID or not said:
            return None
        if said in NOTHING:
            return Decimal(0)
        said = re.sub(r"(平方米|平米|平方|平|m2|m²|㎡)$", "", said, flags=re.IGNORECASE)
        if not re.fullmatch(r"-?\d{1,6}(\.\d+)?", said):
            raise CellFault("area_unreadable")
        number = Decimal(said)
    if number < 0:
        raise CellFault("amount_negative")
    if number >= 100_000:
        raise CellFault("area_unreadable")
    return number.quantize(Decimal("0.01"), ROUND_HALF_UP)


def flag(value: Value) -> bool | None:
    """Yes or no. A dash says neither, so it stays unknown."""
    if isinstance(value, bool):
        return value
    said = re.sub(r"\(.*?\)", "", narrow(value)).lower()
    if said in UNSAID or not said or said in NOTHING - NO:
        return None
    if said in YES:
        return True
    if said in NO:
        return False
    if re.match(r"(没有|无|否|不)", said):
        return False
    if re.match(r"(有|是)", said):
        return True
    raise CellFault("flag_unreadable")


def code(value: Value, listed: CodeList) -> str | None:
    said = narrow(value)
    if not said:
        return None
    found = listed.code(said)
    if found is None and (said in UNSAID or said in NOTHING):
        return None
    if found is None:
        raise CellFault("code_unknown", list=listed.name, nearest=listed.nearest(said) or "")
    return found


def codes(value: Value, listed: CodeList) -> list[str]:
    """Several values of a list in one cell, as 患重特大疾病、子女上学."""
    said = narrow(value)
    if (one := listed.code(said)) is not None:
        return [one]
    parts = [part for part in re.split(r"[、,，;；/+和及]", said) if part]
    if len(parts) > 1 and all(listed.code(part) for part in parts):
        return list(dict.fromkeys(listed.code(part) or "" for part in parts))
    one = code(value, listed)
    return [] if one is None else [one]


_SEPARATED = re.compile(r"(\d{4})[年./\-](\d{1,2})(?:[月./\-](?:(\d{1,2})[日号]?)?)?")
_TOGETHER = re.compile(r"(\d{4})(\d{2})(\d{2})")
_MONTH_TOGETHER = re.compile(r"((?:19|20)\d{2})(\d{2})")


def day(value: Value) -> Day | None:
    """A date as text in the usual forms, as a date cell, or as the number of days that Excel keeps behind one."""
    if isinstance(value, datetime | date):
        return Day(value.year, value.month, value.day)
    if isinstance(value, bool):
        raise CellFault("date_unreadable")
    if isinstance(value, float | int) and FIRST_SERIAL <= value <= LAST_SERIAL:
        found = SERIAL_EPOCH + timedelta(days=int(value))
        return Day(found.year, found.month, found.day)
    said = unicodedata.normalize("NFKC", text(value))
    said = narrow(re.split(r"[ T]", said)[0] if ":" in said else said)
    if said in UNSAID or not said or said in NOTHING:
        return None
    said = said.replace("。", ".").replace("、", ".").replace("·", ".").replace("—", "-").replace("–", "-").rstrip(".")
    match = _SEPARATED.fullmatch(said) or _TOGETHER.fullmatch(said) or _MONTH_TOGETHER.fullmatch(said)
    if not match:
        if said.isdigit() and FIRST_SERIAL <= int(said) <= LAST_SERIAL:
            return day(float(said))
        raise CellFault("date_unreadable")
    year, month, of_month = int(match[1]), int(match[2]), match.groups()[2] if match.re.groups > 2 else None
    found = Day(year, month, int(of_month) if of_month else None)
    try:
        found.date  # noqa: B018 - asked for its error
    except ValueError:
        raise CellFault("date_impossible") from None
    return found


def phone(value: Value) -> str | None:
    """A mobile number, or a landline with its area code; several are kept, divided by commas."""
    said = narrow(value)
    if said in UNSAID or not said or said in NOTHING:
        return None
    numbers = []
    for part in re.split(r"[、,，;；/]|或", said):
        digits = re.sub(r"^(\+?0{0,2}86)(?=1\d{10}$)", "", re.sub(r"[-()（）.转]", "", part))
        if not digits:
            continue
        if not digits.isdigit():
            raise CellFault("phone_characters")
        if not re.fullmatch(r"1[3-9]\d{9}|0\d{9,11}|400\d{7}", digits):
            raise CellFault("phone_length", length=len(digits))
        numbers.append(digits)
    return ",".join(numbers) or None


def credit_code(value: Value) -> str | None:
    """A unified credit code (GB 32100) as it is kept."""
    if isinstance(value, float | int) and not isinstance(value, bool):
        raise CellFault("credit_code_length", length=len(text(value)))
    bare = re.sub(r"[-'’‘]", "", narrow(value)).upper()
    if bare in UNSAID or not bare or bare in NOTHING:
        return None
    if len(bare) != 18:
        raise CellFault("credit_code_length", length=len(bare))
    try:
        return uscc.validate(bare)
    except NotACode:
        raise CellFault("credit_code_wrong") from None


def organisation_number(value: Value) -> int | None:
    """The number of an organisation here, with or without the noughts in front."""
    said = narrow(value)
    if said in UNSAID or not said or said in NOTHING:
        return None
    if not re.fullmatch(r"\d{1,9}", said):
        raise CellFault("organisation_number_odd")
    return int(said)


def bank_card(value: Value) -> str | None:
    if isinstance(value, float | int) and not isinstance(value, bool):
        raise CellFault("card_as_number")
    said = re.sub(r"[-'’‘]", "", narrow(value))
    if said in UNSAID or not said or said in NOTHING:
        return None
    if re.fullmatch(r"\d(\.\d+)?[eE]\+?\d+", said):
        raise CellFault("card_as_number")
    if not said.isdigit() or not said.isascii():
        raise CellFault("card_characters")
    return said


def luhn_holds(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        double = int(digit) * (1 + place % 2)
        total += double - 9 if double > 9 else double
    return total % 10 == 0
