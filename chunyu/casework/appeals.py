"""What came of appeals against decisions and of objections to notices: how many changed something, how many did not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Case as Choose
from django.db.models import CharField, F, OuterRef, Q, QuerySet, Subquery, Value, When

from chunyu.accounts.acting import Acting
from chunyu.casework.models import Decision, Objection, TimelineEntry
from chunyu.casework.process import processes
from chunyu.casework.queries import cases_visible_to
from chunyu.casework.working_days import Calendar, count_working_days
from chunyu.federation.models import Organisation

CHANGED, STANDS, OPEN, ENDED = "changed", "stands", "open", "ended"


def appeals(acting: Acting) -> QuerySet[TimelineEntry]:
    """Every appeal taken in on a case that the post sees. `outcome`: the next decision of the case changed what had
    been decided, or it stands; `open` while there is none, `ended` when the case was closed without one. `came_on`
    and `answered_on` are the days of the appeal and of that decision."""
    taken_in = Q(pk__in=[])
    for process in processes():
        if process.appealed:
            taken_in |= Q(case__process=process.name, act=process.appealed)
    answers = Decision.objects.filter(case=OuterRef("case"), at__gt=OuterRef("at"), verdict__in=["approved", "refused"])
    first = answers.order_by("at", "id")
    outcome = Choose(
        When(verdict="approved", then=Value(CHANGED)),
        When(verdict="refused", then=Value(STANDS)),
        When(case__closed_on__isnull=False, then=Value(ENDED)),
        default=Value(OPEN),
        output_field=CharField(),
    )
    return (
        TimelineEntry.objects.filter(taken_in, case__in=cases_visible_to(acting).values("pk"))
        .annotate(verdict=Subquery(first.values("verdict")[:1]), answered_on=Subquery(first.values("day")[:1]))
        .annotate(outcome=outcome, came_on=F("day"))
        .select_related("case__organisation")
    )


def objections(acting: Acting) -> QuerySet[Objection]:
    """Every objection to a notice of a case that the post sees, with the same three; upheld counts as changed."""
    outcome = Choose(
        When(result="upheld", then=Value(CHANGED)),
        When(result="dismissed", then=Value(STANDS)),
        default=Value(OPEN),
        output_field=CharField(),
    )
    return (
        Objection.objects.filter(notice__case__in=cases_visible_to(acting).values("pk"))
        .annotate(outcome=outcome, came_on=F("received_on"), answered_on=F("resolved_on"))
        .select_related("notice__case__organisation")
    )


@dataclass(frozen=True)
class Tally:
    """How many came in at a place, what came of them, and after how many working days on average they were answered."""

    place: str
    counts: Counter[str]
    days: int | None

    @property
    def all(self) -> int:
        return sum(self.counts.values())

    @property
    def changed_percent(self) -> int | None:
        """Of those answered, how many in a hundred changed something."""
        answered = self.counts[CHANGED] + self.counts[STANDS]
        return round(100 * self.counts[CHANGED] / answered) if answered else None


Row = tuple[str, str, date, date | None]  # path of the organisation, outcome, came, answered


def tallied(place: str, rows: Iterable[Row], calendar: Calendar) -> Tally:
    counts: Counter[str] = Counter()
    days = []
    for _path, outcome, came, answered in rows:
        counts[outcome] += 1
        if answered is not None:
            days.append(count_working_days(came, answered, calendar))
    return Tally(place, counts, round(sum(days) / len(days)) if days else None)


def by_county(acting: Acting, rows: Iterable[Row], calendar: Calendar) -> list[Tally]:
    """A tally for each county federation in reach; what lies under none counts for the post's own union."""
    counties = Organisation.objects.within(acting.path).filter(kind=Organisation.Kind.COUNTY_FEDERATION)
    names = dict(counties.order_by("path").values_list("path", "name"))
    found: dict[str, list[Row]] = {}
    for row in rows:
        county = next((path for path in names if row[0].startswith(path)), acting.path)
        found.setdefault(county, []).append(row)
    return [tallied(names.get(path, acting.organisation.name), found[path], calendar) for path in sorted(found)]
