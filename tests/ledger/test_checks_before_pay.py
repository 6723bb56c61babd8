"""What is asked of a payment before it leaves: each check finds its case, and nobody passes it alone."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import translation

from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.audit.models import Entry
from chunyu.ledger import actions
from chunyu.ledger.checking import orders_out_of_step
from chunyu.ledger.checks_before_pay import CHECKS, findings
from chunyu.ledger.models import OrderHold
from chunyu.registry.models import Household, Member
from tests.ledger.situations import (
    CARD,
    DAY,
    MEDICAL,
    acting_as,
    approved_batch,
    fund_with,
    household,
    order,
    result_csv,
    sent_batch,
)
from tests.situations import county


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


def found(*orders, day: date = DAY) -> list[list[str]]:
    by_order = findings(orders, day)
    return [[each.check.code for each in by_order[order.pk]] for order in orders]


@pytest.fixture
def fund(finance):
    return fund_with(finance, 1_000_000)


def test_nothing_is_found_about_an_honest_payment(approver, fund):
    assert found(order(approver, fund, 100), order(approver, fund, 200, payee="钟原")) == [[], []]


def test_the_second_payment_for_one_purpose_is_found_at_any_level(approver, fund, tree):
    home = household(tree.federation)
    first = order(approver, fund, 100, home=home)
    above = acting_as(Role.FINANCE_OFFICER, tree.province)
    upper = fund_with(above, 1_000, source="provincial_union", name="省级工会经费")
    second = order(acting_as(Role.COUNTY_APPROVER, tree.province), upper, 100, home=home)
    other_purpose = order(approver, fund, 100, home=home, programme=MEDICAL)
    assert found(first, second, other_purpose) == [[], ["paid_twice"], []]
    [finding] = findings([second], DAY)[second.pk]
    assert finding.detail == first.reference
    assert first.reference in finding.sentence
    actions.cancel_order(acting_as(Role.FINANCE_OFFICER, tree.federation), first, day=DAY, reason="重复")
    assert found(second) == [[]]


def test_the_other_file_of_the_same_worker_counts(approver, fund, tree):
    """A closed file and a new one of the same person are one person."""
    home = household(tree.federation)
    first = order(approver, fund, 100, home=home)
    worker = home.worker
    Household.objects.filter(pk=home.pk).update(status="exited", closed_on=DAY)
    again = household(tree.federation, "程梅")
    newer = again.worker
    newer.id_number = worker.id_number.reveal()
    newer.save(update_fields=["id_number", "id_number_index"])
    second = order(approver, fund, 100, home=again)
    assert found(second) == [["paid_twice"]]
    assert found(first) == [["gone"]]


def test_instalments_and_what_lies_long_back_are_no_duplicates(approver, fund, tree):
    home = household(tree.federation)
    one = order(approver, fund, 100, home=home, reference="A-1")
    two = order(approver, fund, 100, home=home, reference="A-1", instalment=2)
    assert found(one, two) == [[], []]
    late = actions.order_payment(
        approver, organisation=home.organisation, household=home, programme=one.programme,
        programme_label=one.programme_label, fund=fund, amount_fen=5, reference="A-2", payee_name="程梅",
        bank_name="", card_number=CARD, day=DAY + timedelta(days=61),
    )  # fmt: skip
    assert found(late) == [[]]


def test_death_exit_and_strangers_are_found(approver, fund, tree):
    closed, left, strange = (household(tree.federation, name) for name in ("程梅", "钟原", "麦青"))
    orders = [order(approver, fund, 1, home=closed), order(approver, fund, 1, home=left, payee="钟原")]
    orders.append(order(approver, fund, 1, home=strange, payee="外人"))
    Household.objects.filter(pk=closed.pk).update(status="closed", closed_on=DAY)
    Member.objects.filter(household=left).update(left_on=DAY, leave_reason="去世")
    assert found(*orders) == [["gone"], ["gone"], ["not_of_household"]]
    assert found(orders[0], day=DAY - timedelta(days=1)) == [[]], "before that day nothing was wrong"


def test_one_card_for_two_names_is_found_and_for_one_name_only_shown(approver, finance, second, fund):
    mine, hers = order(approver, fund, 1), order(approver, fund, 2, payee="钟原", card=CARD)
    assert found(mine, hers) == [["card_of_another"], ["card_of_another"]]
    same_name = order(approver, fund, 3)
    assert found(same_name) == [[]], "while it waits, an order not asked about does not count"
    sent_batch(finance, second, fund, [same_name])
    assert found(mine) == [["card_of_another_home"]]
    assert found(hers) == [["card_of_another"]]


def test_a_card_in_another_name_must_be_corrected(approver, finance, second, fund):
    batch = sent_batch(finance, second, fund, [order(approver, fund, 70)])
    line = batch.lines.get()
    actions.import_result(finance, batch, content=result_csv(batch, {line.line_key: "账号户名不符"}), day=DAY)
    again = actions.reissue(finance, line.order, card_number=CARD, bank_name="")
    assert found(again) == [["refused_by_bank"]]
    with pytest.raises(Refusal, match=line.line_key):
        actions.prepare_batch(finance, fund=fund, orders=[again], day=DAY)


# --- held, and released by another


def test_a_blocked_payment_is_held_and_released_by_another_with_a_reason(approver, finance, second, fund, tree):
    home = household(tree.federation)
    first, twice = order(approver, fund, 100, home=home), order(approver, fund, 100, home=home)
    with pytest.raises(Refusal) as refused:
        actions.prepare_batch(finance, fund=fund, orders=[first, twice], day=DAY)
    assert refused.value.code == "ledger_payment_blocked"
    assert first.reference in str(refused.value)
    assert actions.hold_blocked(finance, fund=fund, orders=[first, twice], day=DAY) == [twice]
    twice.refresh_from_db()
    assert twice.status == "held"
    hold = OrderHold.objects.get()
    assert (hold.code, hold.detail, hold.placed_by) == ("paid_twice", first.reference, finance.post)
    assert orders_out_of_step() == ()
    with pytest.raises(Refusal, match="cannot be done now"):
        actions.prepare_batch(finance, fund=fund, orders=[twice], day=DAY)
    assert actions.release_barred(finance, twice) is not None
    with pytest.raises(Refusal) as refused:
        actions.release(finance, twice, day=DAY, reason="看过了")
    assert refused.value.code == "ledger_hold_released_by_another"
    with pytest.raises(Refusal):
        actions.release(second, twice, day=DAY, reason=" ")
    actions.release(second, twice, day=DAY, reason="前一笔是另一孩子的")
    batch = approved_batch(finance, acting_as(Role.FINANCE_OFFICER, tree.federation), fund, [first, twice])
    shown = batch.lines.get(order=twice).findings.get()
    assert (shown.code, shown.hold.release_reason) == ("paid_twice", "前一笔是另一孩子的")
    assert {"ledger.hold", "ledger.release"} <= set(Entry.objects.values_list("event", flat=True))


def test_what_was_found_is_bound_by_the_digest(approver, finance, second, fund):
    mine = order(approver, fund, 1)
    sent_batch(finance, second, fund, [order(approver, fund, 2)])
    plain = actions.submit(finance, actions.prepare_batch(finance, fund=fund, orders=[mine], day=DAY))
    assert [each.code for each in plain.lines.get().findings.all()] == ["card_of_another_home"]
    without = plain.digest
    actions.send_back(second, plain, day=DAY, note="看看")
    assert not plain.lines.get().findings.exists()
    with_other_words = actions.submit(finance, plain)
    assert with_other_words.digest == without, "the same content gives the same code"


def test_what_comes_up_after_the_approval_stops_the_sending(approver, finance, second, fund):
    mine = order(approver, fund, 1)
    batch = approved_batch(finance, second, fund, [mine])
    Household.objects.filter(pk=mine.household_id).update(status="closed", closed_on=DAY)
    with pytest.raises(Refusal, match="2026-11-23"):
        actions.send(finance, batch, day=DAY)
    batch.refresh_from_db()
    assert batch.status == "approved"


def test_a_release_holds_for_what_was_looked_at_and_no_more(approver, finance, second, fund, tree):
    home = household(tree.federation)
    first, twice = order(approver, fund, 100, home=home), order(approver, fund, 100, home=home)
    actions.hold_blocked(finance, fund=fund, orders=[twice], day=DAY)
    actions.release(second, twice, day=DAY, reason="核实过")
    assert [each.blocks for each in findings([twice], DAY)[twice.pk]] == [False]
    Household.objects.filter(pk=home.pk).update(status="closed", closed_on=DAY)
    assert [each.check.code for each in findings([twice], DAY)[twice.pk] if each.blocks] == ["gone"]
    assert first.status == "planned"


def test_a_payment_is_held_by_hand_until_its_batch_is_approved(approver, finance, second, fund):
    orders = [order(approver, fund, n) for n in (1, 2)]
    with pytest.raises(Refusal, match="why"):
        actions.hold(second, orders[0], day=DAY, reason=" ")
    batch = actions.prepare_batch(finance, fund=fund, orders=orders, day=DAY)
    actions.hold(second, orders[0], day=DAY, reason="家属来电")
    assert batch.lines.count() == 1
    batch = actions.submit(finance, batch)
    actions.hold(second, orders[1], day=DAY, reason="家属来电")
    batch.refresh_from_db()
    assert (batch.status, batch.digest) == ("draft", "")
    assert batch.decisions.get().kind == "send_back"
    third = order(approver, fund, 3)
    approved = approved_batch(finance, second, fund, [third])
    with pytest.raises(Refusal) as refused:
        actions.hold(second, third, day=DAY, reason="家属来电")
    assert refused.value.code == "ledger_hold_approved"
    assert approved.lines.count() == 1
    with pytest.raises(Refusal):
        actions.hold(acting_as(Role.FINANCE_OFFICER, county("青禾县").federation), third, day=DAY, reason="外县")
    assert orders_out_of_step() == ()


def test_a_held_payment_can_be_cancelled(approver, finance, second, fund):
    mine = order(approver, fund, 1)
    actions.hold(finance, mine, day=DAY, reason="重复")
    actions.cancel_order(finance, mine, day=DAY, reason="确属重复")
    assert orders_out_of_step() == ()


def test_every_finding_has_its_sentence(settings):
    assert set(settings.BEFORE_PAYING) <= set(CHECKS)
    assert {code for code, check in CHECKS.items() if check.find is None} - {"by_hand"} == set(settings.BEFORE_PAYING)
    for check in CHECKS.values():
        assert str(check.sentence) % {"detail": "7"}
