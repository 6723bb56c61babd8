"""Postings a second: writers that call an action of the ledger, and pgbench with the same statements.

The action is `receive`: money arrives in a fund. It looks up two accounts, posts a transfer with two legs under a key
of its own, has every rule of the books asked, and leaves its record. Writers are threads of one process with a session
each, as the site serves (`--workers 1`); the same in processes is measured beside.
"""

from __future__ import annotations

import multiprocessing
import os
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from random import Random

from django.db import connection

from bench.books import processor
from bench.books.county import DAY, County, fund
from bench.books.pgbench import Rate, Script, statements
from chunyu.accounts.acting import Acting
from chunyu.ledger import actions
from chunyu.ledger.models import Account, Fund, Transfer

FUNDS = 256
# Numbers that stand nowhere else in a statement, so that they can be told apart there.
FIRST_FUND, FIRST_ACCOUNT = 7_300_001, 8_400_001
WARM = 30  # a session loads its triggers and makes its plans in its first postings
AMOUNT_FEN = 12_34


@dataclass(frozen=True)
class Books:
    """Funds to post to, with keys that follow each other: the accounts of a fund are worked out from its own."""

    acting: Acting
    funds: list[Fund]

    @property
    def hot(self) -> Fund:
        return self.funds[0]


def open_books(place: County, funds: int = FUNDS) -> Books:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT setval('ledger_fund_id_seq', {FIRST_FUND}, false)")
        cursor.execute(f"SELECT setval('ledger_account_id_seq', {FIRST_ACCOUNT}, false)")
    made = [fund(place.finance, number) for number in range(1, funds + 1)]
    for at, each in enumerate(made):
        keys = dict(Account.objects.filter(fund=each).values_list("kind", "pk"))
        if each.pk != FIRST_FUND + at or keys != {"source": _source(each), "cash": _source(each) + 1}:
            raise RuntimeError("the keys of funds and accounts do not follow each other")
    return Books(place.finance, made)


def _source(of: Fund) -> int:
    return FIRST_ACCOUNT + 2 * (of.pk - FIRST_FUND)


def must_have_posted(before: int, done: int) -> None:
    """RuntimeError unless so many postings are in the books since: a key that is taken posts nothing, and is quick."""
    if (there := Transfer.objects.count() - before) < done:
        raise RuntimeError(f"{done} were said to be posted, {there} are in the books")


def receive(books: Books, into: Fund, key: str) -> Transfer:
    return actions.receive(books.acting, fund=into, amount_fen=AMOUNT_FEN, day=DAY, document_no="拨款单", key=key)


def script(books: Books, spread: bool) -> Script:
    """What one `receive` sends, for pgbench: to one fund, or to any of them."""
    into, key = books.hot, f"no.{secrets.token_hex(8)}"
    receive(books, into, f"first.{key}")  # what is looked up once in a process is no part of a posting
    sent = statements(lambda: receive(books, into, key))
    made = str(Transfer.objects.get(key=f"receive:{into.pk}:{key}").pk)
    # A key keeps its head, which is the time: those of one minute lie together in the index.
    setting = ["\\set tail random(100000000000, 999999999999)", "\\set key random(1, 1000000000000000)"]
    # The key of the row stands with dashes and without; its tail is all digits for pgbench, which has no others.
    names = {made[24:]: ":tail", key.removeprefix("no."): ":key"}
    if spread:
        setting += [
            f"\\set fund random({FIRST_FUND}, {FIRST_FUND + len(books.funds) - 1})",
            f"\\set source {FIRST_ACCOUNT} + 2 * (:fund - {FIRST_FUND})",
            "\\set cash :source + 1",
        ]
        names |= {str(into.pk): ":fund", str(_source(into)): ":source", str(_source(into) + 1): ":cash"}
    return Script.of(sent, setting, names)


def ours_in_processes(books: Books, spread: bool, writers: int, seconds: float) -> Rate:
    """Postings a second of so many processes, once each has posted a few."""
    connection.close()
    context = multiprocessing.get_context("fork")  # Django is set up already, and no connection is open
    start, counts = context.Barrier(writers + 1), context.SimpleQueue()
    children = [
        context.Process(target=_write, args=[books, spread, seconds, start.wait, counts.put], daemon=True)
        for _ in range(writers)
    ]
    for child in children:
        child.start()
    return _gathered(children, start.wait, counts.get, seconds)


def ours(books: Books, spread: bool, writers: int, seconds: float) -> Rate:
    """The same in threads of one process."""
    connection.close()
    start, counts = threading.Barrier(writers + 1), list[Written]()
    children = [
        threading.Thread(target=_write, args=[books, spread, seconds, start.wait, counts.append], daemon=True)
        for _ in range(writers)
    ]
    for child in children:
        child.start()
    start.wait()
    for child in children:
        child.join()
    return _rate(counts, seconds)


def spent(books: Books, postings: int = 200) -> dict[str, float]:
    """Milliseconds of a posting by one writer: by the clock, and of processors here and in the database."""
    for _ in range(WARM):
        receive(books, books.hot, secrets.token_hex(10))
    before = processor.now()
    for at in range(postings):
        receive(books, books.funds[at % len(books.funds)], secrets.token_hex(10))
    taken = processor.now().since(before)
    return {name: value / postings * 1000 for name, value in asdict(taken).items()}


def _gathered(
    children: list[multiprocessing.process.BaseProcess],
    start: Callable[[], object],
    get: Callable[[], Written],
    seconds: float,
) -> Rate:
    start()
    counts = [get() for _ in children]
    for child in children:
        child.join()
    return _rate(counts, seconds)


def _rate(counts: list[Written], seconds: float) -> Rate:
    if any(count is None for count in counts):
        raise RuntimeError("a writer failed: see above")
    written = [count for count in counts if count is not None]
    done, begun, spent = (sum(each) for each in zip(*written, strict=True))
    return Rate(done / seconds, spent / begun * 1000, begun)


# What a writer committed in time, what it committed in all, and the processor seconds of that; None when it failed.
Written = tuple[int, int, float] | None


def _write(
    books: Books, spread: bool, seconds: float, start: Callable[[], object], say: Callable[[Written], object]
) -> None:
    written: Written = None
    random = Random(f"{os.getpid()} {threading.get_ident()}")
    try:

        def one() -> None:
            receive(books, random.choice(books.funds) if spread else books.hot, secrets.token_hex(10))

        for _ in range(WARM):
            one()
        start()
        before = processor.now()
        until = time.perf_counter() + seconds
        done = 0
        while True:
            one()
            if time.perf_counter() > until:
                break  # what ended after the time does not count
            done += 1
        written = done, done + 1, processor.now().since(before).processor
    finally:
        connection.close()
        say(written)
