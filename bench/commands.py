"""`chunyu bench NAME`: run a bench, print its rows, write its report. In a source checkout only."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from datetime import date
from importlib import import_module
from importlib.util import find_spec
from typing import NamedTuple

import click

from bench import report
from bench.measuring import Measurement
from bench.rows import Row, row_of

# The most that a bench may run: sizes of the rules, and of a quick look.
SIZES = (1_000_000, 10_000_000)
QUICK = (20_000, 100_000)


class Found(NamedTuple):
    """Rows, the measurements behind them, more lines for the report, and query plans beside it."""

    rows: list[Row]
    measured: list[Measurement]
    more: list[str] = []
    plans: list[str] = []


def _rules(sizes: tuple[int, ...], quick: bool, say: Callable[[str], None]) -> Found:
    from bench.rules import rules

    return Found(*rules(sizes, quick, say))


def _importing(sizes: tuple[int, ...], quick: bool, say: Callable[[str], None]) -> Found:
    from bench.importing import importing

    return Found(*importing(sizes, quick, say))


def _others(module: str) -> Callable[[tuple[int, ...], bool, Callable[[str], None]], Found]:
    """A bench of its own, whose `measure()` gives rows as mappings. It has one size."""

    def run(sizes: tuple[int, ...], quick: bool, say: Callable[[str], None]) -> Found:
        say(module.rpartition(".")[2])
        return Found([row_of(made) for made in import_module(module).measure()], [])

    return run


def _registry(sizes: tuple[int, ...], quick: bool, say: Callable[[str], None]) -> Found:
    from bench.registry import registry

    rows, more, plans = registry(sizes[0], say)
    return Found(rows, [], more, plans)


def _duplicates(sizes: tuple[int, ...], quick: bool, say: Callable[[str], None]) -> Found:
    from bench.duplicates import duplicates

    rows, more = duplicates(sizes[0], say)
    return Found(rows, [], more)


def _ledger(sizes: tuple[int, ...], quick: bool, say: Callable[[str], None]) -> Found:
    from bench.ledger import QUICK, Counts, ledger

    rows, more, plans = ledger(QUICK if quick else Counts(), say)
    return Found(rows, [], more, plans)


# What those measure that count people and not households.
PEOPLE = {"registry": 16_000_000, "duplicates": 1_000_000}
QUICK_PEOPLE = 100_000
BENCHES = {
    "rules": ("bench.rules", _rules),
    "allocation": ("bench.allocation", _others("bench.allocation")),
    "import": ("bench.importing", _importing),
    "registry": ("bench.registry", _registry),
    "duplicates": ("bench.duplicates", _duplicates),
    "ledger": ("bench.ledger", _ledger),
}


def offered() -> list[str]:
    return [name for name, (module, _) in BENCHES.items() if find_spec(module) is not None]


def _sizes(text: str) -> tuple[int, ...]:
    try:
        sizes = tuple(sorted({int(float(part)) for part in text.split(",")}))
    except ValueError:
        raise click.BadParameter("give sizes as 1e5,1e6") from None
    if not sizes or sizes[0] < 1000:
        raise click.BadParameter("a size is at least 1000 households")
    return sizes


@click.command("bench")
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print the rows as JSON, and nothing else on stdout.")
@click.option("--quick", is_flag=True, help="Small sizes and few repeats: a look, not a report.")
@click.option("--sizes", help="Numbers of households, such as 1e5,1e6.")
@click.option("--members", type=int, help="Of registry and duplicates: how many people.")
@click.option("--report/--no-report", "written", default=None, help="Write docs/benchmarks/<date>-<name>.md.")
def bench(
    name: str | None, as_json: bool, quick: bool, sizes: str | None, members: int | None, written: bool | None
) -> None:
    """Measure side by side with peers and limits; exit code 1 when a bar does not hold.

    NAME is one of the benches (rules, allocation, import, registry, duplicates, ledger); without it all of them run.
    """
    known = offered()
    if name is not None and name not in known:
        raise click.BadParameter(f"there are: {', '.join(known)}", param_hint="NAME")
    rows: list[Row] = []
    for each in [name] if name else known:
        about = report.machine()
        today = date.today()  # noqa: DTZ011  # the day on this machine, before a bench sets another time zone
        chosen = _sizes(sizes) if sizes else QUICK if quick else SIZES
        if each in PEOPLE:
            chosen = (members or (QUICK_PEOPLE if quick else PEOPLE[each]),)
        made, found, *more = BENCHES[each][1](chosen, quick, lambda text: click.echo(f"  {text}", err=True))
        rows += made
        if written or (written is None and not quick and not sizes and not members):
            path = report.write(each, about, made, found, today, *more)
            click.echo(f"Report: {path}", err=True)
    click.echo(json.dumps([row.as_json() for row in rows], indent=1, ensure_ascii=False) if as_json else _lines(rows))
    if any(row.holds is False for row in rows):
        sys.exit(1)


def _lines(rows: Sequence[Row]) -> str:
    marks = {True: "✓", False: "✗", None: "·"}
    return "\n".join(
        f"{marks[row.holds]} {row.name}: {_figure(row)}{f' against {row.against}' if row.against else ''}"
        f"{f' (bar {row.bar})' if row.bar else ''}{f' {row.note}' if row.note else ''}"
        for row in rows
    )


def _figure(row: Row) -> str:
    if row.ours is None or row.other is None or row.ratio is None:
        return "–" if row.ours is None else f"{row.ours:.3g} {row.unit}"
    return f"{row.ratio:.3g} ({row.ours:.3g} {row.unit} and {row.other:.3g} {row.unit})"
