"""The screens of finding people, as officers and the family use them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from chunyu.accounts.roles import Role
from chunyu.audit.models import Entry
from chunyu.hardship.finding import actions, queries
from chunyu.hardship.finding.models import Finding, FindingRun, Invitation, NightlyOrder
from chunyu.registry.actions import state_fact
from chunyu.registry.consent.actions import give_consent
from chunyu.registry.consent.tables import ConsentEvent, Purpose
from chunyu.registry.models import Fact, Household
from tests.hardship.families import TODAY, family
from tests.situations import county

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def yurun(settings):
    settings.CHUNYU_TODAY = TODAY
    return county("雨润县")


@pytest.fixture
def clerk(yurun):
    return yurun.acting(Role.COUNTY_CASEWORKER, TODAY)


@pytest.fixture
def households(yurun, clerk) -> list[Household]:
    """Three families that agreed: entitled, held up, and one more entitled; and one that was never asked."""
    asked = [
        family(yurun, "程梅", order=1),
        family(yurun, "郭强", order=2, has_vehicle=None),
        family(yurun, "朱娜", order=3),
    ]
    for each in asked:
        give_consent(clerk, each.worker, Purpose.MATCHING, language="zh", on=TODAY)
    family(yurun, "何静", order=4)
    state_fact(clerk, asked[0], "front_line", True, member=asked[0].worker, on=TODAY)
    return asked


@pytest.fixture
def looked(clerk, households, run_jobs):
    run = actions.order_run(clerk)
    run_jobs()
    run.refresh_from_db()
    assert run.status == "done"
    return run


def living(clerk, name="程梅") -> Finding:
    return queries.listed(clerk).get(worker_name=name, programme="living")


def signed_in(client, post):
    client.force_login(post.user)
    return client


def text_of(answer) -> str:
    return re.sub(r"<[^>]+>", " ", answer.content.decode())


def test_the_list_narrows_and_counts_in_as_many_queries_however_long(
    client, yurun, clerk, looked, django_assert_max_num_queries
):
    client = signed_in(client, yurun.post(Role.TOWNSHIP_OFFICER))
    address = reverse("hardship:finding")
    with django_assert_max_num_queries(18):
        text = text_of(client.get(address))
    assert "程梅" in text
    assert "何静" not in text  # never asked
    assert "拥有或经常使用机动车" in text
    for query, there, gone in (
        ("?kind=blocked", "郭强", "程梅"),
        ("?kind=not_helped", "程梅", "郭强"),
        ("?group=front_line", "程梅", "朱娜"),
        ("?waits=civil_affairs", "郭强", "程梅"),
        ("?q=zhuna", "朱娜", "程梅"),
        ("?programme=living&kind=not_helped", "程梅", "郭强"),
    ):
        text = text_of(client.get(address + query))
        assert there in text, query
        assert gone not in text, query
    sheet = client.post(f"{address}?kind=blocked", {"export": "csv"})
    assert "郭强" in b"".join(sheet.streaming_content).decode()
    assert Entry.objects.filter(event="hardship.export").exists()


def test_look_confirm_invite_and_print(client, yurun, clerk, households, run_jobs):
    client = signed_in(client, yurun.post(Role.COUNTY_CASEWORKER))
    assert client.post(reverse("hardship:finding-look")).status_code == 303
    assert "等待" in text_of(client.get(reverse("hardship:finding")))
    run_jobs()
    assert FindingRun.objects.get().status == "done"
    finding = living(clerk)
    here = [finding.pk]
    page = text_of(client.get(reverse("hardship:finding-one", args=here)))
    for shown in ("程梅", "生活", "不会因此发放"):
        assert shown in page
    assert client.post(reverse("hardship:finding-confirm", args=here)).status_code == 303
    sent = client.post(reverse("hardship:finding-invite", args=here), {"channel": "letter", "language": "en"})
    letter = client.get(sent["Location"])
    code = Invitation.objects.get().code.reveal()
    text = text_of(letter)
    assert code in text
    assert "You may be able to receive" in text  # in the family's language, whatever the officer's
    assert "打印" in text
    assert "/invitation/" in text
    audited = Entry.objects.filter(event="hardship.invite").get()
    assert code not in audited.note


def test_the_family_answers_with_its_code_and_without_an_account(client, yurun, clerk, looked):
    finding = living(clerk)
    actions.confirm(clerk, finding)
    code = actions.invite(clerk, finding, channel="letter").code.reveal()
    address = reverse("portal:invitation")
    first = client.get(address)
    assert first["X-Robots-Tag"].startswith("noindex")
    assert client.post(address, {"code": "ABCD-2345-EFGH"}).status_code == 422
    page = text_of(client.post(address, {"code": code.lower()}))
    assert "我要申请" in page
    assert "程梅" not in page  # whoever finds the letter learns no more from the page
    assert "即刻生效" in text_of(client.post(address, {"code": code, "answer": "opt_out"}))
    assert client.post(address, {"code": code, "answer": "apply"}).status_code == 422
    assert ConsentEvent.objects.filter(kind="withdrawn", channel="web", recorded_by=None).count() == 1
    assert "程梅" not in text_of(signed_in(client, yurun.post(Role.COUNTY_CASEWORKER)).get(reverse("hardship:finding")))


def test_an_answer_at_the_counter_leads_to_the_case(client, yurun, clerk, looked):
    finding = living(clerk)
    actions.confirm(clerk, finding)
    actions.invite(clerk, finding, channel="phone")
    client = signed_in(client, yurun.post(Role.COUNTY_CASEWORKER))
    sent = client.post(reverse("hardship:finding-answer", args=[finding.pk]), {"answer": "apply", "channel": "phone"})
    assert sent.status_code == 303
    assert "程梅" in text_of(client.get(sent["Location"]))
    figures = client.get(reverse("hardship:finding-figures"))
    text = " ".join(text_of(figures).split())
    assert "1 户受邀家庭中，1 户申请，0 户获得帮扶" in text


def test_foreign_findings_answer_as_if_they_did_not_exist(client, yurun, clerk, looked):
    finding = living(clerk)
    run = FindingRun.objects.get()
    other = signed_in(client, county("青禾县").post(Role.COUNTY_CASEWORKER))
    names = ("one", "set-aside", "invite", "answer", "opt-out", "letter")
    for name in names:
        assert other.get(reverse(f"hardship:finding-{name}", args=[finding.pk])).status_code == 404, name
    for name in ("confirm", "open"):
        assert other.post(reverse(f"hardship:finding-{name}", args=[finding.pk])).status_code == 404, name
    assert other.get(reverse("hardship:finding-progress", args=[run.pk])).status_code == 404
    for name in ("groups", "consent", "withdraw-consent"):
        assert other.get(reverse(f"hardship:{name}", args=[finding.household_id])).status_code == 404
    assert "程梅" not in text_of(other.get(reverse("hardship:finding")))
    assert text_of(other.get(reverse("hardship:finding-runs"))).count("雨润县") == 0


def test_posts_without_files_see_figures_and_no_names(client, yurun, looked):
    analyst = signed_in(client, yurun.post(Role.PROVINCE_ANALYST))
    assert analyst.get(reverse("hardship:finding")).status_code == 403
    assert analyst.get(reverse("hardship:finding-figures")).status_code == 200
    auditor = signed_in(client, yurun.post(Role.AUDITOR))
    assert auditor.get(reverse("hardship:finding")).status_code == 200
    assert auditor.post(reverse("hardship:finding-look")).status_code == 403


def test_the_night_is_ordered_and_ended_on_the_page(client, yurun, clerk):
    client = signed_in(client, yurun.post(Role.COUNTY_APPROVER))
    client.post(reverse("hardship:finding-nightly"))
    assert NightlyOrder.objects.get().ended_on is None
    assert "每晚" in text_of(client.get(reverse("hardship:finding-runs")))
    client.post(reverse("hardship:finding-nightly"))
    assert NightlyOrder.objects.get().ended_on == TODAY


def test_consent_and_groups_are_recorded_on_the_households_page(client, yurun, clerk):
    household = family(yurun)
    client = signed_in(client, yurun.post(Role.WORKPLACE_CHAIR))
    here = [household.pk]
    assert "撤回立即生效" in text_of(client.get(reverse("hardship:consent", args=here)))
    client.post(reverse("hardship:consent", args=here), {"language": "zh", "said_on": TODAY.isoformat()})
    assert ConsentEvent.objects.get().kind == "given"
    late = {"channel": "phone", "said_on": (TODAY + timedelta(days=1)).isoformat()}
    assert client.post(reverse("hardship:withdraw-consent", args=here), late).status_code == 422
    client.post(reverse("hardship:withdraw-consent", args=here), late | {"said_on": TODAY.isoformat()})
    assert ConsentEvent.objects.filter(kind="withdrawn").count() == 1
    worker = household.worker
    given = {"source": "verified", "on": TODAY.isoformat(), f"front_line:{worker.pk}": "yes"}
    assert client.post(reverse("hardship:groups", args=here), given).status_code == 303
    stated = Fact.objects.get(name="front_line")
    assert (stated.member, stated.flag, stated.source) == (worker, True, "verified")
    client.post(reverse("hardship:groups", args=here), given)
    assert Fact.objects.filter(name="front_line").count() == 1  # what holds already is not stated again
    page = text_of(client.get(reverse("hardship:household", args=here)))
    assert re.search(r"程梅[：:]\s*一线职工\s+是\s+核实", page)  # with its source, like every other fact
