"""Coverage and density of a place on a day: how many employers have a union, how many workers are members.

Employers are those with at least so many workers (建会 is asked of them first); an employer under a joint union counts
once, since it is covered by one union. Who belonged to which place is asked of the placements of that day, so that a
county that moved leaves last year's figures where they were. More members than workers is a fault in the data, shown
as such and never as a density above one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from django.db import connection
from django.db.models import Count, Q, QuerySet, Sum

from chunyu.accounts.below import ABOVE_COUNTY
from chunyu.accounts.clock import today
from chunyu.federation.models import Organisation, Placement, path_end
from chunyu.registry.employers.codes import PUBLIC
from chunyu.registry.employers.queries import counted, here_on
from chunyu.registry.employers.tables import WITH_MEMBERS, Enterprise
from chunyu.registry.membership.queries import members_of_unions_on, members_under_on
from chunyu.registry.membership.tables import Membership, Worker

SMALLEST = 25  # workers from which a union committee is elected
Kind = Organisation.Kind


@dataclass(frozen=True)
class Measured:
    """Members against workers. Members without a count of workers beside them are a fault too."""

    members: int
    workers: int

    @property
    def faulty(self) -> bool:
        return self.members > self.workers

    @property
    def density(self) -> Fraction | None:
        return None if self.faulty or not self.workers else Fraction(self.members, self.workers)


@dataclass(frozen=True)
class Covered:
    """Employers of the size asked for, and those of them that have a union."""

    employers: int
    with_union: int

    @property
    def rate(self) -> Fraction | None:
        return Fraction(self.with_union, self.employers) if self.employers else None


@dataclass(frozen=True)
class Place:
    """The figures of one place; those of the groups of workers for the whole alone."""

    name: str
    path: str
    coverage: Covered
    non_public: Covered
    all: Measured
    non_public_workers: Measured
    migrants: Measured
    new_forms: Measured


def placed_on(organisation: Organisation, day: date) -> str:
    """Where the organisation stood on a day; empty when it did not exist."""
    return organisation.placements.as_of(day).values_list("path", flat=True).first() or ""


def places_below(organisation: Organisation, day: date) -> list[tuple[str, str]]:
    """Name and path of the places that the figures are split by: counties under a city or the province, else the levels
    right under the organisation that bring unions together. A union with members of its own is no place: employers are
    answered for by the levels above."""
    path = placed_on(organisation, day)
    if not path:
        return []
    rows = Placement.objects.within(path).as_of(day).exclude(organisation=organisation)
    if organisation.kind in ABOVE_COUNTY:
        rows = rows.filter(organisation__kind=Kind.COUNTY_FEDERATION)
    else:
        rows = rows.filter(parent=organisation).exclude(organisation__kind__in=WITH_MEMBERS)
    return list(rows.order_by("path").values_list("name", "path"))


def measure(organisation: Organisation, day: date, smallest: int = SMALLEST) -> tuple[Place, list[Place]]:
    """The organisation as a whole, and the places below it; what lies right under the organisation, in none of the
    places, is in the whole alone. On a day on which it did not exist there is nothing. Members by group are counted for
    the whole only: it takes a look at each of them."""
    then = organisation.placements.as_of(day).first()
    if then is None:
        return _place(organisation.name, "", {}, {}), []
    below = places_below(organisation, day)
    firms = _firms(then.path, day, smallest)
    members: dict[str, Row] = {there: {"members": count} for _, there, count in members_of_unions_on(then.path, day)}
    groups = _groups(organisation, then.path, day)
    whole = _place(then.name, then.path, firms, members, groups)
    return whole, [_place(name, each, firms, members) for name, each in below]


def rates(organisation: Organisation, day: date, smallest: int = SMALLEST) -> tuple[Fraction | None, Fraction | None]:
    """Coverage and density of the organisation as a whole on a day."""
    path = placed_on(organisation, day)
    if not path:
        return None, None
    firm = _sum(path, _firms(path, day, smallest))
    members = Measured(members_under_on(organisation, day), firm.get("workers", 0))
    return Covered(firm.get("employers", 0), firm.get("with_union", 0)).rate, members.density


Row = dict[str, int]

# The last count of workers up to the day, and whether a union covered the employer then that existed, and not on paper
# only; by the path of the organisation that answered for it on the day. An employer that a merged county's federation
# answered for is answered for by the one that goes on, where the other is filed.
_FIRMS = """
    WITH there AS MATERIALIZED (
        SELECT organisation_id, path FROM federation_placement
        WHERE path >= %(path)s AND path < %(end)s
            AND valid_from <= %(day)s AND (valid_to IS NULL OR valid_to > %(day)s)
        UNION ALL
        SELECT id, path FROM federation_organisation
        WHERE path >= %(path)s AND path < %(end)s AND dissolved_on <= %(day)s
    ), firm AS (
        SELECT DISTINCT ON (firm.id) there.path, firm.ownership = ANY(%(public)s) AS public,
            headcount.workers, headcount.migrant_workers AS migrants, headcount.new_form_workers AS new_forms,
            EXISTS (
                SELECT FROM registry_unioncover AS cover JOIN federation_organisation AS own ON own.id = cover.union_id
                WHERE cover.enterprise_id = firm.id AND cover.valid_from <= %(day)s
                    AND (cover.valid_to IS NULL OR cover.valid_to > %(day)s)
                    AND (own.dissolved_on IS NULL OR own.dissolved_on > %(day)s)
                    AND NOT EXISTS (
                        SELECT FROM registry_shellspell AS shell WHERE shell.organisation_id = own.id
                            AND shell.valid_from <= %(day)s AND (shell.valid_to IS NULL OR shell.valid_to > %(day)s)
                    )
            ) AS covered
        FROM there JOIN registry_enterprise AS firm USING (organisation_id)
        LEFT JOIN registry_headcount AS headcount
            ON headcount.enterprise_id = firm.id AND headcount.counted_on <= %(day)s AND NOT EXISTS (
                SELECT FROM registry_importbatch AS batch
                WHERE batch.id = headcount.batch_id AND batch.undone_at IS NOT NULL
            )
        WHERE firm.known_from <= %(day)s AND (firm.closed_on IS NULL OR firm.closed_on > %(day)s)
        ORDER BY firm.id, headcount.counted_on DESC NULLS LAST, headcount.recorded_at DESC
    )
    SELECT path,
        count(*) FILTER (WHERE workers >= %(smallest)s) AS employers,
        count(*) FILTER (WHERE workers >= %(smallest)s AND covered) AS with_union,
        count(*) FILTER (WHERE workers >= %(smallest)s AND NOT public) AS employers_non_public,
        count(*) FILTER (WHERE workers >= %(smallest)s AND NOT public AND covered) AS with_union_non_public,
        coalesce(sum(workers), 0) AS workers,
        coalesce(sum(workers) FILTER (WHERE NOT public), 0) AS workers_non_public,
        coalesce(sum(migrants), 0) AS workers_migrant,
        coalesce(sum(new_forms), 0) AS workers_new_form
    FROM firm GROUP BY path
