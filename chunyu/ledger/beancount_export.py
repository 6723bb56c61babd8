"""The books as Beancount text, so that a program not of ours can check them (`bean-check`).

Nobody is named: a household is its key, free texts stay out. Every account ends with a balance assertion, so that a
checker which adds up the legs itself must arrive where our accounts stand.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Min, QuerySet

from chunyu.ledger.models import Account, Fund, Leg, Transfer

KINDS = {
    Account.Kind.SOURCE: "Equity:Source",
    Account.Kind.CASH: "Assets:Free",
    Account.Kind.COMMITTED: "Assets:Committed",
    Account.Kind.IN_TRANSIT: "Assets:InTransit",
    Account.Kind.HOUSEHOLD: "Expenses:Aid",
    Account.Kind.SPENT: "Expenses:Union",
    Account.Kind.ARRIVING: "Assets:Arriving",
}
MONEY = "CNY"
STEP = 2_000


def beancount(funds: QuerySet[Fund], as_of: date) -> Iterator[str]:
    """The whole text, line by line, of some funds' books as they stand; `as_of` dates the closing assertions."""
    accounts = list(Account.objects.filter(fund__in=funds).order_by("pk"))
    legs = Leg.objects.filter(account__in=accounts)
    first = legs.aggregate(day=Min("transfer__day"))["day"] or as_of
    last = max([as_of, *legs.order_by("-transfer__day").values_list("transfer__day", flat=True)[:1]])
    names = {account.pk: account_name(account) for account in accounts}
    yield 'option "title" "Chunyu ledger"'
    yield f'option "operating_currency" "{MONEY}"'
    # Left alone, the checker forgives a balance that is one fen off.
    yield 'option "tolerance_multiplier" "0.1"'
    yield ""
    for commodity in sorted({account.commodity_id for account in accounts}):
        yield f"{first} commodity {_commodity(commodity)}"
    for account in accounts:
        yield f"{first} open {names[account.pk]} {_commodity(account.commodity_id)}"
    yield ""
    yield from _transactions(accounts, names)
    for account in accounts:
        yield f"{last + timedelta(days=1)} balance {names[account.pk]} {_amount(account.balance, account.commodity_id)}"


def account_name(account: Account) -> str:
    """A legal Beancount name: kind, fund, programme, and for a household its key."""
    parts = [KINDS[Account.Kind(account.kind)], f"Fund{account.fund_id}"]
    if account.programme:
        parts.append(_word(account.programme))
    if account.household_id:
        parts.append(f"H{account.household_id.hex}")
    if account.commodity_id != MONEY:
        parts.append(_word(account.commodity_id))
    return ":".join(parts)


def _word(code: str) -> str:
    """A name's part may hold letters, digits and hyphens only; a short mark keeps apart what would coincide."""
    plain = re.sub(r"[^A-Za-z0-9]", "-", code)
    if plain.replace("-", "_") == code:
        return f"P-{plain}"
    return f"P-{plain}-{hashlib.sha256(code.encode()).hexdigest()[:6]}"


def _commodity(code: str) -> str:
    return MONEY if code == MONEY else "G" + re.sub(r"[^A-Z0-9]", "", code.upper())[:20] + "X"


def _amount(quantity: int, commodity: str) -> str:
    """Money is written in yuan with two places, goods in their unit."""
    return f"{Decimal(quantity) / 100:.2f} {MONEY}" if commodity == MONEY else f"{quantity} {_commodity(commodity)}"


def _transactions(accounts: Iterable[Account], names: dict[int, str]) -> Iterator[str]:
    commodities = {account.pk: account.commodity_id for account in accounts}
    transfers = (
        Transfer.objects.filter(legs__account__in=list(commodities))
        .distinct()
        .order_by("day", "posted_at", "pk")
        .prefetch_related("legs")
    )
    for transfer in transfers.iterator(STEP):
        yield f'{transfer.day} * "{transfer.reason}"'
        yield f'  transfer: "{transfer.pk}"'
        if transfer.reverses_id:
            yield f'  reverses: "{transfer.reverses_id}"'
        for leg in sorted(transfer.legs.all(), key=lambda each: each.position):
            sign = 1 if leg.side == Leg.Side.DEBIT else -1
            yield f"  {names[leg.account_id]}  {_amount(sign * leg.quantity, commodities[leg.account_id])}"
        yield ""
