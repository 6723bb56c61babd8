"""A household as a JSON file, so that rules can be tried with no database at all.

::

    {
      "name": "程梅家庭",
      "regions": ["139901", "1399", "13", "national"],
      "signed_application": {"by": "程梅", "on": "2026-03-06"},
      "household": {
        "homes": 1,
        "other_income_12m": {"value": 0, "source": "verified", "by": "…", "on": "2026-03-09"}
      },
      "members": [{"name": "程梅", "income_month": 2600, "birth_date": "1993-09-13"}]
    }

A fact is a plain value, or an object with `value`, `source` (declared, verified or matched), `by`, `on` and
`note`, or a list of such objects when several sources speak. Money is in yuan, a ratio is a decimal, a date
is 2026-03-06, a flag is true or false. What is left out is unknown; `null` is refused, because it could mean
anything. `signed_application` adds what the pack says a signed application declares. The docs have this as a
reference page.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

from chunyu.policy.cases import STRENGTH, Case, Member, Stated, StatedBy, Statements, with_declarations
from chunyu.policy.kinds import KIND_WORDS, Kind, Value, fits, value_from_text
from chunyu.policy.nodes import Entity
from chunyu.policy.pack import HOUSEHOLD, Fact, Pack
from chunyu.policy.problems import PolicyError, nearest

_TOP = ("name", "regions", "signed_application", "household", "members")
_STATED = ("value", "source", "by", "on", "note")


class CaseFileError(PolicyError):
    """A case file that cannot be used: the field and the remedy."""


def read_case_file(pack: Pack, path: Path) -> tuple[Case, tuple[str, ...]]:
    """The case, and the regions that the file names (none: the caller's choice). Raises CaseFileError."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except FileNotFoundError:
        raise CaseFileError(f"找不到文件 {path}", f"There is no file {path}") from None
    except UnicodeDecodeError:
        raise CaseFileError(f"{path} 不是 UTF-8 编码", f"{path} is not in UTF-8") from None
    except json.JSONDecodeError as error:
        raise CaseFileError(
            f"{path} 第 {error.lineno} 行第 {error.colno} 列不是合法的 JSON",
            f"{path}, line {error.lineno}, column {error.colno}: this is not valid JSON",
        ) from None
    return read_case(pack, data)


def read_case(pack: Pack, data: object) -> tuple[Case, tuple[str, ...]]:
    """The same from data already parsed, as in the worked examples of a pack."""
    if not isinstance(data, dict):
        raise CaseFileError("文件应是一个 JSON 对象", "The file must be one JSON object")
    alone = pack.subject != HOUSEHOLD  # a union has no members in the sense of a rulebook
    top = ("name", "regions", pack.subject) if alone else _TOP
    for key in data:
        if key not in top:
            _unknown(key, key, top)
    household, members = data.get(pack.subject, {}), [{}] if alone else data.get("members", [])
    if not isinstance(household, dict):
        raise CaseFileError(f"{pack.subject}：应是一个对象", f"{pack.subject}: must be an object")
    if not isinstance(members, list) or not members:
        raise CaseFileError("members：至少要有一名成员", "members: at least one member is needed")
    case = Case(
        _facts(pack, "household", household, pack.subject),
        tuple(_member(pack, member, f"members[{i}]") for i, member in enumerate(members)),
        str(data.get("name", "")),
    )
    if (signed := data.get("signed_application")) is not None:
        if not isinstance(signed, dict):
            raise CaseFileError(
                'signed_application：应写作 {"by": …, "on": …}',
                'signed_application: write {"by": ..., "on": ...}',
            )
        case = with_declarations(pack, case, str(signed.get("by", "")), _day(signed.get("on"), "signed_application.on"))
    regions = data.get("regions", [])
    if not isinstance(regions, list):
        raise CaseFileError("regions：应是一个清单", "regions: must be a list")
    return case, tuple(str(region) for region in regions)


def _member(pack: Pack, data: object, field: str) -> Member:
    if not isinstance(data, dict):
        raise CaseFileError(f"{field}：应是一个对象", f"{field}: must be an object")
    facts = {key: value for key, value in data.items() if key != "name"}
    return Member(_facts(pack, "member", facts, field), str(data.get("name", "")))


def _facts(pack: Pack, entity: Entity, data: Mapping[str, object], field: str) -> dict[str, Statements]:
    known = {name: fact for (owner, name), fact in pack.facts.items() if owner == entity}
    found: dict[str, Statements] = {}
    for name, written in data.items():
        if name not in known:
            _unknown(f"{field}.{name}", name, tuple(known))
        place = f"{field}.{name}"
        if isinstance(written, list):
            found[name] = tuple(_stated(known[name], one, f"{place}[{i}]") for i, one in enumerate(written))
        else:
            found[name] = _stated(known[name], written, place)
    return found


def _unknown(field: str, name: str, known: tuple[str, ...]) -> None:
    hint = nearest(name, known)
    raise CaseFileError(
        f"{field}：没有这一项{hint.get('hint_zh', '')}",
        f"{field}: there is no such field{hint.get('hint_en', '')}",
    )


def _stated(fact: Fact, written: object, field: str) -> Stated:
    if not isinstance(written, dict):
        return Stated(_value(fact, written, field))
    for key in written:
        if key not in _STATED:
            _unknown(f"{field}.{key}", key, _STATED)
    source = written.get("source", "declared")
    if source not in STRENGTH:
        raise CaseFileError(
            f"{field}.source：应为 declared（申报）、verified（核实）或 matched（比对）",
            f"{field}.source: must be declared, verified or matched",
        )
    return Stated(
        _value(fact, written.get("value"), f"{field}.value"),
        cast(StatedBy, source),
        str(written.get("by", "")),
        _day(written.get("on"), f"{field}.on"),
        str(written.get("note", "")),
    )


def _day(written: object, field: str) -> date | None:
    if written is None or type(written) is date:
        return written
    try:
        return date.fromisoformat(str(written))
    except ValueError:
        raise CaseFileError(f"{field}：应是日期，写作 2026-03-06", f"{field}: must be a date like 2026-03-06") from None


def _value(fact: Fact, written: object, field: str) -> Any:
    try:
        value = native(written, fact)
    except ValueError:
        value = None
    if value is None or not fits(value, fact.type):
        _refuse(fact, written, field)
    return value


def native(written: object, fact: Fact) -> Value:
    """A written value in the language's own form. Raises ValueError."""
    kind = fact.type.kind
    if kind is Kind.FLAG:
        return written if isinstance(written, bool) else None
    if kind is Kind.CODE:
        return str(written) if isinstance(written, str | int) and not isinstance(written, bool) else None
    if isinstance(written, bool) or written is None or (kind is not Kind.DATE and isinstance(written, str)):
        return None
    return value_from_text(str(written), fact.type)


def _refuse(fact: Fact, written: object, field: str) -> None:
    chinese, english = KIND_WORDS[fact.type.kind]
    if fact.type.kind is Kind.MONEY:
        chinese, english = "金额（元，最多两位小数）", "an amount in yuan, with at most two decimals"
    elif fact.type.kind is Kind.FLAG:
        chinese, english = "true 或 false", "true or false"
    elif fact.type.kind is Kind.DATE:
        chinese, english = "日期，写作 1993-09-13", "a date like 1993-09-13"
    elif fact.type.kind is Kind.COUNT:
        chinese, english = "整数", "a whole number"
    elif fact.type.codes:
        codes = " | ".join(fact.type.codes)
        chinese, english = f"以下之一：{codes}", f"one of {codes}"
    shown = "null" if written is None else str(written)
    raise CaseFileError(
        f"{field}（{fact.label.zh}）：应为{chinese}，不能是 {shown}；不知道就不要写这一项",
        f"{field} ({fact.label.en}): must be {english}, not {shown}; leave it out when it is not known",
    )
