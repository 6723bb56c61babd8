"""The look for duplicates over a million people: minutes, memory, and what it finds of a known truth."""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from bench.data import BUILD, ROOT
from bench.rows import Row, under

MINUTES, GIGABYTES = 15.0, 8.0


def duplicates(people: int, say: Callable[[str], None]) -> tuple[list[Row], list[str]]:
    """Measured in a process of its own, whose peak of memory is this look's alone."""
    say(f"{people:,} people")
    done = subprocess.run(
        [sys.executable, "-m", "bench.duplicates", "--people", str(people)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "chunyu.settings", "CHUNYU_HOME": str(BUILD / "duplicates")},
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    precision, recall = found["right"] / found["found"], found["right"] / found["true"]
    name = f"duplicates of {people:,} people"
    rows = [
        under(name, "min", found["seconds"] / 60, MINUTES),
        under(f"{name}, peak memory", "GB", found["peak_mb"] / 1000, GIGABYTES),
        Row(f"{name}, precision", "", precision, "", None, None, "", None, "two persons decide each pair"),
        Row(f"{name}, recall", "", recall, "", None, None, "", None),
    ]
    return rows, _behind(found)


def _behind(found: dict[str, Any]) -> list[str]:
    return [
        "",
        "## The truth",
        "",
        *found["recipe"],
        "",
        f"{found['true']:,} second records, {found['found']:,} pairs found, {found['right']:,} of them right; of",
        f"{found['twins']:,} pairs of twins {found['twins_found']:,} were taken for one person. Making the columns,",
        f"matching and reading the pairs took {found['seconds']:.0f} s, {found['cpu']:.0f} s of processor.",
        "",
        "| the second record differs by | records | found | recall |",
        "|---|--:|--:|--:|",
        *(
            f"| {kind} | {all_:,} | {hit:,} | {hit / all_:.3f} |"
            for kind, (all_, hit) in sorted(found["kinds"].items())
        ),
    ]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, required=True)
    count = parser.parse_args().people
    import django

    django.setup()
    from bench import truth as recipe
    from chunyu.registry.duplicates.matching import find

    truth = recipe.Maker(count).make()
    begun, busy = time.perf_counter(), time.process_time()
    found = [(match.left, match.right) for match in find(truth.people)]
    seconds, cpu = time.perf_counter() - begun, time.process_time() - busy
    right = [pair for pair in found if pair in truth.pairs]
    all_, hit = Counter(truth.pairs.values()), Counter(truth.pairs[pair] for pair in right)
    print(
        json.dumps(
            {
                "found": len(found),
                "right": len(right),
                "true": len(truth.pairs),
                "recipe": (recipe.__doc__ or "").strip().split("\n\n", 1)[1].splitlines(),
                "twins": len(truth.twins),
                "twins_found": sum(1 for pair in found if pair in truth.twins),
                "kinds": {kind: (all_[kind], hit[kind]) for kind in all_},
                "seconds": seconds,
                "cpu": cpu,
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
        )
    )


if __name__ == "__main__":
    main()
