"""Each rule about held payments, cash, unclear lines, goods and coupons, broken on purpose with raw SQL."""

from __future__ import annotations

from datetime import timedelta

from django.db import models

from chunyu.accounts.acting import Acting
from chunyu.ledger import actions
from chunyu.ledger.actions.goods import Kind
from chunyu.ledger.models import (
    Basket,
    BasketItem,
    BatchLine,
    CashReceipt,
    Clearing,
    Coupon,
    OrderHold,
    PayoutBatch,
    Redemption,
    StockMovement,
    Transfer,
)
from tests.ledger.situations import DAY, LIVING, PAPER, fund_with, household, order, result_csv, sent_batch, stocked


def copy(model: type[models.Model], where: str, **changed: str) -> list[str]:
    """The statement that copies a row with some columns changed."""
    fields = [each for each in model._meta.concrete_fields if not isinstance(each, models.AutoField)]
    values = {each.column: each.column for each in fields}
    if model._meta.pk.name == "id" and "id" in values:
        values["id"] = "'{new}'"
    values |= changed
    table = model._meta.db_table
    return [f"INSERT INTO {table} ({', '.join(values)}) SELECT {', '.join(values.values())} FROM {table} WHERE {where}"]


def situation(finance: Acting, second: Acting, approver: Acting) -> dict[str, object]:
    """The rows that the attacks refer to by name."""
    fund = fund_with(finance, 100_000)
    held = actions.hold(finance, order(approver, fund, 10), day=DAY, reason="来电")
    waiting, bare = order(approver, fund, 20), order(approver, fund, 30, card="", in_cash=True)
    draft = actions.prepare_batch(finance, fund=fund, orders=[order(approver, fund, 40)], day=DAY)
    unclear = sent_batch(finance, second, fund, [order(approver, fund, 50)])
    text = result_csv(unclear).decode().replace("成功", "未知")
    actions.import_result(finance, unclear, content=text.encode(), day=DAY)
    silent = sent_batch(finance, second, fund, [order(approver, fund, 60)])
    submitted = actions.submit(
        finance, actions.prepare_batch(finance, fund=fund, orders=[order(approver, fund, 70)], day=DAY)
    )
    actions.say_cleared(finance, unclear.lines.get(), outcome="paid", statement_no="7", day=DAY)
    cash = actions.prepare_batch(
        finance, fund=fund, orders=[order(approver, fund, n) for n in (80, 90)], day=DAY, cash_at="城关镇"
    )
    cash = actions.submit(finance, cash)
    actions.send(finance, actions.approve(second, cash, shown=cash.digest, day=DAY), day=DAY)
    fetched, open_line = cash.lines.order_by("line_no")
    actions.hand_over(finance, fetched, kind="signed", taken_by="程梅", paper=PAPER, witness=second.post.user, day=DAY)
    return {
        "held": held.pk,
        "hold": held.holds.get().pk,
        "waiting": waiting.pk,
        "bare": bare.pk,
        "draft": draft.pk,
        "submitted_line": submitted.lines.get().pk,
        "unclear_line": unclear.lines.get().pk,
        "silent_line": silent.lines.get().pk,
        "cash_line": open_line.pk,
        "fetched": fetched.pk,
        "post": finance.post.pk,
        "user": finance.user_id,
        "second": second.post.pk,
        "day": DAY,
        "money": Transfer.objects.filter(reason="receipt").first().pk,
    } | goods(finance, second)


def goods(finance: Acting, second: Acting) -> dict[str, object]:
    here = finance.organisation
    store = stocked(finance, here, {"大米 5千克": 10, "食用油 5升": 4})
    rice, oil = store.goods
    papers = {"place": here, "document_no": "P", "day": DAY}
    basket = actions.make_basket(
        finance, organisation=here, name="慰问包", programme=LIVING, programme_label="生活", goods={rice: 1}, day=DAY
    )
    home = household(here)
    period = {"organisation": here, "from_day": DAY, "to_day": DAY + timedelta(days=9), "day": DAY}
    [coupon] = actions.make_coupons(finance, members=[home.worker], basket=basket, **period)
    [unused] = actions.make_coupons(finance, members=[household(here).worker], basket=basket, **period)
    used = actions.redeem(finance, coupon.code.reveal(), place=here, taken_by="", day=DAY)
    actions.write_off(finance, goods={oil: 1}, second=second.post.user, reason="过期", key="w", **papers)
    received = StockMovement.objects.get(kind=Kind.RECEIVED)
    return {
        "rice": rice.pk,
        "oil": oil.pk,
        "basket": basket.pk,
        "coupon": coupon.pk,
        "unused": unused.pk,
        "issued": used.movement_id,
        "received": received.pk,
        "off": StockMovement.objects.get(kind=Kind.WRITTEN_OFF).pk,
    }


