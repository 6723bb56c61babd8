"""What the ledger knows to be under way on a file that is about to be joined to another."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from chunyu.accounts.refusal import Refusal
from chunyu.ledger.models import PaymentOrder
from chunyu.registry.models import Household


def money_on_its_way(joined: Household, into: Household) -> Iterator[Refusal]:
    """Payments of either file that are ordered and have neither arrived nor been cancelled: both might be of one
    need."""
    waiting = PaymentOrder.objects.filter(household__in=[joined, into]).exclude(status__in=["paid", "cancelled"])
    for order in waiting.order_by("reference"):
        sentence = _("The payment of case %(number)s is still on its way. Wait for the bank, or cancel it first.")
        yield Refusal(sentence % {"number": order.reference}, code="money_on_its_way")
