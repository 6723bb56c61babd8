"""What of a province is loaded: the plan, the pieces that are done, and the indexes put aside meanwhile.

It stands in the database itself, in a schema of its own: a piece and the note that it is done are one transaction, so
a load that was killed goes on where it stopped and no row comes twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection
from django.utils.translation import gettext as _

from chunyu.accounts.refusal import Refusal
from chunyu.demo.province.plan import Plan
from chunyu.federation.models import Organisation

SCHEMA = "province_load"
LOCK = 0x6368756E79755F70
TABLES = f"""
    CREATE SCHEMA {SCHEMA};
    CREATE TABLE {SCHEMA}.plan (
        one boolean PRIMARY KEY DEFAULT true CHECK (one),
        seed bigint NOT NULL, members bigint NOT NULL, organisations bigint NOT NULL, households bigint NOT NULL,
        day date NOT NULL, first_number bigint, seconds double precision NOT NULL DEFAULT 0, finished_at timestamptz
    );
    CREATE TABLE {SCHEMA}.piece (step text, number int, rows bigint NOT NULL, PRIMARY KEY (step, number));
    CREATE TABLE {SCHEMA}.index_aside (
        name text PRIMARY KEY, on_table text NOT NULL, definition text NOT NULL, constraint_definition text
    );
"""


@dataclass(frozen=True)
class Standing:
    """The plan that the database holds, and how far it has come."""

    plan: Plan
    first_number: int | None
    seconds: float
    finished: bool


def standing() -> Standing | None:
    """What this database says of a province; None when none was begun."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)", [f"{SCHEMA}.plan"])
        if cursor.fetchone()[0] is None:
            return None
        cursor.execute(
            "SELECT seed, members, organisations, households, day, first_number, seconds, finished_at IS NOT NULL"
            " FROM province_load.plan"
        )
        row = cursor.fetchone()
    return Standing(Plan(*row[:5]), *row[5:]) if row else None


def begin(plan: Plan) -> None:
    """Note the plan. Refused where organisations stand already: indexes are put aside, and nobody may need them."""
    if Organisation.objects.exists():
        raise Refusal(
            _("This database holds organisations already: load a province under a CHUNYU_HOME of its own."), "not_empty"
        )
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_parameter_privilege('session_replication_role', 'SET')")
        if not cursor.fetchone()[0]:
            raise Refusal(
                _("Loading a province takes the embedded database, or a superuser's DATABASE_URL."), "no_superuser"
            )
        cursor.execute(TABLES)
        cursor.execute(
            "INSERT INTO province_load.plan (seed, members, organisations, households, day) VALUES (%s,%s,%s,%s,%s)",
            list(plan.as_row().values()),
        )


@contextmanager
def alone() -> Iterator[None]:
    """Hold the load's lock; refused while another process holds it. It goes with the connection when this is killed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            raise Refusal(_("Another process is loading this province."), "loading")
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def take(step: str, number: int, rows: int) -> bool:
    """Whether the piece is this transaction's to do; it is done when the transaction ends. A process that outlived a
    killed command may still be at it: then this waits for its end and says no."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO province_load.piece VALUES (%s, %s, %s) ON CONFLICT DO NOTHING", [step, number, rows]
        )
        return cursor.rowcount == 1


def left(step: str, numbers: Iterable[int]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT number FROM province_load.piece WHERE step = %s", [step])
        done = {number for (number,) in cursor.fetchall()}
    return [number for number in numbers if number not in done]


def note_first(number: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE province_load.plan SET first_number = %s", [number])


def note_seconds(seconds: float) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE province_load.plan SET seconds = seconds + %s", [seconds])


def note_finished() -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE province_load.plan SET finished_at = now() WHERE finished_at IS NULL")
