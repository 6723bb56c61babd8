"""`chunyu proof R17`: run proofs at full counts and write the day's scoreboard. In a source checkout only."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import click

from tests.proof import scoreboard


@click.command("proof")
@click.argument("ids", nargs=-1)
@click.option("--seed", type=int, help="Run the same faults again; without it a new seed is drawn and printed.")
@click.option("--counts", type=click.Choice(["gate", "full"]), default="full", help="How much each proof does.")
@click.option("--workers", default=2, help="How many run at once, each on a database of its own.")
@click.option("--json", "as_json", is_flag=True, help="Print the lines as JSON, and nothing else on stdout.")
@click.option("--report/--no-report", "written", default=None, help="Write docs/proof/<date>.md (at full counts).")
def proof(
    ids: tuple[str, ...], seed: int | None, counts: str, workers: int, as_json: bool, written: bool | None
) -> None:
    """Prove what the documentation promises, with counted faults; exit code 1 when something does not hold.

    IDS are proofs (R1, R17, S14 …); without any, all of them run, which takes an hour and more.
    """
    seed = int(time.time()) % 1_000_000 if seed is None else seed
    click.echo(f"Proofs: {' '.join(ids) or 'all'}, {counts} counts, --seed {seed}", err=True)
    day = date.today()  # noqa: DTZ011  # the day on this machine
    commit = _commit()
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "scores.json"
        asked = ["--seed", str(seed), "--proofs", ",".join(ids), "--scores", str(kept)]
        several = ["-n", str(workers), "--dist", "load", "--no-loadscope-reorder"] if workers > 1 else []
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-m", "proof", "tests/proof", *several, *asked],
            cwd=scoreboard.ROOT,
            env=os.environ | ({"CHUNYU_PROOF": "full"} if counts == "full" else {}),
            stdout=sys.stderr,
            check=False,
        )
        if not kept.exists():
            sys.exit(done.returncode or 1)
        records = json.loads(kept.read_text(encoding="utf-8"))
    lines = scoreboard.lines_of(records, full=counts == "full", commit=commit, day=day)
    if lines and (written or (written is None and counts == "full")):
        click.echo(f"Scoreboard: {scoreboard.write(lines, day).relative_to(scoreboard.ROOT)}", err=True)
    click.echo(
        json.dumps([line.as_json() for line in lines], indent=1, ensure_ascii=False) if as_json else _text(lines)
    )
    if done.returncode or not lines or not all(line.holds for line in lines):
        sys.exit(1)


def _text(lines: list[scoreboard.Line]) -> str:
    return "\n".join(
        f"{'✓' if line.holds else '✗'} {line.id} {line.title}: {scoreboard.numbers(line.count)}; "
        f"seen {scoreboard.numbers({name: seen for name, (_must, seen) in line.must.items()})}; "
        f"control {scoreboard.numbers(line.control)}; {line.seconds:.0f} s"
        for line in lines
    )


def _commit() -> str:
    # The board itself lies in the checkout: that it is being written makes the code no other.
    asked = ["git", "status", "--porcelain", "--", ".", ":!docs"]
    changed = subprocess.run(asked, capture_output=True, text=True, cwd=scoreboard.ROOT, check=False).stdout.strip()
    found = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, cwd=scoreboard.ROOT, check=False
    )
    return (found.stdout.strip() or "unknown") + ("-dirty" if changed else "")
