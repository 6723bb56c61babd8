"""Loading a province: one piece at a time, in as many processes as there are cores, on from where it stopped.

A piece is one transaction. Nothing is kept outside the database, so it may be killed at any moment.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context

from django.db import connection, transaction
from django.utils.translation import gettext as _

from chunyu.accounts.clock import today
from chunyu.accounts.refusal import Refusal
from chunyu.demo.province import counting, federation, households, indexes, progress, proof, working
from chunyu.demo.province.people import PEOPLE_IN_A_BLOCK, People
from chunyu.demo.province.plan import HOUSEHOLDS, MEMBERS, ORGANISATIONS, Plan

Report = Callable[[str], None]
EVERY = 10.0  # seconds between two lines about the same step
TABLES = ("registry_worker", "registry_membership")


@dataclass(frozen=True)
class Outcome:
    """What a run of the command did; the seconds are of all runs together."""

    plan: Plan
    loaded: bool
    seconds: float
    bytes: int

    def as_json(self) -> dict[str, object]:
        made = self.plan.as_row() | {"day": self.plan.day.isoformat()}
        return made | {"loaded": self.loaded, "seconds": round(self.seconds, 1), "bytes": self.bytes}

    @property
    def words(self) -> str:
        return f"{self.plan.members:,} members, {self.plan.organisations:,} organisations"


def asked(seed: int, members: int | None, organisations: int | None, households: int | None) -> Plan:
    """The plan of a command's options; its day is the one on which it was begun."""
    members = members or MEMBERS
    found = progress.standing()
    return Plan(
        seed=seed,
        members=members,
        organisations=organisations or ORGANISATIONS,
        households=HOUSEHOLDS * members // MEMBERS if households is None else households,
        day=found.plan.day if found else today(),
    )


def load(plan: Plan, processes: int, report: Report) -> Outcome:
    """Load the plan, or what of it is left. Refused for another plan than the one that was begun."""
    with progress.alone():
        found = progress.standing()
        if found is None:
            plan.check()
            with transaction.atomic():
                progress.begin(plan)
        elif found.plan != plan:
            raise Refusal(_other(found.plan), "another_plan")
        elif found.finished:
            return Outcome(plan, False, found.seconds, disk())
        begun = time.monotonic()
        try:
            _load(plan, processes, report)
        finally:
            progress.note_seconds(time.monotonic() - begun)
        progress.note_finished()
        standing = progress.standing()
        assert standing is not None
        return Outcome(plan, True, standing.seconds, disk())


def _load(plan: Plan, processes: int, report: Report) -> None:
    report("regions, federations and accounts")
    federation.build(plan)
    tree = working.tree()
    with _pool(processes) as pool:
        counties = range(len(tree.counties))
        _step(pool, report, "organisations", [(each, 0) for each in counties], plan.organisations)
        federation.numbers_follow()
        _step(pool, report, "employers", [(each, 0) for each in counties], len(tree.employers))
        report(f"{indexes.put_aside(list(TABLES))} indexes put aside")
        blocks = range(People.blocks(plan, tree))
        _step(pool, report, "people", [(each, PEOPLE_IN_A_BLOCK) for each in blocks], tree.people)
        files = [(place, count) for place, count in enumerate(households.shares(plan, tree)) if count]
        _step(pool, report, "households", files, plan.households)
        _build_indexes(pool, report)
    counting.count(report)
    proof.settle(report)
    proof.prove(plan, tree, report)


@contextmanager
def _pool(processes: int) -> Iterator[ProcessPoolExecutor]:
    # Started anew and not forked: a connection must not be shared.
    pool = ProcessPoolExecutor(
        processes, mp_context=get_context("spawn"), initializer=working.set_up, initargs=(os.getpid(),)
    )
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _step(pool: ProcessPoolExecutor, report: Report, step: str, pieces: Sequence[tuple[int, int]], total: int) -> None:
    """Every piece of a step that is left, with a line now and then about how far it is."""
    rows = dict(pieces)
    left = progress.left(step, rows)
    if not left:
        report(f"{step}: {total:,} there")
        return
    begun = said = time.monotonic()
    waiting = [pool.submit(working.work, working.Piece(step, number, rows[number])) for number in left]
    try:
        for count, each in enumerate(as_completed(waiting), 1):
            each.result()
            now = time.monotonic()
            if now - said > EVERY or count == len(waiting):
                done = len(rows) - len(left) + count
                rate = count / (now - begun) / len(rows) * total
                ahead = (len(waiting) - count) / (count / (now - begun))
                report(f"{step}: {total * done // len(rows):,} of {total:,}, {rate:,.0f}/s, {ahead / 60:.0f} min ahead")
                said = now
    finally:
        for each in waiting:
            each.cancel()


def _build_indexes(pool: ProcessPoolExecutor, report: Report) -> None:
    waiting = {pool.submit(working.work, working.Piece(name, 0, 0)): name for name in indexes.missing()}
    for each in as_completed(waiting):
        each.result()
        report(f"index {waiting[each]}")


def disk() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])


def _other(plan: Plan) -> str:
    return _(
        "This database holds a province of another plan (seed %(seed)s, %(members)s members, %(organisations)s"
        " organisations, %(households)s households, as of %(day)s): ask for that one, or use a CHUNYU_HOME of its own."
    ) % {
        "seed": plan.seed,
        "members": f"{plan.members:,}",
        "organisations": f"{plan.organisations:,}",
        "households": f"{plan.households:,}",
        "day": plan.day.isoformat(),
    }
