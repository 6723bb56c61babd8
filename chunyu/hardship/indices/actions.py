"""The verbs of this room: record services and take them back, draft and publish a report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import CASE_ROLES, Role
from chunyu.audit.record import record
from chunyu.federation.models import Organisation
from chunyu.hardship.indices.measures import MEASURES, Measure
from chunyu.hardship.indices.measuring import Found, Overview, overview
from chunyu.hardship.indices.models import IndexReport, IndexRow, Service
from chunyu.hardship.indices.periods import days
from chunyu.privacy.fields import BlindIndexField
from chunyu.registry import identity
from chunyu.registry.identity import ID_NUMBER
from chunyu.registry.models import Household, Member

RECORDING_ROLES = CASE_ROLES
REPORTING_ROLES = frozenset({Role.PROVINCE_ANALYST, Role.COUNTY_APPROVER})
MILLION = 1_000_000


@dataclass(frozen=True)
class Given:
    """A service as it is told: to whom (the ID number is digested and not kept), what, how, from whose means. A tag
    that nobody stated is None."""

    id_number: str
    day: date
    category: str
    delivery: str
    partner: str = ""
    value_fen: int = 0
    is_member: bool | None = None
    front_line: bool | None = None
    migrant: bool | None = None
    dispatched: bool | None = None


@contextmanager
def refusing() -> Iterator[None]:
    """A row that the database refuses becomes a refusal in the constraint's own words."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        broken = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
        for model in (Service, IndexReport, IndexRow):
            for constraint in model._meta.constraints:
                if constraint.name == broken:
                    raise Refusal(constraint.get_violation_error_message(), broken) from None
        raise


@transaction.atomic
def record_services(acting: Acting, organisation: Organisation, given: Sequence[Given]) -> list[Service]:
    """Write down services of one organisation; all or none. Whether the person was on a hardship file that day is
    looked up, not asked."""
    if acting.role not in RECORDING_ROLES or not acting.sees(organisation.path):
        raise Refusal(_("Your post does not record services here."), code="service_authority")
    late = next((each for each in given if each.day > acting.day), None)
    if late is not None:
        raise Refusal(_("A service is recorded when it has been given: the day lies ahead."), code="service_ahead")
    numbers = [_number(each.id_number) for each in given]
    filed = _filed([each.text for each in numbers])
    rows = [
        _service(acting, organisation, each, number, filed.get(_digest(number.text), []))
        for each, number in zip(given, numbers, strict=True)
    ]
    with refusing():
        Service.objects.bulk_create(rows)
    record(acting, "hardship.record_services", organisation, f"{len(rows)} services")
    return rows


def _number(text: str) -> identity.IdNumber:
    try:
        return identity.read(text)
    except identity.NotAnIdNumber as wrong:
        raise Refusal(_("This is no valid ID number. Compare it with the card."), code="id_number") from wrong


def _digest(number: str) -> bytes:
    return BlindIndexField.of_value(number, ID_NUMBER)


def _filed(numbers: Iterable[str]) -> dict[bytes, list[Member]]:
    """The places in households of all counties that people of these numbers have or had."""
    found: dict[bytes, list[Member]] = {}
    digests = [_digest(number) for number in numbers]
    rows = Member.objects.filter(id_number_index__in=digests).select_related("household")
    for member in rows.defer("search_grams", "search_text").order_by("joined_on"):
        found.setdefault(bytes(member.id_number_index), []).append(member)
    return found


def _service(
    acting: Acting, organisation: Organisation, given: Given, number: identity.IdNumber, places: Sequence[Member]
) -> Service:
    then = next((each for each in places if _on_file(each, given.day)), None)
    return Service(
        organisation=organisation,
        day=given.day,
        category=given.category,
        delivery=given.delivery,
        origin=Service.Origin.SOCIETY if given.partner.strip() else Service.Origin.UNION,
        partner=given.partner.strip(),
        value_fen=given.value_fen,
        person_index=_digest(number.text),
        household=then.household if then else None,
        of_worker=bool(then and then.is_worker),
        on_file=then is not None,
        is_member=given.is_member,
        birth_date=number.birth_date,
        front_line=given.front_line,
        migrant=given.migrant,
        dispatched=given.dispatched,
        by=acting.post,
    )


def _on_file(member: Member, day: date) -> bool:
    household: Household = member.household
    lived_there = member.joined_on <= day and (member.left_on is None or member.left_on > day)
    return (
        lived_there
        and household.status != Household.Status.MERGED
        and household.opened_on <= day
        and (household.closed_on is None or household.closed_on > day)
    )


