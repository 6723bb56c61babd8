"""The books: postings a second beside pgbench, a batch of 20,000 pay-outs, and statements over ten million legs.

On a PostgreSQL of its own beneath build/bench. pgbench sends the statements that the action really sends, taken off
the wire, to the same server in the same run; see `bench/books/`.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench.books.pgbench import NotThere, binary
from bench.data import BUILD, ROOT
from bench.rows import Row, at_least, rate, under, unmeasured
from chunyu.running import embedded_postgres
from chunyu.running.places import Places

PGBENCH = "pgbench, the same statements"
LEAST_SHARE = 0.5
MOST_SECONDS = 30.0
MOST_MS = 100.0
Say = Callable[[str], None]


@dataclass(frozen=True)
class Counts:
    """How much is measured."""

    writers: tuple[int, ...] = (1, 8, 32)
    seconds: float = 3
    rounds: int = 3
    lines: int = 20_000
    legs: int = 10_000_000


QUICK = Counts(writers=(1, 4), seconds=2, rounds=1, lines=500, legs=40_000)


def ledger(counts: Counts, say: Say) -> tuple[list[Row], list[str], list[str]]:
    """The rows, the figures behind them as lines of the report, and the plans of the dearest queries."""
    home = BUILD / "ledger" / "home"
    places = Places(home)
    embedded_postgres.stop(places)  # what a bench that was broken off left behind
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    embedded_postgres.start(places)
    rows: list[Row] = []
    more: list[str] = []
    plans: list[str] = []
    try:
        _step(places, say, "prepare")
        for part in (_postings, _payout, _statements):
            made, lines, plan = part(places, counts, say)
            rows, more, plans = [*rows, *made], [*more, *lines], [*plans, *plan]
            more += ["", f"The machine's load after this part was {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores."]
    finally:
        embedded_postgres.stop(places)
        shutil.rmtree(home, ignore_errors=True)
    return rows, more, plans


def _postings(places: Places, counts: Counts, say: Say) -> tuple[list[Row], list[str], list[str]]:
    try:
        binary()
    except NotThere as missing:
        why = str(missing)
        return [unmeasured("postings", "1/s", PGBENCH, f">= {LEAST_SHARE:g}", why)], [], []
    writers = ",".join(map(str, counts.writers))
    made = _step(places, say, "posting", str(counts.seconds), str(counts.rounds), writers)
    if not made["sound"]:
        raise RuntimeError("the books are not sound after the postings")
    rows, lines = [], [*_POSTINGS_HEAD]
    for each in made["found"]:
        place = "spread accounts" if each["spread"] else "one hot account"
        (ours, cost), (theirs, other) = (
            [statistics.median(one[what] for one in each[side]) for what in ("per_second", "processor_ms")]
            for side in ("ours", "pgbench")
        )
        name = f"postings by {each['writers']} writer{'s' * (each['writers'] > 1)}, {place}"
        rows.append(rate(name, "1/s", ours, PGBENCH, theirs, LEAST_SHARE))
        rows.append(at_least(f"{name}, processor time of one", "ms", cost, PGBENCH, other, LEAST_SHARE))
        runs = (" ".join(f"{one['per_second']:.0f}" for one in each[side]) for side in ("ours", "pgbench"))
        lines.append(f"| {place} | {each['writers']} | {' | '.join(runs)} |")
    processes, spent = made["processes"], made["spent"]
    rows.append(
        Row(f"postings by {processes['writers']} processes, spread accounts", "1/s", processes["per_second"], "", None,
            None, "", None, "each waits for the scheduler at every answer")
    )  # fmt: skip
    lines += [
        "",
        f"One posting sends {made['statements']} statements. Of one writer it takes {spent['here']:.2f} ms of a",
        f"processor for the program and {spent['database']:.2f} ms for the database;",
        f"{spent['clock']:.1f} ms by the clock.",
    ]
    return rows, lines, []


_POSTINGS_HEAD = (
    "",
    "## Postings a second, run by run",
    "",
    "Ours and pgbench in turn, on the same server.",
    "",
    "| accounts | writers | ours | pgbench |",
    "|---|--:|---|---|",
)


def _payout(places: Places, counts: Counts, say: Say) -> tuple[list[Row], list[str], list[str]]:
    made = _step(places, say, "payout", str(counts.lines))
    spent = dict(made["spent"])
    aside = spent.pop("money set aside for the orders")
    name = f"a batch of {counts.lines:,} pay-outs"
    clock, processor = (sum(_of(each, how) for each in spent.values()) for how in ("clock", "processor"))
    rows = [
        under(f"{name}, from the orders to the bank's answer", "s", clock, MOST_SECONDS),
        under(f"{name}, processor seconds", "s", processor, MOST_SECONDS),
    ]
    lines = [
        "",
        f"## {name[0].upper()}{name[1:]}, step by step",
        "",
        "Seconds by the clock, with the commit; processor seconds of the program and of its database session, which a",
        "busy machine disturbs less. The two hardly overlap: on a machine of its own the clock shows their sum.",
        "",
        "| step | clock | program | database |",
        "|---|--:|--:|--:|",
        *(_spent(step, each) for step, each in spent.items()),
        f"| together | {clock:.1f} | {_sum(spent, 'here'):.1f} | {_sum(spent, 'database'):.1f} |",
        _spent("before them: money set aside for the orders", aside),
        "",
        f"{made['returned']:,} lines came back; the bank file has {made['bank_file_bytes']:,} bytes. The payments",
        "are of a campaign's list: no case stands behind them, and the checks that ask for cases find none.",
    ]
    return rows, lines, []


def _of(spent: dict[str, float], how: str) -> float:
    return spent["here"] + spent["database"] if how == "processor" else spent[how]


def _sum(spent: dict[str, dict[str, float]], how: str) -> float:
    return sum(each[how] for each in spent.values())


def _spent(step: str, each: dict[str, float]) -> str:
    return f"| {step} | {each['clock']:.1f} | {each['here']:.1f} | {each['database']:.1f} |"


def _statements(places: Places, counts: Counts, say: Say) -> tuple[list[Row], list[str], list[str]]:
    filled = _step(places, say, "fill", str(counts.legs))
    found = _step(places, say, "statements")["statements"]
    rows: list[Row] = []
    lines = [
        "",
        f"## Statements over {filled['legs']:,} legs",
        "",
        f"The database has {filled['bytes'] / 1e9:.1f} GB. Milliseconds, medians of warm runs.",
        "",
        "| statement of | legs behind it | the page | database | its processor | the first time | queries |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    plans: list[str] = []
    queries: dict[str, set[int]] = {}
    for each in found:
        name = f"the {each['which']} {each['name']}"
        rows.append(under(f"statement of {name}, {each['legs']:,} legs: database", "ms", each["database"], MOST_MS))
        rows.append(under(f"statement of {name}: processor of the database", "ms", each["processor"], MOST_MS))
        lines.append(
            f"| {name} | {each['legs']:,} | {each['whole']:.0f} | {each['database']:.1f} | {each['processor']:.1f}"
            f" | {each['first']:.0f} | {each['queries']} |"
        )
        queries.setdefault(each["name"], set()).add(each["queries"])
        plans += ["", f"### {name}", "", "```", *each["plan"], "```"]
    for name, numbers in queries.items():
        rows.append(
            Row(f"queries of the page of a {name}, largest against middle", "", max(numbers), "the middle one",
                min(numbers), max(numbers) / min(numbers), "= 1", len(numbers) == 1)
        )  # fmt: skip
    return rows, lines, plans


def _step(places: Places, say: Say, *arguments: str) -> dict[str, Any]:
    """A step in a process of its own; its last line is what it measured."""
    say(" ".join(arguments))
    kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "CHUNYU_TODAY")}
    surroundings = {"CHUNYU_HOME": str(places.home), "DJANGO_SETTINGS_MODULE": "chunyu.settings"}
    command = [sys.executable, "-m", "bench.books.step", *arguments]
    last = "{}"
    # In a session of its own, as the site runs and as the server does: a scheduler that shares by session is fair then.
    with subprocess.Popen(
        command, cwd=ROOT, env=kept | surroundings, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as child:
        assert child.stdout is not None
        for line in child.stdout:
            if line.startswith("{"):
                last = line
            else:
                say(f"  {line.rstrip()}")
    if child.returncode:
        raise RuntimeError(f"bench.books.step {' '.join(arguments)} failed")
    return json.loads(last)
