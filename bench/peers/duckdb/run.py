"""DuckDB: the rules as one query over tables of its own in memory, or from Parquet to Parquet. The statement is timed
as a whole, planning included."""

from __future__ import annotations

import duckdb

from bench.peers import protocol, rules_sql
from bench.workload.parameters import standards, wages, zones


def load(asked: protocol.Request) -> protocol.Run:
    base = duckdb.connect(config={"threads": protocol.THREADS, "preserve_insertion_order": False})
    for table in (standards(), wages()):
        base.execute(f"CREATE TABLE {table.name} (county SMALLINT, town TINYINT, from_date DATE, yuan DOUBLE)")
        base.executemany(f"INSERT INTO {table.name} VALUES (?, ?, ?, ?)", table.rows)
    base.execute("CREATE TABLE zones (county SMALLINT, north TINYINT)")
    base.executemany("INSERT INTO zones VALUES (?, ?)", list(enumerate(zones().tolist())))
    in_memory = asked.mode == "memory"
    for name in ("households", "persons"):
        kind = "TABLE" if in_memory else "VIEW"
        base.execute(f"CREATE {kind} {name} AS SELECT * FROM read_parquet('{asked.data}/{name}.parquet')")
    query = rules_sql.query(asked.columns)
    out = asked.out / "duckdb.parquet"

    def prepare() -> None:
        base.execute("DROP TABLE IF EXISTS result")
        out.unlink(missing_ok=True)

    def once(_: None) -> None:
        base.execute(f"CREATE TABLE result AS {query}" if in_memory else f"COPY ({query}) TO '{out}'")

    def sums(_: None) -> dict[str, float]:
        table = "result" if in_memory else f"read_parquet('{out}')"
        row = base.execute(rules_sql.sums(asked.columns, table)).fetchone()
        return {name: float(value) for name, value in zip(asked.columns, row, strict=True)}

    return protocol.Run(once, sums, prepare)


if __name__ == "__main__":
    protocol.measure("DuckDB (2 threads)", f"duckdb {duckdb.__version__}", load)
