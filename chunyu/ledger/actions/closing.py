"""Closing a fund's year: stated by one person, closed by another, what is left carried into next year's books."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.audit.record import record
from chunyu.ledger import accounts
from chunyu.ledger.actions.funds import open_beside
from chunyu.ledger.actions.orders import cancel_order, set_aside
from chunyu.ledger.authority import handles_money
from chunyu.ledger.closing import blockers, canonical_text, carried, digest_of, open_orders
from chunyu.ledger.models import Account, ClosingStatement, Fund, PaymentOrder, Reason, YearClosing
from chunyu.ledger.posting import move, post
from chunyu.ledger.refusing import refusing
from chunyu.ledger.shares import Share
from chunyu.ui.templatetags.show import yuan


@transaction.atomic
def prepare_closing(acting: Acting, *, fund: Fund, year: int) -> ClosingStatement:
    """State how a year of a fund ended and which orders go on in the next. Refusal with everything that stands in the
    way: money at the bank or on its way, orders in a batch, orders that cannot be carried."""
    handles_money(acting, fund.scope_path)
    _clear(fund, year, acting.day)
    text = canonical_text(fund, year)
    with refusing():
        statement = ClosingStatement.objects.create(
            organisation=fund.organisation,
            fund=fund,
            year=year,
            text=text,
            digest=digest_of(text),
            prepared_by=acting.post,
            prepared_on=acting.day,
        )
    record(acting, "ledger.prepare_closing", fund, f"{year}, code x{statement.digest[:16]}")
    return statement


def _clear(fund: Fund, year: int, day: date) -> None:
    found = blockers(fund, year, day)
    if found:
        raise Refusal(" ".join(found), code="ledger_yearclosing_blocked")


@transaction.atomic
def close_year(acting: Acting, statement: ClosingStatement, *, shown: str) -> YearClosing:
    """A second person closes the year as shown. Free money and the orders that are set aside go on, by postings of
    today, in the fund of the next year. There is no opening a year again: corrections go into the open one."""
    fund, year, day = statement.fund, statement.year, acting.day
    handles_money(acting, fund.scope_path)
    # Whoever is posting now holds these rows; whoever comes later finds the year closed.
    beside = Fund.objects.filter(parts__order__in=[order.pk for order in open_orders(fund)])
    list(Account.objects.select_for_update().filter(Q(fund=fund) | Q(fund__in=beside)).order_by("pk"))
    _clear(fund, year, day)
    if not statement.digest == shown == digest_of(canonical_text(fund, year)):
        raise Refusal(
            _("The statement is not what was shown. Prepare it again and look at it before you close the year."),
            code="ledger_statement_changed",
        )
    with refusing():
        successor = _carry(acting, fund, year, day)
        closing = YearClosing.objects.create(
            fund=fund, year=year, statement=statement, successor=successor, by=acting.post
        )
    record(acting, "ledger.close_year", fund, f"{year}, code x{statement.digest[:16]}")
    return closing


def _carry(acting: Acting, fund: Fund, year: int, day: date) -> Fund | None:
    """Everything that is left goes on in the fund of the next year; None when nothing is left."""
    waiting = carried(fund)
    old = accounts.cash(fund)
    left = old.balance + sum(fen for _order, _shares, fen in waiting)
    if not left:
        return None
    after = Fund.objects.filter(
        organisation=fund.organisation, source=fund.source, document_no=fund.document_no, year=year + 1
    ).first() or open_beside(acting, fund, year=year + 1, opened_on=day)
    for order, _shares, _fen in waiting:
        cancel_order(acting, order, day=day, reason=_("Carried over into %(year)s.") % {"year": year + 1})
    movement = move(
        f"carry:{fund.pk}:{year}",
        Reason.CARRY,
        day,
        out_of=old,
        into=accounts.cash(after),
        quantity=left,
        reference=str(year),
    )
    post(acting, [movement])
    for order, shares, _fen in waiting:
        set_aside(acting, _goes_on(order, fund, after), day, _parts(order, shares, fund, after))
    record(acting, "ledger.carry_over", after, f"{yuan(left)} yuan, {len(waiting)} orders")
    return after


def _parts(order: PaymentOrder, shares: Sequence[Share], fund: Fund, after: Fund) -> list[tuple[Fund, int]]:
    """What each fund gives to the order from now on: the next year's for the closed one, the others as they did."""
    if not order.mixed:
        return []
    given: dict[int, tuple[Fund, int]] = {}
    for share in shares:
        payer = after if share.fund.pk == fund.pk else share.fund
        given[payer.pk] = (payer, share.fen + given.get(payer.pk, (payer, 0))[1])
    return list(given.values())


def _goes_on(order: PaymentOrder, fund: Fund, after: Fund) -> PaymentOrder:
    """The same decision, to be paid from the books of the next year; under the other fund where that one is first."""
    return PaymentOrder(
        organisation=order.organisation,
        household=order.household,
        fund=after if order.fund_id == fund.pk else order.fund,
        mixed=order.mixed,
        programme=order.programme,
        programme_label=order.programme_label,
        use=order.use,
        amount_fen=order.amount_fen,
        reference=order.reference,
        instalment=order.instalment,
        delivery=order.delivery,
        payee_name=order.payee_name,
        bank_name=order.bank_name,
        card=order.card,
        ordered_on=order.ordered_on,
        ordered_by=order.ordered_by,
        entered_by=order.entered_by,
        approved_by=order.approved_by,
        carries=order,
    )
