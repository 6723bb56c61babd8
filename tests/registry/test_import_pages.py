"""A county caseworker's way through an import on the pages, and what others see of it."""

import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from chunyu.accounts.roles import Role
from chunyu.audit.models import Entry
from chunyu.registry.importing.job import run
from chunyu.registry.models import HeaderMeaning, Household, ImportBatch, UnionMeaning
from tests.registry.workbooks import MEMBER_SHEET, WORKER_SHEET, build, rows, sample, yurun
from tests.situations import county

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    return yurun()


@pytest.fixture
def client(client, place):
    client.force_login(place.post(Role.COUNTY_CASEWORKER).user)
    return client


def send(client, content: bytes, name: str = "名册.xlsx", **more):
    """Through the page, then the job as the worker would."""
    file = SimpleUploadedFile(name, content)
    answer = client.post(reverse("registry:import-new"), {"file": file, **more})
    assert answer.status_code == 303, answer.content.decode()
    batch = ImportBatch.objects.latest("sent_at")
    run(batch.pk)
    batch.refresh_from_db()
    return batch, answer.headers["Location"]


def page(client, batch) -> str:
    answer = client.get(reverse("registry:import", args=[batch.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_right_workbook_is_imported_and_stands_in_the_list(client):
    batch, address = send(client, sample("good"))
    assert address == reverse("registry:import", args=[batch.pk])
    assert ">40<" in page(client, batch)
    listed = client.get(reverse("registry:imports")).content.decode()
    assert "名册.xlsx" in listed
    assert Household.objects.count() == 40


def test_an_unfinished_import_shows_how_far_it_is(client):
    client.post(reverse("registry:import-new"), {"file": SimpleUploadedFile("a.xlsx", sample("good"))})
    batch = ImportBatch.objects.get()
    assert reverse("registry:import-progress", args=[batch.pk]) in page(client, batch)
    asked = client.get(reverse("registry:import-progress", args=[batch.pk]), headers={"HX-Request": "true"})
    assert "progress" in asked.content.decode()
    run(batch.pk)
    asked = client.get(reverse("registry:import-progress", args=[batch.pk]), headers={"HX-Request": "true"})
    assert asked.headers["HX-Refresh"] == "true"


def test_a_faulty_workbook_shows_each_fault_and_comes_back_marked(client):
    batch, _ = send(client, sample("faulty"))
    shown = page(client, batch)
    for cell in ("G22", "F6", "A37", "D25"):
        assert cell in shown
    assert client.get(reverse("registry:import-result", args=[batch.pk])).status_code == 405
    answer = client.post(reverse("registry:import-result", args=[batch.pk]))
    assert "attachment" in answer.headers["Content-Disposition"]
    assert openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[1]["G22"].comment
    assert Entry.objects.filter(event="registry.download_import").count() == 1


def test_a_trial_can_be_carried_out_afterwards(client):
    batch, _ = send(client, sample("good"), dry_run="on")
    assert Household.objects.count() == 0
    assert reverse("registry:import-carry-out", args=[batch.pk]) in page(client, batch)
    client.post(reverse("registry:import-carry-out", args=[batch.pk]))
    run(ImportBatch.objects.exclude(pk=batch.pk).get().pk)
    assert Household.objects.count() == 40


def test_a_trial_says_line_by_line_what_it_would_change(client):
    send(client, sample("good"))
    workers = rows("good_workers")
    header = workers[2]
    for row in workers[3:5]:
        row[header.index("姓名")] = "新名字"
    content = build({WORKER_SHEET: workers, MEMBER_SHEET: rows("good_members")})
    batch, _ = send(client, content, dry_run="on")
    shown = page(client, batch)
    assert "新名字" in shown
    answer = client.post(reverse("registry:import-changes", args=[batch.pk]))
    lines = list(openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0].iter_rows(values_only=True))
    assert [line[5] for line in lines[1:]].count("新名字") == 2
    assert Entry.objects.filter(event="registry.download_import").count() == 1
    assert (
        client.post(reverse("registry:import-changes", args=[ImportBatch.objects.earliest("sent_at").pk])).status_code
        == 404
    )


def odd_words() -> bytes:
    """The right workbook with a header nobody knows, one to leave out, and a union written another way."""
    workers, members = rows("good_workers"), rows("good_members")
    header = workers[2]
    header[header.index("残疾护理支出")] = "照料开销"
    for row in workers[2:]:
        row += [None] * (30 - len(row))
    header[29] = "谈话记录"
    workers[3][29] = "已谈话"
    for row in workers[3:]:
        if row[1] == "雨润县机械厂工会":
            row[1] = "机械厂工会小组"
    return build({WORKER_SHEET: workers, MEMBER_SHEET: members})


def test_unknown_words_are_asked_about_and_remembered(client, place):
    batch, _ = send(client, odd_words())
    assert batch.status == "asking"
    assert Household.objects.count() == 0
    address = reverse("registry:import-questions", args=[batch.pk])
    asked = client.get(address).content.decode()
    for words in ("照料开销", "谈话记录", "机械厂工会小组", "已谈话"):
        assert words in asked
    machine_works = place.township.children.get(name="雨润县机械厂工会")
    incomplete = client.post(address, {"header-0": "disability_spending_12m"})
    assert incomplete.status_code == 422
    answers = {"header-0": "disability_spending_12m", "header-1": "-", "union-0": machine_works.pk}
    assert client.post(address, answers).status_code == 303
    run(batch.pk)
    batch.refresh_from_db()
    assert (batch.status, Household.objects.count()) == ("imported", 40)
    assert Household.objects.filter(organisation=machine_works).count() == 7
    assert HeaderMeaning.objects.filter(organisation=place.federation).count() == 2
    assert UnionMeaning.objects.get().union == machine_works
    assert "谈话记录" in page(client, batch)
    again, _ = send(client, odd_words())
    assert (again.status, again.unchanged) == ("imported", 40)


def test_an_import_can_be_cancelled_before_it_writes(client):
    client.post(reverse("registry:import-new"), {"file": SimpleUploadedFile("a.xlsx", sample("good"))})
    batch = ImportBatch.objects.get()
    assert client.get(reverse("registry:import-cancel", args=[batch.pk])).status_code == 200
    client.post(reverse("registry:import-cancel", args=[batch.pk]))
    run(batch.pk)
    batch.refresh_from_db()
    assert (batch.status, Household.objects.count()) == ("cancelled", 0)
    page(client, batch)


def test_a_file_that_is_no_workbook_gets_a_sentence(client):
    batch, _ = send(client, "姓名,身份证号\n程梅,139999\n".encode("gb18030"), "名册.xls")
    assert (batch.status, batch.outcome) == ("refused", "text_file")
    assert "CSV" in page(client, batch)


def test_the_template_can_be_had(client):
    answer = client.get(reverse("registry:import-template"))
    assert answer.status_code == 200
    assert openpyxl.load_workbook(io.BytesIO(answer.content)).sheetnames[2:] == ["困难职工", "家庭成员"]


def test_an_auditor_reads_and_sends_nothing(client, place):
    batch, _ = send(client, sample("faulty"))
    client.force_login(place.post(Role.AUDITOR).user)
    assert client.get(reverse("registry:imports")).status_code == 200
    page(client, batch)
    for name in ("import-new", "import-questions", "import-cancel", "import-carry-out"):
        arguments = [] if name == "import-new" else [batch.pk]
        assert client.post(reverse(f"registry:{name}", args=arguments)).status_code == 403


def test_another_counties_import_does_not_exist(client):
    batch, _ = send(client, sample("faulty"))
    client.force_login(county("青禾县").post(Role.COUNTY_CASEWORKER).user)
    assert client.get(reverse("registry:import", args=[batch.pk])).status_code == 404
    assert client.post(reverse("registry:import-result", args=[batch.pk])).status_code == 404
    assert client.post(reverse("registry:import-cancel", args=[batch.pk])).status_code == 404
    assert "名册.xlsx" not in client.get(reverse("registry:imports")).content.decode()


@pytest.mark.parametrize("role", [Role.FINANCE_OFFICER, Role.PROVINCE_ANALYST, Role.WORKPLACE_CHAIR])
def test_others_have_no_imports(client, place, role):
    client.force_login(place.post(role).user)
    assert client.get(reverse("registry:imports")).status_code == 403
