"""Finding, or opening, the account for a purpose."""

from collections.abc import Iterable
from uuid import UUID

from django.db import connection

from chunyu.federation.one_of import one_of
from chunyu.ledger.models import Account, Commodity, Fund
from chunyu.wall.scope import beyond_scope


def of(fund: Fund, *ways: tuple[str, str]) -> list[Account]:
    """The fund's accounts of these kinds and programmes, in the order asked, found in one query; one that is missing is
    opened, which the database refuses outside the earmarks."""
    there = Account.objects.filter(fund=fund, kind__in={kind for kind, _ in ways})
    with beyond_scope("fund-above"):
        known = {(each.kind, each.programme): each for each in there}
        return [known.get(way) or _open(fund, *way) for way in ways]


def _open(fund: Fund, kind: str, programme: str) -> Account:
    return Account.objects.get_or_create(
        fund=fund,
        commodity=Commodity.money(),
        kind=kind,
        programme=programme,
        defaults={
            "organisation": fund.organisation,
            "scope_path": fund.scope_path,
            "floor": None if kind == Account.Kind.SOURCE else 0,
        },
    )[0]


SOURCE, CASH, SPENT = (Account.Kind.SOURCE, ""), (Account.Kind.CASH, ""), (Account.Kind.SPENT, "")


def source(fund: Fund) -> Account:
    return of(fund, SOURCE)[0]


def cash(fund: Fund) -> Account:
    return of(fund, CASH)[0]


def arriving(fund: Fund) -> Account:
    return of(fund, (Account.Kind.ARRIVING, ""))[0]


def committed(fund: Fund, programme: str) -> Account:
    return of(fund, (Account.Kind.COMMITTED, programme))[0]


def in_transit(fund: Fund, programme: str) -> Account:
    return of(fund, (Account.Kind.IN_TRANSIT, programme))[0]


def received(fund: Fund, recipients: Iterable[tuple[UUID, str]]) -> dict[tuple[UUID, str], Account]:
    """The accounts of households (by key) for a programme, those that are missing opened, all in three queries however
    many they are. They carry their key and nothing more: what is moved needs no more of them."""
    with beyond_scope("fund-above"):
        return _received(fund, recipients)


def _received(fund: Fund, recipients: Iterable[tuple[UUID, str]]) -> dict[tuple[UUID, str], Account]:
    wanted = set(recipients)
    money = Commodity.money()
    known = Account.objects.filter(
        one_of("household", {household for household, _ in wanted}), fund=fund, kind=Account.Kind.HOUSEHOLD
    ).values_list("household", "programme", "pk")
    if missing := sorted(wanted - {(household, programme) for household, programme, _pk in known}):
        with connection.cursor() as cursor:
            cursor.execute(
                _OPEN_FOR_HOUSEHOLDS,
                [fund.pk, money.pk, fund.organisation_id, fund.scope_path, *map(list, zip(*missing, strict=True))],
            )
    return {key: Account(pk=pk) for *place, pk in known.all() if (key := (place[0], place[1])) in wanted}


_OPEN_FOR_HOUSEHOLDS = """
    INSERT INTO ledger_account
        (fund_id, commodity_id, organisation_id, scope_path, kind, household_id, programme, floor, balance)
    SELECT %s, %s, %s, %s, 'household', household, programme, 0, 0
    FROM unnest(%s::uuid[], %s::text[]) AS missing (household, programme)
    ON CONFLICT DO NOTHING
"""
