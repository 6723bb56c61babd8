"""Members of groups: the numbers that the database keeps are those that one counts, on any day, whatever happened."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

import pytest
from django.db import IntegrityError, connection, transaction

from chunyu.accounts.roles import Role
from chunyu.demo.province.proof import RULES
from chunyu.federation.actions import dissolve, found, move
from chunyu.federation.models import Organisation
from chunyu.registry.employers import actions as employers
from chunyu.registry.employers.codes import PUBLIC
from chunyu.registry.employers.tables import Enterprise
from chunyu.registry.importing import actions as importing
from chunyu.registry.membership.actions import NewWorker, admit, end_membership, move_members, transfer
from chunyu.registry.membership.grouping import NAMES
from chunyu.registry.membership.queries import members_in_groups, members_in_groups_on, members_under_on
from chunyu.registry.membership.tables import GroupChange, MemberCount, Membership, Worker
from tests.registry.people import id_number
from tests.registry.union_sheets import MEMBER_HEAD, MEMBERS, member, sent, sheet
from tests.situations import County, county

pytestmark = pytest.mark.django_db
BEGIN, TODAY = date(2017, 3, 1), date(2026, 3, 2)
Kind = Organisation.Kind


@dataclass
class Told:
    """What one would write down in a book: every spell, and what was said of each worker and firm from which day on."""

    spells: list[list] = field(default_factory=list)  # worker, union, from, until
    records: dict = field(default_factory=dict)  # worker: [(day, migrant, new form, firm)]
    first: dict = field(default_factory=dict)  # worker: groups as first written
    firms: dict = field(default_factory=dict)  # firm: [(day, ownership)]

    def open(self, worker: object, day: date, *said: object) -> None:
        """A record as it is first written: so it was before, too, for as long as they were members."""
        self.records[worker] = [(day, *said)]
        self.first[worker] = self.groups(worker, day)

    def groups(self, worker: object, day: date) -> set[str]:
        if day < self.records[worker][0][0]:
            return self.first[worker]
        migrant, new_form, firm = _then(self.records[worker], day)
        non_public = firm is not None and _then(self.firms[firm], day)[0] not in PUBLIC
        return {name for name, holds in zip(NAMES, (non_public, migrant, bool(new_form)), strict=True) if holds}

    def counted(self, day: date) -> dict[int, Counter]:
        """Of each union the members of a day, and those in each group."""
        found: dict[int, Counter] = {}
        for worker, union, since, until in self.spells:
            if since <= day and (until is None or until > day):
                found.setdefault(union, Counter()).update(["members", *self.groups(worker, day)])
        return found


def _then(said: list[tuple], day: date) -> tuple:
    """The last of what was said up to a day."""
    return next(each[1:] for each in reversed(said) if each[0] <= day)


class Years:
    """Years of a county in which anything happens, and the book kept beside it."""

    def __init__(self, seed: int) -> None:
        self.random, self.place, self.told = Random(seed), county("雨润县"), Told()
        self.day, self.people, self.batches = BEGIN, 0, list[tuple]()
        self.held: set = set()  # workers of an import that may be undone yet
        self.unions = [self.place.workplace, *(self._union(f"雨润县第{at}厂工会") for at in range(3))]
        self.firms = [self._firm(at) for at in range(6)]

    @property
    def acting(self):
        return self.place.acting(Role.ORGANISER, self.day)

    def _union(self, name: str) -> Organisation:
        return found(
            name=name, kind=Kind.GRASSROOTS_UNION, region=self.place.region, parent=self.place.township,
            on=date(2005, 1, 1),
        )  # fmt: skip

    def _firm(self, at: int) -> Enterprise:
        ownership = self.random.choice(["110", "170", "400", "600"])
        firm = employers.register_enterprise(
            self.acting, organisation=self.place.township, name=f"第{at}商店", ownership=ownership,
            known_from=date(2010, 1, 1),
        )  # fmt: skip
        self.told.firms[firm.pk] = [(self.day, ownership)]
        return firm

    def go(self, steps: int) -> None:
        acts = (
            [self.join] * 5 + [self.leave] * 3 + [self.transfer] * 3 + [self.say] * 6 + [self.reclassify] * 2
            + [self.bring_in, self.undo]
        )  # fmt: skip
        for at in range(steps):
            self.day += timedelta(self.random.choice((0, 1, 9, 30, 60)))
            self.random.choice(acts)()
            if at == steps // 2:
                self.dissolve()

    def _past(self, earliest: date) -> date:
        """Today, or a day past: what happened is often told later."""
        return max(earliest, self.day - timedelta(self.random.choice((0, 0, 40, 500))))

    def _said(self) -> tuple:
        return (
            self.random.random() < 0.5,
            self.random.choice(["", "", "courier"]),
            self.random.choice([*self.firms, None]),
        )

    def _open(self) -> list[list]:
        return [each for each in self.told.spells if each[3] is None and each[0] not in self.held]

    def join(self) -> None:
        gone = [worker for worker in self.told.records if worker not in self.held]
        gone = [
            worker for worker in gone if not any(each[0] == worker and each[3] is None for each in self.told.spells)
        ]
        if gone and self.random.random() < 0.4:
            worker = self.random.choice(gone)
            left = max((each[3] for each in self.told.spells if each[0] == worker), default=BEGIN)
            on, union = self._past(left), self.random.choice(self.unions)
            admit(self.acting, union, NewWorker("程梅", Worker.objects.get(pk=worker).id_number.reveal()), on=on)
        else:
            self.people += 1
            migrant, new_form, firm = self._said()
            person = NewWorker(
                "程梅", id_number(order=self.people), is_migrant=migrant, new_form=new_form, enterprise=firm
            )
            on, union = self._past(BEGIN), self.random.choice(self.unions)
            worker = admit(self.acting, union, person, on=on).worker_id
            self.told.open(worker, self.day, migrant, new_form, firm and firm.pk)
        self.told.spells.append([worker, union.pk, on, None])

    def leave(self) -> None:
        for spell in self.random.sample(self._open(), min(1, len(self._open()))):
            on = self._past(spell[2] + timedelta(1))
            if on <= self.day:
                end_membership(self.acting, Worker.objects.get(pk=spell[0]), how="left", on=on)
                spell[3] = on

    def transfer(self) -> None:
        for spell in self.random.sample(self._open(), min(1, len(self._open()))):
            on, to = self._past(spell[2] + timedelta(1)), self.random.choice(self.unions)
            if on <= self.day and to.pk != spell[1]:
                transfer(self.acting, Worker.objects.get(pk=spell[0]), to, on=on)
                spell[3] = on
                self.told.spells.append([spell[0], to.pk, on, None])

    def say(self) -> None:
        """The record is put right, or follows what changed; members and former members alike."""
        workers = [worker for worker in self.told.records if worker not in self.held]
        for worker in self.random.sample(workers, min(2, len(workers))):
            migrant, new_form, firm = self._said()
            row = Worker.objects.get(pk=worker)
            row.is_migrant, row.new_form, row.enterprise, row.described_on = migrant, new_form, firm, self.day
            row.save()
            self.told.records[worker].append((self.day, migrant, new_form, firm and firm.pk))

    def reclassify(self) -> None:
        firm = self.random.choice(self.firms)
        firm.ownership, firm.described_on = self.random.choice(["110", "170", "159", "400"]), self.day
        firm.save()
        self.told.firms[firm.pk].append((self.day, firm.ownership))

    def bring_in(self) -> None:
        """A sheet changes one record and brings somebody new."""
        if not self._open() or self.batches:
            return
        worker, union, since, _ = self.random.choice(self._open())
        row = Worker.objects.get(pk=worker)
        order = int(row.id_number.reveal()[14:17])
        self.people += 1
        by_pk = {each.pk: each.name for each in self.unions}
        turned = not row.is_migrant
        batch = sent(
            self.acting, MEMBERS,
            sheet(
                MEMBER_HEAD,
                member(order, by_pk[union], joined=since, migrant="是" if turned else "否"),
                member(self.people, by_pk[union], joined=self._past(BEGIN), migrant="是"),
            ),
        )  # fmt: skip
        assert batch.status == "imported", batch.findings
        new = Membership.objects.select_related("worker").latest("worker__pk")
        row.refresh_from_db()
        was = self.told.records[worker][-1]
        self.told.records[worker].append((self.day, turned, was[2], was[3]))
        self.told.open(new.worker_id, self.day, True, "", None)
        self.told.spells.append([new.worker_id, union, new.valid_from, None])
        self.batches.append((batch, worker, new.worker_id))
        self.held |= {worker, new.worker_id}

    def undo(self) -> None:
        """On no day was anybody what only an import said that was undone."""
        while self.batches:
            batch, changed, new = self.batches.pop()
            undone = importing.undo(self.acting, batch)
            assert undone.kept == []
            self.told.records[changed].pop()
            self.told.spells = [each for each in self.told.spells if each[0] != new]
            self.held -= {changed, new}

    def dissolve(self) -> None:
        """A union is dissolved; its members go to another."""
        self.undo()
        self.day += timedelta(1)
        gone = self.unions.pop()
        move_members(self.acting, gone, self.unions[0], on=self.day, reason="撤销")
        for spell in self._open():
            if spell[1] == gone.pk:
                spell[3] = self.day
                self.told.spells.append([spell[0], self.unions[0].pk, self.day, None])
        dissolve(gone, on=self.day)


def kept_is_right(years: Years) -> None:
    days = sorted({years.day, *(date(year, 12, 31) for year in range(2016, 2026))})
    days += [BEGIN + timedelta(years.random.randrange((years.day - BEGIN).days + 1)) for _ in range(40)]
    for day in days:
        told = years.told.counted(day)
        whole: Counter = sum(told.values(), Counter())
        assert members_under_on(years.place.federation, day) == whole["members"], day
        assert members_in_groups_on(years.place.federation, day) == {name: whole[name] for name in NAMES}, day
        union = years.random.choice(years.unions)
        assert members_in_groups_on(union, day) == {name: told.get(union.pk, {}).get(name, 0) for name in NAMES}, day
    now = years.told.counted(date.max)
    kept = {
        row.organisation_id: (row.members, *(getattr(row, name) for name in NAMES)) for row in MemberCount.objects.all()
    }
    assert {key: count for key, count in kept.items() if count[0]} == {
        key: (found["members"], *(found[name] for name in NAMES)) for key, found in now.items()
    }
    with connection.cursor() as cursor:
        for rule in (
            "members of groups are counted per union",
            "the groups of members grow per union and year as they are",
            "each year ends with what the years before it left",
            "the days of a year add up to it",
        ):
            cursor.execute(RULES[rule])
            assert cursor.fetchone() == (0,), rule


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_whatever_happens_the_kept_numbers_are_those_of_the_book(seed: int) -> None:
    years = Years(seed)
    years.go(120)
    assert GroupChange.objects.exists()
    kept_is_right(years)


@pytest.fixture
def yurun() -> County:
    return county("雨润县")


def courier(yurun: County, **more: object) -> Worker:
    acting = yurun.acting(Role.ORGANISER, TODAY)
    person = NewWorker("程梅", id_number(), is_migrant=True, new_form="courier", **more)
    return admit(acting, yurun.workplace, person, on=date(2020, 5, 1)).worker


def say(worker: Worker, on: date, **said: object) -> None:
    for name, value in (said | {"described_on": on}).items():
        setattr(worker, name, value)
    worker.save()


def test_who_goes_out_of_a_group_drops_from_that_day_and_not_before(yurun: County) -> None:
    worker = courier(yurun)
    day = date(2025, 9, 10)
    say(worker, day, is_migrant=False)
    before, after = (members_in_groups_on(yurun.federation, each) for each in (day - timedelta(1), day))
    assert (before["migrant"], after["migrant"]) == (1, 0)
    assert before["new_form"] == after["new_form"] == 1
    assert members_in_groups(yurun.path) == after
    assert members_in_groups_on(yurun.federation, date(2020, 4, 30)) == dict.fromkeys(NAMES, 0)


def test_what_is_put_right_on_the_same_day_leaves_no_trace(yurun: County) -> None:
    worker = courier(yurun)
    say(worker, TODAY, is_migrant=False)
    say(worker, TODAY, is_migrant=True)
    assert not GroupChange.objects.exists()
    assert members_in_groups(yurun.path)["migrant"] == 1


def test_a_firm_that_goes_into_private_hands_takes_its_members_along(yurun: County) -> None:
    acting = yurun.acting(Role.ORGANISER, TODAY)
    mill = employers.register_enterprise(
        acting, organisation=yurun.township, name="纺织厂", ownership="110", known_from=date(2010, 1, 1)
    )
    courier(yurun, enterprise=mill)
    mill.ownership, mill.described_on = "170", date(2024, 2, 1)
    mill.save()
    found = [
        members_in_groups_on(yurun.federation, each)["non_public"] for each in (date(2024, 1, 31), date(2024, 2, 1))
    ]
    assert found == [0, 1]
    assert members_in_groups(yurun.path)["non_public"] == 1


def test_a_county_that_moves_leaves_last_years_groups_where_they_were(yurun: County) -> None:
    courier(yurun)
    city = found(
        name="新城市总工会", kind=Kind.MUNICIPAL_FEDERATION, region=yurun.city.region, parent=yurun.province,
        on=date(2000, 1, 1),
    )  # fmt: skip
    move(yurun.federation, city, on=date(2026, 1, 1))
    counted = [
        members_in_groups_on(each, day)["migrant"] for day in (date(2025, 12, 31), TODAY) for each in (yurun.city, city)
    ]
    assert counted == [1, 0, 0, 1]


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("UPDATE registry_worker SET is_migrant = false", "does so on a day"),
        ("UPDATE registry_membercount SET migrant = 2", "member_count_parts_within_all"),
        ("UPDATE registry_membercount SET new_form = -1", "member_count_parts_within_all"),
    ],
)
def test_nobody_gets_past_the_database(yurun: County, statement: str, rule: str) -> None:
    courier(yurun)
    with pytest.raises(IntegrityError, match=rule), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_change_once_noted_is_not_altered(yurun: County) -> None:
    worker = courier(yurun)
    say(worker, date(2025, 9, 10), is_migrant=False)
    with pytest.raises(Exception, match="Cannot update"), transaction.atomic():
        GroupChange.objects.update(turned_on=date(2024, 1, 1))
