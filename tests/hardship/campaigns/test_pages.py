"""The pages of a campaign, as each of its people goes through them."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from chunyu.accounts.roles import Role
from chunyu.audit.models import Entry
from chunyu.casework.models import Case
from chunyu.hardship.campaigns import actions, answering
from chunyu.hardship.campaigns.kinds import GroupKind, Stage, VisitStage
from chunyu.hardship.campaigns.question_tables import AnswerSheet, Questionnaire
from chunyu.hardship.campaigns.tables import Campaign, CampaignSource
from chunyu.hardship.campaigns.visit_tables import CampaignVisit
from tests import situations
from tests.hardship.campaigns.warmth import DAY, Warmth, fund
from tests.registry.people import id_number
from tests.situations import county

pytestmark = pytest.mark.django_db
ANNA = id_number(date(1991, 5, 4), 77)
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40 + b"IEND\xaeB`\x82"


@pytest.fixture
def warmth(settings):
    settings.CHUNYU_TODAY = DAY
    return Warmth(county())


@pytest.fixture
def at(client, warmth):
    """`at(role)` is the browser of the county's person of that role."""

    def signed_in(role: Role):
        client.force_login(warmth.county.post(role).user)
        return client

    return signed_in


def address(name: str, row) -> str:
    return reverse(f"hardship:{name}", args=[row.pk])


def plan_of(name: str = "2027年两节送温暖") -> dict[str, str]:
    sent = {"name": name, "starts_on": "2026-12-20", "ends_on": "2027-02-20", "festival_on": "2027-02-06"}
    for place, kind in enumerate(GroupKind.values, 1):
        file = {f"file-{kind}": "on"} if place < 3 else {}
        programme = "warmth" if place < 3 else "festival_visit"
        sent |= {f"priority-{kind}": str(place), f"programme-{kind}": programme} | file
    return sent


def test_a_campaign_from_its_plan_to_its_start_on_the_pages(at, warmth):
    caseworker = at(Role.COUNTY_CASEWORKER)
    wrong = caseworker.post(reverse("hardship:plan-campaign"), plan_of() | {"priority-model": "2"})
    assert wrong.status_code == 422
    made = caseworker.post(reverse("hardship:plan-campaign"), plan_of())
    assert made.status_code == 303
    campaign = Campaign.objects.get(name="2027年两节送温暖")
    assert caseworker.get(address("change-campaign", campaign)).status_code == 200
    page = caseworker.get(address("campaign", campaign)).content.decode()
    assert "还没有登记资金来源" in page
    money = fund(warmth.finance, warmth.county.federation, 500_000)
    quota = f"{warmth.county.federation.pk}-hardship"
    kept = caseworker.post(address("campaign-quotas", campaign), {f"n-{quota}": "10", f"y-{quota}": "5000"})
    assert kept.status_code == 303
    assert campaign.quotas.get().amount_fen == 500_000
    finance = at(Role.FINANCE_OFFICER)
    assert "先登记" in finance.get(address("campaign", campaign)).content.decode()
    booked = {"fund": money.pk, "amount_fen": "6,000", "day": "2026-01-20"}
    assert finance.post(address("book-source", campaign), booked).status_code == 422
    assert finance.post(address("book-source", campaign), booked | {"amount_fen": "5,000"}).status_code == 303
    assert finance.get(address("campaign-funded", campaign)).status_code == 200
    assert finance.post(address("campaign-funded", campaign)).status_code == 303
    approver = at(Role.COUNTY_APPROVER)
    assert approver.get(address("start-campaign", campaign)).status_code == 200
    assert approver.post(address("start-campaign", campaign)).status_code == 303
    campaign.refresh_from_db()
    assert campaign.stage == Stage.RUNNING
    listed = approver.get(reverse("hardship:campaigns")).content.decode()
    assert "5,000.00" in listed


