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

__all__ = ["Account", "Commodity", "Earmark", "Fund", "Leg", "Reason", "Transfer", "YearClosing"]
