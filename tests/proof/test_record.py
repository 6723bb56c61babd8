"""Whatever whoever holds the database does to the record of acts is found, and its place named; nothing is cried out
for nothing. The control leaves out the notes kept outside the database: a cut tail and a record written anew must then
go unseen."""

from __future__ import annotations

import pytest
from django.db import connection

from chunyu.accounts.roles import Role
from chunyu.audit import chain, checkpoints
from chunyu.audit.record import record
from chunyu.audit.verifying import verify
from chunyu.running.places import Places
from tests.audit import tampering
from tests.proof.counts import count
from tests.situations import county

pytestmark = [pytest.mark.proof("S6"), pytest.mark.django_db]
NEAR = 20  # places from one note to the next, within which a record written anew is placed


@pytest.fixture
def entries(db, settings, tmp_path) -> int:
    """A record of many acts, with a note after every twenty."""
    settings.PLACES = Places(tmp_path)
    yurun = county("雨润县")
    record(yurun.acting(Role.COUNTY_CASEWORKER), "registry.open", yurun.workplace)
    record(yurun.acting(Role.COUNTY_APPROVER), "registry.open", yurun.workplace)
    _more(count(500, 2_000))
    end = chain.seal().position
    tampering.notes_every(NEAR)
    return end


def _more(number: int) -> None:
    """Further acts like those there are; the record holds millions, and one action at a time would take a day."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_entry (at, user_id, post_id, event, subject, scope_path, note, seen) "
            "SELECT now(), e.user_id, e.post_id, e.event, e.subject, e.scope_path, n || ' 户', "
            "ARRAY[gen_random_uuid()] FROM generate_series(1, %s) n JOIN LATERAL (SELECT * FROM audit_entry "
            "ORDER BY id OFFSET n %% 2 LIMIT 1) e ON true",
            [number],
        )


def test_every_trick_at_every_place_is_found(entries, score, tmp_path):
    said, _ = checkpoints.read()
    missed = misplaced = 0
    for name, trick in tampering.TRICKS.items():
        for number in range(count(5, 100)):
            place = score.chance(number).randrange(3, entries - 1)
            report = tampering.found(trick, place, said)
            missed += report.holds
            misplaced += not any(_is_near(each.position, place, name, entries) for each in report.findings)
            score.counted(tricks=1)
    for number in range(count(5, 100)):
        place = score.chance(number).randrange(3, entries - 1)
        with tampering.undone():
            report = verify(*tampering.forge_checkpoint(place, tampering.file(), tmp_path / "forged"))
        missed += report.holds
        score.counted(forged=1)
    score.must_be(0, missed=missed, misplaced=misplaced)


def _is_near(position: int, place: int, name: str, entries: int) -> bool:
    if name == "insert":  # what was put in afterwards stands at the end, and is named by where it stands
        return position == entries + 1
    return abs(position - place) <= NEAR


def test_a_long_record_that_nobody_touched_holds_every_time(entries, score):
    _more(count(10_000, 100_000) - entries)
    chain.seal(everything=True)
    said, forged = checkpoints.read()
    cried = 0
    for _ in range(count(3, 100)):
        report = verify(said, forged)
        cried += not report.holds
        score.counted(clean=1, entries=report.entries)
    score.must_be(0, cried=cried)


def test_without_the_notes_outside_it_is_not_seen(entries, score):
    unseen = 0
    for number in range(count(5, 50)):
        place = score.chance(number).randrange(3, entries - 1)
        for trick in (tampering.cut_tail, tampering.chain_anew):
            unseen += tampering.found(trick, place, []).holds
    score.control(unseen=unseen)
