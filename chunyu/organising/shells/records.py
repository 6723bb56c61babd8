"""What the live records say about unions, as the standard's facts; a fixed number of queries however many unions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import Count, F, Max, Q

from chunyu.casework.models import Case
from chunyu.federation.models import Organisation, path_end
from chunyu.ledger.models import Account
from chunyu.organising.archives.kinds import Leaf
from chunyu.organising.archives.queries import in_force, on_file
from chunyu.organising.archives.tables import ArchivePage
from chunyu.organising.shells.tables import ContactAttempt
from chunyu.registry.employers.tables import WITH_MEMBERS, ShellSpell, UnionCover
from chunyu.registry.membership.tables import MemberCount

Fact = int | bool

# The last count of workers of each employer that a union of the subtree covers on the day, one look at each.
_WORKERS = """
    SELECT cover.union_id, sum(latest.workers)
    FROM federation_organisation AS own JOIN registry_unioncover AS cover ON cover.union_id = own.id
    CROSS JOIN LATERAL (
        SELECT headcount.workers FROM registry_headcount AS headcount
        WHERE headcount.enterprise_id = cover.enterprise_id AND headcount.counted_on <= %(day)s AND NOT EXISTS (
            SELECT FROM registry_importbatch AS batch
            WHERE batch.id = headcount.batch_id AND batch.undone_at IS NOT NULL
        )
        ORDER BY headcount.counted_on DESC, headcount.recorded_at DESC LIMIT 1
    ) AS latest
    WHERE own.path >= %(path)s AND own.path < %(end)s
        AND cover.valid_from <= %(day)s AND (cover.valid_to IS NULL OR cover.valid_to > %(day)s)
    GROUP BY cover.union_id
