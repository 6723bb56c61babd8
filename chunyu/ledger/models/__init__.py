"""The tables of the ledger: the books themselves, and the pay-outs that move them."""

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
    "BankFile",
    "BatchDecision",
    "BatchLine",
    "Commodity",
    "Delivery",
    "Earmark",
    "Fund",
    "Leg",
    "PaymentOrder",
    "PayoutBatch",
    "Reason",
    "ResultFile",
    "Transfer",
    "YearClosing",
]
