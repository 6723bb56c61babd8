"""What is compared of a person, as columns. Clear identity numbers stand here in memory only, for one run."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import pyarrow as pa

from chunyu.privacy.sealing import blind_index
from chunyu.registry.duplicates import characters

SCHEMA = pa.schema(
    [
        ("unique_id", pa.int64()),
        ("household", pa.int64()),
        ("name", pa.string()),
        ("plain", pa.string()),
        ("readings", pa.list_(pa.string())),
        ("reading", pa.string()),
        ("shape", pa.string()),
        ("sound", pa.string()),
        ("region", pa.string()),
        ("birth", pa.string()),
        ("birth_year", pa.string()),
        ("order_code", pa.string()),
        ("sex", pa.string()),
        ("phone", pa.string()),
        ("address", pa.string()),
        ("family", pa.list_(pa.string())),
        ("relative", pa.string()),
    ]
)
AT_ONCE = 50_000
_NOT_IN_AN_ADDRESS = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Person:
    """One person on a file. `household` tells the people of one file from those of others."""

    household: object
    name: str
    id_number: str
    phone: str = ""
    address: str = ""

    @property
    def digest(self) -> str:
        """Of everything that is compared: a decision about two people holds while both digests stay."""
        held = "\x1f".join((self.name, self.id_number, phone_digits(self.phone), plain_address(self.address)))
        # Keyed: a plain digest of a name and a number could be guessed back.
        return blind_index(held, "duplicate-features").hex()


@dataclass(frozen=True)
class _Name:
    plain: str
    readings: list[str]
    shape: str
    sound: str


@lru_cache(maxsize=200_000)
def _name(name: str) -> _Name:
    return _Name(characters.plain(name), characters.readings(name), characters.shape(name), characters.sound(name))


def phone_digits(phone: str) -> str:
    return re.sub(r"\D", "", unicodedata.normalize("NFKC", phone))[-11:]


def plain_address(address: str) -> str:
    """Without blanks and marks, in half-width figures."""
    return _NOT_IN_AN_ADDRESS.sub("", unicodedata.normalize("NFKC", address))


def columns(people: Iterable[Person]) -> pa.Table:
    """The table that is matched; a person's `unique_id` is their place in `people`."""
    people = list(people)
    households = {key: number for number, key in enumerate(dict.fromkeys(each.household for each in people))}
    families: dict[object, list[str]] = {}
    for each in people:
        families.setdefault(each.household, []).append(_relative(each))
    batches = [
        _batch(start, people[start : start + AT_ONCE], households, families) for start in range(0, len(people), AT_ONCE)
    ]
    return pa.Table.from_batches(batches, SCHEMA)


def _relative(person: Person) -> str:
    """A person as somebody else's relative: how the name is read, and the year of birth."""
    return f"{_name(person.name).readings[0]}{person.id_number[6:10]}"


def _batch(
    start: int, people: list[Person], households: dict[object, int], families: dict[object, list[str]]
) -> pa.RecordBatch:
    rows = []
    for place, each in enumerate(people, start):
        name, number = _name(each.name), each.id_number
        own = _relative(each)
        others = sorted(other for other in families[each.household] if other != own)
        rows.append(
            (
                place,
                households[each.household],
                each.name,
                name.plain,
                name.readings,
                name.readings[0],
                name.shape,
                name.sound,
                number[:6],
                number[6:14],
                number[6:10],
                number[14:17],
                "1" if int(number[16]) % 2 else "2",
                phone_digits(each.phone) or None,
                plain_address(each.address) or None,
                others or None,
                others[0] if others else None,
            )
        )
    return pa.record_batch([list(column) for column in zip(*rows, strict=True)], SCHEMA)
