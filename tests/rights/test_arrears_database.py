"""What the database itself refuses about wages owed, whoever writes."""

from __future__ import annotations

import threading

import pytest
from django.db import DatabaseError, connection, connections, transaction

from chunyu.accounts.refusal import Refusal
from chunyu.rights.arrears import actions, paying
from tests.rights.arrears import CASEWORKER, Arrears, arrears, line, signature
from tests.situations import county

pytestmark = pytest.mark.django_db


@pytest.fixture
def paid_out() -> Arrears:
    """Two workers, one of them paid, and a second case beside it."""
    walk = arrears(fears=True).to("paying")
    payout = walk.payout()
    first = walk.matter.workers.first()
    paying.pay(walk.acting(CASEWORKER), payout, first, amount_fen=first.remaining_fen, signature=signature(1))
    other = arrears(county("青禾县")).to("joint")
    actions.enter_lines(other.acting(CASEWORKER), other.case, [line(9)])
    return walk


CLAIM = """
    INSERT INTO rights_arrearsclaim
        (id, worker_id, version, from_day, to_day, half_days, rate_fen, owed_fen, proof, reason, by_id, day)
    SELECT gen_random_uuid(), c.worker_id, 2, {values}, c.by_id, c.day FROM rights_arrearsclaim c {more} LIMIT 1
"""
PAYMENT = """
    INSERT INTO rights_arrearspayment (id, payout_id, worker_id, amount_fen, signed, by_id, day)
    SELECT gen_random_uuid(), o.id, w.id, 1, '{signed}', o.by_id, o.day
    FROM rights_arrearspayout o, rights_arrearsworker w WHERE {which} LIMIT 1
"""
UNPAID = "w.matter_id = o.matter_id AND w.paid_fen = 0"
BROKEN = [
    ("UPDATE rights_arrearsmatter SET owed_fen = owed_fen + 1", "arrears_total_is_its_lines"),
    ("UPDATE rights_arrearsmatter SET paid_fen = 0 WHERE paid_fen > 0", "arrears_total_is_its_lines"),
    ("UPDATE rights_arrearsmatter SET owed_to = 99", "arrears_total_is_its_lines"),
    ("UPDATE rights_arrearsmatter SET name_locked = false WHERE name_locked", "arrears_name_stays_locked"),
    ("UPDATE rights_arrearsmatter SET said_fen = 1", ""),
    ("DELETE FROM rights_arrearsmatter", ""),
    ("UPDATE rights_arrearsworker SET paid_fen = 0 WHERE paid_fen > 0", "arrears_worker_is_its_rows"),
    ("UPDATE rights_arrearsworker SET owed_fen = owed_fen + 1", "arrears_worker_is_its_rows"),
    ("DELETE FROM rights_arrearsworker", ""),
    ("UPDATE rights_arrearsclaim SET owed_fen = 1", ""),
    ("DELETE FROM rights_arrearsclaim", ""),
    ("UPDATE rights_arrearspayment SET amount_fen = 1", ""),
    ("DELETE FROM rights_arrearspayment", ""),
    ("DELETE FROM rights_arrearswitness", ""),
    ("UPDATE rights_arrearspayout SET unwitnessed = true", ""),
    (
        CLAIM.format(
            values="from_day, to_day, half_days, rate_fen, half_days * rate_fen, proof, 'x'", more="ORDER BY c.id DESC"
        ),
        "arrears_claim_within_its_days",
    ),
    (
        CLAIM.format(values="from_day, to_day, half_days, rate_fen, owed_fen, proof, ''", more=""),
        "arrears_claim_follows",
    ),
    (CLAIM.format(values="from_day, from_day, 3, rate_fen, 1, proof, 'x'", more=""), "arrears_claim_days_fit"),
    (
        CLAIM.format(values="to_day, from_day, 1, rate_fen, 1, proof, 'x'", more=""),
        "arrears_claim_days_fit",
    ),
    (
        CLAIM.format(
            values="from_day, to_day, half_days, rate_fen, 1, proof, 'x'",
            more="JOIN rights_arrearspayment p ON p.worker_id = c.worker_id",
        ),
        "arrears_no_more_than_owed",
    ),
    (PAYMENT.format(signed="paper", which=UNPAID), "arrears_payment_signed"),
    (PAYMENT.format(signed="finger", which=UNPAID), "arrears_each_worker_signs"),
    (PAYMENT.format(signed="paper", which="w.matter_id <> o.matter_id"), "arrears_payment_of_its_matter"),
    (
        """INSERT INTO rights_arrearspayout (id, matter_id, day, place, payer, method, unwitnessed, by_id)
        SELECT gen_random_uuid(), matter_id, day, place, payer, method, false, by_id FROM rights_arrearspayout""",
        "arrears_payout_witnessed_by_two",
    ),
    (
        """UPDATE casework_case SET state = 'closed', outcome = 'settled', closed_on = opened_on
        WHERE process = 'rights.arrears'""",
        "arrears_closes_at_zero",
    ),
]


def said_at_once(sql: str) -> None:
    """Run a statement, and ask the rules that wait for the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize(("sql", "rule"), BROKEN)
def test_the_database_refuses(paid_out, sql, rule):
    with pytest.raises(DatabaseError) as refused, transaction.atomic():
        said_at_once(sql)
    if rule:
        assert refused.value.__cause__.diag.constraint_name == rule


@pytest.mark.django_db(transaction=True)
def test_two_payments_at_once_never_pay_more_than_is_owed():
    """Each sees the other's money, or waits for it: the second is refused by the worker's own rule."""
    walk = arrears().to("paying", [line(1)])
    payouts = [walk.payout(place=place) for place in ("门口", "办公室")]
    worker = walk.matter.workers.get()
    outcome: list[str] = []

    def take(at: int) -> None:
        try:
            paying.pay(walk.acting(CASEWORKER), payouts[at], worker, amount_fen=700_000, signature=signature(at))
            outcome.append("paid")
        except Refusal as refusal:
            outcome.append(refusal.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=take, args=(at,)) for at in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(outcome) == ["arrears_no_more_than_owed", "paid"]
    assert walk.matter.paid_fen == 700_000
