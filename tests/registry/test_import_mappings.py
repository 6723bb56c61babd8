"""How a sender's sheets are read is settled once on a page, remembered, seen, renamed and forgotten."""

from __future__ import annotations

import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from chunyu.accounts.roles import Role
from chunyu.registry.importing.job import run
from chunyu.registry.importing.tables import HeaderMeaning, ImportBatch, RememberedSheet
from chunyu.registry.membership.tables import Worker
from tests.registry.people import id_number
from tests.registry.union_sheets import EMPLOYER_HEAD, MEMBER_HEAD, MEMBERS, employer, faults, member, sheet
from tests.registry.workbooks import sample, yurun
from tests.situations import county

pytestmark = pytest.mark.django_db
MILL = "雨润县纺织厂工会"
QUERIES = 8
# The card's number stands under a heading that means the union's own number elsewhere.
LOOKED_AT = {"employer_unknown", "hidden_sheet"}
HEAD = ["姓名", "身份证号", "所属工会", "卡面号", "加入年月"]


@pytest.fixture
def place():
    return yurun()


@pytest.fixture
def client(client, place):
    client.force_login(place.post(Role.ORGANISER).user)
    return client


def content(*numbers: int) -> bytes:
    rows = [["程梅", id_number(order=number), MILL, f"K{number}", "2012-05"] for number in numbers]
    return sheet(HEAD, *rows)


def send(client, data: bytes, kind: str = MEMBERS, **more) -> ImportBatch:
    sent = {"file": SimpleUploadedFile("会员.xlsx", data), "kind": kind, **more}
    answer = client.post(reverse("registry:import-new"), sent)
    assert answer.status_code == 303, answer.content.decode()
    batch = ImportBatch.objects.latest("sent_at")
    run(batch.pk)
    batch.refresh_from_db()
    return batch


def page(client, name: str, *arguments) -> str:
    answer = client.get(reverse(f"registry:{name}", args=arguments))
    assert answer.status_code == 200
    return answer.content.decode()


def settle(client, batch: ImportBatch, **more: str) -> ImportBatch:
    """On the mapping page: the card's number is the member number, the month that of joining."""
    chosen = ["name", "id_number", "union", "number", "joined_on"]
    said = {f"column-{at}": name for at, name in enumerate(chosen)} | {"match_key": "number", "name": "县卡名册"} | more
    answer = client.post(reverse("registry:import-mapping", args=[batch.pk]), said)
    assert answer.status_code == 303, answer.content.decode()
    trial = ImportBatch.objects.latest("sent_at")
    run(trial.pk)
    trial.refresh_from_db()
    return trial


def test_the_mapping_is_settled_on_the_page_and_the_next_sheet_is_read_as_last_time(client):
    batch = send(client, content(1))
    assert batch.status == "asking"
    shown = page(client, "import-mapping", batch.pk)
    for words in ("卡面号", "加入年月", "会员证号"):
        assert words in shown
    trial = settle(client, batch)
    assert (trial.status, trial.dry_run, trial.new, trial.match_key) == ("checked", True, 1, "number")
    assert "县卡名册" in page(client, "import", trial.pk)
    later = send(client, content(1, 2))
    assert (later.status, later.new, later.match_key) == ("imported", 2, "number")
    assert reverse("registry:import-mapping", args=[trial.pk]) in page(client, "import", trial.pk)
    assert set(Worker.objects.values_list("memberships__number", flat=True)) == {"K1", "K2"}
    listed = page(client, "mappings")
    assert "县卡名册" in listed


def test_two_columns_cannot_mean_the_same_and_what_was_entered_stays(client):
    batch = send(client, content(1))
    said = {f"column-{at}": "name" for at in range(5)} | {"match_key": "id_number", "name": ""}
    answer = client.post(reverse("registry:import-mapping", args=[batch.pk]), said)
    assert answer.status_code == 422
    assert not RememberedSheet.objects.exists()


def test_a_mapping_is_renamed_and_forgotten(client):
    settle(client, send(client, content(1)))
    mapping = RememberedSheet.objects.get()
    assert "加入年月" in page(client, "mapping", mapping.pk)
    client.post(reverse("registry:mapping-rename", args=[mapping.pk]), {"name": "新名"})
    mapping.refresh_from_db()
    assert mapping.name == "新名"
    assert client.post(reverse("registry:mapping-rename", args=[mapping.pk]), {"name": ""}).status_code == 422
    page(client, "mapping-forget", mapping.pk)
    client.post(reverse("registry:mapping-forget", args=[mapping.pk]))
    assert not RememberedSheet.objects.exists()
    assert not HeaderMeaning.objects.exists()
    assert send(client, content(1, 2)).status == "asking"


