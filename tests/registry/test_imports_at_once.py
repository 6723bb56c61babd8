"""Two workers on the same families at once, one killed midway, a post that ends: still whole or not at all."""

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from chunyu.accounts.models import Post
from chunyu.accounts.roles import Role
from chunyu.registry.importing import job
from chunyu.registry.importing.actions import send_workbook
from chunyu.registry.importing.findings import Findings
from chunyu.registry.models import Fact, HeaderMeaning, Household, ImportBatch, Member, UnionMeaning
from tests.registry.workbooks import MEMBER_SHEET, WORKER_SHEET, build, digests, rows, sample, yurun
from tests.situations import county


def at_once(batches: list[ImportBatch]) -> None:
    """Each in a thread and a connection of its own, begun together."""
    start = threading.Barrier(len(batches))
    errors: list[BaseException] = []

    def work(key) -> None:
        try:
            start.wait()
            job.run(key)
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(batch.pk,)) for batch in batches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=240)
    if errors:
        raise errors[0]


def two_batches() -> list[ImportBatch]:
    """The same families in two files that differ in their bytes."""
    clerk = yurun().acting(Role.COUNTY_CASEWORKER)
    other = build({WORKER_SHEET: rows("good_workers"), MEMBER_SHEET: rows("good_members")})
    return [send_workbook(clerk, name="a.xlsx", content=each, queue=False) for each in (sample("good"), other)]


@pytest.mark.django_db(transaction=True)
def test_the_same_families_twice_at_once_are_filed_once():
    batches = two_batches()
    at_once(batches)
    for batch in batches:
        batch.refresh_from_db()
    assert [batch.status for batch in batches] == ["imported", "imported"]
    assert sorted((batch.new, batch.unchanged) for batch in batches) == [(0, 40), (40, 0)]
    assert (Household.objects.count(), Member.objects.count()) == (40, 108)


@pytest.mark.django_db(transaction=True)
def test_without_lock_and_index_they_would_be_filed_twice(monkeypatch):
    """The control: take the two guards away, and the same run files everybody twice."""
    batches = two_batches()
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX member_on_one_open_file")
    compared = threading.Barrier(2)
    make_plan = job.make_plan

    def slow_plan(*args):
        plan = make_plan(*args)
        compared.wait(timeout=120)
        return plan

    monkeypatch.setattr(job, "lock_county", lambda scope: None)
    monkeypatch.setattr(job, "make_plan", slow_plan)
    at_once(batches)
    assert Household.objects.count() == 80


@pytest.mark.django_db(transaction=True)
def test_two_counties_with_the_same_person_do_not_both_get_them(monkeypatch):
    """The counties hold different locks: here the index decides, and the later one is told."""
    batches = two_batches()[:1]
    qinghe = county("青禾县")
    workers = [row for row in rows("good_workers")[2:6] if row]
    for row in workers[1:]:
        row[1] = qinghe.workplace.name
    content = build({WORKER_SHEET: workers, MEMBER_SHEET: rows("good_members")[:8]})
    other = qinghe.acting(Role.COUNTY_CASEWORKER)
    batches.append(send_workbook(other, name="b.xlsx", content=content, queue=False))
    compared = threading.Barrier(2)
    make_plan, first_time = job.make_plan, threading.local()

    def together(*args):
        plan = make_plan(*args)
        if not getattr(first_time, "over", False):
            first_time.over = True
            compared.wait(timeout=120)
        return plan

    monkeypatch.setattr(job, "make_plan", together)
    at_once(batches)
    for batch in batches:
        batch.refresh_from_db()
    assert sorted(batch.status for batch in batches) == ["imported", "refused"]
    late = next(batch for batch in batches if batch.status == "refused")
    assert {each.code for each in Findings.of(late.findings).errors} == {"on_file_elsewhere"}
    numbers = Member.objects.filter(is_open=True).values_list("id_number_index", flat=True)
    assert len(numbers) == len({bytes(each) for each in numbers})


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_while_writing_leaves_nothing_and_the_next_one_finishes(monkeypatch):
    (batch, _) = two_batches()
    before = digests()

    class Killed(BaseException):
        pass

    def killed(*args):
        assert write_plan(*args)
        raise Killed

    write_plan = job.write_plan
    monkeypatch.setattr(job, "write_plan", killed)
    with pytest.raises(Killed):
        job.run(batch.pk)
    connection.close()  # as the end of a process does
    assert digests() == before
    batch.refresh_from_db()
    assert batch.status == "running"
    monkeypatch.setattr(job, "write_plan", write_plan)
    job.run(batch.pk)
    assert Household.objects.count() == 40


