"""The people of a block as lines of COPY: workers, and the spells in which they were members.

Everything that the application does to a row is done by the application's own functions: the name with what finds it,
the seals under the row's own context, the blind indexes.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from chunyu.demo.province.names import Names, written_name
from chunyu.demo.province.plan import SPACE, Plan, identity_of
from chunyu.demo.province.tree import Tree
from chunyu.privacy.sealing import blind_index, seal
from chunyu.registry.employers.codes import NEW_FORM
from chunyu.registry.identity import ID_NUMBER
from chunyu.registry.importing.bulk import NULL, Lines, octets
from chunyu.registry.membership.tables import PHONE, Membership, Worker

PEOPLE_IN_A_BLOCK = 20_000
# No telephone begins with 100: calls to services do.
PHONE_FORMAT = "100{:08d}"
WITH_PHONE, MIGRANT, NEW_FORMS, TRANSFERRED = 0.7, 0.3, 0.04, 0.08
EDUCATION, EDUCATION_SHARES = ("10", "20", "30", "40", "60", "70", "80", ""), (2, 12, 16, 18, 18, 24, 4, 6)
SKILLS, SKILL_SHARES = ("5", "4", "3", "2", "1", ""), (10, 12, 8, 3, 1, 66)
LEFT, LEFT_SHARES = ("left", "retired", "expelled", "died"), (60, 34, 1, 5)
FIRST_SPELL = date(2005, 1, 1)

WORKER = Lines(
    Worker,
    (
        "id", "organisation_id", "scope_path", "name", "spelling", "initials", "sex", "birth_date", "id_number",
        "id_number_index", "phone", "phone_index", "education", "is_migrant", "new_form", "skill_level",
        "enterprise_id", "is_member",
    ),
    {},
)  # fmt: skip
SPELL = Lines(
    Membership,
    ("id", "organisation_id", "scope_path", "worker_id", "valid_from", "valid_to", "begun", "ended"),
    {},
)
_ID_CONTEXT = f"{Worker._meta.db_table}:id_number:"
_PHONE_CONTEXT = f"{Worker._meta.db_table}:phone:"


class People:
    """Makes the people of any block; the same block again is the same people."""

    def __init__(self, tree: Tree) -> None:
        self.tree, self.plan, self.names = tree, tree.plan, Names()
        self.shift = self.plan.draw("numbers") % SPACE
        self.forms = list(NEW_FORM.entries)
        self.employers: dict[int, str] = {}

    @staticmethod
    def blocks(plan: Plan, tree: Tree) -> int:
        return -(-tree.people // PEOPLE_IN_A_BLOCK)

    def block(self, number: int) -> tuple[bytes, bytes]:
        """Workers and spells of a block."""
        first = number * PEOPLE_IN_A_BLOCK
        last = min(first + PEOPLE_IN_A_BLOCK, self.tree.people)
        random = self.plan.random("people", number)
        self.employers.clear()
        workers: list[str] = []
        spells: list[str] = []
        place = self.tree.union_of(first)
        for person in range(first, last):
            while person >= self.tree.starts[place + 1]:
                place += 1
            line, born = self._worker(random, person, place)
            workers.append(line)
            spells.extend(self._spells(random, person, place, born))
        return "".join(workers).encode(), "".join(spells).encode()

    def _is_member(self, person: int, place: int) -> bool:
        return person - self.tree.starts[place] < self.tree.sizes[place]

    def _worker(self, random: Random, person: int, place: int) -> tuple[str, str]:
        union, chance = self.tree.unions[place], random.random
        number, born, sex = identity_of(person, self.shift)
        key = self.plan.key("worker", person)
        phone = PHONE_FORMAT.format(person) if chance() < WITH_PHONE else ""
        own = self.tree.own_employers
        fields = (
            key,
            str(union.number),
            union.path,
            *written_name(self.names.draw(random, sex, int(born[:4]))),
            sex,
            born,
            octets(seal(number.encode(), _ID_CONTEXT + key)),
            octets(blind_index(number, ID_NUMBER)),
            octets(seal(phone.encode(), _PHONE_CONTEXT + key)) if phone else NULL,
            octets(blind_index(phone, PHONE)) if phone else NULL,
            *random.choices(EDUCATION, EDUCATION_SHARES),
            "t" if chance() < MIGRANT else "f",
            random.choice(self.forms) if chance() < NEW_FORMS else "",
            *random.choices(SKILLS, SKILL_SHARES),
            self._employer_key(own[place] + int(chance() * (own[place + 1] - own[place]))),
            "t" if self._is_member(person, place) else "f",
        )
        return "\t".join(fields) + WORKER.tail, born

    def _employer_key(self, number: int) -> str:
        key = self.employers.get(number)
        if key is None:
            key = self.employers[number] = self.plan.key("employer", number)
        return key

    def _spells(self, random: Random, person: int, place: int, born: str) -> Iterator[str]:
        """One spell, or two with a transfer between them; that of a former member has ended."""
        day, tree = self.plan.day, self.tree
        grown = date(int(born[:4]) + 16, int(born[5:7]), 1)
        first = max(FIRST_SPELL, grown)
        # More joined lately than long ago.
        since = first + timedelta(int(max(random.random(), random.random()) * max((day - first).days - 60, 1)))
        worker, number = self.plan.key("worker", person), person * 2
        now = tree.unions[place]
        begun, member = "joined", self._is_member(person, place)
        if random.random() < TRANSFERRED:
            others = tree.of_county[now.county]
            before = tree.unions[others[int(random.random() * len(others))]]
            moved = since + timedelta(1 + int(random.random() * max((day - since).days - 30, 1)))
            if before.number != now.number:
                yield self._spell(number, worker, before, since, moved.isoformat(), begun, "transferred")
                since, begun = moved, "transferred"
        if member:
            yield self._spell(number + 1, worker, now, since, NULL, begun, "")
            return
        until = since + timedelta(1 + int(random.random() * max((day - since).days - 1, 1)))
        (how,) = random.choices(LEFT, LEFT_SHARES)
        yield self._spell(number + 1, worker, now, since, until.isoformat(), begun, how)

    def _spell(self, number: int, worker: str, union: object, since: date, until: str, begun: str, ended: str) -> str:
        fields = (
            self.plan.key("spell", number),
            str(union.number),
            union.path,
            worker,
            since.isoformat(),
            until,
            begun,
            ended,
        )
        return "\t".join(fields) + SPELL.tail