def test_a_mapping_is_its_own_senders_alone(client, place):
    settle(client, send(client, content(1)))
    mapping = RememberedSheet.objects.get()
    for user, status in (
        (county("青禾县").post(Role.ORGANISER).user, 404),
        (place.post(Role.COUNTY_CASEWORKER).user, 404),
        (place.post(Role.FINANCE_OFFICER).user, 403),
    ):
        client.force_login(user)
        for name in ("mapping", "mapping-rename", "mapping-forget"):
            assert client.get(reverse(f"registry:{name}", args=[mapping.pk])).status_code == status
    assert RememberedSheet.objects.exists()


def test_who_sends_what_sees_what(client, place):
    members = send(client, sheet(MEMBER_HEAD, member(1, MILL)))
    caseworker = place.post(Role.COUNTY_CASEWORKER).user
    client.force_login(caseworker)
    client.post(reverse("registry:import-new"), {"file": SimpleUploadedFile("a.xlsx", sample("good"))})
    households = ImportBatch.objects.latest("sent_at")
    assert households.kind == "households"
    for user, seen, unseen in (
        (caseworker, households, members),
        (place.post(Role.ORGANISER).user, members, households),
    ):
        client.force_login(user)
        assert client.get(reverse("registry:import", args=[seen.pk])).status_code == 200
        assert client.get(reverse("registry:import", args=[unseen.pk])).status_code == 404
    client.force_login(place.post(Role.AUDITOR).user)
    for batch in (households, members):
        assert client.get(reverse("registry:import", args=[batch.pk])).status_code == 200


def test_a_transfer_needs_the_tick_on_the_page(client, place):
    send(client, sheet(MEMBER_HEAD, member(1, MILL)))
    other = sheet(MEMBER_HEAD, member(1, "雨润县机械厂工会"))
    refused = send(client, other)
    assert refused.status == "refused"
    shown = page(client, "import", refused.pk)
    assert "所属工会" in shown
    assert "有错误的行" in shown
    trial = send(client, other, transfers="on", dry_run="on")
    assert (trial.status, trial.changed) == ("checked", 1)


@pytest.mark.parametrize(
    ("kind", "sheet_name", "header"),
    [
        ("members", "工会会员", "*姓名"),
        ("enterprises", "用人单位", "*单位名称"),
        ("organisations", "工会组织", "*工会名称"),
    ],
)
def test_each_kind_has_its_template_and_the_template_is_read(client, kind, sheet_name, header):
    answer = client.get(reverse("registry:import-template", args=[kind]))
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    headers = [cell.value for cell in book[sheet_name][2]]
    assert header in headers
    assert client.get(reverse("registry:import-template", args=["households"])).status_code == 404  # not an organiser's
    assert client.get(reverse("registry:import-template", args=["nothing"])).status_code == 404
    # The example that the help gives for each column, filled in, has no fault of its own.
    examples = {row[0].value: row[3].value for row in book.worksheets[0].iter_rows(min_row=4) if row[0].value}
    page = book[sheet_name]
    for at, head in enumerate(headers, 1):
        page.cell(3, at, examples.get(head.lstrip("*")))
    out = io.BytesIO()
    book.save(out)
    batch = send(client, out.getvalue(), kind, dry_run="on")
    assert [why for *_where, why in faults(batch) if why not in LOOKED_AT] == []
    assert (batch.status, batch.new) == ("checked", 1)


def test_however_many_imports_and_mappings_the_lists_take_the_same_queries(client, django_assert_num_queries):
    settle(client, send(client, content(1)))
    with django_assert_num_queries(QUERIES):
        page(client, "imports")
    with django_assert_num_queries(QUERIES):
        page(client, "mappings")
    for at in range(4):
        send(client, sheet(EMPLOYER_HEAD, employer(at)), "enterprises")
    RememberedSheet.objects.bulk_create(
        RememberedSheet(
            organisation=each.organisation, kind=each.kind, headings=f"{at:064d}", name=each.name, match_key="number",
            remembered_by=each.remembered_by, remembered_at=each.remembered_at,
        )
        for each in RememberedSheet.objects.all() for at in range(5)
    )  # fmt: skip
    with django_assert_num_queries(QUERIES):
        page(client, "imports")
    with django_assert_num_queries(QUERIES):
        page(client, "mappings")
