"""Reading rounds within the acting post's subtree, and what a round can be made of."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from chunyu.accounts.acting import Acting
from chunyu.federation.models import Organisation, path_end, paths_above
from chunyu.hardship.models import Application
from chunyu.hardship.rounds.models import Round, RoundApplication, RoundLine, RoundPayment, Stage
from chunyu.ledger.models import Fund, PaymentOrder
from chunyu.ledger.queries import funds
from chunyu.ledger.queries import payments as paid_lines
from chunyu.registry.models import Member


def rounds(acting: Acting) -> QuerySet[Round]:
    """Rounds of the subtree with what they grant and how many households they reach (`granted_fen`, `reached`)."""
    lines = RoundLine.objects.filter(round=OuterRef("pk"), amount_fen__gt=0).order_by().values("round")
    return (
        Round.objects.within(acting.path)
        .select_related("organisation__region", "planned_by__user", "planner", "submitter", "publisher")
        .annotate(
            granted_fen=Coalesce(Subquery(lines.annotate(fen=Sum("amount_fen")).values("fen")), Value(0)),
            reached=Coalesce(Subquery(lines.annotate(n=Count("household", distinct=True)).values("n")), Value(0)),
        )
    )


def lines(planned: Round) -> QuerySet[RoundLine]:
    return (
        RoundLine.objects.filter(round=planned)
        .select_related("round", "household", "organisation", "opened__application__case")
        .prefetch_related("payments__source__fund")
    )


def spent_by_source(planned: Round) -> dict[int, int]:
    """What each fund of the round pays, grants and handling, in fen, by the key of its row."""
    rows = payments(planned).order_by().values_list("source")
    return dict(rows.annotate(fen=Sum(F("grant_fen") + F("handling_fen"))))


def payments(planned: Round) -> QuerySet[RoundPayment]:
    return RoundPayment.objects.filter(line__round=planned)


def named(rows: QuerySet[RoundLine]) -> QuerySet[RoundLine]:
    """Lines with `worker_name` and `worker_pinyin`, for those who read families' files."""
    worker = Member.objects.filter(household=OuterRef("household"), is_worker=True).order_by("left_on", "-joined_on")
    return rows.annotate(
        worker_name=Subquery(worker.values("name")[:1]), worker_pinyin=Subquery(worker.values("name_pinyin")[:1])
    )


def line_of(application: Application) -> RoundLine | None:
    """The round's line that opened an application."""
    return RoundLine.objects.filter(opened__application=application).select_related("round").first()


def to_open(planned: Round) -> QuerySet[RoundLine]:
    """Lines of a published round that grant something and of which nothing has become yet."""
    return RoundLine.objects.filter(round=planned, amount_fen__gt=0, opened__isnull=True)


def opened(planned: Round) -> tuple[int, int, int]:
    """Of the lines that grant something: all, those that became an application, and those that could not."""
    total = RoundLine.objects.filter(round=planned, amount_fen__gt=0).count()
    became = RoundApplication.objects.filter(line__round=planned).aggregate(
        applications=Count("pk", filter=Q(application__isnull=False)),
        refused=Count("pk", filter=Q(application__isnull=True)),
    )
    return total, became["applications"], became["refused"]


def funds_for(organisation: Organisation, planned: Round | None = None) -> list[Fund]:
    """Funds from which a round of this organisation can be paid: its own and those above it. `free_fen` is what is free
    in the books and not promised by another published round."""
    chain = paths_above(organisation.path)
    found = list(funds(chain[0]).filter(scope_path__in=chain).order_by("scope_path", "name", "pk"))
    held = promised(planned, [fund.pk for fund in found])
    for fund in found:
        fund.free_fen = max(0, fund.free_fen - held.get(fund.pk, 0))
    return found


def promised(planned: Round | None, keys: Iterable[int]) -> dict[int, int]:
    """What other published rounds have promised from these funds and not yet ordered, in fen by fund. A line that
    opened no application, or whose case has ended, promises nothing any more."""
    ordered = PaymentOrder.objects.filter(reference=OuterRef("line__opened__application__case__number"))
    rows = (
        RoundPayment.objects.filter(source__fund__in=list(keys), line__round__stage=Stage.PUBLISHED)
        .exclude(line__round=planned)
        .filter(Q(line__opened__isnull=True) | Q(line__opened__application__open=True))
        .exclude(Exists(ordered.exclude(status="cancelled")))
    )
    return dict(rows.order_by().values_list("source__fund").annotate(fen=Sum("grant_fen")))


def counties_under(organisation: Organisation) -> list[Organisation]:
    below = Organisation.objects.within(organisation.path).filter(kind=Organisation.Kind.COUNTY_FEDERATION)
    return list(below.order_by("path"))


def being_served(path: str) -> set[tuple[object, str]]:
    """(household, programme) pairs that have an open application. What was given is for the rules of adding up."""
    here = {"household__scope_path__gte": path, "household__scope_path__lt": path_end(path)}
    return set(Application.objects.filter(open=True, **here).values_list("household", "programme"))


def paid_last_year(path: str, day: date) -> dict[tuple[object, str], int]:
    """What reached each household under each programme in the year before, in fen."""
    start, end = date(day.year - 1, 1, 1), date(day.year - 1, 12, 31)
    rows = paid_lines(path, start=start, end=end).order_by().values_list("order__household", "order__programme")
    return {(household, programme): fen for household, programme, fen in rows.annotate(Sum("amount_fen"))}
