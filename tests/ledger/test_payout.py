"""A batch from decision to household, as the people of a county do it."""

import pytest

from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.audit.models import Entry
from chunyu.federation import actions as federation
from chunyu.ledger import accounts, actions
from chunyu.ledger.checking import soundness
from chunyu.ledger.models import Account, Fund, PaymentOrder, PayoutBatch, ResultFile, Transfer
from chunyu.ledger.result_file import ResultRefused
from chunyu.privacy import vault
from tests.ledger.situations import (
    CARD,
    DAY,
    LIVING,
    MEDICAL,
    OTHER_CARD,
    acting_as,
    approved_batch,
    card_of,
    fund_with,
    household,
    order,
    result_csv,
    sent_batch,
)
from tests.situations import county


def balances(fund) -> dict[str, int]:
    """Balance by kind of account."""
    sums: dict[str, int] = {}
    for each in Account.objects.filter(fund=fund):
        sums[each.kind] = sums.get(each.kind, 0) + each.balance
    return {kind: balance for kind, balance in sums.items() if balance}


def refused(code: str):
    return pytest.raises(Refusal, check=lambda refusal: refusal.code == code)


def test_the_whole_way_with_one_bounced_line(finance, second, approver, tree):
    fund = fund_with(finance, 10_000_00, LIVING, MEDICAL)
    homes = [household(tree.federation, name) for name in ("程梅", "钟原", "麦青")]
    orders = [
        order(approver, fund, 1_200_50, home=homes[0], payee="程梅"),
        order(approver, fund, 3_000_00, home=homes[1], payee="钟原", programme=MEDICAL),
        order(approver, fund, 800_00, home=homes[2], payee="麦青"),
    ]
    assert balances(fund) == {"source": -10_000_00, "cash": 4_999_50, "committed": 5_000_50}

    batch = sent_batch(finance, second, fund, orders)
    assert balances(fund) == {"source": -10_000_00, "cash": 4_999_50, "in_transit": 5_000_50}
    _, bad, _ = batch.lines.all()

    actions.import_result(finance, batch, content=result_csv(batch, {bad.line_key: "账号与户名不符"}), day=DAY)
    assert balances(fund) == {"source": -10_000_00, "cash": 4_999_50, "committed": 3_000_00, "household": 2_000_50}
    batch.refresh_from_db()
    assert batch.status == "settled"
    returned = PaymentOrder.objects.get(status="returned")
    assert returned.household == homes[1]
    assert returned.lines.get().bank_reason == "账号与户名不符"

    actions.reissue(finance, returned, card_number=OTHER_CARD, bank_name="秋实银行")
    again = sent_batch(finance, second, fund, [returned])
    line = again.lines.get()
    assert line.card.reveal() == OTHER_CARD
    assert bad.card.reveal() == card_of(bad.payee_name), "the line that bounced stays as it was"
    actions.import_result(finance, again, content=result_csv(again), day=DAY)
    assert balances(fund) == {"source": -10_000_00, "cash": 4_999_50, "household": 5_000_50}
    received = Account.objects.filter(kind="household", fund=fund)
    assert {each.household_id: each.balance for each in received} == {
        homes[0].pk: 1_200_50,
        homes[1].pk: 3_000_00,
        homes[2].pk: 800_00,
    }
    assert soundness().holds
    events = set(Entry.objects.values_list("event", flat=True))
    assert {"ledger.order_payment", "ledger.submit", "ledger.approve", "ledger.send", "ledger.import_result"} <= events


def test_the_same_decision_is_ordered_once(finance, approver):
    fund = fund_with(finance, 10_000)
    first = order(approver, fund, 4_000, reference="A-1")
    assert order(approver, fund, 4_000, reference="A-1", home=first.household).pk == first.pk
    with refused("ledger_order_once_per_decision"):
        order(approver, fund, 5_000, reference="A-1", home=first.household)
    with refused("ledger_order_once_per_decision"):
        order(approver, fund, 4_000, reference="A-1")
    assert order(approver, fund, 4_000, reference="A-1", home=first.household, instalment=2).pk != first.pk
    assert balances(fund) == {"source": -10_000, "cash": 2_000, "committed": 8_000}


def test_more_than_is_free_is_refused_with_the_figures(finance, approver):
    fund = fund_with(finance, 1_000_00)
    with pytest.raises(Refusal, match=r"1,000\.00.*1,000\.01"):
        order(approver, fund, 1_000_01)
    assert not PaymentOrder.objects.exists()


