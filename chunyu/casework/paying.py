"""What casework knows against paying now on a case's decision; see chunyu.ledger.checks_before_pay."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Protocol, TypeVar

from django.db.models import Exists, OuterRef

from chunyu.casework.models import Objection, PublicNotice
from chunyu.federation.one_of import one_of


class Payment(Protocol):
    """An order to pay; `reference` is the number of the case that decided it."""

    reference: str


P = TypeVar("P", bound=Payment)


def notices_running(payments: Sequence[P], day: date) -> Iterator[tuple[P, str]]:
    """The public notice of the case has not ended by the day."""
    numbers = {payment.reference for payment in payments}
    running = PublicNotice.objects.filter(one_of("case__number", numbers), withdrawn_on__isnull=True, to_day__gte=day)
    until = dict(running.order_by("to_day").values_list("case__number", "to_day"))
    for payment in payments:
        if payment.reference in until:
            yield payment, until[payment.reference].isoformat()


def objections_open(payments: Sequence[P], day: date) -> Iterator[tuple[P, str]]:
    """Somebody objected to the notice of the case, and that is not resolved."""
    numbers = {payment.reference for payment in payments}
    waiting = Objection.objects.filter(one_of("notice__case__number", numbers), resolved_on__isnull=True)
    since = dict(waiting.order_by("-received_on").values_list("notice__case__number", "received_on"))
    for payment in payments:
        if payment.reference in since:
            yield payment, since[payment.reference].isoformat()


def left_before_notice_end() -> Exists:
    """Of a line of a batch: the batch left before the public notice of its case was over."""
    return Exists(
        PublicNotice.objects.filter(
            case__number=OuterRef("order__reference"), withdrawn_on__isnull=True, to_day__gte=OuterRef("batch__sent_on")
        )
    )
