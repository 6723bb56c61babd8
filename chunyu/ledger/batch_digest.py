"""What exactly a second person approves: every line of a batch as text, with what the checks found about it, and the
keyed digest of that text."""

from chunyu.ledger.models import BatchLine, LineFinding, PayoutBatch
from chunyu.privacy.fields import BlindIndexField


def canonical_text(batch: PayoutBatch, lines: list[BatchLine]) -> str:
    """All that is shown for approval, and the whole card numbers behind their last digits, in one fixed form."""
    fund = batch.fund
    beyond = _beyond_the_lines(batch, lines)
    head = [
        # A batch with nothing beyond its lines has the text, and so the digest, that it had before there was anything.
        "chunyu-payout-batch/2" if beyond else "chunyu-payout-batch/1",
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
                line.card_digits,
                str(line.amount_fen),
            )
        )
        for line in lines
    ]
    return "\n".join(head + body + beyond) + "\n"


def _beyond_the_lines(batch: PayoutBatch, lines: list[BatchLine]) -> list[str]:
    """The way of a batch that is not for the bank, and what the checks found, with the releases that let it pass."""
    way = [f"{batch.method}\t{batch.place}"] if batch.in_cash else []
    found = LineFinding.objects.filter(line__batch=batch).select_related("hold", "line")
    return way + [
        "\t".join(
            (
                "found",
                str(each.line.line_no),
                each.code,
                each.detail,
                f"{each.hold.released_by_id}\t{each.hold.release_reason}" if each.hold else "",
            )
        )
        for each in found
    ]


def lines_of(batch: PayoutBatch, *, held: bool = False) -> list[BatchLine]:
    """The lines with their orders, all of which are of the batch's fund; `held` against everybody else."""
    rows = batch.lines.select_for_update(of=["self"]) if held else batch.lines
    lines = list(rows.select_related("order").order_by("line_no"))
    for line in lines:
        line.order.fund = batch.fund
    return lines


def digest(batch: PayoutBatch, lines: list[BatchLine] | None = None) -> str:
    """64 hexadecimal digits; other content, another key ring or another order of lines give others. `lines` spares
    reading them again within the transaction that holds the batch."""
    return keyed(canonical_text(batch, lines_of(batch) if lines is None else lines), "payout-batch")


def keyed(text: str, purpose: str) -> str:
    """A digest that cannot be guessed back to names and cards without the installation's key."""
    return BlindIndexField.of_value(text, purpose).hex()
