"""Indexes put aside while millions of rows come in, and made again as the database itself had written them down.

A b-tree over values in no order, and the exclusion constraint's tree, cost more for each row than the row. Built once
over all rows they are sorted. Primary keys stay: they come in their order, and every foreign key rests on them.
"""

from __future__ import annotations

from django.db import connection, transaction

ASIDE = """
    INSERT INTO province_load.index_aside
    SELECT i.relname, t.relname, pg_get_indexdef(x.indexrelid), pg_get_constraintdef(c.oid)
    FROM pg_index x
    JOIN pg_class i ON i.oid = x.indexrelid
    JOIN pg_class t ON t.oid = x.indrelid
    LEFT JOIN pg_constraint c ON c.conindid = x.indexrelid AND c.contype IN ('u', 'x')
    WHERE t.relname = ANY(%s) AND t.relnamespace = 'public'::regnamespace AND NOT x.indisprimary
    RETURNING name, on_table, constraint_definition IS NOT NULL
"""


@transaction.atomic
def put_aside(tables: list[str]) -> int:
    """Drop all but the primary keys of the tables, their definitions kept; harmless the second time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM province_load.index_aside")
        if cursor.fetchone()[0]:
            return 0
        cursor.execute(ASIDE, [tables])
        found = cursor.fetchall()
        quote = connection.ops.quote_name
        for name, table, of_constraint in found:
            if of_constraint:
                cursor.execute(f"ALTER TABLE {quote(table)} DROP CONSTRAINT {quote(name)}")
            else:
                cursor.execute(f"DROP INDEX {quote(name)}")
    return len(found)


def missing() -> list[str]:
    """The names of those that are not there yet: the exclusion constraint first, which keeps its table to itself, and
    beside it those of the other table, the dearest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM province_load.index_aside WHERE to_regclass(quote_ident(name)) IS NULL"
            " ORDER BY coalesce(constraint_definition, '') LIKE 'EXCLUDE%' DESC, on_table DESC,"
            " length(definition) DESC, name"
        )
        return [name for (name,) in cursor.fetchall()]


def make(name: str) -> None:
    """Build one again, exactly as it was: what breaks its rule fails here."""
    quote = connection.ops.quote_name
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT on_table, definition, constraint_definition FROM province_load.index_aside WHERE name = %s", [name]
        )
        table, definition, constraint = cursor.fetchone()
        cursor.execute("SET LOCAL maintenance_work_mem = '1GB'")
        if constraint is None or constraint.startswith("UNIQUE"):
            cursor.execute(definition)
        if constraint is None:
            return
        how = f"UNIQUE USING INDEX {quote(name)}" if constraint.startswith("UNIQUE") else constraint
        cursor.execute(f"ALTER TABLE {quote(table)} ADD CONSTRAINT {quote(name)} {how}")


def changed() -> list[str]:
    """Those whose definition now is not the one that was put aside: none, or the load is not finished."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM province_load.index_aside a WHERE definition IS DISTINCT FROM"
            " (SELECT pg_get_indexdef(x.indexrelid) FROM pg_index x WHERE x.indexrelid = to_regclass(quote_ident(name))"
            "  AND x.indisvalid) OR constraint_definition IS DISTINCT FROM"
            " (SELECT pg_get_constraintdef(c.oid) FROM pg_constraint c WHERE c.conname = name"
            "  AND c.contype IN ('u', 'x') AND c.convalidated)"
        )
        return [name for (name,) in cursor.fetchall()]