def test_households_are_ticked_and_put_on_the_list(at, warmth):
    warmth.running()
    homes = [warmth.family("程梅", 1), warmth.family("罗建国", 2)]
    caseworker = at(Role.COUNTY_CASEWORKER)
    page = caseworker.get(address("plan-visits", warmth.campaign)).content.decode()
    assert "程梅" in page
    assert "罗建国" in page
    sent = {
        "household": [str(home.pk) for home in homes],
        "groups": ["hardship", "laid_off"],
        "source": warmth.fiscal.pk,
        "amount_fen": "1000",
        "due_on": "2026-02-06",
    }
    none = caseworker.post(address("plan-visits", warmth.campaign), sent | {"household": ["nobody"]})
    assert none.status_code == 422
    assert caseworker.post(address("plan-visits", warmth.campaign), sent).status_code == 303
    assert CampaignVisit.objects.filter(cash_fen=100_000, group="hardship").count() == 2
    again = caseworker.post(address("plan-visits", warmth.campaign), sent)
    assert "已有" in again.content.decode()
    firm = caseworker.get(address("plan-firm", warmth.campaign))
    assert firm.status_code == 200
    person = {
        "name": "陆一线", "id_number": ANNA, "organisation": warmth.county.workplace.pk, "groups": ["front_line"],
        "source": warmth.union.pk, "amount_fen": "300", "due_on": "2026-02-06",
    }  # fmt: skip
    assert caseworker.get(address("plan-person", warmth.campaign)).status_code == 200
    assert caseworker.post(address("plan-person", warmth.campaign), person | {"amount_fen": "x"}).status_code == 422
    assert caseworker.post(address("plan-person", warmth.campaign), person).status_code == 303
    listed = caseworker.get(address("visits", warmth.campaign)).content.decode()
    assert "陆一线" in listed
    assert ANNA not in listed


def asked(warmth: Warmth) -> Questionnaire:
    version = answering.make_questionnaire(warmth.caseworker, "大走访问卷")
    answering.put_question(
        warmth.caseworker, version, kind="choice", text="工资是否按月发放？", choices=["是", "有时拖欠", "否"]
    )
    answering.put_question(warmth.caseworker, version, kind="several", text="最需要什么？", choices=["医疗", "就业"])
    answering.put_question(warmth.caseworker, version, kind="number", text="家里几口人？")
    answering.put_question(warmth.caseworker, version, kind="text", text="还有什么想说的？")
    answering.put_in_force(warmth.caseworker, version)
    actions.ask(warmth.caseworker, warmth.campaign, version.questionnaire)
    warmth.fresh()
    return version.questionnaire


def test_the_visit_is_written_down_in_one_form_and_its_need_becomes_a_case(at, warmth):
    warmth.running()
    questionnaire = asked(warmth)
    [visit] = warmth.plan(warmth.family())
    township = at(Role.TOWNSHIP_OFFICER)
    page = township.get(address("write-visit", visit)).content.decode()
    assert "工资是否按月发放" in page
    assert "程梅" in page
    one, several, number, words = questionnaire.versions.get().questions.all()
    sent = {
        "visited_on": "2026-01-20", "outcome": "met", "team": "邵丽娟", "goods": "大米 2 袋\n食用油1桶",
        "notes": "屋顶漏雨", "need_kind": "medical", "need": "透析", f"q-{one.pk}": one.choices.first().pk,
        f"q-{several.pk}": [each.pk for each in several.choices.all()], f"q-{number.pk}": "4", f"q-{words.pk}": "谢谢",
    }  # fmt: skip
    alone = township.post(address("write-visit", visit), sent)
    assert alone.status_code == 422
    assert "两人以上" in alone.content.decode()
    vague = township.post(address("write-visit", visit), sent | {"goods": "一些大米"})
    assert "一些大米" in vague.content.decode()
    files = {"receipt": SimpleUploadedFile("签收.png", PNG), "photo": SimpleUploadedFile("照片.png", PNG + b"\0")}
    done = township.post(address("write-visit", visit), sent | {"team": "邵丽娟\n贺永强"} | files)
    assert done.status_code == 303, done.content.decode()
    visit.refresh_from_db()
    assert visit.stage == VisitStage.NEED_RAISED
    assert [(each.name, each.quantity, each.unit) for each in visit.goods.all()] == [
        ("大米", 2, "袋"),
        ("食用油", 1, "桶"),
    ]
    assert visit.papers.count() == 2
    assert visit.answered
    assert AnswerSheet.objects.get().organisation == warmth.county.federation
    page = township.get(address("visit", visit)).content.decode()
    for shown in ("屋顶漏雨", "透析", "食用油", "贺永强"):
        assert shown in page
    paper = township.post(address("visit-paper", visit.papers.first()))
    assert paper.content.startswith(b"\x89PNG")
    assert Entry.objects.filter(event="hardship.read_visit_paper").exists()
    chair = at(Role.WORKPLACE_CHAIR)
    assert chair.get(address("need-becomes-case", visit)).status_code == 200
    opened = chair.post(address("need-becomes-case", visit), {"programme": "medical"})
    case = Case.objects.get()
    assert opened["Location"] == case.get_absolute_url()
    assert visit.number in chair.get(case.get_absolute_url()).content.decode()
    assert case.number in chair.get(address("visit", visit)).content.decode()