@pytest.mark.django_db(transaction=True)
def test_a_second_worker_leaves_a_batch_alone_that_is_being_worked_on(monkeypatch):
    (batch, _) = two_batches()
    begun, go_on = threading.Event(), threading.Event()
    read = job.read

    def waiting(content):
        begun.set()
        assert go_on.wait(timeout=60)
        return read(content)

    monkeypatch.setattr(job, "read", waiting)
    first = threading.Thread(target=lambda: (job.run(batch.pk), connection.close()))
    first.start()
    assert begun.wait(timeout=60)
    job.run(batch.pk)  # returns at once
    assert Household.objects.count() == 0
    go_on.set()
    first.join(timeout=120)
    assert Household.objects.count() == 40


@pytest.mark.django_db
def test_an_import_cancelled_while_it_is_read_writes_nothing(monkeypatch):
    (batch, _) = two_batches()
    understand = job.understand

    def cancelled(*args, **kwargs):
        ended = {"status": "cancelled", "stage": "done", "ended_at": timezone.now()}
        ImportBatch.objects.filter(pk=batch.pk).update(**ended)
        return understand(*args, **kwargs)

    monkeypatch.setattr(job, "understand", cancelled)
    job.run(batch.pk)
    batch.refresh_from_db()
    assert (batch.status, Household.objects.count()) == ("cancelled", 0)


@pytest.mark.django_db
def test_an_import_through_a_post_that_has_ended_is_refused():
    (batch, _) = two_batches()
    Post.objects.filter(pk=batch.post_id).update(valid_to=timezone.localdate() - timedelta(days=1))
    job.run(batch.pk)
    batch.refresh_from_db()
    assert (batch.status, batch.outcome) == ("refused", "post-ended")


@pytest.mark.django_db
def test_a_fault_of_the_program_closes_the_import_and_is_not_hidden(monkeypatch):
    (batch, _) = two_batches()
    monkeypatch.setattr(job, "understand", lambda *args, **kwargs: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        job.run(batch.pk)
    batch.refresh_from_db()
    assert (batch.status, batch.outcome, Fact.objects.count()) == ("refused", "broken", 0)


@pytest.mark.django_db
def test_what_an_import_cannot_be():
    (batch, _) = two_batches()
    for changes, constraint in (
        ({"status": "imported", "ended_at": timezone.now(), "faults": 1}, "import_whole_or_not_at_all"),
        ({"status": "imported", "ended_at": timezone.now(), "dry_run": True}, "import_whole_or_not_at_all"),
        ({"status": "refused"}, "import_ends_with_an_outcome"),
        ({"ended_at": timezone.now()}, "import_ends_with_an_outcome"),
    ):
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            ImportBatch.objects.filter(pk=batch.pk).update(**changes)
    place = batch.organisation
    common = {"organisation": place, "answered_by": batch.post}
    HeaderMeaning.objects.create(part="worker", header="x", field="name", **common)
    with pytest.raises(IntegrityError, match="header_means_one_thing"), transaction.atomic():
        HeaderMeaning.objects.create(part="worker", header="x", field="sex", **common)
    UnionMeaning.objects.create(name="x", union=place, **common)
    with pytest.raises(IntegrityError, match="union_name_means_one_organisation"), transaction.atomic():
        UnionMeaning.objects.create(name="x", union=place, **common)
