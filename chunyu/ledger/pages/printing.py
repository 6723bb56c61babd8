"""Papers of the ledger: the list of a batch to be signed, and the receipt of one payment."""

from __future__ import annotations

import hmac

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import MONEY_ROLES, READ_MONEY_ROLES
from chunyu.ledger import queries
from chunyu.ledger.batch_digest import digest
from chunyu.ledger.forms import PrintedListForm
from chunyu.ledger.models import PaymentOrder, PayoutBatch
from chunyu.ledger.process import Method
from chunyu.printing.forms import Pair, PayoutLine, PayoutList, Receipt
from chunyu.printing.pages import PrintPage
from chunyu.printing.paper import Form, starred
from chunyu.privacy.fields import Sealed
from chunyu.privacy.masking import mask_card, mask_name
from chunyu.ui.pages import FormPage
from chunyu.ui.templatetags.show import yuan


def payout_list(batch: PayoutBatch, *, masked: bool) -> PayoutList:
    """发放花名册 of a batch as it stands; its check code is the one that the second person approves."""
    lines = batch.lines.select_related("order").order_by("line_no")
    approved = batch.decisions.filter(kind="approve").select_related("by__user").last()
    return PayoutList(
        number=batch.number,
        day=batch.day,
        organisation=batch.organisation.name,
        check_code=check_code_of(batch),
        masked=masked,
        facts=(
            Pair(_("Fund"), batch.fund.name),
            Pair(_("Document number"), batch.fund.document_no or "—"),
            Pair(_("Day"), batch.day.isoformat()),
        ),
        lines=tuple(
            PayoutLine(
                str(each.line_no),
                starred(mask_name(each.payee_name)) if masked else each.payee_name,
                each.order.reference,
                each.order.programme_label,
                each.bank_name,
                card_or_cash(each.card),
                each.amount_fen,
            )
            for each in lines
        ),
        total_fen=sum(each.amount_fen for each in lines),
        signers=(
            Pair(_("Prepared by:"), batch.prepared_by.user.full_name),
            Pair(_("Approved by:"), approved.by.user.full_name if approved and batch.status != "submitted" else ""),
            Pair(_("Cashier:"), ""),
        ),
    )


def check_code_of(batch: PayoutBatch) -> str:
    """What every page of the printed list carries: the head of the digest that the second person approves."""
    return digest(batch)[:16]


def card_or_cash(card: Sealed | None) -> str:
    """The last four of the card; whoever has none is paid in cash."""
    return starred(mask_card(card.reveal())) if card is not None else str(Method.CASH.label)


def receipt(order: PaymentOrder, *, masked: bool) -> Receipt:
    """领款收据 of one payment, twice on a sheet: one for the receiver, one for the file."""
    card = card_or_cash(order.card)
    return Receipt(
        number=str(order),
        day=order.ordered_on,
        organisation=order.fund.organisation.name,
        masked=masked,
        receiver=starred(mask_name(order.payee_name)) if masked else order.payee_name,
        programme=order.programme_label,
        fund=order.fund.name,
        reference=order.reference,
        way=f"{order.bank_name} {card}".strip(),
        amount_fen=order.amount_fen,
    )


class PrintBatch(PrintPage):
    roles = READ_MONEY_ROLES
    event = "ledger.print_list"
    back = "ledger:batch"

    def paper(self) -> tuple[Form, models.Model]:
        batch = self.find(queries.batches(self.acting.path), pk=self.kwargs["pk"])
        return payout_list(batch, masked=self.acting.role not in MONEY_ROLES), batch


class PrintReceipt(PrintPage):
    roles = READ_MONEY_ROLES
    event = "ledger.print_receipt"
    back = "ledger:order"

    def paper(self) -> tuple[Form, models.Model]:
        order = self.find(PaymentOrder.objects.within(self.acting.path).select_related("fund__organisation"),
                          pk=self.kwargs["pk"])  # fmt: skip
        return receipt(order, masked=self.acting.role not in MONEY_ROLES), order


class CheckPrintedList(FormPage):
    """Whether a list on paper is the one on the books: another amount, name, card or order has another code."""

    roles = READ_MONEY_ROLES
    title = gettext_lazy("Check a printed list")
    form_class = PrintedListForm
    submit_label = gettext_lazy("Compare with the books")
    introduction = gettext_lazy("The code binds every line: case, payee, bank, card, amount and order.")

    def crumbs(self):
        return [(_("Pay-out batches"), reverse("ledger:batches"))]

    def cancel_url(self) -> str:
        return reverse("ledger:batches")

    def submit(self, form: PrintedListForm) -> str:
        batch = queries.batches(self.acting.path).filter(number=form.cleaned_data["number"].strip()).first()
        if batch is None:
            raise Refusal(_("No list of this number is on the books here."), code="no_list")
        if not hmac.compare_digest(check_code_of(batch).encode(), form.cleaned_data["code"].encode()):
            sentence = _("The list on paper is not the one on the books: do not pay from it. Print the list anew.")
            raise Refusal(sentence, code="other_list")
        said = {"count": batch.lines.count(), "amount": yuan(batch.total_fen), "state": batch.state_words}
        self.say(
            _("The list on paper is the one on the books: %(count)s payments, %(amount)s yuan; it is %(state)s.") % said
        )
        return reverse("ledger:batch", args=[batch.pk])