def test_a_need_that_became_clear_later_becomes_a_case_on_the_same_page(at, warmth):
    warmth.running()
    visit = warmth.visit(*warmth.plan(warmth.family()))
    chair = at(Role.WORKPLACE_CHAIR)
    page = chair.get(address("visit", visit)).content.decode()
    assert address("need-becomes-case", visit) in page
    without = chair.post(address("need-becomes-case", visit), {"programme": "medical"})
    assert without.status_code == 422, "the need itself is asked for"
    sent = {"programme": "medical", "need_kind": "medical", "need": "查出尿毒症"}
    opened = chair.post(address("need-becomes-case", visit), sent)
    case = Case.objects.get()
    assert opened["Location"] == case.get_absolute_url()
    visit.refresh_from_db()
    assert (visit.need_kind, visit.need.reveal(), visit.need_case) == ("medical", "查出尿毒症", case)
    assert visit.stage == VisitStage.NEED_RAISED
    assert address("need-becomes-case", visit) not in chair.get(address("visit", visit)).content.decode()
    assert chair.post(address("need-becomes-case", visit), sent).status_code == 422
    assert Case.objects.count() == 1


def test_results_of_each_version_are_shown_apart_and_kept_as_a_file(at, warmth):
    warmth.running()
    questionnaire = asked(warmth)
    first = questionnaire.versions.get()
    answered(warmth, first, "hardship", 6)
    second = answering.next_version(warmth.caseworker, questionnaire)
    answering.put_question(warmth.caseworker, second, kind="choice", text="有住房吗？", choices=["有", "无"])
    answering.put_in_force(warmth.caseworker, second)
    answered(warmth, second, "hardship", 7)
    answered(warmth, second, "laid_off", 2)
    answered(warmth, second, "front_line", 8)
    caseworker = at(Role.COUNTY_CASEWORKER)
    there = address("campaign-results", warmth.campaign)
    newest = caseworker.get(there).content.decode()
    assert "有住房吗" in newest
    assert "?version=1" in newest
    assert "有住房吗" not in caseworker.get(there, {"version": 1}).content.decode()
    file = caseworker.post(f"{there}?version=2&by=group", {"export": "csv"})
    text = b"".join(file).decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(text)))
    kinds = (GroupKind.HARDSHIP, GroupKind.LAID_OFF, GroupKind.FRONT_LINE)
    with translation.override("zh-hans"):
        assert lines[0][2:] == ["全部", *(str(kind.label) for kind in kinds)]
    [yes] = [line for line in lines if line[:2] == ["有住房吗？", "有"]]
    assert yes[2:] == ["17", "", "", "8"], "the two, and with them the next smallest, are kept back"
    assert "谢谢" not in text, "what somebody wrote is in no file"
    book = caseworker.post(f"{there}?version=1", {"export": "xlsx"})
    assert b"".join(book).startswith(b"PK")
    assert caseworker.post(there, {"export": "pdf"}).status_code == 404
    assert Entry.objects.filter(event="hardship.export").count() == 2


def answered(warmth: Warmth, version, group: str, people: int) -> None:
    """So many people of a group took the first choice of everything, and wrote a word."""
    said: dict = {}
    for question in version.questions.prefetch_related("choices"):
        kept = {"number": 4, "text": "谢谢"}
        said[question.pk] = kept.get(question.kind, [each.pk for each in question.choices.all()[:1]])
    for _ in range(people):
        answering.keep_answers(warmth.campaign, warmth.county.workplace, group, answering.Answers(version, said))


def test_a_need_is_linked_or_met_and_a_visit_called_off(at, warmth):
    from chunyu.hardship.actions import apply_for
    from chunyu.hardship.campaigns.visiting import Need

    warmth.running()
    home = warmth.family()
    case = apply_for(warmth.acting(Role.WORKPLACE_CHAIR), home, "living", channel="visit")
    first = warmth.visit(warmth.person("冯雨", fen=0), need=Need("living", "取暖"))
    second = warmth.visit(warmth.person("何晴", fen=0), need=Need("legal", "欠薪"))
    third = warmth.person("苏晓", fen=0)
    chair = at(Role.WORKPLACE_CHAIR)
    assert chair.get(address("link-need", first)).status_code == 200
    assert chair.post(address("link-need", first), {"number": "没有"}).status_code == 422
    assert chair.post(address("link-need", first), {"number": case.number}).status_code == 303
    assert chair.post(address("need-met", second)).status_code == 303
    assert chair.post(address("call-visit-off", third), {"why": "已返乡"}).status_code == 303
    stages = [CampaignVisit.objects.get(pk=each.pk).stage for each in (first, second, third)]
    assert stages == [VisitStage.NEED_RAISED, VisitStage.NEED_CLOSED, VisitStage.CALLED_OFF]
    for stage, who in (("need_raised", "冯雨"), ("need_closed", "何晴"), ("called_off", "苏晓")):
        page = chair.get(address("visits", warmth.campaign), {"stage": stage}).content.decode()
        assert [name in page for name in ("冯雨", "何晴", "苏晓")] == [name == who for name in ("冯雨", "何晴", "苏晓")]


