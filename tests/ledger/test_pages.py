"""The pages of the ledger as each person meets them."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from chunyu.accounts.roles import Role
from chunyu.audit.models import Entry
from chunyu.ledger import actions
from chunyu.ledger.models import Fund, PaymentOrder, PayoutBatch
from tests.ledger.situations import CARD, DAY, LIVING, OTHER_CARD, acting_as, fund_with, order, result_csv, sent_batch
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


def test_a_finance_officer_pays_a_batch_from_fund_to_reissue(as_, finance, second, approver):
    page = as_(finance).post(
        url("open-fund"),
        {"name": "中央帮扶资金", "source": "central_fiscal", "document_no": "财社1号", "year": 2026},
    )
    fund = Fund.objects.get()
    assert page["Location"] == url("fund", fund.pk)
    form = as_(finance).get(url("receive", fund.pk)).context["form"]
    sent = {"amount_fen": "10,000.00", "document_no": "拨1", "day": DAY.isoformat(), "key": form.initial["key"]}
    for _ in range(2):
        assert as_(finance).post(url("receive", fund.pk), sent).status_code == 303
    orders = [order(approver, fund, 1_200_50), order(approver, fund, 300_00)]

    shown = as_(finance).get(url("prepare-batch", fund.pk)).content.decode()
    assert all(each.reference in shown for each in orders)
    as_(finance).post(url("prepare-batch", fund.pk), {"order": [str(each.pk) for each in orders]})
    batch = PayoutBatch.objects.get()
    as_(finance).post(url("submit", batch.pk))
    page = as_(finance).get(url("batch", batch.pk)).content.decode()
    assert "Another person must approve it." in page

    page = as_(second).get(url("batch", batch.pk))
    batch.refresh_from_db()
    assert batch.digest in page.content.decode()
    assert CARD not in page.content.decode()
    assert "1,500.50" in page.content.decode()
    assert "壹仟伍佰元伍角整" in page.content.decode()
    as_(second).post(url("approve", batch.pk), {"shown": batch.digest})
    as_(finance).post(url("send", batch.pk))
    answer = as_(finance).post(url("download", batch.pk))
    assert CARD in answer.content.decode()
    assert Entry.objects.filter(event="ledger.download").count() == 1

    bad = batch.lines.last()
    file = SimpleUploadedFile("r.csv", result_csv(batch, {bad.line_key: "户名不符"}))
    as_(finance).post(url("result", batch.pk), {"file": file})
    page = as_(finance).get(url("batch", batch.pk)).content.decode()
    assert "户名不符" in page
    as_(finance).post(
        url("reissue", bad.order_id), {"payee_name": "程梅", "bank_name": "秋实银行", "card_number": OTHER_CARD}
    )
    assert PaymentOrder.objects.get(pk=bad.order_id).status == "reissued"
    page = as_(finance).get(url("fund", fund.pk)).content.decode()
    assert "10,000.00" in page
    assert "8,499.50" in page


def test_a_bad_result_file_shows_its_rows_and_changes_nothing(as_, finance, second, approver):
    fund = fund_with(finance, 1_000)
    batch = sent_batch(finance, second, fund, [order(approver, fund, 100)])
    content = result_csv(batch).replace(b"-0001,1.00", b"-0001,2.00").replace(b",1,1.00", b",1,2.00")
    page = as_(finance).post(url("result", batch.pk), {"file": SimpleUploadedFile("r.csv", content)})
    assert page.status_code == 422
    assert "Row 2" in page.content.decode()
    assert batch.lines.get().outcome == ""


def test_every_figure_of_a_fund_opens_rows_that_sum_to_it(as_, finance, second, approver):
    fund = fund_with(finance, 10_000_00)
    orders = [order(approver, fund, 100 * n) for n in (1, 2, 3, 4)]
    batch = sent_batch(finance, second, fund, orders[:2])
    actions.import_result(finance, batch, content=result_csv(batch, only={batch.lines.first().line_key}), day=DAY)
    page = as_(finance).get(url("fund", fund.pk))
    figures = page.context["figures"]
    assert len(figures) == 5
    for _label, fen, href, _note in figures:
        assert as_(finance).get(href).context["page"].total_fen() == fen, href
    [line] = page.context["statement"].by_programme
    for stands, fen in (("committed", line.committed_fen), ("in_transit", line.in_transit_fen)):
        href = f"{url('orders')}?fund={fund.pk}&stands={stands}&programme={line.programme}"
        assert href.replace("&", "&amp;") in page.content.decode()
        assert as_(finance).get(href).context["page"].total_fen() == fen


PAGES = ("funds", "orders", "batches", "payments", "movements", "totals")


def test_who_sees_which_page(as_, finance, tree):
    readers = {Role.FINANCE_OFFICER, Role.COUNTY_APPROVER, Role.AUDITOR, Role.COUNTY_CASEWORKER}
    for role in Role:
        person = acting_as(role, tree.federation)
        answers = {name: as_(person).get(url(name)).status_code for name in PAGES}
        expected = dict.fromkeys(PAGES, 200 if role in readers else 403)
        if role == Role.PROVINCE_ANALYST:
            expected["totals"] = 200
        assert answers == expected, role


def test_an_analyst_sees_totals_without_a_way_to_the_rows(as_, finance, second, approver, tree):
    fund = fund_with(finance, 1_000_00)
    batch = sent_batch(finance, second, fund, [order(approver, fund, 123_45)])
    actions.import_result(finance, batch, content=result_csv(batch), day=DAY)
    analyst = acting_as(Role.PROVINCE_ANALYST, tree.province)
    page = as_(analyst).get(url("totals")).content.decode()
    assert "123.45" in page
    assert url("payments") not in page
    finance_page = as_(finance).get(url("totals"))
    [(_line, href)] = finance_page.context["rows"]
    assert as_(finance).get(href).context["page"].total_fen() == 123_45
    nothing = as_(finance).get(url("totals") + "?start=2027-01-01").content.decode()
    assert "123.45" not in nothing


def test_the_neighbours_money_does_not_exist(as_, finance, second, approver):
    fund = fund_with(finance, 1_000_00)
    batch = sent_batch(finance, second, fund, [order(approver, fund, 1_00)])
    line = batch.lines.get()
    neighbour = acting_as(Role.FINANCE_OFFICER, county("青禾县").federation)
    reads = [("fund", fund.pk), ("receive", fund.pk), ("prepare-batch", fund.pk), ("order", line.order_id)]
    reads += [("batch", batch.pk), ("result", batch.pk), ("reissue", line.order_id), ("take-back", line.pk)]
    reads += [("household-ledger", line.order.household_id)]
    for name, pk in reads:
        assert as_(neighbour).get(url(name, pk)).status_code == 404, name
    for name in ("submit", "approve", "send", "download", "dissolve", "take-out"):
        assert as_(neighbour).post(url(name, batch.pk)).status_code == 404, name
    for name in ("funds", "orders", "batches", "payments", "movements"):
        content = as_(neighbour).get(url(name)).content.decode()
        assert "程梅" not in content
        assert fund.document_no not in content


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.COUNTY_CASEWORKER])
def test_readers_get_no_further_than_reading(as_, role, finance, second, approver, tree):
    fund = fund_with(finance, 1_000_00)
    batch = sent_batch(finance, second, fund, [order(approver, fund, 1_00)])
    reader = acting_as(role, tree.federation)
    page = as_(reader).get(url("batch", batch.pk)).content.decode()
    assert "Only finance officers and approvers handle money." in page
    for name in ("submit", "approve", "send", "download", "dissolve", "take-out", "send-back", "result"):
        assert as_(reader).post(url(name, batch.pk)).status_code == 403, name


def test_the_whole_way_of_a_payment_is_one_page(as_, finance, second, approver):
    fund = fund_with(finance, 1_000_00, LIVING)
    batch = sent_batch(finance, second, fund, [order(approver, fund, 1_00)])
    line = batch.lines.get()
    actions.import_result(finance, batch, content=result_csv(batch), day=DAY)
    page = as_(finance).get(url("order", line.order_id))
    content = page.content.decode()
    for part in (fund.document_no, batch.number, line.order.household.file_number, "central fiscal aid fund"):
        assert part in content
    assert len(page.context["trace"]) == 3
    actions.take_back(finance, line, day=DAY, reason="次日退票")
    offered = [each.label for each in as_(finance).get(url("order", line.order_id)).context["actions"]]
    assert "Correct and pay again" in offered


def test_the_books_go_to_an_auditor_and_that_is_on_record(as_, finance, tree):
    fund_with(finance, 1_000_00)
    auditor = acting_as(Role.AUDITOR, tree.federation)
    answer = as_(auditor).post(url("beancount"))
    assert b"balance Assets:Free" in answer.getvalue()
    assert Entry.objects.filter(event="ledger.export_beancount", post=auditor.post).count() == 1
    assert as_(auditor).post(url("movements"), {"export": "csv"}).getvalue().count(b"\n") == 3
