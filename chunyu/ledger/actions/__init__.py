"""The verbs of the ledger. Each is one transaction, given who acts and the day."""

from chunyu.ledger.actions.batches import (
    approval_barred,
    approve,
    dissolve,
    download,
    prepare_batch,
    send,
    send_back,
    submit,
    take_out,
)
from chunyu.ledger.actions.funds import allocate, close_year, give_back, open_fund, receive, reverse, spend
from chunyu.ledger.actions.orders import ListedPayment, cancel_order, order_list, order_payment, reissue
from chunyu.ledger.actions.results import import_result, take_back

__all__ = [
    "ListedPayment",
    "allocate",
    "approval_barred",
    "approve",
    "cancel_order",
    "close_year",
    "dissolve",
    "download",
    "give_back",
    "import_result",
    "open_fund",
    "order_list",
    "order_payment",
    "prepare_batch",
    "receive",
    "reissue",
    "reverse",
    "send",
    "send_back",
    "spend",
    "submit",
    "take_back",
    "take_out",
]
