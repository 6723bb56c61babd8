"""The pages of wages owed: what each person sees of a case, the workbook with its faults, and what lists cost."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from chunyu.accounts.roles import CASE_ROLES, READ_CASE_ROLES, Role
from chunyu.audit.models import Entry
from chunyu.casework import actions as casework
from chunyu.casework.models import Arrival, Case, Slip
from chunyu.rights.arrears import actions
from chunyu.rights.arrears.tables import ArrearsMatter
from tests.casework.applications import PDF, PNG
from tests.rights.arrears import (
    APPROVER,
    CASEWORKER,
    HEADER,
    TOTAL_FEN,
    Arrears,
    arrears,
    five_departments,
    line,
    seventeen,
    sheet_row,
    workbook,
)
from tests.situations import DAY, acting, county

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
SAID = {
    "employer": "某某置业公司",
    "site": "春雨花园二期",
    "workers": "17",
    "owed_fen": "313000",
    "told": "干了四个月没发工资",
    "name": "程梅",
    "phone": "13900000001",
}


@pytest.fixture
def today(settings):
    settings.CHUNYU_TODAY = DAY


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def text(response) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def upload(content: bytes) -> dict:
    return {"file": SimpleUploadedFile("名单.xlsx", content)}


def at(name: str, walk: Arrears, *more) -> str:
    return reverse(f"rights:{name}", args=[walk.case.number, *more])


# --- reports ---


def test_a_worker_reports_on_a_phone_and_follows_it_with_number_and_code(client, today):
    yurun = county()
    sent = client.post(reverse("portal:wages"), SAID | {"county": yurun.federation.pk})
    number = sent.context["given"].number
    code = sent.context["code"]
    case = Case.objects.get(number=number)
    assert (case.opened_by, case.channel, case.state) == (None, "web", "reported")
    assert case.arrears.reporter_phone.reveal() == "13900000001"
    assert case.due_on is not None
    followed = client.post(reverse("portal:matters"), {"number": number, "code": code})
    assert "某某置业公司" in text(followed)
    casework.move(yurun.acting(CASEWORKER), case, "verify", note="属实")
    again = client.post(reverse("portal:matters"), {"number": number, "code": code})
    assert "您反映的情况已核实。" in text(again)
    page = text(signed_in(yurun.post(CASEWORKER).user).get(case.get_absolute_url()))
    assert "程梅 13900000001" in page


def test_one_address_reports_three_times_a_day(client, today):
    yurun = county()
    asked = SAID | {"county": yurun.federation.pk}
    for _time in range(3):
        assert client.post(reverse("portal:wages"), asked).status_code == 200
    assert client.post(reverse("portal:wages"), asked).status_code == 422
    assert ArrearsMatter.objects.count() == Arrival.objects.count() == 3


def test_a_petition_on_paper_is_taken_down_with_its_scan(today):
    yurun = county()
    client = signed_in(yurun.post(CASEWORKER).user)
    scan = SimpleUploadedFile("来信.pdf", PDF, "application/pdf")
    sent = client.post(reverse("rights:report-arrears"), SAID | {"channel": "paper", "petition": scan})
    assert sent.status_code == 303
    case = Case.objects.get()
    assert (case.channel, case.documents.get().kind) == ("paper", "petition")
    missing = client.post(reverse("rights:report-arrears"), SAID | {"channel": "paper", "employer": ""})
    assert missing.status_code == 422


def test_a_locked_name_shows_to_nobody_and_opens_for_the_approver_on_record(today):
    walk = arrears(fears=True)
    for role in sorted(READ_CASE_ROLES):
        page = signed_in(walk.county.post(role).user).get(walk.case.get_absolute_url())
        assert "13900000001" not in text(page)
        assert "程梅" not in text(page)
    approver = signed_in(walk.county.post(APPROVER).user)
    assert approver.get(at("open-name", walk)).status_code == 404
    assert "程梅 13900000001" in text(approver.post(at("open-name", walk)))
    assert Entry.objects.filter(event="rights.open_name", post=walk.county.post(APPROVER)).count() == 1
    assert signed_in(walk.county.post(CASEWORKER).user).post(at("open-name", walk)).status_code == 403


def test_a_name_is_locked_later_when_somebody_speaks_of_retaliation(today):
    walk = arrears()
    client = signed_in(walk.county.post(CASEWORKER).user)
    assert "程梅" in text(client.get(walk.case.get_absolute_url()))
    assert client.post(at("lock-name", walk)).status_code == 303
    assert "程梅" not in text(client.get(walk.case.get_absolute_url()))


# --- the list ---


def test_a_good_workbook_is_the_list_and_its_sum(today):
    walk = arrears().to("joint")
    client = signed_in(walk.county.post(CASEWORKER).user)
    rows = [sheet_row(number, each) for number, each in enumerate(seventeen(), 1)]
    sent = client.post(
        at("import-workers", walk), upload(workbook([*rows, ["", "合计", "", "", "", "", "", "", 313000, ""]]))
    )
    assert sent.status_code == 303, text(sent)
    assert (walk.matter.owed_to, walk.matter.owed_fen) == (17, TOTAL_FEN)
    again = client.post(at("import-workers", walk), upload(workbook(rows)), follow=True)
    assert "不变 17 人" in text(again)


def test_every_fault_of_a_workbook_has_its_sheet_row_and_column_and_nothing_is_taken_in(today):
    walk = arrears().to("joint")
    client = signed_in(walk.county.post(CASEWORKER).user)
    rows = [sheet_row(number, line(number)) for number in range(1, 8)]
    rows[0][2] = "139999198001010047"  # check digit
    rows[1][8] = 99_999  # more than earned
    rows[2][6] = 45.3  # neither whole nor half
    rows[3][5] = "2014-08-01"  # turned
    rows[4][6] = 150  # more days than the period has
    rows[5][7] = ""  # missing
    rows[6][2] = rows[5][2]  # twice
    sent = client.post(at("import-workers", walk), upload(workbook(rows)))
    assert sent.status_code == 422
    found = {(fault.sheet, fault.cell, fault.code) for fault, _wrong, _remedy in sent.context["faults"]}
    assert {
        ("工人名单", "C2", "id_check_digit"),
        ("工人名单", "I3", "arrears_more_than_earned"),
        ("工人名单", "G4", "arrears_days_odd"),
        ("工人名单", "F5", "arrears_period_turned"),
        ("工人名单", "G6", "arrears_days_beyond"),
        ("工人名单", "H7", "arrears_cell_missing"),
        ("工人名单", "C8", "worker_twice"),
    } <= found
    assert walk.matter.owed_to == 0
    for header in ("欠薪金额", "日工资"):
        lacking = tuple(each if each != header else "不知道什么" for each in HEADER)
        sent = client.post(at("import-workers", walk), upload(workbook(rows, lacking)))
        assert sent.status_code == 422
        assert "arrears_header_unknown" in {fault.code for fault, *_ in sent.context["faults"]}
    assert client.post(at("import-workers", walk), upload(b"nothing")).status_code == 422


def test_the_template_is_read_back_as_it_is_given_out(today):
    walk = arrears().to("joint")
    client = signed_in(walk.county.post(CASEWORKER).user)
    book = openpyxl.load_workbook(io.BytesIO(client.get(at("worker-template", walk)).content))
    page = book["工人名单"]
    for column, value in enumerate(sheet_row(1, line(1))[1:], 1):
        page.cell(3, column, value)
    out = io.BytesIO()
    book.save(out)
    sent = client.post(at("import-workers", walk), upload(out.getvalue()))
    assert sent.status_code == 303, list((sent.context or {}).get("faults", []))
    assert walk.matter.owed_to == 1


def test_a_worker_is_added_and_corrected_on_a_page(today):
    walk = arrears().to("joint")
    client = signed_in(walk.county.post(CASEWORKER).user)
    said = {
        "name": "张伟", "id_number": line(5).id_number, "from_day": "2014-09-01", "to_day": "2014-12-31",
        "half_days": "96.5", "rate_fen": "190.00", "owed_fen": "18335.00", "proof": "iou",
    }  # fmt: skip
    assert client.post(at("add-worker", walk), said).status_code == 303
    worker = walk.matter.workers.get()
    assert worker.owed_fen == 1_833_500
    page = client.get(at("correct-claim", walk, worker.pk))
    assert 'value="96.5"' in text(page)
    too_much = client.post(at("correct-claim", walk, worker.pk), said | {"owed_fen": "18335.01", "reason": "算错"})
    assert too_much.status_code == 422
    assert (
        client.post(at("correct-claim", walk, worker.pk), said | {"owed_fen": "8335", "reason": "预支一万"}).status_code
        == 303
    )
    assert walk.matter.owed_fen == 833_500


# --- who sees what ---


def test_a_department_sees_its_task_and_the_shared_ledger_and_nothing_else(today):
    walk = arrears()
    seats = five_departments(walk.county)
    walk.to("tasks_out", seventeen())
    casework.add_note(walk.acting(CASEWORKER), walk.case, "内部：老板是某局长亲戚")
    police, housing = (seats[name][1].post for name in ("police", "housing"))
    task = walk.case.tasks.get(to=seats["police"][0])
    other = walk.case.tasks.get(to=seats["housing"][0])
    client = signed_in(police.user)
    page = text(client.get(reverse("casework:task", args=[task.pk])))
    assert "313,000.00" in page
    assert "工人甲" in page
    assert "依法核查是否涉嫌拒不支付劳动报酬" in page
    for hidden in ("内部", "程梅", "13900000001", "总包先行清偿", "139999"):
        assert hidden not in page
    assert client.get(reverse("casework:task", args=[other.pk])).status_code == 404
    assert signed_in(housing.user).get(reverse("casework:task", args=[other.pk])).status_code == 200
    assert client.post(reverse("casework:task-answer", args=[task.pk]), {"reply": "已到场"}).status_code == 303
    for address in (
        reverse("rights:arrears"), reverse("rights:arrears-board"), reverse("rights:report-arrears"),
        at("arrears-workers", walk), at("import-workers", walk), at("open-payout", walk), walk.case.get_absolute_url(),
    ):  # fmt: skip
        assert client.get(address).status_code == 403


PAGES = (
    ("arrears", READ_CASE_ROLES, "get", False),
    ("arrears-board", READ_CASE_ROLES, "get", False),
    ("report-arrears", CASE_ROLES, "get", False),
    ("arrears-workers", READ_CASE_ROLES, "get", True),
    ("add-worker", CASE_ROLES, "get", True),
    ("import-workers", CASE_ROLES, "get", True),
    ("worker-template", CASE_ROLES, "get", True),
    ("open-payout", CASE_ROLES, "get", True),
    ("pay-sheet-paper", CASE_ROLES, "post", True),
    ("lock-name", CASE_ROLES, "post", True),
    ("open-name", frozenset({APPROVER}), "post", True),
)


@pytest.mark.parametrize(("name", "roles", "method", "of_case"), PAGES)
def test_each_page_opens_to_its_roles_and_to_nobody_elsewhere(today, name, roles, method, of_case):
    # Of the workplace, so that every role of the county may see it.
    yurun, qinghe = county(), county("青禾县")
    walk = arrears(yurun, role=Role.WORKPLACE_CHAIR)
    address = at(name, walk) if of_case else reverse(f"rights:{name}")
    for role in Role:
        status = getattr(signed_in(yurun.post(role).user), method)(address).status_code
        assert (status in (200, 303)) == (role in roles), (role, status)
        if role not in roles:
            assert status == 403
        elif of_case:
            assert getattr(signed_in(qinghe.post(role).user), method)(address).status_code == 404
    assert getattr(Client(), method)(address).status_code in (302, 303)


def test_pages_of_a_pay_out_are_closed_to_other_counties_and_other_cases(today):
    walk = arrears().to("paying")
    payout, worker = walk.payout(), walk.matter.workers.first()
    pages = [
        at("payout", walk, payout.pk),
        at("pay-sheet", walk, payout.pk),
        at("pay-worker", walk, payout.pk, worker.pk),
    ]
    mine, foreign = signed_in(walk.county.post(CASEWORKER).user), county("青禾县")
    assert [mine.get(page).status_code for page in pages] == [200, 200, 200]
    assert [signed_in(foreign.post(CASEWORKER).user).get(page).status_code for page in pages] == [404, 404, 404]
    other = arrears(walk.county, employer="别家").to("paying")
    assert mine.get(at("payout", other, payout.pk)).status_code == 404
    assert mine.get(at("pay-worker", other, other.payout().pk, worker.pk)).status_code == 404


def test_a_case_of_another_kind_is_not_there(today):
    from tests.casework.applications import application

    walk = application(county(), "complete")
    client = signed_in(walk.county.post(CASEWORKER).user)
    assert client.get(reverse("rights:arrears-workers", args=[walk.case.number])).status_code == 404


# --- paying on pages ---


def test_each_worker_signs_on_the_phone_and_the_sheet_takes_the_rest(today):
    walk = arrears().to("paying", [line(1), line(2), line(3)])
    client = signed_in(walk.county.post(CASEWORKER).user)
    said = {"day": DAY.isoformat(), "place": "项目部", "payer": "王某", "method": "cash", "others": ""}
    lonely = client.post(at("open-payout", walk), said | {"others": "区公安局，武某"})
    assert lonely.status_code == 422
    begun = client.post(at("open-payout", walk), said | {"others": "区公安局，武某\n区劳动局,人某"})
    assert begun.status_code == 303
    payout = walk.matter.payouts.get()
    first, *rest = walk.matter.workers.all()
    unsigned = client.post(at("pay-worker", walk, payout.pk, first.pk), {"amount_fen": "10000.00"})
    assert unsigned.status_code == 422
    drawn = SimpleUploadedFile("signature.png", PNG, "image/png")
    paid = client.post(at("pay-worker", walk, payout.pk, first.pk), {"amount_fen": "10000.00", "signature": drawn})
    assert paid.status_code == 303
    sheet = SimpleUploadedFile("签字表.pdf", PDF, "application/pdf")
    amounts = {f"line_{each.line}": "10000.00" for each in rest}
    done = client.post(at("pay-sheet", walk, payout.pk), amounts | {"sheet": sheet}, follow=True)
    assert done.status_code == 200
    walk.case.refresh_from_db()
    assert (walk.case.state, walk.matter.remaining_fen) == ("paid", 0)


def test_the_sheet_to_be_signed_is_a_paper_of_the_house_and_on_record(today):
    walk = arrears().to("paying", seventeen())
    client = signed_in(walk.county.post(CASEWORKER).user)
    printed = client.post(at("pay-sheet-paper", walk))
    assert printed["Content-Type"] == "application/pdf"
    assert printed.content == client.post(at("pay-sheet-paper", walk)).content, "the same bytes again"
    assert Entry.objects.filter(event="rights.print_sheet").count() == 2


# --- cost ---


def queries_of(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_lists_and_details_cost_the_same_however_many_rows(today):
    walk = arrears()
    five_departments(walk.county)
    walk.to("paying", [line(number) for number in range(1, 4)])
    client = signed_in(walk.county.post(CASEWORKER).user)
    payout = walk.payout()
    addresses = {
        "list": reverse("rights:arrears"),
        "board": reverse("rights:arrears-board"),
        "workers": at("arrears-workers", walk),
        "case": walk.case.get_absolute_url(),
        "payout": at("payout", walk, payout.pk),
    }
    before = {name: queries_of(client, address) for name, address in addresses.items()}
    walk.move("pay_part")
    actions.enter_lines(walk.acting(CASEWORKER), walk.case, [line(number) for number in range(10, 25)])
    walk.move("begin_paying")
    for number in range(5):
        arrears(walk.county, employer=f"公司{number}").to("tasks_out", [line(40 + number)])
    after = {name: queries_of(client, address) for name, address in addresses.items()}
    assert after == before
    assert before == SNAPSHOT


SNAPSHOT = {"list": 8, "board": 9, "workers": 10, "case": 40, "payout": 12}


def test_a_city_reads_its_board_and_opens_the_rows_behind_each_figure(today, settings):
    walk = arrears().to("paying", seventeen())
    arrears(county("青禾县")).to("tasks_out")
    settings.CHUNYU_TODAY = DAY + timedelta(days=20)
    client = signed_in(acting(APPROVER, walk.county.city, DAY).post.user)
    page = text(client.get(reverse("rights:arrears-board")))
    assert "雨润县总工会" in page
    assert "313,000.00" in page
    rows = text(client.get(reverse("rights:arrears"), {"area": walk.county.federation.pk, "due": "over"}))
    assert walk.case.number in rows
    assert Slip.objects.count() == 0
    exported = client.post(reverse("rights:arrears"), {"export": "csv"})
    assert "程梅" not in b"".join(exported.streaming_content).decode()
