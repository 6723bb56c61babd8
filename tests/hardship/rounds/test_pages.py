"""Rounds of allocation on screen: the planner, the second person, those who only read, and those who see nothing."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from chunyu.accounts.roles import Role
from chunyu.casework.models import Case
from chunyu.hardship.rounds import actions, computing
from chunyu.hardship.rounds.actions import Bounds, Limit
from chunyu.hardship.rounds.models import Round, RoundLine, Stage
from chunyu.ledger import actions as ledger
from tests.hardship.families import TODAY
from tests.hardship.rounds.plans import Plan, families
from tests.situations import acting, county

pytestmark = pytest.mark.django_db
PAGES = ("round", "round-lines", "change-round", "submit-round", "send-round-back", "publish-round")


@pytest.fixture
def yurun(settings):
    settings.CHUNYU_TODAY = TODAY
    return county()


@pytest.fixture
def plan(yurun):
    families(yurun)
    return Plan(yurun)


def as_role(client, plan: Plan, role: Role):
    client.force_login(plan.county.post(role).user)
    return client


def address(name: str, planned: Round) -> str:
    return reverse(f"hardship:{name}", args=[planned.pk])


def test_the_planner_enters_a_round_and_sees_it_as_a_draft(client, plan):
    client = as_role(client, plan, Role.COUNTY_CASEWORKER)
    form = client.get(reverse("hardship:prepare-round"))
    assert "医疗救助" in form.content.decode()
    assert "助学" not in form.content.decode()
    pk = plan.fund.pk
    sent = {
        "name": "二季度分配",
        "in-medical": "on",
        "cap-medical": "6,000",
        "minimum-medical": "500",
        f"budget-{pk}": "12,000.50",
        f"households-{plan.county.federation.pk}": "3",
    }
    kept = client.post(reverse("hardship:prepare-round"), sent)
    assert kept.status_code == 303
    planned = Round.objects.get(name="二季度分配")
    assert kept["Location"] == address("round", planned)
    assert (planned.programmes.get().cap_fen, planned.sources.get().budget_fen) == (600_000, 1_200_050)
    assert (planned.quotas.get().households, planned.quotas.get().fen) == (3, None)
    page = client.get(kept["Location"]).content.decode()
    for shown in ("二季度分配", "尚未测算", "最多 6,000.00 元", "12,000.50", "最多 3 户"):
        assert shown in page


def test_a_wrong_input_comes_back_with_what_was_entered(client, plan):
    client = as_role(client, plan, Role.COUNTY_CASEWORKER)
    sent = {"name": "二季度分配", "in-medical": "on", "cap-medical": "很多", f"budget-{plan.fund.pk}": "5"}
    page = client.post(reverse("hardship:prepare-round"), sent)
    assert page.status_code == 422
    assert "很多" in page.content.decode()
    sent |= {"cap-medical": "", f"budget-{plan.fund.pk}": "999999999"}
    page = client.post(reverse("hardship:prepare-round"), sent)
    assert page.status_code == 422
    assert "本轮计划使用" in page.content.decode()
    assert Round.objects.count() == 1


def test_a_computed_round_shows_the_ways_the_charts_the_funds_and_the_proof(client, plan):
    plan.to(Stage.COMPUTED)
    page = as_role(client, plan, Role.COUNTY_CASEWORKER).get(address("round", plan.round)).content.decode()
    for shown in (
        "各种分法对照",
        "平均分",
        "按缺口比例",
        "任何分法都不超过",
        "惠及哪些家庭",
        "已证明最优",
        "平均一元的 1.00 倍",
    ):
        assert shown in page
    assert "去年实发" not in page


def test_the_lines_say_why_and_names_are_for_those_who_read_files(client, plan, django_assert_max_num_queries):
    plan.to(Stage.COMPUTED)
    line = RoundLine.objects.filter(round=plan.round, amount_fen__gt=0).first()
    client = as_role(client, plan, Role.COUNTY_CASEWORKER)
    with django_assert_max_num_queries(21):
        page = client.get(address("round-lines", plan.round)).content.decode()
    assert "程梅" in page
    assert f"缺口 {line.gap_fen / 100:,.2f} 元" in page
    found = client.get(address("round-lines", plan.round), {"q": "luojianguo"}).content.decode()
    assert "罗建国" in found
    assert "程梅" not in found
    nothing = client.get(address("round-lines", plan.round), {"gets": "no"}).content.decode()
    assert "缺口不深于水位" in nothing
    finance = as_role(client, plan, Role.FINANCE_OFFICER).get(address("round-lines", plan.round)).content.decode()
    assert "程梅" not in finance
    assert line.household.file_number in finance
    exported = as_role(client, plan, Role.FINANCE_OFFICER).post(address("round-lines", plan.round), {"export": "csv"})
    text = b"".join(exported.streaming_content).decode("utf-8-sig")
    assert len(text.strip().splitlines()) == RoundLine.objects.count() + 1
    assert "程梅" not in text


def test_more_lines_take_no_more_queries(client, yurun):
    families(yurun, (6_000_000,))
    plan = Plan(yurun).to(Stage.COMPUTED)
    client = as_role(client, plan, Role.COUNTY_CASEWORKER)
    url = address("round-lines", plan.round)
    client.get(url)

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            client.get(url)
        return len(seen)

    few = queries()
    families(yurun, start=20)
    plan.compute()
    assert RoundLine.objects.filter(round=plan.round).count() > 4
    assert queries() == few


def test_submitting_publishing_and_the_applications(client, plan):
    plan.to(Stage.COMPUTED)
    planner = as_role(client, plan, Role.COUNTY_CASEWORKER)
    assert planner.post(address("submit-round", plan.round)).status_code == 303
    assert "测算" not in [a.label for a in planner.get(address("round", plan.round)).context["actions"]]
    second = as_role(client, plan, Role.COUNTY_APPROVER)
    page = second.get(address("publish-round", plan.round)).content.decode()
    plan.round.refresh_from_db()
    assert plan.round.grants_digest in page
    stale = second.post(address("publish-round", plan.round), {"shown": "0" * 64})
    assert stale.status_code == 422
    assert "已有变动" in stale.content.decode()
    done = second.post(address("publish-round", plan.round), {"shown": plan.round.grants_digest})
    assert done.status_code == 303
    assert "正在建立申请" in second.get(address("round", plan.round)).content.decode()
    plan.round.refresh_from_db()
    plan.open()
    giving = RoundLine.objects.filter(amount_fen__gt=0).count()
    page = second.get(address("round", plan.round)).content.decode()
    assert f"已建立 {giving} 件申请" in page
    lines = second.get(address("round-lines", plan.round), {"became": "opened"}).content.decode()
    for number in Case.objects.values_list("number", flat=True):
        assert reverse("casework:case", args=[number]) in lines


def test_the_second_person_sends_back_with_words(client, plan):
    plan.to(Stage.SUBMITTED)
    second = as_role(client, plan, Role.COUNTY_APPROVER)
    assert second.post(address("send-round-back", plan.round), {"why": ""}).status_code == 422
    assert second.post(address("send-round-back", plan.round), {"why": "上限太低"}).status_code == 303
    assert (
        "上限太低" in as_role(client, plan, Role.COUNTY_CASEWORKER).get(address("round", plan.round)).content.decode()
    )


def test_foreign_rounds_do_not_exist_and_each_role_has_its_steps(client, plan):
    plan.to(Stage.SUBMITTED)
    qinghe = county("青禾县")
    for role in (Role.COUNTY_CASEWORKER, Role.COUNTY_APPROVER):
        client.force_login(qinghe.post(role).user)
        for name in PAGES:
            status = client.get(address(name, plan.round)).status_code
            assert status in ((404,) if name in ("round", "round-lines") else (403, 404)), name
        assert client.post(address("compute-round", plan.round)).status_code in (403, 404)
        assert client.post(address("publish-round", plan.round), {"shown": plan.round.grants_digest}).status_code in (
            403,
            404,
        )
    assert "春季精准帮扶" not in client.get(reverse("hardship:rounds")).content.decode()
    for role in (Role.FINANCE_OFFICER, Role.AUDITOR):
        reader = as_role(client, plan, role)
        assert reader.get(address("round", plan.round)).status_code == 200
        assert reader.get(address("change-round", plan.round)).status_code == 403
        assert reader.post(address("submit-round", plan.round)).status_code == 403
    for role in (Role.WORKPLACE_CHAIR, Role.TOWNSHIP_OFFICER, Role.SYSTEM_KEEPER):
        assert as_role(client, plan, role).get(reverse("hardship:rounds")).status_code == 403
    plan.round.refresh_from_db()
    assert plan.round.stage == Stage.SUBMITTED


def test_looking_changes_nothing_and_the_list_tells_where_each_round_is(client, plan):
    plan.to(Stage.SUBMITTED)
    before = Round.objects.values().get()
    client = as_role(client, plan, Role.COUNTY_CASEWORKER)
    for name in ("round", "round-lines", "submit-round", "change-round"):
        assert client.get(address(name, plan.round)).status_code == 200
    for name in ("compute-round",):
        assert client.get(address(name, plan.round)).status_code == 405
    assert Round.objects.values().get() == before
    page = client.get(reverse("hardship:rounds")).content.decode()
    for shown in ("春季精准帮扶", "待他人复核", "15,000.00"):
        assert shown in page


def test_the_city_plans_over_its_counties(client, yurun):
    qinghe = county("青禾县")
    families(yurun)
    families(qinghe, (6_000_000, 1_200_000), start=30)
    planner = acting(Role.COUNTY_CASEWORKER, yurun.city, TODAY)
    finance = acting(Role.FINANCE_OFFICER, yurun.city, TODAY)
    fund = ledger.open_fund(
        finance,
        organisation=yurun.city,
        name="市级工会经费",
        source="municipal_union",
        document_no="春工发〔2026〕3号",
        year=2026,
        day=TODAY,
    )
    ledger.receive(finance, fund=fund, amount_fen=5_000_000, day=TODAY, document_no="拨款单9", key="first")
    limits = {qinghe.federation: Limit(fen=300_000)}
    given = actions.Inputs("全市分配", {"medical": Bounds()}, {fund: 2_500_000}, limits)
    planned = actions.prepare(planner, given)
    actions.compute(planner, planned, queue=False)
    planned = computing.compute(planner, planned)
    assert planned.stage == Stage.COMPUTED
    lines = RoundLine.objects.filter(round=planned)
    here = sum(line.amount_fen for line in lines if line.scope_path.startswith(qinghe.path))
    assert here == 300_000
    assert sum(line.amount_fen for line in lines) == 2_500_000
    client.force_login(yurun.post(Role.COUNTY_CASEWORKER).user)
    assert client.get(address("round", planned)).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_the_jobs_compute_and_open_with_a_real_worker(client, settings, run_jobs):
    settings.CHUNYU_TODAY = TODAY
    yurun = county()
    families(yurun)
    plan = Plan(yurun)
    planner = as_role(client, plan, Role.COUNTY_CASEWORKER)
    assert planner.post(address("compute-round", plan.round)).status_code == 303
    assert "先认定全部在档家庭" in planner.get(address("round", plan.round)).content.decode()
    run_jobs()
    plan.round.refresh_from_db()
    assert plan.round.stage == Stage.COMPUTED
    planner.post(address("submit-round", plan.round))
    plan.round.refresh_from_db()
    as_role(client, plan, Role.COUNTY_APPROVER).post(
        address("publish-round", plan.round), {"shown": plan.round.grants_digest}
    )
    run_jobs()
    giving = RoundLine.objects.filter(amount_fen__gt=0).count()
    assert giving
    assert RoundLine.objects.filter(opened__application__isnull=False).count() == giving
