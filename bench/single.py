"""One household in full, and a change of the rules over many: measured inside this project, in their own process."""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from typing import Any

from bench.data import prepare
from bench.ours import facts_in_memory
from bench.peers.protocol import THREADS
from bench.workload import ON, PACK
from bench.workload.cases import cases
from bench.workload.province import whole
from chunyu.policy import decide, explain, load_pack, read_pack
from chunyu.policy.kernel import needed_rules
from chunyu.policy.kernel import prepare as prepare_rules
from chunyu.policy.whatif import Province

CASES = 500


def per_call(calls: list[Callable[[], Any]], rounds: int) -> float:
    """Seconds of one call: the median over rounds of the mean over all calls."""
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        for call in calls:
            call()
        times.append((time.perf_counter() - started) / len(calls))
    return statistics.median(times)


def one_household() -> dict[str, float]:
    """Deciding with every intermediate value, and the whole why-tree of the total in words. The pack is loaded and its
    programs are made, as in a service that runs."""
    pack = load_pack(PACK)
    given = [(case, regions) for _, case, regions in cases(whole(CASES))]
    decided = [decide(pack, case, ON, regions) for case, regions in given]
    everything = [
        (lambda c=case, r=regions: (d := decide(pack, c, ON, r), d.values, d.member_values)) for case, regions in given
    ]
    trees = [
        (lambda d=one, language=language: explain(d, "total", language))
        for one in decided[:50]
        for language in ("zh", "en")
    ]
    return {"decide": per_call(everything, 9), "explain": per_call(trees, 5)}


def changes(households: int) -> dict[str, float]:
    """A changed parameter, and a changed formula, over everybody."""
    files = {
        str(file.relative_to(PACK)): file.read_bytes()
        for file in sorted([*PACK.rglob("*.toml"), *PACK.rglob("*.csv"), *PACK.rglob("*.yaml")])
    }
    pack = read_pack(files)
    facts = facts_in_memory(prepare(households))
    province = Province(facts, ON)
    before = province.outcome(pack, THREADS)
    effects, ready = [], []
    for step in range(7):
        after = pack.replacing({"relative_multiple": f"{1.5 + step / 16}"}, "measured")
        started = time.perf_counter()
        effect = province.effect(before, province.outcome(after, THREADS))
        effects.append(time.perf_counter() - started)
        changed = _changed(files, step)
        started = time.perf_counter()
        draft = read_pack(changed)
        prepare_rules(draft, province.chains, ON, [("household", name) for name in needed_rules(draft)])
        ready.append(time.perf_counter() - started)
    assert sum(change.households for change in effect.regions.values()) == effect.total.households
    assert effect.groups
    return {"effect": statistics.median(effects[1:]), "ready": statistics.median(ready[1:])}


def _changed(files: dict[str, bytes], step: int) -> dict[str, bytes]:
    name = "rules/category.toml"
    text = files[name].decode()
    formula = 'formula = "max(0, per_year(income) - rigid)"'
    assert formula in text
    return {
        **files,
        name: text.replace(formula, f'formula = "max(0, {step + 2} * per_year(income) / {step + 2} - rigid)"').encode(),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("household", "changes"))
    parser.add_argument("--households", type=int, default=1_000_000)
    asked = parser.parse_args()
    print(json.dumps(one_household() if asked.what == "household" else changes(asked.households)))