def test_a_fund_pays_only_its_programmes(finance, approver):
    fund = fund_with(finance, 1_000, LIVING)
    with refused("ledger_account_opens_in_its_earmark"):
        order(approver, fund, 10, programme=MEDICAL)


def test_a_county_cannot_spend_the_neighbours_fund(finance, approver):
    neighbour = acting_as(Role.FINANCE_OFFICER, county("青禾县").federation)
    fund = fund_with(neighbour, 1_000)
    with refused("ledger_order_foreign_fund"):
        order(approver, fund, 10)


@pytest.mark.parametrize(
    ("card", "code"),
    [("", "ledger_card_missing"), ("6.2E+18", "ledger_card_malformed"), ("12345", "ledger_card_malformed")],
)
def test_a_card_is_there_and_whole(finance, approver, card, code):
    fund = fund_with(finance, 1_000)
    with pytest.raises(Refusal) as refusal:
        order(approver, fund, 10, card=card)
    assert refusal.value.code == code
    assert not card or card not in str(refusal.value)


def test_a_card_may_be_written_with_spaces_and_full_width(finance, approver):
    fund = fund_with(finance, 1_000)
    assert order(approver, fund, 10, card=" ６２００ 0000 0000 0000 010").card.reveal() == CARD


@pytest.mark.parametrize("payee", ["=1+1", "@SUM(A1)", "程,梅", '程"梅', "程|梅", "-程"])
def test_a_payee_that_a_spreadsheet_would_run_is_refused(finance, approver, payee):
    fund = fund_with(finance, 1_000)
    with refused("ledger_order_plain_text"):
        order(approver, fund, 10, payee=payee)


def test_a_cancelled_order_frees_its_money(finance, approver):
    fund = fund_with(finance, 1_000)
    mistaken = order(approver, fund, 400, reference="B-1")
    actions.cancel_order(finance, mistaken, day=DAY, reason="重复")
    assert balances(fund) == {"source": -1_000, "cash": 1_000}
    with refused("ledger_order_state"):
        actions.cancel_order(finance, mistaken, day=DAY, reason="重复")
    order(approver, fund, 300, reference="B-1")
    batch = actions.prepare_batch(finance, fund=fund, orders=[PaymentOrder.objects.get(status="planned")], day=DAY)
    with refused("ledger_order_state"):
        actions.cancel_order(finance, batch.lines.get().order, day=DAY, reason="在批次中")


# --- the second person


def test_nobody_approves_what_passed_through_their_hands(finance, second, approver, tree):
    fund = fund_with(finance, 10_000)
    enterer, decider = (acting_as(Role.COUNTY_APPROVER, tree.federation) for _ in range(2))
    paid = order(approver, fund, 100, entered_by=enterer.post.user, approved_by=decider.post.user)
    batch = actions.prepare_batch(finance, fund=fund, orders=[paid], day=DAY)
    submitter = acting_as(Role.FINANCE_OFFICER, tree.federation)
    batch = actions.submit(submitter, batch)
    for somebody in (finance, submitter, approver, enterer, decider):
        with refused("ledger_decision_of_another"):
            actions.approve(somebody, batch, shown=batch.digest, day=DAY)
    assert actions.approve(second, batch, shown=batch.digest, day=DAY).status == "approved"


def test_another_post_of_the_same_person_is_the_same_person(finance, approver, tree):
    from chunyu.accounts.acting import Acting
    from chunyu.accounts.actions import appoint

    fund = fund_with(finance, 10_000)
    batch = actions.prepare_batch(finance, fund=fund, orders=[order(approver, fund, 100)], day=DAY)
    batch = actions.submit(finance, batch)
    hat = appoint(finance.post.user, tree.federation, Role.COUNTY_APPROVER, on=DAY)
    with refused("ledger_decision_of_another"):
        actions.approve(Acting(hat, DAY), batch, shown=batch.digest, day=DAY)


def test_approval_holds_for_what_was_shown_only(finance, second, approver):
    fund = fund_with(finance, 10_000)
    orders = [order(approver, fund, 100), order(approver, fund, 200)]
    batch = actions.submit(finance, actions.prepare_batch(finance, fund=fund, orders=orders, day=DAY))
    seen = batch.digest
    actions.send_back(second, batch, day=DAY, note="少一人")
    batch.refresh_from_db()
    actions.take_out(finance, batch.lines.last())
    batch = actions.submit(finance, batch)
    assert batch.digest != seen
    with refused("ledger_batch_changed"):
        actions.approve(second, batch, shown=seen, day=DAY)
    actions.approve(second, batch, shown=batch.digest, day=DAY)


