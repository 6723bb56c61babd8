"""The rules as one SQL query, in the words that DuckDB and Spark share.

Tables: households, persons, standards and wages (county, town, from_date, yuan), zones (county, north). Two
aggregations over people, as the rules say it: what the household is, and then what each member gets.
"""

from __future__ import annotations

from collections.abc import Iterable

from bench.workload import COUNTS, ON, PROGRAMMES

MEMBERS = ("medical", "dialysis", "cataract", "education", "arrears", "mutual", "training")

_AGGREGATES = """
  SELECT hid,
    count(*) AS persons,
    count(*) FILTER (WHERE age < 18) AS children,
    count(*) FILTER (WHERE age >= 60) AS elders,
    count(*) FILTER (WHERE student = 1) AS students,
    sum(income) AS income,
    sum(greatest(0, own_pay - 2000)) AS medical_costs,
    sum(CASE WHEN student = 1
      THEN CASE school WHEN 1 THEN 1000 WHEN 2 THEN 1500 WHEN 3 THEN 4000 WHEN 4 THEN 12000 ELSE 0 END
      ELSE 0 END) AS schooling_costs,
    sum(own_pay) AS own_pay,
    bool_or(union_member = 1) AS any_union_member,
    bool_or(disability IN (1, 2)) AS any_severe_disability,
    bool_or(illness IN (1, 3, 4, 5)) AS any_major_illness,
    max(CASE WHEN student = 1 THEN school ELSE 0 END) AS highest_school,
    count(*) FILTER (WHERE age >= 18 AND age < 60 AND sex = 1) AS working_women,
    count(*) FILTER (WHERE age >= 18 AND age < 60 AND sex = 0) AS working_men,
    count(*) FILTER (WHERE age >= 18 AND age < 60 AND sex = 1 AND employment IN (1, 3, 5)) AS earning_women,
    bool_or(employment = 2 AND age >= 18 AND age < 45 AND insured_months >= 12) AS any_starter
  FROM persons GROUP BY hid
"""

_NET = """
  SELECT c.*, net / (12 * persons) AS net_per_head, income / persons AS income_per_head,
    net / (12 * persons) / line AS ratio,
    cars >= 2 OR (cars = 1 AND NOT any_severe_disability) AS excluded_by_cars,
    second_home = 1 AS excluded_by_home,
    income / persons > 3 * line AS excluded_by_income
  FROM (
    SELECT b.*, greatest(0, 12 * income - rigid) AS net
    FROM (
      SELECT d.*, medical_costs + schooling_costs + 12 * rent_deduction AS rigid
      FROM (
        SELECT a.*, s.line, w.wage, z.north, h.cars, h.second_home, h.disaster,
          CASE WHEN h.housing = 1 THEN least(h.rent, 0.5 * s.line) ELSE 0 END AS rent_deduction
        FROM households h
        JOIN aggregates a ON a.hid = h.hid
        JOIN line_in_force s ON s.county = h.county AND s.town = h.urban
        JOIN wage_in_force w ON w.county = h.county
        JOIN zones z ON z.county = h.county
      ) d
    ) b
  ) c
"""

_CATEGORY = """
  SELECT e.*, CASE
      WHEN excluded THEN 0
      WHEN ratio <= 1 THEN 1
      WHEN ratio <= 1.5 THEN 2
      WHEN income_per_head <= 2 * line
        AND (disaster = 1 OR (any_major_illness AND own_pay > 0.25 * 12 * income)) THEN 3
      ELSE 0 END AS category
  FROM (
    SELECT n.*, excluded_by_cars OR excluded_by_home OR excluded_by_income OR NOT any_union_member AS excluded
    FROM net n
  ) e
"""

