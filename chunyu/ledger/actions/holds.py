"""Holding a payment back, by a check or by hand, and letting it go on."""

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.audit.record import record
from chunyu.ledger.actions.batches import locked, send_back
from chunyu.ledger.actions.orders import step
from chunyu.ledger.authority import handles_money
from chunyu.ledger.checks_before_pay import findings
from chunyu.ledger.models import Fund, OrderHold, PaymentOrder
from chunyu.ledger.models.checks import BY_HAND
from chunyu.ledger.process import READY, BatchState
from chunyu.ledger.refusing import refusing, sentences


@transaction.atomic
def hold_blocked(acting: Acting, *, fund: Fund, orders: Sequence[PaymentOrder], day: date) -> list[PaymentOrder]:
    """Hold those of a fund's ready orders against which a check stands; they are returned, the others can be paid."""
    handles_money(acting, fund.scope_path)
    ready = list(
        PaymentOrder.objects.select_for_update(of=["self"])
        .filter(pk__in=[order.pk for order in orders], fund=fund, status__in=READY)
        .select_related("fund")
        .order_by("pk")
    )
    found = findings(ready, day)
    held = [order for order in ready if any(each.blocks for each in found[order.pk])]
    with refusing():
        OrderHold.objects.bulk_create(
            [
                OrderHold(order=order, code=each.check.code, detail=each.detail, placed_by=acting.post, placed_on=day)
                for order in held
                for each in found[order.pk]
                if each.blocks
            ]
        )
        for order in held:
            order.status = step(order, "hold")
            order.save(update_fields=["status"])
    for order in held:
        codes = ", ".join(each.check.code for each in found[order.pk] if each.blocks)
        record(acting, "ledger.hold", order, f"{order.reference}: {codes}")
    return held


@transaction.atomic
def hold(acting: Acting, order: PaymentOrder, *, day: date, reason: str) -> PaymentOrder:
    """Hold one payment by hand, at any time before its batch is approved: it leaves its batch, and a batch that waited
    for the second person goes back to its preparer."""
    handles_money(acting, order.scope_path)
    if not reason.strip():
        raise Refusal(_("State why the payment is held."), code="ledger_hold_by_hand_with_reason")
    line = order.lines.filter(batch__status__in=["draft", "submitted", "approved"]).select_related("batch").first()
    batch = locked(line.batch) if line else None
    if batch is not None and batch.status == BatchState.APPROVED:
        raise Refusal(
            _("Batch %(batch)s is approved already: send it back first.") % {"batch": batch.number},
            code="ledger_hold_approved",
        )
    if batch is not None and batch.status == BatchState.SUBMITTED:
        send_back(acting, batch, day=day, note=_("A payment was held: %(reason)s") % {"reason": reason.strip()[:150]})
    order = PaymentOrder.objects.select_for_update().get(pk=order.pk)
    order.status = step(order, "hold")
    with refusing():
        if line is not None:
            line.delete()
        OrderHold.objects.create(order=order, code=BY_HAND, reason=reason.strip(), placed_by=acting.post, placed_on=day)
        order.save(update_fields=["status"])
    record(acting, "ledger.hold", order, f"{order.reference}: {BY_HAND}")
    return order


def release_barred(acting: Acting, order: PaymentOrder) -> Refusal | None:
    """Why this person cannot release this order, asked for the button; the database asks again."""
    if order.holds.filter(released_by__isnull=True, placed_by__user=acting.user_id).exists():
        return Refusal(sentences()["ledger_hold_released_by_another"], code="ledger_hold_released_by_another")
    return None


@transaction.atomic
def release(acting: Acting, order: PaymentOrder, *, day: date, reason: str) -> PaymentOrder:
    """Another person lets a held payment go on, with everything that held it, for a reason that stays with it."""
    handles_money(acting, order.scope_path)
    order = PaymentOrder.objects.select_for_update().get(pk=order.pk)
    after = step(order, "release")
    if not reason.strip():
        raise Refusal(_("State why the payment may go on."), code="ledger_hold_released_with_reason")
    with refusing():
        open_holds = OrderHold.objects.filter(order=order, released_by__isnull=True)
        codes = list(open_holds.values_list("code", flat=True))
        open_holds.update(released_by=acting.post, released_on=day, release_reason=reason.strip())
        order.status = after
        order.save(update_fields=["status"])
    record(acting, "ledger.release", order, f"{order.reference}: {', '.join(codes)}")
    return order
