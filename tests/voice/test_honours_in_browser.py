"""A round of honours from its rules to the bonus, as the people who take part meet it on their own pages."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from chunyu.accounts.roles import Role
from chunyu.casework.actions import move
from chunyu.ledger.actions import open_fund, receive
from chunyu.voice.honours.tables import AwardPayment, HonourRound
from chunyu.voice.proposals.actions import Person, Words
from tests.situations import county
from tests.voice import proposing as of
from tests.voice.proposing import AUTHOR, FLOOR
from tests.voice.test_story_in_browser import press

pytestmark = pytest.mark.django_db(transaction=True)
LAMP = Words("楼梯灯不亮", "safety", "三号楼梯", "灯坏了两个月。", "换灯。", "low")


def step(page, held: HonourRound, name: str, **fields: str) -> None:
    page.goto(reverse("casework:move", args=[held.case.number, name]))
    for field, text in fields.items():
        page.locator(f"[name={field}]").fill(text)
    press(page)


def test_from_the_rules_to_the_bonus(visit, screenshot, axe, settings):
    at = of.workplace(county("雨润县"))
    for words, author in ((FLOOR, AUTHOR), (LAMP, Person("葛云"))):
        move(at.chair(date(2014, 4, 29)), of.checked(at, words, author).case, "confirm", note="当面确认。")
    settings.CHUNYU_TODAY = date(2014, 12, 22)
    # The chair opens the round, nominates, names the jury and enters its sheets.
    desk = visit(at.chair().post.user, reverse("voice:honours"))
    axe(desk)
    desk.goto(reverse("voice:open-round"))
    for field, text in (
        ("title", "职工优秀建议奖"), ("year", "2014"), ("rules", "当年整改完成的提案。"), ("places", "1"),
        ("bonus_fen", "500"),
    ):  # fmt: skip
        desk.locator(f"[name={field}]").fill(text)
    axe(desk)
    screenshot(desk, "honours-open", widths=(360, 1024))
    press(desk)
    held = HonourRound.objects.get()
    desk.goto(reverse("voice:nominate", args=[held.pk]))
    for each in desk.locator("[name=proposals]").all():
        each.check()
    axe(desk)
    screenshot(desk, "honours-nominate", widths=(360, 1024))
    press(desk)
    for name in ("甲一", "乙二", "张涛"):
        desk.goto(reverse("voice:juror", args=[held.pk]))
        desk.locator("[name=name]").fill(name)
        press(desk)
    for juror in held.jurors.all():
        desk.goto(reverse("voice:scores", args=[held.pk, juror.pk]))
        fields = desk.locator("input[name^=points_]")
        assert fields.count() == (1 if juror.name == "张涛" else 2)  # nobody's own work is on the sheet
        for place, field in enumerate(fields.all()):
            field.fill(str(95 - 10 * place))
        axe(desk)
        press(desk)
    screenshot(desk, "honours-case", schemes=("light", "dark"), languages=("en", "zh-hans"))
    axe(desk)
    move(at.chair(date(2014, 12, 22)), held.case, "rank")
    step(desk, held, "publish", place="公司公告栏", objections_to="县总工会 12351")
    # Anybody reads the notice, masked.
    public = visit(None, reverse("portal:county-notices", args=[at.county.federation.pk]))
    assert public.get_by_text("职工优秀建议奖").count() == 1
    assert "张涛" not in public.content()
    axe(public)
    # The township officer confirms after the notice; the chair hands the certificates over.
    settings.CHUNYU_TODAY = date(2015, 1, 10)
    township = visit(at.township().post.user, held.case.get_absolute_url())
    step(township, held, "confirm")
    axe(township)
    step(desk, held, "award", note="职工代表大会。")
    # The finance officer pays.
    finance = at.county.acting(Role.FINANCE_OFFICER, date(2015, 1, 10))
    fund = open_fund(
        finance, organisation=at.county.federation, name="会员奖励金", source="county_union",
        document_no="会发〔2015〕1号", year=2015, day=finance.day,
    )  # fmt: skip
    receive(finance, fund=fund, amount_fen=100_000, day=finance.day, document_no="收1", key="1")
    payer = visit(finance.post.user, reverse("casework:move", args=[held.case.number, "pay"]))
    payer.locator(f"[name=fund][value='{fund.pk}']").check()
    payer.locator("[name=document_no]").fill("付1")
    axe(payer)
    screenshot(payer, "honours-pay", widths=(360, 1024))
    press(payer)
    assert AwardPayment.objects.get().award.bonus_fen == 50_000
    axe(payer)
    screenshot(payer, "honours-paid", schemes=("light", "dark"), languages=("en", "zh-hans"))
    payer.goto(reverse("voice:honours"))
    axe(payer)
    screenshot(payer, "honours", languages=("en", "zh-hans"))