def test_an_approval_withdrawn_is_void(finance, second, approver):
    fund = fund_with(finance, 10_000)
    batch = approved_batch(finance, second, fund, [order(approver, fund, 100)])
    batch = actions.send_back(second, batch, day=DAY, note="等一等")
    with refused("ledger_batch_state"):
        actions.send(finance, batch, day=DAY)
    batch = actions.submit(finance, batch)
    with refused("ledger_batch_state"):
        actions.send(finance, batch, day=DAY)


def test_the_digest_binds_every_part_of_a_line(finance, approver):
    """Even the parts that no page shows whole: another card gives another digest."""
    fund = fund_with(finance, 10_000)
    orders = [order(approver, fund, 100)]
    batch = actions.prepare_batch(finance, fund=fund, orders=orders, day=DAY)
    from chunyu.ledger.batch_digest import canonical_text

    lines = list(batch.lines.select_related("order"))
    before = canonical_text(batch, lines)
    for name, value in {"payee_name": "别人", "bank_name": "别行", "card": OTHER_CARD, "amount_fen": 101}.items():
        kept = getattr(lines[0], name)
        setattr(lines[0], name, value)
        assert canonical_text(batch, lines) != before
        setattr(lines[0], name, kept)
    assert canonical_text(batch, lines) == before


# --- the bank's file


def test_the_bank_file_is_the_same_bytes_for_ever(finance, second, approver):
    fund = fund_with(finance, 10_000_00)
    orders = [order(approver, fund, 1_234_56, payee="迪丽热巴·买买提"), order(approver, fund, 5)]
    batch = sent_batch(finance, second, fund, orders)
    content = actions.download(finance, batch)
    assert actions.download(second, batch) == content
    assert Entry.objects.filter(event="ledger.download").count() == 2
    lines = content.decode().split("\r\n")
    assert lines[0] == f"H,chunyu-payout-1,{batch.number},20261123,2,1234.61,CNY"
    assert lines[1] == f"D,1,{batch.number}-0001,迪丽热巴·买买提,春雨农商银行,{card_of('迪丽热巴·买买提')},1234.56"
    assert lines[-2].startswith("T,2,1234.61,")
    on_disk = vault.path_of(batch.bank_file.vault_name).read_bytes()
    assert CARD.encode() not in on_disk


def test_a_bank_file_that_was_tampered_with_is_not_given_out(finance, second, approver):
    fund = fund_with(finance, 10_000_00)
    batch = sent_batch(finance, second, fund, [order(approver, fund, 100)])
    stored = vault.put(actions.download(finance, batch).replace(b"1.00", b"9.00"))
    vault.path_of(batch.bank_file.vault_name).unlink()
    other = vault.path_of(stored.name)
    target = vault.path_of(batch.bank_file.vault_name)
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(other.read_bytes())
    from chunyu.privacy.sealing import SealBroken

    with pytest.raises(SealBroken):
        actions.download(finance, batch)


def test_a_batch_is_sent_once(finance, second, approver):
    fund = fund_with(finance, 10_000)
    batch = approved_batch(finance, second, fund, [order(approver, fund, 100)])
    actions.send(finance, batch, day=DAY)
    with refused("ledger_batch_state"):
        actions.send(finance, batch, day=DAY)
    assert Transfer.objects.filter(reason="sending").count() == 1


def test_an_order_is_in_one_live_line(finance, second, approver):
    fund = fund_with(finance, 10_000)
    one = order(approver, fund, 100)
    batch = actions.prepare_batch(finance, fund=fund, orders=[one], day=DAY)
    with refused("ledger_order_state"):
        actions.prepare_batch(finance, fund=fund, orders=[one], day=DAY)
    actions.dissolve(finance, batch)
    one.refresh_from_db()
    assert one.status == "planned"
    assert actions.prepare_batch(finance, fund=fund, orders=[one], day=DAY).number.endswith("-0002")


def test_a_batch_has_one_fund(finance, approver):
    one, other = fund_with(finance, 1_000), fund_with(finance, 1_000)
    with refused("ledger_batch_other_fund"):
        actions.prepare_batch(finance, fund=one, orders=[order(approver, one, 1), order(approver, other, 1)], day=DAY)
    assert not PayoutBatch.objects.exists()


# --- the bank's answer


@pytest.fixture
def at_bank(finance, second, approver):
    fund = fund_with(finance, 10_000_00)
    return sent_batch(finance, second, fund, [order(approver, fund, 100_00), order(approver, fund, 200_00)])


