"""Money of the province handed to a county, acknowledged there, spent on families, and partly handed back."""

import pytest

from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.audit.models import Entry
from chunyu.ledger import accounts, actions
from chunyu.ledger.checking import levels_out_of_step, soundness
from chunyu.ledger.levels import allocations, chain_above, tree_below
from chunyu.ledger.models import Fund
from chunyu.ledger.statements import fund_statement
from tests.ledger.situations import DAY, LIVING, MEDICAL, acting_as, fund_with, order, result_csv, sent_batch


@pytest.fixture
def upper(tree):
    return acting_as(Role.FINANCE_OFFICER, tree.province)


@pytest.fixture
def central(upper):
    return fund_with(upper, 1_000_00, LIVING, MEDICAL)


def hand_down(upper, central, tree, fen=600_00, key="1", **more):
    return actions.hand_down(
        upper,
        giver=central,
        organisation=tree.federation,
        amount_fen=fen,
        day=DAY,
        document_no="下达1号",
        key=key,
        **more,
    )


def code_of(act) -> str:
    with pytest.raises(Refusal) as refused:
        act()
    return refused.value.code


def test_a_yuan_goes_from_the_province_to_a_family_and_the_rest_back(upper, central, tree, finance, second, approver):
    given = hand_down(upper, central, tree)
    own = given.taker
    assert (own.source, own.document_no, own.year) == (central.source, central.document_no, central.year)
    assert [mark.programme for mark in own.earmarks.order_by("programme")] == [LIVING, MEDICAL]
    assert (accounts.cash(central).balance, accounts.arriving(own).balance) == (400_00, 600_00)
    # Nobody spends what has not arrived.
    assert code_of(lambda: order(approver, own, 1_00)) == "ledger_account_not_below_floor"
    actions.acknowledge(finance, given, day=DAY, document_no="回单7")
    batch = sent_batch(finance, second, own, [order(approver, own, 250_00)])
    actions.import_result(finance, batch, content=result_csv(batch), day=DAY)
    for _twice in range(2):
        actions.return_unspent(
            finance, given, amount_fen=100_00, day=DAY, document_no="退1", reason="年终结余", key="back"
        )
    statements = fund_statement(central), fund_statement(own)
    assert [each.adds_up for each in statements] == [True, True]
    assert (statements[0].free_fen, statements[1].free_fen, statements[1].paid_fen) == (500_00, 250_00, 250_00)
    # There and back: the chain of the county's fund leads to the province's, and the other way round.
    assert chain_above(own) == [central, own]
    [row] = tree_below(central)
    assert (row.fund, row.arrived_fen, row.returned_fen, row.fund.paid_fen) == (own, 600_00, 100_00, 250_00)
    [seen] = allocations(finance.path)
    assert (seen.stands, seen.returned_fen) == ("arrived", 100_00)
    assert soundness().holds
    assert levels_out_of_step() == ()
    assert Entry.objects.filter(event__startswith="ledger.allocation_").count() == 2


def test_the_receiver_acknowledges_and_not_the_giver(upper, central, tree, finance):
    given = hand_down(upper, central, tree)
    other = acting_as(Role.FINANCE_OFFICER, tree.province)
    assert code_of(lambda: actions.acknowledge(other, given, day=DAY)) == "ledger_allocation_by_the_receiver"
    auditor = acting_as(Role.AUDITOR, tree.federation)
    assert code_of(lambda: actions.acknowledge(auditor, given, day=DAY)) == "ledger_not_your_role"
    actions.refuse_allocation(finance, given, day=DAY, reason="账号有误，未到账")
    assert accounts.cash(central).balance == 1_000_00
    assert code_of(lambda: actions.acknowledge(finance, given, day=DAY)) == "ledger_allocation_step_in_its_order"


def test_what_is_on_its_way_is_taken_back_by_the_giver_only_until_it_arrived(upper, central, tree, finance):
    first, later = hand_down(upper, central, tree), hand_down(upper, central, tree, 100_00, "2")
    actions.take_allocation_back(upper, first, day=DAY, reason="文件有误")
    actions.acknowledge(finance, later, day=DAY)
    assert (
        code_of(lambda: actions.take_allocation_back(upper, later, day=DAY, reason="迟了"))
        == "ledger_allocation_step_in_its_order"
    )
    assert accounts.cash(later.taker).balance == 100_00


def test_no_more_comes_back_than_arrived(upper, central, tree, finance):
    given = hand_down(upper, central, tree)
    actions.acknowledge(finance, given, day=DAY)

    def back(fen, key, reason="结余"):
        return actions.return_unspent(finance, given, amount_fen=fen, day=DAY, document_no="退", reason=reason, key=key)

    back(599_99, "a")
    assert code_of(lambda: back(2, "b")) == "ledger_allocation_step_to_the_fen"
    assert code_of(lambda: back(1, "c", reason=" ")) == "ledger_allocation_step_says_why"


def test_earmarks_are_narrowed_and_never_widened(upper, central, tree, finance):
    narrowed = hand_down(upper, central, tree, programmes=[LIVING])
    assert [mark.programme for mark in narrowed.taker.earmarks.all()] == [LIVING]
    assert code_of(lambda: hand_down(
        upper, fund_with(upper, 100, LIVING), tree, 1, programmes=[MEDICAL]
    )) == "ledger_transfer_keeps_purpose"  # fmt: skip


def test_the_same_request_twice_hands_down_once(upper, central, tree):
    assert hand_down(upper, central, tree) == hand_down(upper, central, tree)
    assert accounts.cash(central).balance == 400_00
    assert code_of(lambda: hand_down(upper, central, tree, 5)) == "ledger_key_other_content"
    assert Fund.objects.count() == 2


def test_neither_sideways_nor_up(upper, central, tree, finance):
    own = fund_with(finance, 100, document_no="x")
    above = fund_with(upper, 0, document_no="x")
    assert code_of(lambda: actions.allocate(
        finance, giver=own, taker=above, amount_fen=1, day=DAY, document_no="x", key="k"
    )) == "ledger_allocation_down_the_tree"  # fmt: skip
