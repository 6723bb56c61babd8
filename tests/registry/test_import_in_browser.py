"""The import as a caseworker sees it in the browser."""

import pytest
from django.urls import reverse

from chunyu.accounts.roles import Role
from chunyu.registry.models import Household, ImportBatch
from tests.registry.test_import_pages import odd_words
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
