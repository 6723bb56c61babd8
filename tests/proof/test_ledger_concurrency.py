"""Hot accounts under many hands at once, with real commits. Each test has an arm without the guard, which must fail."""

import threading
from collections.abc import Callable, Iterable

import pytest
from django.db import connection, connections, transaction

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.ledger import accounts, actions
from chunyu.ledger.checking import orders_out_of_step, soundness
from chunyu.ledger.closing import ending
from chunyu.ledger.models import Account, BankFile, PaymentOrder, Reason, Transfer, YearClosing
from chunyu.ledger.posting import move, post
from tests import situations
from tests.ledger.situations import (
    DAY,
    LIVING,
    MEDICAL,
    acting_as,
    approved_batch,
    close,
    fund_with,
    household,
    next_year,
    order,
    result_csv,
    sent_batch,
)
from tests.proof.counts import count

pytestmark = [pytest.mark.proof("R1"), pytest.mark.django_db(transaction=True)]
WRITERS = 8


@pytest.fixture
def finance(transactional_db) -> Acting:
    return acting_as(Role.FINANCE_OFFICER, situations.county("雨润县").federation)


@pytest.fixture
def second(finance) -> Acting:
    return acting_as(Role.FINANCE_OFFICER, finance.organisation)


@pytest.fixture
def approver(finance) -> Acting:
    return acting_as(Role.COUNTY_APPROVER, finance.organisation)


def at_once(works: Iterable[Callable[[], object]]) -> list[object]:
    """Do all of them from one start signal, each in a thread with its own connection; results or Refusals."""
    works = list(works)
    barrier = threading.Barrier(len(works))
    answers: list[object] = [None] * len(works)

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
        thread.join(120)
    unexpected = [each for each in answers if isinstance(each, BaseException) and not isinstance(each, Refusal)]
    if unexpected:
        raise unexpected[0]
    return answers


def spend(finance, fund, writer: int, times: int) -> int:
    """How many of a writer's reservations of one fen were posted."""
    cash, committed = accounts.cash(fund), accounts.committed(fund, LIVING)
    done = 0
    for n in range(times):
        key = f"spend-{writer}-{n}"
        one = move(key, Reason.RESERVATION, DAY, out_of=cash, into=committed, quantity=1, programme=LIVING)
        try:
            post(finance, [one])
        except Refusal as refusal:
            if refusal.code != "ledger_account_not_below_floor":
                raise
        else:
            done += 1
    return done


def test_exactly_what_is_there_is_spent(finance, score):
    """More hands than money: every fen goes once, none twice, none stays."""
    times = count(40, 2_000)
    there = WRITERS * times // 2
    fund = fund_with(finance, there)
    accounts.committed(fund, LIVING)
    done = at_once([lambda w=w: spend(finance, fund, w, times) for w in range(WRITERS)])
    score.counted(transfers=sum(done))
    score.must_be(0, lost=there - sum(done), left_over=accounts.cash(fund).balance)
    score.must_be(0, doubled=accounts.committed(fund, LIVING).balance - there, unsound=not soundness().holds)


