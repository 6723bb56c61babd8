"""Polars: one lazy query on the streaming engine, over data frames in memory or from Parquet to Parquet."""

from __future__ import annotations

import os

os.environ["POLARS_MAX_THREADS"] = "2"

import polars as pl

from bench.peers import protocol
from bench.peers.rules_sql import MEMBERS
from bench.workload import ON, PROGRAMMES
from bench.workload.parameters import Dated, standards, wages, zones

col = pl.col


def load(asked: protocol.Request) -> protocol.Run:
    paths = {name: asked.data / f"{name}.parquet" for name in ("households", "persons")}
    if asked.mode == "memory":
        sources = {name: pl.read_parquet(path).lazy() for name, path in paths.items()}
    else:
        sources = {name: pl.scan_parquet(path) for name, path in paths.items()}
    query = _query(sources["households"], sources["persons"]).select("hid", *asked.columns)
    out = asked.out / "polars.parquet"

    def once(_: None) -> pl.DataFrame | None:
        if asked.mode == "memory":
            return query.collect(engine="streaming")
        query.sink_parquet(out, engine="streaming")
        return None

    def sums(result: pl.DataFrame | None) -> dict[str, float]:
        rows = result if result is not None else pl.read_parquet(out)
        return {name: float(rows[name].cast(pl.Float64).sum()) for name in asked.columns}

    return protocol.Run(once, sums)


def _in_force(table: Dated, value: str, town: bool) -> pl.LazyFrame:
    """The last value whose first day is not after the reference date."""
    frame = pl.LazyFrame(
        table.rows,
        schema={"county": pl.Int16, "urban": pl.Int8, "from_date": pl.Date, value: pl.Float64},
        orient="row",
    )
    keys = ["county", "urban"] if town else ["county"]
    return frame.filter(col("from_date") <= ON).sort("from_date").group_by(keys).agg(col(value).last())


def _query(households: pl.LazyFrame, persons: pl.LazyFrame) -> pl.LazyFrame:
    line = _in_force(standards(), "line", town=True)
    wage = _in_force(wages(), "wage", town=False)
    zone = pl.LazyFrame(
        {"county": list(range(len(zones()))), "north": zones().tolist()}, {"county": pl.Int16, "north": pl.Int8}
    )
    homes = (
        households.join(persons.group_by("hid").agg(_aggregates()), on="hid")
        .join(line, on=["county", "urban"])
        .join(wage, on="county")
        .join(zone, on="county")
    )
    homes = _derived(homes)
    seen = homes.select("hid", "category", "income_per_head", "line", "wage")
    given = persons.join(seen, on="hid").group_by("hid").agg(_members())
    return _programmes(homes.join(given, on="hid"))


def _aggregates() -> list[pl.Expr]:
    age, student = col("age"), col("student") == 1
    work = (age >= 18) & (age < 60)
    woman = col("sex") == 1
    starter = (col("employment") == 2) & (age >= 18) & (age < 45) & (col("insured_months") >= 12)
    schooling = _priced(col("school"), [0, 1000, 1500, 4000, 12000])
    return [
        pl.len().alias("persons"),
        (age < 18).sum().alias("children"),
        (age >= 60).sum().alias("elders"),
        student.sum().alias("students"),
        col("income").sum(),
        pl.max_horizontal(col("own_pay") - 2000, 0.0).sum().alias("medical_costs"),
        pl.when(student).then(schooling).otherwise(0.0).sum().alias("schooling_costs"),
        col("own_pay").sum(),
        (col("union_member") == 1).any().alias("any_union_member"),
        col("disability").is_in([1, 2]).any().alias("any_severe_disability"),
        col("illness").is_in([1, 3, 4, 5]).any().alias("any_major_illness"),
        pl.when(student).then(col("school")).otherwise(0).max().alias("highest_school"),
        (work & woman).sum().alias("working_women"),
        (work & ~woman).sum().alias("working_men"),
        (work & woman & col("employment").is_in([1, 3, 5])).sum().alias("earning_women"),
        starter.any().alias("any_starter"),
    ]


def _priced(code: pl.Expr, prices: list[float]) -> pl.Expr:
    chain = pl.when(code == 1).then(float(prices[1]))
    for number, price in enumerate(prices[2:], start=2):
        chain = chain.when(code == number).then(float(price))
    return chain.otherwise(float(prices[0]))


