"""Reading where households stand: for lists, and for the figures that open them."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, OuterRef, Q, QuerySet
from django.db.models.functions import Left

from chunyu.accounts.acting import Acting
from chunyu.hardship.models import DecisionUnknown, Standing
from chunyu.ledger.models import Reached
from chunyu.registry.groups import households_in
from chunyu.registry.models import Household
from chunyu.registry.queries import households_visible_to

ON_FILE = Household.Status.ON_FILE


def helped_in(year: int) -> ExpressionWrapper:
    """Whether money reached the household, or a file that was joined to it, in a year. Two questions, each answered by
    an index: one condition with an "or" would read every payment for every household."""
    reached = Reached.objects.filter(year=year)
    own = Exists(reached.filter(household=OuterRef("pk")))
    joined = Exists(reached.filter(household__merged_into=OuterRef("pk")))
    return ExpressionWrapper(Q(own) | Q(joined), output_field=BooleanField())


def households(acting: Acting, group: str = "") -> QuerySet[Household]:
    """Households on file in the subtree with where they stand, and whether they were helped this year; of workers in
    one group, if named."""
    rows = (
        households_visible_to(acting)
        .filter(status=ON_FILE)
        .select_related("standing")
        .annotate(helped=helped_in(acting.day.year))
    )
    return rows.filter(pk__in=households_in(group, acting.day, acting.path)) if group else rows


def standings(acting: Acting, group: str = "") -> QuerySet[Standing]:
    """Where the same households stand."""
    rows = Standing.objects.within(acting.path).filter(household__status=ON_FILE)
    return rows.filter(household__in=households_in(group, acting.day, acting.path)) if group else rows


def found_not_helped(rows: QuerySet[Household]) -> QuerySet[Household]:
    """In hardship, entitled to something, and no money has reached them this year."""
    return rows.filter(standing__in_hardship=True, standing__entitled_fen__gt=0, helped=False)


def blocked(rows: QuerySet[Household], fact: str = "") -> QuerySet[Household]:
    """Households that cannot be decided because somebody has not stated something (or just this fact)."""
    rows = rows.filter(standing__unknowns__gt=0)
    return rows.filter(standing__decision__unknowns__fact=fact) if fact else rows


def by_category(acting: Acting, group: str = "") -> dict[str, int]:
    """Households on file by category; those never decided are left out."""
    rows = standings(acting, group)
    return dict(rows.order_by().values_list("category").annotate(Count("pk")))


def unknown_facts(acting: Acting, category: str = "", group: str = "") -> list[tuple[str, int]]:
    """The facts that nobody has stated, with how many households each one holds up (of one category, if named); the
    worst first."""
    standing = standings(acting, group)
    if category:
        standing = standing.filter(category=category)
    rows = DecisionUnknown.objects.filter(decision__in=standing.values("decision")).order_by().values_list("fact")
    return sorted(rows.annotate(Count("pk")), key=lambda row: (-row[1], row[0]))


def by_path(rows: QuerySet[Household], paths: Iterable[str]) -> dict[str, int]:
    """How many of the rows lie under each of these paths, which are all of one depth; none without a row."""
    length = max(map(len, paths), default=0)
    if not length:
        return {}
    top = rows.order_by().annotate(top=Left("scope_path", length)).values_list("top")
    return {path: count for path, count in top.annotate(Count("pk", distinct=True)) if path in set(paths)}