@transaction.atomic
def take_back_service(acting: Acting, service: Service) -> Service:
    """A service that was recorded by mistake counts no more; both rows stay."""
    if acting.role not in RECORDING_ROLES or not acting.sees(service.scope_path):
        raise Refusal(_("Your post does not record services here."), code="service_authority")
    held = Service.objects.select_for_update(of=("self",)).get(pk=service.pk)
    if held.takes_back_id or Service.objects.filter(takes_back=held).exists():
        raise Refusal(_("This service has already been taken back."), code="service_taken_back")
    kept = {each.attname: getattr(held, each.attname) for each in Service._meta.concrete_fields}
    for name in ("id", "takes_back_id", "by_id", "recorded_at"):
        kept.pop(name)
    back = Service.objects.create(**kept, takes_back=held, by=acting.post)
    record(acting, "hardship.take_back_service", held, str(held.day))
    return back


@transaction.atomic
def draft_report(acting: Acting, place: Organisation, *, start: date, end: date, programme: str = "") -> IndexReport:
    """A report to be: its numbers are those of the day on which it is looked at."""
    _reports(acting, place.path)
    if start > acting.day:
        raise Refusal(_("This period has not begun yet."), code="report_ahead")
    report = IndexReport(
        organisation=place, start=start, end=end, programme=programme, made_by=acting.post, made_on=acting.day
    )
    with refusing():
        report.save(force_insert=True)
    record(acting, "hardship.draft_index_report", report, f"{start} {end}")
    return report


@transaction.atomic
def discard_report(acting: Acting, report: IndexReport) -> None:
    """A draft that nobody wants goes; a published report stays."""
    _reports(acting, report.scope_path)
    held = _draft(report)
    record(acting, "hardship.discard_index_report", held)
    held.delete()


@transaction.atomic
def publish_report(acting: Acting, report: IndexReport) -> IndexReport:
    """Write the numbers down as the data stand today, and close the report for good."""
    _reports(acting, report.scope_path)
    held = _draft(report)
    IndexRow.objects.bulk_create(report_rows(held, of_report(held, acting.day)))
    held.status, held.data_date, held.published_by = IndexReport.Status.PUBLISHED, acting.day, acting.post
    held.save(update_fields=["status", "data_date", "published_by"])
    record(acting, "hardship.publish_index_report", held, f"{held.start} {held.end}, data of {acting.day}")
    return held


def of_report(report: IndexReport, day: date) -> Overview:
    """What a report's place and period come to on a day."""
    return overview(report.organisation, days(report.start, report.end), report.programme, day, trend=1)


def _draft(report: IndexReport) -> IndexReport:
    held = IndexReport.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=report.pk)
    if held.status != IndexReport.Status.DRAFT:
        raise Refusal(_("This report is published and stays as it is."), code="index_report_is_frozen")
    return held


def _reports(acting: Acting, path: str) -> None:
    if acting.role not in REPORTING_ROLES or not acting.sees(path):
        raise Refusal(_("Your post does not make reports here."), code="report_authority")


def report_rows(report: IndexReport, found: Overview) -> list[IndexRow]:
    """Every number of the report: of the place, of those below it, and of the groups."""
    rows = [_row(report, report.organisation, "", measure, found.now) for measure in MEASURES]
    for each in found.places:
        if not each.direct:
            rows += [_row(report, each.place, "", measure, each.found) for measure in MEASURES]
    cuts = found.cuts
    whole = {"people": cuts.people, "in_groups": cuts.in_groups, "in_none": cuts.in_none, "unknown": cuts.unknown}
    rows += [_plain(report, "all", name, count) for name, count in whole.items()]
    for group in cuts.groups:
        counted = {"people": group.people, "households": group.households, "total_fen": group.total_fen}
        rows += [_plain(report, group.group, name, count) for name, count in counted.items()]
        rows.append(
            _index(report, report.organisation, group.group, "sesame", group.indices.sesame, group.indices.enough)
        )
    return rows


def _row(report: IndexReport, place: Organisation, group: str, measure: Measure, found: Found) -> IndexRow:
    value, enough = measure.value(found), measure.enough(found)
    if measure.whole:
        return IndexRow(report=report, place=place, group=group, measure=measure.code, state="found", value=value)
    return _index(report, place, group, measure.code, value, enough)


def _index(
    report: IndexReport, place: Organisation, group: str, code: str, value: Fraction | None, enough: bool
) -> IndexRow:
    kept: dict[str, Any] = {"state": IndexRow.State.FOUND, "value": (value and millionths(value)) or 0}
    if value is None:
        kept = {"state": IndexRow.State.UNKNOWN if enough else IndexRow.State.TOO_FEW, "value": None}
    return IndexRow(report=report, place=place, group=group, measure=code, **kept)


def _plain(report: IndexReport, group: str, code: str, count: int) -> IndexRow:
    return IndexRow(
        report=report, place=report.organisation, group=group, measure=code, state=IndexRow.State.FOUND, value=count
    )


def millionths(value: Fraction) -> int:
    """To the nearest millionth, halves up."""
    return (2 * value.numerator * MILLION + value.denominator) // (2 * value.denominator)
