"""Which money may pay for what: the matrix as its tables say, in the program and in the database."""

from datetime import date

import pytest
from django.db import connection

from chunyu.accounts.refusal import Refusal
from chunyu.ledger import actions
from chunyu.ledger.earmarks.matrix import FUNCTION, answer, cells
from chunyu.ledger.earmarks.uses import Use, use_of
from chunyu.ledger.models import Fund
from chunyu.policy import installed_packs
from chunyu.registry.models import Household
from tests.ledger.situations import DAY, LIVING, MEDICAL, fund_with, household, order

DAYS = (date(2005, 1, 1), date(2010, 6, 1), date(2015, 5, 7), date(2015, 5, 8), DAY)


def test_the_database_answers_as_the_tables_do(db):
    asked = [(source, use, day) for source in Fund.Source.values for use in Use.values for day in DAYS]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {FUNCTION}(source, use, day) FROM unnest(%s::text[], %s::text[], %s::date[])"
            " WITH ORDINALITY AS asked (source, use, day, place) ORDER BY place",
            [list(part) for part in zip(*asked, strict=True)],
        )
        answers = [row[0] for row in cursor.fetchall()]
    assert answers == [answer(*each) for each in asked]
    assert len(set(answers)) == 6


def test_no_two_cells_hold_at_once_and_none_is_missing_today():
    for source in Fund.Source.values:
        for use in Use.values:
            for day in DAYS[1:]:
                holding = [c for c in cells() if (c.source, c.use) == (source, use) and c.holds_on(day)]
                assert len(holding) == 1, (source, use, day)


def test_the_rulebooks_name_no_source_that_the_matrix_forbids():
    for pack in installed_packs():
        for programme in pack.programmes.values():
            for source in programme.fund_sources:
                assert answer(source, programme.fund_use, DAY) != "no", (pack.id, programme.code, source)


def test_a_refusal_names_the_rule_and_its_document(finance, approver):
    assert use_of("festival_visit") == Use.VISIT
    with pytest.raises(Refusal) as refused:
        actions.open_fund(
            finance, organisation=finance.organisation, name="x", source="central_fiscal", document_no="1", year=2026,
            day=DAY, programmes={"festival_visit": "走访慰问"},
        )  # fmt: skip
    assert refused.value.code == "ledger_earmark_in_the_matrix"
    assert "总工发〔2015〕20号" in str(refused.value)
    pool = {"source": "mutual_aid_pool"}
    with pytest.raises(Refusal) as refused:
        fund_with(finance, 0, MEDICAL, **pool)
    assert refused.value.code == "ledger_earmark_states_its_rule"
    order(approver, fund_with(finance, 100, MEDICAL, rule_no="互助规则1号", **pool), 5, programme=MEDICAL)
    with pytest.raises(Refusal) as refused:
        order(approver, fund_with(finance, 100, **pool), 5, programme=MEDICAL)
    assert refused.value.code == "ledger_earmark_states_its_rule"


def test_no_file_no_central_money(finance, approver, tree):
    home = household(tree.federation)
    Household.objects.filter(pk=home.pk).update(status="exited", closed_on=DAY)
    with pytest.raises(Refusal) as refused:
        order(approver, fund_with(finance, 100, LIVING), 5, home=home)
    assert refused.value.code == "ledger_order_no_file_no_money"
    order(approver, fund_with(finance, 100, source="county_union"), 5, home=home)
