"""Every rule that the database holds about rulebooks, broken on purpose past the actions."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, connections, transaction

from chunyu.accounts.refusal import Refusal
from chunyu.accounts.refusing import broken_rule
from chunyu.accounts.roles import Role
from chunyu.rulebooks import actions
from chunyu.rulebooks.actions import State
from chunyu.rulebooks.models import AcceptedDifference, RulebookFile, RulebookVersion, StaffTest
from chunyu.rulebooks.refusing import sentences
from tests.rulebooks.conftest import TODAY
from tests.rulebooks.story import LOWER, STANDARD, drafted, submitted
from tests.rulebooks.test_story import TEST
from tests.situations import acting, county


def update(version, **fields):
    RulebookVersion.objects.filter(pk=version.pk).update(**fields)


def approved_by(post, day=TODAY):
    return {"state": "approved", "approved_by": post, "approved_on": day, "in_force_from": day}


def attacks(officer, second):
    """A rule's name and what tries to break it. Everything is set up before, through the actions."""
    draft, sent = drafted(officer, STANDARD), submitted(officer, LOWER)
    shipped = RulebookVersion.objects.get(state=State.SHIPPED, pack="national-2021")
    test = actions.write_test(officer, "national-2021", TEST)
    AcceptedDifference.objects.create(version=draft, test="t", aspect="a", expected="1", found="2", reason="r",
                                      by=officer.post, on=TODAY)  # fmt: skip
    post, more = officer.post, {"pack": "national-2021", "begun_on": TODAY, "organisation": officer.organisation}
    begun = more | {"author": post}
    yield "rulebook_begins_as_draft", lambda: RulebookVersion.objects.create(number=90, state="submitted", **begun)
    yield "rulebook_number_once", lambda: RulebookVersion.objects.create(number=draft.number, state="draft", **begun)
    yield "rulebook_has_an_author", lambda: RulebookVersion.objects.create(number=91, state="draft", **more)
    yield "rulebook_keeps_its_origin", lambda: update(draft, number=99)
    yield "rulebook_keeps_its_submission", lambda: update(sent, reason="something else")
    yield "rulebook_keeps_its_approval", lambda: update(shipped, in_force_from=TODAY)
    yield "rulebook_steps", lambda: update(sent, state="draft")
    yield "rulebook_is_kept", lambda: RulebookVersion.objects.filter(pk=draft.pk)._raw_delete("default")
    yield (
        "rulebook_digest_is_of_its_files",
        lambda: update(draft, state="submitted", digest="0" * 64, reason="r", submitted_by=post, submitted_on=TODAY),
    )
    yield (
        "rulebook_digest_whole",
        lambda: RulebookVersion.objects.create(
            number=92, state="shipped", digest="0" * 63, pack="national-2021", begun_on=TODAY, in_force_from=TODAY
        ),
    )
    yield "rulebook_submitted_by_somebody", lambda: update(draft, submitted_by=post, submitted_on=TODAY)
    yield "rulebook_approved_by_somebody", lambda: update(sent, approved_by=second.post)
    yield "rulebook_approved_by_another", lambda: update(sent, **approved_by(post))
    yield (
        "rulebook_never_in_force_before_approval",
        lambda: update(sent, **approved_by(second.post) | {"in_force_from": TODAY - timedelta(days=1)}),
    )
    yield (
        "rulebook_withdrawn_with_reason",
        lambda: update(draft, state="withdrawn", withdrawn_by=post, withdrawn_on=TODAY),
    )
    yield "rulebook_files_of_a_draft", lambda: RulebookFile.objects.filter(version=sent).update(text="x")
    yield "rulebook_files_of_a_draft", lambda: RulebookFile.objects.filter(version=sent).delete()
    yield "rulebook_files_of_a_draft", lambda: RulebookFile.objects.create(version=sent, name="rules/x.toml", text="")
    yield (
        "rulebook_files_of_a_draft",
        lambda: RulebookFile.objects.create(version=shipped, name="rules/x.toml", text=""),
    )
    yield "rulebook_file_once", lambda: RulebookFile.objects.create(version=draft, name="pack.toml", text="")
    yield "rulebook_file_has_its_place", lambda: RulebookFile.objects.create(version=draft, name="../x.toml", text="")
    yield (
        "rulebook_file_has_plain_line_ends",
        lambda: RulebookFile.objects.create(version=draft, name="rules/x.toml", text="a\r\n"),
    )
    yield "rulebook_test_keeps_its_text", lambda: StaffTest.objects.filter(pk=test.pk).update(text="x")
    yield "rulebook_test_is_kept", lambda: StaffTest.objects.filter(pk=test.pk).delete()
    yield (
        "rulebook_test_name_once",
        lambda: StaffTest.objects.create(
            organisation=officer.organisation,
            pack="national-2021",
            name=test.name,
            text="",
            written_by=post,
            written_on=TODAY,
        ),
    )
    yield "rulebook_test_retired_by_somebody", lambda: StaffTest.objects.filter(pk=test.pk).update(retired_on=TODAY)
    yield (
        "rulebook_accepted_in_a_draft",
        lambda: AcceptedDifference.objects.create(
            version=sent, test="t", aspect="a", expected="1", found="2", reason="r", by=post, on=TODAY
        ),
    )
    yield "rulebook_acceptance_is_kept", lambda: AcceptedDifference.objects.update(reason="x")
    yield (
        "rulebook_difference_accepted_once",
        lambda: AcceptedDifference.objects.create(
            version=draft, test="t", aspect="a", expected="1", found="2", reason="again", by=post, on=TODAY
        ),
    )
    yield (
        "rulebook_difference_has_a_reason",
        lambda: AcceptedDifference.objects.create(
            version=draft, test="t", aspect="b", expected="1", found="2", reason="", by=post, on=TODAY
        ),
    )