def _derived(homes: pl.LazyFrame) -> pl.LazyFrame:
    rent = pl.when(col("housing") == 1).then(pl.min_horizontal(col("rent"), 0.5 * col("line"))).otherwise(0.0)
    cars = (col("cars") >= 2) | ((col("cars") == 1) & ~col("any_severe_disability"))
    parts = ("excluded_by_cars", "excluded_by_home", "excluded_by_income")
    struck = (col("disaster") == 1) | (col("any_major_illness") & (col("own_pay") > 0.25 * 12 * col("income")))
    return (
        homes.with_columns(rent_deduction=rent)
        .with_columns(rigid=col("medical_costs") + col("schooling_costs") + 12 * col("rent_deduction"))
        .with_columns(net=pl.max_horizontal(12 * col("income") - col("rigid"), 0.0))
        .with_columns(net_per_head=col("net") / (12 * col("persons")), income_per_head=col("income") / col("persons"))
        .with_columns(
            ratio=col("net_per_head") / col("line"),
            excluded_by_cars=cars,
            excluded_by_home=col("second_home") == 1,
            excluded_by_income=col("income_per_head") > 3 * col("line"),
        )
        .with_columns(excluded=pl.any_horizontal(*parts, ~col("any_union_member")))
        .with_columns(
            category=pl.when(col("excluded"))
            .then(0)
            .when(col("ratio") <= 1)
            .then(1)
            .when(col("ratio") <= 1.5)
            .then(2)
            .when((col("income_per_head") <= 2 * col("line")) & struck)
            .then(3)
            .otherwise(0)
        )
    )


def _members() -> list[pl.Expr]:
    category, own_pay, employment, age = col("category"), col("own_pay"), col("employment"), col("age")
    insured = col("insured_months")
    hard, deeper = category > 0, category.is_in([1, 2])
    brackets = (
        0.5 * (own_pay - 2000).clip(0, 8000)
        + 0.6 * (own_pay - 10000).clip(0, 40000)
        + 0.7 * (own_pay - 50000).clip(0, None)
    )
    paid = pl.min_horizontal(_priced(category, [0, 1, 0.7, 0.5]) * brackets, 30000.0)
    education = _priced(col("school"), [0, 0, 500, 2000, 5000]) * pl.when(category == 1).then(1.0).otherwise(0.5)
    owed = (employment == 3) & (col("wages_owed") > 0) & (hard | (col("income_per_head") <= 2 * col("line")))
    covered = (col("union_member") == 1) & (insured >= 12) & col("illness").is_in([1, 3, 4, 5])
    grant = pl.when(hard).then(1500.0).when(insured >= 36).then(1000.0).otherwise(0.0)
    given = {
        "medical": (hard, paid),
        "dialysis": ((col("illness") == 1) & hard, pl.when(category == 1).then(6000.0).otherwise(4000.0)),
        "cataract": ((col("illness") == 2) & deeper & (age >= 50), pl.min_horizontal(own_pay, 2000.0)),
        "education": ((col("student") == 1) & hard, education),
        "arrears": (owed, pl.min_horizontal(col("wages_owed"), 2 * col("wage"))),
        "mutual": (covered, pl.min_horizontal(0.3 * (own_pay - 5000).clip(0, None), 20000.0)),
        "training": ((employment == 2) & (age >= 18) & (age < 55), grant),
    }
    assert tuple(given) == MEMBERS
    return [pl.when(who).then(amount).otherwise(0.0).sum().alias(name) for name, (who, amount) in given.items()]


def _programmes(homes: pl.LazyFrame) -> pl.LazyFrame:
    category, line, n = col("category"), col("line"), col("persons")
    hard, deeper = category > 0, category.is_in([1, 2])
    gap = 12 * pl.min_horizontal((line - col("net_per_head")).clip(0, None) * n, 0.75 * line * n)
    mother = (
        (col("working_women") == 1)
        & (col("working_men") == 0)
        & (col("children") >= 1)
        & (col("earning_women") >= 1)
        & hard
    )
    old = (col("elders") == n) & (n <= 2) & (col("ratio") <= 2) & ~col("excluded")
    group = pl.when(hard).then(category).when(old).then(4).when((col("disaster") == 1) & ~col("excluded")).then(5)
    return (
        homes.with_columns(
            living=pl.when(category == 1).then(gap).when(category == 2).then(0.25 * 12 * line).otherwise(0.0),
            single_mother=pl.when(mother).then(2000.0 + 500.0 * col("children")).otherwise(0.0),
            warmth_group=group.otherwise(0),
            winter=pl.when(deeper & (col("north") == 1)).then(300.0 + 50.0 * n).otherwise(0.0),
            startup=pl.when(col("any_starter") & hard).then(8000.0).otherwise(0.0),
        )
        .with_columns(warmth=_priced(col("warmth_group"), [0, 2000, 1200, 800, 600, 500]))
        .with_columns(total=pl.min_horizontal(pl.sum_horizontal(*PROGRAMMES), 60000.0))
    )


if __name__ == "__main__":
    protocol.measure("Polars, streaming (2 threads)", f"polars {pl.__version__}", load)