def test_who_is_not_visited_yet_by_days_left(at, warmth):
    warmth.running()
    late, soon = warmth.plan(warmth.family("程梅", 1), due_on=date(2026, 1, 18))[0], warmth.person(number=ANNA)
    done = warmth.visit(warmth.person("冯雨", fen=0))
    page = at(Role.TOWNSHIP_OFFICER).get(address("unvisited", warmth.campaign)).content.decode()
    assert page.index(late.number) < page.index(soon.number)
    assert done.number not in page
    assert "40" in page  # days to 28 February


def test_money_is_ordered_booked_given_back_and_the_campaign_closed_and_audited(at, warmth):
    warmth.running()
    [visit], person = warmth.plan(warmth.family()), warmth.person(number=ANNA)
    warmth.visit(visit)
    warmth.visit(person)
    finance = at(Role.FINANCE_OFFICER)
    closing = finance.get(address("close-campaign", warmth.campaign)).content.decode()
    assert "1 份慰问金还没有到户" in closing
    assert finance.post(address("close-campaign", warmth.campaign)).status_code == 422
    assert finance.get(address("book-handed-over", warmth.union)).status_code == 200
    assert finance.post(address("book-handed-over", warmth.union)).status_code == 303
    approver = at(Role.COUNTY_APPROVER)
    assert approver.get(address("order-campaign-payments", warmth.fiscal)).status_code == 200
    warmth.pay()
    finance = at(Role.FINANCE_OFFICER)
    back = finance.get(address("give-campaign-money-back", warmth.union)).content.decode()
    assert "4700.00" in back
    sent = {"amount_fen": "4700", "document_no": "退1", "day": "2026-01-20"}
    assert finance.post(address("give-campaign-money-back", warmth.union), sent).status_code == 303
    assert finance.get(address("hand-campaign-money-down", warmth.fiscal)).status_code == 200
    assert finance.post(address("close-campaign", warmth.campaign)).status_code == 303
    auditor = at(Role.AUDITOR)
    account = auditor.get(address("campaign-account", warmth.campaign)).content.decode()
    for shown in ("10,000.00", "1,000.00", "300.00", "4,700.00", "9,000.00", "15,000.00"):
        assert shown in account
    assert auditor.post(address("audit-campaign", warmth.campaign), {"note": "账实相符"}).status_code == 303
    assert warmth.fresh().stage == Stage.AUDITED
    assert "账实相符" in auditor.get(address("campaign-account", warmth.campaign)).content.decode()


def test_a_source_booked_by_mistake_is_taken_out(at, warmth):
    money = fund(warmth.finance, warmth.county.federation, 500_000)
    finance = at(Role.FINANCE_OFFICER)
    finance.post(address("book-source", warmth.campaign), {"fund": money.pk, "amount_fen": "50", "day": "2026-01-20"})
    source = CampaignSource.objects.get()
    assert finance.post(address("take-source-out", source)).status_code == 303
    assert not CampaignSource.objects.exists()


def test_questionnaires_are_made_and_fixed_once_answered(at, warmth):
    warmth.running()
    caseworker = at(Role.COUNTY_CASEWORKER)
    made = caseworker.post(reverse("hardship:make-questionnaire"), {"name": "大走访问卷"})
    questionnaire = Questionnaire.objects.get()
    assert made["Location"] == address("questionnaire", questionnaire)
    assert caseworker.post(address("questionnaire-in-force", questionnaire)).status_code == 422
    one = {"kind": "choice", "text": "住房如何？", "choices": "自有\n租住"}
    assert caseworker.post(address("add-question", questionnaire), one | {"choices": "自有"}).status_code == 422
    assert caseworker.post(address("add-question", questionnaire), one).status_code == 303
    question = questionnaire.versions.get().questions.get()
    assert "租住" in caseworker.get(address("change-question", question)).content.decode()
    changed = one | {"text": "现在住在哪里？"}
    assert caseworker.post(address("change-question", question), changed).status_code == 303
    assert caseworker.post(address("questionnaire-in-force", questionnaire)).status_code == 303
    assert (
        caseworker.post(address("campaign-asks", warmth.campaign), {"questionnaire": questionnaire.pk}).status_code
        == 303
    )
    warmth.fresh()
    visit = warmth.person("冯雨", fen=0)
    sent = {
        "visited_on": "2026-01-20",
        "outcome": "met",
        "team": "甲，乙",
        f"q-{question.pk}": question.choices.first().pk,
    }
    assert caseworker.post(address("write-visit", visit), sent).status_code == 303
    page = caseworker.get(address("questionnaire", questionnaire)).content.decode()
    assert "现在住在哪里" in page
    assert caseworker.post(address("change-question", question), one).status_code == 422
    assert caseworker.post(address("take-question-out", question)).status_code == 303  # refused with a message
    assert questionnaire.versions.get().questions.exists()
    assert caseworker.post(address("next-version", questionnaire)).status_code == 303
    assert questionnaire.versions.count() == 2
    assert "大走访问卷" in caseworker.get(reverse("hardship:questionnaires")).content.decode()
    assert "满五人" in caseworker.get(address("campaign-results", warmth.campaign)).content.decode()


