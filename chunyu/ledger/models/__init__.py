"""The tables of the ledger: the books themselves, the pay-outs that move them, and goods."""

from chunyu.ledger.models.books import (
    Account,
    Commodity,
    Earmark,
    Fund,
    Leg,
    Reason,
    Transfer,
    YearClosing,
)
from chunyu.ledger.models.checks import LineFinding, OrderHold
from chunyu.ledger.models.goods import Basket, BasketItem, Coupon, Good, Redemption, StockMovement
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

__all__ = [
    "Account",
    "BankFile",
    "Basket",
    "BasketItem",
    "BatchDecision",
    "BatchLine",
    "CashReceipt",
    "Clearing",
    "Commodity",
    "Coupon",
    "Delivery",
    "Earmark",
    "Fund",
    "Good",
    "Leg",
    "LineFinding",
    "OrderHold",
    "PaymentOrder",
    "PayoutBatch",
    "Reason",
    "Redemption",
    "ResultFile",
    "StockMovement",
    "Transfer",
    "YearClosing",
]
