"""Spark SQL on two local cores: the same query as DuckDB's, over cached tables, or from Parquet to Parquet.

Starting the session is not timed with the query: it is in `load_seconds`.
"""

from __future__ import annotations

import shutil

import pyspark
from pyspark.sql import DataFrame

from bench.peers import protocol, rules_sql
from bench.peers.spark.session import local_session
from bench.workload.parameters import standards, wages, zones


def load(asked: protocol.Request) -> protocol.Run:
    spark = local_session(asked.out / "spark")
    for table in (standards(), wages()):
        schema = "county SMALLINT, town TINYINT, from_date DATE, yuan DOUBLE"
        spark.createDataFrame(list(table.rows), schema).createOrReplaceTempView(table.name)
    zone = list(enumerate(zones().tolist()))
    spark.createDataFrame(zone, "county SMALLINT, north TINYINT").createOrReplaceTempView("zones")
    for name in ("households", "persons"):
        frame = spark.read.parquet(str((asked.data / f"{name}.parquet").resolve()))
        if asked.mode == "memory":
            frame = frame.cache()
            frame.count()
        frame.createOrReplaceTempView(name)
    query = rules_sql.query(asked.columns)
    out = asked.out / "spark.parquet"

    def once(_: None) -> DataFrame:
        found = spark.sql(query)
        if asked.mode == "parquet":
            found.write.mode("overwrite").parquet(str(out.resolve()))
        else:
            found.write.format("noop").mode("overwrite").save()
        return found

    def sums(found: DataFrame) -> dict[str, float]:
        rows = spark.read.parquet(str(out.resolve())) if asked.mode == "parquet" else found
        rows.createOrReplaceTempView("result")
        row = spark.sql(rules_sql.sums(asked.columns, "result")).first()
        shutil.rmtree(out, ignore_errors=True)
        return {name: float(row[name]) for name in asked.columns}

    return protocol.Run(once, sums)


if __name__ == "__main__":
    protocol.measure("Spark SQL (local, 2 cores)", f"pyspark {pyspark.__version__}", load)
