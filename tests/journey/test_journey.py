"""The whole journey on real pages, in Chinese: a spreadsheet becomes explained, approved, paid and accounted-for aid.

Four people of one county: the caseworker, the approver, and two finance officers, since nobody approves an own batch.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from datetime import date, timedelta

import openpyxl
import pytest
from playwright.sync_api import expect

from chunyu.accounts.roles import Role
from chunyu.casework.models import Case
from chunyu.ledger.checking import soundness
from chunyu.ledger.models import PaymentOrder, PayoutBatch
from chunyu.registry.models import Household, Member
from tests.hardship.journey import Journey
from tests.journey.clear_text import PERSONAL, tables_with
from tests.journey.person import PASSWORD, PDF, Person
from tests.ledger.situations import result_csv
from tests.registry.workbooks import sample, yurun
from tests.situations import County, post

pytestmark = pytest.mark.django_db(transaction=True)
TODAY = date(2026, 3, 2)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PAPERS = ("application", "id_copy", "income_proof", "means_check_consent", "diagnosis", "medical_receipts", "bank_card")


@dataclass
class Cast:
    county: County
    caseworker: Person
    approver: Person
    finance: Person
    second: Person


@pytest.fixture
def cast(visit, axe, screenshot, settings) -> Cast:
    settings.CHUNYU_TODAY = TODAY
    place = yurun()
    seen: set[str] = set()
    people = []
    posts = [place.post(role) for role in (Role.COUNTY_CASEWORKER, Role.COUNTY_APPROVER, Role.FINANCE_OFFICER)]
    posts.append(post(Role.FINANCE_OFFICER, place.federation))
    for each in posts:
        each.user.set_password(PASSWORD)
        each.user.save()
        person = Person(visit(None, "/account/sign-in/"), axe, screenshot, seen)
        person.sign_in(each.user.username)
        people.append(person)
    return Cast(place, *people)


def test_a_spreadsheet_becomes_explained_approved_paid_and_accountable_aid(cast, settings, run_jobs):
    import_the_register(cast, run_jobs)
    household = read_the_reasons(cast)
    case = apply_and_verify(cast, household, settings)
    approve(cast, case)
    pay(cast, case, settings, run_jobs)
    account_for_it(cast, household)
    assert tables_with(PERSONAL) == []
    assert "registry_member" in tables_with("梁怡雨"), "the search finds what stands in clear"


# 2 ------------------------------------------------------------------------------------------------------------------


def import_the_register(cast: Cast, run_jobs) -> None:
    worker = cast.caseworker
    worker.opens("导入")
    worker.look("imports-empty", languages=("en",))

    worker.presses("导入名册")
    worker.look("import-new", languages=("en",))
    worker.attaches("困难职工登记表.xlsx", sample("faulty"), kind=XLSX)
    worker.page.locator("#content form button[type=submit]").click()
    worker.page.wait_for_url(re.compile(r"/imports/[0-9a-f-]{36}/"))
    worker.look("import-running")
    run_jobs()
    worker.page.locator("#progress").wait_for(state="detached")  # the page shows itself anew
    worker.sees("G22", "F6", "A37", "AC32")
    worker.look("import-faults", languages=("en",))
    marked = openpyxl.load_workbook(io.BytesIO(worker.downloads("下载标记后的工作簿")))
    assert "文本" in marked["困难职工基本信息"]["G22"].comment.text
    assert not Household.objects.exists(), "nothing is half imported"

    worker.opens("导入")
    worker.presses("导入名册")
    worker.attaches("困难职工登记表（更正）.xlsx", sample("good"), kind=XLSX)
    worker.page.locator("#content form button[type=submit]").click()
    worker.page.wait_for_url(re.compile(r"/imports/[0-9a-f-]{36}/"))
    run_jobs()
    worker.page.locator("#progress").wait_for(state="detached")  # the page shows itself anew
    worker.sees("40 户")
    worker.look("import-done", languages=("en",))
    assert Household.objects.count() == 40
    worker.opens("导入")
    worker.look("imports", languages=("en",))


# 3 ------------------------------------------------------------------------------------------------------------------


def read_the_reasons(cast: Cast) -> Household:
    worker = cast.caseworker
    worker.opens("家庭")
    worker.sees("共 40 条", "深度困难", "暂时无法认定")
    worker.look("households", languages=("en",))
    search = worker.page.get_by_role("searchbox").first
    search.fill("liangyanhai")
    search.press("Enter")
    worker.page.wait_for_url(re.compile("q="))

    household = Member.objects.get(name="梁怡雨", is_worker=True).household
    worker.page.goto(f"/hardship/households/{household.pk}/")
    worker.sees("深度困难", "958.33 ≤ 740.00", "当地最低生活保障标准", "申报", "什么会改变结果", "医疗救助")
    worker.look("household", languages=("en",))

    blocked = Member.objects.get(name="杨涛娜", is_worker=True).household
    worker.page.goto(f"/hardship/households/{blocked.pk}/")
    worker.sees("暂时无法认定", "机动车")
    worker.look("household-blocked")
    worker.presses("补充事实")
    worker.look("state-fact")
    worker.fills(fact="has_vehicle:")
    worker.presses("下一步")
    worker.fills(value="no", source="verified", note="入户查看，无车")
    worker.look("state-fact-value")
    worker.presses("记录")
    worker.sees("重新认定", "深度困难")
    return household


# 4 ------------------------------------------------------------------------------------------------------------------


def apply_and_verify(cast: Cast, household: Household, settings) -> Case:
    worker = cast.caseworker
    worker.page.goto(f"/hardship/households/{household.pk}/")
    worker.page.locator("#programmes li", has_text="医疗救助").get_by_role("link", name="申请").click()
    worker.look("apply")
    worker.presses("提交申请")
    case = Case.objects.get()
    worker.sees(case.number, "还缺")
    worker.look("case-draft", languages=("en",))
    for kind in PAPERS:
        worker.presses("添加材料")
        worker.fills(kind=kind)
        worker.attaches(f"{kind}.pdf", PDF + kind.encode() + b"\n%%EOF\n", kind="application/pdf")
        worker.look("case-document")
        worker.page.locator("#content form button[type=submit]").last.click()
        worker.page.wait_for_url(re.compile(rf"{case.number}/(#.*)?$"))
    worker.makes("提交申请")
    worker.makes("材料齐全")
    worker.presses("登记入户")
    worker.page.locator("#content [name=staff]").first.check()
    worker.fills(others="刘明", findings="与申报一致，屋内简朴", visited_on=settings.CHUNYU_TODAY.isoformat())
    worker.look("case-visit")
    worker.page.locator("#content form button[type=submit]").last.click()
    worker.presses("打开")
    worker.makes("完成入户")
    worker.makes("发起信息核对")
    worker.presses("登记回复")
    for item in ("vehicles", "homes", "companies", "social_insurance"):
        worker.fills(**{f"item_{item}": "clear"})
    worker.fills(reply="核对中心回复：均无登记")
    worker.look("case-reply")
    worker.page.locator("#content form button[type=submit]").last.click()
    worker.makes("核对无异常")
    worker.makes("发布公示", place="厂区公告栏", objections_to="县总工会 0399-0000000")
    worker.sees("公示中")
    worker.look("case-in-notice", languages=("en",))
    look_at_the_public_notice(cast)

    notice = case.notices.get()
    button = worker.page.get_by_role("button", name="报县级审批")
    expect(button).to_have_attribute("aria-disabled", "true")
    settings.CHUNYU_TODAY = notice.to_day + timedelta(days=1)
    worker.page.reload()
    worker.makes("报县级审批")
    worker.sees("待县级审批")
    return case


def look_at_the_public_notice(cast: Cast) -> None:
    worker = cast.caseworker
    here = worker.page.url
    worker.page.goto("/p/notices/")
    worker.look("public-notices", languages=("en",))
    worker.follows("雨润县")
    worker.sees("梁•雨", "医疗救助")
    worker.sees_not("梁怡雨", "139999")
    worker.look("public-notices-county", languages=("en",))
    worker.page.goto(here)


def approve(cast: Cast, case: Case) -> None:
    worker, approver = cast.caseworker, cast.approver
    address = f"/cases/{case.number}/"
    worker.page.reload()
    expect(worker.page.get_by_role("button", name="批准", exact=True)).to_have_attribute("aria-disabled", "true")
    approver.page.goto("/")
    approver.sees(case.number)
    approver.look("desk", languages=("en",))
    approver.page.goto(address)
    approver.sees("按政策认定", "深度困难", "医疗救助")
    approver.look("case-review", languages=("en",))
    approver.makes("批准", note="同意")
    approver.sees("已批准")
    worker.page.goto(address)
    worker.makes("建档")


# 5 ------------------------------------------------------------------------------------------------------------------


def pay(cast: Cast, case: Case, settings, run_jobs) -> None:
    # A second family is on its way at the same time, so that the batch has two lines and one of them bounces.
    other = Journey(cast.county, day=settings.CHUNYU_TODAY, name="麦青").to("in_payment")
    settings.CHUNYU_TODAY = other.day
    worker, finance, second = cast.caseworker, cast.finance, cast.second
    worker.page.goto(f"/cases/{case.number}/")
    worker.makes("转发放", fund=str(other.fund.pk))
    worker.sees("发放中")

    finance.opens("资金")
    finance.look("funds", languages=("en",))
    finance.follows("中央财政专项帮扶资金")
    finance.look("fund", languages=("en",))
    finance.presses("编制批次")
    finance.look("prepare-batch")
    finance.page.locator("#content form button[type=submit]").last.click()
    finance.presses("提交复核")
    batch = PayoutBatch.objects.get()
    expect(finance.page.get_by_role("button", name="批准", exact=True)).to_have_attribute("aria-disabled", "true")
    second.page.goto(f"/money/batches/{batch.pk}/")
    second.look("batch-submitted", languages=("en",))
    second.presses("批准")
    finance.page.reload()
    finance.presses("生成银行文件并送出")
    bank_file = finance.downloads("下载银行文件")
    assert bank_file == finance.downloads("下载银行文件"), "the same file byte by byte"
    finance.presses("录入银行结果")
    finance.look("batch-result")
    finance.attaches("result.csv", bank_answer(batch, bounced=other.case.number), kind="text/csv")
    finance.page.locator("#content form button[type=submit]").last.click()
    finance.page.wait_for_url(re.compile(r"/batches/[0-9a-f-]+/$"))
    finance.sees("户名不符")
    finance.look("batch-settled", languages=("en",))
    run_jobs()
    case.refresh_from_db()
    assert case.state == "paid"
    reissue(cast, other, run_jobs)


def bank_answer(batch: PayoutBatch, *, bounced: str) -> bytes:
    """The bank's file: all paid but the line of one case, whose name does not match its account."""
    bad = {line.line_key: "户名不符" for line in batch.lines.all() if line.order.reference == bounced}
    return result_csv(batch, bad)


