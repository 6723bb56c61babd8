"""The verbs of wages owed: reporting them, on the web or at the desk, and the list of workers with their claims."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.audit.record import record
from chunyu.casework.actions import attach_document, open_case, open_publicly
from chunyu.casework.actions.case import locked, refuse_outsiders
from chunyu.casework.models import Case
from chunyu.casework.process import process_named
from chunyu.federation.models import Organisation
from chunyu.privacy.fields import BlindIndexField
from chunyu.registry.actions import id_number_of
from chunyu.registry.identity import ID_NUMBER
from chunyu.rights.arrears.queries import keys_by_number, matter_of
from chunyu.rights.arrears.states import LISTING, NAME, PETITION
from chunyu.rights.arrears.tables import ArrearsClaim, ArrearsMatter, ArrearsWorker
from chunyu.rights.refusing import refusing


@dataclass(frozen=True)
class Report:
    """What somebody says about wages that are owed. `fears`: the name is locked from the first moment on."""

    employer: str
    told: str
    site: str = ""
    workers: int | None = None
    owed_fen: int | None = None
    name: str = ""
    phone: str = ""
    fears: bool = False


def report_on_the_web(county: Organisation, report: Report, *, sender: str, day: date) -> tuple[Case, str]:
    """A worker's own report: its case, and the code that opens it under “My matters”."""
    with transaction.atomic():
        title = _title(report)
        case, code = open_publicly(process_named(NAME), county, title=title, sender=sender, day=day)
        _begin(case, report)
    return case, code


@transaction.atomic
def take_report(
    acting: Acting, report: Report, *, channel: str, petition: tuple[str, bytes] | None = None
) -> ArrearsMatter:
    """A report at the desk, by telephone or on paper; the petition is kept with the case."""
    case = open_case(acting, process_named(NAME), acting.organisation, title=_title(report), channel=channel)
    matter = _begin(case, report)
    if petition is not None:
        name, content = petition
        attach_document(acting, case, kind=PETITION, name=name, content=content)
    record(acting, "rights.take_report", matter, channel)
    return matter


def _title(report: Report) -> str:
    return f"欠薪：{report.employer.strip()}"  # on record, whatever the language of who writes it


def _begin(case: Case, report: Report) -> ArrearsMatter:
    if not report.employer.strip() or not report.told.strip():
        raise Refusal(_("Say who owes the wages, and what happened."), code="field")
    with refusing():
        matter = ArrearsMatter(
            organisation=case.organisation,
            case=case,
            employer=report.employer.strip(),
            site=report.site.strip(),
            name_locked=report.fears,
            said_workers=report.workers,
            said_fen=report.owed_fen,
        )
        matter.told, matter.reporter_name = report.told.strip(), report.name.strip() or None
        matter.reporter_phone = report.phone.strip() or None
        matter.save(force_insert=True)
    return matter


@transaction.atomic
def lock_name(acting: Acting, case: Case) -> ArrearsMatter:
    """Whoever reported speaks of retaliation: the name shows to nobody from now on."""
    locked(acting, case)
    refuse_outsiders(acting, case)
    matter = ArrearsMatter.objects.select_for_update(of=("self",)).get(case=case)
    matter.name_locked = True
    matter.save(update_fields=["name_locked"])
    record(acting, "rights.lock_name", matter)
    return matter


@transaction.atomic
def open_name(acting: Acting, case: Case) -> str:
    """The locked name, for the approver alone; that it was opened is part of the record."""
    locked(acting, case)
    refuse_outsiders(acting, case)
    if acting.role != Role.COUNTY_APPROVER:
        raise Refusal(_("A locked name is opened by the county approver."), code="role")
    matter = matter_of(case)
    record(acting, "rights.open_name", matter)
    name = matter.reporter_name.reveal() if matter.reporter_name else ""
    phone = matter.reporter_phone.reveal() if matter.reporter_phone else ""
    return f"{name} {phone}".strip()


# --- the list of workers ---


@dataclass(frozen=True)
class Claim:
    """What one worker says to be owed, for which days."""

    from_day: date
    to_day: date
    half_days: int
    rate_fen: int
    owed_fen: int
    proof: str


@dataclass(frozen=True)
class Line:
    """One worker of a list with the claim."""

    name: str
    id_number: str
    claim: Claim
    phone: str = ""


@dataclass(frozen=True)
class Entered:
    """What became of a list."""

    new: int
    corrected: int
    unchanged: int


@transaction.atomic
def enter_lines(acting: Acting, case: Case, lines: Sequence[Line], *, reason: str = "") -> Entered:
    """Put workers on the list; who is on it already gets the claim as a new version where it differs."""
    _listing(acting, case)
    matter = ArrearsMatter.objects.select_for_update(of=("self",)).get(case=case)
    known = keys_by_number(matter)
    indexes = [BlindIndexField.of_value(id_number_of(each.id_number).text, ID_NUMBER) for each in lines]
    last = _last_claims(known[index] for index in indexes if index in known)
    place = matter.workers.aggregate(last=Max("line"))["last"] or 0
    workers, claims, unchanged = [], [], 0
    for each, index in zip(lines, indexes, strict=True):
        if index not in known:
            place += 1
            worker = ArrearsWorker(matter=matter, line=place, name=each.name.strip())
            worker.id_number, worker.phone = id_number_of(each.id_number).text, each.phone or None
            workers.append(worker)
            claims.append(_claim(acting, worker.pk, 1, each.claim, ""))
            known[index] = worker.pk
            continue
        before = last[known[index]]
        if _same(before, each.claim):
            unchanged += 1
        else:
            claims.append(_claim(acting, before.worker_id, before.version + 1, each.claim, reason))
    with refusing():
        ArrearsWorker.objects.bulk_create(workers)
        ArrearsClaim.objects.bulk_create(claims)
    record(acting, "rights.enter_lines", matter, f"{len(workers)} new, {len(claims) - len(workers)} corrected")
    return Entered(len(workers), len(claims) - len(workers), unchanged)


@transaction.atomic
def correct_claim(acting: Acting, worker: ArrearsWorker, claim: Claim, *, reason: str) -> ArrearsClaim:
    """The next version of one worker's claim; nothing owed takes the worker off the list."""
    case = worker.matter.case
    _listing(acting, case)
    if not reason.strip():
        raise Refusal(_("Say why the claim is corrected."), code="field")
    before = _last_claims([worker.pk])[worker.pk]
    with refusing():
        row = _claim(acting, worker.pk, before.version + 1, claim, reason.strip())
        row.save(force_insert=True)
    record(acting, "rights.correct_claim", worker.matter, f"line {worker.line}, version {row.version}")
    return row


def _listing(acting: Acting, case: Case) -> None:
    locked(acting, case)
    refuse_outsiders(acting, case)
    if case.state not in LISTING:
        raise Refusal(_("The list is entered once the joint case is open, and not during a pay-out."), code="state")


def _claim(acting: Acting, worker: object, version: int, claim: Claim, reason: str) -> ArrearsClaim:
    return ArrearsClaim(worker_id=worker, version=version, reason=reason, by=acting.post, day=acting.day, **vars(claim))


def _last_claims(workers: Iterable[object]) -> dict[object, ArrearsClaim]:
    rows = ArrearsClaim.objects.filter(worker__in=list(workers)).order_by("worker_id", "-version").distinct("worker_id")
    return {each.worker_id: each for each in rows}


def _same(row: ArrearsClaim, claim: Claim) -> bool:
    return all(getattr(row, name) == value for name, value in vars(claim).items())
