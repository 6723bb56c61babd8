"""The import as a caseworker sees it in the browser."""

import pytest
from django.urls import reverse

from chunyu.accounts.roles import Role
from chunyu.registry.models import Household, ImportBatch
from tests.registry.people import id_number
from tests.registry.test_import_pages import odd_words
from tests.registry.union_sheets import sheet
from tests.registry.workbooks import sample, yurun

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def clerk():
    return yurun().post(Role.COUNTY_CASEWORKER).user


@pytest.fixture
def send(visit, clerk, tmp_path, run_jobs):
    def send(content: bytes, name: str = "困难职工名册.xlsx"):
        file = tmp_path / name
        file.write_bytes(content)
        page = visit(clerk, reverse("registry:import-new"))
        page.locator("input[type=file]").set_input_files(str(file))
        page.locator("form.upload button[type=submit]").click()
        page.wait_for_url("**/imports/*-*/")
        run_jobs()
        page.locator("#progress").wait_for(state="detached")  # the page shows itself anew
        return page

    return send


def test_from_the_empty_list_to_all_households(visit, clerk, send, axe, screenshot):
    page = visit(clerk, reverse("registry:imports"))
    axe(page)
    screenshot(page, "imports-empty")
    page = visit(clerk, reverse("registry:import-new"))
    axe(page)
    screenshot(page, "import-new")
    page = send(sample("good"))
    page.get_by_text("全部 40 户（108 人）已导入").wait_for()
    axe(page)
    screenshot(page, "import-done")
    assert Household.objects.count() == 40
    page = visit(clerk, reverse("registry:imports"))
    axe(page)
    screenshot(page, "imports")


def test_a_faulty_workbook_is_explained_and_handed_back(send, axe, screenshot):
    page = send(sample("faulty"))
    page.get_by_text("没有导入任何数据").wait_for()
    page.get_by_text("身份证号以数字格式录入").wait_for()
    axe(page)
    screenshot(page, "import-refused")
    with page.expect_download() as download:
        page.get_by_role("button", name="下载标记后的工作簿").click()
    assert download.value.suggested_filename == "困难职工名册（已标错）.xlsx"


def test_questions_are_asked_once(send, axe, screenshot, run_jobs):
    page = send(odd_words())
    page.get_by_role("link", name="回答问题").click()
    axe(page)
    screenshot(page, "import-questions")
    page.locator("#id_header-0").select_option("disability_spending_12m")
    page.locator("#id_header-1").select_option("-")
    page.locator("#id_union-0").select_option(label="雨润县机械厂工会")
    page.get_by_role("button", name="记住并继续").click()
    page.wait_for_url("**/imports/*-*/")
    run_jobs()
    page.get_by_text("全部 40 户").wait_for()
    assert ImportBatch.objects.get().status == "imported"


def test_an_organiser_settles_how_members_are_read(visit, run_jobs, tmp_path, axe, screenshot):
    place = yurun()
    user = place.post(Role.ORGANISER).user
    file = tmp_path / "会员名册.xlsx"
    file.write_bytes(sheet(["姓名", "身份证号", "所属工会", "卡面号"], *(member_row(order) for order in range(1, 4))))
    page = visit(user, reverse("registry:import-new"))
    page.get_by_label("会员", exact=True).check()
    page.locator("input[type=file]").set_input_files(str(file))
    axe(page)
    screenshot(page, "import-new-kinds")
    page.locator("form.upload button[type=submit]").click()
    page.wait_for_url("**/imports/*-*/")
    run_jobs()
    page.get_by_role("link", name="各列如何识别").click()
    page.locator("#id_column-3").select_option("number")
    axe(page)
    screenshot(page, "import-mapping")
    page.get_by_role("button", name="记住并重新试导入").click()
    page.wait_for_url("**/imports/*-*/")
    run_jobs()
    page.reload()
    page.get_by_text("按上次的方式识别").wait_for()
    axe(page)
    screenshot(page, "import-members-tried")
    page = visit(user, reverse("registry:mappings"))
    axe(page)
    screenshot(page, "import-mappings")
    page.get_by_role("link", name="名单").click()
    axe(page)
    screenshot(page, "import-mapping-remembered")


def member_row(order: int) -> list[str]:
    return ["程梅", id_number(order=order), "雨润县纺织厂工会", f"K{order}"]
