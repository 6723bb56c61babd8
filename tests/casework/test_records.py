"""What the database itself keeps, whatever a program tries."""

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from chunyu.accounts.refusal import Refusal
from chunyu.casework import actions
from chunyu.casework.content_types import content_type_of
from chunyu.casework.models import (
    Case,
    CheckItem,
    Decision,
    DepartmentTask,
    Document,
    Objection,
    PublicNotice,
    TimelineEntry,
    Visit,
    VisitPerson,
)
from chunyu.privacy import vault
from tests.casework.applications import APPROVER, CASEWORKER, CHAIR, PDF, PNG, application
from tests.situations import acting, county

pytestmark = pytest.mark.django_db
KEPT = ProgrammingError


def rejected(act, *args, **more) -> None:
    with pytest.raises(KEPT, match=r"Cannot (update|delete)"), transaction.atomic():
        act(*args, **more)


@pytest.fixture
def walk():
    return application(county(), "closed")


@pytest.mark.parametrize("model", [TimelineEntry, Document, Visit, VisitPerson, Decision])
def test_evidence_and_decisions_are_neither_changed_nor_removed(walk, model):
    rows = model.objects.all()
    assert rows.exists()
    field = (
        "name"
        if model in (Document, VisitPerson)
        else next(each.name for each in model._meta.fields if each.get_internal_type() == "DateField")
    )
    value = "x" if field == "name" else "2001-01-01"
    rejected(rows.update, **{field: value})
    rejected(rows._raw_delete, rows.db)
    with pytest.raises(KEPT), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {model._meta.db_table}")


def test_an_answer_once_given_stands(walk):
    rejected(DepartmentTask.objects.update, due_on="2001-01-01")
    rejected(CheckItem.objects.update, result="hit")
    rejected(CheckItem.objects.all()._raw_delete, "default")


def test_what_was_published_stands(walk):
    rejected(PublicNotice.objects.update, masked_name="王•")
    rejected(PublicNotice.objects.update, amount_fen=1)
    rejected(PublicNotice.objects.all()._raw_delete, "default")


def test_an_answered_objection_stands():
    walk = application(county(), "in_notice")
    objection = actions.object_in_person(walk.acting(CHAIR), walk.case, text="该户有两套住房")
    rejected(Objection.objects.all()._raw_delete, "default")
    actions.resolve_objection(walk.acting(APPROVER), objection, upheld=False, reason="已核实，只有一套")
    rejected(Objection.objects.update, result="upheld")


def broken(name: str, model, **change) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        model.objects.update(**change)


def test_closed_means_outcome(walk):
    broken("case_closed_means_outcome", Case, outcome="")
    broken("case_closed_means_outcome", Case, closed_on=None)
    broken("case_closed_after_opened", Case, closed_on="2001-01-01")
    broken("case_channel_known", Case, channel="pigeon")


def test_notices_and_objections_hold_together():
    walk = application(county(), "in_notice")
    broken("notice_taken_down_by_somebody", PublicNotice, withdrawn_on=walk.day)
    broken("notice_ends_after_it_starts", PublicNotice, to_day=walk.day)
    notice = PublicNotice.objects.get()
    with pytest.raises(IntegrityError, match="notice_one_standing_per_case"), transaction.atomic():
        PublicNotice.objects.create(**_copy(notice))
    with pytest.raises(IntegrityError, match="notice_name_is_masked"), transaction.atomic():
        PublicNotice.objects.create(
            **_copy(notice) | {"masked_name": "程梅", "withdrawn_on": walk.day, "withdrawn_by": notice.published_by}
        )
    actions.object_in_person(walk.acting(CHAIR), walk.case, text="有异议")
    broken("objection_resolved_with_reason", Objection, resolved_on=walk.day)
    broken("clock_runs_on_after_it_stopped", walk.case.clock_stops.model, to_day="2001-01-01")
    with pytest.raises(IntegrityError, match="clock_stopped_once"), transaction.atomic():
        walk.case.clock_stops.create(from_day=walk.day, reason="again")


def _copy(row) -> dict:
    return {each.name: getattr(row, each.name) for each in row._meta.fields if each.name not in ("id", "scope_path")}


