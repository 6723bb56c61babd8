"""The verbs of the ledger. Each is one transaction, given who acts and the day."""

from chunyu.ledger.actions.batches import (
    approval_barred,
    approve,
    dissolve,
    download,
    prepare_batch,
    refuse_blocked,
    send,
    send_back,
    submit,
    take_out,
)
from chunyu.ledger.actions.funds import allocate, close_year, give_back, open_fund, receive, reverse, spend
from chunyu.ledger.actions.holds import hold, hold_blocked, release, release_barred
from chunyu.ledger.actions.orders import ListedPayment, cancel_order, order_list, order_payment, reissue
from chunyu.ledger.actions.results import import_result, take_back
from chunyu.ledger.actions.settling import (
    bring_back,
    confirm_cleared,
    confirmation_barred,
    drop_clearing,
    hand_over,
    open_receipt,
    say_cleared,
    witnesses,
)

__all__ = [
    "ListedPayment",
    "allocate",
    "approval_barred",
    "approve",
    "bring_back",
    "cancel_order",
    "close_year",
    "confirm_cleared",
    "confirmation_barred",
    "dissolve",
    "download",
    "drop_clearing",
    "give_back",
    "hand_over",
    "hold",
    "hold_blocked",
    "import_result",
    "open_fund",
    "open_receipt",
    "order_list",
    "order_payment",
    "prepare_batch",
    "receive",
    "refuse_blocked",
    "reissue",
    "release",
    "release_barred",
    "reverse",
    "say_cleared",
    "send",
    "send_back",
    "spend",
    "submit",
    "take_back",
    "take_out",
    "witnesses",
]
