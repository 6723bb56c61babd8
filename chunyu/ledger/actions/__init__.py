"""The verbs of the ledger. Each is one transaction, given who acts and the day."""

from chunyu.ledger.actions.allocations import (
    acknowledge,
    allocate,
    arrive,
    hand_down,
    refuse_allocation,
    return_unspent,
    take_allocation_back,
)
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
from chunyu.ledger.actions.budgets import approve_budget, change_budget, prepare_budget, withdraw_budget
from chunyu.ledger.actions.closing import close_year, prepare_closing
from chunyu.ledger.actions.funds import give_back, open_fund, receive, reverse, spend
from chunyu.ledger.actions.orders import ListedPayment, cancel_order, order_list, order_payment, reissue
from chunyu.ledger.actions.results import import_result, take_back

__all__ = [
    "ListedPayment",
    "acknowledge",
    "allocate",
    "approval_barred",
    "approve",
    "approve_budget",
    "arrive",
    "cancel_order",
    "change_budget",
    "close_year",
    "dissolve",
    "download",
    "give_back",
    "hand_down",
    "import_result",
    "open_fund",
    "order_list",
    "order_payment",
    "prepare_batch",
    "prepare_budget",
    "prepare_closing",
    "receive",
    "refuse_allocation",
    "reissue",
    "return_unspent",
    "reverse",
    "send",
    "send_back",
    "spend",
    "submit",
    "take_allocation_back",
    "take_back",
    "take_out",
    "withdraw_budget",
]
