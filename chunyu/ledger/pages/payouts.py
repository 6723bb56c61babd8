"""Batches: prepare, submit, approve as shown, send or draw the cash, take over the bank's answer."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse, reverse_lazy
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import MONEY_ROLES, READ_MONEY_ROLES
from chunyu.ledger import actions, queries
from chunyu.ledger.batch_digest import digest
from chunyu.ledger.checks_before_pay import findings
from chunyu.ledger.forms import PrepareForm, ReasonForm, ResultForm
from chunyu.ledger.models import BatchLine, Fund, LineFinding, PayoutBatch
from chunyu.ledger.pages.findings import shown, shown_finding
from chunyu.ledger.pages.funds import NO_MONEY_ROLE
from chunyu.ledger.process import BatchState
from chunyu.ledger.result_file import ResultRefused
from chunyu.ui.lists import Column, Empty, ListPage
from chunyu.ui.pages import Action, DetailPage, FormPage, StaffPage

BATCH_TONES = {
    "draft": "plain", "submitted": "amber", "approved": "sky", "sent": "sky", "settled": "rain", "dissolved": "plain",
}  # fmt: skip
STAGES = (BatchState.DRAFT, BatchState.SUBMITTED, BatchState.APPROVED, BatchState.SENT, BatchState.SETTLED)


class Batches(ListPage):
    roles = READ_MONEY_ROLES
    title = gettext_lazy("Pay-out batches")
    model = PayoutBatch
    columns = (
        Column("number", gettext_lazy("Batch"), link="ledger:batch"),
        Column("fund__name", gettext_lazy("Fund")),
        Column("day", gettext_lazy("Day"), kind="date"),
        Column(
            "status",
            gettext_lazy("State"),
            kind="tag",
            value=lambda batch: batch.state_words,
            sort="status",
            tone=lambda batch: BATCH_TONES[batch.status],
        ),
        Column("prepared_by__user__full_name", gettext_lazy("Prepared by")),
        Column("count", gettext_lazy("Number of payments"), kind="number"),
        Column("total_fen", gettext_lazy("Amount (yuan)"), kind="money"),
    )
    search = ("number", "fund__name")
    filters = ("status", "method")
    sort = "-day"
    empty = Empty(
        gettext_lazy("No batch yet"),
        gettext_lazy("Open a fund and prepare a batch from the payments that are ready."),
        Action(gettext_lazy("Payments ready to pay"), reverse_lazy("ledger:orders")),
    )

    def rows(self):
        return queries.batches(self.acting.path)

    def actions(self) -> list[Action]:
        return [
            Action(_("Held payments"), reverse("ledger:held")),
            Action(_("Unclear at the bank"), reverse("ledger:unclear")),
            Action(_("Check a printed list"), reverse("ledger:check-list")),
            Action(_("Payments ready to pay"), f"{reverse('ledger:orders')}?status=planned"),
        ]


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
        ready = queries.ready_orders(self.fund).select_related("fund").order_by("reference", "instalment")
        orders = list(ready)
        found = findings(orders, self.acting.day)
        return super().context(
            fund=self.fund,
            rows=[(order, [shown_finding(each) for each in found[order.pk]]) for order in orders],
            blocked=sum(any(each.blocks for each in found[order.pk]) for order in orders),
            total_fen=queries.summed(ready, "amount_fen"),
            form=PrepareForm(self.request.POST or None),
            **more,
        )

    def act(self) -> str:
        form = PrepareForm(self.request.POST)
        if not form.is_valid():
            raise Refusal(_("The name of the paying place is too long."), code="ledger_batch_cash_at_a_place")
        chosen = [
            each for each in queries.ready_orders(self.fund) if str(each.pk) in self.request.POST.getlist("order")
        ]
        day = self.acting.day
        held = {each.pk for each in actions.hold_blocked(self.acting, fund=self.fund, orders=chosen, day=day)}
        passed = [each for each in chosen if each.pk not in held]
        if held and not passed:
            self.say(_("Every chosen payment is held now. Another person looks at them."))
            return reverse("ledger:held")
        batch = actions.prepare_batch(
            self.acting, fund=self.fund, orders=passed, day=day, cash_at=form.cleaned_data["cash_at"]
        )
        if held:
            sentence = ngettext(
                "%(count)d payment is held; the others are in this batch. Check it, then submit it.",
                "%(count)d payments are held; the others are in this batch. Check it, then submit it.",
                len(held),
            )
            self.say(sentence % {"count": len(held)})
        else:
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
                button(
                    _("Draw the cash") if batch.in_cash else _("Make the bank file and send"),
                    "send", style="primary", method="post",
                ),
            ]  # fmt: skip
        if batch.status == "dissolved":
            return []
        if batch.in_cash:
            return [button(_("Bring back what was not fetched"), "bring-back")] if batch.status == "sent" else []
        return [
            button(_("Download the bank file"), "download", method="post"),
            button(_("Enter the bank's result"), "result", style="primary" if batch.status == "sent" else "plain"),
        ]

    def context(self, **more: Any) -> dict[str, Any]:
        batch = self.object
        rows = batch.lines.select_related("order__household", "order__fund", "receipt__by__user", "receipt__witness")
        lines = list(rows.order_by("line_no"))
        found = self._found(lines)
        decisions = [
            {"sentence": each.get_kind_display(), "time": each.at, "who": each.by.user.full_name,
             "note": each.note or each.digest[:16], "tone": "rain" if each.kind == "approve" else "amber"}
            for each in batch.decisions.select_related("by__user")
        ]  # fmt: skip
        return super().context(
            lines=[(line, found.get(line.pk, [])) for line in lines],
            count=len(lines),
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

    def _found(self, lines: list[BatchLine]) -> dict[Any, list[dict[str, str]]]:
        """What the checks find about a draft now; of a submitted batch, what they found and its approval binds."""
        if self.object.status == "draft":
            by_order = findings([line.order for line in lines], self.acting.day)
            return {line.pk: [shown_finding(each) for each in by_order[line.order_id]] for line in lines}
        kept: dict[Any, list[dict[str, str]]] = {}
        for each in LineFinding.objects.filter(line__batch=self.object).select_related("hold__released_by__user"):
            kept.setdefault(each.line_id, []).append(shown(each.code, each.detail, each.hold, blocks=False))
        return kept

    def _stages(self) -> list[dict[str, str]]:
        here = STAGES.index(self.object.status) if self.object.status in STAGES else -1
        last = len(STAGES) - 1
        return [
            {
                "label": self.object.words_of(state),
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
    fresh = True

    def act(self) -> str:
        shown = self.request.POST.get("shown", "")
        actions.approve(self.acting, self.batch, shown=shown, day=self.acting.day)
        self.say(_("Approved as shown."))
        return self.here()


class Send(BatchAct):
    fresh = True

    def act(self) -> str:
        if actions.send(self.acting, self.batch, day=self.acting.day) is None:
            self.say(_("The cash is drawn. Print the list, and enter the receipt of each person who takes the money."))
        else:
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
