"""What exactly a second person approves: every line of a batch as text, and the keyed digest of that text."""

from chunyu.ledger.models import BatchLine, PayoutBatch
from chunyu.privacy.fields import BlindIndexField


def canonical_text(batch: PayoutBatch, lines: list[BatchLine]) -> str:
    """All that is shown for approval, and the whole card numbers behind their last digits, in one fixed form."""
    fund = batch.fund
    head = [
        "chunyu-payout-batch/1",
        f"{batch.number}\t{batch.day}\t{fund.pk}\t{fund.source}\t{fund.document_no}\t{fund.name}",
        f"{len(lines)}\t{sum(line.amount_fen for line in lines)}",
    ]
    body = [
        "\t".join(
            (
                str(line.line_no),
                line.line_key,
                str(line.order_id),
                str(line.order.household_id),
                line.order.reference,
                line.order.programme,
                line.payee_name,
                line.bank_name,
                line.card.reveal(),
                str(line.amount_fen),
            )
        )
        for line in lines
    ]
    return "\n".join(head + body) + "\n"


def digest(batch: PayoutBatch) -> str:
    """64 hexadecimal digits; other content, another key ring or another order of lines give others."""
    lines = list(batch.lines.select_related("order").order_by("line_no"))
    return keyed(canonical_text(batch, lines), "payout-batch")


def keyed(text: str, purpose: str) -> str:
    """A digest that cannot be guessed back to names and cards without the installation's key."""
    return BlindIndexField.of_value(text, purpose).hex()
