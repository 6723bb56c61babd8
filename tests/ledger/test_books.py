"""The finance officer's books, as she uses them."""

from datetime import date

import pytest
from django.db import transaction

from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.audit.models import Entry
from chunyu.ledger import accounts, actions, posting
from chunyu.ledger.checking import soundness
from chunyu.ledger.models import Leg, Reason, Transfer
from chunyu.ledger.posting import Movement, credit, debit, move, reversal
from chunyu.ledger.refusing import refusing
from tests.ledger.situations import DAY, LIVING, MEDICAL, TUITION, acting_as, close, fund_with
from tests.situations import county

# In a transaction of its own, as the actions post.
post = transaction.atomic(posting.post)


def balance(account) -> int:
    account.refresh_from_db()
    return account.balance


def test_money_arrives_and_stands_in_the_fund(finance):
    fund = fund_with(finance, 500_000_00, LIVING)
    assert balance(accounts.cash(fund)) == 500_000_00
    assert balance(accounts.source(fund)) == -500_000_00
    assert Entry.objects.filter(event="ledger.receive", post=finance.post).count() == 1
    assert soundness().holds


def test_pressing_twice_receives_once(finance):
    fund = fund_with(finance, 0)
    once = {"fund": fund, "amount_fen": 100, "day": DAY, "document_no": "拨款单2", "key": "press"}
    assert actions.receive(finance, **once).pk == actions.receive(finance, **once).pk
    assert balance(accounts.cash(fund)) == 100
    with pytest.raises(Refusal) as refused:
        actions.receive(finance, **(once | {"amount_fen": 200}))
    assert refused.value.code == "ledger_key_other_content"
    assert balance(accounts.cash(fund)) == 100


def test_nothing_is_spent_that_is_not_there(finance):
    fund = fund_with(finance, 100, LIVING)
    aside = move(
        "a",
        Reason.RESERVATION,
        DAY,
        out_of=accounts.cash(fund),
        into=accounts.committed(fund, LIVING),
        quantity=101,
        programme=LIVING,
    )
    with pytest.raises(Refusal) as refused:
        post(finance, [aside])
    assert refused.value.code == "ledger_account_not_below_floor"
    assert not Transfer.objects.filter(key="a").exists()
    assert balance(accounts.cash(fund)) == 100


def test_all_movements_of_a_call_or_none(finance):
    fund = fund_with(finance, 100, LIVING)
    good, bad = (
        move(
            key,
            Reason.RESERVATION,
            DAY,
            out_of=accounts.cash(fund),
            into=accounts.committed(fund, LIVING),
            quantity=quantity,
            programme=LIVING,
        )
        for key, quantity in (("good", 60), ("bad", 60))
    )
    with pytest.raises(Refusal):
        post(finance, [good, bad])
    assert balance(accounts.cash(fund)) == 100
    assert not Leg.objects.filter(transfer__key__in=["good", "bad"]).exists()


def test_a_fund_refuses_a_programme_outside_its_earmarks(finance):
    fund = fund_with(finance, 100, LIVING)
    with pytest.raises(Refusal) as refused, refusing():
        accounts.committed(fund, MEDICAL)
    assert refused.value.code == "ledger_account_opens_in_its_earmark"


def test_money_aside_for_one_programme_never_serves_another(finance):
    fund = fund_with(finance, 100)
    living, medical = accounts.committed(fund, LIVING), accounts.committed(fund, MEDICAL)
    post(
        finance,
        [move("x", Reason.RESERVATION, DAY, out_of=accounts.cash(fund), into=living, quantity=50, programme=LIVING)],
    )
    for programme in (LIVING, MEDICAL, ""):
        crossing = move("y", Reason.SENDING, DAY, out_of=living, into=medical, quantity=1, programme=programme)
        with pytest.raises(Refusal) as refused:
            post(finance, [crossing])
        assert refused.value.code == "ledger_transfer_in_one_programme"


