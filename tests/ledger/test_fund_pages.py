"""Finance officers of two levels at their pages: handing down and acknowledging, a budget, a year's end, the matrix."""

import pytest
from django.urls import reverse

from chunyu.accounts.roles import Role
from chunyu.ledger import actions
from chunyu.ledger.models import Allocation, Budget, ClosingStatement, Fund, YearClosing
from tests.ledger.situations import (
    DAY,
    LIVING,
    NEXT_YEAR,
    acting_as,
    close,
    fund_with,
    order,
    result_csv,
    sent_batch,
)


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


def test_money_is_handed_down_acknowledged_and_handed_back(as_, tree, finance):
    city = acting_as(Role.FINANCE_OFFICER, tree.city)
    fund = fund_with(city, 1_000_00, LIVING)
    form = as_(city).get(url("hand-down", fund.pk)).context["form"]
    assert list(form.fields["organisation"].queryset) == [tree.federation]
    sent = {
        "organisation": tree.federation.pk, "amount_fen": "600", "document_no": "下达1号", "day": DAY.isoformat(),
        "key": form.initial["key"], "programmes": [LIVING],
    }  # fmt: skip
    for _ in range(2):
        as_(city).post(url("hand-down", fund.pk), sent)
    given = Allocation.objects.get()
    labels = [each.label for each in as_(city).get(url("allocation", given.pk)).context["actions"]]
    assert labels == ["Take the money back"]
    assert as_(city).post(url("acknowledge", given.pk)).status_code == 422
    page = as_(finance).get(url("allocations"))
    assert "下达1号" in page.content.decode()
    # The county sees that the money is from the city, and none of the city's own books.
    page = as_(finance).get(url("allocation", given.pk)).content.decode()
    assert url("fund", fund.pk) not in page
    assert as_(finance).get(url("acknowledge", given.pk)).status_code == 200
    as_(finance).post(url("acknowledge", given.pk))
    form = as_(finance).get(url("return-unspent", given.pk)).context["form"]
    back = {"amount_fen": "100", "document_no": "退1", "day": DAY.isoformat(), "reason": "结余",
            "key": form.initial["key"]}  # fmt: skip
    as_(finance).post(url("return-unspent", given.pk), back)
    page = as_(city).get(url("fund", fund.pk)).content.decode()
    assert "600.00" in page
    figures = {label: fen for label, fen, _href, _note in as_(city).get(url("fund", fund.pk)).context["figures"]}
    assert (figures["Brought in"], figures["Handed down"], figures["Free"]) == (1_000_00, 500_00, 500_00)
    neighbour = acting_as(Role.FINANCE_OFFICER, tree.workplace)
    assert as_(neighbour).get(url("allocation", given.pk)).status_code == 404


def test_a_budget_from_the_form_to_its_execution(as_, finance, second, approver):
    told = {"year": 2026, "title": "2026年预算", "document_no": "县工发2号", "over": "warn"}
    as_(finance).post(url("prepare-budget"), told)
    budget = Budget.objects.get()
    for use, amount in (("living", "500"), ("medical", "20")):
        as_(finance).post(url("budget-line", budget.pk), {"source": "central_fiscal", "use": use, "amount": amount})
    refused = as_(finance).post(
        url("budget-line", budget.pk), {"source": "central_fiscal", "use": "office", "amount": "5"}
    )
    assert refused.status_code == 422
    assert "总工发〔2015〕20号" in refused.content.decode()
    line = budget.lines.get(use="medical")
    as_(finance).post(url("remove-budget-line", budget.pk), {"line": line.pk})
    page = as_(second).get(url("budget", budget.pk))
    as_(second).post(url("approve-budget", budget.pk), {"shown": page.context["shown"]})
    budget.refresh_from_db()
    assert budget.approved_by == second.post
    fund = fund_with(finance, 1_000_00, LIVING)
    batch = sent_batch(finance, second, fund, [order(approver, fund, 600_00)])
    actions.import_result(finance, batch, content=result_csv(batch), day=DAY)
    page = as_(finance).get(url("execution")).content.decode()
    assert "over budget" in page
    assert "120" in page
    rows = as_(finance).get(f"{url('payments')}?source=central_fiscal&use=living").context["page"]
    assert rows.total_fen() == 600_00


