"""The pages of a case as each person meets them."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from chunyu.accounts.roles import Role
from chunyu.audit.models import Entry
from chunyu.casework import actions
from chunyu.casework.models import Decision
from tests.casework.applications import APPROVER, CASEWORKER, CHAIR, FINANCE, OFFICER, PDF, PNG, Walk, application
from tests.situations import county

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


def signed_in(walk: Walk, role: Role, settings) -> Client:
    settings.CHUNYU_TODAY = walk.day
    client = Client()
    client.force_login(walk.county.post(role).user, backend=BACKEND)
    return client


def text(response) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def address(walk: Walk, name: str, *more) -> str:
    return reverse(f"casework:{name}", args=[walk.case.number, *more])


def test_the_case_page_shows_what_stands_in_the_way(settings):
    walk = application(county(), "in_notice")
    page = text(signed_in(walk, CASEWORKER, settings).get(address(walk, "case")))
    assert walk.case.number in page
    assert "程梅" in page
    assert 'aria-disabled="true"' in page
    assert "way-state now" in page


@pytest.mark.parametrize("state", ["draft", "submitted", "complete", "cross_checking", "county_review", "closed"])
@pytest.mark.parametrize("role", [CHAIR, OFFICER, CASEWORKER, APPROVER, FINANCE, Role.AUDITOR])
def test_every_reader_opens_the_case_at_every_state(state, role, settings):
    walk = application(county(), state)
    assert signed_in(walk, role, settings).get(address(walk, "case")).status_code == 200


def test_roles_without_files_have_no_access(settings):
    walk = application(county())
    for role in (Role.PROVINCE_ANALYST, Role.SYSTEM_KEEPER):
        assert signed_in(walk, role, settings).get(address(walk, "case")).status_code == 403


def test_finance_sees_where_it_stands_and_not_what_the_family_said(settings):
    walk = application(county(), "in_payment")
    actions.add_note(walk.acting(CASEWORKER), walk.case, "户主患尿毒症")
    finance = text(signed_in(walk, FINANCE, settings).get(address(walk, "case")))
    assert "尿毒症" not in finance
    assert "与申报一致" not in finance
    assert "尿毒症" in text(signed_in(walk, CASEWORKER, settings).get(address(walk, "case")))


def test_every_address_of_a_foreign_case_answers_as_if_it_did_not_exist(settings):
    walk = application(county("雨润县"), "in_notice")
    actions.object_in_person(walk.acting(OFFICER), walk.case, text="有异议")
    stranger = county("青禾县")
    client = Client()
    client.force_login(stranger.post(CASEWORKER).user, backend=BACKEND)
    settings.CHUNYU_TODAY = walk.day
    task, document = walk.case.tasks.get(), walk.case.documents.first()
    objection = walk.case.notices.get().objections.get()
    asks = [address(walk, name) for name in ("case", "attach", "visit", "ask", "object", "note", "handler", "link")]
    asks += [address(walk, "move", "publish"), address(walk, "reply", task.pk), address(walk, "resolve", objection.pk)]
    assert {client.get(each).status_code for each in asks} == {404}
    posts = [address(walk, "download", document.pk), address(walk, "told", walk.case.messages.first().pk)]
    assert {client.post(each).status_code for each in asks + posts} == {404}


def test_a_case_is_walked_by_its_buttons(settings):
    walk = Walk(county())
    chair, case = signed_in(walk, CHAIR, settings), walk.case
    form = {"kind": "application", "file": SimpleUploadedFile("申请.pdf", PDF)}
    assert chair.post(reverse("casework:attach", args=[case.number]), form).status_code == 303
    page = text(chair.get(case.get_absolute_url()))
    seen = re.search(r'name="seen" value="(\w+)"', page).group(1)
    assert chair.post(reverse("casework:move", args=[case.number, "submit"]), {"seen": seen}).status_code == 303
    case.refresh_from_db()
    assert case.state == "submitted"
    again = chair.post(reverse("casework:move", args=[case.number, "submit"]), {"seen": seen})
    assert again.status_code == 422, "the second click finds the case changed"


def test_the_approver_decides_on_what_was_shown(settings):
    walk = application(county(), "county_review")
    client = signed_in(walk, APPROVER, settings)
    page = text(client.get(address(walk, "move", "approve")))
    seen = re.search(r'name="seen" value="(\w+)"', page).group(1)
    walk.attach("cause_proof")
    stale = client.post(address(walk, "move", "approve"), {"seen": seen, "amount_fen": "1720.00"})
    assert stale.status_code == 422
    assert not Decision.objects.exists()
    page = text(client.get(address(walk, "move", "approve")))
    seen = re.search(r'name="seen" value="(\w+)"', page).group(1)
    assert client.post(address(walk, "move", "approve"), {"seen": seen, "amount_fen": "1720.50"}).status_code == 303
    assert Decision.objects.get().amount_fen == 172_050


def test_a_wrong_upload_is_refused_with_a_sentence(settings):
    walk = application(county())
    client = signed_in(walk, CHAIR, settings)
    for name, content in (("照片.jpg", b"MZ not a photo"), ("空.pdf", b""), ("剪断.png", PNG[:30])):
        answer = client.post(
            address(walk, "attach"), {"kind": "application", "file": SimpleUploadedFile(name, content)}
        )
        assert answer.status_code == 422
    assert not walk.case.documents.exists()


def test_a_document_comes_as_an_attachment_and_its_opening_is_on_record(settings):
    walk = application(county(), "submitted")
    document = walk.case.documents.get()
    client = signed_in(walk, CASEWORKER, settings)
    assert client.get(address(walk, "download", document.pk)).status_code == 405
    answer = client.post(address(walk, "download", document.pk))
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer.content.startswith(b"%PDF")
    assert Entry.objects.filter(event="casework.download").count() == 1


def test_a_visit_is_recorded_with_people_and_photos(settings):
    walk = application(county(), "complete")
    client = signed_in(walk, OFFICER, settings)
    page = text(client.get(address(walk, "visit")))
    assert walk.county.post(CHAIR).user.full_name in page
    alone = {"visited_on": walk.day, "staff": [walk.county.post(OFFICER).pk], "others": "", "findings": "属实"}
    assert client.post(address(walk, "visit"), alone).status_code == 422
    both = alone | {
        "staff": [walk.county.post(OFFICER).pk, walk.county.post(CHAIR).pk],
        "photos": [SimpleUploadedFile("1.png", PNG)],
    }
    assert client.post(address(walk, "visit"), both).status_code == 303
    visit = walk.case.visits.get()
    assert visit.people.count() == 2
    assert visit.photos.count() == 1


def test_an_answer_and_an_objection_are_entered_on_pages(settings):
    walk = application(county(), "cross_checking")
    client = signed_in(walk, CASEWORKER, settings)
    task = walk.case.tasks.get()
    results = {f"item_{item.item}": "clear" for item in task.items.all()}
    assert client.get(address(walk, "reply", task.pk)).status_code == 200
    assert client.post(address(walk, "reply", task.pk), {"reply": ""}).status_code == 422
    assert client.post(address(walk, "reply", task.pk), results | {"reply": "无"}).status_code == 303
    walk.case.refresh_from_db()
    walk.move(CASEWORKER, "checked")
    walk.to("in_notice")
    entered = {"text": "该户有两套住房", "contact": "13900000000"}
    assert client.post(address(walk, "object"), entered).status_code == 303
    objection = walk.case.notices.get().objections.get()
    approver = signed_in(walk, APPROVER, settings)
    assert "该户有两套住房" in text(approver.get(address(walk, "resolve", objection.pk)))
    assert approver.post(address(walk, "resolve", objection.pk), {"result": "dismissed"}).status_code == 422
    answered = {"result": "dismissed", "reason": "已核实，仅一套"}
    assert approver.post(address(walk, "resolve", objection.pk), answered).status_code == 303
    walk.case.refresh_from_db()
    assert walk.case.state == "in_notice"


def test_notes_handing_over_and_links(settings):
    yurun = county()
    walk, other = application(yurun, "submitted"), application(yurun)
    client = signed_in(walk, CASEWORKER, settings)
    sent = {"note": "已电话联系", "key": client.get(address(walk, "note")).context["form"].initial["key"]}
    for _time in range(2):
        assert client.post(address(walk, "note"), sent).status_code == 303
    assert walk.case.timeline.filter(act="note").count() == 1, "pressed twice, written once"
    assert client.post(address(walk, "note"), sent | {"note": "另一条"}).status_code == 422
    assert client.post(address(walk, "handler"), {"handler": yurun.post(OFFICER).pk}).status_code == 303
    linked = {"number": other.case.number.lower(), "why": "同一家庭"}
    assert client.post(address(walk, "link"), linked).status_code == 303
    assert client.post(address(walk, "link"), linked | {"number": "YR-2099-000001"}).status_code == 422
    page = text(client.get(address(walk, "case")))
    assert "已电话联系" in page
    assert other.case.number in page


def test_an_unknown_or_automatic_move_has_no_page(settings):
    walk = application(county(), "in_notice")
    client = signed_in(walk, CASEWORKER, settings)
    for move in ("fly", "object", "resume"):
        assert client.get(address(walk, "move", move)).status_code == 404


def test_the_list_finds_filters_and_exports(settings, django_assert_max_num_queries):
    yurun = county()
    walk = application(yurun, "in_notice", name="买买提·艾力")
    for _ in range(5):
        application(yurun)
    application(county("青禾县"))
    client = signed_in(walk, CASEWORKER, settings)
    cases = reverse("casework:cases")
    with django_assert_max_num_queries(14):
        page = text(client.get(cases))
    assert "QH-2015" not in page
    assert walk.case.number in text(client.get(cases, {"q": "艾力"}))
    assert walk.case.number not in text(client.get(cases, {"q": "程梅"}))
    assert walk.case.number in text(client.get(cases, {"state": "in_notice"}))
    settings.CHUNYU_TODAY = walk.case.due_on + timedelta(days=60)
    assert walk.case.number in text(client.get(cases, {"due": "over"}))
    assert walk.case.number not in text(client.get(cases, {"due": "closed"}))
    sheet = client.post(f"{cases}?state=in_notice", {"export": "csv"})
    exported = b"".join(sheet.streaming_content).decode()
    assert walk.case.number in exported
    assert "YR-2015-000002" not in exported
    assert Entry.objects.filter(event="casework.export_cases").exists()


def test_the_inbox_orders_by_deadline_and_counts(settings):
    yurun = county()
    late = application(yurun, "submitted")
    soon = application(yurun, "visited")
    page = text(signed_in(late, CASEWORKER, settings).get(reverse("casework:inbox")))
    assert page.index(late.case.number) < page.index(soon.case.number) or late.case.due_on >= soon.case.due_on
    assert "YR-2015-000001" in page
    message = soon.case.messages.filter(to=CASEWORKER).first()
    client = signed_in(late, CASEWORKER, settings)
    told = client.post(reverse("casework:told", args=[soon.case.number, message.pk]), {"from": "inbox"})
    assert told.url == reverse("casework:inbox")


def test_the_calendar_is_kept_by_the_system_keeper(settings):
    walk = application(county())
    client = signed_in(walk, Role.SYSTEM_KEEPER, settings)
    page = reverse("casework:calendar")
    assert "2027" in text(client.get(page))
    day = {"day": "2015-01-20", "worked": "no", "name": "本地纪念日", "source": "县政府通知"}
    assert client.post(page, day).status_code == 303
    assert "本地纪念日" in text(client.get(page))
    walk.to("submitted")
    assert str(walk.case.due_on) == "2015-01-19"
    assert signed_in(walk, CASEWORKER, settings).get(page).status_code == 403
