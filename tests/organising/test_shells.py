"""Unions that exist on paper only: suspected by their records, asked, visited, decided on; their figures drop from that
day, their members move, and nobody is lost."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.casework.actions import move
from chunyu.casework.models import Case
from chunyu.federation.models import Organisation
from chunyu.organising.archives.actions import add_page
from chunyu.organising.archives.queries import with_term
from chunyu.organising.coverage.measuring import measure
from chunyu.organising.shells.actions import begin_inquiry, note_contact
from chunyu.organising.shells.signals import read_union, survey
from chunyu.organising.shells.tables import ShellInquiry
from chunyu.organising.standing import Standing, standing_of
from chunyu.registry.employers.actions import close_enterprise, cover
from chunyu.registry.employers.tables import ShellSpell
from chunyu.registry.membership.actions import end_membership
from chunyu.registry.membership.queries import members_under, members_under_on
from chunyu.registry.membership.tables import Membership
from tests.organising.unions import TODAY, Kind, firm, members, union
from tests.situations import acting as somebody
from tests.situations import county

pytestmark = pytest.mark.django_db
WAITED = date(2026, 4, 8)  # more than 15 working days after TODAY
SETTLED = "UPDATE organising_shellinquiry SET members_joined = 0, members_left = 0,"


@pytest.fixture
def yurun(settings):
    settings.CHUNYU_TODAY = TODAY
    return county("雨润县")


@pytest.fixture
def organiser(yurun):
    return yurun.acting(Role.ORGANISER, TODAY)


@pytest.fixture
def paper(yurun, organiser) -> Organisation:
    """A union with a sign: eight members, a firm, and nothing on record for years."""
    found = union(yurun, "雨润县招牌厂工会")
    firm(organiser, yurun, "招牌厂", 40, found)
    members(organiser, found, 8)
    add_page(organiser, found, "chair", valid_from=date(2016, 1, 1), person="郭建国", until=date(2025, 9, 1))
    return found


def alive(organiser: Acting, at: Organisation) -> None:
    """Last month there was an activity, and dues came in."""
    add_page(organiser, at, "activity", valid_from=TODAY - timedelta(days=30), text="春节慰问座谈会")
    add_page(organiser, at, "money", valid_from=TODAY - timedelta(days=20), text="收二月会费 320 元")


def on(person: Acting, day: date) -> Acting:
    return Acting(person.post, day)


def as_far_as_reported(yurun, organiser: Acting, at: Organisation) -> tuple[Case, Acting]:
    """Notified on TODAY, nothing heard, visited; the approver of the county, on the day on which they may decide."""
    case = begin_inquiry(organiser, at).case
    move(organiser, case, "notify", note="请书面说明。")
    later = on(organiser, WAITED)
    move(later, case, "no_answer")
    move(later, case, "report", note="大门紧锁，邻居说一年没见人。")
    return case, yurun.acting(Role.COUNTY_APPROVER, WAITED)


def test_the_records_raise_the_suspicion_and_say_on_what_evidence(yurun, organiser, paper):
    alive(organiser, yurun.workplace)
    found = {each.record.name: each for each in survey(yurun.federation, TODAY)}
    assert not found[yurun.workplace.name].suspected
    read = found[paper.name]
    assert read.suspicion == "suspected"
    assert [(each.code, each.since) for each in read.signals] == [
        ("chair_vacant", date(2025, 9, 1)),
        ("no_money", date(2005, 1, 1)),
        ("no_activity", date(2005, 1, 1)),
    ]
    assert read.signals[0].value == 6


def test_a_firm_that_is_gone_is_enough_and_a_firm_that_changed_its_union_is_not(yurun, organiser, paper):
    alive(organiser, paper)
    one = paper.covered.get().enterprise
    assert read_union(paper, TODAY).suspicion == "normal"
    close_enterprise(organiser, one, closing="closed", on=TODAY)
    read = read_union(paper, TODAY)
    assert (read.suspicion, [each.code for each in read.signals]) == ("firm_gone", ["chair_vacant", "firm_gone"])
    other = firm(organiser, yurun, "改隶的厂", 30, yurun.workplace)
    joint = union(yurun, "城关镇联合工会", Kind.JOINT_UNION)
    cover(organiser, other, joint, on=TODAY)
    assert "firm_gone" not in [each.code for each in read_union(yurun.workplace, TODAY).signals]


def test_two_failed_attempts_are_a_signal_until_somebody_is_reached(yurun, organiser, paper):
    note_contact(organiser, paper, on=TODAY - timedelta(days=9), way="phone", reached=False)
    assert "unreachable" not in [each.code for each in read_union(paper, TODAY).signals]
    note_contact(organiser, paper, on=TODAY - timedelta(days=2), way="visit", reached=False, note="无人")
    signal = next(each for each in read_union(paper, TODAY).signals if each.code == "unreachable")
    assert (signal.value, signal.since) == (2, TODAY - timedelta(days=9))
    note_contact(organiser, paper, on=TODAY, way="phone", reached=True)
    assert "unreachable" not in [each.code for each in read_union(paper, TODAY).signals]


def test_only_a_suspected_union_is_inquired_into_and_only_once(yurun, organiser, paper):
    alive(organiser, yurun.workplace)
    with pytest.raises(Refusal) as normal:
        begin_inquiry(organiser, yurun.workplace)
    assert normal.value.code == "normal"
    inquiry = begin_inquiry(organiser, paper)
    assert set(inquiry.signals.values_list("code", flat=True)) == {"chair_vacant", "no_money", "no_activity"}
    with pytest.raises(Refusal) as again:
        begin_inquiry(organiser, paper)
    assert again.value.code == "inquiry_open"


def test_nothing_is_decided_before_the_union_had_its_time(yurun, organiser, paper):
    case = begin_inquiry(organiser, paper).case
    move(organiser, case, "notify", note="请书面说明。")
    with pytest.raises(Refusal) as early:
        move(on(organiser, date(2026, 3, 23)), case, "no_answer")
    assert early.value.code == "waiting"
    chair = somebody(Role.WORKPLACE_CHAIR, paper, date(2026, 3, 4))
    move(chair, case, "explain", note="主席去年退休，尚未改选。")
    move(on(organiser, date(2026, 3, 5)), case, "investigate")
    move(on(organiser, date(2026, 3, 6)), case, "report", note="确有厂房，无人管工会。")
    with pytest.raises(Refusal) as early:
        move(yurun.acting(Role.COUNTY_APPROVER, date(2026, 3, 9)), case, "find_shell", note="属实")
    assert early.value.code == "waiting"


def test_the_figures_drop_from_the_day_of_the_finding_and_not_before(yurun, organiser, paper):
    case, approver = as_far_as_reported(yurun, organiser, paper)
    move(approver, case, "find_shell", note="三项信号属实。")
    assert measure(yurun.federation, WAITED - timedelta(days=1))[0].coverage.with_union == 1
    assert measure(yurun.federation, WAITED)[0].coverage.with_union == 0
    assert standing_of([paper.pk], WAITED) == [Standing.SHELL]
    with pytest.raises(Refusal) as alone:
        move(on(organiser, WAITED), case, "merge", into=str(yurun.workplace.pk), note="并入")
    assert alone.value.code == "role"


def test_a_union_that_works_again_is_revived_and_counts_again(yurun, organiser, paper):
    case, approver = as_far_as_reported(yurun, organiser, paper)
    move(approver, case, "find_shell", note="三项信号属实。")
    with pytest.raises(Refusal) as first:
        move(approver, case, "dissolve", note="撤销", into=str(yurun.workplace.pk))
    assert first.value.code == "revive_first"
    move(on(organiser, WAITED), case, "rectify", note="三十日内补选主席。")
    later = WAITED + timedelta(days=20)
    with pytest.raises(Refusal) as not_yet:
        move(on(approver, later), case, "revive", note="已补选")
    assert not_yet.value.code == "signals_left"
    add_page(on(organiser, later), paper, "chair", valid_from=later, person="程梅")
    add_page(on(organiser, later), paper, "activity", valid_from=later, text="会员大会补选主席")
    move(on(approver, later), case, "revive", note="已补选，活动已恢复。")
    assert case.outcome == "revived"
    assert measure(yurun.federation, later - timedelta(days=1))[0].coverage.with_union == 0
    assert measure(yurun.federation, later)[0].coverage.with_union == 1


def test_a_dissolved_unions_members_move_and_none_is_lost(yurun, organiser, paper):
    close_enterprise(organiser, paper.covered.get().enterprise, closing="closed", on=TODAY)
    add_page(organiser, paper, "term", valid_from=date(2024, 1, 1), until=date(2027, 1, 1))
    case, approver = as_far_as_reported(yurun, organiser, paper)
    leaving = Membership.objects.filter(organisation=paper).first()
    end_membership(on(organiser, WAITED), leaving.worker, how="left", on=WAITED - timedelta(days=1), reason="返乡")
    members(on(organiser, WAITED), paper, 1, first=500, on=date(2026, 3, 1))  # a paper found late, dated back
    move(approver, case, "find_shell", note="单位已注销。")
    joint = union(yurun, "城关镇联合工会", Kind.JOINT_UNION)
    before = members_under(yurun.path)
    with pytest.raises(Refusal) as homeless:
        move(approver, case, "dissolve", note="单位注销")
    assert homeless.value.code == "members_left"
    move(approver, case, "dissolve", note="单位注销", into=str(joint.pk))
    inquiry = ShellInquiry.objects.get(case=case)
    told = (inquiry.members_before, inquiry.members_joined, inquiry.members_left, inquiry.members_moved)
    assert told == (8, 1, 1, 8)
    assert members_under(yurun.path) == before
    assert members_under(joint.path) == 8
    paper.refresh_from_db()
    assert paper.dissolved_on == WAITED
    assert with_term(Organisation.objects.filter(pk=paper.pk), WAITED).get().term_ends == WAITED
    assert members_under_on(paper, WAITED - timedelta(days=1)) == 8
    assert standing_of([paper.pk], WAITED) == [Standing.DISSOLVED]


def test_a_merged_union_takes_its_firms_and_files_along(yurun, organiser, paper):
    case, approver = as_far_as_reported(yurun, organiser, paper)
    move(approver, case, "find_shell", note="三项信号属实。")
    move(on(organiser, WAITED), case, "rectify", note="补选")
    move(on(organiser, WAITED), case, "fail", note="无人愿任主席")
    move(approver, case, "merge", into=str(yurun.workplace.pk), note="并入纺织厂工会")
    enterprise = paper.covered.first().enterprise
    assert [each.union_id for each in enterprise.covers.order_by("valid_from")] == [paper.pk, yurun.workplace.pk]
    assert measure(yurun.federation, WAITED)[0].coverage.with_union == 1
    assert members_under(yurun.workplace.path) == 8
    case.refresh_from_db()
    assert (case.outcome, case.scope_path.startswith(yurun.workplace.path)) == ("merged", True)


def test_the_list_shows_evidence_and_begins_many_at_once(client, yurun, organiser, paper):
    client.force_login(organiser.post.user)
    page = client.get(reverse("organising:shells"))
    text = page.content.decode()
    assert paper.name in text
    assert "2025-09-01" in text
    assert client.get(reverse("organising:begin-inquiries")).context["question"]
    client.post(reverse("organising:begin-inquiries"))
    case = Case.objects.get(process="organising.shell", organisation=paper)
    page = client.get(case.get_absolute_url())
    assert page.status_code == 200
    assert "2005-01-01" in page.content.decode()
    assert client.get(reverse("organising:shell", args=[paper.pk])).status_code == 200
    assert client.get(reverse("organising:shells"), {"inquiry": "open"}).context["page"].sheet.paginator.count == 2
    answer = client.post(reverse("organising:shells"), {"export": "csv"})
    assert paper.name in b"".join(answer.streaming_content).decode()
    # A caseworker of families' files has no business here, nor an organiser there.
    client.force_login(yurun.post(Role.COUNTY_CASEWORKER).user)
    assert client.get(case.get_absolute_url()).status_code == 404


def test_the_number_of_queries_does_not_grow_with_the_unions(
    client, yurun, organiser, paper, django_assert_max_num_queries
):
    client.force_login(organiser.post.user)
    client.get(reverse("organising:shells"))
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("organising:shells"))
    for number in range(12):
        union(yurun, f"雨润县第{number}厂工会")
    with CaptureQueriesContext(connection) as many:
        client.get(reverse("organising:shells"))
    assert len(many) == len(few)


@pytest.mark.parametrize(
    ("sql", "rule"),
    [
        (f"{SETTLED} members_moved = 7, into_id = organisation_id", "shell_members_none_lost"),
        (f"{SETTLED} members_moved = 8", "shell_members_moved_somewhere"),
        ("UPDATE organising_shellsignal SET value = 0", "Cannot"),
        ("DELETE FROM organising_shellinquiry", "Cannot"),
        ("UPDATE organising_shellinquiry SET members_before = 3", "Cannot"),
    ],
)
def test_the_record_of_an_inquiry_cannot_be_bent(yurun, organiser, paper, sql, rule):
    begin_inquiry(organiser, paper)
    with pytest.raises(Exception, match=rule), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_a_shell_is_found_once_at_a_time_and_ended_by_somebody(yurun, organiser, paper):
    spell = ShellSpell.objects.create(organisation=paper, valid_from=TODAY, found_by=organiser.post)
    held = ShellSpell.objects.filter(pk=spell.pk)
    with pytest.raises(IntegrityError, match="shell_found_once"), transaction.atomic():
        ShellSpell.objects.create(organisation=paper, valid_from=TODAY, found_by=organiser.post)
    with pytest.raises(IntegrityError, match="shell_ended_later"), transaction.atomic():
        held.update(valid_to=TODAY + timedelta(days=2))
    with pytest.raises(IntegrityError, match="shell_ended_later"), transaction.atomic():
        held.update(valid_to=TODAY, ended_by=organiser.post)
    with pytest.raises(Exception, match="Cannot"), transaction.atomic():
        spell.delete()
