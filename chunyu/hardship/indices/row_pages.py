"""The rows behind the indices: payments, households with what they got, and services. Nobody's name is on them."""

from __future__ import annotations

from datetime import date
from typing import Any

import django_filters
from django.db.models import BooleanField, Case, QuerySet, Sum, Value, When
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from chunyu.accounts.roles import FIGURE_ROLES
from chunyu.federation.models import Organisation
from chunyu.hardship.actions import record_export
from chunyu.hardship.indices import actions, queries
from chunyu.hardship.indices.categories import Category
from chunyu.hardship.indices.festivals import festivals_near
from chunyu.hardship.indices.forms import ServiceForm
from chunyu.hardship.indices.models import Service
from chunyu.hardship.indices.pages import places_for
from chunyu.hardship.indices.periods import Span, period_at
from chunyu.ledger.models import BatchLine, Delivery
from chunyu.policy.indices import window_days
from chunyu.registry.models import Household
from chunyu.ui.fields import DAY_INPUT
from chunyu.ui.lists import Column, Empty, ListPage
from chunyu.ui.pages import Action, ConfirmPage, Crumb, DetailPage, FormPage


class Narrowing(django_filters.FilterSet):
    """Place, period and programme stand in the address as the figures' page gave them. The page's own query has
    applied them: here they are shown and can be changed."""

    place = django_filters.ChoiceFilter(
        method="applied", label=_("Place"), choices=(), empty_label=_("one's own organisation")
    )
    start = django_filters.DateFilter(method="applied", label=_("From"), widget=DAY_INPUT)
    end = django_filters.DateFilter(method="applied", label=_("To"), widget=DAY_INPUT)

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, request=request, **kwargs)
        self.filters["place"].extra["choices"] = [
            (str(each.pk), each.name) for each in places_for(request.acting.organisation)
        ]

    def applied(self, rows: QuerySet, name: str, value: Any) -> QuerySet:
        return rows


class OfProgramme(Narrowing):
    programme = django_filters.ChoiceFilter(
        method="applied", label=_("Programme"), choices=(), empty_label=_("every programme")
    )

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, request=request, **kwargs)
        everything = date.min, date.max
        self.filters["programme"].extra["choices"] = queries.programmes_paid(request.acting.path, *everything)


class IndexRows(ListPage):
    """Without a choice: one's own organisation, this year, every programme."""

    roles = FIGURE_ROLES

    @cached_property
    def place(self) -> Organisation:
        asked = self.chosen.get("place", "")
        if not asked:
            return self.acting.organisation
        if not asked.isdigit():
            raise Http404
        return self.find(Organisation.objects.within(self.acting.path), pk=int(asked))

    @cached_property
    def span(self) -> tuple[date, date]:
        year = period_at(Span.YEAR, self.acting.day)
        return self._day("start") or year.start, self._day("end") or year.end

    def _day(self, name: str) -> date | None:
        try:
            return date.fromisoformat(self.chosen[name]) if self.chosen.get(name) else None
        except ValueError:
            return None

    @property
    def programme(self) -> str:
        return self.chosen.get("programme", "")

    def crumbs(self) -> list[Crumb]:
        return [(_now("How aid is spread"), reverse("hardship:indices"))]

    @property
    def as_of(self) -> str:
        start, end = self.span
        return f"{self.place.name} · {start.isoformat()} – {end.isoformat()}"

    def exported(self, kind: str, count: int) -> None:
        record_export(self.acting, kind, count)