def test_without_the_floor_more_is_spent_than_is_there(finance, score):
    """The control: a programme that looks first and books then, on books without floors, oversells."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ledger_account DROP CONSTRAINT ledger_account_not_below_floor")
    fund = fund_with(finance, 1)
    cash, committed = accounts.cash(fund), accounts.committed(fund, LIVING)
    looked = threading.Barrier(WRITERS)

    def naive(writer: int) -> None:
        with transaction.atomic():
            free = Account.objects.get(pk=cash.pk).balance
            looked.wait(30)
            if free >= 1:
                one = move(f"naive-{writer}", Reason.RESERVATION, DAY, out_of=cash, into=committed, quantity=1,
                           programme=LIVING)  # fmt: skip
                post(finance, [one])

    at_once([lambda w=w: naive(w) for w in range(WRITERS)])
    score.control(overspent_fen=max(0, -accounts.cash(fund).balance))


def test_opposite_directions_never_wait_in_a_circle(finance, score):
    fund = fund_with(finance, 1_000)
    pairs = [(accounts.cash(fund), accounts.committed(fund, programme), programme) for programme in (LIVING, MEDICAL)]
    for cash, committed, programme in pairs:
        start = move(f"start-{programme}", Reason.RESERVATION, DAY, out_of=cash, into=committed, quantity=400,
                     programme=programme)  # fmt: skip
        post(finance, [start])

    def back_and_forth(writer: int) -> None:
        cash, committed, programme = pairs[writer % 2]
        for n in range(count(20, 1_000)):
            there, here = (cash, committed) if (writer // 2 + n) % 2 else (committed, cash)
            reason = Reason.RELEASE if there is cash else Reason.RESERVATION
            one = move(f"{writer}-{n}", reason, DAY, out_of=here, into=there, quantity=1, programme=programme)
            post(finance, [one])

    at_once([lambda w=w: back_and_forth(w) for w in range(WRITERS)])
    score.counted(transfers=WRITERS * count(20, 1_000))
    score.must_be(0, drift_fen=sum(Account.objects.values_list("balance", flat=True)), unsound=not soundness().holds)


def test_one_key_from_many_hands_posts_once(finance, score):
    fund = fund_with(finance, 0)
    hands = count(24, 64)
    receipt = {"fund": fund, "amount_fen": 5, "day": DAY, "document_no": "拨款单9", "key": "same"}
    answers = at_once([lambda: actions.receive(finance, **receipt).pk for _ in range(hands)])
    assert len(set(answers)) == 1
    score.counted(simultaneous_tries=hands)
    score.must_be(0, doubled=Transfer.objects.filter(reason=Reason.RECEIPT).count() - 1)
    assert accounts.cash(fund).balance == 5


def test_one_decision_ordered_by_many_hands_is_ordered_once(finance, approver, score):
    fund, home = fund_with(finance, 1_000), household(finance.organisation)
    at_once([lambda: order(approver, fund, 70, home=home, reference="C-1").pk for _ in range(WRITERS)])
    score.counted(simultaneous_tries=WRITERS)
    score.must_be(0, doubled=PaymentOrder.objects.count() - 1)
    assert accounts.cash(fund).balance == 930
    assert orders_out_of_step() == ()


def test_an_order_joins_one_of_many_batches(finance, approver, score):
    fund = fund_with(finance, 1_000)
    one = order(approver, fund, 70)
    answers = at_once(
        [lambda: actions.prepare_batch(finance, fund=fund, orders=[one], day=DAY) for _ in range(WRITERS)]
    )
    score.counted(simultaneous_tries=WRITERS)
    score.must_be(0, doubled=sum(not isinstance(each, Refusal) for each in answers) - 1)


def test_many_senders_make_one_file_and_one_sending(finance, second, approver, score):
    fund = fund_with(finance, 1_000)
    batch = approved_batch(finance, second, fund, [order(approver, fund, 70)])
    answers = at_once([lambda: actions.send(finance, batch, day=DAY) for _ in range(WRITERS)])
    assert sum(not isinstance(each, Refusal) for each in answers) == 1
    assert BankFile.objects.count() == 1
    score.counted(simultaneous_tries=WRITERS)
    score.must_be(0, doubled=Transfer.objects.filter(reason=Reason.SENDING).count() - 1)


def test_one_result_from_many_hands_pays_once(finance, second, approver, score):
    fund = fund_with(finance, 1_000)
    batch = sent_batch(finance, second, fund, [order(approver, fund, n) for n in (1, 2, 3)])
    content = result_csv(batch)
    answers = at_once(
        [lambda: actions.import_result(finance, batch, content=content, day=DAY).pk for _ in range(WRITERS)]
    )
    assert len(set(answers)) == 1
    score.counted(simultaneous_tries=WRITERS)
    score.must_be(0, doubled=Transfer.objects.filter(reason=Reason.PAYMENT).count() - 3)
    assert (orders_out_of_step(), soundness().holds) == ((), True)


def test_a_closing_year_and_late_receipts_agree(finance, second, score):
    """Whatever order they take: what is in the year was in before it closed, and stood in the statement."""
    fund = fund_with(finance, 10)
    late = {"fund": fund, "amount_fen": 1, "day": DAY, "document_no": "迟到"}
    works: list[Callable[[], object]] = [
        lambda n=n: actions.receive(finance, key=f"late-{n}", **late) for n in range(WRITERS - 1)
    ]
    statement = actions.prepare_closing(next_year(finance), fund=fund, year=DAY.year)
    answers = at_once([*works, lambda: actions.close_year(next_year(second), statement, shown=statement.digest)])
    let_in = sum(not isinstance(each, Refusal) for each in answers[:-1])
    if isinstance(answers[-1], Refusal):  # somebody was before it: what was shown is no longer so
        assert let_in
        close(finance, second, fund)
    closing = YearClosing.objects.get()
    score.counted(simultaneous_tries=WRITERS)
    score.must_be(0, left_over=accounts.cash(fund).balance)
    score.must_be(0, lost=10 + let_in - accounts.cash(closing.successor).balance)
    assert ending(fund, DAY.year).free_fen == 10 + let_in
    with pytest.raises(Refusal):
        actions.receive(finance, key="after", **late)
