"""The figures of the leader's page. Each is worked out from rows, and names the address that opens those rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import Any
from urllib.parse import urlencode

from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from chunyu.accounts.acting import Acting
from chunyu.accounts.roles import MONEY_ROLES, READ_CASE_ROLES
from chunyu.casework.calendar import calendar_in_force
from chunyu.casework.models import Case
from chunyu.casework.models import Decision as CaseDecision
from chunyu.casework.queries import unread_messages
from chunyu.casework.working_days import count_working_days
from chunyu.federation.models import Organisation
from chunyu.hardship import queries
from chunyu.hardship.indices import showing
from chunyu.hardship.indices.measuring import overview
from chunyu.hardship.indices.periods import Span, period_at
from chunyu.hardship.models import UNKNOWN, Target
from chunyu.hardship.process import NAME as APPLICATIONS
from chunyu.hardship.wording import categories_on, fact_label
from chunyu.ledger.queries import SourceLine, money_by_source_and_programme, payments
from chunyu.organising.archives import queries as archives
from chunyu.organising.grants import queries as grants
from chunyu.registry.asking.tables import Asked
from chunyu.registry.groups import Group, households_in, with_groups
from chunyu.registry.models import ChangeRequest, Division, Member, Parting
from chunyu.ui.charts import Chart, bar, flow
from chunyu.ui.templatetags.show import yuan

MOST = 12  # rows of one card of the workbench

MESSAGES = 500


@dataclass(frozen=True)
class Figure:
    """A number, what it counts, and the address of the rows that it counts."""

    label: str
    value: str
    href: str
    unit: str = ""
    note: str = ""
    tone: str = ""


def households(acting: Acting, **chosen: str) -> str:
    """The address of the rows behind a figure: with names only for those who read families' files."""
    address = reverse("hardship:households" if acting.role in READ_CASE_ROLES else "hardship:rows")
    asked = {name: value for name, value in chosen.items() if value}
    return f"{address}?{urlencode(asked)}" if asked else address


def on_file(acting: Acting, group: str = "") -> list[Figure]:
    """Households on file by category, what stands between found and helped, and what nobody can decide; of workers in
    one group, if named."""
    counts = queries.by_category(acting, group)
    rows = queries.households(acting, group)
    found = queries.found_not_helped(rows).count()
    helped = rows.filter(helped=True).count()
    in_need = rows.filter(standing__in_hardship=True).count()
    hardship = [each for each in categories_on(acting.day) if each.in_hardship]
    parts = " · ".join(f"{each.label} {counts.get(each.code, 0):,}" for each in hardship)
    return [
        Figure(
            _("Households on file"),
            f"{sum(counts.values()):,}",
            households(acting, group=group),
            note=parts,
            tone="rain",
        ),
        Figure(
            _("Found, not yet helped"),
            f"{found:,}",
            households(acting, matter="found", group=group),
            note=_("of %(count)s in hardship") % {"count": f"{in_need:,}"},
            tone="seal" if found else "rain",
        ),
        Figure(
            _("Helped this year"),
            f"{helped:,}",
            households(acting, matter="helped", group=group),
            note="" if group else _target_note(acting),
        ),
        Figure(
            _("Cannot be decided yet"),
            f"{counts.get(UNKNOWN, 0):,}",
            households(acting, category=UNKNOWN, group=group),
            note=_worst_unknown(acting, group),
            tone="amber",
        ),
    ]


def _target_note(acting: Acting) -> str:
    target = Target.objects.filter(organisation=acting.organisation, year=acting.day.year).first()
    if target is None:
        return ""
    return _("target %(target)s households") % {"target": f"{target.households:,}"}


def _worst_unknown(acting: Acting, group: str) -> str:
    worst = next(iter(queries.unknown_facts(acting, UNKNOWN, group)), None)
    if worst is None:
        return ""
    fact, count = worst
    return _("%(count)s for want of: %(fact)s") % {"count": f"{count:,}", "fact": fact_label(fact)}


def spread(acting: Acting) -> tuple[Figure, str]:
    """The sesame-salt index of the year so far, and what it says in a sentence."""
    year = period_at(Span.YEAR, acting.day)
    found = overview(acting.organisation, year, "", acting.day, trend=1).now
    sentence, tone = showing.verdict(found)
    index = showing.of(showing.SESAME, found)
    note = _("%(count)s households helped") % {"count": f"{found.indices.households:,}"}
    return Figure(str(showing.SESAME.label), index, reverse("hardship:indices"), note=note, tone=tone), sentence


