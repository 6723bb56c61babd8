"""What the second wall costs on the lists: the same query as the owner, whom no policy slows, and as the application.

    python -m bench.row_security            a scratch database of 300,000 households, thrown away afterwards

Both ask with the condition of the first wall, as pages do. Printed are the medians of EXPLAIN ANALYZE in milliseconds.
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import django

HOUSEHOLDS = 300_000
COUNTIES = 100
ROUNDS = 15
SCRATCH = "chunyu_cost_of_rows"
PROVINCE, COUNTY = "000001.", "000001.000042."

MADE = """
SET session_replication_role = replica;
CREATE FUNCTION pg_temp.path(n bigint) RETURNS text LANGUAGE sql IMMUTABLE AS
    $$ SELECT '000001.' || lpad((n % {counties})::text, 6, '0') || '.' || lpad((1000 + n % 7)::text, 6, '0') || '.' $$;
CREATE FUNCTION pg_temp.key(n bigint, kind int) RETURNS uuid LANGUAGE sql IMMUTABLE AS
    $$ SELECT (lpad(to_hex(kind), 8, '0') || lpad(to_hex(n), 24, '0'))::uuid $$;
INSERT INTO federation_organisation (id, name, kind, region_id, path, founded_on)
    SELECT n, 'union ' || n, 'grassroots_union', 1, '000001.' || lpad(n::text, 6, '0') || '.', '2000-01-01'
    FROM generate_series(0, {counties}) n;
INSERT INTO registry_household (id, scope_path, organisation_id, file_number, status, opened_on)
    SELECT pg_temp.key(n, 1), pg_temp.path(n), n % {counties}, 'H' || n, 'on_file', date '2015-01-01' + (n % 900)::int
    FROM generate_series(1, {households}) n;
INSERT INTO registry_member (id, scope_path, organisation_id, household_id, name, name_pinyin, relation, is_worker,
        joined_on, is_open, birth_date, search_text, search_grams)
    SELECT pg_temp.key(n, 2), pg_temp.path(n / 2), (n / 2) % {counties}, pg_temp.key(n / 2, 1), 'N' || n % 20000,
        'n' || n % 20000, '01', n % 2 = 0, '2015-01-01', true, '1980-01-01', 'n' || n % 20000,
        ARRAY['g' || n % 20000]
    FROM generate_series(2, 2 * {households} + 1) n;
INSERT INTO casework_case (id, scope_path, organisation_id, household_id, number, process, state, title, opened_on,
        confidential)
    SELECT pg_temp.key(n, 3), pg_temp.path(n), n % {counties}, pg_temp.key(n, 1), 'C' || n, 'hardship.aid', 'opened',
        'aid', date '2015-01-01' + (n % 900)::int, false
    FROM generate_series(1, {households} / 3) n;
INSERT INTO casework_timelineentry (id, case_id, day, act, at)
    SELECT pg_temp.key(n, 4), pg_temp.key(1 + n % ({households} / 3), 3), date '2017-06-19' - (n % 900)::int, 'm', now()
    FROM generate_series(1, {households}) n;
SET session_replication_role = origin;
"""
TABLES = (
    "federation_organisation",
    "registry_household",
    "registry_member",
    "casework_case",
    "casework_timelineentry",
)


def queries(path: str) -> Iterator[tuple[str, str]]:
    inside = f"scope_path >= '{path}' AND scope_path < '{path[:-1]}/'"
    yield "files counted", f"SELECT count(*) FROM registry_household h WHERE h.{inside.replace('AND ', 'AND h.')}"
    yield (
        "a page of files",
        f"""SELECT h.*, (SELECT name FROM registry_member m WHERE m.household_id = h.id AND m.is_worker LIMIT 1),
        (SELECT count(*) FROM registry_member m WHERE m.household_id = h.id AND m.left_on IS NULL)
        FROM registry_household h WHERE h.{inside.replace("AND ", "AND h.")} ORDER BY h.opened_on DESC LIMIT 50""",
    )
    yield (
        "a name found",
        f"""SELECT h.* FROM registry_household h WHERE h.{inside.replace("AND ", "AND h.")} AND h.id IN (
        SELECT m.household_id FROM registry_member m WHERE m.{inside.replace("AND ", "AND m.")}
        AND m.search_grams @> ARRAY['g4242']::text[] AND m.search_text LIKE '%n4242%') LIMIT 50""",
    )
    yield (
        "a page of cases",
        f"""SELECT c.*, o.name, h.file_number FROM casework_case c JOIN federation_organisation o
        ON o.id = c.organisation_id LEFT JOIN registry_household h ON h.id = c.household_id
        WHERE c.{inside.replace("AND ", "AND c.")} ORDER BY c.opened_on DESC, c.id LIMIT 50""",
    )
    yield (
        "acts of the last days",
        f"""SELECT t.*, c.number FROM casework_timelineentry t JOIN casework_case c ON c.id = t.case_id
        WHERE c.{inside.replace("AND ", "AND c.")} AND t.day > '2017-06-10' ORDER BY t.day DESC, t.id LIMIT 50""",
    )


def took(cursor: Any, query: str) -> float:
    times = []
    for _ in range(ROUNDS):
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {query}")
        plan = cursor.fetchone()[0][0]
        times.append(plan["Execution Time"] + plan["Planning Time"])
    return statistics.median(times)


@contextmanager
def scratch() -> Iterator[Callable[[], Any]]:
    from django.core.management import call_command
    from django.db import connection

    def use(name: str) -> None:
        connection.close()
        connection.settings_dict["NAME"] = name

    own = connection.settings_dict["NAME"]
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {SCRATCH} WITH (FORCE)")
        cursor.execute(f"CREATE DATABASE {SCRATCH}")
    try:
        use(SCRATCH)
        call_command("migrate", verbosity=0)
        yield connection.cursor
    finally:
        use(own)
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {SCRATCH} WITH (FORCE)")
        connection.close()


def fill(cursor: Any) -> None:
    for table in TABLES:
        cursor.execute(
            """SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND attnotnull
            AND NOT attisdropped AND attname <> 'id'""",
            [table],
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f'ALTER TABLE {table} ALTER COLUMN "{name}" DROP NOT NULL')
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('c', 'x')", [table]
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT IF EXISTS "{name}"')
    cursor.execute(MADE.format(households=HOUSEHOLDS, counties=COUNTIES))
    cursor.execute("VACUUM (ANALYZE)")


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chunyu.settings")
    os.environ["CHUNYU_ROW_SECURITY"] = "on"
    django.setup()
    from chunyu.running.site import ensure_database
    from chunyu.wall.scope import as_application, scoped

    ensure_database()
    with scratch() as cursors:
        with cursors() as cursor:
            fill(cursor)
        print(f"{'':8} {'list':24} {'owner ms':>9} {'application ms':>15} {'more':>7}")
        for who, path in (("county", COUNTY), ("province", PROVINCE)):
            for name, query in queries(path):
                with cursors() as cursor:
                    alone = took(cursor, query)
                    with as_application(), scoped(path):
                        walled = took(cursor, query)
                print(f"{who:8} {name:24} {alone:9.2f} {walled:15.2f} {walled / alone - 1:7.0%}")


if __name__ == "__main__":
    main()