def test_a_year_is_closed_by_two(as_, finance, second, approver, settings):
    fund = fund_with(finance, 1_000_00, LIVING)
    waiting = order(approver, fund, 30_00)
    settings.CHUNYU_TODAY = NEXT_YEAR
    page = as_(finance).get(url("year-close")).content.decode()
    assert "Prepare the statement" in page
    as_(finance).post(url("prepare-closing", fund.pk, 2026))
    statement = ClosingStatement.objects.get()
    page = as_(finance).get(url("closing", statement.pk)).content.decode()
    assert "Another person must close the year." in page
    assert waiting.reference in page
    as_(second).post(url("close-year", statement.pk), {"shown": statement.digest})
    closing = YearClosing.objects.get()
    page = as_(second).get(url("closing", statement.pk)).content.decode()
    assert "This year is closed." in page
    assert url("fund", closing.successor_id) in page
    assert "closed" in as_(finance).get(url("year-close")).content.decode()
    # In the way: said on the page, and no button.
    other = fund_with(finance, 100, LIVING)
    actions.prepare_batch(finance, fund=other, orders=[order(approver, other, 5)], day=DAY)
    page = as_(finance).get(url("year-close")).content.decode()
    assert "in a batch" in page


def test_the_matrix_shows_its_rules_and_the_funds_that_lean_on_it(as_, finance):
    fund_with(finance, 0, LIVING)
    page = as_(finance).get(url("matrix"))
    content = page.content.decode()
    assert "总工发〔2015〕20号" in content
    assert "proposal" in content
    href = f"{url('funds')}?source=central_fiscal&amp;use=living"
    assert href in content
    assert as_(finance).get(href.replace("&amp;", "&")).context["page"].found.count() == 1
    assert "财建〔2006〕468号" in as_(finance).get(url("matrix") + "?day=2014-01-01").content.decode()
    assert as_(finance).get(url("matrix") + "?day=x").status_code == 200


def test_books_are_exported_apart(as_, finance):
    fund_with(finance, 100)
    pool = fund_with(finance, 200, source="mutual_aid_pool")
    text = as_(finance).post(url("beancount"), {"book": "pool"}).getvalue().decode()
    assert f"Fund{pool.pk} " in text
    assert text.count(" open ") == 2
    assert Fund.objects.get(pk=pool.pk).book == "pool"
    shown = as_(finance).get(f"{url('funds')}?book=pool").context["page"]
    assert [each.pk for each in shown.found] == [pool.pk]


def test_a_shared_payment_counts_under_each_of_its_funds(as_, finance, second, approver):
    central, union = fund_with(finance, 1_000_00, LIVING), fund_with(finance, 500_00, source="county_union")
    mixed = order(approver, central, 1_000_00, also=[(union, 400_00)])
    batch = sent_batch(finance, second, central, [mixed])
    actions.import_result(finance, batch, content=result_csv(batch), day=DAY)
    for chosen, fen in (
        ("source=central_fiscal", 600_00), (f"fund={union.pk}", 400_00), ("", 1_000_00),
    ):  # fmt: skip
        assert as_(finance).get(f"{url('payments')}?{chosen}").context["page"].total_fen() == fen
    for fund in (central, union):
        for _label, fen, href, _note in as_(finance).get(url("fund", fund.pk)).context["figures"]:
            assert as_(finance).get(href).context["page"].total_fen() == fen, href
    content = as_(finance).get(url("order", mixed.pk)).content.decode()
    assert "600.00" in content
    assert "400.00" in content
    page = as_(finance).get(url("totals"))
    assert page.context["ways"].agree
    assert {sum(line.fen for _label, line in lines) for _title, lines in page.context["breakdowns"]} == {1_000_00}


READS = ("matrix", "allocations", "budgets", "execution", "year-close")


def test_who_reads_and_who_acts(as_, tree, finance):
    readers = {Role.FINANCE_OFFICER, Role.COUNTY_APPROVER, Role.AUDITOR, Role.COUNTY_CASEWORKER}
    fund = fund_with(finance, 100)
    for role in Role:
        person = acting_as(role, tree.federation)
        answers = {name: as_(person).get(url(name)).status_code for name in READS}
        assert answers == dict.fromkeys(READS, 200 if role in readers else 403), role
    auditor = acting_as(Role.AUDITOR, tree.federation)
    assert as_(auditor).get(url("hand-down", fund.pk)).status_code == 403
    assert as_(auditor).post(url("prepare-closing", fund.pk, 2025)).status_code == 403
    neighbour = acting_as(Role.FINANCE_OFFICER, tree.workplace)
    assert as_(neighbour).get(url("hand-down", fund.pk)).status_code == 404


def test_lists_cost_the_same_for_more_rows(as_, finance, second, tree, django_assert_max_num_queries):
    """The year's end asks per fund, and a county has few; the lists do not."""
    close(finance, second, fund_with(finance, 100))
    fund = fund_with(finance, 10_000)
    counts = []
    as_(finance).get(url("allocations"))
    for number in range(2):
        for more in range(1 + 4 * number):
            actions.hand_down(
                finance, giver=fund, organisation=tree.township, amount_fen=5, day=DAY, document_no="拨",
                key=f"{number}{more}",
            )  # fmt: skip
        with django_assert_max_num_queries(60) as asked:
            as_(finance).get(url("allocations"))
        counts.append(len(asked))
    assert counts[0] == counts[1]
