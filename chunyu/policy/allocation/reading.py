"""Needs from a CSV file of lines and a TOML file of budgets. Money in both is written in yuan."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import numpy as np

from chunyu.policy.allocation.needs import LARGEST_FEN, AllocationRefused, Fen, Needs, Programme, Quota, Source

REQUIRED = ("household", "programme", "gap")
MONEY = ("gap", "cap", "floor", "minimum", "last")


def read_needs(lines: Path, budget: str) -> tuple[Needs, Fen | None]:
    """The needs, and per line what was granted last year where the file has a column `last`.

    `budget` is a number of yuan, for one source that may pay for everything, or the name of a TOML file with
    `[sources.CODE]` (budget, uses), and as needed `[programmes.CODE]` (handling) and `[quotas.COUNTY]` (households,
    money). Columns of the CSV: household, programme, gap, and as needed county, cap, floor, minimum, last. Raises
    AllocationRefused with file and line.
    """
    rows = _rows(lines)
    codes = sorted({row["programme"] for row in rows})
    programmes, sources, quotas = _budget(budget, codes)
    homes: dict[str, str] = {}
    for number, row in enumerate(rows, start=2):
        county = row.get("county") or ""
        if homes.setdefault(row["household"], county) != county:
            raise _fault(lines, number, f"{row['household']} 有两个县区", f"{row['household']} stands in two counties")
    ids = sorted(homes)
    counties = sorted({*homes.values(), *quotas})
    place = {name: n for n, name in enumerate(ids)}
    kinds = {programme.code: n for n, programme in enumerate(programmes)}
    columns = {name: _column(lines, rows, name) for name in MONEY if name in rows[0]}
    gap = columns["gap"]
    none = np.zeros_like(gap)
    needs = Needs(
        ids=np.array(ids),
        household=np.array([place[row["household"]] for row in rows], dtype=np.int64),
        programme=np.array([kinds[row["programme"]] for row in rows], dtype=np.int64),
        gap=gap,
        cap=columns.get("cap", gap),
        floor=columns.get("floor", none),
        minimum=columns.get("minimum", none),
        programmes=programmes,
        sources=sources,
        county=np.array([counties.index(homes[name]) for name in ids], dtype=np.int64),
        counties=tuple(counties),
        quotas=quotas,
    )
    return needs, columns.get("last")


def _rows(file: Path) -> list[dict[str, str]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            reader = csv.DictReader(text)
            missing = [name for name in REQUIRED if name not in (reader.fieldnames or ())]
            if missing:
                names = "、".join(missing)
                raise _fault(file, 1, f"缺少列：{names}", f"Missing columns: {names}")
            rows = [{name: (value or "").strip() for name, value in row.items() if name} for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise AllocationRefused(f"读不了 {file}", f"{file} cannot be read") from error
    if not rows:
        raise _fault(file, 1, "没有一行需求", "There are no lines of need")
    for number, row in enumerate(rows, start=2):
        if not row["household"] or not row["programme"]:
            raise _fault(file, number, "家庭和项目不能为空", "Household and programme cannot be empty")
    return rows


def _column(file: Path, rows: list[dict[str, str]], name: str) -> Fen:
    """A column in fen. An empty cap means the gap; an empty floor, minimum or last means none. A gap must be known."""
    values = np.zeros(len(rows), dtype=np.int64)
    for number, row in enumerate(rows, start=2):
        text = row[name] or (row["gap"] if name == "cap" else "" if name == "gap" else "0")
        fen = _fen(text)
        if fen is None:
            raise _fault(file, number, f"{name} 不是金额：{text!r}", f"{name} is not an amount in yuan: {text!r}")
        values[number - 2] = fen
    return values


def _fen(value: object) -> int | None:
    """Yuan to fen; None for anything that is not an amount with at most two decimals."""
    try:
        fen = Decimal(str(value)) * 100
    except InvalidOperation:
        return None
    if not fen.is_finite() or fen != fen.to_integral_value() or abs(fen) > LARGEST_FEN * 10**9:
        return None
    return int(fen)


def _budget(given: str, codes: list[str]) -> tuple[tuple[Programme, ...], tuple[Source, ...], Mapping[str, Quota]]:
    pool = _fen(given)
    if pool is not None:
        source = Source("budget", pool, frozenset(codes))
        return tuple(Programme(code) for code in codes), (source,), {}
    file = Path(given)
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise AllocationRefused(
            f"{given} 既不是金额，也不是可读的文件", f"{given} is neither an amount in yuan nor a file that can be read"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise AllocationRefused(f"{given} 不是 TOML：{error}", f"{given} is not TOML: {error}") from error
    programmes = data.get("programmes", {})
    named = sorted({*codes, *programmes})
    costs = {code: _setting(given, programmes, code, "handling", 0) for code in named}
    sources = data.get("sources", {})
    if not sources:
        raise AllocationRefused(f"{given} 里没有资金来源", f"{given} names no source of money")
    pots = [
        Source(code, _setting(given, sources, code, "budget", None), frozenset(sources[code].get("uses", named)))
        for code in sources
    ]
    return tuple(Programme(code, costs[code]) for code in named), tuple(pots), _quotas(given, data.get("quotas", {}))


def _quotas(file: str, quotas: dict[str, Any]) -> dict[str, Quota]:
    made = {}
    for county, limits in quotas.items():
        households = limits.get("households")
        if households is not None and (not isinstance(households, int) or households < 0):
            raise AllocationRefused(
                f"{file}：{county} 的户数不成立", f"{file}: the households of {county} make no sense"
            )
        money = _setting(file, quotas, county, "money", -1)
        made[county] = Quota(households, None if money < 0 else money)
    return made


def _setting(file: str, table: dict[str, Any], code: str, name: str, otherwise: int | None) -> int:
    value = table.get(code, {}).get(name)
    if value is None and otherwise is not None:
        return otherwise
    fen = None if isinstance(value, bool) else _fen(value)
    if fen is None or fen < 0:
        raise AllocationRefused(
            f"{file}：{code} 的 {name} 不是金额", f"{file}: {name} of {code} is not an amount in yuan"
        )
    return fen


def _fault(file: Path, line: int, chinese: str, english: str) -> AllocationRefused:
    return AllocationRefused(f"{file} 第 {line} 行：{chinese}", f"{file}, line {line}: {english}")