"""


@dataclass(frozen=True)
class Record:
    """One union: the facts by their names in the standard, and since when each has been so, where a day is known."""

    union: int
    name: str
    region: int
    path: str
    is_shell: bool
    facts: dict[str, Fact]
    since: dict[str, date]


@dataclass(frozen=True)
class Records:
    """The records of many unions, a column a fact: a province has a hundred thousand, of which few are looked at."""

    unions: list[tuple[int, str, int, str]]  # key, name, region, path
    shells: frozenset[int]
    facts: dict[str, list[Fact]]
    since: dict[str, list[date | None]]

    def __len__(self) -> int:
        return len(self.unions)

    def __getitem__(self, place: int) -> Record:
        key, name, region, path = self.unions[place]
        facts = {fact: values[place] for fact, values in self.facts.items()}
        since = {fact: days[place] for fact, days in self.since.items()}
        known = {fact: day for fact, day in since.items() if day is not None}
        return Record(key, name, region, path, key in self.shells, facts, known)


def records(path: str, day: date) -> Records:
    """Every union with members of a subtree as its records stand on a day, in the order of the tree."""
    standing = Organisation.objects.within(path).as_of(day).filter(kind__in=WITH_MEMBERS).order_by("path")
    rows = list(standing.values_list("pk", "name", "region_id", "path", "founded_on"))
    keys, founded = [row[0] for row in rows], [row[4] for row in rows]
    shells = ShellSpell.objects.within(path).as_of(day).values_list("organisation", flat=True)
    members = dict(MemberCount.objects.within(path).values_list("organisation", "members"))
    workers, ever, still, closed = _employers(path, day)
    terms, chairs, had_chair = _offices(path, day)
    money, activity = _movements(path, day)
    failed, first_failed = _contacts(path, day)
    past = _Months(day)
    term_over = [until if until is not None and until < day else None for until in map(terms.get, keys)]
    chair_gone = [until if until is not None and until <= day else None for until in map(chairs.get, keys)]
    last_money = [money.get(*each) for each in zip(keys, founded, strict=True)]
    last_activity = [activity.get(*each) for each in zip(keys, founded, strict=True)]
    return Records(
        [row[:4] for row in rows],
        frozenset(shells),
        {
            "members_on_record": [members.get(key, 0) for key in keys],
            "workers_counted": [workers.get(key, 0) for key in keys],
            "term_on_file": [key in terms for key in keys],
            "months_past_term": [past[until] for until in term_over],
            "chair_on_file": [key in had_chair for key in keys],
            "months_without_chair": [past[until] for until in chair_gone],
            "months_without_money": [past[last] for last in last_money],
            "months_without_activity": [past[last] for last in last_activity],
            "employers_ever": [ever.get(key, 0) for key in keys],
            "employers_open": [still.get(key, 0) for key in keys],
            "failed_contacts": [failed.get(key, 0) for key in keys],
        },
        {
            "months_past_term": term_over,
            "months_without_chair": chair_gone,
            "months_without_money": last_money,
            "months_without_activity": last_activity,
            "employers_open": [closed.get(key) for key in keys],
            "failed_contacts": [first_failed.get(key) for key in keys],
        },
    )


class _Months(dict[date | None, int]):
    """Whole months from a day until `day`; none from no day. Many unions share their days."""

    def __init__(self, day: date) -> None:
        super().__init__({None: 0})
        self.day = day

    def __missing__(self, since: date | None) -> int:
        assert since is not None
        self[since] = months(since, self.day)
        return self[since]


def months(since: date, day: date) -> int:
    """Whole months from a day to another."""
    whole = (day.year - since.year) * 12 + day.month - since.month
    return max(whole - (day.day < since.day), 0)


def _employers(path: str, day: date) -> tuple[dict[int, int], dict[int, int], dict[int, int], dict[int, date]]:
    """By union: workers now covered; employers it covers or did until they closed; those still there; the last closing.

    A firm that went over to another union's cover is no sign that this union's firm is gone.
    """
    covers = (
        UnionCover.objects.filter(
            Q(valid_to__isnull=True) | Q(valid_to__gt=day) | Q(valid_to=F("enterprise__closed_on")),
            union__path__gte=path,
            union__path__lt=path_end(path),
            valid_from__lte=day,
        )
        .exclude(valid_to=F("valid_from"))
        .order_by()
    )
    gone = Q(enterprise__closed_on__lte=day)
    ever, still, closed = {}, {}, {}
    counted_ = covers.values("union").annotate(
        every=Count("enterprise", distinct=True),
        open=Count("enterprise", filter=~gone | Q(enterprise__closed_on__isnull=True), distinct=True),
        last=Max("enterprise__closed_on", filter=gone),
    )
    for row in counted_:
        ever[row["union"]], still[row["union"]] = row["every"], row["open"]
        if row["last"] is not None:
            closed[row["union"]] = row["last"]
    with connection.cursor() as cursor:
        cursor.execute(_WORKERS, {"path": path, "end": path_end(path), "day": day})
        workers = {union: int(count) for union, count in cursor.fetchall()}
    return workers, ever, still, closed


def _offices(path: str, day: date) -> tuple[dict[int, date], dict[int, date], set[int]]:
    """By union: until when its term of office lasts; until when its chair held the post, if that is said; and those
    of whom there ever was a leaf on the chair."""
    pages = ArchivePage.objects.within(path)
    terms = in_force(on_file(pages.filter(kind=Leaf.TERM), day), day).order_by()
    chairs = in_force(on_file(pages.filter(kind=Leaf.CHAIR), day), day).order_by()
    said = list(chairs.values_list("organisation", "until"))
    return (
        {union: until for union, until in terms.values_list("organisation", "until") if until is not None},
        {union: until for union, until in said if until is not None},
        {union for union, _until in said},
    )


def _movements(path: str, day: date) -> tuple[dict[int, date], dict[int, date]]:
    """By union: the last day on which money moved, and on which anything was done."""
    leaves = ArchivePage.objects.within(path).filter(valid_from__lte=day, superseded_by__isnull=True).order_by()
    by_leaf = leaves.values_list("organisation").annotate(
        money=Max("valid_from", filter=Q(kind=Leaf.MONEY)),
        acts=Max("valid_from", filter=Q(kind__in=[Leaf.ACTIVITY, Leaf.INSPECTION])),
    )
    posted = Account.objects.within(path).order_by().values_list("organisation")
    posted = posted.annotate(last=Max("legs__transfer__day", filter=Q(legs__transfer__day__lte=day)))
    cases = Case.objects.within(path).filter(household__isnull=False, opened_on__lte=day).order_by()
    opened = cases.values_list("organisation").annotate(last=Max("opened_on"))
    said = list(by_leaf)
    money = _latest([*((union, on) for union, on, _acts in said), *posted])
    return money, _latest([*((union, acts) for union, _money, acts in said), *opened])


def _latest(pairs: Iterable[tuple[int, date | None]]) -> dict[int, date]:
    found: dict[int, date] = {}
    for union, on in pairs:
        if on is not None and on > found.get(union, date.min):
            found[union] = on
    return found


def _contacts(path: str, day: date) -> tuple[dict[int, int], dict[int, date]]:
    """By union: attempts that failed since somebody was last reached, and the first of them."""
    attempts = ContactAttempt.objects.within(path).filter(on__lte=day).order_by("organisation", "-on", "-recorded_at")
    failed: dict[int, int] = defaultdict(int)
    first: dict[int, date] = {}
    settled: set[int] = set()
    for union, on, reached in attempts.values_list("organisation", "on", "reached"):
        if reached or union in settled:
            settled.add(union)
            continue
        failed[union] += 1
        first[union] = on
    return dict(failed), first