@dataclass(frozen=True)
class GroupLine:
    """What one group's workers are to the figures: distinct persons on file, found, helped, and what they received."""

    label: str
    group: str
    persons: int
    found: int
    helped: int
    fen: int
    hrefs: tuple[str, str, str]


def by_group(acting: Acting) -> list[GroupLine]:
    """All workers on file as distinct persons, then each of the four groups: a worker may be in several, so the groups
    do not add up."""
    rows = queries.households(acting)
    found = set(queries.found_not_helped(rows).values_list("pk", flat=True))
    helped = set(rows.filter(helped=True).values_list("pk", flat=True))
    start, end = year_of(acting.day)
    received = payments(acting.path, start=start, end=end).order_by().values_list("order__household")
    fen = dict(received.annotate(Sum("amount_fen")))
    workers = Member.objects.within(acting.path).filter(is_worker=True, is_open=True)
    columns = [f"in_{group.value}" for group in Group]
    told = list(with_groups(workers, acting.day).order_by().values_list("household", "id_number_index", *columns))

    def line(label: str, group: str, inside: Iterable[tuple[Any, ...]]) -> GroupLine:
        people = {household: bytes(person) for household, person, *_flags in inside}
        counted = [set(people), found & people.keys(), helped & people.keys()]
        matters = ("", "found", "helped")
        return GroupLine(
            label,
            group,
            *(len({people[each] for each in some}) for some in counted),
            fen=sum(fen.get(each, 0) for each in people),
            hrefs=tuple(households(acting, matter=matter, group=group) for matter in matters),
        )

    groups = [
        line(str(group.label), group.value, [row for row in told if row[2 + at]]) for at, group in enumerate(Group)
    ]
    return [line(_("Distinct workers"), "", told), *groups]


def categories(acting: Acting, group: str = "") -> list[dict[str, Any]]:
    counts = queries.by_category(acting, group)
    return [
        {
            "label": each.label,
            "count": counts.get(each.code, 0),
            "tone": each.tone,
            "href": households(acting, category=each.code, group=group),
        }
        for each in categories_on(acting.day)
    ]


def news(acting: Acting) -> list[dict[str, Any]]:
    """What the post's role has not yet been told, each sentence once with how many cases it is about."""
    counted = Counter(str(message.sentence) for message in unread_messages(acting)[:MESSAGES])
    return [{"sentence": sentence, "count": count} for sentence, count in counted.most_common(8)]


def requests(acting: Acting) -> list[dict[str, Any]]:
    """What others asked for and this person may answer; nothing that nobody asks for."""
    asked = (
        (_("Changes of facts"), ChangeRequest, "hardship:changes"),
        (_("Divisions of households"), Division, "hardship:divisions"),
        (_("Joined files to be taken apart"), Parting, "registry:pairs"),
    )
    found = []
    for label, kind, page in asked:
        waiting = kind.objects.within(acting.path).filter(state=Asked.State.ASKED)
        count = waiting.exclude(asked_by__user=acting.user_id).count()
        if count:
            narrowed = "?state=same" if kind is Parting else "?state=asked"
            found.append({"label": label, "count": count, "href": f"{reverse(page)}{narrowed}"})
    return found


def unknowns(acting: Acting, group: str = "") -> list[dict[str, Any]]:
    """What stands in the way, and of how many households."""
    return [
        {"label": fact_label(fact), "count": count, "href": households(acting, unknown=fact, group=group)}
        for fact, count in queries.unknown_facts(acting, group=group)
    ]


def counties(acting: Acting, group: str = "") -> list[dict[str, Any]]:
    """Under a city or the province: the same figures for each county with families on file, the largest first. They
    add up to those above."""
    below = Organisation.objects.within(acting.path).filter(kind=Organisation.Kind.COUNTY_FEDERATION)
    names = dict(below.exclude(pk=acting.organisation.pk).values_list("path", "name"))
    rows = queries.households(acting, group)
    on_file, found, helped = (
        queries.by_path(some, names) for some in (rows, queries.found_not_helped(rows), rows.filter(helped=True))
    )
    return [
        {
            "name": names[path],
            "on_file": count,
            "found": found.get(path, 0),
            "helped": helped.get(path, 0),
            "href": households(acting, under=path, group=group),
            "found_href": households(acting, under=path, matter="found", group=group),
            "helped_href": households(acting, under=path, matter="helped", group=group),
        }
        for path, count in sorted(on_file.items(), key=lambda each: (-each[1], each[0]))
    ]


