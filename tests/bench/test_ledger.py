"""The bench of the books on small counts: what it times is right, and what it fills is sound."""

from __future__ import annotations

import pytest

from bench.books import county, legs, payout, pgbench, posting, statements
from bench.ledger import Counts
from chunyu.audit.models import Entry
from chunyu.ledger import checking
from chunyu.ledger.models import Leg, Transfer

QUIET = Counts(writers=(2,), seconds=1, rounds=1, lines=12, legs=8_000)


def _silent(text: str) -> None:
    pass


def test_pgbench_sends_what_the_action_sends() -> None:
    script = pgbench.Script.of(["BEGIN", "SELECT 7300001,\n 'a:7300001'", "A; B", "COMMIT"], [], {"7300001": ":fund"})
    assert script.text == "BEGIN;\nSELECT :fund, 'a:7300001';\nA \\; B;\nCOMMIT;\n"
    assert script.statements == 4


def test_a_key_is_replaced_with_its_dashes_and_without() -> None:
    sent = ["SELECT '01a2-7759d-100000abcdef', '01a27759d100000abcdef', 'receive:7:no.beef'"]
    script = pgbench.Script.of(sent, [], {"00000abcdef": ":tail", "beef": ":key"})
    assert script.text == "SELECT '01a2-7759d-1:tail', '01a27759d1:tail', 'receive:7:no.:key';\n"


def test_a_variable_that_stands_nowhere_is_a_fault() -> None:
    with pytest.raises(ValueError, match=":key"):
        pgbench.Script.of(["BEGIN", "COMMIT"], [], {"no.1": ":key"})


@pytest.mark.django_db(transaction=True)
def test_writers_and_pgbench_post_to_the_same_sound_books() -> None:
    books = posting.open_books(county.county(), funds=3)
    before = Transfer.objects.count()
    script = posting.script(books, spread=True)
    assert script.text.count("BEGIN;") == script.text.count("COMMIT;") == 1
    done = posting.ours(books, True, 2, QUIET.seconds).done + script.run(2, QUIET.seconds, 1).done
    assert Transfer.objects.count() == before + 2 + 2 * posting.WARM + done  # two while the script was made
    assert Entry.objects.filter(event="ledger.receive").count() == Transfer.objects.filter(reason="receipt").count()
    assert checking.soundness().holds


@pytest.mark.django_db(transaction=True)
def test_a_batch_goes_all_the_way() -> None:
    made = payout.pay_out(county.county(), QUIET.lines)
    assert set(made["spent"]) == {"money set aside for the orders", *payout.STEPS}
    assert made["bank_file_bytes"] > 0


@pytest.mark.django_db(transaction=True)
def test_filled_books_are_sound_and_every_statement_asks_as_often(client) -> None:
    size = legs.fill(QUIET.legs, _silent)
    legs.settle(_silent)
    waiting = size.in_years // legs.OPEN_OF
    assert Leg.objects.count() > legs.LEGS_OF_AN_ORDER * (size.in_years - waiting)
    found = statements.statements(_silent)
    queries = {(each["name"], each["queries"]) for each in found}
    assert len(queries) == len({name for name, _ in queries}) == 4