@pytest.mark.parametrize("name", ["visits", "unvisited", "campaign"])
def test_more_visits_take_no_more_queries(at, warmth, name):
    warmth.running()
    warmth.plan(warmth.family("程梅", 1), fen=50_000)
    warmth.visit(warmth.person("冯雨", fen=0))
    client = at(Role.COUNTY_CASEWORKER)
    url = address(name, warmth.campaign)
    client.get(url)

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            client.get(url)
        return len(seen)

    few = queries()
    assert few <= 26
    for order in range(2, 6):
        warmth.plan(warmth.family("罗建国", order), fen=50_000)
        warmth.visit(warmth.person(f"何晴{order}", fen=0))
    assert queries() == few


def test_foreign_campaigns_do_not_exist_and_each_role_has_its_steps(at, client, warmth):
    warmth.running()
    visit = warmth.person(number=ANNA)
    qinghe = county("青禾县")
    client.force_login(qinghe.post(Role.COUNTY_CASEWORKER).user)
    for name, row in (
        ("campaign", warmth.campaign), ("visits", warmth.campaign), ("unvisited", warmth.campaign),
        ("campaign-account", warmth.campaign), ("campaign-quotas", warmth.campaign), ("visit", visit),
        ("write-visit", visit), ("call-visit-off", visit), ("plan-visits", warmth.campaign),
        ("campaign-results", warmth.campaign),
    ):  # fmt: skip
        assert client.get(address(name, row)).status_code == 404, name
    assert client.post(address("need-met", visit)).status_code == 404
    client.force_login(qinghe.post(Role.FINANCE_OFFICER).user)
    assert client.get(address("give-campaign-money-back", warmth.union)).status_code == 404
    assert warmth.campaign.name not in client.get(reverse("hardship:campaigns")).content.decode()
    finance = at(Role.FINANCE_OFFICER)
    assert finance.get(address("campaign", warmth.campaign)).status_code == 200
    assert finance.get(address("visits", warmth.campaign)).status_code == 403
    assert finance.get(address("plan-visits", warmth.campaign)).status_code == 403
    analyst = at(Role.PROVINCE_ANALYST)
    assert analyst.get(address("campaign", warmth.campaign)).status_code == 200
    assert analyst.get(address("visit", visit)).status_code == 403
    auditor = at(Role.AUDITOR)
    assert auditor.get(address("visit", visit)).status_code == 200
    assert auditor.get(address("write-visit", visit)).status_code == 403
    assert auditor.post(address("audit-campaign", warmth.campaign), {"note": ""}).status_code == 422
    chair = at(Role.WORKPLACE_CHAIR)
    assert chair.get(address("campaign", warmth.campaign)).status_code == 200
    assert chair.get(address("campaign-account", warmth.campaign)).status_code == 200


def test_a_campaign_of_the_province_reaches_down_to_the_chair(client, warmth):
    planner = situations.acting(Role.COUNTY_CASEWORKER, warmth.county.province, DAY)
    from tests.hardship.campaigns.warmth import WINDOW

    top = actions.plan_campaign(planner, name="全省送温暖", window=WINDOW)
    client.force_login(warmth.county.post(Role.WORKPLACE_CHAIR).user)
    assert "全省送温暖" in client.get(reverse("hardship:campaigns")).content.decode()
    assert client.get(address("campaign", top)).status_code == 200
    client.force_login(warmth.county.post(Role.COUNTY_CASEWORKER).user)
    page = client.get(address("campaign-quotas", top))
    assert warmth.county.township.name in page.content.decode()
    refused = client.post(address("campaign-asks", top), {"questionnaire": ""})
    assert refused.status_code == 422
