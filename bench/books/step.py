"""One step of the bench of the books, on the home that CHUNYU_HOME names. The last line that it prints is what it
measured, as JSON; the lines before say what it does.

python -m bench.books.step prepare | posting SECONDS ROUNDS WRITERS,… | payout LINES | fill LEGS | statements
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from functools import partial
from typing import Any


def say(text: str) -> None:
    print(text, flush=True)


def prepare() -> dict[str, Any]:
    from django.core.management import call_command

    from chunyu.ledger.models import Commodity

    call_command("migrate", verbosity=0)
    Commodity.money()
    return {}


def posting(seconds: str, rounds: str, writers: str) -> dict[str, Any]:
    """Ours and pgbench in turn, so that a slow minute meets both."""
    from bench.books import county, pgbench
    from bench.books import posting as measured
    from chunyu.ledger.models import Transfer

    pgbench.binary()
    books = measured.open_books(county.county())
    length, cores = float(seconds), os.cpu_count() or 1
    found: list[dict[str, Any]] = []
    scripts = {spread: measured.script(books, spread) for spread in (True, False)}
    for spread, script in scripts.items():
        for count in map(int, writers.split(",")):
            one: dict[str, Any] = {"spread": spread, "writers": count, "ours": [], "pgbench": []}
            for _ in range(int(rounds)):
                for side, run in (
                    ("ours", partial(measured.ours, books, spread, count, length)),
                    ("pgbench", partial(script.run, count, length, cores)),
                ):
                    before = Transfer.objects.count()
                    rate = run()
                    measured.must_have_posted(before, rate.done)
                    one[side].append(asdict(rate))
            say(f"{'spread' if spread else 'hot'} {count}: {one}")
            found.append(one)
    processes = {"writers": 8, **asdict(measured.ours_in_processes(books, True, 8, length))}
    return {
        "found": found,
        "processes": processes,
        "statements": scripts[True].statements,
        "spent": measured.spent(books),
        "sound": _sound(),
    }


def _sound() -> bool:
    from chunyu.ledger import checking

    return checking.soundness().holds


def payout(lines: str) -> dict[str, Any]:
    from bench.books import county
    from bench.books.payout import pay_out

    return pay_out(county.county("139902", "青禾县"), int(lines))


def fill(legs: str) -> dict[str, Any]:
    from django.db import connection

    from bench.books import legs as measured

    measured.fill(int(legs), say)
    measured.settle(say)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), pg_database_size(current_database()) FROM ledger_leg")
        count, size = cursor.fetchone()
    return {"legs": count, "bytes": size}


def statements() -> dict[str, Any]:
    from bench.books import statements as measured

    return {"statements": measured.statements(say)}


STEPS = {step.__name__: step for step in (prepare, posting, payout, fill, statements)}

if __name__ == "__main__":
    from bench.province import set_up

    set_up()
    made = STEPS[sys.argv[1]](*sys.argv[2:])
    print(json.dumps(made))
