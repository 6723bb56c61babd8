"""Finding, or opening, the account for a purpose."""

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


def committed(fund: Fund, programme: str) -> Account:
    return account(fund, Account.Kind.COMMITTED, programme)


def in_transit(fund: Fund, programme: str) -> Account:
    return account(fund, Account.Kind.IN_TRANSIT, programme)
