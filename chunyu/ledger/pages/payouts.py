"""Orders and batches: ready to pay, prepare, submit, approve as shown, send, take over the bank's answer, reissue."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import reverse, reverse_lazy
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import MONEY_ROLES, READ_MONEY_ROLES
from chunyu.audit.record import record
from chunyu.ledger import actions, queries
from chunyu.ledger.batch_digest import digest
from chunyu.ledger.forms import ReasonForm, ReissueForm, ResultForm
from chunyu.ledger.models import BatchLine, Fund, PaymentOrder, PayoutBatch
from chunyu.ledger.pages.funds import NO_MONEY_ROLE
from chunyu.ledger.pages.reading import funds_of
from chunyu.ledger.process import MONEY_STANDS, BatchState, OrderState
from chunyu.ledger.result_file import ResultRefused
from chunyu.ui.lists import Column, Empty, ListPage
from chunyu.ui.pages import Action, DetailPage, FormPage, StaffPage

ORDER_TONES = {
    "planned": "amber", "reissued": "amber", "batched": "sky", "sent": "sky", "paid": "rain", "returned": "seal",
    "cancelled": "plain",
}  # fmt: skip
BATCH_TONES = {
    "draft": "plain", "submitted": "amber", "approved": "sky", "sent": "sky", "settled": "rain", "dissolved": "plain",
}  # fmt: skip
STAGES = (BatchState.DRAFT, BatchState.SUBMITTED, BatchState.APPROVED, BatchState.SENT, BatchState.SETTLED)


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
        if order.status in ("planned", "returned", "reissued"):
            offered.append(
                Action.judged(_("Cancel the order"), reverse("ledger:cancel-order", args=[order.pk]), barred, "danger")
            )
        return offered

    def context(self, **more: Any) -> dict[str, Any]:
        order = self.object
        trace = [
            {"sentence": step.get_reason_display(), "time": step.posted_at, "who": step.by.user.full_name,
             "note": step.reference}
            for step in queries.trace_of_order(order)
        ]  # fmt: skip
        lines = order.lines.select_related("batch").order_by("batch__number")
        return super().context(trace=trace, lines=lines, tone=ORDER_TONES[order.status], **more)


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


class Batches(ListPage):
    roles = READ_MONEY_ROLES
    title = gettext_lazy("Pay-out batches")
    model = PayoutBatch
    columns = (
        Column("number", gettext_lazy("Batch"), link="ledger:batch"),
        Column("fund__name", gettext_lazy("Fund")),
        Column("day", gettext_lazy("Day"), kind="date"),
        Column("status", gettext_lazy("State"), kind="tag", tone=lambda batch: BATCH_TONES[batch.status]),
        Column("prepared_by__user__full_name", gettext_lazy("Prepared by")),
        Column("count", gettext_lazy("Number of payments"), kind="number"),
        Column("total_fen", gettext_lazy("Amount (yuan)"), kind="money"),
    )
    search = ("number", "fund__name")
    filters = ("status",)
    sort = "-day"
    empty = Empty(
        gettext_lazy("No batch yet"),
        gettext_lazy("Open a fund and prepare a batch from the payments that are ready."),
        Action(gettext_lazy("Payments ready to pay"), reverse_lazy("ledger:orders")),
    )

    def rows(self):
        return queries.batches(self.acting.path)

    def actions(self) -> list[Action]:
        return [Action(_("Payments ready to pay"), f"{reverse('ledger:orders')}?status=planned")]


class PrepareBatch(StaffPage):
    """Choose among a fund's ready payments."""

    roles = MONEY_ROLES
    title = gettext_lazy("Prepare a batch")
    template_name = "ledger/prepare_batch.html"

    @cached_property
    def fund(self) -> Fund:
        return self.find(Fund, pk=self.kwargs["pk"])

    def crumbs(self):
        return [(_("Funds"), reverse("ledger:funds")), (self.fund.name, reverse("ledger:fund", args=[self.fund.pk]))]

    def context(self, **more: Any) -> dict[str, Any]:
        ready = queries.ready_orders(self.fund).order_by("reference", "instalment")
        return super().context(fund=self.fund, orders=ready, total_fen=queries.summed(ready, "amount_fen"), **more)

    def act(self) -> str:
        chosen = [
            each for each in queries.ready_orders(self.fund) if str(each.pk) in self.request.POST.getlist("order")
        ]
        batch = actions.prepare_batch(self.acting, fund=self.fund, orders=chosen, day=self.acting.day)
        self.say(_("The batch is prepared. Check it, then submit it to a second person."))
        return reverse("ledger:batch", args=[batch.pk])