_MEMBERS = """
  SELECT p.hid,
    sum(CASE WHEN h.category > 0 THEN least(30000,
      CASE h.category WHEN 1 THEN 1 WHEN 2 THEN 0.7 ELSE 0.5 END * (
        0.5 * least(greatest(p.own_pay - 2000, 0), 8000)
        + 0.6 * least(greatest(p.own_pay - 10000, 0), 40000)
        + 0.7 * greatest(p.own_pay - 50000, 0))) ELSE 0 END) AS medical,
    sum(CASE WHEN p.illness = 1 AND h.category > 0
      THEN CASE WHEN h.category = 1 THEN 6000 ELSE 4000 END ELSE 0 END) AS dialysis,
    sum(CASE WHEN p.illness = 2 AND h.category IN (1, 2) AND p.age >= 50
      THEN least(p.own_pay, 2000) ELSE 0 END) AS cataract,
    sum(CASE WHEN p.student = 1 AND h.category > 0
      THEN CASE p.school WHEN 2 THEN 500 WHEN 3 THEN 2000 WHEN 4 THEN 5000 ELSE 0 END
        * CASE WHEN h.category = 1 THEN 1 ELSE 0.5 END ELSE 0 END) AS education,
    sum(CASE WHEN p.employment = 3 AND p.wages_owed > 0 AND (h.category > 0 OR h.income_per_head <= 2 * h.line)
      THEN least(p.wages_owed, 2 * h.wage) ELSE 0 END) AS arrears,
    sum(CASE WHEN p.union_member = 1 AND p.insured_months >= 12 AND p.illness IN (1, 3, 4, 5)
      THEN least(20000, 0.3 * greatest(0, p.own_pay - 5000)) ELSE 0 END) AS mutual,
    sum(CASE WHEN p.employment = 2 AND p.age >= 18 AND p.age < 55
      THEN CASE WHEN h.category > 0 THEN 1500 WHEN p.insured_months >= 36 THEN 1000 ELSE 0 END
      ELSE 0 END) AS training
  FROM persons p JOIN homes h ON p.hid = h.hid GROUP BY p.hid
"""

_PROGRAMMES = """
  SELECT g.*, CASE warmth_group WHEN 1 THEN 2000 WHEN 2 THEN 1200 WHEN 3 THEN 800 WHEN 4 THEN 600 WHEN 5 THEN 500
      ELSE 0 END AS warmth
  FROM (
    SELECT h.*, {members},
      CASE h.category WHEN 1 THEN 12 * least(greatest(0, line - net_per_head) * persons, 0.75 * line * persons)
        WHEN 2 THEN 0.25 * 12 * line ELSE 0 END AS living,
      CASE WHEN working_women = 1 AND working_men = 0 AND children >= 1 AND earning_women >= 1 AND h.category > 0
        THEN 2000 + 500 * children ELSE 0 END AS single_mother,
      CASE WHEN h.category > 0 THEN h.category
        WHEN elders = persons AND persons <= 2 AND ratio <= 2 AND NOT excluded THEN 4
        WHEN disaster = 1 AND NOT excluded THEN 5 ELSE 0 END AS warmth_group,
      CASE WHEN h.category IN (1, 2) AND north = 1 THEN 300 + 50 * persons ELSE 0 END AS winter,
      CASE WHEN any_starter AND h.category > 0 THEN 8000 ELSE 0 END AS startup
    FROM homes h JOIN members m ON m.hid = h.hid
  ) g
"""


def _in_force(table: str, value: str, keys: str) -> str:
    return (
        f"SELECT {keys}, max_by(yuan, from_date) AS {value} FROM {table} "
        f"WHERE from_date <= DATE '{ON.isoformat()}' GROUP BY {keys}"
    )


def query(columns: Iterable[str]) -> str:
    """The whole query, giving hid and these columns."""
    steps = {
        "line_in_force": _in_force("standards", "line", "county, town"),
        "wage_in_force": _in_force("wages", "wage", "county"),
        "aggregates": _AGGREGATES,
        "net": _NET,
        "homes": _CATEGORY,
        "members": _MEMBERS,
        "programmes": _PROGRAMMES.format(members=", ".join(f"m.{name}" for name in MEMBERS)),
    }
    total = f"least(60000, {' + '.join(PROGRAMMES)}) AS total"
    wanted = [total if name == "total" else name for name in columns]
    text = ",\n".join(f"{name} AS ({step})" for name, step in steps.items())
    return f"WITH {text}\nSELECT hid, {', '.join(wanted)} FROM programmes"


def sums(columns: Iterable[str], table: str) -> str:
    """The check: the sum of each column."""
    parts = (
        f"sum(CAST({name} AS {'BIGINT' if name in COUNTS else 'DOUBLE'})) AS {name}"
        if name not in BOOLEANS
        else f"count(*) FILTER (WHERE {name}) AS {name}"
        for name in columns
    )
    return f"SELECT {', '.join(parts)} FROM {table}"


BOOLEANS = frozenset(name for name in COUNTS if name.startswith(("any_", "excluded")))
