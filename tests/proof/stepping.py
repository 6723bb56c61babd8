"""Two transactions gone through step by step in a given order, as PostgreSQL's isolation tester does, for real actions.

An act runs in a thread with a connection of its own and stops four times: before it begins, half-way to its write,
before its write, and before its commit. `Pair.play("ABABABAB", …)` lets them go on one step at a time. An act that
waits for a lock is known by pg_blocking_pids; its step is made up for as soon as the lock is given.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, OperationalError, connection, connections, transaction

from chunyu.accounts.refusal import Refusal

Act = Callable[[], object]
STEPS = 4
LOCK = re.compile(r"\bFOR (?:NO KEY UPDATE|KEY SHARE|UPDATE|SHARE)\b(?: OF [\w\", ]+)?", re.IGNORECASE)
STUCK = 20.0


def orders(steps: int = STEPS) -> list[str]:
    """Every order of so many steps of A and of B: 70 for four."""
    places = range(2 * steps)
    return ["".join("A" if n in chosen else "B" for n in places) for chosen in combinations(places, steps)]


class Hand(threading.Thread):
    """A person at work: carries out acts one after another, and stops where it is told to."""

    def __init__(self, name: str) -> None:
        super().__init__(name=name, daemon=True)
        self.pid = 0
        self.write = re.compile("$^")
        self.locks = True
        self.written_at = 0  # at which statement the last act began to write; half-way there is the second stop
        self.act: Act | None = None
        self.outcome: object = None
        self.statements = 0
        self.stops = 0
        self.state = threading.Condition()
        self.at = "idle"  # idle, paused, running, done
        self.ended = False
        self.start()

    # --- the side of the thread

    def run(self) -> None:
        try:
            connection.ensure_connection()
            self.pid = connection.connection.info.backend_pid
            with connection.execute_wrapper(self._statement):
                while self._next():
                    self._carry_out()
        finally:
            connections.close_all()

    def _next(self) -> bool:
        with self.state:
            self.state.wait_for(lambda: self.at in ("paused", "running") or self.ended)
            if self.ended:
                return False
        self._wait()
        return True

    def _carry_out(self) -> None:
        assert self.act is not None
        try:
            with transaction.atomic():
                self.outcome = self.act()
                self._pause(4)
        except BaseException as error:  # judged by the one who plays
            self.outcome = error
        with self.state:
            self.at = "done"
            self.state.notify_all()

    def _statement(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if self.at != "running":
            return execute(sql, params, many, context)
        self.statements += 1
        if self.stops == 1 and 0 < self.written_at // 2 < self.statements:
            self._pause(2)
        if self.stops <= 2 and self.write.search(sql):
            self._pause(3)
            self.written_at = self.statements
        if not self.locks:
            sql = "SELECT 1 WHERE %s IS NOT NULL" if "pg_advisory_xact_lock(%s)" in sql else LOCK.sub("", sql)
        return execute(sql, params, many, context)

    def _pause(self, number: int) -> None:
        """The stops that were not made on the way here, and this one."""
        while self.stops < number:
            with self.state:
                self.at = "paused"
                self.state.notify_all()
            self._wait()

    def _wait(self) -> None:
        with self.state:
            self.state.wait_for(lambda: self.at == "running" or self.ended, STUCK)
            self.stops += 1

    # --- the side of the one who plays

    def begin(self, act: Act, write: str, *, locks: bool) -> None:
        with self.state:
            self.act, self.write, self.locks = act, re.compile(write), locks
            self.outcome, self.statements, self.stops = None, 0, 0
            self.at = "paused"
            self.state.notify_all()

    def go_on(self) -> None:
        with self.state:
            assert self.at == "paused", self.at
            self.at = "running"
            self.state.notify_all()

    def has_stopped(self, seconds: float) -> bool:
        with self.state:
            return self.state.wait_for(lambda: self.at in ("paused", "done"), seconds)

    def end(self) -> None:
        with self.state:
            self.ended = True
            self.state.notify_all()
        self.join(10)


class Pair:
    """Two hands, A and B, kept over many plays."""

    def __init__(self) -> None:
        self.hands = {name: Hand(name) for name in "AB"}

    def play(self, order: str, acts: Sequence[Act], write: str, *, locks: bool = True) -> list[object]:
        """What came of each act: its result, or the error that ended it. `write` is the statement that matters."""
        owed = dict.fromkeys(self.hands, 0)
        for hand, act in zip(self.hands.values(), acts, strict=True):
            hand.begin(act, write, locks=locks)
        for name in order:
            owed[name] += 1
            self._serve(owed)
        begun = time.monotonic()
        while not all(hand.at == "done" for hand in self.hands.values()):
            for name in self.hands:
                owed[name] = 1
            self._serve(owed)
            assert time.monotonic() - begun < STUCK, "the two never came to an end"
        return [hand.outcome for hand in self.hands.values()]

    def _serve(self, owed: dict[str, int]) -> None:
        """Give each the steps that are owed to it, until nobody can go on: each has stopped, or waits for a lock."""
        moved = True
        while moved:
            moved = False
            self._settle()
            for name, hand in self.hands.items():
                if hand.at == "done":
                    owed[name] = 0
                elif owed[name] and hand.at == "paused":
                    owed[name] -= 1
                    hand.go_on()
                    self._settle()
                    moved = True

    def _settle(self) -> None:
        begun = time.monotonic()
        for hand in self.hands.values():
            while not hand.has_stopped(0.002):
                if self._is_blocked(hand):
                    break
                assert time.monotonic() - begun < STUCK, f"{hand.name} neither stops nor waits for a lock"

    def _is_blocked(self, hand: Hand) -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT cardinality(pg_blocking_pids(%s)) > 0", [hand.pid])
            return bool(cursor.fetchone()[0])

    def end(self) -> None:
        for hand in self.hands.values():
            hand.end()


def got_through(outcome: object) -> bool:
    """Whether an act was done; refused is not done, and anything else that went wrong is a fault of the proof."""
    if isinstance(outcome, Refusal | ValidationError | IntegrityError | OperationalError):
        return False
    if isinstance(outcome, BaseException):
        raise outcome
    return True


def is_deadlock(outcome: object) -> bool:
    return isinstance(outcome, OperationalError) and "deadlock" in str(outcome)


def take_the_locks_away() -> None:
    """The control: every function of the database looks as before and holds nothing. For this database's life."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT p.oid, pg_get_functiondef(p.oid) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
            WHERE n.nspname = 'public' AND p.prokind = 'f' AND p.prolang = (SELECT oid FROM pg_language
                WHERE lanname = 'plpgsql') AND p.prosrc ~* 'FOR (NO )?(KEY )?(UPDATE|SHARE)|pg_advisory_xact'"""
        )
        before = [text for _oid, text in cursor.fetchall()]
        assert before, "no function holds a lock: the control would prove nothing"
        for text in before:
            # The lock of rows goes, and that of a name.
            cursor.execute(re.sub(r"PERFORM pg_advisory_xact_lock\([^;]*\);", "", LOCK.sub("", text)))
