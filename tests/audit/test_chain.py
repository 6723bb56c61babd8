"""The record is chained, its end noted outside the database, and whatever is done to it afterwards is found."""

import json

import pytest
from click.testing import CliRunner
from django.db import ProgrammingError, connection, transaction

from chunyu.accounts.roles import Role
from chunyu.audit import chain, checkpoints, looking
from chunyu.audit.commands import record as command
from chunyu.audit.models import Entry, Link
from chunyu.audit.record import record
from chunyu.audit.verifying import verify
from chunyu.running.places import Places
from tests.audit import tampering
from tests.situations import county


@pytest.fixture
def yurun(db, settings, tmp_path):
    settings.PLACES = Places(tmp_path)
    return county("雨润县")


@pytest.fixture
def written(yurun):
    """Twenty acts of two people, sealed, with a note after every fifth."""
    for number in range(20):
        role = Role.COUNTY_CASEWORKER if number % 2 else Role.COUNTY_APPROVER
        record(yurun.acting(role), "registry.open", yurun.workplace, note=f"{number} 户")
    chain.seal()
    tampering.notes_every(5)
    return Entry.objects.count()


def test_each_entry_gets_one_place_and_sealing_again_adds_none(yurun, written):
    assert [link.position for link in Link.objects.order_by("position")] == list(range(1, written + 1))
    before = chain.head()
    assert chain.seal() == before
    record(yurun.acting(Role.COUNTY_CASEWORKER), "registry.open", yurun.workplace)
    assert chain.seal().position == before.position + 1


def test_a_record_that_nobody_touched_holds(written):
    report = verify(*checkpoints.read())
    assert (report.findings, report.entries, report.checkpoints) == ([], written, written // 5 + 1)


@pytest.mark.parametrize("name", tampering.TRICKS)
def test_every_trick_of_whoever_holds_the_database_is_found_and_its_place_named(written, name):
    said, _ = checkpoints.read()
    place = 7
    report = tampering.found(tampering.TRICKS[name], place, said)
    assert not report.holds
    assert any(1 <= finding.position <= max(place + 1, written + 1) for finding in report.findings), report.findings
    assert verify(said).holds  # the trick was taken back, and nothing is cried out for nothing


def test_without_notes_outside_a_cut_and_a_record_written_anew_go_unseen(written):
    """The control: this is why there are notes."""
    for trick in (tampering.cut_tail, tampering.chain_anew):
        assert tampering.found(trick, 7, []).holds


def test_notes_made_to_agree_lack_the_signature(written, tmp_path):
    with tampering.undone():
        said, forged = tampering.forge_checkpoint(7, tampering.file(), tmp_path / "forged")
        report = verify(said, forged)
    assert not report.holds
    assert "signature" in report.findings[0].sentence


def test_lines_taken_out_of_the_notes_are_missed(written, tmp_path):
    lines = tampering.file().read_text().splitlines(keepends=True)
    thinned = tmp_path / "thinned"
    thinned.write_text("".join(lines[:1] + lines[2:]))
    _, forged = checkpoints.read(thinned)
    assert [(each.line, "does not follow" in each.why) for each in forged] == [(2, True)]


def test_a_note_that_was_cut_short_by_a_crash_is_made_again(written):
    with tampering.file().open("ab") as file:
        file.write(b'{"position": 21, "dig')
    looking.keep()
    said, forged = checkpoints.read()
    assert not forged
    assert said[-1].position == written


def test_links_are_kept_by_the_database_itself(written):
    tampering.run("SET CONSTRAINTS ALL IMMEDIATE")
    for statement in ("UPDATE audit_link SET position = 99 WHERE position = 1", "DELETE FROM audit_link",
                      "TRUNCATE audit_link"):  # fmt: skip
        with pytest.raises(ProgrammingError), transaction.atomic():
            tampering.run(statement)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_link DISABLE TRIGGER USER")
    assert [each.kind for each in verify(checkpoints.read()[0]).findings] == ["trigger"]


def test_an_older_copy_that_was_brought_back_openly_is_told_and_not_taken_for_a_cut(yurun, written):
    with tampering.undone():
        tampering.cut_tail(11)
        assert [each.kind for each in verify(checkpoints.read()[0]).findings] == ["cut"]
        looking.brought_back()
        looking.keep()
        report = verify(*checkpoints.read())
        assert report.holds
        assert len(report.restored) == 1
        assert f"{written - 10:,} entries after it are gone" in report.restored[0]


def test_a_long_record_is_read_over_stretch_by_stretch_and_its_end_each_time(written):
    read = [looking.look(at_a_time=8).entries for _ in range(3)]
    assert sum(read) == written
    assert looking.last_look().holds
    with tampering.undone():
        tampering.edit(10)
        held = [looking.look(at_a_time=8).holds for _ in range(3)]
        assert held.count(False) == 1
        assert not looking.last_look().holds  # told until everything was read again
    with tampering.undone():
        tampering.cut_tail(written)
        assert not looking.look(at_a_time=8).holds


def test_the_command_says_what_holds_and_ends_with_an_error_when_something_does_not(yurun, written):
    record(yurun.acting(Role.COUNTY_CASEWORKER), "registry.open", yurun.workplace)
    whole = CliRunner().invoke(command, [])
    assert whole.exit_code == 0
    assert f"{written + 1} entries" in whole.output
    with tampering.undone():
        tampering.edit(3)
        broken = CliRunner().invoke(command, ["--json"])
    assert broken.exit_code == 1
    assert [each["place"] for each in json.loads(broken.output)["findings"]] == [3]
    key = CliRunner().invoke(command, ["--public-key"]).output.strip()
    assert CliRunner().invoke(command, ["--key", key]).exit_code == 0