def reissue(cast: Cast, other: Journey, run_jobs) -> None:
    finance, second = cast.finance, cast.second
    order = PaymentOrder.objects.get(reference=other.case.number)
    finance.page.goto(f"/money/orders/{order.pk}/")
    finance.look("order-returned", languages=("en",))
    finance.presses("更正后重发")
    finance.fills(payee_name="麦青", bank_name="中国工商银行", card_number="6217009999000000024")
    finance.page.locator("#content form button[type=submit]").last.click()
    finance.page.goto(f"/money/funds/{other.fund.pk}/")
    finance.presses("编制批次")
    finance.page.locator("#content form button[type=submit]").last.click()
    finance.presses("提交复核")
    again = PayoutBatch.objects.latest("pk")
    second.page.goto(f"/money/batches/{again.pk}/")
    second.presses("批准")
    finance.page.reload()
    finance.presses("生成银行文件并送出")
    finance.presses("录入银行结果")
    finance.attaches("result.csv", bank_answer(again, bounced=""), kind="text/csv")
    finance.page.locator("#content form button[type=submit]").last.click()
    finance.page.wait_for_url(re.compile(r"/batches/[0-9a-f-]+/$"))
    run_jobs()
    order.refresh_from_db()
    assert order.status == "paid"
    assert soundness().holds


# 6 ------------------------------------------------------------------------------------------------------------------


def account_for_it(cast: Cast, household: Household) -> None:
    finance, approver, worker = cast.finance, cast.approver, cast.caseworker
    finance.opens("资金")
    finance.follows("中央财政专项帮扶资金")
    finance.sees("100,000.00")
    finance.look("fund-accounted", languages=("en",))
    worker.page.goto(f"/hardship/households/{household.pk}/")
    worker.sees("收到的帮扶", "已支付")
    worker.look("household-helped", languages=("en",))
    approver.opens("统计")
    approver.sees("在档困难家庭", "41", "找到但还没帮上", "中央财政专项帮扶资金", "医疗救助", "个工作日")
    approver.look("leader", languages=("en",))
    approver.page.locator("a.figure, .figure a").first.click()
    approver.sees("共 41 条")
    approver.opens("政策")
    approver.look("rulebook", languages=("en",))
    approver.opens("办件")
    approver.look("cases", languages=("en",))
