"""Goods from the delivery to the family's hands, and what cannot happen on the way."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import translation

from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.audit.models import Entry
from chunyu.ledger import actions, goods_queries, traces
from chunyu.ledger import stock_accounts as at
from chunyu.ledger.checking import orders_out_of_step, soundness
from chunyu.ledger.models import Redemption, StockMovement
from chunyu.ledger.statements import fund_statement
from tests.ledger.situations import DAY, LIVING, PAPER, acting_as, fund_with, household, stocked
from tests.situations import county


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


@pytest.fixture
def store(finance, tree):
    """Ten bags of rice and four bottles of oil at the county."""
    return stocked(finance, tree.federation, {"大米 5千克": 10, "食用油 5升": 4})


def given(keeper, store, home, quantities, **more):
    told = {
        "place": store.place, "household": home, "goods": quantities, "programme": LIVING, "taken_by": "程梅",
        "paper": PAPER, "document_no": "CK-1", "day": DAY, "key": "k1",
    }  # fmt: skip
    return actions.give_out(keeper, **told | more)


def test_goods_are_given_out_and_some_come_back(store, finance, tree):
    rice, oil = store.goods
    home = household(tree.federation)
    issued = given(finance, store, home, {rice: 2, oil: 1})
    assert (store.there(rice), store.there(oil)) == (8, 3)
    assert (issued.kind, issued.value_fen, issued.transfer.programme) == ("issued", 2 * 3000 + 3000, LIVING)
    assert actions.open_paper(finance, issued) == PAPER
    assert given(finance, store, home, {rice: 2, oil: 1}) == issued, "the same form sent twice gives once"
    back = {"document_no": "TK-1", "taken_by": "程梅", "day": DAY}
    with pytest.raises(Refusal) as refused:
        actions.bring_goods_back(finance, issued, goods={rice: 3}, key="b0", **back)
    assert refused.value.code == "ledger_stock_return_too_much"
    actions.bring_goods_back(finance, issued, goods={rice: 1}, key="b1", **back)
    with pytest.raises(Refusal):
        actions.bring_goods_back(finance, issued, goods={rice: 2}, key="b2", **back)
    assert store.there(rice) == 9
    assert goods_queries.value_given(tree.path) == 9_000 - 3_000
    assert list(goods_queries.given_to_household(home).values_list("kind", flat=True)) == ["issued", "returned"]
    assert (soundness().holds, orders_out_of_step()) == (True, ())


def test_no_more_goes_out_than_is_there(store, finance, tree):
    rice, _oil = store.goods
    home = household(tree.federation)
    with pytest.raises(Refusal, match="10 there, 11 needed"):
        given(finance, store, home, {rice: 11})
    given(finance, store, home, {rice: 10})
    with pytest.raises(Refusal) as refused:
        given(finance, store, home, {rice: 1}, key="k2")
    assert refused.value.code == "ledger_account_not_below_floor"
    assert store.there(rice) == 0


def test_goods_need_a_receipt_a_name_and_a_family_on_file(store, finance, tree):
    rice, _oil = store.goods
    home = household(tree.federation)
    refusals = {
        "ledger_paper_empty": ({rice: 1}, {"paper": b""}),
        "ledger_stock_issued_to_a_household": ({rice: 1}, {"taken_by": " "}),
        "ledger_stock_nothing": ({}, {}),
        "ledger_stock_has_its_paper": ({rice: 1}, {"document_no": " "}),
    }
    for code, (quantities, more) in refusals.items():
        with pytest.raises(Refusal) as refused:
            given(finance, store, home, quantities, **more)
        assert refused.value.code == code
    type(home).objects.filter(pk=home.pk).update(status="closed", closed_on=DAY)
    home.refresh_from_db()
    with pytest.raises(Refusal, match="closed"):
        given(finance, store, home, {rice: 1})


def test_goods_move_between_places_and_are_written_off_by_two(store, finance, second, tree):
    rice, oil = store.goods
    moved = {"place": store.place, "document_no": "DB-1", "day": DAY}
    actions.move_goods(finance, to_place=tree.township, goods={rice: 4}, key="m", **moved)
    assert (store.there(rice), at.there(tree.township, rice)) == (6, 4)
    off = {"goods": {oil: 1}, "reason": "过期", "key": "w", **moved}
    with pytest.raises(Refusal) as refused:
        actions.write_off(finance, second=finance.post.user, **off)
    assert refused.value.code == "ledger_stock_by_two"
    stranger = acting_as(Role.FINANCE_OFFICER, county("青禾县").federation)
    with pytest.raises(Refusal) as refused:
        actions.write_off(finance, second=stranger.post.user, **off)
    assert refused.value.code == "ledger_stock_second_works_here"
    with pytest.raises(Refusal) as refused:
        actions.write_off(finance, second=second.post.user, **{**off, "reason": " "})
    assert refused.value.code == "ledger_stock_written_off_with_reason"
    actions.write_off(finance, second=second.post.user, **off)
    assert store.there(oil) == 3
    assert at.written_off(store.place, oil).balance == 1


def test_after_a_count_the_books_say_what_is_there(store, finance, second):
    rice, oil = store.goods
    told = {
        "place": store.place, "second": second.post.user, "reason": "年终盘点", "document_no": "PD-1", "day": DAY,
    }  # fmt: skip
    assert actions.take_stock(finance, counted={rice: 10}, key="c0", **told) is None
    actions.take_stock(finance, counted={rice: 9, oil: 5}, key="c1", **told)
    assert (store.there(rice), store.there(oil)) == (9, 5)
    [counted] = StockMovement.objects.filter(kind="counted")
    assert sorted(each.quantity for each in goods_queries.goods_of(counted)) == [-1, 1]
    assert soundness().holds


def test_who_moves_goods(store, finance, tree):
    rice, _oil = store.goods
    home = household(tree.township)
    officer = acting_as(Role.TOWNSHIP_OFFICER, tree.township)
    with pytest.raises(Refusal) as refused:
        given(officer, store, home, {rice: 1})
    assert refused.value.code == "ledger_not_your_scope"
    actions.move_goods(
        finance, place=store.place, to_place=tree.township, goods={rice: 2}, document_no="DB", day=DAY, key="m"
    )
    given(officer, store, home, {rice: 1}, place=tree.township)
    for role in (Role.AUDITOR, Role.PROVINCE_ANALYST, Role.ORGANISER):
        with pytest.raises(Refusal) as refused:
            given(acting_as(role, tree.federation), store, home, {rice: 1}, key=str(role))
        assert refused.value.code == "ledger_not_your_role"
    events = set(Entry.objects.values_list("event", flat=True))
    assert {"ledger.goods_received", "ledger.goods_issued", "ledger.goods_moved"} <= events


def test_money_and_goods_keep_apart(store, finance, tree):
    """A fund's figures know nothing of rice."""
    fund = fund_with(finance, 1_000)
    given(finance, store, household(tree.federation), {store.goods[0]: 1})
    assert fund_statement(fund).adds_up
    assert traces.movements(tree.path).count() == 2, "the journal of money has the fund's receipt alone"