class BatchPage(DetailPage):
    """A batch as the second person sees it: every line, the total in words, and the check code that binds them."""

    roles = READ_MONEY_ROLES
    model = PayoutBatch
    template_name = "ledger/batch.html"

    def rows(self):
        return queries.batches(self.acting.path)

    def heading(self) -> str:
        return _("Batch %(number)s") % {"number": self.object.number}

    def crumbs(self):
        return [(_("Pay-out batches"), reverse("ledger:batches"))]

    @cached_property
    def shown(self) -> str:
        """The digest of what this page shows now."""
        return digest(self.object)

    def actions(self) -> list[Action]:
        url = reverse("ledger:print-batch", args=[self.object.pk])
        paper = Action(_("Print the list"), url, method="post", new_tab=True)
        return [*([paper] if self.object.status != "dissolved" else []), *self.steps()]

    def steps(self) -> list[Action]:
        batch, barred = self.object, "" if self.acting.role in MONEY_ROLES else str(NO_MONEY_ROLE)
        pk = [batch.pk]

        def button(
            label: str, name: str, refusal: str | Refusal | None = barred, style: str = "plain", **more
        ) -> Action:
            return Action.judged(label, reverse(f"ledger:{name}", args=pk), refusal, style, **more)

        if batch.status == "draft":
            return [
                button(_("Dissolve"), "dissolve", style="quiet", method="post"),
                button(_("Submit to a second person"), "submit", style="primary", method="post"),
            ]
        if batch.status == "submitted":
            refusal = barred or actions.approval_barred(self.acting, batch)
            return [
                button(_("Send back"), "send-back"),
                button(_("Approve"), "approve", refusal, "primary", method="post", hidden={"shown": self.shown}),
            ]
        if batch.status == "approved":
            return [
                button(_("Send back"), "send-back"),
                button(_("Make the bank file and send"), "send", style="primary", method="post"),
            ]
        if batch.status == "dissolved":
            return []
        return [
            button(_("Download the bank file"), "download", method="post"),
            button(_("Enter the bank's result"), "result", style="primary" if batch.status == "sent" else "plain"),
        ]

    def context(self, **more: Any) -> dict[str, Any]:
        batch = self.object
        lines = list(batch.lines.select_related("order__household").order_by("line_no"))
        decisions = [
            {"sentence": each.get_kind_display(), "time": each.at, "who": each.by.user.full_name,
             "note": each.note or each.digest[:16], "tone": "rain" if each.kind == "approve" else "amber"}
            for each in batch.decisions.select_related("by__user")
        ]  # fmt: skip
        return super().context(
            lines=lines,
            stages=self._stages(),
            decisions=decisions,
            tone=BATCH_TONES[batch.status],
            check_code=self.shown[:16],
            changed=bool(batch.digest) and batch.digest != self.shown,
            may_act=self.acting.role in MONEY_ROLES,
            may_edit=batch.status == "draft" and self.acting.role in MONEY_ROLES,
            reconciliation=queries.reconciliation(batch) if batch.sent_on else None,
            results=list(batch.results.select_related("by__user")),
            **more,
        )

    def _stages(self) -> list[dict[str, str]]:
        here = STAGES.index(self.object.status) if self.object.status in STAGES else -1
        last = len(STAGES) - 1
        return [
            {
                "label": str(state.label),
                "note": "",
                "state": "done" if n < here or n == here == last else "now" if n == here else "todo",
            }
            for n, state in enumerate(STAGES)
        ]


class BatchAct(StaffPage):
    """An address that only takes a POST about one batch."""

    roles = MONEY_ROLES
    back = "ledger:batch"

    @cached_property
    def batch(self) -> PayoutBatch:
        return self.find(PayoutBatch, pk=self.kwargs["pk"])

    def here(self) -> str:
        return reverse("ledger:batch", args=[self.batch.pk])


