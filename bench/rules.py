"""The bench of the rules: everybody in memory and from Parquet, one household, changes; against peers and limits."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from bench.data import ROOT
from bench.measuring import OURS, Bench, Measurement, What, differences
from bench.rows import Row, at_least, at_most, under, unmeasured, wrong

YARDSTICK = "NumPy by hand, position-major blocks"
PEERS = {
    "openfisca": ("OpenFisca-core, as its documentation teaches", 25),
    "openfisca_tuned": ("OpenFisca-core, tuned by hand", 3),
    "policyengine": ("PolicyEngine-core", 10),
    "duckdb": ("DuckDB", 7),
    "polars": ("Polars, streaming", 5),
    "spark": ("Spark SQL, cached", None),
}
PEAK_MB = 600
LARGE = 5_000_000


@dataclass
class Session:
    """One run of the bench: what was measured, the rows so far, and how often to repeat."""

    bench: Bench
    repeat: int
    rounds: int
    rows: list[Row]

    def peer(self, what: What) -> Measurement:
        """Engines that take seconds are not asked as often: what warms them up is small beside that."""
        slow = what.engine in ("openfisca", "openfisca_tuned", "policyengine", "spark")
        if what.households >= LARGE:
            return self.bench.measure(what, 0 if slow else 1)
        return self.bench.measure(what, min(self.repeat, 2) if slow else self.repeat)


def rules(sizes: tuple[int, ...], quick: bool, say: Callable[[str], None]) -> tuple[list[Row], list[Measurement]]:
    """All rows of the bench, and the measurements behind them."""
    session = Session(Bench(say), 2 if quick else 5, 1 if quick else 2, [])
    for households in sizes:
        _in_memory(session, households)
    for households in sizes:
        _from_parquet(session, households)
    if len(sizes) > 1:
        _growth(session, sizes[0], sizes[-1])
    _within_ourselves(session, min(1_000_000, sizes[-1]), say)
    return session.rows, list(session.bench.found.values())


def size_words(households: int) -> str:
    if households >= 1_000_000:
        return f"{households / 1_000_000:g} M households"
    return f"{households:,} households"


def _in_memory(session: Session, n: int) -> None:
    words = size_words(n)
    ours, hand, ours_relaid, hand_relaid = session.bench.interleaved(
        [
            What(OURS, n),
            What("numpy_blocks", n),
            What(OURS, n, variant="relaid"),
            What("numpy_blocks", n, variant="relaid"),
        ],
        session.repeat,
        session.rounds,
    )
    add, name = session.rows.append, f"rules over {words}, in memory"
    if ours.failed or hand.failed:
        add(unmeasured(name, "s", YARDSTICK, "<= 1.5", ours.failed or hand.failed))
        return
    add(at_most(name, "s", ours.median, YARDSTICK, hand.median, 1.5))
    add(at_most(f"{name}, processor seconds", "s", _busy(ours), YARDSTICK, _busy(hand)))
    if not (ours_relaid.failed or hand_relaid.failed):
        laid = f"{name}, laying out counted"
        add(at_most(laid, "s", ours_relaid.median, f"{YARDSTICK}, laying out counted", hand_relaid.median))
    every, every_by_hand = session.bench.interleaved(
        [What(OURS, n, variables="all"), What("numpy_blocks", n, variables="all")], session.repeat, session.rounds
    )
    if every.failed:
        add(unmeasured(f"all 44 variables of {words}", "s", "category and total alone", "<= 2", every.failed))
    else:
        add(at_most(f"all 44 variables of {words}", "s", every.median, "category and total alone", ours.median, 2))
        busy = f"all 44 variables of {words}, processor seconds"
        add(at_most(busy, "s", _busy(every), "category and total alone", _busy(ours)))
        _compare(session, every, every_by_hand)
    _compare(session, ours, hand)
    for engine, (label, bar) in PEERS.items():
        peer = session.peer(What(engine, n))
        if peer.failed:
            add(unmeasured(name, "s", label, f">= {bar}" if bar else "", peer.failed, ours.median))
            continue
        add(at_least(name, "s", ours.median, label, peer.median, bar))
        if engine != "spark":
            add(at_least(f"{name}, processor seconds", "s", _busy(ours), label, _busy(peer)))
        if engine in ("duckdb", "polars") and not ours_relaid.failed:
            add(at_least(f"{name}, laying out counted", "s", ours_relaid.median, label, peer.median))
        _compare(session, peer, hand)
        if n <= 1_000_000:
            # Once, for the results alone: no row is about its seconds.
            _compare(session, session.bench.measure(What(engine, n, variables="all"), 0), every_by_hand)


def _busy(found: Measurement) -> float:
    """Processor seconds, all threads together."""
    return statistics.median(found.cpu_seconds)


def _compare(session: Session, found: Measurement, reference: Measurement) -> None:
    """A row for an engine whose results are not those of the yardstick."""
    if found.failed or reference.failed:
        return
    different = differences(found, reference)
    if different:
        place = f"results over {size_words(found.what.households)}, {found.what.mode}, {found.what.variables}"
        session.rows.append(wrong(f"{found.engine}: {place}", YARDSTICK, "; ".join(different)))


def _from_parquet(session: Session, n: int) -> None:
    words = size_words(n)
    name = f"rules over {words}, from Parquet to Parquet"
    ours, decoding, hand = session.bench.interleaved(
        [
            What(OURS, n, "parquet"),
            What(OURS, n, "parquet", variant="decode"),
            What("numpy_blocks", n, "parquet"),
        ],
        session.repeat if n < LARGE else 2,
        session.rounds,
    )
    add = session.rows.append
    if ours.failed or decoding.failed:
        add(unmeasured(name, "s", "decoding the same columns", "<= 3", ours.failed or decoding.failed))
        return
    add(at_most(name, "s", ours.median, "decoding the same columns", decoding.median, 3))
    add(under(f"peak memory, {name}", "MB", ours.peak_mb, PEAK_MB))
    memory = session.bench.found[What("numpy_blocks", n)]
    _compare(session, ours, memory)
    if not hand.failed:
        add(at_most(name, "s", ours.median, f"{YARDSTICK}, streamed", hand.median))
        _compare(session, hand, memory)
    for engine, label in (("duckdb", "DuckDB"), ("polars", "Polars, streaming"), ("spark", "Spark SQL")):
        peer = session.peer(What(engine, n, "parquet"))
        if peer.failed:
            add(unmeasured(name, "s", label, "", peer.failed, ours.median))
        else:
            add(at_least(name, "s", ours.median, label, peer.median))
            _compare(session, peer, memory)
    _by_spark(session, n, ours)


def _by_spark(session: Session, n: int, local: Measurement) -> None:
    """Spark scheduling this kernel; its session is started before."""
    name, add = f"Spark scheduling this kernel over {size_words(n)}, from Parquet to Parquet", session.rows.append
    scheduled = session.peer(What(OURS, n, "parquet", variant="spark"))
    query = session.bench.found[What("spark", n, "parquet")]
    if scheduled.failed:
        add(unmeasured(name, "s", "the local run", "<= 2.5", scheduled.failed))
        return
    row = at_most(name, "s", scheduled.median, "the local run", local.median, 2.5)
    add(replace(row, note=f"the session took {scheduled.load_seconds:.1f} s to start, not counted"))
    _compare(session, scheduled, session.bench.found[What("numpy_blocks", n)])
    if query.failed:
        add(unmeasured(name, "s", "Spark SQL", ">= 5", query.failed, scheduled.median))
    else:
        add(at_least(name, "s", scheduled.median, "Spark SQL", query.median, 5))


def _growth(session: Session, small: int, large: int) -> None:
    found = session.bench.found
    one, other = found[What(OURS, large, "parquet")], found[What(OURS, small, "parquet")]
    name = f"{size_words(large)} against {size_words(small)}, from Parquet"
    bar = round(1.1 * large / small, 2)
    if one.failed or other.failed:
        session.rows.append(unmeasured(name, "s", "the smaller size", f"<= {bar:g}", one.failed or other.failed))
        return
    session.rows.append(at_most(name, "s", one.median, "the smaller size", other.median, bar))


def _within_ourselves(session: Session, households: int, say: Callable[[str], None]) -> None:
    say("one household")
    single = _child("household")
    add = session.rows.append
    add(under("one household, every intermediate value", "ms", single["decide"] * 1000, 0.1))
    add(under("one household, the why-tree of its total in words", "ms", single["explain"] * 1000, 2))
    say(f"changes of the rules over {households:,}")
    changed = _child("changes", "--households", str(households))
    words = size_words(households)
    add(under(f"what-if over {words}, totals by county and group", "s", changed["effect"], 0.5))
    add(under("a changed formula, read, checked and ready to run", "s", changed["ready"], 0.1))


def _child(*arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.single", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True, timeout=1500)
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found
