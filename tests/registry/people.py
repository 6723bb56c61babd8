"""Fictional people for tests of the registry: valid numbers of the unassigned region 139999."""

from datetime import date

from chunyu.registry.actions import Person
from chunyu.registry.identity import check_character


def id_number(birth: date = date(1980, 1, 1), order: int = 1) -> str:
    """A valid number; an odd order is a man's, an even one a woman's."""
    first = f"139999{birth:%Y%m%d}{order:03d}"
    return first + check_character(first)


def person(name: str = "程梅", relation: str = "01", birth: date = date(1980, 1, 1), order: int = 2, **more) -> Person:
    return Person(name=name, id_number=id_number(birth, order), relation=relation, **more)
