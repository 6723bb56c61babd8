"""From a list of employers without a union to unions with a chair, an archive and members: nobody skips a step."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.casework.actions import attach_document, move
from chunyu.casework.models import Case
from chunyu.organising.archives.queries import missing
from chunyu.organising.coverage.measuring import measure
from chunyu.organising.founding.actions import take_on
from chunyu.organising.founding.tables import Founding, FoundingFirm
from chunyu.registry.membership.queries import members_under
from tests.organising.unions import TODAY, Kind, firm, members
from tests.situations import acting as somebody
from tests.situations import county

pytestmark = pytest.mark.django_db
PAPER = b"%PDF-1.4\n1 0 obj\n%%EOF"
ELECTED = {
    "met_on": TODAY, "entitled": 30, "present": 24, "votes": 20, "chair": "程梅", "committee": "程梅、郭建国、张伟",
    "term": "3",
}  # fmt: skip


@pytest.fixture
def yurun(settings):
    settings.CHUNYU_TODAY = TODAY
    return county("雨润县")


@pytest.fixture
def organiser(yurun) -> Acting:
    return yurun.acting(Role.ORGANISER, TODAY)


@pytest.fixture
def approver(yurun) -> Acting:
    return yurun.acting(Role.COUNTY_APPROVER, TODAY)


def as_far_as_preparing(organiser: Acting, *firms) -> Case:
    case = take_on(organiser, list(firms)).case
    move(organiser, case, "contact", note="厂长王某同意，职工三十人愿意。")
    move(organiser, case, "prepare", note="筹备组三人，组长程梅。")
    return case


def request(organiser: Acting, case: Case, yurun, name: str, kind: str = Kind.GRASSROOTS_UNION) -> None:
    move(organiser, case, "apply", name=name, kind=kind, parent=str(yurun.township.pk), number="雨工筹〔2026〕1 号")


def test_a_union_is_founded_step_by_step_and_counts_from_that_day(yurun, organiser, approver):
    works = firm(organiser, yurun, "雨润机械厂", 60)
    case = as_far_as_preparing(organiser, works)
    request(organiser, case, yurun, "雨润机械厂工会")
    with pytest.raises(Refusal) as papers:
        move(approver, case, "reply", number="雨总工复〔2026〕2 号")
    assert papers.value.code == "documents"
    attach_document(organiser, case, kind="request", name="请示.pdf", content=PAPER)
    with pytest.raises(Refusal) as alone:
        move(organiser, case, "reply", number="雨总工复〔2026〕2 号")
    assert alone.value.code == "role"
    move(approver, case, "reply", number="雨总工复〔2026〕2 号")
    move(organiser, case, "elect", **ELECTED)
    attach_document(organiser, case, kind="election_minutes", name="选举记录.pdf", content=PAPER)
    move(approver, case, "approve", number="雨总工复〔2026〕5 号")
    union = Founding.objects.get(case=case).union
    assert (union.name, union.parent, union.founded_on) == ("雨润机械厂工会", yurun.township, TODAY)
    assert missing([union], TODAY)[union.pk] == ()
    assert measure(yurun.federation, TODAY - timedelta(days=1))[0].coverage.with_union == 0
    assert measure(yurun.federation, TODAY)[0].coverage.with_union == 1
    members(organiser, union, 3, on=TODAY)
    assert members_under(union.path) == 3
    with pytest.raises(Refusal) as not_its_own:
        move(organiser, case, "register", code="91110000600037341L")
    assert not_its_own.value.code == "code"
    move(organiser, case, "register", code="81130100MC0000012B")
    assert (case.outcome, case.state) == ("founded", "running")
    assert not FoundingFirm.objects.filter(released_on__isnull=True).exists()


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"present": 19, "votes": 18}, "founding_meeting_has_a_quorum"),
        ({"present": 31}, "founding_meeting_has_a_quorum"),
        ({"votes": 15}, "founding_chair_has_a_majority"),
        ({"votes": 25}, "founding_chair_has_a_majority"),
        ({"met_on": TODAY + timedelta(days=1)}, "day_to_come"),
    ],
)
def test_an_election_without_quorum_or_majority_is_none(yurun, organiser, approver, change, rule):
    case = as_far_as_preparing(organiser, firm(organiser, yurun, "雨润机械厂", 60))
    request(organiser, case, yurun, "雨润机械厂工会")
    attach_document(organiser, case, kind="request", name="请示.pdf", content=PAPER)
    move(approver, case, "reply", number="2 号")
    with pytest.raises(Refusal) as refused:
        move(organiser, case, "elect", **ELECTED | change)
    assert refused.value.code == rule
    move(organiser, case, "elect", **ELECTED | {"present": 20, "votes": 16})  # just two thirds, just over half


def test_several_small_firms_found_one_joint_union_and_each_counts_once(yurun, organiser, approver):
    firms = [firm(organiser, yurun, name, 30) for name in ("第一商店", "第二商店", "第三商店")]
    case = as_far_as_preparing(organiser, *firms)
    with pytest.raises(Refusal) as alone:
        request(organiser, case, yurun, "商业街工会")
    assert alone.value.code == "joint"
    request(organiser, case, yurun, "商业街联合工会", Kind.JOINT_UNION)
    attach_document(organiser, case, kind="request", name="请示.pdf", content=PAPER)
    move(approver, case, "reply", number="2 号")
    move(organiser, case, "elect", **ELECTED)
    attach_document(organiser, case, kind="election_minutes", name="选举记录.pdf", content=PAPER)
    move(approver, case, "approve", number="5 号")
    whole, _ = measure(yurun.federation, TODAY)
    assert (whole.coverage.employers, whole.coverage.with_union) == (3, 3)
    move(organiser, case, "go_without", note="联合工会暂不办理法人登记")
    assert case.outcome == "founded"


def test_an_employer_declines_with_a_reason_and_is_asked_again(client, yurun, organiser):
    works = firm(organiser, yurun, "雨润机械厂", 60)
    case = take_on(organiser, [works]).case
    move(organiser, case, "decline", code="fears_cost", note="先看看别家")
    move(organiser, case, "contact", note="讲了小微企业返还政策")
    with pytest.raises(Refusal) as twice:
        take_on(organiser, [works])
    assert twice.value.code == "founding_of_an_employer_once"
    client.force_login(organiser.post.user)
    text = client.get(reverse("organising:foundings")).content.decode()
    assert "雨润机械厂" in text
    assert "担心" in text
    move(organiser, case, "give_up", note="企业搬迁")
    assert take_on(organiser, [works]).case.state == "known"


def test_the_list_of_gaps_is_worked_off_in_one_go(client, yurun, organiser):
    firms = [firm(organiser, yurun, f"第{n}商店", 30 + n) for n in range(3)]
    firm(organiser, yurun, "有工会的厂", 80, yurun.workplace)
    client.force_login(organiser.post.user)
    form = client.get(reverse("organising:take-on"))
    assert [each.name for each in form.context["form"].fields["employers"].queryset] == [
        "第2商店",
        "第1商店",
        "第0商店",
    ]
    client.post(reverse("organising:take-on"), {"employers": [str(each.pk) for each in firms], "how": "each"})
    assert Case.objects.filter(process="organising.founding").count() == 3
    page = client.get(reverse("organising:foundings"))
    assert page.context["load"][0]["count"] == 3
    with CaptureQueriesContext(connection) as many:
        client.get(reverse("organising:foundings"))
    answer = client.post(reverse("organising:foundings"), {"export": "csv"})
    assert "第1商店" in b"".join(answer.streaming_content).decode()
    for n in range(5):
        take_on(organiser, [firm(organiser, yurun, f"又{n}商店", 30)])
    with CaptureQueriesContext(connection) as more:
        client.get(reverse("organising:foundings"))
    assert len(more) == len(many)


def test_every_step_has_its_page_and_papers_are_read_by_who_may(client, yurun, organiser, approver):
    case = as_far_as_preparing(organiser, firm(organiser, yurun, "雨润机械厂", 60))
    client.force_login(organiser.post.user)
    page = client.get(reverse("casework:move", args=[case.number, "apply"]))
    assert page.context["form"].initial or "雨润机械厂工会" in page.content.decode()
    sent = client.post(
        reverse("casework:attach", args=[case.number]),
        {"kind": "request", "file": SimpleUploadedFile("请示.pdf", PAPER, "application/pdf")},
    )
    assert sent.status_code == 303
    document = case.documents.get()
    for role, status in (
        (Role.COUNTY_APPROVER, 200),
        (Role.AUDITOR, 200),
        (Role.COUNTY_CASEWORKER, 404),
        (Role.FINANCE_OFFICER, 404),
    ):
        client.force_login(yurun.post(role).user)
        assert client.get(case.get_absolute_url()).status_code == status
        assert client.post(reverse("casework:download", args=[case.number, document.pk])).status_code == status
    qinghe = county("青禾县")
    client.force_login(somebody(Role.ORGANISER, qinghe.federation, TODAY).post.user)
    assert client.get(case.get_absolute_url()).status_code == 404


@pytest.mark.parametrize(
    ("sql", "rule"),
    [
        ("UPDATE organising_founding SET entitled = 30, present = 19", "founding_meeting_has_a_quorum"),
        ("UPDATE organising_founding SET entitled = 30, present = 30, votes = 15", "founding_chair_has_a_majority"),
        ("UPDATE organising_founding SET union_id = organisation_id", "founding_union_is_elected"),
        ("DELETE FROM organising_founding", "Cannot"),
        (
            """INSERT INTO organising_foundingfirm (founding_id, enterprise_id)
            SELECT founding_id, enterprise_id FROM organising_foundingfirm""",
            "founding_of_an_employer_once|founding_firm_named_once",
        ),
    ],
)
def test_a_founding_on_record_cannot_be_bent(yurun, organiser, sql, rule):
    take_on(organiser, [firm(organiser, yurun, "雨润机械厂", 60)])
    with pytest.raises(Exception, match=rule) as stopped, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert "Cannot" in rule or isinstance(stopped.value, IntegrityError)
