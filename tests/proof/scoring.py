"""What a proof counted, what must be and what was seen: kept by the test itself, and read by the scoreboard.

    pytestmark = pytest.mark.proof("R17")

    def test_nothing_slips_through(score):
        for n in range(count(7, 70)):
            seen += slips(score.chance(n))
            score.counted(schedules=1)
        score.must_be(0, anomalies=seen)      # written down, then asserted

    def test_without_the_lock(score):
        score.control(anomalies=slips_without_the_lock())    # must not be 0

A test that names its proof and writes nothing down fails: the scoreboard is computed, never typed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from random import Random
from typing import Any

import pytest

KEY = "proof"
DAILY_SEED = 0  # the gate is the same every day; `make proof` draws a new seed each time


@dataclass
class Score:
    """One test's own account. Names are words of the subject: kills, transfers, schedules, lost, doubled."""

    proof: str
    seed: int
    counts: dict[str, int] = field(default_factory=dict)
    faults: dict[str, int] = field(default_factory=dict)
    must: dict[str, list[int]] = field(default_factory=dict)  # name -> [must be, seen]
    controls: dict[str, int] = field(default_factory=dict)

    def chance(self, number: int = 0) -> Random:
        """The chance of one round; the same seed and number give the same one again."""
        return Random(self.seed * 1_000_003 + number)

    def counted(self, **counts: int) -> None:
        """How much was done: added up."""
        _add(self.counts, counts)

    def fired(self, **faults: int) -> None:
        """How many faults took effect (kills that came in time, connections cut): added up."""
        _add(self.faults, faults)

    def must_be(self, expected: int, **seen: int) -> None:
        """Write down what was seen, then assert it."""
        for name, number in seen.items():
            before = self.must.get(name, [0, 0])
            self.must[name] = [before[0] + expected, before[1] + number]
        wrong = {name: number for name, number in seen.items() if number != expected}
        assert not wrong, f"{self.proof}: must be {expected}: {wrong} (seed {self.seed})"

    def control(self, **seen: int) -> None:
        """What was seen with the guard away. It must not be 0: else the proof proves nothing."""
        _add(self.controls, seen)
        silent = [name for name, number in seen.items() if not number]
        assert not silent, f"{self.proof}: the control did not fail: {', '.join(silent)} (seed {self.seed})"

    @property
    def is_empty(self) -> bool:
        return not (self.must or self.controls)


def _add(into: dict[str, int], more: dict[str, int]) -> None:
    for name, number in more.items():
        into[name] = into.get(name, 0) + int(number)


def proof_of(item: pytest.Item) -> str:
    """The name of the proof that a test belongs to (R17), or nothing."""
    mark = item.get_closest_marker("proof")
    return str(mark.args[0]) if mark and mark.args else ""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("proof")
    group.addoption("--seed", type=int, default=None, help="Chance of the proofs: the same number, the same faults.")
    group.addoption("--proofs", default="", help="Only these proofs, such as R1,R17.")
    group.addoption("--scores", default="", help="Write what the proofs recorded into this file, as JSON.")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        config.option.seed = config.workerinput["proof_seed"]
    elif config.option.seed is not None:
        config.option.randomly_seed = config.option.seed  # the order of the tests too
    else:
        config.option.seed = DAILY_SEED
    if config.option.scores and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Collector(config.option.scores))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["proof_seed"] = node.config.option.seed


def pytest_report_header(config: pytest.Config) -> str:
    return f"Proofs: --seed {config.option.seed}"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    wanted = {each.strip().upper() for each in config.option.proofs.split(",") if each.strip()}
    if not wanted:
        return
    others = [item for item in items if proof_of(item) not in wanted]
    items[:] = [item for item in items if proof_of(item) in wanted]
    config.hook.pytest_deselected(items=others)
    missing = wanted - {proof_of(item) for item in items}
    if missing:
        raise pytest.UsageError(f"No proof is called {', '.join(sorted(missing))}.")


@pytest.fixture(autouse=True)
def score(request: pytest.FixtureRequest) -> Iterator[Score]:
    """This test's account; in a test that names its proof it must not stay empty."""
    name = proof_of(request.node)
    made = Score(name, request.config.option.seed)
    yield made
    if name:
        assert not made.is_empty, f"{name}: this test recorded nothing (score.must_be or score.control)"


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    score = getattr(item, "funcargs", {}).get("score")
    if call.when != "setup" and isinstance(score, Score) and score.proof:
        item.user_properties[:] = [each for each in item.user_properties if each[0] != KEY]
        item.user_properties.append((KEY, asdict(score)))
    yield


class _Collector:
    """Gathers the accounts of all workers and writes them down when the session ends."""

    def __init__(self, path: str) -> None:
        self.path, self.found = path, dict[str, dict[str, Any]]()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        kept = self.found.setdefault(report.nodeid, {"test": report.nodeid, "seconds": 0.0, "outcome": "passed"})
        kept["seconds"] += report.duration
        kept |= dict(report.user_properties).get(KEY, {})
        if report.outcome != "passed":
            kept["outcome"] = report.outcome

    def pytest_sessionfinish(self) -> None:
        import json
        from pathlib import Path

        Path(self.path).write_text(json.dumps(list(self.found.values()), ensure_ascii=False), encoding="utf-8")
