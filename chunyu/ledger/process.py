"""The states of a payment order, of a batch and of its lines, and the moves between them.

Each table is (state, move) -> state and nothing else; the database keeps the same tables by triggers, so that no
statement can skip a step. Who may make a move and what it needs is said by the actions in `chunyu.ledger.actions`.
"""

from collections.abc import Mapping

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class OrderState(models.TextChoices):
    PLANNED = "planned", _("ready to pay")
    BATCHED = "batched", _("in a batch")
    SENT = "sent", pgettext_lazy("payment order", "on its way")
    PAID = "paid", _("paid")
    RETURNED = "returned", pgettext_lazy("payment order", "came back")
    HELD = "held", _("held")
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
    ("planned", "hold"): "held",
    ("reissued", "hold"): "held",
    ("batched", "hold"): "held",
    ("held", "release"): "planned",
    ("held", "cancel"): "cancelled",
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
    "held": "committed",
    "reissued": "committed",
    "sent": "in_transit",
    "paid": "household",
}


class Method(models.TextChoices):
    """How a batch reaches people: by the bank, or by hand from a paying place."""

    BANK = "bank", pgettext_lazy("pay-out", "by the bank")
    CASH = "cash", pgettext_lazy("pay-out", "in cash")


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
    """What became of a line: as the bank said, or as the paying place reports; empty while nobody has. An unclear line
    may have been paid: it waits, and nothing sends it again."""

    WAITING = "", _("no answer yet")
    UNCLEAR = "unclear", pgettext_lazy("batch line", "unclear at the bank")
    PAID = "paid", _("paid")
    RETURNED = "returned", _("returned")


LINE_MOVES: Mapping[tuple[str, str], str] = {
    ("", "confirm"): "paid",
    ("", "bounce"): "returned",
    ("", "doubt"): "unclear",
    ("unclear", "confirm"): "paid",
    ("unclear", "bounce"): "returned",
    ("paid", "take_back"): "returned",
}
# Lines of which nobody knows whether the money arrived.
OPEN = frozenset({Outcome.WAITING, Outcome.UNCLEAR})
