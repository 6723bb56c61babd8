"""The states of a payment order, of a batch and of its lines, and the moves between them.

Each table is (state, move) -> state and nothing else; the database keeps the same tables by triggers, so that no
statement can skip a step. Who may make a move and what it needs is said by the actions in `chunyu.ledger.actions`.
"""

from collections.abc import Mapping

from django.db import models
from django.utils.translation import gettext_lazy as _


class OrderState(models.TextChoices):
    PLANNED = "planned", _("ready to pay")
    BATCHED = "batched", _("in a batch")
    SENT = "sent", _("at the bank")
    PAID = "paid", _("paid")
    RETURNED = "returned", _("returned by the bank")
    REISSUED = "reissued", _("corrected, ready to pay again")
    CANCELLED = "cancelled", _("cancelled")


ORDER_MOVES: Mapping[tuple[str, str], str] = {
    ("planned", "collect"): "batched",
    ("reissued", "collect"): "batched",
    ("batched", "put_back"): "planned",
    ("batched", "send"): "sent",
    ("sent", "confirm"): "paid",
    ("sent", "bounce"): "returned",
    ("paid", "take_back"): "returned",
    ("returned", "reissue"): "reissued",
    ("planned", "cancel"): "cancelled",
    ("returned", "cancel"): "cancelled",
    ("reissued", "cancel"): "cancelled",
}
READY = frozenset({OrderState.PLANNED, OrderState.REISSUED})
# Where the money of an order stands while the order is in a state.
MONEY_STANDS = {
    "planned": "committed",
    "batched": "committed",
    "returned": "committed",
    "reissued": "committed",
    "sent": "in_transit",
    "paid": "household",
}


class BatchState(models.TextChoices):
    DRAFT = "draft", _("being prepared")
    SUBMITTED = "submitted", _("waiting for the second person")
    APPROVED = "approved", _("approved")
    SENT = "sent", _("at the bank")
    SETTLED = "settled", _("settled")
    DISSOLVED = "dissolved", _("dissolved")


BATCH_MOVES: Mapping[tuple[str, str], str] = {
    ("draft", "submit"): "submitted",
    ("draft", "dissolve"): "dissolved",
    ("submitted", "send_back"): "draft",
    ("submitted", "approve"): "approved",
    ("approved", "send_back"): "draft",
    ("approved", "send"): "sent",
    ("sent", "settle"): "settled",
}


class Outcome(models.TextChoices):
    """What the bank said of a line; empty while it has not answered."""

    WAITING = "", _("no answer yet")
    PAID = "paid", _("paid")
    RETURNED = "returned", _("returned")


LINE_MOVES: Mapping[tuple[str, str], str] = {
    ("", "confirm"): "paid",
    ("", "bounce"): "returned",
    ("paid", "take_back"): "returned",
}
