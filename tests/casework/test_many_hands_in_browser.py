"""A case through many hands, as each of them sees it: a department's officer, another union, the applicant."""

import re

import pytest
from django.urls import reverse

from chunyu.accounts.roles import Role
from chunyu.casework import actions
from chunyu.casework.departments import actions as departments
from chunyu.casework.departments.tables import Seat
from chunyu.casework.handing_over import actions as handing_over
from chunyu.casework.models import Case
from tests.casework.applications import APPROVER, CASEWORKER, OFFICER, Walk, application
from tests.situations import county

pytestmark = pytest.mark.django_db(transaction=True)


def listed(walk: Walk, name: str, duty: str) -> Seat:
    keeper = walk.county.acting(Role.SYSTEM_KEEPER)
    department = departments.open_department(keeper, name=name, duty=duty)
    return departments.seat_person(
        keeper, department, username=duty, full_name="穆怀信", password="three unrelated words"
    )


def test_an_officer_of_a_department_answers_by_keyboard(visit, screenshot, axe, settings):
    walk = application(county(), "visited")
    seat = listed(walk, "雨润县居民家庭经济状况核对中心", "civil_affairs")
    walk.move(CASEWORKER, "cross_check")
    task = walk.case.tasks.get()
    departments.write_to(walk.acting(CASEWORKER), task, "该户有重症病人，请尽早核对")
    settings.CHUNYU_TODAY = walk.day
    page = visit(seat.post.user, "/")
    assert page.url.endswith(reverse("casework:tasks"))
    axe(page)
    screenshot(page, "department-tasks", schemes=("light", "dark"), languages=("en", "zh-hans"))
    page.get_by_role("link", name=walk.case.number).first.click()
    axe(page)
    screenshot(page, "department-task", schemes=("light", "dark"), languages=("en", "zh-hans"))
    answer = page.get_by_role("link", name="提交答复")
    answer.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/answer/")
    axe(page)
    screenshot(page, "department-answer", widths=(360, 1024))
    for group in page.locator("main fieldset:has(input[type=radio])").all():
        group.locator("input[type=radio]").first.focus()
        page.keyboard.press("Space")
    page.locator("button[type=submit].btn-primary").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("text=答复已入办件")
    task.refresh_from_db()
    assert task.replied_on == walk.day
    page.goto(reverse("casework:task-decline", args=[task.pk]))
    axe(page)


def test_departments_are_listed_and_asked(visit, screenshot, axe, settings):
    walk = application(county(), "complete")
    settings.CHUNYU_TODAY = walk.day
    page = visit(walk.county.post(APPROVER).user, reverse("casework:departments"))
    axe(page)
    screenshot(page, "departments-empty", widths=(360,))
    page.get_by_role("link", name="登记部门").first.click()
    page.get_by_label("名称").fill("雨润县公安局")
    page.get_by_label("职责").select_option("police")
    axe(page)
    screenshot(page, "department-new", widths=(360, 1024))
    page.locator("button[type=submit].btn-primary").click()
    page.get_by_role("link", name="添加人员").click()
    page.get_by_label("姓名").fill("阎立本")
    page.get_by_role("textbox", name="账号").fill("gongan")
    page.get_by_label("初始密码").fill("three unrelated words")
    axe(page)
    page.locator("button[type=submit].btn-primary").click()
    page.wait_for_selector("text=账号已开通")
    axe(page)
    screenshot(page, "department", schemes=("light", "dark"), languages=("en", "zh-hans"))
    page = visit(walk.county.post(CASEWORKER).user, reverse("casework:ask", args=[walk.case.number]))
    page.locator("select[name=to]").select_option(index=1)
    page.locator("textarea[name=asked]").fill("请核实户口")
    axe(page)
    screenshot(page, "case-ask-listed", widths=(360, 1024))
    page.locator("button[type=submit].btn-primary").click()
    page.wait_for_selector("text=请核实户口")
    axe(page)


