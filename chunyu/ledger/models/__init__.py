"""The tables of the ledger: the books themselves, the pay-outs that move them, and goods."""

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
from chunyu.ledger.models.checks import LineFinding, OrderHold
from chunyu.ledger.models.closing import ClosingStatement, YearClosing
from chunyu.ledger.models.goods import Basket, BasketItem, Coupon, Good, Redemption, StockMovement
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
from chunyu.ledger.models.settling import CashReceipt, Clearing
from chunyu.ledger.models.sums import FundSum, PaidSum, Reached

__all__ = [
    "Account",
    "Allocation",
    "AllocationStep",
    "BankFile",
    "Basket",
    "BasketItem",
    "BatchDecision",
    "BatchLine",
    "Book",
    "Budget",
    "BudgetLine",
    "CashReceipt",
    "Clearing",
    "ClosingStatement",
    "Commodity",
    "Coupon",
    "Delivery",
    "Earmark",
    "Fund",
    "FundSum",
    "Good",
    "Leg",
    "LineFinding",
    "OrderHold",
    "OrderPart",
    "PaidSum",
    "PaymentOrder",
    "PayoutBatch",
    "Reached",
    "Reason",
    "Redemption",
    "ResultFile",
    "StockMovement",
    "Transfer",
    "YearClosing",
]
