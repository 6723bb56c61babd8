"""Finding, or opening, the account for a purpose."""

from collections.abc import Iterable
from uuid import UUID

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
    """The accounts of households (by key) for a programme, those that are missing opened, all in three queries."""
    with beyond_scope("fund-above"):
        return _received(fund, recipients)


def _received(fund: Fund, recipients: Iterable[tuple[UUID, str]]) -> dict[tuple[UUID, str], Account]:
    wanted = set(recipients)
    money = Commodity.money()
    known = Account.objects.filter(
        one_of("household", {household for household, _ in wanted}), fund=fund, kind=Account.Kind.HOUSEHOLD
    )
    missing = wanted - {(each.household_id, each.programme) for each in known}
    Account.objects.bulk_create(
        [
            Account(
                fund=fund,
                commodity=money,
                kind=Account.Kind.HOUSEHOLD,
                household_id=household,
                programme=programme,
                organisation=fund.organisation,
            )
            for household, programme in sorted(missing)
        ],
        ignore_conflicts=True,
    )
    return {key: each for each in known.all() if (key := (each.household_id, each.programme)) in wanted}