def test_clock_handover_and_confidence(visit, screenshot, axe, settings):
    walk, sister = application(county("雨润县"), "complete"), county("青禾县")
    settings.CHUNYU_TODAY = walk.day
    number = walk.case.number
    page = visit(walk.county.post(OFFICER).user, reverse("casework:stop-clock", args=[number]))
    page.locator("input[type=radio]").first.check()
    page.get_by_label("等待事项").fill("等户主从外地回来签字")
    axe(page)
    screenshot(page, "case-stop-clock", widths=(360, 1024))
    page.locator("button[type=submit].btn-primary").click()
    page.wait_for_selector("text=等户主从外地回来签字")
    page.goto(reverse("casework:offer", args=[number]))
    axe(page)
    screenshot(page, "case-offer", widths=(360, 1024), schemes=("light", "dark"))
    handing_over.offer(
        walk.acting(OFFICER),
        walk.case,
        kind="referral",
        to=sister.federation,
        why="户主在贵县务工",
        consent_on=walk.day,
    )
    page.goto(walk.case.get_absolute_url())
    axe(page)
    screenshot(page, "case-many-hands", schemes=("light", "dark"), languages=("en", "zh-hans"))
    secret = application(walk.county, "complete", name="陆远")
    approver = secret.acting(APPROVER)
    actions.make_confidential(secret.acting(OFFICER), secret.case, people=[approver.post], reason="举报人")
    page.goto(secret.case.get_absolute_url())
    axe(page)
    screenshot(page, "case-confidential", schemes=("light", "dark"), languages=("en", "zh-hans"))
    page.goto(reverse("casework:sent"))
    axe(page)
    page = visit(sister.post(CASEWORKER).user, reverse("casework:received"))
    axe(page)
    screenshot(page, "cases-offered", widths=(360, 1024))
    page.get_by_role("link", name=number).first.click()
    axe(page)
    screenshot(page, "case-handover", schemes=("light", "dark"), languages=("en", "zh-hans"))
    page.get_by_role("link", name="接收", exact=True).click()
    axe(page)
    page.locator("button[type=submit].btn-primary").click()
    page.wait_for_url(re.compile(r"/cases/[A-Z]+-\d+-\d+/$"))
    assert Case.objects.filter(organisation=sister.federation).count() == 1


def test_several_at_once_by_keyboard(visit, screenshot, axe, settings):
    yurun = county()
    walks = [application(yurun, "submitted", name=name) for name in ("程梅", "陆远", "沈音")]
    for walk in walks[:2]:
        walk.attach("id_copy", "income_proof")
    settings.CHUNYU_TODAY = walks[0].day
    page = visit(yurun.post(OFFICER).user, reverse("casework:together"))
    axe(page)
    screenshot(page, "together", widths=(360, 1024))
    page.get_by_role("link", name="材料齐全").click()
    axe(page)
    screenshot(page, "move-together", schemes=("light", "dark"), languages=("en", "zh-hans"))
    page.get_by_label("全选").focus()
    page.keyboard.press("Space")
    page.locator("button[type=submit].btn-primary").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#refused")
    axe(page)
    screenshot(page, "moved-together", schemes=("light", "dark"))
    assert sorted(Case.objects.values_list("state", flat=True)) == ["complete", "complete", "submitted"]


def test_the_applicant_on_an_old_phone(visit, screenshot, axe, settings):
    walk = application(county(), "county_review")
    walk.move(APPROVER, "refuse", code="income_above_line", note="人均收入高于标准 35.20 元，可在十个工作日内申诉")
    settings.CHUNYU_TODAY = walk.day
    page = visit(walk.county.post(CASEWORKER).user, reverse("casework:give-slip", args=[walk.case.number]))
    axe(page)
    page.locator("button[type=submit].btn-primary").click()
    page.wait_for_selector("text=查询网址")
    axe(page)
    screenshot(page, "slip", widths=(360, 1024), languages=("en", "zh-hans"))
    code = re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}", page.content()).group(0)
    phone = visit(None, reverse("portal:matters"))
    phone.set_viewport_size({"width": 360, "height": 740})
    axe(phone)
    phone.get_by_label("事项编号").fill(walk.case.number)
    phone.get_by_label("查询码").fill(code.lower())
    phone.keyboard.press("Enter")
    phone.wait_for_selector("text=人均收入高于标准")
    axe(phone)
    screenshot(phone, "my-matter", schemes=("light", "dark"))
    phone.get_by_label("我不同意该决定").check()
    phone.get_by_label("内容").fill("企业早已注销，附证明")
    phone.get_by_role("button", name="发送").click()
    phone.wait_for_selector("text=工会已收到")
    assert phone.context.cookies() == [] or all("case" not in each["name"] for each in phone.context.cookies())
    assert walk.case.words.get().kind == "appeal"
