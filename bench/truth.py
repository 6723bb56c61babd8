"""People of whom it is known who is on file twice: the truth that the look for duplicates is held against.

The recipe, all from one seed: households of three in 170 places of the unassigned region codes 1391 to 1399, names as
unequal as in life, birth dates of seventy years, a telephone for seven in ten, one address for a household. One person
in fifty is on file a second time: six of ten of them with their whole household, filed anew, the others alone in a new
household among strangers. Every second record differs in one way (the table below), half of them have another
telephone, and six of ten another address. Half of those whose name is written otherwise have two figures of their
number swapped as well. Twins who live apart, one pair for a thousand people, have a day of birth, a place and all but a
character of the name in common, and neighbouring order codes: the hardest not to take for one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from chunyu.demo.province.names import FIRST, SECOND, Names
from chunyu.registry import identity, names
from chunyu.registry.duplicates import characters
from chunyu.registry.duplicates.features import Person

SEED = 2031
TWICE, WHOLE_HOUSEHOLD, TWINS = 0.02, 0.6, 0.001
FIRST_DAY, DAYS = date(1945, 1, 1), 70 * 365
STREETS = ["春雨", "杏花", "柳河", "青石", "长亭", "竹里", "云溪", "松涛", "桃源", "梅坞"]


@dataclass
class Truth:
    """Everybody, and the places of those who are one person: (first record, second record) and how it differs."""

    people: list[Person]
    pairs: dict[tuple[int, int], str]
    twins: set[tuple[int, int]]


class Maker:
    def __init__(self, count: int, seed: int = SEED) -> None:
        self.count, self.random, self.names = count, Random(seed), Names()
        self.people: list[Person] = []
        self.pairs: dict[tuple[int, int], str] = {}
        self.twins: set[tuple[int, int]] = set()
        self.household = 0
        self.taken: set[str] = set()  # nobody shares a number with another
        self.heard: dict[str, list[str]] = defaultdict(list)
        for character in dict.fromkeys("".join((*FIRST.values(), *SECOND.values()))):
            self.heard[names.syllables(character)[0]].append(character)
        self.shapes: dict[str, list[str]] = defaultdict(list)
        for character in dict.fromkeys("".join((*FIRST.values(), *SECOND.values()))):
            self.shapes[characters.shape(character)].append(character)

    def make(self) -> Truth:
        singles = int(self.count * TWICE * (1 - WHOLE_HOUSEHOLD))
        families = int(self.count * TWICE * WHOLE_HOUSEHOLD) // 3
        twins = int(self.count * TWINS)
        first = self.count - families * 3 - singles * 3 - twins * 6
        while len(self.people) < first:
            self._family()
        chosen = self.random.sample(range(first // 3), families + singles)
        for number in chosen[:families]:
            self._file_again(number)
        for number in chosen[families:]:
            self._file_one_again(number * 3 + self.random.randrange(3))
        for _ in range(twins):
            self._twins()
        return Truth(self.people, self.pairs, self.twins)

    def _family(self) -> None:
        self.household += 1
        place, address = self._place(), self._address()
        for _ in range(3):
            self.people.append(self._person(place, address))

    def _person(self, place: str, address: str) -> Person:
        born = FIRST_DAY + timedelta(self.random.randrange(DAYS))
        order = self.random.randint(1, 998)
        while number(place, born, order) in self.taken:
            born = FIRST_DAY + timedelta(self.random.randrange(DAYS))
        self.taken.add(number(place, born, order))
        name = self.names.draw(self.random, "1" if order % 2 else "2", born.year)
        return Person(self.household, name, number(place, born, order), self._phone(), address)

    def _file_again(self, family: int) -> None:
        self.household += 1
        address = self._moved(self.people[family * 3].address)
        for place in range(family * 3, family * 3 + 3):
            self._again(place, address)

    def _file_one_again(self, place: int) -> None:
        self.household += 1
        address = self._moved(self.people[place].address)
        self._again(place, address)
        for _ in range(2):
            self.people.append(self._person(self._place(), address))

    def _again(self, place: int, address: str) -> None:
        kind = self.random.choice(list(KINDS))
        one = self.people[place]
        name, text = KINDS[kind](self, one.name, one.id_number)
        phone = one.phone if self.random.random() < 0.5 else self._phone()
        self.pairs[place, len(self.people)] = kind
        self.people.append(Person(self.household, name, text, phone, address))

    def _twins(self) -> None:
        """Two of one day and place with neighbouring orders and half a name in common, each with a household."""
        place, born = self._place(), FIRST_DAY + timedelta(self.random.randrange(DAYS))
        order = self.random.randint(1, 990)
        name = self.names.draw(self.random, "1" if order % 2 else "2", born.year)
        others = SECOND["1" if order % 2 else "2"].replace(name[-1], "")
        other = name[:-1] + self.random.choice(others)
        found = []
        for own, at in ((name, order), (other, order + 2)):
            self.household += 1
            address = self._address()
            found.append(len(self.people))
            self.people.append(Person(self.household, own, number(place, born, at), self._phone(), address))
            for _ in range(2):
                self.people.append(self._person(self._place(), address))
        self.twins.add((found[0], found[1]))

    def _place(self) -> str:
        at = self.random.randrange(170)
        return f"139{at % 9 + 1}{at // 9 + 1:02d}"

    def _phone(self) -> str:
        return f"100{self.random.randrange(10**8):08d}" if self.random.random() < 0.7 else ""

    def _address(self) -> str:
        street = self.random.choice(STREETS)
        return (
            f"{street}路{self.random.randint(1, 900)}号{self.random.randint(1, 30)}栋{self.random.randint(101, 2402)}室"
        )

    def _moved(self, address: str) -> str:
        return address if self.random.random() < 0.4 else self._address()

    # -- how a second record differs ------------------------------------------------------------------------------

    def the_same(self, name: str, text: str) -> tuple[str, str]:
        """Nothing differs in name and number but the form of fifteen figures that the first had."""
        return name, identity.lengthen(text[:6] + text[8:17]) if text[6:8] == "19" else text

    def other_name(self, name: str, text: str) -> tuple[str, str]:
        """The given name was changed; the number stays."""
        return self.names.draw(self.random, identity.sex_in(text), int(text[6:10])), text

    def homophone(self, name: str, text: str) -> tuple[str, str]:
        return self._replaced(name, self.heard, lambda character: names.syllables(character)[0]), self._slip(text)

    def look_alike(self, name: str, text: str) -> tuple[str, str]:
        return self._replaced(name, self.shapes, characters.shape), self._slip(text)

    def swapped_figures(self, name: str, text: str) -> tuple[str, str]:
        """Two neighbouring figures of the number changed places, and the check digit was made to fit."""
        return name, self._swapped(text)

    def one_character(self, name: str, text: str) -> tuple[str, str]:
        return name[:-1] + self.random.choice(SECOND["1"]), self._slip(text)

    def _replaced(self, name: str, like: dict[str, list[str]], key: Callable[[str], str]) -> str:
        for at in range(len(name) - 1, 0, -1):
            others = [each for each in like[key(name[at])] if each != name[at]]
            if others:
                return name[:at] + self.random.choice(others) + name[at + 1 :]
        return name

    def _slip(self, text: str) -> str:
        """Half of those whose name was written otherwise have a slip in the number too."""
        return self._swapped(text) if self.random.random() < 0.5 else text

    def _swapped(self, text: str) -> str:
        for _ in range(40):
            at = self.random.choice((8, 10, 11, 12, 14, 15))
            first = text[:at] + text[at + 1] + text[at] + text[at + 2 : 17]
            try:
                identity.birth_date_in(first)
            except ValueError:
                continue
            if first != text[:17]:
                return first + identity.check_character(first)
        return text


KINDS: dict[str, Callable[[Maker, str, str], tuple[str, str]]] = {
    "the same number, once of fifteen figures": Maker.the_same,
    "another name": Maker.other_name,
    "a character that sounds alike": Maker.homophone,
    "a character that looks alike": Maker.look_alike,
    "swapped figures": Maker.swapped_figures,
    "one character of the name": Maker.one_character,
}


def number(place: str, born: date, order: int) -> str:
    first = f"{place}{born:%Y%m%d}{order:03d}"
    return first + identity.check_character(first)