def test_allocation_keeps_source_and_purposes(finance, tree):
    upper = acting_as(Role.FINANCE_OFFICER, tree.province)
    giver = fund_with(upper, 1_000, LIVING, MEDICAL)
    same = fund_with(finance, 0, LIVING, document_no=giver.document_no)
    actions.allocate(upper, giver=giver, taker=same, amount_fen=400, day=DAY, document_no="拨1", key="1")
    assert balance(accounts.arriving(same)) == 400
    for taker in (
        fund_with(finance, 0, document_no="拨2"),
        fund_with(finance, 0, LIVING, TUITION, document_no="拨3"),
        fund_with(finance, 0, LIVING, source="donation", document_no="拨4"),
    ):
        with pytest.raises(Refusal) as refused:
            actions.allocate(
                upper, giver=giver, taker=taker, amount_fen=1, day=DAY, document_no=taker.document_no, key=str(taker.pk)
            )
        assert refused.value.code == "ledger_transfer_keeps_purpose"
    assert balance(accounts.cash(giver)) == 600


def test_only_allocation_crosses_funds(finance):
    one, other = fund_with(finance, 100), fund_with(finance, 100)
    with pytest.raises(Refusal) as refused:
        post(
            finance, [move("z", Reason.RECEIPT, DAY, out_of=accounts.cash(one), into=accounts.cash(other), quantity=1)]
        )
    assert refused.value.code == "ledger_transfer_keeps_purpose"


def test_a_mistaken_receipt_is_reversed_once_and_both_stay(finance):
    fund = fund_with(finance, 100)
    wrong = Transfer.objects.get(reason=Reason.RECEIPT)
    undone = actions.reverse(finance, transfer=wrong, day=DAY, reason="金额录错")
    assert undone.reverses == wrong
    assert balance(accounts.cash(fund)) == 0
    assert actions.reverse(finance, transfer=wrong, day=DAY, reason="金额录错").pk == undone.pk
    again = reversal(wrong, key="other key", day=DAY, note="")
    with pytest.raises(Refusal) as refused:
        post(finance, [again])
    assert refused.value.code == "ledger_transfer_reversed_once"
    with pytest.raises(Refusal) as refused:
        post(finance, [reversal(undone, key="undo the undoing", day=DAY, note="")])
    assert refused.value.code == "ledger_transfer_mirrors"


def test_a_closed_year_takes_nothing_more(finance, second):
    fund = fund_with(finance, 100)
    close(finance, second, fund)
    with pytest.raises(Refusal) as refused:
        actions.receive(finance, fund=fund, amount_fen=5, day=date(2026, 12, 31), document_no="迟到", key="late")
    assert refused.value.code == "ledger_transfer_in_open_year"
    actions.receive(finance, fund=fund, amount_fen=5, day=date(2027, 1, 1), document_no="更正", key="in time")
    assert balance(accounts.cash(fund)) == 5
    with pytest.raises(Refusal) as refused:
        close(finance, second, fund)
    assert "already closed" in str(refused.value) or "已" in str(refused.value)


def test_an_auditor_and_a_neighbour_move_nothing(finance, tree):
    fund = fund_with(finance, 100)
    for stranger in (
        acting_as(Role.AUDITOR, tree.federation),
        acting_as(Role.FINANCE_OFFICER, county("青禾县").federation),
    ):
        with pytest.raises(Refusal):
            actions.receive(stranger, fund=fund, amount_fen=5, day=DAY, document_no="单", key="k")
    assert balance(accounts.cash(fund)) == 100


@pytest.mark.parametrize("quantity", [0, -1])
def test_amounts_are_above_zero(finance, quantity):
    fund = fund_with(finance, 100)
    with pytest.raises(Refusal) as refused:
        actions.receive(finance, fund=fund, amount_fen=quantity, day=DAY, document_no="单", key="k")
    assert refused.value.code == "ledger_leg_quantity_positive"


def test_an_unbalanced_movement_is_refused(finance):
    fund = fund_with(finance, 100)
    crooked = Movement(
        "crooked", Reason.RECEIPT, DAY, (debit(accounts.cash(fund), 5), credit(accounts.source(fund), 4))
    )
    with pytest.raises(Refusal) as refused:
        post(finance, [crooked])
    assert refused.value.code == "ledger_transfer_balanced"


def test_large_amounts_and_long_document_numbers_are_no_personal_numbers(finance):
    fund = actions.open_fund(
        finance,
        organisation=finance.organisation,
        name="中央财政专项帮扶资金",
        source="central_fiscal",
        document_no="20261123000000017",
        year=2026,
        day=DAY,
    )
    actions.receive(finance, fund=fund, amount_fen=13_000_000_000, day=DAY, document_no="1", key="large")
    assert fund.accounts.get(kind="cash").balance == 13_000_000_000