def test_evidence_constraints(walk):
    case = walk.case
    post = walk.acting(CASEWORKER).post
    with pytest.raises(IntegrityError, match="visit_recorded_after_it_was_made"), transaction.atomic():
        case.visits.create(visited_on="2030-01-01", findings="x", recorded_by=post, recorded_on=walk.day)
    with pytest.raises(IntegrityError, match="visitor_named_once"), transaction.atomic():
        case.visits.get().people.create(name="刘明")
    with pytest.raises(IntegrityError, match="decision_reversal_names_and_reasons"), transaction.atomic():
        case.decisions.create(verdict="reversed", by=post, day=walk.day)
    with pytest.raises(IntegrityError, match="decision_amount_not_negative"), transaction.atomic():
        case.decisions.create(verdict="approved", by=post, day=walk.day, amount_fen=-1)
    with pytest.raises(IntegrityError, match="task_answered_after_asked"), transaction.atomic():
        case.tasks.create(
            department="x", asked="x", asked_by=post, asked_on=walk.day, due_on=walk.day, replied_on="2001-01-01"
        )
    task = case.tasks.create(department="x", asked="x", asked_by=post, asked_on=walk.day, due_on=walk.day)
    task.items.create(item="homes")
    with pytest.raises(IntegrityError, match="item_asked_once_per_task"), transaction.atomic():
        task.items.create(item="homes")
    with pytest.raises(IntegrityError, match="check_result_known"), transaction.atomic():
        task.items.create(item="cars", result="maybe")
    with pytest.raises(IntegrityError, match="document_size_within_limit"), transaction.atomic():
        case.documents.create(
            kind="other", name="x", stored="0" * 32, size=0, digest="0", added_by=post, added_on=walk.day
        )
    with pytest.raises(IntegrityError, match="message_done_by_somebody"), transaction.atomic():
        case.messages.update(done_on=walk.day, done_by=None)


def test_links_tie_two_different_cases_once():
    yurun = county()
    first, second = application(yurun), application(yurun)
    chair = first.acting(CHAIR)
    actions.link_cases(chair, first.case, second.case, "同一家庭")
    with pytest.raises(Refusal):
        actions.link_cases(chair, first.case, second.case, "再次")
    with pytest.raises(Refusal):
        actions.link_cases(chair, first.case, first.case, "自身")
    with pytest.raises(IntegrityError, match="case_not_linked_to_itself"), transaction.atomic():
        first.case.links.update(other=first.case)


def test_a_note_stands_once_however_often_its_form_is_sent():
    walk = application(county(), "complete")
    chair = walk.acting(CHAIR)
    first = actions.add_note(chair, walk.case, "已电话联系", key="form")
    assert actions.add_note(chair, walk.case, "已电话联系", key="form") == first
    for who, note in ((chair, "另一条"), (walk.acting(CASEWORKER), "已电话联系")):
        with pytest.raises(Refusal) as refused:
            actions.add_note(who, walk.case, note, key="form")
        assert refused.value.code == "note_once"
    actions.add_note(chair, walk.case, "已电话联系", key="another form")
    with pytest.raises(IntegrityError, match="note_once"), transaction.atomic():
        TimelineEntry.objects.create(case=walk.case, day=walk.day, post=chair.post, act="note", key="form")
    assert walk.case.timeline.filter(act="note").count() == 2


def test_sealed_words_do_not_stand_in_the_database():
    walk = application(county(), "complete")
    walk.attach("means_check_consent")
    visitor = walk.acting(CHAIR).post.user
    actions.record_visit(
        walk.acting(CHAIR), walk.case, visited_on=walk.day, findings="户主患尿毒症", people=[visitor, "刘明"]
    )
    actions.add_note(walk.acting(CHAIR), walk.case, "电话 13912345678")
    with connection.cursor() as cursor:
        for model in (Visit, TimelineEntry):
            cursor.execute(f"SELECT t::text FROM {model._meta.db_table} t")
            held = "".join(row[0] for row in cursor.fetchall())
            for word in ("尿毒症", "13912345678"):
                assert word.encode().hex() not in held
                assert word not in held


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"MZ\x90\x00 a program named photo.jpg", "type"),
        (b"<html><script>alert(1)</script></html>", "type"),
        (b"PK\x03\x04 a workbook", "type"),
        (PDF[:-8], "cut off"),
        (PNG[:30], "cut off"),
        (b"\xff\xd8\xff\xe0 and nothing more", "cut off"),
    ],
)
def test_a_file_is_judged_by_its_content(content, code):
    with pytest.raises(Refusal) as caught:
        content_type_of(content)
    assert caught.value.code == code


def test_a_document_is_kept_sealed_and_opened_on_record():
    yurun = county()
    walk = application(yurun)
    document = actions.attach_document(
        walk.acting(CHAIR), walk.case, kind="application", name="../../申请.exe", content=PNG
    )
    assert (document.name, document.content_type, document.size) == ("申请.png", "image/png", len(PNG))
    assert actions.download(walk.acting(APPROVER), document) == PNG
    assert PNG not in vault.path_of(document.stored).read_bytes()
    with pytest.raises(Document.DoesNotExist):
        actions.download(acting(CASEWORKER, county("青禾县").federation), document)


def test_a_large_file_or_a_foreign_kind_is_refused():
    walk = application(county())
    with pytest.raises(Refusal, match="12"):
        actions.attach_document(
            walk.acting(CHAIR), walk.case, kind="application", name="x.pdf", content=PDF + b"0" * 13_000_000
        )
    with pytest.raises(Refusal):
        actions.attach_document(walk.acting(CHAIR), walk.case, kind="passport", name="x.pdf", content=PDF)
