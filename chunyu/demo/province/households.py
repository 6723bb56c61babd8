"""Hardship households of a province: the demonstration's families in every county, decided by the rules in force, and
their workers members of a union there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from django.db import transaction

from chunyu.accounts.roles import Role
from chunyu.demo.families import REGION, Families
from chunyu.demo.federation import acting
from chunyu.demo.filing import file_families
from chunyu.demo.province import progress
from chunyu.demo.province.plan import ORDERS, Plan, parts
from chunyu.demo.province.tree import Tree
from chunyu.federation.kinds import Kind
from chunyu.federation.models import Organisation
from chunyu.hardship.deciding import decide_households
from chunyu.registry.identity import check_character
from chunyu.registry.membership.actions import NewWorker, worker_row
from chunyu.registry.membership.tables import Membership, Worker
from chunyu.registry.models import Household, Member

STANDARD = 72_000  # the living standard that the rules name for the province, fen a head and month
LAST_ORDER = 998


@dataclass
class CountyFamilies(Families):
    """Families whose numbers no other county and nobody on the lists of members has: their order codes lie behind the
    others', and of those each county takes every hundred and seventieth."""

    place: int = 0
    places: int = 1

    def id_number(self, opened: date, age: int, sex: str) -> str:
        while True:
            birth = date(opened.year - age, 1, 1) + timedelta(days=self.random.randint(0, 364))
            orders = [
                order
                for order in range(ORDERS + 1, LAST_ORDER + 1)
                if (order + birth.toordinal()) % self.places == self.place and order % 2 == int(sex) % 2
            ]
            if not orders:
                continue
            first = f"{REGION}{birth:%Y%m%d}{self.random.choice(orders):03d}"
            number = first + check_character(first)
            if number not in self.taken:
                self.taken.add(number)
                return number


def shares(plan: Plan, tree: Tree) -> list[int]:
    """How many households each county has."""
    random = plan.random("households")
    return parts(plan.households, [random.uniform(0.6, 1.6) for _ in tree.counties])


@transaction.atomic
def file_households(tree: Tree, county: int, count: int) -> int:
    """Open the files of one county, decide them, and put their workers on the record of their union."""
    if not progress.take("households", county, count):
        return 0
    plan, here = tree.plan, tree.counties[county]
    random = plan.random("families", county)
    unions = list(Organisation.objects.filter(pk__in=_some_unions(tree, county, random)).select_related("region"))
    townships = tuple(
        each.name.removesuffix("总工会").removeprefix(here.place)
        for each in tree.founded
        if each.county == county and each.kind == Kind.TOWNSHIP_UNION
    )
    families = CountyFamilies(
        random, here.place, townships or ("城关镇",), STANDARD, plan.day,
        place=county, places=len(tree.counties),
    )  # fmt: skip
    federation = Organisation.objects.select_related("region").get(pk=here.number)
    caseworker = acting(Role.COUNTY_CASEWORKER, federation, plan.day)
    file_families(caseworker, [(random.choice(unions), family) for family in families.make(count)])
    decide_households(caseworker, Household.objects.within(here.path).select_related("organisation__region"))
    _admit(federation, random, plan.day)
    return count


def _some_unions(tree: Tree, county: int, random: Random) -> list[int]:
    """Some of a county's unions keep files, as in life."""
    places = tree.of_county[county]
    return [tree.unions[place].number for place in random.sample(places, min(len(places), 40))]


def _admit(county: Organisation, random: Random, day: date) -> None:
    workers: list[Worker] = []
    spells: list[Membership] = []
    on_file = Member.objects.within(county.path).filter(is_worker=True, is_open=True)
    for each in on_file.select_related("organisation").order_by("pk"):
        worker = worker_row(each.organisation, NewWorker(each.name, each.id_number.reveal()))
        worker.is_member = True
        workers.append(worker)
        since = day - timedelta(random.randint(200, 4_000))
        spells.append(Membership(organisation=each.organisation, worker=worker, valid_from=since))
    Worker.objects.bulk_create(workers, batch_size=500)
    Membership.objects.bulk_create(spells, batch_size=500)
