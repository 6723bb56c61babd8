"""One connection used by one after the other, each with a scope of its own and many with an accident in the middle."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from random import Random

from django.db import Error, connection, transaction

from chunyu.registry.models import Household
from chunyu.wall.scope import as_application, beyond_scope, scoped

Within = Callable[[str], AbstractContextManager[None]]


class Accident(Exception):
    """What a page might raise."""


def _asks() -> None:
    Household.objects.count()


def _raises() -> None:
    raise Accident


def _fails_in_the_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")


def _fails_in_a_transaction() -> None:
    with transaction.atomic():
        _fails_in_the_database()


def _goes_on_in_a_transaction() -> None:
    with transaction.atomic():
        with suppress(Error), transaction.atomic():
            _fails_in_the_database()
        _asks()


def _raises_in_a_transaction() -> None:
    with transaction.atomic():
        _asks()
        raise Accident


def _looks_further_and_raises() -> None:
    with transaction.atomic(), beyond_scope("duplicate-stop"):
        raise Accident


def _swallows_a_failure() -> None:
    """And leaves the transaction in ruins, with a scope inside it to be undone."""
    with suppress(Error), transaction.atomic(), beyond_scope("duplicate-stop"), suppress(Error):
        _fails_in_the_database()


WAYS = (
    _asks, _raises, _fails_in_the_database, _fails_in_a_transaction, _goes_on_in_a_transaction,
    _raises_in_a_transaction, _looks_further_and_raises, _swallows_a_failure,
)  # fmt: skip


def leaks(chance: Random, turns: int, paths: list[str], within: Within = scoped) -> tuple[int, int]:
    """How often somebody saw another's row, or anything without a scope; and how many accidents there were."""
    found = accidents = 0
    with as_application():
        for _ in range(turns):
            path = chance.choice(paths)
            try:
                with within(path):
                    found += Household.objects.exclude(scope_path__startswith=path).exists()
                    assert Household.objects.exists(), "one's own rows are seen"
                    chance.choice(WAYS)()
                    found += Household.objects.exclude(scope_path__startswith=path).exists()
            except (Accident, Error):
                accidents += 1
            found += Household.objects.exists()
    return found, accidents


@contextmanager
def kept_by_the_connection(path: str) -> Iterator[None]:
    """The control: told to the session, and left there."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('chunyu.scope', %s, false), set_config('chunyu.scope_end', %s, false)",
                       [path, path[:-1] + "/"])  # fmt: skip
    yield
