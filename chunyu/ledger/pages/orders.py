"""Payment orders: the list, one order with its whole way, cancelling it, and correcting what came back."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chunyu.accounts.roles import MONEY_ROLES, READ_MONEY_ROLES
from chunyu.audit.record import record
from chunyu.ledger import actions, queries, traces
from chunyu.ledger.forms import ReasonForm, ReissueForm
from chunyu.ledger.levels import chain_above
from chunyu.ledger.models import PaymentOrder
from chunyu.ledger.pages.findings import held_timeline
from chunyu.ledger.pages.funds import NO_MONEY_ROLE
from chunyu.ledger.pages.reading import funds_of
from chunyu.ledger.process import MONEY_STANDS, OrderState
from chunyu.ledger.shares import shares_of
from chunyu.ui.lists import Column, Empty, ListPage
from chunyu.ui.pages import Action, DetailPage, FormPage

ORDER_TONES = {
    "planned": "amber", "reissued": "amber", "batched": "sky", "sent": "sky", "paid": "rain", "returned": "seal",
    "cancelled": "plain", "held": "seal",
}  # fmt: skip


class OrderFilters(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(choices=OrderState.choices, label=gettext_lazy("State"))
    fund = django_filters.ModelChoiceFilter(queryset=funds_of, label=gettext_lazy("Fund"))
    stands = django_filters.ChoiceFilter(
        choices=[("committed", gettext_lazy("set aside")), ("in_transit", gettext_lazy("at the bank"))],
        method="where_money_stands",
        label=gettext_lazy("Money"),
    )

    programme = django_filters.CharFilter(label=gettext_lazy("Programme"), widget=forms.HiddenInput)

    class Meta:
        model = PaymentOrder
        fields: tuple[str, ...] = ()

    def where_money_stands(self, rows: QuerySet, _name: str, value: str) -> QuerySet:
        return rows.filter(status__in=[state for state, kind in MONEY_STANDS.items() if kind == value])


class Orders(ListPage):
    roles = READ_MONEY_ROLES
    title = gettext_lazy("Payment orders")
    model = PaymentOrder
    columns = (
        Column("reference", gettext_lazy("Case number"), link="ledger:order"),
        Column("payee_name", gettext_lazy("Payee"), note="household__file_number"),
        Column("programme_label", gettext_lazy("Programme")),
        Column("fund__name", gettext_lazy("Fund")),
        Column("ordered_on", gettext_lazy("Ordered on"), kind="date"),
        Column("status", gettext_lazy("State"), kind="tag", tone=lambda order: ORDER_TONES[order.status]),
        Column("amount_fen", gettext_lazy("Amount (yuan)"), kind="money"),
    )
    search = ("reference", "payee_name", "household__file_number")
    filter_class = OrderFilters
    sort = "-ordered_on"
    export_name = "orders"
    template_name = "ledger/summed_list.html"
    empty = Empty(
        gettext_lazy("No payment orders yet"),
        gettext_lazy("An order is made when an application for aid is approved; its money is set aside at once."),
    )

    def rows(self):
        return super().rows().select_related("household", "fund")

    def exported(self, kind: str, count: int) -> None:
        record(self.acting, "ledger.export_orders", self.acting.organisation, f"{kind} {count}")

    def total_fen(self) -> int:
        return queries.summed(self.found, "amount_fen")


class OrderPage(DetailPage):
    """One payment with its whole way: source, fund, order, batches, household, and every transfer that moved it."""

    roles = READ_MONEY_ROLES
    model = PaymentOrder
    template_name = "ledger/order.html"

    def rows(self):
        return PaymentOrder.objects.within(self.acting.path).select_related("household", "fund", "organisation")

    def heading(self) -> str:
        return _("Payment order %(reference)s") % {"reference": self.object.reference}

    def crumbs(self):
        return [(_("Payment orders"), reverse("ledger:orders"))]

    def actions(self) -> list[Action]:
        order, barred = self.object, "" if self.acting.role in MONEY_ROLES else NO_MONEY_ROLE
        offered = []
        if order.status != "cancelled":
            url = reverse("ledger:print-receipt", args=[order.pk])
            offered.append(Action(_("Print the receipt"), url, method="post", new_tab=True))
        if order.status == "returned":
            offered.append(
                Action.judged(_("Correct and pay again"), reverse("ledger:reissue", args=[order.pk]), barred, "primary")
            )
        if order.status in ("planned", "reissued", "batched"):
            offered.append(Action.judged(_("Hold"), reverse("ledger:hold", args=[order.pk]), barred))
        if order.status == "held":
            refusal = barred or actions.release_barred(self.acting, order)
            offered.append(Action.judged(_("Release"), reverse("ledger:release", args=[order.pk]), refusal, "primary"))
        if order.status in ("planned", "returned", "reissued", "held"):
            offered.append(
                Action.judged(_("Cancel the order"), reverse("ledger:cancel-order", args=[order.pk]), barred, "danger")
            )
        return offered

    def context(self, **more: Any) -> dict[str, Any]:
        order = self.object
        trace = [
            {"sentence": step.get_reason_display(), "time": step.posted_at, "who": step.by.user.full_name,
             "note": step.reference}
            for step in traces.trace_of_order(order)
        ]  # fmt: skip
        lines = order.lines.select_related("batch").order_by("batch__number")
        above = [fund for fund in chain_above(order.fund) if fund != order.fund]
        return super().context(
            trace=trace,
            lines=lines,
            holds=held_timeline(order),
            tone=ORDER_TONES[order.status],
            shares=shares_of(order),
            above=above,
            **more,
        )


class OrderForm(FormPage):
    """Shared by the forms about one order."""

    roles = MONEY_ROLES

    @cached_property
    def order(self) -> PaymentOrder:
        return self.find(PaymentOrder, pk=self.kwargs["pk"])

    def here(self) -> str:
        return reverse("ledger:order", args=[self.order.pk])

    def crumbs(self):
        return [(_("Payment orders"), reverse("ledger:orders")), (self.order.reference, self.here())]


class CancelOrder(OrderForm):
    title = gettext_lazy("Cancel the order")
    form_class = ReasonForm
    submit_label = gettext_lazy("Cancel the order")
    introduction = gettext_lazy("The money set aside becomes free again. The decision itself stays with its case.")

    def submit(self, form: ReasonForm) -> str:
        actions.cancel_order(self.acting, self.order, day=self.acting.day, reason=form.cleaned_data["reason"])
        self.say(_("The order is cancelled and its money is free again."))
        return self.here()


class Reissue(OrderForm):
    title = gettext_lazy("Correct and pay again")
    form_class = ReissueForm
    submit_label = gettext_lazy("Ready for a new batch")
    introduction = gettext_lazy("The returned line stays as it was. The corrected payment joins a new batch.")

    def form_arguments(self) -> dict[str, Any]:
        return {"initial": {"payee_name": self.order.payee_name, "bank_name": self.order.bank_name}}

    def submit(self, form: ReissueForm) -> str:
        actions.reissue(self.acting, self.order, **form.cleaned_data)
        self.say(_("The payment waits for a new batch."))
        return self.here()