def stock(row: str, **changed: str) -> list[str]:
    return copy(StockMovement, f"id = '{{{row}}}'", **changed)


def update(table: str, what: str, where: str) -> list[str]:
    return [f"UPDATE ledger_{table} SET {what} WHERE {where}"]


_ACCOUNT = "organisation_id, scope_path, fund_id, commodity_id, kind, programme, floor, balance, household_id"
_OPEN_AGAIN = (
    f"INSERT INTO ledger_account ({_ACCOUNT}) SELECT organisation_id, scope_path, {{fund}}, commodity_id, kind, "
    "programme, floor, 0, household_id FROM ledger_account WHERE {where}"
)
NEW_COUPON = {"code_index": r"'\x00'", "from_day": "from_day + 1"}

PAYOUT_ATTACKS = {
    "ledger_account_goods_once": [_OPEN_AGAIN.format(fund="NULL", where="fund_id IS NULL AND kind = 'cash' LIMIT 1")],
    "ledger_account_goods_once_per_household": [
        _OPEN_AGAIN.format(fund="NULL", where="fund_id IS NULL AND kind = 'household' LIMIT 1")
    ],
    "ledger_account_money_of_a_fund": [
        _OPEN_AGAIN.format(fund="NULL", where="fund_id IS NOT NULL AND kind = 'cash' LIMIT 1")
    ],
    "ledger_order_held_for_a_reason": update("paymentorder", "status = 'held'", "id = '{waiting}'"),
    "ledger_order_released": update("paymentorder", "status = 'planned'", "id = '{held}'"),
    "ledger_hold_once": copy(OrderHold, "id = {hold}"),
    "ledger_hold_released_with_reason": update("orderhold", "released_by_id = {second}", "id = {hold}"),
    "ledger_hold_by_hand_with_reason": copy(OrderHold, "id = {hold}", reason="''", detail="'x'"),
    "ledger_hold_keeps_its_reason": update("orderhold", "reason = 'x'", "id = {hold}"),
    "ledger_hold_released_by_another": update(
        "orderhold", "released_by_id = {post}, released_on = '{day}', release_reason = 'x'", "id = {hold}"
    ),
    "ledger_hold_is_kept": ["DELETE FROM ledger_orderhold WHERE id = {hold}"],
    "ledger_finding_once": [
        (
            "INSERT INTO ledger_linefinding (line_id, code, detail) "
            "SELECT id, 'gone', '' FROM ledger_batchline, generate_series(1, 2) WHERE batch_id = '{draft}'"
        )
    ],
    "ledger_finding_of_draft": [
        "INSERT INTO ledger_linefinding (line_id, code, detail) VALUES ('{submitted_line}', 'gone', '')"
    ],
    "ledger_finding_is_kept": [
        (
            "INSERT INTO ledger_linefinding (line_id, code, detail) "
            "SELECT id, 'gone', '' FROM ledger_batchline WHERE batch_id = '{draft}'"
        ),
        "UPDATE ledger_linefinding SET code = 'fine' WHERE code = 'gone'",
    ],
    "ledger_batch_cash_at_a_place": copy(PayoutBatch, "id = '{draft}'", number="'new'", method="'cash'", place="''"),
    "ledger_line_unclear_since_a_day": update("batchline", "outcome = 'unclear'", "id = '{silent_line}'"),
    "ledger_line_has_its_card": copy(
        BatchLine,
        "batch_id = '{draft}'",
        order_id="'{bare}'",
        line_no="9",
        line_key="'new'",
        card="NULL",
        amount_fen="30",
    ),
    "ledger_line_in_cash_with_receipt": update(
        "batchline", "outcome = 'paid', settled_on = '{day}'", "id = '{cash_line}'"
    ),
    "ledger_line_cleared": update("batchline", "outcome = 'paid', settled_on = '2026-12-31'", "id = '{unclear_line}'"),
    "ledger_receipt_has_its_paper": copy(CashReceipt, "true", line_id="'{cash_line}'", digest="'x'"),
    "ledger_receipt_kind_known": copy(CashReceipt, "true", line_id="'{cash_line}'", kind="'oral'"),
    "ledger_receipt_by_two": copy(CashReceipt, "true", line_id="'{cash_line}'", witness_id="{user}"),
    "ledger_receipt_is_kept": ["DELETE FROM ledger_cashreceipt"],
    "ledger_clearing_one_waits": copy(Clearing, "true"),
    "ledger_clearing_names_its_statement": copy(Clearing, "true", line_id="'{silent_line}'", statement_no="''"),
    "ledger_clearing_confirmed_on_a_day": update("clearing", "confirmed_by_id = {second}", "true"),
    "ledger_clearing_keeps_its_word": update("clearing", "statement_no = '8'", "true"),
    "ledger_clearing_by_two": update("clearing", "confirmed_by_id = {post}, confirmed_on = '{day}'", "true"),
    "ledger_clearing_is_kept": ["DELETE FROM ledger_clearing"],
    "ledger_good_value_not_negative": update("good", "value_fen = -1", "commodity_id = '{rice}'"),
    "ledger_good_keeps_its_nature": update("good", "commodity_id = '{oil}'", "commodity_id = '{rice}'"),
    "ledger_good_is_kept": ["DELETE FROM ledger_good WHERE commodity_id = '{rice}'"],
    "ledger_basket_name_once": copy(Basket, "true"),
    "ledger_basket_programme_code": copy(Basket, "true", name="'x'", programme="'=x'"),
    "ledger_basket_keeps_its_nature": update("basket", "programme = 'x'", "true"),
    "ledger_basket_is_kept": ["DELETE FROM ledger_basket"],
    "ledger_basket_good_once": [
        (
            "INSERT INTO ledger_basket (organisation_id, scope_path, name, programme, programme_label, made_on) "
            "SELECT organisation_id, scope_path, 'new', programme, '', made_on FROM ledger_basket"
        ),
        (
            "INSERT INTO ledger_basketitem (basket_id, good_id, quantity) "
            "SELECT max(id), '{rice}', 1 FROM ledger_basket UNION ALL SELECT max(id), '{rice}', 2 FROM ledger_basket"
        ),
    ],
    "ledger_basket_quantity_positive": [
        (
            "INSERT INTO ledger_basket (organisation_id, scope_path, name, programme, programme_label, made_on) "
            "SELECT organisation_id, scope_path, 'new', programme, '', made_on FROM ledger_basket"
        ),
        "INSERT INTO ledger_basketitem (basket_id, good_id, quantity) SELECT max(id), '{rice}', 0 FROM ledger_basket",
    ],
    "ledger_basket_content_is_kept": update("basketitem", "quantity = 9", "true"),
    "ledger_basket_filled_before_use": copy(BasketItem, "true", good_id="'{oil}'"),
    "ledger_stock_has_its_paper": stock("received", document_no="''"),
    "ledger_stock_received_from_somewhere": stock("received", origin="''"),
    "ledger_stock_issued_to_a_household": stock("issued", taken_by="''"),
    "ledger_stock_issued_against_receipt": stock("issued", digest="''"),
    "ledger_stock_return_names_its_issue": stock("issued", kind="'returned'"),
    "ledger_stock_moved_elsewhere": stock("received", kind="'moved'", to_place_id="organisation_id"),
    "ledger_stock_written_off_with_reason": stock("off", reason="''"),
    "ledger_stock_by_two": stock("off", second_id="{user}"),
    "ledger_stock_moves_goods": stock("received", transfer_id="'{money}'"),
    "ledger_stock_movement_is_kept": update("stockmovement", "value_fen = 0", "true"),
    "ledger_coupon_once": copy(Coupon, "id = '{unused}'", code_index=NEW_COUPON["code_index"]),
    "ledger_coupon_ends_after_it_starts": copy(Coupon, "id = '{unused}'", **NEW_COUPON | {"to_day": "from_day - 1"}),
    "ledger_coupon_revoked_with_reason": update("coupon", "revoked_on = '{day}'", "id = '{unused}'"),
    "ledger_coupon_keeps_its_promise": update("coupon", "to_day = to_day + 9", "id = '{unused}'"),
    "ledger_coupon_not_revoked_after_use": update(
        "coupon", "revoked_on = '{day}', revoked_by_id = {post}, revoke_reason = 'x'", "id = '{coupon}'"
    ),
    "ledger_coupon_is_kept": ["DELETE FROM ledger_coupon WHERE id = '{unused}'"],
    "ledger_redemption_as_promised": copy(Redemption, "true", coupon_id="'{unused}'"),
    "ledger_redemption_is_kept": ["DELETE FROM ledger_redemption"],
}
