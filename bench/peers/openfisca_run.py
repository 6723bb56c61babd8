"""Measuring OpenFisca-core and its fork: the simulation is built, its inputs are set and members' positions are known
before the clock starts; what is timed is `calculate` of the wanted variables."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from bench.peers import protocol
from bench.peers.openfisca_rules import MONTH, rules
from bench.workload import HOUSEHOLDS, PERSONS

BOOLEANS = frozenset(["urban", "second_home", "disaster", "student", "union_member"])


def loader(
    api: ModuleType,
    entities: ModuleType,
    system: type,
    builder: type,
    enum_array: type,
    tuned: bool,
) -> Callable[[protocol.Request], protocol.Run]:
    """How to load for an engine, given its own classes."""

    def load(asked: protocol.Request) -> protocol.Run:
        if asked.mode != "memory":
            raise SystemExit("this engine has no files of its own")
        household = entities.build_entity(
            key="household", plural="households", label="household", roles=[{"key": "member", "plural": "members"}]
        )
        person = entities.build_entity(key="person", plural="persons", label="person", is_person=True)
        made = rules(api, household, person, tuned)
        country = system([person, household])
        country.add_variables(*made.variables)
        country.parameters = api.ParameterNode("", data=made.parameters)
        homes = protocol.arrays(asked.data, "households", HOUSEHOLDS)
        persons = protocol.arrays(asked.data, "persons", PERSONS)
        sizes = np.load(asked.data / "arrays" / "sizes.npy").astype(np.int64)
        place = np.arange(len(persons["hid"])) - np.repeat(np.cumsum(sizes) - sizes, sizes)

        def prepare() -> Any:
            building = builder()
            building.create_entities(country)
            building.declare_person_entity("person", np.arange(len(place)))
            group = building.declare_entity("household", homes["hid"])
            building.join_with_persons(group, persons["hid"], np.zeros(len(place), np.int64))
            group.members_position = place
            simulation = building.build(country)
            for name, column in homes.items():
                if name == "county":
                    simulation.set_input(name, MONTH, enum_array(column, made.county))
                elif name != "hid":
                    simulation.set_input(name, MONTH, _typed(name, column))
            for name, column in persons.items():
                if name != "hid":
                    simulation.set_input(f"person_{name}", MONTH, _typed(name, column))
            return simulation

        def once(simulation: Any) -> dict[str, np.ndarray]:
            return {name: simulation.calculate(name, MONTH) for name in asked.columns}

        return protocol.Run(once, protocol.sums_of, prepare)

    return load


def _typed(name: str, column: np.ndarray) -> np.ndarray:
    if name in BOOLEANS:
        return column.astype(bool)
    return column.astype(np.float32 if column.dtype == np.float64 else np.int32)
