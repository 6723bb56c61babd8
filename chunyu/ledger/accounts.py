"""Finding, or opening, the account for a purpose."""

from collections.abc import Iterable
from uuid import UUID

from chunyu.ledger.models import Account, Commodity, Fund


def account(fund: Fund, kind: str, programme: str = "") -> Account:
    """The fund's account of this kind, opened at its first use. Refused by the database outside the earmarks."""
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


def source(fund: Fund) -> Account:
    return account(fund, Account.Kind.SOURCE)


def cash(fund: Fund) -> Account:
    return account(fund, Account.Kind.CASH)


def spent(fund: Fund) -> Account:
    return account(fund, Account.Kind.SPENT)


def arriving(fund: Fund) -> Account:
    return account(fund, Account.Kind.ARRIVING)


def committed(fund: Fund, programme: str) -> Account:
    return account(fund, Account.Kind.COMMITTED, programme)


def in_transit(fund: Fund, programme: str) -> Account:
    return account(fund, Account.Kind.IN_TRANSIT, programme)


def received(fund: Fund, recipients: Iterable[tuple[UUID, str]]) -> dict[tuple[UUID, str], Account]:
    """The accounts of households (by key) for a programme, those that are missing opened, all in three queries."""
    wanted = set(recipients)
    money = Commodity.money()
    known = Account.objects.filter(
        fund=fund, commodity=money, kind=Account.Kind.HOUSEHOLD, household__in={household for household, _ in wanted}
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
