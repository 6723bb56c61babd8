"""Goods and coupons under many hands at once, with real commits. Each has an arm without the guard, which must fail."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.ledger import actions
from chunyu.ledger import stock_accounts as at
from chunyu.ledger.actions.goods import goods_in, issue
from chunyu.ledger.checking import soundness
from chunyu.ledger.models import Account, Reason, Redemption, StockMovement
from chunyu.ledger.posting import move, post
from tests import situations
from tests.ledger.situations import DAY, LIVING, PAPER, acting_as, household, stocked
from tests.proof.counts import count
from tests.proof.test_ledger_concurrency import at_once

pytestmark = pytest.mark.django_db(transaction=True)
HANDS = 8


@pytest.fixture
def finance(transactional_db) -> Acting:
    return acting_as(Role.FINANCE_OFFICER, situations.county("雨润县").federation)


@pytest.mark.proof("R4")
def test_exactly_what_is_there_is_given_out(finance, score):
    """More families than bags, and baskets of two goods in opposite orders: each bag once, none twice, none left."""
    bags, tries = count(12, 500), count(5, 160)
    store = stocked(finance, finance.organisation, {"大米": bags, "食用油": bags})
    homes = [household(finance.organisation) for _ in range(HANDS)]

    def buyer(number: int) -> int:
        goods = dict.fromkeys(store.goods if number % 2 else reversed(store.goods), 1)
        got = 0
        for n in range(tries):
            try:
                actions.give_out(
                    finance, place=store.place, household=homes[number], goods=goods, programme=LIVING,
                    taken_by="程梅", paper=PAPER, document_no="CK", day=DAY, key=f"{number}-{n}",
                )  # fmt: skip
            except Refusal as refusal:
                if refusal.code != "ledger_account_not_below_floor":
                    raise
            else:
                got += 1
        return got

    given = at_once([lambda n=n: buyer(n) for n in range(HANDS)])
    left = sum(store.there(good) for good in store.goods)
    score.counted(tries=HANDS * tries, units=bags)
    score.must_be(0, oversold=max(0, sum(given) - bags), undersold=max(0, bags - sum(given)), left_over=left)
    assert StockMovement.objects.filter(kind="issued").count() == bags
    assert soundness().holds


@pytest.mark.proof("R4")
def test_without_the_floor_more_is_given_out_than_is_there(finance, score):
    """The control: a counter that looks first and gives then, on books without floors, oversells."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ledger_account DROP CONSTRAINT ledger_account_not_below_floor")
    store = stocked(finance, finance.organisation, {"大米": 1})
    [rice] = store.goods
    homes = [household(finance.organisation) for _ in range(HANDS)]
    looked = threading.Barrier(HANDS)

    def naive(number: int) -> None:
        with transaction.atomic():
            there = at.there(store.place, rice)
            looked.wait(60)
            if there >= 1:
                out_of, into = at.store(store.place, rice), at.given_to(homes[number], LIVING, rice)
                post(finance, [move(f"n{number}", Reason.PAYMENT, DAY, out_of=out_of, into=into, quantity=1,
                                    programme=LIVING)])  # fmt: skip

    at_once([lambda n=n: naive(n) for n in range(HANDS)])
    score.control(oversold=max(0, -Account.objects.get(pk=at.store(store.place, rice).pk).balance))


def coupons_for(finance: Acting, how_many: int):
    store = stocked(finance, finance.organisation, {"大米": 1_000_000})
    basket = actions.make_basket(
        finance, organisation=finance.organisation, name="慰问包", programme=LIVING, programme_label="生活救助",
        goods={store.goods[0]: 1}, day=DAY,
    )  # fmt: skip
    members = [household(finance.organisation).worker for _ in range(how_many)]
    made = actions.make_coupons(
        finance, organisation=finance.organisation, members=members, basket=basket, from_day=DAY,
        to_day=DAY + timedelta(days=9), day=DAY,
    )  # fmt: skip
    return store, made


@pytest.mark.proof("R8")
def test_a_coupon_is_used_once_over_all_counters(finance, score):
    store, made = coupons_for(finance, count(6, 200))
    for coupon in made:
        code = coupon.code.reveal()
        answers = at_once(
            [
                lambda n=n, code=code: actions.redeem(
                    finance, code, place=store.place, taken_by="", day=DAY, key=f"counter-{n}"
                )
                for n in range(HANDS)
            ]
        )
        refused = [each for each in answers if isinstance(each, Refusal)]
        assert len(answers) - len(refused) == 1
        assert {each.code for each in refused} == {"ledger_coupon_used"}
        assert all(store.place.name in str(each) for each in refused), "the loser sees where"
    score.counted(tries=HANDS * len(made), coupons=len(made))
    score.must_be(0, used_twice_or_never=abs(Redemption.objects.count() - len(made)))
    assert store.there(store.goods[0]) == 1_000_000 - len(made)


@pytest.mark.proof("R8")
def test_without_the_lock_a_coupon_gives_twice(finance, score):
    """The control: a counter that looks first and marks then, on a table where a coupon may stand twice."""
    store, [coupon] = coupons_for(finance, 1)
    used: list[int] = []
    looked = threading.Barrier(HANDS)

    def naive(number: int) -> None:
        with transaction.atomic():
            free = not Redemption.objects.filter(coupon=coupon).exists()
            looked.wait(60)
            if free:
                issue(
                    finance, place=store.place, household=coupon.household, goods=goods_in(coupon.basket),
                    programme=LIVING, taken_by="程梅", document_no="Q", day=DAY, key=f"naive-{number}",
                    basket=coupon.basket, receipt={"digest": "0" * 64},
                )  # fmt: skip
                used.append(number)

    at_once([lambda n=n: naive(n) for n in range(HANDS)])
    score.control(used_again=len(used) - 1)
    assert store.there(store.goods[0]) < 1_000_000 - 1
