"""Carrying out a run: look at everybody who agreed, and write what is new and what has ended, all or nothing.

Safe to start twice and safe to kill: whoever works on a run holds a lock that dies with its connection, and the one
transaction that writes the findings also closes the run. A run that was killed starts anew and nothing is there twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.audit.record import record
from chunyu.federation.models import path_end
from chunyu.hardship.finding.judging import Found, Help, folder_of, judge
from chunyu.hardship.finding.models import FindingRun
from chunyu.policy import PolicyError
from chunyu.privacy.row_key import row_key
from chunyu.registry.consent.queries import consents
from chunyu.registry.consent.tables import Purpose
from chunyu.registry.freezing import forget_folder
from chunyu.registry.models import Household
from chunyu.rulebooks.in_force import one_timetable

Status = FindingRun.Status
# Namespace of PostgreSQL's advisory locks: one worker at a run.
RUN_LOCK = 16_123
ROWS_AT_ONCE = 5_000

FOUND = """
CREATE TEMPORARY TABLE found (
    id uuid, household uuid, programme text, kind text, amount_fen bigint, fingerprint text
);
CREATE TEMPORARY TABLE found_unknown (finding uuid, fact text, member uuid)
"""
END_WHAT_IS_GONE = """
UPDATE hardship_finding SET ended_in_id = %(run)s, ended_on = greatest(found_on, %(day)s)
 WHERE ended_in_id IS NULL AND scope_path >= %(start)s AND scope_path < %(end)s
   AND NOT EXISTS (SELECT FROM found WHERE found.household = hardship_finding.household_id
                      AND found.programme = hardship_finding.programme
                      AND found.fingerprint = hardship_finding.fingerprint)
"""
WRITE_WHAT_IS_NEW = """
INSERT INTO hardship_finding (id, household_id, organisation_id, scope_path, programme, kind, amount_fen, fingerprint,
                              found_in_id, found_on)
SELECT found.id, household, registry_household.organisation_id, '', programme, kind, amount_fen, fingerprint, %(run)s,
       %(day)s
  FROM found JOIN registry_household ON registry_household.id = household
 WHERE NOT EXISTS (SELECT FROM hardship_finding standing WHERE standing.household_id = found.household
                      AND standing.programme = found.programme AND standing.ended_in_id IS NULL)
"""
NAME_THE_UNKNOWNS = """
INSERT INTO hardship_findingunknown (finding_id, fact, member_id)
SELECT finding, fact, member FROM found_unknown JOIN hardship_finding ON hardship_finding.id = finding
"""


def agreed(path: str) -> QuerySet[Household]:
    """Who may be looked at: on file in the subtree, and their worker agreed to it."""
    return on_file(path).filter(consents(Purpose.MATCHING))


def on_file(path: str) -> QuerySet[Household]:
    return Household.objects.within(path).filter(status=Household.Status.ON_FILE)


def carry_out(key: UUID) -> None:
    """Work on a run until it ends. Does nothing for one that has ended or is being worked on."""
    with _at_work_on(key) as run:
        if run is None:
            return
        try:
            with one_timetable():
                _look(run, Acting.through(run.post, run.day))
        except Refusal as refusal:
            end_unfinished(run, str(refusal.code))
        except PolicyError as error:
            # A fact on file that the rulebook cannot read: the sentence names the fact, never a person.
            end_unfinished(run, error.sentence("zh"))
        except Exception:
            # A fault of the program: nothing was written; the worker's log has it.
            end_unfinished(run, "broken")
            raise


@contextmanager
def _at_work_on(key: UUID) -> Iterator[FindingRun | None]:
    number = lock_number(key)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [RUN_LOCK, number])
        (free,) = cursor.fetchone()
    if not free:
        yield None
        return
    try:
        started = FindingRun.objects.filter(pk=key, status__in=FindingRun.UNFINISHED).update(
            status=Status.RUNNING, started_at=timezone.now(), done=0
        )
        rows = FindingRun.objects.select_related("post__user", "post__organisation", "organisation")
        yield rows.get(pk=key) if started else None
    finally:
        if not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("DROP TABLE IF EXISTS found, found_unknown")
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [RUN_LOCK, number])


def lock_number(key: UUID) -> int:
    return int.from_bytes(key.bytes[-4:], signed=True)


def _look(run: FindingRun, acting: Acting) -> None:
    path = run.organisation.path
    households = agreed(path)
    run.on_file, run.total = on_file(path).count(), households.count()
    run.save(update_fields=["on_file", "total"])
    given = Help.of(households, run.day)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS found, found_unknown")
        cursor.execute(FOUND)
    found = judge(run, households, given)
    while some := list(islice(found, ROWS_AT_ONCE)):
        _keep(some)
    _write(run, acting)


def _keep(found: Iterable[Found]) -> None:
    """Put some findings aside in this connection's own tables, as one stream each."""
    named = []
    with connection.cursor() as cursor:
        with cursor.copy("COPY found FROM STDIN") as stream:
            for each in found:
                key = row_key()
                own = (each.household, each.programme, each.kind, each.amount_fen, each.fingerprint)
                stream.write_row((key, *own))
                named += [(key, unknown.fact, unknown.member) for unknown in each.unknowns]
        with cursor.copy("COPY found_unknown FROM STDIN") as stream:
            for row in named:
                stream.write_row(row)


@transaction.atomic
def _write(run: FindingRun, acting: Acting) -> None:
    path = run.organisation.path
    given = {"run": run.pk, "day": run.day, "start": path, "end": path_end(path)}
    with connection.cursor() as cursor:
        _forget_who_took_it_back(cursor, path)
        cursor.execute(END_WHAT_IS_GONE, given)
        run.ended = cursor.rowcount
        cursor.execute(WRITE_WHAT_IS_NEW, given)
        run.appeared = cursor.rowcount
        cursor.execute(NAME_THE_UNKNOWNS)
    run.consenting = min(run.done, run.on_file)
    run.status, run.ended_at = Status.DONE, timezone.now()
    run.save()
    note = f"{run.consenting} of {run.on_file} households, {run.appeared} new, {run.ended} ended"
    record(acting, "hardship.find", run, note)


def _forget_who_took_it_back(cursor, path: str) -> None:
    """Consent may have ended while the run looked: nothing is written about them."""
    statement, parameters = agreed(path).order_by().values("pk").query.sql_with_params()
    cursor.execute(f"DELETE FROM found WHERE household NOT IN ({statement})", parameters)  # noqa: S608 the query set's own


def end_unfinished(run: FindingRun, outcome: str) -> None:
    """Close a run that wrote nothing, with the reason, and take away the facts that a kill left behind."""
    forget_folder(folder_of(run))
    unfinished = FindingRun.objects.filter(pk=run.pk, status__in=FindingRun.UNFINISHED)
    unfinished.update(status=Status.FAILED, outcome=outcome[:200], ended_at=timezone.now())
