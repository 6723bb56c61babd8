"""Workers' rights: wages that are owed, and what is done until they are paid."""

from chunyu.rights.arrears.pay_tables import (
    ArrearsPayment,
    ArrearsPayout,
    ArrearsReturn,
    ArrearsWitness,
    ArrearsWriteOff,
)
from chunyu.rights.arrears.tables import ArrearsClaim, ArrearsMatter, ArrearsMeasure, ArrearsWorker

__all__ = [
    "ArrearsClaim",
    "ArrearsMatter",
    "ArrearsMeasure",
    "ArrearsPayment",
    "ArrearsPayout",
    "ArrearsReturn",
    "ArrearsWitness",
    "ArrearsWorker",
    "ArrearsWriteOff",
]
