"""An independent program adds up our books and must agree."""

import subprocess
import sys
from pathlib import Path

import pytest

from chunyu.ledger import actions
from chunyu.ledger.beancount_export import beancount
from chunyu.ledger.models import Fund
from tests.ledger.situations import CARD, DAY, LIVING, MEDICAL, fund_with, order, result_csv, sent_batch


def bean_check(tmp_path: Path, text: str) -> subprocess.CompletedProcess:
    file = tmp_path / "books.beancount"
    file.write_text(text)
    checker = Path(sys.executable).with_name("bean-check")
    return subprocess.run([checker, str(file)], capture_output=True, text=True, check=False)


@pytest.fixture
def text(finance, second, approver) -> str:
    fund = fund_with(finance, 10_000_00, LIVING, MEDICAL)
    fund_with(finance, 0, source="donation")
    paid = [order(approver, fund, 1_200_50), order(approver, fund, 800_01, programme=MEDICAL), order(approver, fund, 7)]
    batch = sent_batch(finance, second, fund, paid)
    bad = batch.lines.last()
    actions.import_result(finance, batch, content=result_csv(batch, {bad.line_key: "户名不符"}), day=DAY)
    actions.take_back(finance, batch.lines.first(), day=DAY, reason="次日退票")
    return "\n".join(beancount(Fund.objects.all(), DAY)) + "\n"


def test_bean_check_accepts_the_export(text, tmp_path):
    checked = bean_check(tmp_path, text)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")
    assert text.count(" balance ") == text.count(" open ") > 5


def test_bean_check_would_notice_a_missing_fen(text, tmp_path):
    """The control: one fen less in one leg, or in one balance, is refused."""
    for old, new in (("  1200.50 CNY", "  1200.49 CNY"), (" 7999.42 CNY\n", " 7999.43 CNY\n")):
        assert old in text
        assert bean_check(tmp_path, text.replace(old, new, 1)).returncode == 1


def test_nobody_is_named_in_it(text):
    assert "程" not in text
    assert CARD not in text
    assert not any(ord(letter) > 127 for letter in text)


def test_allocated_money_is_exported_with_both_funds(finance, tree, tmp_path):
    giver = fund_with(finance, 1_000)
    actions.hand_down(
        finance, giver=giver, organisation=tree.township, amount_fen=250, day=DAY, document_no="拨", key="k"
    )
    checked = bean_check(tmp_path, "\n".join(beancount(Fund.objects.all(), DAY)) + "\n")
    assert checked.returncode == 0, checked.stderr