def test_the_same_result_twice_is_harmless(finance, at_bank):
    content = result_csv(at_bank)
    first = actions.import_result(finance, at_bank, content=content, day=DAY)
    assert actions.import_result(finance, at_bank, content=content, day=DAY).pk == first.pk
    rewritten = content.replace(b"\r\n", b"\n")
    assert actions.import_result(finance, at_bank, content=rewritten, day=DAY).paid_count == 0
    assert Transfer.objects.filter(reason="payment").count() == 2
    assert balances(at_bank.fund) == {"source": -10_000_00, "cash": 9_700_00, "household": 300_00}


def test_an_answer_in_parts(finance, at_bank):
    one, other = at_bank.lines.all()
    actions.import_result(finance, at_bank, content=result_csv(at_bank, only={other.line_key}), day=DAY)
    at_bank.refresh_from_db()
    assert at_bank.status == "sent"
    pending = result_csv(at_bank).replace(
        f"{one.line_key},100.00,成功".encode(), f"{one.line_key},100.00,处理中".encode()
    )
    actions.import_result(finance, at_bank, content=pending, day=DAY)
    one.refresh_from_db()
    assert one.outcome == ""
    actions.import_result(finance, at_bank, content=result_csv(at_bank), day=DAY)
    at_bank.refresh_from_db()
    assert at_bank.status == "settled"
    assert soundness().holds


def test_a_result_in_gb18030_with_reordered_columns_and_thousands(finance, at_bank):
    one, other = at_bank.lines.all()
    text = (
        "某某银行代发结果,,,\n处理结果,明细号,失败原因,交易金额\n"
        f"成功,{one.line_key},,100.00\n退票,{other.line_key},账户已销户,￥200.00\n合计,2,,300.00\n"
    )
    kept = actions.import_result(finance, at_bank, content=text.encode("gb18030"), day=DAY)
    assert (kept.paid_fen, kept.returned_fen) == (100_00, 200_00)


def _edit(batch, *changes: tuple[str, str]) -> bytes:
    text = result_csv(batch).decode()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text.encode()


MISFITS = {
    "wrong amount": (2, [("-0001,100.00", "-0001,100.01"), ("2,300.00", "2,300.01")]),
    "unknown line": (2, [("-0001,100.00", "-9999,100.00")]),
    "answered twice": (3, [("-0002,200.00", "-0001,100.00"), ("2,300.00", "2,200.00")]),
    "wrong total": (4, [("2,300.00", "2,300.01")]),
    "wrong count": (4, [("2,300.00", "3,300.00")]),
    "cut off": (0, [("合计,2,300.00,", "")]),
    "rows after the closing one": (5, [("合计,2,300.00,", "合计,2,300.00,\r\nx,1.00,成功,")]),
    "unknown result": (2, [("成功", "也许")]),
    "failed without a reason": (2, [("-0001,100.00,成功", "-0001,100.00,失败")]),
    "amount in scientific notation": (2, [("-0001,100.00", "-0001,1e2")]),
    "amount in words": (2, [("-0001,100.00", "-0001,一百")]),
    "amount in thousandths": (2, [("-0001,100.00", "-0001,100.001")]),
    "no such heading": (0, [("行号键", "号")]),
}


@pytest.mark.parametrize("misfit", MISFITS)
def test_a_result_that_does_not_fit_changes_nothing(finance, at_bank, misfit):
    row, changes = MISFITS[misfit]
    before = balances(at_bank.fund)
    with pytest.raises(ResultRefused) as refusal:
        actions.import_result(finance, at_bank, content=_edit(at_bank, *changes), day=DAY)
    assert refusal.value.faults[0].row == row
    assert balances(at_bank.fund) == before
    assert not ResultFile.objects.exists()
    assert set(at_bank.lines.values_list("outcome", flat=True)) == {""}


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04\x00\x00", b"\xff\xfe\xfa\x00\x01", b"a,b\n1,2\n"])
def test_what_is_no_result_file_is_refused(finance, at_bank, content):
    with pytest.raises(ResultRefused):
        actions.import_result(finance, at_bank, content=content, day=DAY)


def test_every_fault_is_told_at_once(finance, at_bank):
    changes = [("-0001,100.00", "-0007,100.00"), ("-0002,200.00", "-0002,2.00"), ("2,300.00", "2,102.00")]
    content = _edit(at_bank, *changes)
    with pytest.raises(ResultRefused) as refusal:
        actions.import_result(finance, at_bank, content=content, day=DAY)
    assert [fault.row for fault in refusal.value.faults] == [2, 3]


