"""A batch of pay-outs from the orders to the bank's answer, each step timed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from bench.books import county, processor
from bench.books.county import DAY, LABEL, PROGRAMME, County
from bench.books.processor import Spent
from chunyu.accounts.acting import Acting
from chunyu.accounts.roles import Role
from chunyu.ledger import actions, checking
from chunyu.ledger.models import PaymentOrder, PayoutBatch
from chunyu.registry.models import Household

RETURNED_OF = 500  # of so many lines one comes back
STEPS = ("made from orders", "checked and handed on", "approved", "filed with the bank", "confirmed by the result file")


def pay_out(place: County, lines: int) -> dict[str, Any]:
    """Seconds of each step, with its commit. RuntimeError when the money does not end where it should."""
    decider = Acting(county.person(Role.COUNTY_APPROVER, place.federation), DAY)
    homes = county.families(place, lines)
    money = county.fund(place.finance, 1_000_000 + lines, lines * 1_000_000)
    spent: dict[str, Spent] = {}

    def timed(step: str, work: Callable[[], Any]) -> Any:
        begun = processor.now()
        made = work()
        spent[step] = processor.now().since(begun)
        return made

    listed = _listed(homes)
    ordered = {
        "fund": money, "programme": PROGRAMME, "programme_label": LABEL, "day": DAY, "delivery": "campaign",
    }  # fmt: skip
    timed("money set aside for the orders", lambda: actions.order_list(decider, lines=listed, **ordered))
    orders = list(PaymentOrder.objects.filter(fund=money))
    made, handed, approved, filed, confirmed = STEPS
    batch = timed(made, lambda: actions.prepare_batch(place.finance, fund=money, orders=orders, day=DAY))
    batch = timed(handed, lambda: actions.submit(place.finance, batch))
    batch = timed(approved, lambda: actions.approve(place.second, batch, shown=batch.digest, day=DAY))
    kept = timed(filed, lambda: actions.send(place.finance, batch, day=DAY))
    answer, back = _answer(batch)
    answered = DAY + timedelta(days=1)
    timed(confirmed, lambda: actions.import_result(place.finance, batch, content=answer, day=answered))
    _must_hold(batch, lines, back)
    return {
        "spent": {step: asdict(each) for step, each in spent.items()},
        "lines": lines,
        "returned": back,
        "bank_file_bytes": kept.size if kept else 0,
    }


def _listed(homes: list[tuple[str, str, str]]) -> list[actions.ListedPayment]:
    found = Household.objects.select_related("organisation").in_bulk([key for key, _, _ in homes])
    by_key = {str(key): home for key, home in found.items()}
    return [
        actions.ListedPayment(
            household=by_key[key],
            amount_fen=50_000 + at % 700 * 100,
            reference=f"送温暖〔2026〕{key[:8]}{key[24:]}号",
            payee_name=name,
            bank_name="春雨农商银行",
            card_number=card,
        )
        for at, (key, name, card) in enumerate(homes)
    ]


def _answer(batch: PayoutBatch) -> tuple[bytes, int]:
    """The bank's result file, in which every so manieth payment comes back; and how many did."""
    rows, total, back = ["行号键,金额,结果,原因"], 0, 0
    for at, (key, fen) in enumerate(batch.lines.order_by("line_no").values_list("line_key", "amount_fen")):
        total += fen
        returned = at % RETURNED_OF == RETURNED_OF - 1
        back += returned
        rows.append(f"{key},{fen / 100:.2f},{'失败,账户已销户' if returned else '成功,'}")
    rows.append(f"合计,{len(rows) - 1},{total / 100:.2f},")
    return ("\r\n".join(rows) + "\r\n").encode(), back


def _must_hold(batch: PayoutBatch, lines: int, back: int) -> None:
    batch.refresh_from_db()
    outcomes = [batch.lines.filter(outcome=outcome).count() for outcome in ("paid", "returned")]
    if batch.status != "settled" or outcomes != [lines - back, back]:
        raise RuntimeError(f"the batch is {batch.status} with {outcomes} paid and returned")
    if not checking.soundness().holds or checking.orders_out_of_step() or checking.ways_that_differ():
        raise RuntimeError("the books are not sound after the batch")
