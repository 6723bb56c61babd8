"""The rules as OpenFisca and PolicyEngine take them: variables of persons and households, a tree of dated parameters.

Written as their documentation teaches: values by county are looked up by indexing the parameter tree with an enum,
brackets are a scale of the tree, and sums over members go through the household. `tuned` replaces just the two that
cost most: the lookup by county becomes one NumPy index, and the brackets become three clipped slices.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from bench.workload import COLUMNS, COUNTS, PROGRAMMES
from bench.workload.parameters import counties, in_force, standards, wages, zones

MONTH = "2026-03"

SCALARS = {
    "medical_floor": 2000,
    "deduction_share": 0.5,
    "relative_multiple": 1.5,
    "near_multiple": 2,
    "high_multiple": 3,
    "loss_share": 0.25,
    "living_cap_share": 0.75,
    "living_relative_share": 0.25,
    "medical_cap": 30000,
    "dialysis_deep": 6000,
    "dialysis_other": 4000,
    "cataract_cap": 2000,
    "arrears_months": 2,
    "mutual_floor": 5000,
    "mutual_share": 0.3,
    "mutual_cap": 20000,
    "training_poor": 1500,
    "training_insured": 1000,
    "single_mother_base": 2000,
    "single_mother_child": 500,
    "winter_base": 300,
    "winter_person": 50,
    "startup_amount": 8000,
    "total_cap": 60000,
}
# By rank of stage, category or group, from 0.
SCHOOLING = (0, 1000, 1500, 4000, 12000)
EDUCATION = (0, 0, 500, 2000, 5000)
MEDICAL = (0, 1, 0.7, 0.5)
WARMTH = (0, 2000, 1200, 800, 600, 500)

Formula = Callable[[Any, Any, Any], Any]


@dataclass(frozen=True)
class Rules:
    """What a tax-benefit system is built from."""

    variables: list[type]
    parameters: dict[str, Any]
    county: Any


def _at(value: float) -> dict[str, Any]:
    return {"values": {"2020-01-01": {"value": value}}}


def parameter_tree() -> dict[str, Any]:
    """The parameters as the YAML of a country package would give them, by day they hold from."""
    tree: dict[str, Any] = {name: _at(value) for name, value in SCALARS.items()}
    names = [f"county_{code}" for code in counties()]
    dated: dict[tuple[int, int], dict[str, Any]] = {}
    for county, town, day, yuan in standards().rows:
        dated.setdefault((county, town), {})[day.isoformat()] = {"value": yuan}
    tree["standards"] = {
        name: {"town": {"values": dated[number, 1]}, "country": {"values": dated[number, 0]}}
        for number, name in enumerate(names)
    }
    wage: dict[int, dict[str, Any]] = {}
    for county, _, day, yuan in wages().rows:
        wage.setdefault(county, {})[day.isoformat()] = {"value": yuan}
    tree["minimum_wage"] = {name: {"values": wage[number]} for number, name in enumerate(names)}
    tree["northern"] = {name: _at(int(zones()[number])) for number, name in enumerate(names)}
    brackets = ((0, 0), (2000, 0.5), (10000, 0.6), (50000, 0.7))
    tree["medical_brackets"] = {
        "brackets": [
            {"threshold": {"2020-01-01": {"value": low}}, "rate": {"2020-01-01": {"value": rate}}}
            for low, rate in brackets
        ]
    }
    return tree


def rules(api: ModuleType, household: Any, person: Any, tuned: bool) -> Rules:
    """Variables for an engine whose `model_api` is given. Person variables bear the prefix person_."""
    county = api.Enum("County", {f"county_{code}": f"county {code}" for code in counties()})
    made: list[type] = []

    def variable(name: str, entity: Any, value_type: type, formula: Formula | None, **more: Any) -> None:
        body = {"value_type": value_type, "entity": entity, "definition_period": api.MONTH, "label": name, **more}
        if formula is not None:
            body["formula"] = formula
        made.append(type(name, (api.Variable,), body))

    for name in ("urban", "second_home", "disaster"):
        variable(name, household, bool, None)
    variable("county", household, api.Enum, None, possible_values=county, default_value=next(iter(county)))
    for name, kind in (("housing", int), ("rent", float), ("cars", int)):
        variable(name, household, kind, None)
    for name in ("age", "sex", "school", "disability", "illness", "employment", "insured_months"):
        variable(f"person_{name}", person, int, None)
    for name in ("income", "own_pay", "wages_owed"):
        variable(f"person_{name}", person, float, None)
    for name in ("student", "union_member"):
        variable(f"person_{name}", person, bool, None)
    for name, (kind, formula) in _person_formulas(api).items():
        variable(f"person_{name}", person, kind, formula)
    for name, formula in _member_programmes(api, tuned).items():
        variable(f"person_{name}", person, float, formula)
    formulas = {**_aggregates(), **_derived(api, tuned), **_household_programmes(api)}
    for name in COLUMNS:
        flag = name.startswith(("any_", "excluded")) or name == "north"
        variable(name, household, bool if flag else int if name in COUNTS else float, formulas[name])
    return Rules(made, parameter_tree(), county)


def _chosen(api: ModuleType, code: Any, values: tuple[float, ...]) -> Any:
    ranks = range(1, len(values))
    return api.select([code == rank for rank in ranks], [values[rank] for rank in ranks], default=values[0])


def _person_formulas(api: ModuleType) -> dict[str, tuple[type, Formula]]:
    def of_working_age(person: Any, period: Any, parameters: Any) -> Any:
        age = person("person_age", period)
        return (age >= 18) * (age < 60)

    def medical_costs(person: Any, period: Any, parameters: Any) -> Any:
        return api.max_(0, person("person_own_pay", period) - parameters(period).medical_floor)

    def schooling_costs(person: Any, period: Any, parameters: Any) -> Any:
        return person("person_student", period) * _chosen(api, person("person_school", period), SCHOOLING)

    def severe(person: Any, period: Any, parameters: Any) -> Any:
        degree = person("person_disability", period)
        return (degree == 1) + (degree == 2)

    def major(person: Any, period: Any, parameters: Any) -> Any:
        illness = person("person_illness", period)
        return (illness == 1) + (illness == 3) + (illness == 4) + (illness == 5)

    return {
        "of_working_age": (bool, of_working_age),
        "medical_costs": (float, medical_costs),
        "schooling_costs": (float, schooling_costs),
        "severe": (bool, severe),
        "major": (bool, major),
    }


def _summed(name: str) -> Formula:
    return lambda household, period, parameters: household.sum(household.members(f"person_{name}", period))


def _some(name: str) -> Formula:
    return lambda household, period, parameters: household.any(household.members(f"person_{name}", period))


def _aggregates() -> dict[str, Formula]:
    def children(household: Any, period: Any, parameters: Any) -> Any:
        return household.sum(household.members("person_age", period) < 18)

    def elders(household: Any, period: Any, parameters: Any) -> Any:
        return household.sum(household.members("person_age", period) >= 60)

    def highest_school(household: Any, period: Any, parameters: Any) -> Any:
        of = household.members
        return household.max(of("person_student", period) * of("person_school", period))

    def working(sex: int) -> Formula:
        def formula(household: Any, period: Any, parameters: Any) -> Any:
            of = household.members
            return household.sum(of("person_of_working_age", period) * (of("person_sex", period) == sex))

        return formula

    def earning_women(household: Any, period: Any, parameters: Any) -> Any:
        of = household.members
        employment = of("person_employment", period)
        earns = (employment == 1) + (employment == 3) + (employment == 5)
        return household.sum(of("person_of_working_age", period) * (of("person_sex", period) == 1) * earns)

    def any_starter(household: Any, period: Any, parameters: Any) -> Any:
        of = household.members
        age = of("person_age", period)
        out_of_work = of("person_employment", period) == 2
        return household.any(out_of_work * (age >= 18) * (age < 45) * (of("person_insured_months", period) >= 12))

    return {
        "persons": lambda household, period, parameters: household.nb_persons(),
        "children": children,
        "elders": elders,
        "students": _summed("student"),
        "income": _summed("income"),
        "medical_costs": _summed("medical_costs"),
        "schooling_costs": _summed("schooling_costs"),
        "own_pay": _summed("own_pay"),
        "any_union_member": _some("union_member"),
        "any_severe_disability": _some("severe"),
        "any_major_illness": _some("major"),
        "highest_school": highest_school,
        "working_women": working(1),
        "working_men": working(0),
        "earning_women": earning_women,
        "any_starter": any_starter,
    }


def _by_county(tuned: bool) -> dict[str, Formula]:
    if tuned:
        line, wage, north = in_force(standards()), in_force(wages())[:, 0], zones() == 1

        def number(household: Any, period: Any) -> np.ndarray:
            return np.asarray(household("county", period)).view(np.ndarray)

        return {
            "line": lambda household, period, parameters: line[
                number(household, period), household("urban", period).astype(np.int8)
            ],
            "wage": lambda household, period, parameters: wage[number(household, period)],
            "north": lambda household, period, parameters: north[number(household, period)],
        }

    def line_of(household: Any, period: Any, parameters: Any) -> Any:
        standard = parameters(period).standards[household("county", period)]
        return np.where(household("urban", period), standard.town, standard.country)

    return {
        "line": line_of,
        "wage": lambda household, period, parameters: parameters(period).minimum_wage[household("county", period)],
        "north": lambda household, period, parameters: parameters(period).northern[household("county", period)],
    }


def _derived(api: ModuleType, tuned: bool) -> dict[str, Formula]:
    def rent_deduction(household: Any, period: Any, parameters: Any) -> Any:
        most = parameters(period).deduction_share * household("line", period)
        return (household("housing", period) == 1) * api.min_(household("rent", period), most)

    def rigid(household: Any, period: Any, parameters: Any) -> Any:
        costs = household("medical_costs", period) + household("schooling_costs", period)
        return costs + 12 * household("rent_deduction", period)

    def net(household: Any, period: Any, parameters: Any) -> Any:
        return api.max_(0, 12 * household("income", period) - household("rigid", period))

    def excluded_by_cars(household: Any, period: Any, parameters: Any) -> Any:
        cars = household("cars", period)
        return (cars >= 2) + (cars == 1) * api.not_(household("any_severe_disability", period))

    def excluded_by_income(household: Any, period: Any, parameters: Any) -> Any:
        return household("income_per_head", period) > parameters(period).high_multiple * household("line", period)

    def excluded(household: Any, period: Any, parameters: Any) -> Any:
        assets = household("excluded_by_cars", period) + household("excluded_by_home", period)
        return assets + household("excluded_by_income", period) + api.not_(household("any_union_member", period))

    def category(household: Any, period: Any, parameters: Any) -> Any:
        p = parameters(period)
        ratio = household("ratio", period)
        near = household("income_per_head", period) <= p.near_multiple * household("line", period)
        ill = household("own_pay", period) > p.loss_share * 12 * household("income", period)
        struck = household("disaster", period) + household("any_major_illness", period) * ill
        cases = [household("excluded", period), ratio <= 1, ratio <= p.relative_multiple, near * struck]
        return api.select(cases, [0, 1, 2, 3], default=0)

    return {
        **_by_county(tuned),
        "rent_deduction": rent_deduction,
        "rigid": rigid,
        "net": net,
        "net_per_head": lambda household, period, parameters: (
            household("net", period) / (12 * household("persons", period))
        ),
        "income_per_head": lambda household, period, parameters: (
            household("income", period) / household("persons", period)
        ),
        "ratio": lambda household, period, parameters: household("net_per_head", period) / household("line", period),
        "excluded_by_cars": excluded_by_cars,
        "excluded_by_home": lambda household, period, parameters: household("second_home", period),
        "excluded_by_income": excluded_by_income,
        "excluded": excluded,
        "category": category,
    }


def _member_programmes(api: ModuleType, tuned: bool) -> dict[str, Formula]:
    def medical(person: Any, period: Any, parameters: Any) -> Any:
        p, own_pay = parameters(period), person("person_own_pay", period)
        if tuned:
            base = 0.5 * np.clip(own_pay - 2000, 0, 8000) + 0.6 * np.clip(own_pay - 10000, 0, 40000)
            base += 0.7 * np.maximum(own_pay - 50000, 0)
        else:
            base = p.medical_brackets.calc(own_pay)
        return api.min_(p.medical_cap, _chosen(api, person.household("category", period), MEDICAL) * base)

    def dialysis(person: Any, period: Any, parameters: Any) -> Any:
        p, category = parameters(period), person.household("category", period)
        amount = api.where(category == 1, p.dialysis_deep, p.dialysis_other)
        return (person("person_illness", period) == 1) * (category > 0) * amount

    def cataract(person: Any, period: Any, parameters: Any) -> Any:
        category = person.household("category", period)
        eyes = (person("person_illness", period) == 2) * (person("person_age", period) >= 50)
        paid = api.min_(person("person_own_pay", period), parameters(period).cataract_cap)
        return eyes * ((category == 1) + (category == 2)) * paid

    def education(person: Any, period: Any, parameters: Any) -> Any:
        category = person.household("category", period)
        amount = _chosen(api, person("person_school", period), EDUCATION) * api.where(category == 1, 1, 0.5)
        return person("person_student", period) * (category > 0) * amount

    def arrears(person: Any, period: Any, parameters: Any) -> Any:
        p, home = parameters(period), person.household
        owed = person("person_wages_owed", period)
        low = home("income_per_head", period) <= p.near_multiple * home("line", period)
        entitled = (person("person_employment", period) == 3) * (owed > 0) * ((home("category", period) > 0) + low)
        return entitled * api.min_(owed, p.arrears_months * home("wage", period))

    def mutual(person: Any, period: Any, parameters: Any) -> Any:
        p = parameters(period)
        covered = person("person_union_member", period) * (person("person_insured_months", period) >= 12)
        paid = p.mutual_share * api.max_(0, person("person_own_pay", period) - p.mutual_floor)
        return covered * person("person_major", period) * api.min_(p.mutual_cap, paid)

    def training(person: Any, period: Any, parameters: Any) -> Any:
        p, age = parameters(period), person("person_age", period)
        insured = (person("person_insured_months", period) >= 36) * p.training_insured
        amount = api.where(person.household("category", period) > 0, p.training_poor, insured)
        return (person("person_employment", period) == 2) * (age >= 18) * (age < 55) * amount

    return {
        "medical": medical,
        "dialysis": dialysis,
        "cataract": cataract,
        "education": education,
        "arrears": arrears,
        "mutual": mutual,
        "training": training,
    }


def _household_programmes(api: ModuleType) -> dict[str, Formula]:
    def living(household: Any, period: Any, parameters: Any) -> Any:
        p, line, persons = parameters(period), household("line", period), household("persons", period)
        category = household("category", period)
        gap = api.max_(0, line - household("net_per_head", period)) * persons
        deep = 12 * api.min_(gap, p.living_cap_share * line * persons)
        return api.select([category == 1, category == 2], [deep, p.living_relative_share * 12 * line], default=0)

    def single_mother(household: Any, period: Any, parameters: Any) -> Any:
        p, children = parameters(period), household("children", period)
        alone = (household("working_women", period) == 1) * (household("working_men", period) == 0)
        earns = (children >= 1) * (household("earning_women", period) >= 1)
        amount = p.single_mother_base + p.single_mother_child * children
        return alone * earns * (household("category", period) > 0) * amount

    def warmth_group(household: Any, period: Any, parameters: Any) -> Any:
        p, category, persons = parameters(period), household("category", period), household("persons", period)
        eligible = api.not_(household("excluded", period))
        old = (
            (household("elders", period) == persons) * (persons <= 2) * (household("ratio", period) <= p.near_multiple)
        )
        struck = household("disaster", period) * eligible
        return api.select([category > 0, old * eligible, struck], [category, 4, 5], default=0)

    def winter(household: Any, period: Any, parameters: Any) -> Any:
        p, category = parameters(period), household("category", period)
        cold = ((category == 1) + (category == 2)) * household("north", period)
        return cold * (p.winter_base + p.winter_person * household("persons", period))

    def startup(household: Any, period: Any, parameters: Any) -> Any:
        may = household("any_starter", period) * (household("category", period) > 0)
        return may * parameters(period).startup_amount

    def total(household: Any, period: Any, parameters: Any) -> Any:
        return api.min_(parameters(period).total_cap, sum(household(name, period) for name in PROGRAMMES))

    members = ("medical", "dialysis", "cataract", "education", "arrears", "mutual", "training")
    return {
        **{name: _summed(name) for name in members},
        "living": living,
        "single_mother": single_mother,
        "warmth_group": warmth_group,
        "warmth": lambda household, period, parameters: _chosen(api, household("warmth_group", period), WARMTH),
        "winter": winter,
        "startup": startup,
        "total": total,
    }
