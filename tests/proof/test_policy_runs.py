"""A determination that is interrupted and resumed gives the identical result: killed at random points, on one to four
threads, in any order, in other time zones and languages, with other hash seeds. The control reads the clock."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from random import Random

import pytest

from chunyu.policy import load_pack
from chunyu.policy.columns import facts_of_cases
from chunyu.policy.facts_folder import FactsFolder, write_facts
from tests.policy.families import families
from tests.policy.test_two_executors import differs
from tests.proof.counts import count
from tests.proof.scoring import Score

pytestmark = pytest.mark.proof("R6")
ROOT = Path(__file__).resolve().parents[2]
HOUSEHOLDS = count(1_000, 10_000)
VARIANTS = count(6, 60)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> FactsFolder:
    """Facts in many small pieces, so that a kill finds some done, some half done, and some to come."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("chunyu.policy.facts_folder.HOUSEHOLDS_IN_GROUP", HOUSEHOLDS // 50)
        facts = facts_of_cases(load_pack("national-2021"), families(HOUSEHOLDS, seed=17))
        return write_facts(tmp_path_factory.mktemp("frozen") / "facts", facts, date(2026, 3, 6))


def begin(folder: FactsFolder, out: Path, random: Random, control: str = "") -> subprocess.Popen[str]:
    """A run in a process of its own, in surroundings drawn by chance."""
    surroundings = {
        "TZ": random.choice(("UTC", "Asia/Shanghai", "America/St_Johns", "Pacific/Kiritimati")),
        "LC_ALL": random.choice(("C.UTF-8", "C", "zh_CN.UTF-8", "POSIX")),
        "PYTHONHASHSEED": str(random.randrange(2**32)),
    }
    asked = [str(folder.path), str(out), str(random.choice((1, 2, 4))), str(random.randrange(10**6)), control]
    command = [sys.executable, "-m", "tests.proof.policy_runner", *asked]
    return subprocess.Popen(
        command, cwd=ROOT, env=os.environ | surroundings, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def finished(process: subprocess.Popen[str]) -> str:
    out, error = process.communicate(timeout=600)
    assert process.returncode == 0, error[-3000:]
    return out.strip()


def interrupted(folder: FactsFolder, out: Path, random: Random) -> tuple[str, int]:
    """The digest of a run killed up to three times, each time with some more pieces done; and how often it was."""
    kills = 0
    for _ in range(random.randrange(1, 4)):
        wanted = len(list(out.glob("piece-*.parquet"))) + random.randrange(0, 20)
        process = begin(folder, out, random)
        while process.poll() is None and len(list(out.glob("piece-*.parquet"))) < wanted:
            time.sleep(0.002)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            kills += 1
        process.communicate()
    return finished(begin(folder, out, random)), kills


def test_every_variant_gives_the_same_digest(folder: FactsFolder, tmp_path: Path, score: Score):
    expected = finished(begin(folder, tmp_path / "whole", Random(0)))
    assert expected.endswith(f" {HOUSEHOLDS}")
    found, kills = [], 0
    for variant in range(VARIANTS):
        digest, killed = interrupted(folder, tmp_path / str(variant), score.chance(variant))
        found.append(digest)
        kills += killed
    assert kills >= VARIANTS // 2, "the kills came too late to prove anything"
    score.counted(runs=VARIANTS, households=VARIANTS * HOUSEHOLDS)
    score.fired(kills_of_a_run=kills)
    score.must_be(0, digests_that_differ=sum(digest != expected for digest in found))


def test_a_rule_that_reads_the_clock_would_be_found(folder: FactsFolder, tmp_path: Path, score: Score):
    """The control must fail: with the clock in it, no two runs are the same."""
    digests = {finished(begin(folder, tmp_path / str(n), Random(n), control="clock")) for n in range(3)}
    score.control(digests_that_differ=len(digests) - 1)


@pytest.mark.parametrize("block", range(count(2, 20)))
def test_random_rulebooks_come_out_the_same(block: int, score: Score):
    """The two executors of the rules, on rulebooks that no other test has seen."""
    seeds = range(10_000 + 100 * block, 10_000 + 100 * block + count(10, 100))
    score.counted(random_rulebooks=len(seeds))
    score.must_be(0, rulebooks_that_differ=sum(bool(differs(score.seed * 1_000_000 + seed)) for seed in seeds))


@pytest.mark.parametrize("block", range(count(2, 20)))
def test_choices_worked_out_for_few_come_out_the_same(block: int, monkeypatch: pytest.MonkeyPatch, score: Score):
    """The same with every choice worked out only for those whom it touches, choices within choices included."""
    monkeypatch.setattr("chunyu.policy.kernel.selection.ENOUGH", 0)
    monkeypatch.setattr("chunyu.policy.kernel.selection.FEW", 1 + block % 2)
    seeds = range(20_000 + 100 * block, 20_000 + 100 * block + count(20, 100))
    score.counted(random_rulebooks=len(seeds))
    score.must_be(0, rulebooks_that_differ=sum(bool(differs(score.seed * 1_000_000 + seed)) for seed in seeds))