def elections(acting: Acting) -> list[dict[str, Any]]:
    """The organisations under the post whose term ends within 90 days or has ended, the most urgent first."""
    return [
        {
            "name": each.name,
            "href": reverse("organising:archive", args=[each.pk]),
            "ends": each.term_ends,
            "words": archives.term_words(each, acting.day),
            "tone": archives.term_tone(each, acting.day),
        }
        for each in archives.elections(acting)
    ]


def grant_reports(acting: Acting) -> list[dict[str, Any]]:
    """What is due about grants under the post: uses to be reported within 90 days or overdue, the most urgent first;
    before them, for who checks, the reports that wait."""
    found = []
    if acting.role in MONEY_ROLES:
        words = pgettext("report", "to be checked")
        found = [
            _grant_report(each, each.reported_on, (words, "sky")) for each in grants.waits_for_check(acting)[:MOST]
        ]
    for each in grants.due_reports(acting.path, acting.day)[:MOST]:
        found.append(_grant_report(each, each.plan.report_by, grants.report_notice(each, acting.day)))
    return found


def _grant_report(share: Any, day: date, said: tuple[str, str] | None) -> dict[str, Any]:
    words, tone = said or ("", "plain")
    return {
        "name": share.organisation.name,
        "plan": share.plan.name,
        "href": reverse("organising:grant-share", args=[share.pk]),
        "day": day,
        "words": words,
        "tone": tone,
    }


def year_of(day: date) -> tuple[date, date]:
    return date(day.year, 1, 1), day


def money(acting: Acting, group: str = "") -> list[SourceLine]:
    """What reached households this year, by source and programme."""
    start, end = year_of(acting.day)
    within = households_in(group, acting.day, acting.path) if group else None
    return money_by_source_and_programme(acting.path, start, end, within)


def money_chart(lines: list[SourceLine]) -> Chart:
    """Where the money came from and what it was for."""
    total = sum(line.fen for line in lines)
    summary = _("%(total)s yuan reached households this year.") % {"total": yuan(total)}
    links = [(line.source_label, line.programme_label, line.fen / 100) for line in lines]
    rows = [(line.source_label, line.programme_label, yuan(line.fen)) for line in lines]
    return Chart("money", summary, (_("Source"), _("Programme"), _("Amount (yuan)")), rows, flow(links))


def decided(acting: Acting, group: str = "") -> QuerySet[CaseDecision]:
    """The first decision of each application, for those decided this year."""
    start, end = year_of(acting.day)
    first = CaseDecision.objects.filter(case=OuterRef("case")).order_by("day", "pk").values("pk")[:1]
    applications = Case.objects.open_to(acting).filter(process=APPLICATIONS)
    if group:
        applications = applications.filter(household__in=households_in(group, acting.day, acting.path))
    return CaseDecision.objects.filter(
        case__in=applications, day__gte=start, day__lte=end, pk=Subquery(first)
    ).select_related("case__household", "case__organisation", "by__user")


def days_to_decision(acting: Acting, group: str = "") -> tuple[Figure, Chart]:
    """Working days from opening an application to its decision: the median, and how they spread."""
    calendar = calendar_in_force()
    days = [count_working_days(row.case.opened_on, row.day, calendar) for row in decided(acting, group)]
    middle = f"{median(days):g}" if days else "—"
    note = ngettext("%(count)s decision this year", "%(count)s decisions this year", len(days)) % {"count": len(days)}
    rows_behind = reverse("desk:decisions") + (f"?{urlencode({'group': group})}" if group else "")
    figure = Figure(_("Days to decision"), middle, rows_behind, unit=_("working days"), note=note)
    bands: Mapping[str, int] = {
        "≤ 10": sum(1 for each in days if each <= 10),
        "11–20": sum(1 for each in days if 10 < each <= 20),
        "21–30": sum(1 for each in days if 20 < each <= 30),
        "> 30": sum(1 for each in days if each > 30),
    }
    summary = _("Half of the applications were decided within %(days)s working days.") % {"days": middle}
    rows = [(band, f"{count:,}") for band, count in bands.items()]
    options = bar(list(bands), {_("Applications"): list(bands.values())})
    return figure, Chart("days", summary, (_("Working days"), _("Applications")), rows, options)
