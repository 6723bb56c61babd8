"""A county with money in it, made by the actions that its people use; and households put on file in bulk."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction

from bench.importing_step import id_number
from chunyu.accounts.acting import Acting
from chunyu.accounts.actions import appoint, open_account
from chunyu.accounts.models import Post
from chunyu.accounts.roles import Role
from chunyu.federation.actions import found
from chunyu.federation.models import Organisation, Region
from chunyu.ledger import actions
from chunyu.ledger.models import Fund

DAY = date(2026, 11, 23)
FOUNDED = date(2000, 1, 1)
SOURCE = "fictional, for measuring"
NAMES = ("程梅", "赵兰", "董涵玉", "萧芳建", "欧阳春", "李雨", "王润泽", "张春雨")
PROGRAMME, LABEL = "living", "生活救助"
# People born on one of these days, and their order codes: enough numbers for every household here.
FIRST_DAY, DAYS = date(1960, 1, 1), 12_000


def person(role: Role, organisation: Organisation, username: str = "") -> Post:
    name = username or f"{role}-{secrets.token_hex(4)}"
    return appoint(open_account(username=name, full_name=str(role.label)), organisation, role, on=FOUNDED)


@dataclass(frozen=True)
class County:
    """A federation that pays, with the two of its people whom every batch needs."""

    federation: Organisation
    unions: Sequence[Organisation]
    finance: Acting
    second: Acting


def province() -> Organisation:
    """The top of the tree; the one that is there already, or a new one."""
    if there := Organisation.objects.filter(parent=None).first():
        return there
    region = Region.objects.create(code="99", name="春雨省", level="province", valid_from=FOUNDED, source=SOURCE)
    return found(name="春雨省总工会", kind="provincial_federation", region=region, parent=None, on=FOUNDED)


def bare_county(code: str, name: str) -> Organisation:
    """A federation of a county under the province, and nothing more."""
    top = province()
    region = Region.objects.create(
        code=code, name=name, level="county", parent=top.region, valid_from=FOUNDED, source=SOURCE
    )
    return found(name=f"{name}总工会", kind="county_federation", region=region, parent=top, on=FOUNDED)


def county(code: str = "139901", name: str = "雨润县") -> County:
    """A county under the province with two workplaces, a finance officer and another person for the second look."""
    place = bare_county(code, name)
    unions = [
        found(name=f"{name}第{nth}工会", kind="grassroots_union", region=place.region, parent=place, on=FOUNDED)
        for nth in "一二"
    ]
    officer, other = (Acting(person(Role.FINANCE_OFFICER, place), DAY) for _ in range(2))
    return County(place, unions, officer, other)


def fund(acting: Acting, number: int, amount_fen: int = 0) -> Fund:
    """A fund of the county's own, with money where an amount is given."""
    opened = actions.open_fund(
        acting,
        organisation=acting.organisation,
        name=f"县财政帮扶资金{number}",
        source="county_fiscal",
        document_no=f"财社〔2026〕{number}号",
        year=2026,
        day=DAY,
    )
    if amount_fen:
        actions.receive(acting, fund=opened, amount_fen=amount_fen, day=DAY, document_no="拨款单", key="first")
    return opened


@transaction.atomic
def families(place: County, households: int) -> list[tuple[str, str, str]]:
    """Households on file with their worker each, in bulk: (key, name of the worker, card)."""
    from chunyu.demo.filing import copy_in
    from chunyu.registry.actions import Person, member_row, reserve_file_numbers
    from chunyu.registry.models import Household

    files, workers, cards = [], [], []
    first = Household.objects.count()
    numbers = reserve_file_numbers(place.federation.region.code, DAY.year, households)
    for at, file_number in enumerate(numbers, first):
        union = place.unions[at % len(place.unions)]
        home = Household(organisation=union, file_number=file_number, opened_on=DAY)
        born, order = FIRST_DAY + timedelta(days=at % DAYS), 1 + 2 * (at // DAYS)
        files.append(home)
        workers.append(member_row(home, Person(NAMES[at % len(NAMES)], id_number(born, order)), DAY))
        cards.append(f"62{at:017d}")
    copy_in(files)
    copy_in(workers)
    return [(str(home.pk), who.name, card) for home, who, card in zip(files, workers, cards, strict=True)]
