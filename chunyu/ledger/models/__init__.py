"""The tables of the ledger: the books themselves, and the pay-outs that move them."""

from chunyu.ledger.models.allocations import Allocation, AllocationStep
from chunyu.ledger.models.books import (
    Account,
    Book,
    Commodity,
    Earmark,
    Fund,
    Leg,
    Reason,
    Transfer,
)
from chunyu.ledger.models.budgets import Budget, BudgetLine
from chunyu.ledger.models.closing import ClosingStatement, YearClosing
from chunyu.ledger.models.parts import OrderPart
from chunyu.ledger.models.payouts import (
    BankFile,
    BatchDecision,
    BatchLine,
    Delivery,
    PaymentOrder,
    PayoutBatch,
    ResultFile,
)

__all__ = [
    "Account",
    "Allocation",
    "AllocationStep",
    "BankFile",
    "BatchDecision",
    "BatchLine",
    "Book",
    "Budget",
    "BudgetLine",
    "ClosingStatement",
    "Commodity",
    "Delivery",
    "Earmark",
    "Fund",
    "Leg",
    "OrderPart",
    "PaymentOrder",
    "PayoutBatch",
    "Reason",
    "ResultFile",
    "Transfer",
    "YearClosing",
]