# --- coupons


@pytest.fixture
def coupon(store, finance, tree):
    rice, oil = store.goods
    basket = actions.make_basket(
        finance, organisation=tree.federation, name="春节慰问包", programme=LIVING, programme_label="生活救助",
        goods={rice: 2, oil: 1}, day=DAY,
    )  # fmt: skip
    home = household(tree.township)
    [made] = actions.make_coupons(
        finance, organisation=tree.federation, members=[home.worker], basket=basket, from_day=DAY,
        to_day=DAY + timedelta(days=30), day=DAY,
    )  # fmt: skip
    return made


def test_a_coupon_is_used_once_and_the_next_is_told_when_and_where(coupon, store, finance, second, tree):
    code = coupon.code.reveal()
    typed = f" {code[:5].lower()}-{code[5:]} "
    used = actions.redeem(finance, typed, place=store.place, taken_by="", day=DAY, key="f1")
    assert (used.movement.household, used.movement.taken_by) == (coupon.household, "程梅")
    assert (store.there(store.goods[0]), store.there(store.goods[1])) == (8, 3)
    assert actions.redeem(finance, code, place=store.place, taken_by="", day=DAY, key="f1") == used
    with pytest.raises(Refusal) as refused:
        actions.redeem(second, code, place=store.place, taken_by="", day=DAY, key="f2")
    assert refused.value.code == "ledger_coupon_used"
    assert tree.federation.name in str(refused.value)
    assert store.there(store.goods[0]) == 8
    with pytest.raises(Refusal):
        actions.revoke(finance, coupon, day=DAY, reason="晚了")


def test_a_coupon_holds_for_its_period_its_places_and_until_it_is_revoked(coupon, store, finance, tree):
    code = coupon.code.reveal()
    for day in (DAY - timedelta(days=1), DAY + timedelta(days=31)):
        with pytest.raises(Refusal) as refused:
            actions.redeem(finance, code, place=store.place, taken_by="", day=day)
        assert refused.value.code == "ledger_coupon_out_of_time"
    township = acting_as(Role.TOWNSHIP_OFFICER, tree.township)
    assert actions.find_coupon(township, code) == coupon
    neighbour = acting_as(Role.FINANCE_OFFICER, county("青禾县").federation)
    for who, written in ((neighbour, code), (finance, "AAAAA"), (finance, "")):
        with pytest.raises(Refusal) as refused:
            actions.find_coupon(who, written)
        assert refused.value.code == "ledger_coupon_unknown"
    actions.revoke(finance, coupon, day=DAY, reason="遗失补发")
    with pytest.raises(Refusal, match="遗失补发"):
        actions.redeem(finance, code, place=store.place, taken_by="", day=DAY)
    [again] = actions.make_coupons(
        finance, organisation=tree.federation, members=[coupon.member], basket=coupon.basket, from_day=DAY,
        to_day=DAY, day=DAY,
    )  # fmt: skip
    assert again.code.reveal() != code


def test_an_empty_store_leaves_the_coupon_good(coupon, store, finance, second):
    rice, _oil = store.goods
    actions.write_off(
        finance, place=store.place, goods={rice: 9}, second=second.post.user, reason="受潮", document_no="B", day=DAY,
        key="w",
    )  # fmt: skip
    with pytest.raises(Refusal) as refused:
        actions.redeem(finance, coupon.code.reveal(), place=store.place, taken_by="", day=DAY)
    assert refused.value.code == "ledger_account_not_below_floor"
    assert not Redemption.objects.exists()


def test_one_coupon_for_a_person_and_period(coupon, finance, tree):
    with pytest.raises(Refusal) as refused:
        actions.make_coupons(
            finance, organisation=tree.federation, members=[coupon.member], basket=coupon.basket, from_day=DAY,
            to_day=DAY, day=DAY,
        )  # fmt: skip
    assert refused.value.code == "ledger_coupon_once"
