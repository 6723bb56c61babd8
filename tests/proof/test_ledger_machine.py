"""A state machine plays a county's finance office against a small model in plain Python; they must agree after every
step."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.ledger import actions
from chunyu.ledger.checking import levels_out_of_step, orders_out_of_step, soundness, ways_that_differ
from chunyu.ledger.models import Account, Allocation, Fund, Transfer
from tests.ledger.conftest import approver, finance, second, tree  # noqa: F401 - the county's people, as fixtures
from tests.ledger.situations import (
    DAY,
    LIVING,
    MEDICAL,
    OTHER_CARD,
    acting_as,
    close,
    fund_with,
    household,
    order,
    result_csv,
)
from tests.proof.counts import count
from tests.proof.scoring import Score

pytestmark = [pytest.mark.proof("R2"), pytest.mark.django_db]
PROGRAMMES = (LIVING, MEDICAL)


@dataclass
class Model:
    """What the books must say: balances by kind and programme, and where each order's money is."""

    given: int = 0
    cash: int = 0
    stands: dict[str, str] = field(default_factory=dict)  # order -> committed, in_transit, household
    amounts: dict[str, tuple[str, int]] = field(default_factory=dict)  # order -> programme, fen of the main fund
    other_cash: int = 0  # a second fund, which pays a part of some orders
    other_parts: dict[str, int] = field(default_factory=dict)  # order -> fen of the second fund
    on_the_way: dict[str, int] = field(default_factory=dict)  # allocation -> fen
    below_cash: int = 0
    may_come_back: dict[str, int] = field(default_factory=dict)  # allocation -> fen that arrived and is not back

    def balances(self) -> dict[tuple[str, str], int]:
        sums = {("source", ""): -self.given, ("cash", ""): self.cash}
        for name, kind in self.stands.items():
            programme, fen = self.amounts[name]
            sums[kind, programme] = sums.get((kind, programme), 0) + fen
        return {key: fen for key, fen in sums.items() if fen}

    def of_the_other(self) -> dict[tuple[str, str], int]:
        sums = {("cash", ""): self.other_cash}
        for name, fen in self.other_parts.items():
            if name in self.stands:
                key = self.stands[name], self.amounts[name][0]
                sums[key] = sums.get(key, 0) + fen
        return {key: fen for key, fen in sums.items() if fen}

    def below(self) -> dict[tuple[str, str], int]:
        sums = {("cash", ""): self.below_cash, ("arriving", ""): sum(self.on_the_way.values())}
        return {key: fen for key, fen in sums.items() if fen}


