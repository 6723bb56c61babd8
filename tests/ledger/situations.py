"""Money in a county, built by the same actions that its people use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from zlib import crc32

from chunyu.accounts.acting import Acting
from chunyu.accounts.roles import Role
from chunyu.federation.models import Organisation
from chunyu.ledger import actions, stock_accounts
from chunyu.ledger.models import Fund, Good, PaymentOrder, PayoutBatch, YearClosing
from chunyu.registry.actions import open_household
from chunyu.registry.models import Household
from tests import situations
from tests.registry.people import person

DAY = date(2026, 11, 23)
LIVING, MEDICAL, TUITION = "living", "medical", "education"
LABELS = {LIVING: "生活救助", MEDICAL: "医疗救助", TUITION: "助学救助"}
# Valid by their check digit, and of no bank.
CARD, OTHER_CARD = "6200000000000000010", "6200000000000000028"
_number = count(1)


def acting_as(role: Role, organisation: Organisation) -> Acting:
    return situations.acting(role, organisation, DAY)


def fund_with(
    acting: Acting,
    amount_fen: int,
    *programmes: str,
    source: str = "central_fiscal",
    name: str = "中央财政专项帮扶资金",
    document_no: str = "",
    rule_no: str = "",
) -> Fund:
    fund = actions.open_fund(
        acting,
        organisation=acting.organisation,
        name=name,
        source=source,
        document_no=document_no or f"财社〔2026〕{next(_number)}号",
        year=2026,
        day=DAY,
        programmes={code: LABELS[code] for code in programmes},
        rule_numbers=dict.fromkeys(programmes, rule_no),
    )
    if amount_fen:
        actions.receive(acting, fund=fund, amount_fen=amount_fen, day=DAY, document_no="拨款单1", key="first")
    return fund


def household(organisation: Organisation, name: str = "程梅") -> Household:
    caseworker = acting_as(Role.COUNTY_CASEWORKER, organisation)
    days, place = divmod(next(_number), 900)
    worker = person(name, birth=date(1970, 1, 1) + timedelta(days=days), order=place + 1)
    return open_household(caseworker, organisation=organisation, worker=worker, on=DAY)


def card_of(payee: str) -> str:
    """One card for each name; no two people share one."""
    return CARD if payee == "程梅" else f"62{crc32(payee.encode()):017d}"


def order(
    approver: Acting,
    fund: Fund,
    amount_fen: int,
    *,
    home: Household | None = None,
    programme: str = LIVING,
    reference: str = "",
    card: str | None = None,
    payee: str = "程梅",
    **more,
) -> PaymentOrder:
    home = home or household(approver.organisation, payee)
    return actions.order_payment(
        approver,
        organisation=home.organisation,
        household=home,
        programme=programme,
        programme_label=LABELS[programme],
        fund=fund,
        amount_fen=amount_fen,
        reference=reference or f"帮扶〔2026〕{next(_number):04d}号",
        payee_name=payee,
        bank_name="春雨农商银行",
        card_number=card_of(payee) if card is None else card,
        day=DAY,
        **more,
    )


def approved_batch(preparer: Acting, second: Acting, fund: Fund, orders: list[PaymentOrder]) -> PayoutBatch:
    batch = actions.prepare_batch(preparer, fund=fund, orders=orders, day=DAY)
    batch = actions.submit(preparer, batch)
    return actions.approve(second, batch, shown=batch.digest, day=DAY)


def sent_batch(preparer: Acting, second: Acting, fund: Fund, orders: list[PaymentOrder]) -> PayoutBatch:
    batch = approved_batch(preparer, second, fund, orders)
    actions.send(preparer, batch, day=DAY)
    batch.refresh_from_db()
    return batch


def result_csv(batch: PayoutBatch, bounced: Mapping[str, str] | None = None, only: set[str] | None = None) -> bytes:
    """What the bank answers: everything paid but the `bounced` lines (line key to reason)."""
    bounced = bounced or {}
    rows = [line for line in batch.lines.order_by("line_no") if only is None or line.line_key in only]
    text = ["行号键,金额,结果,原因"]
    text += [
        f"{line.line_key},{line.amount_fen / 100:.2f},"
        + (f"失败,{bounced[line.line_key]}" if line.line_key in bounced else "成功,")
        for line in rows
    ]
    text.append(f"合计,{len(rows)},{sum(line.amount_fen for line in rows) / 100:.2f},")
    return ("\r\n".join(text) + "\r\n").encode()


NEXT_YEAR = date(2027, 1, 12)


def next_year(acting: Acting) -> Acting:
    """The same person when the year is over."""
    return Acting(acting.post, NEXT_YEAR)


def close(finance: Acting, second: Acting, fund: Fund, year: int = 2026) -> YearClosing:
    """One states, another closes, on a day of the next year."""
    statement = actions.prepare_closing(next_year(finance), fund=fund, year=year)
    return actions.close_year(next_year(second), statement, shown=statement.digest)


# A signed paper as a phone photographs it.
PAPER = b"\xff\xd8\xff signed by the payee \xff\xd9"


@dataclass(frozen=True)
class Stocked:
    """A place with goods of 30 yuan a unit."""

    place: Organisation
    goods: list[Good]

    def there(self, good: Good) -> int:
        return stock_accounts.there(self.place, good)


def stocked(keeper: Acting, place: Organisation, quantities: Mapping[str, int]) -> Stocked:
    """Goods that were listed and taken in at a place."""
    goods = [
        actions.list_good(keeper, organisation=keeper.organisation, name=name, unit="份", value_fen=30_00, day=DAY)
        for name in quantities
    ]
    taken = dict(zip(goods, quantities.values(), strict=True))
    actions.take_in(
        keeper, place=place, goods=taken, origin="purchase", document_no="RK-1", day=DAY, key=f"in-{next(_number)}"
    )
    return Stocked(place, goods)
