"""A visit written down by keyboard on a phone, and the pages of a campaign looked at in both languages and themes."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from chunyu.accounts.roles import Role
from chunyu.hardship.campaigns import actions, answering, money
from chunyu.hardship.campaigns.answering import Answers
from chunyu.hardship.campaigns.kinds import VisitStage
from chunyu.hardship.campaigns.visit_tables import CampaignVisit
from chunyu.hardship.campaigns.visiting import Need
from chunyu.hardship.deciding import decide_household
from tests.hardship.campaigns.warmth import DAY, Warmth
from tests.registry.people import id_number
from tests.situations import county

pytestmark = pytest.mark.django_db(transaction=True)


def asked(warmth: Warmth):
    version = answering.make_questionnaire(warmth.caseworker, "职工生产生活问卷")
    for kind, text, choices in (
        ("choice", "工资是否按月足额发放？", ["按月足额", "有时拖欠", "经常拖欠"]),
        ("several", "最希望工会提供哪些服务？", ["生活救助", "技能培训", "法律援助"]),
        ("number", "家里几口人？", []),
    ):
        answering.put_question(warmth.caseworker, version, kind=kind, text=text, choices=choices)
    answering.put_in_force(warmth.caseworker, version)
    actions.ask(warmth.caseworker, warmth.campaign, version.questionnaire)
    warmth.fresh()
    return version


@pytest.fixture
def warmth(settings):
    settings.CHUNYU_TODAY = DAY
    warmth = Warmth(county()).running(households=40)
    version = asked(warmth)
    homes = [warmth.family(name, order) for order, name in enumerate(("程梅", "罗建国", "苏秀兰", "田文斌"), 1)]
    for home in homes:
        decide_household(warmth.caseworker, home)
    first, second = warmth.plan(*homes[:2], fen=50_000)
    choices = version.questions.all()[0].choices.all()
    for number in range(6):
        birth = date(1980, 1, 1 + number)
        person = warmth.person(f"陆一线{number}", id_number(birth, number + 1), fen=10_000)
        said = Answers(version, {version.questions.all()[0].pk: [choices[number % 3].pk]})
        need = Need("medical", "常年服药") if number == 2 else None
        warmth.visit(person, visited_on=date(2026, 1, 12 + number), answers=said, need=need, notes="设备老旧。")
    warmth.visit(second, visited_on=date(2026, 1, 19))
    money.book_handed_over(warmth.finance, warmth.union, day=DAY)
    warmth.left = first
    return warmth


def test_a_visit_is_written_down_by_keyboard_on_a_phone(visit, axe, screenshot, warmth):
    user = warmth.county.post(Role.TOWNSHIP_OFFICER).user
    page = visit(user, reverse("hardship:write-visit", args=[warmth.left.pk]), width=360)
    axe(page)
    screenshot(page, "warmth-write", schemes=("light", "dark"), languages=("zh-hans", "en"))
    page = visit(user, reverse("hardship:write-visit", args=[warmth.left.pk]), width=360)
    page.locator("#id_visited_on").focus()
    page.keyboard.press("Tab")
    while page.evaluate("document.activeElement.name") != "outcome":
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "team"
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    page.keyboard.type("贺永强")
    page.keyboard.press("Tab")
    page.keyboard.type("大米 2 袋")
    page.keyboard.press("Tab")
    page.keyboard.type("屋顶漏雨，想修。")
    page.locator("#id_need_kind").focus()
    page.locator("#id_need_kind").select_option("housing")
    page.locator("button[type=submit].btn-primary").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(reverse("hardship:visit", args=[warmth.left.pk]))
    page.get_by_text("大米").wait_for()
    axe(page)
    screenshot(page, "warmth-visit", schemes=("light", "dark"))
    kept = CampaignVisit.objects.get(pk=warmth.left.pk)
    assert (kept.stage, kept.team.count(), kept.goods.count()) == (VisitStage.NEED_RAISED, 2, 1)


def test_a_campaign_on_screen(visit, screenshot, axe, warmth):
    caseworker = warmth.county.post(Role.COUNTY_CASEWORKER).user
    finance = warmth.county.post(Role.FINANCE_OFFICER).user
    here = [warmth.campaign.pk]

    def look(user, name: str, path: str, **more) -> None:
        page = visit(user, path)
        page.wait_for_load_state("networkidle")
        axe(page)
        screenshot(page, f"warmth-{name}", **more)

    every = {"schemes": ("light", "dark"), "languages": ("zh-hans", "en")}
    look(caseworker, "campaign", reverse("hardship:campaign", args=here), **every)
    look(caseworker, "plan-visits", reverse("hardship:plan-visits", args=here), **every)
    for name, path in (
        ("list", reverse("hardship:campaigns")),
        ("plan", reverse("hardship:plan-campaign")),
        ("quotas", reverse("hardship:campaign-quotas", args=here)),
        ("visits", reverse("hardship:visits", args=here)),
        ("unvisited", reverse("hardship:unvisited", args=here)),
        ("results", reverse("hardship:campaign-results", args=here)),
        ("questionnaire", reverse("hardship:questionnaire", args=[warmth.campaign.questionnaire_id])),
    ):
        look(caseworker, name, path, widths=(360, 1600))
    look(finance, "money", reverse("hardship:campaign", args=here), widths=(1600,))
    look(finance, "account", reverse("hardship:campaign-account", args=here), widths=(360, 1024), languages=("en",))
    look(finance, "close", reverse("hardship:close-campaign", args=here), widths=(1024,))
