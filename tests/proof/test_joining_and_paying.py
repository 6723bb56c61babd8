"""A file is joined to another while money is ordered for it: one of the two is refused, whoever comes first.

The arm without the database's rule shows that both would pass, and the family be paid on a file that lies still.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection, connections

from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.ledger.actions import order_payment
from chunyu.ledger.models import Fund, PaymentOrder
from chunyu.registry.duplicates import joining
from chunyu.registry.models import Household, Pair
from tests.hardship.families import TODAY, family
from tests.hardship.journey import medical_fund
from tests.hardship.test_joined_files import confirmed
from tests.proof.counts import count
from tests.proof.scoring import Score
from tests.situations import County, county

pytestmark = [pytest.mark.proof("R17"), pytest.mark.django_db(transaction=True)]
RULE = "ledger_order_of_a_file_that_goes_on"


def pay(place: County, fund: Fund, household: Household, reference: str) -> PaymentOrder:
    return order_payment(
        place.acting(Role.FINANCE_OFFICER, TODAY),
        organisation=household.organisation,
        household=household,
        programme="medical",
        programme_label="医疗救助",
        fund=fund,
        amount_fen=100,
        reference=reference,
        payee_name="陈梅",
        bank_name="",
        card_number="6217009999000000016",
        day=TODAY,
    )


def at_once(*works: Callable[[], object]) -> list[object]:
    """Results or Refusals of acts that begin together."""
    barrier, answers = threading.Barrier(len(works)), [None] * len(works)  # type: list[object]

    def run(place: int, work: Callable[[], object]) -> None:
        try:
            barrier.wait(30)
            answers[place] = work()
        except BaseException as error:  # handed to the thread that waits
            answers[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    unexpected = [each for each in answers if isinstance(each, BaseException) and not isinstance(each, Refusal)]
    if unexpected:
        raise unexpected[0]
    return answers


def race(place: County, fund: Fund, number: int) -> tuple[Household, list[object]]:
    """The file that is to lie still, and what came of joining it and of paying on it at the same moment."""
    one, other = family(place, order=number * 2), family(place, "陈梅", order=number * 2 + 1)
    pair: Pair = confirmed(place, one, other)
    keeper = place.acting(Role.COUNTY_CASEWORKER, TODAY)
    answers = at_once(
        lambda: joining.join_files(keeper, pair, goes_on=one),
        lambda: pay(place, fund, other, f"R{number}"),
    )
    return Household.objects.get(pk=other.pk), answers


def harm(household: Household) -> bool:
    """Whether money is on its way to a file that lies still."""
    return household.status == Household.Status.MERGED and PaymentOrder.objects.filter(household=household).exists()


def test_of_a_joining_and_a_payment_one_is_refused(score: Score) -> None:
    place = county("雨润县")
    fund = medical_fund(place)
    for number in range(1, count(3, 40) + 1):
        household, answers = race(place, fund, number)
        assert [isinstance(each, Refusal) for each in answers].count(True) == 1
        score.counted(races=1)
        score.must_be(0, paid_on_a_joined_file=harm(household))


def test_control_without_the_rule_money_goes_to_a_file_that_lies_still(
    monkeypatch: pytest.MonkeyPatch, score: Score
) -> None:
    place = county("雨润县")
    fund = medical_fund(place)
    looked = threading.Event()
    hindrances = joining.hindrances

    def slowly(*files: Household):
        found = list(hindrances(*files))
        looked.set()
        threading.Event().wait(0.5)  # the payment is ordered now
        return iter(found)

    monkeypatch.setattr(joining, "hindrances", slowly)
    waited = PaymentOrder.save

    def after_the_look(order: PaymentOrder, *args: object, **kwargs: object) -> None:
        looked.wait(10)
        waited(order, *args, **kwargs)

    monkeypatch.setattr(PaymentOrder, "save", after_the_look)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ledger_paymentorder DISABLE TRIGGER USER")
    household, answers = race(place, fund, 1)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ledger_paymentorder ENABLE TRIGGER USER")
    assert not any(isinstance(each, Refusal) for each in answers)
    score.control(paid_on_a_joined_file=harm(household))
