"""Held payments and their release; lines unclear at the bank; cash handed over against receipts."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chunyu.accounts.roles import MONEY_ROLES, READ_MONEY_ROLES
from chunyu.audit.record import record
from chunyu.federation.models import path_end
from chunyu.ledger import actions, queries
from chunyu.ledger.forms import ClearingForm, ReasonForm, ReceiptForm
from chunyu.ledger.models import BatchLine, CashReceipt, OrderHold, PayoutBatch
from chunyu.ledger.pages.findings import why_held
from chunyu.ledger.pages.funds import NO_MONEY_ROLE
from chunyu.ledger.pages.orders import OrderForm
from chunyu.ledger.pages.payouts import BatchForm
from chunyu.ui.lists import Column, Empty, ListPage
from chunyu.ui.pages import Action, FormPage, StaffPage


class Held(ListPage):
    """Payments that something holds back, each with why, by whom and since when."""

    roles = READ_MONEY_ROLES
    title = gettext_lazy("Held payments")
    model = OrderHold
    columns = (
        Column("placed_on", gettext_lazy("Held on"), kind="date"),
        Column(
            "order__reference",
            gettext_lazy("Case number"),
            link=lambda hold: reverse("ledger:order", args=[hold.order_id]),
        ),
        Column("order__payee_name", gettext_lazy("Payee"), note="order__household__file_number"),
        Column("order__programme_label", gettext_lazy("Programme")),
        Column("code", gettext_lazy("Why"), value=why_held, sort="code"),
        Column("placed_by__user__full_name", gettext_lazy("Held by")),
        Column("order__amount_fen", gettext_lazy("Amount (yuan)"), kind="money"),
    )
    search = ("order__reference", "order__payee_name", "order__household__file_number")
    sort = "-placed_on"
    export_name = "held"
    empty = Empty(
        gettext_lazy("No payment is held"),
        gettext_lazy("The checks before paying hold a payment when something stands against it; a person can too."),
    )

    def rows(self):
        path = self.acting.path
        return OrderHold.objects.filter(
            released_by__isnull=True,
            order__status="held",
            order__scope_path__gte=path,
            order__scope_path__lt=path_end(path),
        ).select_related("order__household", "placed_by__user")

    def crumbs(self):
        return [(_("Pay-out batches"), reverse("ledger:batches"))]

    def exported(self, kind: str, count: int) -> None:
        record(self.acting, "ledger.export_held", self.acting.organisation, f"{kind} {count}")


class Hold(OrderForm):
    title = gettext_lazy("Hold the payment")
    form_class = ReasonForm
    submit_label = gettext_lazy("Hold")
    introduction = gettext_lazy(
        "The payment leaves its batch and goes into none until another person releases it. A batch that waits for the "
        "second person goes back to its preparer."
    )

    def submit(self, form: ReasonForm) -> str:
        actions.hold(self.acting, self.order, day=self.acting.day, reason=form.cleaned_data["reason"])
        self.say(_("The payment is held."))
        return self.here()


class Release(OrderForm):
    fresh = True
    title = gettext_lazy("Release the payment")
    form_class = ReasonForm
    template_name = "ledger/release.html"
    submit_label = gettext_lazy("Release")
    introduction = gettext_lazy("Say what you looked at. It stays with the payment and is shown to whoever approves.")

    def submit(self, form: ReasonForm) -> str:
        actions.release(self.acting, self.order, day=self.acting.day, reason=form.cleaned_data["reason"])
        self.say(_("The payment can go into a batch."))
        return self.here()

    def context(self, **more: Any) -> dict[str, Any]:
        holds = self.order.holds.filter(released_by__isnull=True).select_related("placed_by__user")
        return super().context(
            order=self.order,
            held=[(why_held(hold), hold.placed_by.user.full_name, hold.placed_on) for hold in holds],
            **more,
        )


# --- unclear at the bank


class Unclear(ListPage):
    """Lines of which nobody knows whether the money arrived, the oldest first."""

    roles = READ_MONEY_ROLES
    title = gettext_lazy("Unclear at the bank")
    model = BatchLine
    columns = (
        Column("days", gettext_lazy("Days"), kind="number"),
        Column("line_key", gettext_lazy("Line key"), link="ledger:clear"),
        Column("payee_name", gettext_lazy("Payee"), note="order__household__file_number"),
        Column("batch__number", gettext_lazy("Batch"), link=lambda line: reverse("ledger:batch", args=[line.batch_id])),
        Column("outcome", gettext_lazy("Bank's answer")),
        Column("since", gettext_lazy("Since"), kind="date"),
        Column("amount_fen", gettext_lazy("Amount (yuan)"), kind="money"),
    )
    search = ("line_key", "payee_name", "order__household__file_number")
    sort = "-days"
    export_name = "unclear"
    template_name = "ledger/summed_list.html"
    empty = Empty(
        gettext_lazy("Nothing is unclear at the bank"),
        gettext_lazy("A line comes here when the bank does not know of it, or has not answered for three days."),
    )

    def rows(self):
        return queries.unclear_at_bank(self.acting.path, self.acting.day)

    def crumbs(self):
        return [(_("Pay-out batches"), reverse("ledger:batches"))]

    def exported(self, kind: str, count: int) -> None:
        record(self.acting, "ledger.export_unclear", self.acting.organisation, f"{kind} {count}")

    def total_fen(self) -> int:
        return queries.summed(self.found, "amount_fen")


class LinePage(FormPage):
    """Shared by the pages about one line of a batch."""

    roles = MONEY_ROLES

    @cached_property
    def line(self) -> BatchLine:
        path = self.acting.path
        within = BatchLine.objects.filter(batch__scope_path__gte=path, batch__scope_path__lt=path_end(path))
        return self.find(within.select_related("batch__fund", "order__household"), pk=self.kwargs["pk"])

    def batch_url(self) -> str:
        return reverse("ledger:batch", args=[self.line.batch_id])

    def crumbs(self):
        return [(_("Pay-out batches"), reverse("ledger:batches")), (self.line.batch.number, self.batch_url())]

    def context(self, **more: Any) -> dict[str, Any]:
        return super().context(line=self.line, **more)


class Clear(LinePage):
    """What became of an unclear line: one person says it with the statement's number, another confirms."""

    roles = READ_MONEY_ROLES
    title = gettext_lazy("Clear a line with the bank's statement")
    form_class = ClearingForm
    template_name = "ledger/clear.html"
    submit_label = gettext_lazy("Hand to a second person")

    def submit(self, form: ClearingForm) -> str:
        actions.say_cleared(self.acting, self.line, day=self.acting.day, **form.cleaned_data)
        self.say(_("Noted. Nothing moves until another person confirms it."))
        return reverse("ledger:clear", args=[self.line.pk])

    def context(self, **more: Any) -> dict[str, Any]:
        clearings = list(self.line.clearings.select_related("said_by__user", "confirmed_by__user"))
        waiting = next((each for each in clearings if not (each.confirmed_on or each.dropped_on)), None)
        barred = "" if self.acting.role in MONEY_ROLES else str(NO_MONEY_ROLE)
        answer = [self.line.pk]
        return super().context(
            clearings=clearings,
            waiting=waiting,
            is_open=self.line.outcome in ("", "unclear") and self.line.batch.status == "sent",
            may_say=not barred,
            confirm=waiting
            and Action.judged(
                _("Confirm"), reverse("ledger:confirm-clearing", args=answer),
                barred or actions.confirmation_barred(self.acting, waiting), "primary", method="post",
            ),
            drop=waiting
            and Action.judged(
                _("Drop"), reverse("ledger:drop-clearing", args=answer), barred, "quiet", method="post"
            ),
            **more,
        )  # fmt: skip