# Broken in stories of their own below, because they need another state of things.
ELSEWHERE = {"rulebook_says_something_new", "rulebook_follows_the_last", "rulebook_in_force_stays"}


def test_every_rule_of_the_room_is_attacked_and_holds(officer, second):
    attacked = set()
    for rule, attack in attacks(officer, second):
        with pytest.raises(IntegrityError) as refused, transaction.atomic():
            attack()
        assert broken_rule(refused.value) == rule
        assert rule in sentences()
        attacked.add(rule)
    assert attacked | ELSEWHERE == set(sentences())


def test_two_versions_do_not_say_the_same(officer, second):
    submitted(officer, STANDARD)
    with pytest.raises(Refusal) as refused:
        submitted(officer, STANDARD)
    assert refused.value.code == "rulebook_says_something_new"


def test_an_approval_never_begins_before_an_earlier_one(officer, second):
    one, other = submitted(officer, STANDARD), submitted(officer, LOWER)
    actions.approve(second, one, TODAY + timedelta(days=5))
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        update(other, **approved_by(second.post))
    assert broken_rule(refused.value) == "rulebook_follows_the_last"


def test_what_is_in_force_is_not_withdrawn(officer, second):
    version = submitted(officer)
    actions.approve(second, version, TODAY)
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        update(version, state="withdrawn", withdrawn_by=second.post, withdrawn_on=TODAY, withdrawn_reason="r")
    assert broken_rule(refused.value) == "rulebook_in_force_stays"


def _approve_at_once(pairs, approving):
    """Each in its own thread and connection; what became of each."""
    ready, said = threading.Barrier(len(pairs)), {}

    def run(number, person, version):
        try:
            ready.wait(10)
            approving(person, version)
            said[number] = "approved"
        except (Refusal, IntegrityError) as refused:
            said[number] = getattr(refused, "code", broken_rule(refused) if isinstance(refused, IntegrityError) else "")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(n, *pair)) for n, pair in enumerate(pairs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return sorted(said.values())


@pytest.fixture
def two_submitted(transactional_db):
    yurun = county("雨润县")
    people = [acting(Role.POLICY_OFFICER, yurun.province, TODAY) for _ in range(3)]
    return people, submitted(people[0], STANDARD), submitted(people[0], LOWER)


@pytest.mark.django_db(transaction=True)
def test_of_two_approvals_of_one_version_at_once_one_counts(two_submitted):
    people, one, _other = two_submitted
    pairs = [(people[1], one), (people[2], one)]
    assert _approve_at_once(pairs, lambda p, v: actions.approve(p, v, TODAY)) == ["approved", "not_submitted"]


@pytest.mark.django_db(transaction=True)
def test_of_two_versions_approved_for_one_day_at_once_one_holds(two_submitted):
    """Written past the actions, whose own question would be asked too early: the database lets them take turns."""
    people, one, other = two_submitted

    def approve(person, version):
        with transaction.atomic():
            update(version, **approved_by(person.post))

    said = _approve_at_once([(people[1], one), (people[2], other)], approve)
    assert said == ["approved", "rulebook_follows_the_last"]


@pytest.mark.django_db(transaction=True)
def test_without_the_rule_both_would_hold(two_submitted):
    """The control of the race above."""
    people, one, other = two_submitted
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname FROM pg_trigger WHERE tgname LIKE 'pgtrigger_rulebook_follows_the_last%'")
        (name,) = cursor.fetchone()
        cursor.execute(f"ALTER TABLE rulebooks_rulebookversion DISABLE TRIGGER {name}")

    def approve(person, version):
        with transaction.atomic():
            update(version, **approved_by(person.post))

    assert _approve_at_once([(people[1], one), (people[2], other)], approve) == ["approved", "approved"]
