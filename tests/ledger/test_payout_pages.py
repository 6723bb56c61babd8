"""The pages of held payments, unclear lines, cash and the auditor, as each person meets them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver, reverse

from chunyu.accounts.roles import Role
from chunyu.audit.models import Entry
from chunyu.ledger import actions
from chunyu.ledger.audit_queries import QUESTIONS
from chunyu.ledger.models import BatchLine, OrderHold, PaymentOrder, PayoutBatch
from chunyu.registry.models import Household, Member
from tests.ledger.situations import (
    CARD,
    DAY,
    PAPER,
    acting_as,
    approved_batch,
    fund_with,
    household,
    order,
    result_csv,
    sent_batch,
    stocked,
)
from tests.situations import county


@pytest.fixture(autouse=True)
def _today(settings):
    settings.CHUNYU_TODAY = DAY
    settings.LANGUAGE_CODE = "en"


@pytest.fixture
def as_(client):
    def sign_in(acting):
        client.force_login(acting.post.user)
        return client

    return sign_in


def url(name: str, *args) -> str:
    return reverse(f"ledger:{name}", args=args)


def test_a_blocked_payment_is_held_on_the_way_and_released_by_a_colleague(as_, finance, second, approver, tree):
    fund, home = fund_with(finance, 1_000_000), household(tree.federation)
    first, twice = order(approver, fund, 100, home=home), order(approver, fund, 200, home=home)
    page = as_(finance).get(url("prepare-batch", fund.pk)).content.decode()
    assert f"The family already has a payment for this purpose: {first.reference}." in page
    as_(finance).post(url("prepare-batch", fund.pk), {"order": [str(first.pk), str(twice.pk)], "cash_at": ""})
    batch = PayoutBatch.objects.get()
    assert [line.order_id for line in batch.lines.all()] == [first.pk]
    listed = as_(finance).get(url("held")).content.decode()
    assert twice.reference in listed
    page = as_(finance).get(url("order", twice.pk)).content.decode()
    assert "Whoever held a payment cannot release it." in page
    answer = as_(finance).post(url("release", twice.pk), {"reason": "我看过"})
    assert answer.status_code == 422
    assert first.reference in as_(second).get(url("release", twice.pk)).content.decode()
    as_(second).post(url("release", twice.pk), {"reason": "另一名子女的学费"})
    as_(finance).post(url("prepare-batch", fund.pk), {"order": [str(twice.pk)]})
    other = PayoutBatch.objects.latest("number")
    as_(finance).post(url("submit", other.pk))
    page = as_(second).get(url("batch", other.pk)).content.decode()
    assert "另一名子女的学费" in page, "the second approver sees why it was let pass"
    assert first.reference in page


def test_a_payment_is_held_by_hand(as_, finance, approver):
    fund = fund_with(finance, 1_000)
    mine = order(approver, fund, 100)
    as_(finance).post(url("hold", mine.pk), {"reason": "家属来电要求暂缓"})
    assert "家属来电要求暂缓" in as_(finance).get(url("order", mine.pk)).content.decode()
    assert OrderHold.objects.get().code == "by_hand"


def test_an_unclear_line_is_cleared_by_two(as_, finance, second, approver):
    fund = fund_with(finance, 1_000)
    batch = sent_batch(finance, second, fund, [order(approver, fund, 100)])
    line = batch.lines.get()
    text = result_csv(batch).decode().replace("成功", "未知")
    as_(finance).post(url("result", batch.pk), {"file": SimpleUploadedFile("r.csv", text.encode())})
    assert line.line_key in as_(finance).get(url("unclear")).content.decode()
    told = {"outcome": "paid", "statement_no": "DZ-7", "reason": ""}
    as_(finance).post(url("clear", line.pk), told)
    page = as_(finance).get(url("clear", line.pk)).content.decode()
    assert "Another person must." in page
    as_(finance).post(url("confirm-clearing", line.pk))
    line.refresh_from_db()
    assert line.outcome == "unclear"
    as_(second).post(url("confirm-clearing", line.pk))
    line.refresh_from_db()
    assert line.outcome == "paid"


def test_cash_is_paid_against_receipts(as_, finance, second, approver):
    fund = fund_with(finance, 1_000)
    orders = [order(approver, fund, 100), order(approver, fund, 200, payee="钟原", card="", in_cash=True)]
    sent = {"order": [str(each.pk) for each in orders], "cash_at": "城关镇服务点"}
    as_(finance).post(url("prepare-batch", fund.pk), sent)
    batch = PayoutBatch.objects.get()
    as_(finance).post(url("submit", batch.pk))
    batch.refresh_from_db()
    as_(second).post(url("approve", batch.pk), {"shown": batch.digest})
    as_(finance).post(url("send", batch.pk))
    page = as_(finance).get(url("batch", batch.pk)).content.decode()
    assert "城关镇服务点" in page
    assert "Signature or fingerprint" in page
    line = batch.lines.get(payee_name="钟原")
    paper = SimpleUploadedFile("p.jpg", PAPER)
    form = {"taken_by": "钟原", "kind": "fingerprint", "witness": second.user_id, "paper": paper}
    assert as_(finance).post(url("hand-over", line.pk), form).status_code == 303
    answer = as_(finance).post(url("receipt", line.pk))
    assert answer.content == PAPER
    as_(finance).post(url("bring-back", batch.pk), {"reason": "人在外地"})
    batch.refresh_from_db()
    assert batch.status == "settled"
    assert set(batch.lines.values_list("outcome", flat=True)) == {"paid", "returned"}


# --- the auditor


@pytest.fixture
def wrongs(finance, second, approver, tree):
    """Payments that one question or another finds: let pass by a second person, or wrong since."""
    fund = fund_with(finance, 1_000_000)
    home = household(tree.federation)
    twice = [order(approver, fund, n, home=home) for n in (1, 2)]
    dead = order(approver, fund, 3, payee="钟原")
    stranger = order(approver, fund, 4, payee="麦青")
    shared = order(approver, fund, 5, payee="简宁", card=CARD)
    cash = order(approver, fund, 6, payee="孟夏")
    silent = order(approver, fund, 7, payee="严冬")
    third = acting_as(Role.FINANCE_OFFICER, tree.federation)
    mixed = [*twice, dead, stranger, shared]
    for each in actions.hold_blocked(finance, fund=fund, orders=mixed, day=DAY):
        actions.release(second, each, day=DAY, reason="补录历史数据")
    ready = list(PaymentOrder.objects.filter(pk__in=[each.pk for each in mixed]))
    batch = sent_batch(finance, third, fund, ready)
    actions.import_result(finance, batch, content=result_csv(batch), day=DAY)
    drawn = actions.prepare_batch(finance, fund=fund, orders=[cash], day=DAY, cash_at="城关镇")
    drawn = actions.submit(finance, drawn)
    actions.send(finance, actions.approve(third, drawn, shown=drawn.digest, day=DAY), day=DAY)
    sent_batch(finance, third, fund, [silent])
    Household.objects.filter(pk=dead.household_id).update(status="closed", closed_on=DAY)
    Member.objects.filter(household=stranger.household_id).update(name="改名")
    return {"after-exit": [dead], "other-name": [stranger], "no-receipt": [cash], "twice": twice, "shared-card": None}


def asked(as_, who, code: str) -> list[BatchLine]:
    return list(as_(who).get(url("audit-rows", code)).context["page"].found)


def test_each_question_finds_its_case_and_opens_the_rows(as_, wrongs, tree, settings):
    settings.CHUNYU_TODAY = DAY + timedelta(days=4)
    auditor = acting_as(Role.AUDITOR, tree.federation)
    page = as_(auditor).get(url("audit"))
    counts = {question.code: count for question, count, _href in page.context["asked"]}
    assert set(counts) == set(QUESTIONS)
    for code, orders in wrongs.items():
        rows = asked(as_, auditor, code)
        assert len(rows) == counts[code], code
        if orders is not None:
            assert {row.order_id for row in rows} == {each.pk for each in orders}, code
        else:
            assert rows, code
    assert counts["unclear"] == 1
    assert counts["let-pass"] >= 2
    assert (counts["over-cap"], counts["too-early"]) == (0, 0)
    answer = as_(auditor).post(url("audit-rows", "twice"), {"export": "csv"})
    assert answer.getvalue().decode().count("\n") == 3
    assert Entry.objects.filter(event="ledger.export_audit", post=auditor.post).count() == 1
    assert as_(auditor).get(url("audit-rows", "gossip")).status_code == 404


def test_who_asks(as_, wrongs, tree):
    for role in Role:
        expected = 200 if role in (Role.AUDITOR, Role.COUNTY_APPROVER) else 403
        assert as_(acting_as(role, tree.federation)).get(url("audit")).status_code == expected, role
    neighbour = acting_as(Role.AUDITOR, county("青禾县").federation)
    assert {count for _question, count, _href in as_(neighbour).get(url("audit")).context["asked"]} == {0}


def rows_of_the_books() -> dict[str, str]:
    """Every table of money and goods as one digest each."""
    digests = {}
    with connection.cursor() as cursor:
        for model in apps.get_app_config("ledger").get_models():
            table = model._meta.db_table
            cursor.execute(f"SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {table} AS t")
            digests[table] = cursor.fetchone()[0]
    return digests


def test_the_auditor_reads_everything_and_changes_nothing(as_, wrongs, finance, second, tree):
    """Every address of the ledger, with GET and with POST: what changes is refused, and the books are as before."""
    stocked(finance, tree.federation, {"大米": 3})
    auditor = acting_as(Role.AUDITOR, tree.federation)
    line = BatchLine.objects.filter(batch__method="cash").get()
    known = {
        "orders/": line.order_id, "batches/": line.batch_id, "lines/": line.pk, "funds/": line.order.fund_id,
        "households/": line.order.household_id, "places/": tree.federation.pk,
    }  # fmt: skip
    before, seen = rows_of_the_books(), 0
    for pattern in get_resolver().url_patterns:
        if getattr(pattern, "app_name", "") != "ledger":
            continue
        for each in pattern.url_patterns:
            route = str(each.pattern)
            key = next((value for prefix, value in known.items() if f"{prefix}<" in route), None)
            if "<" in route and key is None:
                key = "audit" if "audit" in route else None
            if route.count("<") > 1 or (key is None and "<" in route):
                continue
            path = url(each.name, *([key] if "<" in route and key != "audit" else ["twice"] if key == "audit" else []))
            assert as_(auditor).get(path).status_code in (200, 403, 405), path
            answer = as_(auditor).post(path, {"reason": "x", "export": "csv", "outcome": "paid", "statement_no": "1"})
            given = "attachment" in answer.get("Content-Disposition", "") or answer["Content-Type"] == "application/pdf"
            reads = answer.status_code == 200 and given
            assert reads or answer.status_code in (403, 404, 422), (path, answer.status_code)
            seen += 1
    assert seen > 40
    assert rows_of_the_books() == before


def test_a_reader_elsewhere_sees_none_of_it(as_, wrongs, finance, tree):
    line = BatchLine.objects.filter(batch__method="cash").get()
    neighbour = acting_as(Role.FINANCE_OFFICER, county("青禾县").federation)
    for name, key in (
        ("hold", line.order_id), ("release", line.order_id), ("clear", line.pk), ("hand-over", line.pk),
        ("bring-back", line.batch_id), ("place", tree.federation.pk), ("take-in", tree.federation.pk),
    ):  # fmt: skip
        assert as_(neighbour).get(url(name, key)).status_code == 404, name
    for name in ("confirm-clearing", "drop-clearing", "receipt"):
        assert as_(neighbour).post(url(name, line.pk)).status_code == 404, name


def count_queries(client, path: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert client.get(path).status_code == 200
    return len(asked)


def test_lists_take_the_same_queries_however_long(as_, finance, second, approver):
    fund = fund_with(finance, 1_000_000)
    for n in range(1, 4):
        actions.hold(finance, order(approver, fund, n), day=DAY, reason="暂缓")
    client = as_(finance)
    client.get(url("held"))
    few = count_queries(client, url("held"))
    for n in range(4, 9):
        actions.hold(finance, order(approver, fund, n), day=DAY, reason="暂缓")
    assert count_queries(client, url("held")) == few
    batch = approved_batch(finance, second, fund, [order(approver, fund, n) for n in (20, 21)])
    short = count_queries(client, url("batch", batch.pk))
    longer = approved_batch(finance, second, fund, [order(approver, fund, n) for n in range(30, 36)])
    assert count_queries(client, url("batch", longer.pk)) == short