class ClearingAct(LinePage):
    """An address that only takes a POST about the finding that waits on a line."""

    template_name = ""
    back = "ledger:clear"

    def post(self, request, *args, **kwargs) -> HttpResponse:
        return StaffPage.post(self, request, *args, **kwargs)

    def waiting(self):
        return self.find(self.line.clearings.filter(confirmed_on__isnull=True, dropped_on__isnull=True))


class ConfirmClearing(ClearingAct):
    def act(self) -> str:
        actions.confirm_cleared(self.acting, self.waiting(), day=self.acting.day)
        self.say(_("The line is settled."))
        return self.batch_url()


class DropClearing(ClearingAct):
    def act(self) -> str:
        actions.drop_clearing(self.acting, self.waiting(), day=self.acting.day)
        self.say(_("Dropped. The line waits on."))
        return reverse("ledger:clear", args=[self.line.pk])


# --- cash


class HandOver(LinePage):
    title = gettext_lazy("Hand over cash")
    form_class = ReceiptForm
    template_name = "ledger/hand_over.html"
    submit_label = gettext_lazy("Enter the receipt")

    def form_arguments(self) -> dict[str, Any]:
        return {
            "people": actions.witnesses(self.acting, self.line.batch.scope_path),
            "initial": {"taken_by": self.line.payee_name},
        }

    def submit(self, form: ReceiptForm) -> str:
        data = form.cleaned_data
        actions.hand_over(
            self.acting,
            self.line,
            kind=data["kind"],
            taken_by=data["taken_by"],
            paper=data["paper"].read(),
            witness=data["witness"],
            day=self.acting.day,
        )
        self.say(_("The receipt is kept and the payment is entered."))
        return self.batch_url()


class BringBack(BatchForm):
    title = gettext_lazy("Bring back what was not fetched")
    form_class = ReasonForm
    submit_label = gettext_lazy("Bring back")
    introduction = gettext_lazy(
        "Every line without a receipt returns to the fund. It can be paid again, by the bank or in cash, or cancelled."
    )

    def submit(self, form: ReasonForm) -> str:
        actions.bring_back(self.acting, self.batch, day=self.acting.day, reason=form.cleaned_data["reason"])
        self.say(_("What was not fetched is back in the fund."))
        return self.here()


class Receipt(StaffPage):
    """The signed paper itself. That it was opened is part of the record, so it is asked for with a POST."""

    roles = READ_MONEY_ROLES
    back = "ledger:batches"

    def act(self) -> HttpResponse:
        within = PayoutBatch.objects.within(self.acting.path)
        receipt = self.find(
            CashReceipt.objects.filter(line__batch__in=within).select_related("line__batch"), line=self.kwargs["pk"]
        )
        content = actions.open_receipt(self.acting, receipt)
        ending = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}[receipt.content_type]
        return HttpResponse(
            content,
            content_type=receipt.content_type,
            headers={
                "Content-Disposition": f'attachment; filename="{receipt.line.line_key}.{ending}"',
                "Cache-Control": "no-store",
            },
        )