class Submit(BatchAct):
    def act(self) -> str:
        actions.submit(self.acting, self.batch)
        self.say(_("Submitted. A second person, with no hand in the batch or its cases, now approves it."))
        return self.here()


class Approve(BatchAct):
    def act(self) -> str:
        shown = self.request.POST.get("shown", "")
        actions.approve(self.acting, self.batch, shown=shown, day=self.acting.day)
        self.say(_("Approved as shown."))
        return self.here()


class Send(BatchAct):
    def act(self) -> str:
        actions.send(self.acting, self.batch, day=self.acting.day)
        self.say(_("The bank file is made and the money is on its way. Download the file and hand it to the bank."))
        return self.here()


class Dissolve(BatchAct):
    def act(self) -> str:
        actions.dissolve(self.acting, self.batch)
        self.say(_("The batch is dissolved; its payments are ready again."))
        return self.here()


class TakeOut(BatchAct):
    def act(self) -> str:
        actions.take_out(self.acting, self.find(self.batch.lines.all(), pk=self.request.POST.get("line")))
        self.say(_("The line is taken out; its payment is ready for another batch."))
        return self.here()


class Download(BatchAct):
    def act(self) -> HttpResponse:
        content = actions.download(self.acting, self.batch)
        name = f"{self.batch.number}.csv"
        return HttpResponse(
            content,
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
        )


class BatchForm(FormPage):
    """Shared by the forms about one batch."""

    roles = MONEY_ROLES

    @cached_property
    def batch(self) -> PayoutBatch:
        return self.find(PayoutBatch, pk=self.kwargs["pk"])

    def here(self) -> str:
        return reverse("ledger:batch", args=[self.batch.pk])

    def crumbs(self):
        return [(_("Pay-out batches"), reverse("ledger:batches")), (self.batch.number, self.here())]


class SendBack(BatchForm):
    title = gettext_lazy("Send the batch back")
    form_class = ReasonForm
    submit_label = gettext_lazy("Send back")
    introduction = gettext_lazy("The preparer can change the lines and submit again. An approval given before is void.")

    def submit(self, form: ReasonForm) -> str:
        actions.send_back(self.acting, self.batch, day=self.acting.day, note=form.cleaned_data["reason"])
        self.say(_("The batch is back with its preparer."))
        return self.here()


class EnterResult(BatchForm):
    title = gettext_lazy("Enter the bank's result")
    form_class = ResultForm
    template_name = "ledger/result.html"

    def submit(self, form: ResultForm) -> str | HttpResponse:
        try:
            kept = actions.import_result(
                self.acting, self.batch, content=form.cleaned_data["file"].read(), day=self.acting.day
            )
        except ResultRefused as refused:
            return self.show(status=422, form=form, faults=refused.faults)
        self.say(
            _("Taken over: %(paid)s paid, %(returned)s returned.")
            % {"paid": kept.paid_count, "returned": kept.returned_count}
        )
        return self.here()

    def context(self, **more: Any) -> dict[str, Any]:
        more.setdefault("faults", [])
        return super().context(batch=self.batch, **more)


class TakeBack(FormPage):
    """A payment reported as paid that the bank sent back later."""

    roles = MONEY_ROLES
    title = gettext_lazy("The bank sent this payment back")
    form_class = ReasonForm
    submit_label = gettext_lazy("Reverse the payment")
    introduction = gettext_lazy("The payment is reversed in the books; the order can then be corrected and paid again.")

    @cached_property
    def line(self) -> BatchLine:
        within = BatchLine.objects.filter(batch__in=PayoutBatch.objects.within(self.acting.path))
        return self.find(within.select_related("batch", "order"), pk=self.kwargs["pk"])

    def crumbs(self):
        return [(_("Pay-out batches"), reverse("ledger:batches")), (self.line.batch.number, self.here())]

    def here(self) -> str:
        return reverse("ledger:batch", args=[self.line.batch_id])

    def submit(self, form: ReasonForm) -> str:
        actions.take_back(self.acting, self.line, day=self.acting.day, reason=form.cleaned_data["reason"])
        self.say(_("The payment is reversed. Correct the order and pay again."))
        return self.here()
