"""A run in a process of its own: facts, results, threads, a seed for the order of the pieces, and whether to cheat."""

from __future__ import annotations

import sys
import time
from datetime import date
from pathlib import Path
from random import Random

from chunyu.policy import running
from chunyu.policy.kernel import arithmetic, choosing, deciding
from chunyu.policy.kernel.memory import Value
from chunyu.policy.kernel.plan import Step
from chunyu.policy.kinds import Kind
from chunyu.policy.nodes import Literal


def main(facts: str, out: str, threads: str, seed: str, control: str) -> None:
    if control == "clock":
        deciding.OPERATIONS[Literal] = number_by_the_clock
    running.TOGETHER = 1  # every piece by itself, so that a kill finds some done and some not
    in_order = running.pieces_of

    def shuffled(folder: running.FactsFolder) -> list[running.Piece]:
        pieces = in_order(folder)
        Random(int(seed)).shuffle(pieces)
        return pieces

    running.pieces_of = shuffled
    found = running.run("national-2021", Path(facts), date(2026, 3, 6), Path(out), threads=int(threads))
    print(found.digest, found.households)


def number_by_the_clock(run: deciding.Evaluation, step: Step) -> Value:
    """A rule that reads the clock: what no rule can do, and the control does."""
    found = choosing.literal(run, step)
    if step.node.type.kind is not Kind.COUNT:
        return found
    return arithmetic.single(found.number + time.time_ns() // 1000 % 90)


if __name__ == "__main__":
    main(*sys.argv[1:])