def test_another_batchs_result_is_refused(finance, second, approver, at_bank):
    other = sent_batch(finance, second, at_bank.fund, [order(approver, at_bank.fund, 100_00)])
    with pytest.raises(ResultRefused):
        actions.import_result(finance, at_bank, content=result_csv(other), day=DAY)


def test_a_success_that_bounces_later_is_reversed_and_paid_anew(finance, second, at_bank):
    actions.import_result(finance, at_bank, content=result_csv(at_bank), day=DAY)
    line = at_bank.lines.first()
    contradiction = result_csv(at_bank, {line.line_key: "账户异常"})
    with pytest.raises(ResultRefused):
        actions.import_result(finance, at_bank, content=contradiction, day=DAY)
    actions.take_back(finance, line, day=DAY, reason="次日退票")
    assert balances(at_bank.fund) == {
        "source": -10_000_00, "cash": 9_700_00, "household": 200_00, "committed": 100_00,
    }  # fmt: skip
    with refused("ledger_line_not_paid"):
        actions.take_back(finance, line, day=DAY, reason="再点一次")
    actions.reissue(finance, line.order, card_number=OTHER_CARD, bank_name="")
    again = sent_batch(finance, second, at_bank.fund, [line.order])
    actions.import_result(finance, again, content=result_csv(again), day=DAY)
    assert balances(at_bank.fund) == {"source": -10_000_00, "cash": 9_700_00, "household": 300_00}
    assert Transfer.objects.filter(reverses__key=f"pay:{line.pk}").count() == 1
    assert soundness().holds


def test_payment_transfers_cannot_be_reversed_past_the_order(finance, at_bank):
    actions.import_result(finance, at_bank, content=result_csv(at_bank), day=DAY)
    with refused("ledger_reverse_through_order"):
        actions.reverse(finance, transfer=Transfer.objects.filter(reason="payment").first(), day=DAY, reason="不行")


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.COUNTY_CASEWORKER, Role.PROVINCE_ANALYST])
def test_who_only_reads_changes_nothing(role, finance, approver, tree, at_bank):
    reader = acting_as(role, tree.federation)
    waiting = order(approver, at_bank.fund, 1_00)
    attempts = [
        lambda: actions.prepare_batch(reader, fund=at_bank.fund, orders=[waiting], day=DAY),
        lambda: actions.submit(reader, at_bank),
        lambda: actions.approve(reader, at_bank, shown=at_bank.digest, day=DAY),
        lambda: actions.send(reader, at_bank, day=DAY),
        lambda: actions.download(reader, at_bank),
        lambda: actions.import_result(reader, at_bank, content=result_csv(at_bank), day=DAY),
        lambda: actions.cancel_order(reader, waiting, day=DAY, reason="x"),
    ]
    for attempt in attempts:
        with refused("ledger_not_your_role"):
            attempt()


def test_balances_follow_the_orders(finance, second, approver):
    """What is committed, at the bank and received is what the orders say, programme by programme."""
    from chunyu.ledger.checking import orders_out_of_step

    fund = fund_with(finance, 10_000)
    orders = [order(approver, fund, 10 * n, programme=programme) for n in (1, 2, 3) for programme in (LIVING, MEDICAL)]
    batch = sent_batch(finance, second, fund, orders[:4])
    actions.import_result(finance, batch, content=result_csv(batch, only={batch.lines.first().line_key}), day=DAY)
    assert orders_out_of_step() == ()
    PaymentOrder.objects.filter(pk=orders[5].pk).update(status="batched")
    assert orders_out_of_step() == ()
    PaymentOrder.objects.filter(pk=orders[5].pk).update(status="sent")
    assert len(orders_out_of_step()) == 2
    assert accounts.committed(fund, MEDICAL).balance > 0


def test_a_county_that_moves_takes_its_books_along(finance, second, approver, tree):
    """Who sees the money changes with the tree; what the books say does not."""
    fund = fund_with(finance, 10_000)
    sent_batch(finance, second, fund, [order(approver, fund, 100)])
    before = balances(fund)
    federation.move(tree.federation, tree.province, on=DAY)
    tree.federation.refresh_from_db()
    for model in (Fund, Account, PaymentOrder, PayoutBatch):
        assert model.objects.exists()
        assert model.objects.within(tree.federation.path).count() == model.objects.count()
    assert balances(fund) == before
    assert soundness().holds