class FinanceOffice(RuleBasedStateMachine):
    world: dict  # finance, second, approver, homes: people and families that stay from play to play

    @initialize()
    def begin(self) -> None:
        self.play = transaction.atomic()
        self.play.__enter__()
        self.fund = fund_with(self.world["finance"], 0, *PROGRAMMES)
        self.other = fund_with(self.world["finance"], 3_000, source="county_union")
        self.model, self.number = Model(other_cash=3_000), 0
        self.allocations: dict[str, Allocation] = {}
        self.closed, self.settled_of_other = False, 0
        self.orders: dict[str, object] = {}
        self.at_bank: list = []
        self.last_receipt: dict | None = None

    def teardown(self) -> None:
        if hasattr(self, "play"):
            transaction.set_rollback(True)
            self.play.__exit__(None, None, None)

    def state(self, name: str) -> str:
        found = self.orders[name]
        found.refresh_from_db()
        return found.status

    def in_state(self, *states: str) -> list[str]:
        return sorted(name for name in self.orders if self.state(name) in states)

    @rule(fen=st.integers(1, 5_000))
    def receive(self, fen: int) -> None:
        self.number += 1
        self.last_receipt = {"amount_fen": fen, "key": str(self.number)}
        actions.receive(self.world["finance"], fund=self.fund, day=DAY, document_no="单", **self.last_receipt)
        self.model.given += fen
        self.model.cash += fen

    @precondition(lambda self: self.last_receipt)
    @rule()
    def receive_again(self) -> None:
        """The same request once more: nothing moves."""
        assert self.last_receipt is not None
        actions.receive(self.world["finance"], fund=self.fund, day=DAY, document_no="单", **self.last_receipt)

    @precondition(lambda self: self.last_receipt)
    @rule(more=st.integers(1, 9))
    def reuse_a_key(self, more: int) -> None:
        assert self.last_receipt is not None
        changed = self.last_receipt | {"amount_fen": self.last_receipt["amount_fen"] + more}
        with pytest.raises(Refusal):
            actions.receive(self.world["finance"], fund=self.fund, day=DAY, document_no="单", **changed)

    @rule(fen=st.integers(1, 6_000))
    def give_back(self, fen: int) -> None:
        self.number += 1
        arguments = {"fund": self.fund, "amount_fen": fen, "day": DAY, "document_no": "退", "key": str(self.number)}
        if fen > self.model.cash:
            with pytest.raises(Refusal):
                actions.give_back(self.world["finance"], **arguments)
            return
        actions.give_back(self.world["finance"], **arguments)
        self.model.given -= fen
        self.model.cash -= fen

    @precondition(lambda self: self.last_receipt)
    @rule()
    def reverse_the_last_receipt(self) -> None:
        assert self.last_receipt is not None
        receipt = Transfer.objects.get(key=f"receive:{self.fund.pk}:{self.last_receipt['key']}")
        fen = self.last_receipt["amount_fen"]
        if receipt.reversed_by.exists():
            actions.reverse(self.world["finance"], transfer=receipt, day=DAY, reason="再次")
        elif fen > self.model.cash:
            with pytest.raises(Refusal):
                actions.reverse(self.world["finance"], transfer=receipt, day=DAY, reason="录错")
        else:
            actions.reverse(self.world["finance"], transfer=receipt, day=DAY, reason="录错")
            self.model.given -= fen
            self.model.cash -= fen

    @rule(fen=st.integers(1, 2_500), programme=st.sampled_from(PROGRAMMES), home=st.integers(0, 2))
    def order(self, fen: int, programme: str, home: int) -> None:
        self.number += 1
        name = f"R-{self.number}"
        arguments = {"home": self.world["homes"][home], "programme": programme, "reference": name}
        if fen > self.model.cash:
            with pytest.raises(Refusal):
                order(self.world["approver"], self.fund, fen, **arguments)
            return
        self.orders[name] = order(self.world["approver"], self.fund, fen, **arguments)
        self.model.cash -= fen
        self.model.stands[name], self.model.amounts[name] = "committed", (programme, fen)

    @rule(fen=st.integers(1, 800), also=st.integers(1, 800), home=st.integers(0, 2))
    def order_from_two_funds(self, fen: int, also: int, home: int) -> None:
        self.number += 1
        name = f"M-{self.number}"
        arguments = {"home": self.world["homes"][home], "reference": name, "also": [(self.other, also)]}
        if fen > self.model.cash or also > self.model.other_cash:
            with pytest.raises(Refusal):
                order(self.world["approver"], self.fund, fen + also, **arguments)
            return
        self.orders[name] = order(self.world["approver"], self.fund, fen + also, **arguments)
        self.model.cash -= fen
        self.model.other_cash -= also
        self.model.stands[name], self.model.amounts[name] = "committed", (LIVING, fen)
        self.model.other_parts[name] = also

    @rule(fen=st.integers(1, 2_000))
    def hand_down(self, fen: int) -> None:
        self.number += 1
        name = f"A-{self.number}"
        arguments = {
            "giver": self.fund, "organisation": self.world["below"].organisation, "amount_fen": fen, "day": DAY,
            "document_no": "拨", "key": name,
        }  # fmt: skip
        if fen > self.model.cash:
            with pytest.raises(Refusal):
                actions.hand_down(self.world["finance"], **arguments)
            return
        for _ in range(2):  # the second time is harmless
            self.allocations[name] = actions.hand_down(self.world["finance"], **arguments)
        self.model.cash -= fen
        self.model.on_the_way[name] = fen

    @precondition(lambda self: self.model.on_the_way)
    @rule(arrives=st.booleans())
    def answer_from_below(self, arrives: bool) -> None:
        name = min(self.model.on_the_way)
        fen = self.model.on_the_way.pop(name)
        allocation = self.allocations[name]
        if arrives:
            with pytest.raises(Refusal):
                actions.acknowledge(self.world["finance"], allocation, day=DAY)
            actions.acknowledge(self.world["below"], allocation, day=DAY)
            self.model.below_cash += fen
            self.model.may_come_back[name] = fen
        else:
            actions.refuse_allocation(self.world["below"], allocation, day=DAY, reason="未到账")
            self.model.cash += fen

    @precondition(lambda self: self.model.may_come_back)
    @rule(fen=st.integers(1, 2_000))
    def return_unspent(self, fen: int) -> None:
        self.number += 1
        name = min(self.model.may_come_back)
        arguments = {"amount_fen": fen, "day": DAY, "document_no": "退", "reason": "结余", "key": str(self.number)}
        if fen > self.model.may_come_back[name]:
            with pytest.raises(Refusal):
                actions.return_unspent(self.world["below"], self.allocations[name], **arguments)
            return
        actions.return_unspent(self.world["below"], self.allocations[name], **arguments)
        self.model.below_cash -= fen
        self.model.cash += fen
        self.model.may_come_back[name] -= fen
        if not self.model.may_come_back[name]:
            del self.model.may_come_back[name]

    @precondition(lambda self: not self.closed and self.number > 8)
    @rule()
    def close_the_year(self) -> None:
        """Everything goes on in the fund of the next year, or nothing does while something is in the way."""
        model = self.model
        waiting = {name for name, kind in model.stands.items() if kind == "committed"}
        in_the_way = model.on_the_way or "in_transit" in model.stands.values() or waiting & set(model.other_parts)
        if in_the_way:
            with pytest.raises(Refusal):
                close(self.world["finance"], self.world["second"], self.fund)
            return
        closing = close(self.world["finance"], self.world["second"], self.fund)
        assert {each.kind for each in self.fund.accounts.exclude(balance=0)} <= {"source", "household"}
        self.closed, self.last_receipt = True, None
        left = model.cash + sum(model.amounts[name][1] for name in waiting)
        assert (closing.successor is not None) == (left > 0)
        self.fund = closing.successor or fund_with(self.world["finance"], 0, *PROGRAMMES)
        self.orders = {name: found.carried_by for name, found in self.orders.items() if name in waiting}
        self.settled_of_other = sum(fen for name, fen in model.other_parts.items() if name in model.stands)
        self.model = Model(
            cash=model.cash,
            stands=dict.fromkeys(waiting, "committed"),
            amounts={name: model.amounts[name] for name in waiting},
            other_cash=model.other_cash,
            below_cash=model.below_cash,
        )

    @precondition(lambda self: self.orders)
    @rule(pick=st.integers(0, 99))
    def cancel(self, pick: int) -> None:
        name = sorted(self.orders)[pick % len(self.orders)]
        if self.state(name) in ("planned", "returned", "reissued"):
            actions.cancel_order(self.world["finance"], self.orders[name], day=DAY, reason="撤销")
            self.model.cash += self.model.amounts[name][1]
            self.model.other_cash += self.model.other_parts.pop(name, 0)
            del self.model.stands[name]
        else:
            with pytest.raises(Refusal):
                actions.cancel_order(self.world["finance"], self.orders[name], day=DAY, reason="撤销")

    @precondition(lambda self: self.in_state("planned", "reissued"))
    @rule(how_many=st.integers(1, 4))
    def send(self, how_many: int) -> None:
        names = self.in_state("planned", "reissued")[:how_many]
        preparer, other = self.world["finance"], self.world["second"]
        batch = actions.prepare_batch(preparer, fund=self.fund, orders=[self.orders[name] for name in names], day=DAY)
        batch = actions.submit(preparer, batch)
        with pytest.raises(Refusal):
            actions.approve(preparer, batch, shown=batch.digest, day=DAY)
        batch = actions.approve(other, batch, shown=batch.digest, day=DAY)
        actions.send(preparer, batch, day=DAY)
        self.at_bank.append(batch)
        self.model.stands |= dict.fromkeys(names, "in_transit")

    @precondition(lambda self: self.at_bank)
    @rule(pick=st.integers(0, 99), bounce=st.integers(0, 3))
    def answer(self, pick: int, bounce: int) -> None:
        batch = self.at_bank.pop(pick % len(self.at_bank))
        lines = list(batch.lines.select_related("order"))
        bounced = {line.line_key: "户名不符" for line in lines[:bounce]}
        for _ in range(2):  # the second time is harmless
            actions.import_result(self.world["finance"], batch, content=result_csv(batch, bounced), day=DAY)
        for line in lines:
            self.model.stands[line.order.reference] = "committed" if line.line_key in bounced else "household"

    @precondition(lambda self: self.in_state("paid"))
    @rule(pick=st.integers(0, 99))
    def take_back(self, pick: int) -> None:
        names = self.in_state("paid")
        name = names[pick % len(names)]
        line = self.orders[name].lines.get(outcome="paid")
        actions.take_back(self.world["finance"], line, day=DAY, reason="次日退票")
        self.model.stands[name] = "committed"

    @precondition(lambda self: self.in_state("returned"))
    @rule()
    def reissue(self) -> None:
        name = self.in_state("returned")[0]
        actions.reissue(self.world["finance"], self.orders[name], card_number=OTHER_CARD, bank_name="")

    def booked(self, *funds: Fund) -> dict[tuple[str, str], int]:
        sums: dict[tuple[str, str], int] = {}
        for account in Account.objects.filter(fund__in=funds):
            key = account.kind, account.programme
            sums[key] = sums.get(key, 0) + account.balance
        return {key: fen for key, fen in sums.items() if fen}

    @invariant()
    def agree(self) -> None:
        if not hasattr(self, "model"):
            return
        assert self.booked(self.fund) == self.model.balances()
        other = self.booked(self.other)
        del other["source", ""]
        # What was paid before the year closed stays where it was paid.
        settled = other.pop(("household", LIVING), 0)
        model = self.model.of_the_other()
        assert settled - model.pop(("household", LIVING), 0) == self.settled_of_other
        assert other == model
        assert self.booked(*Fund.objects.filter(organisation=self.world["below"].organisation)) == self.model.below()
        assert soundness().holds
        assert (orders_out_of_step(), levels_out_of_step(), ways_that_differ()) == ((), (), ())


