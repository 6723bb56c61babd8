"""Asking the database and the pages: how long, how much of it in the database, and by which plan."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.test import Client

WARM = 7


@dataclass
class Timed:
    """Milliseconds of the warm runs of one thing, what of them the database took, and the first, colder run."""

    whole: list[float] = field(default_factory=list)
    database: list[float] = field(default_factory=list)
    queries: list[tuple[str, Any, float]] = field(default_factory=list)
    first: float = 0.0
    answer: Any = None

    @property
    def median(self) -> float:
        return statistics.median(self.whole)

    @property
    def in_database(self) -> float:
        return statistics.median(self.database)

    def of(self, table: str) -> float:
        """What the queries of the last run took that read a table: those of session and rights are left out."""
        return sum(spent for query, _, spent in self.queries if table in query)

    @property
    def dearest(self) -> tuple[str, Any, float]:
        read = [query for query in self.queries if query[0].lstrip().startswith(("SELECT", "WITH"))]
        return max(read, key=lambda query: query[2])


def timed(work: Callable[[], Any], runs: int = WARM) -> Timed:
    """One first run, then so many warm ones."""
    found = Timed()
    for run in range(runs + 1):
        with _watched() as queries:
            begun = time.perf_counter()
            found.answer = work()
            spent = (time.perf_counter() - begun) * 1000
        if run == 0:
            found.first = spent
            continue
        found.whole.append(spent)
        found.database.append(sum(each[2] for each in queries))
        found.queries = queries
    return found


@contextmanager
def _watched() -> Any:
    queries: list[tuple[str, Any, float]] = []

    def watch(execute: Any, query: str, parameters: Any, many: bool, context: Any) -> Any:
        begun = time.perf_counter()
        try:
            return execute(query, parameters, many, context)
        finally:
            queries.append((query, parameters, (time.perf_counter() - begun) * 1000))

    with connection.execute_wrapper(watch):
        yield queries


def rows(query: str, parameters: Any = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchall()


def plan(query: str, parameters: Any = None) -> list[str]:
    """EXPLAIN (ANALYZE, BUFFERS) as PostgreSQL writes it."""
    return [line for (line,) in rows(f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) {query}", parameters)]


def short(lines: Sequence[str], most: int = 28) -> list[str]:
    """A plan without the lines that say nothing here, cut where it is long."""
    kept = [line[:170] for line in lines if "Planning" not in line and "Worker " not in line]
    return kept[:most] + (["…"] if len(kept) > most else [])


def signed_in(username: str) -> tuple[Client, Any]:
    """A browser in which somebody is signed in, and their post."""
    from chunyu.accounts.models import Post  # only now: Django is set up on a home that the bench chooses

    post = Post.objects.select_related("user", "organisation__region").get(user__username=username)
    client = Client(headers={"accept-language": "en", "host": "localhost"})
    client.force_login(post.user, backend="django.contrib.auth.backends.ModelBackend")
    return client, post
