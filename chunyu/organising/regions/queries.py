"""Reading regions: those of a post, on a day; where one came from and what became of it; who is placed there."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from chunyu.accounts.acting import Acting
from chunyu.federation.models import Organisation, Placement, Region
from chunyu.federation.regions import LEVELS, federation_of

DEEPEST = len(LEVELS)  # no region has more above it than there are levels


def regions_seen(acting: Acting) -> QuerySet[Region]:
    """Every entry, past or present, of the regions in which the acting organisation ever stood, and below them."""
    own = Placement.objects.filter(organisation=acting.organisation).values("region")
    within, above = Q(), "pk"
    for _step in range(DEEPEST):
        within |= Q((f"{above}__in", own))
        above = "parent" if above == "pk" else f"parent__{above}"
    return Region.objects.filter(within)


def entries_on(acting: Acting, day: date) -> QuerySet[Region]:
    """The entries that held on a day, each with `placed`: how many organisations then stood there."""
    there = (
        Placement.objects.as_of(day)
        .filter(region=OuterRef("pk"))
        .order_by()
        .values("region")
        .annotate(count=Count("pk"))
        .values("count")
    )
    placed = Coalesce(Subquery(there, output_field=IntegerField()), 0)
    return regions_seen(acting).as_of(day).select_related("parent").annotate(placed=placed)


def cities_on(acting: Acting, day: date) -> QuerySet[Region]:
    """Regions with others below them, which a list can be narrowed to."""
    seen = regions_seen(acting).as_of(day)
    return seen.filter(level__in=[Region.Level.PROVINCE, Region.Level.CITY]).order_by("code")


def lineage(region: Region) -> list[Region]:
    """The entry with all that it came from and all that became of it, in the order of their days."""
    found = {region.pk: region}
    for step in ("predecessors", "successors"):
        ahead = [region]
        while ahead:
            reached = [each for one in ahead for each in getattr(one, step).select_related("parent")]
            ahead = [each for each in reached if each.pk not in found]
            found |= {each.pk: each for each in ahead}
    return sorted(found.values(), key=lambda each: (each.valid_from, each.code, each.pk))


def last_day(region: Region, today: date) -> date:
    """Today, or the last day on which the entry held."""
    return today if region.valid_to is None or region.valid_to > today else region.valid_to - timedelta(days=1)


def placed_in(region: Region, day: date) -> QuerySet[Placement]:
    """Who stood in a region on a day, top first."""
    return Placement.objects.as_of(day).filter(region=region).select_related("organisation", "parent").order_by("path")


def units_of(region: Region, day: date) -> list[Organisation]:
    """What is directly under the region's federation, for a split to share out."""
    federation = federation_of(region)
    return list(federation.children.as_of(day).order_by("path")) if federation else []