def play(examples: int, steps: int, chance: int, phases: tuple[Phase, ...] = tuple(Phase)) -> None:
    run_state_machine_as_test(
        seed(chance)(FinanceOffice),
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            report_multiple_bugs=False,
            phases=phases,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.fixture
def world(tree, finance, second, approver):  # noqa: F811 - fixtures
    homes = [household(tree.federation) for _ in range(3)]
    below = acting_as(Role.FINANCE_OFFICER, tree.township)
    people = {"finance": finance, "second": second, "approver": approver, "below": below}
    FinanceOffice.world = {"homes": homes, **people}


@pytest.mark.parametrize("shard", range(count(1, 8)))
def test_books_and_model_agree_after_every_step(world, score: Score, shard: int, monkeypatch):
    """Differences end the play at once; so what was counted was without any."""
    plays: list[int] = []
    begin = FinanceOffice.teardown
    monkeypatch.setattr(FinanceOffice, "teardown", lambda self: (plays.append(1), begin(self))[1])
    play(count(12, 250), count(20, 50), score.seed * 100 + shard)
    score.counted(plays=len(plays))
    score.must_be(0, differences=0)


def test_a_wrong_model_is_noticed(world, score: Score, monkeypatch):
    """The control: a model that forgets what is set aside must part from the books."""
    right = Model.balances
    monkeypatch.setattr(
        Model, "balances", lambda self: {key: fen for key, fen in right(self).items() if key[0] != "committed"}
    )
    with pytest.raises(AssertionError):
        play(200, 30, score.seed, (Phase.generate,))  # found is enough: it need not be the shortest
    score.control(differences_found=1)
