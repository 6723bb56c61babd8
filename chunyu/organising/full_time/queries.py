"""Reading full-time posts as of a day: state and holder, the load that each worker carries, and who was trained."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast, Coalesce, NullIf, Round

from chunyu.federation.models import Organisation
from chunyu.organising.full_time.tables import JOINT, FullTimePost, PostHolding, TrainingClass, TrainingTaken
from chunyu.registry.employers.tables import LISTED

VACANT, FILLED, ENDED = "vacant", "filled", "ended"
# Somebody counts as trained who passed the exam of a class within so many days.
TRAINED_DAYS = 366

# Where rows hold the key of the joint union whose load they are to show.
OF_POST = '"organising_fulltimepost"."organisation_id"'
OF_UNION = '"federation_organisation"."id"'


def joint_unions(path: str, day: date) -> QuerySet[Organisation]:
    return Organisation.objects.within(path).as_of(day).filter(kind__in=JOINT).order_by("path")


def posts(path: str, day: date) -> QuerySet[FullTimePost]:
    """Each that was opened by the day, with its `state`, its `holding` (key), `holder`, `since`, `contract_until` and
    whether they are `trained`."""
    held = PostHolding.objects.as_of(day).filter(post=OuterRef("pk"))
    passed = passes(day).filter(holding__post=OuterRef("pk"), holding=OuterRef("holding"))
    rows = FullTimePost.objects.within(path).filter(valid_from__lte=day).select_related("organisation")
    return rows.annotate(
        holding=Subquery(held.values("pk")[:1]),
        holder=Subquery(held.values("name")[:1]),
        since=Subquery(held.values("valid_from")[:1]),
        contract_until=Subquery(held.values("contract_until")[:1]),
        state=Case(
            When(valid_to__lte=day, then=Value(ENDED)),
            When(Exists(held), then=Value(FILLED)),
            default=Value(VACANT),
            output_field=models.CharField(),
        ),
    ).annotate(trained=Exists(passed))


def passes(day: date) -> QuerySet[TrainingTaken]:
    return TrainingTaken.objects.filter(
        passed=True, examined_on__lte=day, examined_on__gt=day - timedelta(days=TRAINED_DAYS)
    )


def holders(path: str, day: date) -> QuerySet[PostHolding]:
    """Everybody in a full-time post on a day, each with whether they are `trained`."""
    rows = PostHolding.objects.within(path).as_of(day).select_related("organisation", "post")
    return rows.annotate(trained=Exists(passes(day).filter(holding=OuterRef("pk")))).order_by("name", "pk")


# Under a joint union stand the unions below it in the tree and those that belong to it by trade, each counted once.
_UNDER = f"""
    SELECT o.id FROM federation_organisation AS o
    WHERE o.path >= top.path AND o.path < rtrim(top.path, '.') || '/' AND (o.kind IN ({LISTED}) OR o.id = top.id)
        AND o.founded_on <= %s AND (o.dissolved_on IS NULL OR o.dissolved_on > %s)
    UNION
    SELECT o.id FROM federation_industrytie AS tie
    JOIN federation_organisation AS tied ON tied.id = tie.organisation_id
    JOIN federation_organisation AS o ON o.path >= tied.path AND o.path < rtrim(tied.path, '.') || '/'
    WHERE tie.industry_parent_id = top.id AND o.kind IN ({LISTED})
        AND tie.valid_from <= %s AND (tie.valid_to IS NULL OR tie.valid_to > %s)
        AND o.founded_on <= %s AND (o.dissolved_on IS NULL OR o.dissolved_on > %s)
"""  # noqa: S608 - kinds of organisations, no value from outside


def loaded(rows: QuerySet, union: str, day: date) -> QuerySet:
    """Rows with what the full-time workers of a joint union look after: its `load_unions`, its `load_members` (its own
    among them, as many as today), its `load_workers`, and both by each of them, nothing where there is none. `union`
    is the column of the rows that holds the joint union's key."""
    days = [day] * _UNDER.count("%s")
    here = f"FROM federation_organisation AS top, LATERAL ({_UNDER}) AS own"
    unions = f"SELECT count(*) {here} WHERE top.id = {union} AND own.id <> top.id"
    members = (
        f"SELECT coalesce(sum(counted.members), 0) {here}"
        f" JOIN registry_membercount AS counted ON counted.organisation_id = own.id WHERE top.id = {union}"
    )
    held = f"SELECT count(*) FROM organising_postholding AS held WHERE held.organisation_id = {union}"  # noqa: S608 - a column
    workers = f"{held} AND held.valid_from <= %s AND (held.valid_to IS NULL OR held.valid_to > %s)"
    number = models.IntegerField()
    return rows.annotate(
        load_unions=RawSQL(unions, days, number),  # noqa: S611 - names of columns, the day as a parameter
        load_members=RawSQL(members, days, number),  # noqa: S611 - as above
        load_workers=RawSQL(workers, [day, day], number),  # noqa: S611 - as above
    ).annotate(unions_each=_each("load_unions"), members_each=_each("load_members"))


def _each(whole: str) -> Round:
    tenth = models.DecimalField(max_digits=12, decimal_places=1)
    return Round(Cast(F(whole), tenth) / NullIf(F("load_workers"), 0), 1, output_field=tenth)


def with_posts(path: str, day: date) -> QuerySet[Organisation]:
    """Joint unions that have, or could have, full-time posts on a day, with how many there are and are `filled`."""
    opened = FullTimePost.objects.as_of(day).filter(organisation=OuterRef("pk")).order_by().values("organisation")
    held = PostHolding.objects.as_of(day).filter(organisation=OuterRef("pk")).order_by().values("organisation")
    return joint_unions(path, day).annotate(
        opened=Coalesce(Subquery(opened.annotate(n=models.Count("pk")).values("n")), 0),
        filled=Coalesce(Subquery(held.annotate(n=models.Count("pk")).values("n")), 0),
        vacant=F("opened") - F("filled"),
    )


def classes(path: str) -> QuerySet[TrainingClass]:
    """Classes held under an organisation, with how many took part, were examined and passed."""
    return (
        TrainingClass.objects.within(path)
        .select_related("organisation")
        .annotate(
            participants=models.Count("taken"),
            examined=models.Count("taken", filter=Q(taken__passed__isnull=False)),
            passes=models.Count("taken", filter=Q(taken__passed=True)),
        )
    )
