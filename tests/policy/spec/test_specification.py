"""The specification holds in both executors, covers everything that can be refused, and its page is up to date."""

from __future__ import annotations

import pytest

from chunyu.policy.language import USAGES
from chunyu.policy.problems import SENTENCES
from tests.policy.spec import page
from tests.policy.spec.chapters import CHAPTERS
from tests.policy.spec.refusals import REFUSALS
from tests.policy.spec.tables import Table, every_table

TABLES = [pytest.param(each, id=f"{each.sentence[:50]} {each.gives[0].formula}") for each in every_table(CHAPTERS)]


@pytest.mark.parametrize("table", TABLES)
def test_one_case_at_a_time(table: Table):
    assert table.by_one() == table.expected()


@pytest.mark.parametrize("table", TABLES)
def test_many_households_at_once(table: Table):
    assert table.by_many() == table.expected()


@pytest.mark.parametrize("refused", REFUSALS, ids=lambda refused: refused.code)
def test_each_refusal_says_something_in_both_languages(refused):
    chinese, english = refused.problem.sentence("zh"), refused.problem.sentence("en")
    assert chinese != english
    assert "{" not in chinese + english


def test_every_kind_of_refusal_has_its_example():
    assert sorted(refused.code for refused in REFUSALS) == sorted(SENTENCES)


def test_every_function_of_the_language_is_specified():
    formulas = " ".join(out.formula for table in every_table(CHAPTERS) for out in table.gives)
    assert [name for name in USAGES if f"{name}(" not in formulas] == []


def test_the_page_is_what_the_tables_say():
    assert page.PAGE.read_text(encoding="utf-8") == page.text(), "run: python -m tests.policy.spec"