"""


def _firms(path: str, day: date, smallest: int) -> dict[str, Row]:
    """Sums over employers by the path of the organisation that answered for them on the day."""
    asked = {"path": path, "end": path_end(path), "day": day, "smallest": smallest, "public": sorted(PUBLIC)}
    with connection.cursor() as cursor:
        cursor.execute(_FIRMS, asked)
        names = [column.name for column in cursor.description[1:]]
        return {there: dict(zip(names, map(int, sums), strict=True)) for there, *sums in cursor.fetchall()}


def _groups(organisation: Organisation, path: str, day: date) -> Row:
    """Members of the day in non-public firms, migrants and in new forms of work. Those of now are counted from the
    workers themselves, where nobody was placed elsewhere since."""
    public = Q(enterprise__isnull=True) | Q(enterprise__ownership__in=PUBLIC)
    if day >= today() and path == organisation.path:
        rows: QuerySet = Worker.objects.within(path).filter(is_member=True)
        about = ""
    else:
        rows, about = _there(Membership.objects.as_of(day), path, day), "worker__"
        public = Q(worker__enterprise__isnull=True) | Q(worker__enterprise__ownership__in=PUBLIC)
    return rows.order_by().aggregate(
        members_non_public=Count("pk", filter=~public),
        members_migrant=Count("pk", filter=Q(**{f"{about}is_migrant": True})),
        members_new_form=Count("pk", filter=~Q(**{f"{about}new_form": ""})),
    )


def _there(rows: QuerySet, path: str, day: date) -> QuerySet:
    """Rows of organisations that stood under `path` on the day."""
    then = Q(organisation__placements__valid_to__isnull=True) | Q(organisation__placements__valid_to__gt=day)
    within = Q(organisation__placements__path__gte=path, organisation__placements__path__lt=path_end(path))
    return rows.filter(then, within, organisation__placements__valid_from__lte=day)


def _place(name: str, path: str, firms: dict[str, Row], members: dict[str, Row], groups: Row | None = None) -> Place:
    firm, member = _sum(path, firms), _sum(path, members) | (groups or {})

    def measured(suffix: str) -> Measured:
        return Measured(member.get(f"members{suffix}", 0), firm.get(f"workers{suffix}", 0))

    return Place(
        name,
        path,
        Covered(firm.get("employers", 0), firm.get("with_union", 0)),
        Covered(firm.get("employers_non_public", 0), firm.get("with_union_non_public", 0)),
        measured(""),
        measured("_non_public"),
        measured("_migrant"),
        measured("_new_form"),
    )


def _sum(path: str, rows: dict[str, Row]) -> Row:
    total: Row = {}
    for there, row in rows.items():
        if path <= there < path_end(path):
            for name, value in row.items():
                total[name] = total.get(name, 0) + value
    return total


def more_members_than_workers(path: str, day: date) -> list[tuple[Organisation, int, int]]:
    """The unions that have more members than the employers they cover have workers: union, members, workers. What the
    data error opens."""
    firms = counted(here_on(Enterprise.objects.within(path), day), day).filter(covering__isnull=False)
    workers = _by(firms.order_by().values_list("covering").annotate(Sum("workers_then", default=0)))
    members = {union: count for union, _, count in members_of_unions_on(path, day)}
    wrong = [union for union, count in members.items() if union in workers and count > workers[union]]
    found = Organisation.objects.filter(pk__in=wrong).order_by("path")
    return [(each, members[each.pk], workers[each.pk]) for each in found]


def _by(pairs: Iterable[tuple[int, int]]) -> dict[int, int]:
    return dict(pairs)
