"""The keepers' pages as they are seen, and used with the keyboard alone."""

import pytest
from django.db import connection
from django.urls import reverse

from chunyu.accounts.models import User
from chunyu.accounts.roles import Role
from chunyu.audit import looking
from chunyu.registry.actions import open_household
from chunyu.running.places import Places
from chunyu.staff import actions
from tests.registry.people import person
from tests.situations import DAY, county, post

pytestmark = pytest.mark.django_db(transaction=True)
EVERYWHERE = {"schemes": ("light", "dark"), "languages": ("en", "zh-hans")}


def test_two_keepers_let_somebody_in(visit, screenshot, axe, settings):
    settings.CHUNYU_TODAY = DAY
    yurun = county()
    for name in ("张建军", "王秀英", "李春雨"):
        actions.open_account(
            yurun.acting(Role.SYSTEM_KEEPER), username=f"p{name}".encode().hex()[:8], full_name=name,
            organisation=yurun.federation,
        )  # fmt: skip
    post(Role.COUNTY_CASEWORKER, yurun.township)
    page = visit(yurun.post(Role.SYSTEM_KEEPER).user, reverse("staff:people"))
    axe(page)
    screenshot(page, "staff", **EVERYWHERE)
    page.get_by_role("link", name="开立账号").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/open/")
    axe(page)
    screenshot(page, "staff-open-account", widths=(360, 1024))
    page.keyboard.press("Tab")
    page.locator("input[name=full_name]").focus()
    page.keyboard.type("周明月")
    page.keyboard.press("Tab")
    page.keyboard.type("zhou.mingyue")
    page.keyboard.press("Enter")
    page.wait_for_selector("code")
    axe(page)
    screenshot(page, "staff-first-password", schemes=("light", "dark"))
    page.get_by_role("link", name="已抄录").focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="申请岗位").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/ask/")
    axe(page)
    screenshot(page, "staff-ask-for-post", widths=(360, 1024))
    page.locator("select[name=role]").select_option("county_approver")
    page.locator("[name=reason]").fill("雨工发〔2015〕3号")
    page.locator("button[type=submit].btn-primary").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("text=安全管理员可在岗位申请中看到")

    page = visit(yurun.post(Role.SECURITY_KEEPER).user, reverse("staff:requests"))
    axe(page)
    screenshot(page, "staff-requests", **EVERYWHERE)
    page.get_by_role("link", name="周明月").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("h1")
    axe(page)
    screenshot(page, "staff-request", **EVERYWHERE)
    page.get_by_role("button", name="批准岗位").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("text=岗位已生效")
    page.goto(reverse("staff:person", args=[User.objects.get(username="zhou.mingyue").pk]))
    axe(page)
    screenshot(page, "staff-person", **EVERYWHERE)


def test_an_auditor_asks_who_saw_a_family(visit, screenshot, axe, settings, tmp_path):
    settings.CHUNYU_TODAY, settings.PLACES = DAY, Places(tmp_path)
    yurun = county()
    caseworker = yurun.acting(Role.COUNTY_CASEWORKER)
    household = open_household(caseworker, organisation=yurun.workplace, worker=person(), on=DAY)
    page = visit(yurun.post(Role.COUNTY_CASEWORKER).user, reverse("hardship:household", args=[household.pk]))
    page.wait_for_load_state("load")
    looking.keep()
    looking.look()
    page = visit(yurun.post(Role.AUDITOR).user, reverse("staff:record"))
    page.wait_for_selector("text=均与写入时一致")
    axe(page)
    screenshot(page, "record", **EVERYWHERE)
    page.get_by_placeholder("档案号、办件号或操作人姓名").focus()
    page.keyboard.type(household.file_number)
    page.keyboard.press("Enter")
    page.wait_for_selector("text=registry.open")
    axe(page)
    screenshot(page, "record-of-a-family", widths=(360, 1024))
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER USER")
        cursor.execute("UPDATE audit_entry SET note = 'x' WHERE id = (SELECT min(id) FROM audit_entry)")
        cursor.execute("ALTER TABLE audit_entry ENABLE TRIGGER USER")
    looking.look()
    page.goto(reverse("staff:record"))
    page.wait_for_selector("text=操作记录已与写入时不一致")
    axe(page)
    screenshot(page, "record-broken", **EVERYWHERE)
