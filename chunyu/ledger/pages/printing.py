"""Papers of the ledger: the list of a batch to be signed, and the receipt of one payment."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext as _

from chunyu.accounts.roles import MONEY_ROLES, READ_MONEY_ROLES
from chunyu.ledger import queries
from chunyu.ledger.batch_digest import digest
from chunyu.ledger.models import PaymentOrder, PayoutBatch
from chunyu.ledger.process import Method
from chunyu.printing.forms import Pair, PayoutLine, PayoutList, Receipt
from chunyu.printing.pages import PrintPage
from chunyu.printing.paper import Form, starred
from chunyu.privacy.fields import Sealed
from chunyu.privacy.masking import mask_card, mask_name


def payout_list(batch: PayoutBatch, *, masked: bool) -> PayoutList:
    """发放花名册 of a batch as it stands; its check code is the one that the second person approves."""
    lines = batch.lines.select_related("order").order_by("line_no")
    approved = batch.decisions.filter(kind="approve").select_related("by__user").last()
    return PayoutList(
        number=batch.number,
        day=batch.day,
        organisation=batch.organisation.name,
        check_code=digest(batch)[:16],
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
