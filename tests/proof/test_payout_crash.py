"""The way of a pay-out, interrupted at every step of it and tried again by an operator who does not know how far it
came: no line is paid twice, none is forgotten, and the bank gets the same bytes. A mock bank credits every line of
every file whose number it has not seen. The control numbers a batch when its file is made, and must pay twice."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.db import transaction

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.ledger import actions, queries
from chunyu.ledger.actions import batches, results
from chunyu.ledger.checking import orders_out_of_step, soundness
from chunyu.ledger.models import BatchLine, Fund, PaymentOrder, PayoutBatch
from chunyu.privacy import vault
from chunyu.privacy.row_key import row_key
from tests import situations
from tests.ledger.situations import DAY, acting_as, fund_with, order
from tests.proof.counts import count
from tests.proof.scoring import Score

pytestmark = [pytest.mark.proof("R5"), pytest.mark.django_db(transaction=True)]
LINES = 4
# Where a process can die: (module, what it calls there). The call is made, or not made, and then nothing more happens.
POINTS = (
    ("approve", batches, "_decide"),
    ("approve", batches, "record"),
    ("prepare", batches, "_next_number"),
    ("prepare", batches, "_collect"),
    ("submit", batches, "digest"),
    ("submit", batches, "record"),
    ("send", batches, "bank_file"),
    ("send", vault, "put"),
    ("send", batches, "post"),
    ("send", batches, "record"),
    ("download", batches, "bank_file"),
    ("download", batches, "record"),
    ("result", results, "read"),
    ("result", vault, "put"),
    ("result", results, "settle"),
    ("result", results, "post"),
    ("result", results, "record"),
)


class Crash(BaseException):
    """The process dies here. Nothing catches it on the way."""


@dataclass
class Bank:
    """Credits each line of a file once for a number that it has not seen; of `unknown` lines it has lost track."""

    chance: random.Random
    seen: dict[str, bytes] = field(default_factory=dict)
    credits: Counter[str] = field(default_factory=Counter)
    unknown: set[str] = field(default_factory=set)
    entitlement: Callable[[str], str] = str

    def take(self, content: bytes) -> None:
        head, *lines, _tail = content.decode().splitlines()
        number = head.split(",")[2]
        if number in self.seen:
            assert self.seen[number] == content, "one number, one content"
            return
        self.seen[number] = content
        for line in lines:
            key = line.split(",")[2]
            self.credits[self.entitlement(key)] += 1
            if self.chance.random() < 0.2:
                self.unknown.add(key)

    def answer(self, content: bytes, *, final: bool) -> bytes:
        _head, *lines, tail = content.decode().splitlines()
        rows = ["行号键,金额,结果,原因"]
        for line in self.chance.sample(lines, len(lines)):
            _d, _no, key, _name, _bank, _card, amount = line.split(",")
            rows.append(f"{key},{amount},{'未知' if key in self.unknown and not final else '成功'},")
        _t, number, total, _control = tail.split(",")
        return "\r\n".join([*rows, f"合计,{number},{total},"]).encode()


def dying_at(monkeypatch: pytest.MonkeyPatch, place: object, name: str, *, after: bool) -> None:
    real = getattr(place, name)

    def call(*args: object, **kwargs: object) -> object:
        if after:
            real(*args, **kwargs)
        raise Crash

    monkeypatch.setattr(place, name, call)


@dataclass
class Office:
    """Two officers who press on until every payment of the fund is settled, whatever happened before."""

    finance: Acting
    second: Acting
    fund: Fund
    bank: Bank

    def press_on(self, *, final: bool = False) -> str:
        """The next thing to do, done; its name, or empty when nothing is left."""
        batch = PayoutBatch.objects.filter(fund=self.fund).exclude(status__in=["settled", "dissolved"]).first()
        if batch is None:
            ready = list(queries.ready_orders(self.fund))
            if not ready:
                return ""
            actions.prepare_batch(self.finance, fund=self.fund, orders=ready, day=DAY)
            return "prepare"
        if batch.status == "draft":
            actions.submit(self.finance, batch)
        elif batch.status == "submitted":
            actions.approve(self.second, batch, shown=batch.digest, day=DAY)
        elif batch.status == "approved":
            actions.send(self.finance, batch, day=DAY)
        else:
            content = actions.download(self.finance, batch)
            self.bank.take(content)
            actions.import_result(self.finance, batch, content=self.bank.answer(content, final=final), day=DAY)
        return batch.status


@pytest.fixture
def office(transactional_db):
    finance = acting_as(Role.FINANCE_OFFICER, situations.county("雨润县").federation)
    second = acting_as(Role.FINANCE_OFFICER, finance.organisation)
    approver = acting_as(Role.COUNTY_APPROVER, finance.organisation)

    def open_one(seed: int, chance: random.Random) -> Office:
        fund = fund_with(finance, 1_000_000, name=f"资金{seed}")
        for n in range(LINES):
            order(approver, fund, 100 + n, reference=f"C{seed}-{n}", payee=f"张{seed}{n}")
        return Office(finance, second, fund, Bank(chance))

    return open_one


STEP_OF = {"approve": "submitted", "submit": "draft", "send": "approved", "download": "sent", "result": "sent"}


def reach(office: Office, step: str) -> None:
    """Go on without mishap until the step is the next thing to do."""
    while step != "prepare":
        batch = PayoutBatch.objects.filter(fund=office.fund).first()
        if batch is not None and batch.status == STEP_OF[step]:
            return
        office.press_on()


def test_no_crash_pays_twice_or_forgets(office, monkeypatch, score: Score):
    """Every point, the call made or not made, with as many seeds as asked for."""
    lines = 0
    for seed in range(count(1, 20)):
        for place, (step, module, name) in enumerate(POINTS):
            one = office(seed * 100 + place, score.chance(seed * 100 + place))
            reach(one, step)
            with monkeypatch.context() as patch:
                dying_at(patch, module, name, after=bool((seed + place) % 2))
                with pytest.raises(Crash):
                    one.press_on()
            first = dict(one.bank.seen)
            for _ in range(12):
                if not one.press_on():
                    break
                waiting = BatchLine.objects.filter(order__fund=one.fund, outcome="unclear")
                assert {line.line_key for line in waiting} <= one.bank.unknown
                listed = queries.unclear_at_bank(one.finance.path, DAY + timedelta(days=9))
                assert set(waiting) <= set(listed), "every unclear line is seen"
                batch = PayoutBatch.objects.filter(fund=one.fund).first()
                if waiting and batch is not None:
                    refuse_a_second_file(one, batch)
                    one.press_on(final=True)
            assert not one.press_on(), "nothing is left to do"
            orders = PaymentOrder.objects.filter(fund=one.fund)
            assert set(orders.values_list("status", flat=True)) == {"paid"}, (step, name)
            score.counted(batches=1, lines=LINES)
            score.fired(crashes=1)
            score.must_be(0, forgotten=LINES - len(one.bank.credits))
            score.must_be(0, paid_twice=sum(times - 1 for times in one.bank.credits.values()))
            assert first.items() <= one.bank.seen.items()
            lines += LINES
    assert lines == count(1, 20) * len(POINTS) * LINES
    assert (orders_out_of_step(), soundness().holds) == ((), True)


def refuse_a_second_file(one: Office, batch: PayoutBatch) -> None:
    """An operator in a hurry tries to pay an unclear line again."""
    line = batch.lines.filter(outcome="unclear").first()
    if line is None:
        return
    for act in (
        lambda: actions.prepare_batch(one.finance, fund=one.fund, orders=[line.order], day=DAY),
        lambda: actions.reissue(one.finance, line.order, card_number="6200000000000000028", bank_name=""),
    ):
        with pytest.raises(Refusal):
            act()


def test_numbered_at_the_file_a_batch_is_paid_twice(office, score: Score):
    """The control: a file that gets its number as it is made is, after a crash, another file to the bank."""
    one = office(7, score.chance())
    reach(one, "download")
    batch = PayoutBatch.objects.get(fund=one.fund)
    orders = dict(batch.lines.values_list("line_key", "order_id"))
    one.bank.entitlement = lambda key: str(orders["-".join([batch.number, key.rsplit("-", 1)[1]])])

    def file_numbered_now() -> bytes:
        with transaction.atomic():
            content = actions.download(one.finance, batch)
        return content.replace(batch.number.encode(), row_key().hex.encode())

    one.bank.take(file_numbered_now())  # handed over, and the process dies before it remembers
    one.bank.take(file_numbered_now())  # so it is made again
    score.control(paid_twice=sum(times - 1 for times in one.bank.credits.values()))


def test_the_points_are_there(score: Score):
    """A point that was renamed would prove nothing."""
    score.must_be(0, points_gone=sum(not callable(getattr(module, name, None)) for _step, module, name in POINTS))
