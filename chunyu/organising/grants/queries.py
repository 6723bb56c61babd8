"""Reading grants: plans of givers, shares of receivers, what was used and what is left, and who cannot receive."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Final

from django.db import connection
from django.db.models import BigIntegerField, Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.acting import Acting
from chunyu.federation.models import Organisation
from chunyu.organising.days import NOTICE_DAYS, notice
from chunyu.organising.grants.formula import Counted
from chunyu.organising.grants.tables import GrantPlan, GrantShare, GrantUse
from chunyu.registry.employers.tables import WITH_MEMBERS
from chunyu.registry.membership.queries import members_under_on


def barred(organisations: Iterable[int], year: int, day: date) -> dict[int, str]:
    """Those that cannot receive a grant of a year on a day, with the code of what stands in the way: the same function
    of the database that the rule on shares asks."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, reason FROM unnest(%s::bigint[]) AS id,"
            " LATERAL organising_grant_barred(id, %s, %s) AS reason WHERE reason IS NOT NULL",
            [list(organisations), year, day],
        )
        return dict(cursor.fetchall())


def counted(receiver: Organisation, day: date) -> Counted:
    """The unions with members under a receiver (itself among them, if it is one) and their members, on a day."""
    below = Organisation.objects.within(receiver.path).as_of(day).filter(kind__in=WITH_MEMBERS).count()
    return Counted(below, members_under_on(receiver, day))


def _used() -> Coalesce:
    uses = GrantUse.objects.filter(share=OuterRef("pk")).order_by().values("share").annotate(fen=Sum("amount_fen"))
    return Coalesce(Subquery(uses.values("fen"), output_field=BigIntegerField()), 0)


def shares(path: str) -> QuerySet[GrantShare]:
    """Shares of receivers under an organisation, whoever gave them, with `used_fen` and `unspent_fen`."""
    rows = GrantShare.objects.within(path).select_related("organisation", "plan__organisation")
    return rows.annotate(used_fen=_used()).annotate(unspent_fen=F("amount_fen") - F("used_fen"))


def plans(path: str) -> QuerySet[GrantPlan]:
    """Plans of givers under an organisation, with the sums of their shares: all, handed down, used, and the count of
    those whose use is not reported."""
    rows = GrantShare.objects.filter(plan=OuterRef("pk")).order_by().values("plan")
    uses = GrantUse.objects.filter(share__plan=OuterRef("pk")).order_by().values("share__plan")
    return (
        GrantPlan.objects.within(path)
        .select_related("organisation", "planned_by__user", "approved_by__user", "fund")
        .annotate(
            shared_fen=_of(rows.annotate(fen=Sum("amount_fen"))),
            handed_fen=_of(rows.filter(transfer__isnull=False).annotate(fen=Sum("amount_fen"))),
            used_fen=_of(uses.annotate(fen=Sum("amount_fen"))),
            unreported=_of(rows.filter(transfer__isnull=False, reported_by__isnull=True).annotate(fen=Count("pk"))),
            receivers=_of(rows.filter(amount_fen__gt=0).annotate(fen=Count("pk"))),
        )
    )


def _of(rows: QuerySet) -> Coalesce:
    return Coalesce(Subquery(rows.values("fen"), output_field=BigIntegerField()), 0)


def plans_of_shares(path: str) -> list[tuple[str, str]]:
    """Key and name of every plan that a union under an organisation has a share of, whoever gave it, newest first."""
    found = GrantPlan.objects.filter(pk__in=GrantShare.objects.within(path).values("plan"))
    rows = found.order_by("-year", "organisation__path", "pk").values_list("pk", "name", "organisation__name")
    return [(str(key), f"{name} · {giver}") for key, name, giver in rows]


STAGES: dict[str, Q] = {
    "barred": ~Q(barred=""),
    "planned": Q(plan__approved_by__isnull=True, barred=""),
    "approved": Q(plan__approved_by__isnull=False, transfer__isnull=True, barred=""),
    "handed_down": Q(transfer__isnull=False, reported_by__isnull=True),
    "reported": Q(reported_by__isnull=False, checked_by__isnull=True),
    "checked": Q(checked_by__isnull=False),
}


def due_reports(path: str, day: date, within: int = NOTICE_DAYS[0]) -> QuerySet[GrantShare]:
    """Shares under an organisation whose use is to be reported within so many days, or should have been: the most
    urgent first."""
    soon = day + timedelta(days=within)
    rows = shares(path).filter(STAGES["handed_down"], plan__report_by__lte=soon)
    return rows.order_by("plan__report_by", "scope_path", "pk")


def waits_for_check(acting: Acting) -> QuerySet[GrantShare]:
    """Reported shares under the post that somebody else reported: the earliest first."""
    rows = shares(acting.path).filter(STAGES["reported"])
    return rows.exclude(reported_by__user=acting.user_id).order_by("reported_on", "scope_path", "pk")


REPORT_NOTICES: Final = {
    -1: (_("overdue"), "seal"),
    0: (pgettext_lazy("report", "due today"), "seal"),
    30: (pgettext_lazy("report", "within 30 days"), "amber"),
    90: (pgettext_lazy("report", "within 90 days"), "sky"),
}


def report_notice(share: GrantShare, day: date) -> tuple[str, str] | None:
    """How near the day is by which the use of a share is reported: words and tone; None while there is time, and once
    it is reported."""
    due = notice(share.plan.report_by, day) if share.stage == GrantShare.Stage.HANDED_DOWN else None
    if due is None:
        return None
    words, tone = REPORT_NOTICES[due]
    return str(words), tone


def receivers(path: str, year: int | None) -> QuerySet[Organisation]:
    """Whoever received under an organisation, in a year or in all: in sum, from a city, from a county, used, left."""
    handed = GrantShare.objects.filter(organisation=OuterRef("pk"), transfer__isnull=False)
    uses = GrantUse.objects.filter(organisation=OuterRef("pk"))
    if year:
        handed, uses = handed.filter(plan__year=year), uses.filter(share__plan__year=year)
    city = handed.filter(plan__organisation__kind=Organisation.Kind.MUNICIPAL_FEDERATION)
    county = handed.filter(plan__organisation__kind=Organisation.Kind.COUNTY_FEDERATION)
    return (
        Organisation.objects.within(path)
        .annotate(
            received_fen=_each(handed),
            city_fen=_each(city),
            county_fen=_each(county),
            used_fen=_each(uses),
        )
        .filter(received_fen__gt=0)
        .annotate(unspent_fen=F("received_fen") - F("used_fen"))
    )


def _each(rows: QuerySet) -> Coalesce:
    return _of(rows.order_by().values("organisation").annotate(fen=Sum("amount_fen")))


def rate(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def total(rows: Sequence[GrantShare]) -> int:
    return sum(each.amount_fen for each in rows)
