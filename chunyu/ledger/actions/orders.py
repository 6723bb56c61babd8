"""Payment orders: the money for a decision set aside, released again, or sent anew to a corrected card."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.models import User
from chunyu.accounts.refusal import Refusal
from chunyu.audit.record import record
from chunyu.federation.models import Organisation
from chunyu.federation.one_of import one_of
from chunyu.ledger import accounts
from chunyu.ledger.authority import handles_money
from chunyu.ledger.bank_card import card_digits
from chunyu.ledger.earmarks.matrix import refuse_outside
from chunyu.ledger.earmarks.uses import use_of
from chunyu.ledger.models import Account, Fund, OrderPart, PaymentOrder, Reason
from chunyu.ledger.posting import Movement, move, post
from chunyu.ledger.process import ORDER_MOVES
from chunyu.ledger.refusing import refusing
from chunyu.ledger.shares import Share, shares_of
from chunyu.registry.models import Household
from chunyu.ui.templatetags.show import yuan


@transaction.atomic
def order_payment(
    acting: Acting,
    *,
    organisation: Organisation,
    household: Household,
    programme: str,
    programme_label: str,
    fund: Fund,
    amount_fen: int,
    reference: str,
    payee_name: str,
    bank_name: str,
    card_number: str,
    day: date,
    entered_by: User | None = None,
    approved_by: User | None = None,
    instalment: int = 1,
    delivery: str = "",
    also: Sequence[tuple[Fund, int]] = (),
    in_cash: bool = False,
) -> PaymentOrder:
    """Set money aside for a decision that has been approved; it is paid with a later batch of the fund.

    `also` names further funds of the same organisation and what each gives (fen) of `amount_fen`; the rest is of
    `fund`, under which the whole goes to the bank. The family gets one payment, and all parts are paid or none.

    `reference` is the case number. The caller's process has asked who may approve; nobody named here (`acting`,
    `entered_by`, `approved_by`) can approve the batch. The same order again returns the first one; another amount,
    household or fund under the same reference, programme and instalment is refused. `delivery` is one of `Delivery`,
    or empty where it is not known. An order `in_cash` needs no card, and goes to no bank
    while it has none.
    """
    order = PaymentOrder(
        organisation=organisation,
        household=household,
        fund=fund,
        programme=programme,
        programme_label=programme_label,
        amount_fen=amount_fen,
        reference=reference,
        instalment=instalment,
        use=use_of(programme),
        mixed=bool(also),
        delivery=delivery,
        payee_name=payee_name.strip(),
        bank_name=bank_name.strip(),
        card=_card(card_number, in_cash),
        ordered_on=day,
        ordered_by=acting.post,
        entered_by=entered_by,
        approved_by=approved_by,
    )
    parts = [(fund, amount_fen - sum(fen for _fund, fen in also)), *also] if also else [(fund, amount_fen)]
    if earlier := _earlier(order, parts):
        return earlier
    for payer, fen in parts:
        _fits(payer, organisation, order)
        _enough_free(payer, fen)
    return set_aside(acting, order, day, parts if also else ())


def set_aside(acting: Acting, order: PaymentOrder, day: date, parts: Sequence[tuple[Fund, int]] = ()) -> PaymentOrder:
    """Write an order and move its money from free to set aside, in every fund that pays a part; all or nothing."""
    with refusing():
        order.save(force_insert=True)
        for payer, fen in parts:
            OrderPart.objects.create(order=order, fund=payer, amount_fen=fen)
        post(acting, [_reservation(order, share, day) for share in shares_of(order)])
    record(acting, "ledger.order_payment", order, f"{order.reference}: {yuan(order.amount_fen)} yuan")
    return order


@dataclass(frozen=True)
class ListedPayment:
    """One line of a list that was decided as a whole: to whom, how much, under which number; in cash without a card."""

    household: Household
    amount_fen: int
    reference: str
    payee_name: str
    bank_name: str
    card_number: str
    in_cash: bool = False
    instalment: int = 1


@transaction.atomic
def order_list(
    acting: Acting,
    *,
    fund: Fund,
    programme: str,
    programme_label: str,
    lines: Sequence[ListedPayment],
    day: date,
    delivery: str,
    entered_by: User | None = None,
    approved_by: User | None = None,
) -> list[PaymentOrder]:
    """Set money aside for a whole list (of a campaign, of a round) that has been approved; all lines or none.

    Like `order_payment` for each line, in a few statements however long the list is. A line whose number has a live
    order for the programme already refuses the list.
    """
    _enough_free(fund, sum(line.amount_fen for line in lines))
    use = use_of(programme)
    orders = [
        PaymentOrder(
            organisation=line.household.organisation,
            household=line.household,
            fund=fund,
            programme=programme,
            programme_label=programme_label,
            amount_fen=line.amount_fen,
            reference=line.reference,
            use=use,
            instalment=line.instalment,
            delivery=delivery,
            payee_name=line.payee_name.strip(),
            bank_name=line.bank_name.strip(),
            card=_card(line.card_number, line.in_cash),
            ordered_on=day,
            ordered_by=acting.post,
            entered_by=entered_by,
            approved_by=approved_by,
        )
        for line in lines
    ]
    for organisation, order in {order.organisation: order for order in orders}.items():
        _fits(fund, organisation, order)
    free, aside = accounts.of(fund, accounts.CASH, (Account.Kind.COMMITTED, programme))
    with refusing():
        PaymentOrder.objects.bulk_create(orders)
        post(acting, [_reserved(order, order.amount_fen, "", day, free, aside) for order in orders])
    total = sum(order.amount_fen for order in orders)
    record(acting, "ledger.order_list", fund, f"{len(orders)} orders, {yuan(total)} yuan")
    return orders


def _card(written: str, in_cash: bool) -> str | None:
    return None if in_cash and not written.strip() else card_digits(written)


def _reservation(order: PaymentOrder, share: Share, day: date) -> Movement:
    free, aside = accounts.of(share.fund, accounts.CASH, (Account.Kind.COMMITTED, order.programme))
    return _reserved(order, share.fen, share.mark, day, free, aside)


def _reserved(order: PaymentOrder, fen: int, mark: str, day: date, free: Account, aside: Account) -> Movement:
    return move(
        f"reserve:{order.pk}{mark}",
        Reason.RESERVATION,
        day,
        out_of=free,
        into=aside,
        quantity=fen,
        programme=order.programme,
        reference=order.reference,
    )


def _earlier(order: PaymentOrder, parts: Sequence[tuple[Fund, int]]) -> PaymentOrder | None:
    """The live order of the same decision: the same one is simply returned, a different one refused."""
    live = PaymentOrder.objects.exclude(status="cancelled")
    earlier = live.filter(reference=order.reference, programme=order.programme, instalment=order.instalment).first()
    if earlier is None:
        return None
    paid_from = sorted((share.fund.pk, share.fen) for share in shares_of(earlier))
    if earlier.household_id == order.household_id and paid_from == sorted((fund.pk, fen) for fund, fen in parts):
        return earlier
    raise Refusal(
        _("Case %(reference)s already has a payment order for this programme, with other content. Cancel that first.")
        % {"reference": order.reference},
        code="ledger_order_once_per_decision",
    )


def _fits(fund: Fund, organisation: Organisation, order: PaymentOrder) -> None:
    """The fund is of this organisation or above it, and serves the programme by its earmarks and by the matrix."""
    if not fund.organisation.covers(organisation.path):
        raise Refusal(_("This fund belongs to another organisation."), code="ledger_order_foreign_fund")
    if not fund.serves(order.programme):
        raise Refusal(
            _("The fund “%(fund)s” is not meant for “%(programme)s”. Choose a fund that serves it.")
            % {"fund": fund.name, "programme": order.programme_label},
            code="ledger_account_opens_in_its_earmark",
        )
    rule_no = next((mark.rule_no for mark in fund.earmarks.all() if mark.programme == order.programme), "")
    refuse_outside(fund.source, fund.get_source_display(), order.use, order.ordered_on, rule_no=rule_no)


def _enough_free(fund: Fund, amount_fen: int) -> None:
    """The kind question; the floor of the account is the answer that counts."""
    free = accounts.cash(fund).balance
    if free < amount_fen:
        raise Refusal(
            _("The fund “%(fund)s” has %(free)s yuan free; %(needed)s yuan are needed.")
            % {"fund": fund.name, "free": yuan(free), "needed": yuan(amount_fen)},
            code="ledger_account_not_below_floor",
        )


def step(order: PaymentOrder, name: str) -> str:
    """The state that a move leads to; Refusal when the order cannot make it now."""
    if (after := ORDER_MOVES.get((order.status, name))) is None:
        raise Refusal(
            _("Order %(order)s is “%(state)s”: this cannot be done now.")
            % {"order": order, "state": order.get_status_display()},
            code="ledger_order_state",
        )
    return after


def step_all(orders: Collection[PaymentOrder], name: str) -> None:
    """The same move of many orders, written in one statement for each state that it leads to."""
    after: dict[str, list[UUID]] = defaultdict(list)
    for order in orders:
        order.status = step(order, name)
        after[order.status].append(order.pk)
    for status, keys in after.items():
        PaymentOrder.objects.filter(one_of("pk", keys)).update(status=status)


def _locked(order: PaymentOrder) -> PaymentOrder:
    return PaymentOrder.objects.select_for_update(of=["self"]).select_related("fund__organisation").get(pk=order.pk)


@transaction.atomic
def cancel_order(acting: Acting, order: PaymentOrder, *, day: date, reason: str) -> PaymentOrder:
    """The money set aside is free again. Only while the order is in no batch and not paid."""
    order = _locked(order)
    handles_money(acting, order.scope_path)
    if not reason.strip():
        raise Refusal(_("State why the order is cancelled."), code="ledger_cancel_reason")
    order.status = step(order, "cancel")
    order.save(update_fields=["status"])
    post(acting, [_release(order, share, day, reason.strip()) for share in shares_of(order)])
    record(acting, "ledger.cancel_order", order, order.reference)
    return order


def _release(order: PaymentOrder, share: Share, day: date, note: str) -> Movement:
    free, aside = accounts.of(share.fund, accounts.CASH, (Account.Kind.COMMITTED, order.programme))
    return move(
        f"release:{order.pk}{share.mark}",
        Reason.RELEASE,
        day,
        out_of=aside,
        into=free,
        quantity=share.fen,
        programme=order.programme,
        reference=order.reference,
        note=note,
    )


@transaction.atomic
def reissue(
    acting: Acting, order: PaymentOrder, *, card_number: str, bank_name: str, payee_name: str = ""
) -> PaymentOrder:
    """A payment that came back waits for a new batch, with the corrected card; one without a card waits for cash to be
    paid again. The old line stays as it was."""
    order = _locked(order)
    handles_money(acting, order.scope_path)
    order.status = step(order, "reissue")
    if card_number.strip() or order.card is not None:
        order.card = card_digits(card_number)
    order.bank_name = bank_name.strip() or order.bank_name
    order.payee_name = payee_name.strip() or order.payee_name
    with refusing():
        order.save(update_fields=["status", "card", "bank_name", "payee_name"])
    record(acting, "ledger.reissue", order, order.reference)
    return order