class PaymentFilter(OfProgramme):
    delivery = django_filters.ChoiceFilter(
        field_name="order__delivery", label=_("Way of delivery"), choices=Delivery.choices, empty_label=_("every way")
    )
    festive = django_filters.ChoiceFilter(
        method="by_window",
        label=_("Festival window"),
        choices=[("yes", _("in a festival window")), ("no", _("outside the windows"))],
        empty_label=_("every day"),
    )

    class Meta:
        model = BatchLine
        fields: tuple[str, ...] = ()

    def by_window(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(festive=value == "yes")


class IndexPayments(IndexRows):
    """The payments that B, C and the four shifts are made of."""

    title = _("Payments behind the indices")
    model = BatchLine
    columns = (
        Column("settled_on", _("Paid on"), kind="date"),
        Column("order__household__file_number", _("File number"), note="order__organisation__name"),
        Column("order__programme_label", _("Programme")),
        Column("order__delivery", _("Way of delivery")),
        Column("order__fund__source", _("Fund source")),
        Column(
            "festive", _("Festival window"), kind="tag", sort="festive", tone=lambda row: "amber",
            value=lambda row: _now("in a festival window") if row.festive else "",
        ),
        Column("need_fen", _("Yearly gap (yuan)"), kind="money"),
        Column("amount_fen", _("Amount (yuan)"), kind="money"),
    )  # fmt: skip
    search = ("order__household__file_number", "order__reference")
    search_hint = _("File number or case number")
    filter_class = PaymentFilter
    sort = "-settled_on"
    export_name = "index-payments"
    empty = Empty(_("Nothing was paid here in this period"), _("Choose another period or place above."))

    def rows(self) -> QuerySet[BatchLine]:
        start, end = self.span
        inside = sorted(window_days(festivals_near(start, end), start, end))
        festive = Case(When(settled_on__in=inside, then=Value(True)), default=Value(False), output_field=BooleanField())
        return queries.payments(self.place.path, start, end, self.programme).annotate(festive=festive)

    def total_fen(self) -> int:
        return self.found.order_by().aggregate(fen=Sum("amount_fen"))["fen"] or 0


class HouseholdFilter(OfProgramme):
    need = django_filters.ChoiceFilter(
        method="by_need",
        label=_("Yearly gap"),
        choices=[("known", _("known")), ("unknown", _("not known"))],
        empty_label=_("known or not"),
    )

    class Meta:
        model = Household
        fields: tuple[str, ...] = ()

    def by_need(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(need_fen__isnull=value == "unknown")


class IndexHouseholds(IndexRows):
    """The households that E, F and S are made of: what each lacks in a year and what it received."""

    title = _("Households behind the indices")
    model = Household
    columns = (
        Column("file_number", _("File number")),
        Column("organisation__name", _("Union")),
        Column("payments", _("Payments"), kind="number"),
        Column("need_fen", _("Yearly gap (yuan)"), kind="money"),
        Column("received_fen", _("Received (yuan)"), kind="money"),
        Column(
            "share", _("Share of the gap"), kind="percent",
            value=lambda row: row.received_fen / row.need_fen if row.need_fen else None,
        ),
    )  # fmt: skip
    search = ("file_number",)
    search_hint = _("File number")
    filter_class = HouseholdFilter
    sort = "-received_fen"
    export_name = "index-households"
    empty = Empty(_("Nobody was helped here in this period"), _("Choose another period or place above."))

    def rows(self) -> QuerySet[Household]:
        return queries.helped_households(self.place.path, *self.span, self.programme)

    def total_fen(self) -> int:
        return self.found.order_by().aggregate(fen=Sum("received_fen"))["fen"] or 0


class ServiceFilter(Narrowing):
    category = django_filters.ChoiceFilter(
        label=_("Kind of service"), choices=Category.choices, empty_label=_("every kind")
    )
    delivery = django_filters.ChoiceFilter(
        label=_("Way of delivery"), choices=Delivery.choices, empty_label=_("every way")
    )
    whose = django_filters.ChoiceFilter(
        method="by_whose",
        label=_("Whose"),
        choices=[("filed", _("of people on file")), ("others", _("of other members"))],
        empty_label=_("everybody's"),
    )

    class Meta:
        model = Service
        fields: tuple[str, ...] = ()

    def by_whose(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(on_file=value == "filed")


class Services(IndexRows):
    """Services beside payments: what the four shifts are made of."""

    title = _("Services")
    model = Service
    columns = (
        Column("day", _("Day"), kind="date"),
        Column("category", _("Kind of service"), link=lambda row: reverse("hardship:service", args=[row.pk])),
        Column("delivery", _("Way of delivery")),
        Column("partner", _("Partner or donor")),
        Column("on_file", _("On file"), value=lambda row: _now("on file") if row.on_file else "", sort="on_file"),
        Column("organisation__name", _("Organisation")),
        Column("value_fen", _("Value (yuan)"), kind="money"),
    )
    search = ("partner", "organisation__name")
    search_hint = _("Partner or organisation")
    filter_class = ServiceFilter
    sort = "-day"
    export_name = "services"
    empty = Empty(
        _("No service is recorded here in this period"),
        _("Legal advice, training, a visit to the aid shop: record it, and the four shifts count it."),
    )

    def rows(self) -> QuerySet[Service]:
        return queries.services(self.place.path, *self.span)

    def actions(self) -> list[Action]:
        if self.acting.role not in actions.RECORDING_ROLES:
            return []
        return [Action(_now("Record a service"), reverse("hardship:service-new"), style="primary")]

    def total_fen(self) -> int:
        return self.found.order_by().aggregate(fen=Sum("value_fen"))["fen"] or 0


class RecordService(FormPage):
    """One service of one's own organisation."""

    roles = actions.RECORDING_ROLES
    title = _("Record a service")
    form_class = ServiceForm
    submit_label = _("Record it")

    def crumbs(self) -> list[Crumb]:
        return [(_now("Services"), reverse("hardship:services"))]

    def form_arguments(self) -> dict[str, Any]:
        return {"initial": {"day": self.acting.day, "value": 0}}

    def context(self, **more: Any) -> dict[str, Any]:
        return super().context(cancel_url=reverse("hardship:services"), **more)

    def submit(self, form: ServiceForm) -> str:
        told = {name: value for name, value in form.cleaned_data.items() if name != "value"}
        given = actions.Given(**told, value_fen=form.value_fen)
        actions.record_services(self.acting, self.acting.organisation, [given])
        self.say(_now("The service is recorded."))
        return reverse("hardship:services")


class OneService(DetailPage):
    model = Service

    def rows(self) -> QuerySet[Service]:
        return Service.objects.within(self.acting.path).select_related("organisation", "by__user")

    def crumbs(self) -> list[Crumb]:
        return [(_now("Services"), reverse("hardship:services"))]


class ServicePage(OneService):
    roles = FIGURE_ROLES | actions.RECORDING_ROLES
    template_name = "hardship/indices/service.html"

    def heading(self) -> str:
        return str(self.object.get_category_display())

    def taken_back(self) -> bool:
        row = self.object
        return row.takes_back_id is not None or Service.objects.filter(takes_back=row).exists()

    def actions(self) -> list[Action]:
        if self.acting.role not in actions.RECORDING_ROLES or self.taken_back():
            return []
        return [Action(_now("Take back"), reverse("hardship:service-back", args=[self.object.pk]), style="danger")]

    def context(self, **more: Any) -> dict[str, Any]:
        row = self.object
        pairs = [
            (_("Day"), row.day.isoformat()),
            (_("Organisation"), row.organisation.name),
            (_("Way of delivery"), row.get_delivery_display()),
            (_("Means"), row.get_origin_display()),
            (_("Partner or donor"), row.partner),
            (_("On file"), _now("on file") if row.on_file else _now("on no file")),
            (_("Recorded by"), row.by.user.full_name),
        ]
        return super().context(pairs=pairs, service=row, taken_back=self.taken_back(), **more)


class TakeBackService(OneService, ConfirmPage):
    roles = actions.RECORDING_ROLES
    template_name = "ui/confirm_page.html"
    submit_label = _("Take back")
    style = "danger"

    def heading(self) -> str:
        return _now("Take back a service")

    def question(self) -> str:
        return _now("Was this service recorded by mistake? It counts no more; both rows stay.")

    def cancel_url(self) -> str:
        return reverse("hardship:service", args=[self.object.pk])

    def act(self) -> str:
        actions.take_back_service(self.acting, self.object)
        self.say(_now("The service is taken back."))
        return reverse("hardship:services")
