"""The file that goes to the bank: made from a batch alone, so that making it again gives the same bytes.

Layout "chunyu-payout-1" (docs/reference/bank-file.md): UTF-8 without a mark, lines end with CR LF, fields parted by
commas, no field needs quoting. First a line H, then a line D for each payment, last a line T with count, total and
control sum.
"""

import hashlib
from collections.abc import Iterable
from decimal import Decimal

from chunyu.ledger.models import BatchLine, PayoutBatch

LAYOUT = "chunyu-payout-1"
ENCODING = "utf-8"
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def amount(fen: int) -> str:
    """Yuan with two places, no thousands separator: 123456 fen are 1234.56."""
    return f"{Decimal(fen) / 100:.2f}"


def bank_file(batch: PayoutBatch, lines: Iterable[BatchLine]) -> bytes:
    """The whole file. ValueError when a field could break the layout or act as a formula in a spreadsheet: the
    database's rules keep such names out, and this is the last place to notice."""
    lines = list(lines)
    total = sum(line.amount_fen for line in lines)
    rows = [
        ["H", LAYOUT, batch.number, f"{batch.sent_on:%Y%m%d}", str(len(lines)), amount(total), "CNY"],
        *(
            [
                "D",
                str(line.line_no),
                line.line_key,
                line.payee_name,
                line.bank_name,
                line.card.reveal(),
                amount(line.amount_fen),
            ]
            for line in lines
        ),
    ]
    body = "".join(_row(fields) for fields in rows)
    control = hashlib.sha256(body.encode(ENCODING)).hexdigest()[:16]
    return (body + _row(["T", str(len(lines)), amount(total), control])).encode(ENCODING)


def _row(fields: list[str]) -> str:
    for field in fields:
        if field.startswith(DANGEROUS) or any(mark in field for mark in ',"\r\n'):
            raise ValueError("A field of the bank file holds a character that the layout does not allow.")
    return ",".join(fields) + "\r\n"
