"""What the ledger has built on households whose import is about to be taken back."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.utils.translation import gettext as _

from chunyu.ledger.models import PaymentOrder


def payments_on(households: Iterable[UUID]) -> dict[UUID, str]:
    """Those to whom a payment was ordered, whatever came of it."""
    found = PaymentOrder.objects.filter(household__in=list(households)).values_list("household_id", flat=True)
    return dict.fromkeys(found, str(_("a payment was ordered since")))
