"""The sentences of a round, from the numbers that are kept with it."""

from __future__ import annotations

from chunyu.hardship.rounds.models import RoundLine
from chunyu.hardship.wording import language
from chunyu.policy.allocation import Ground, Reason, explain_line


def ground_of(line: RoundLine) -> Ground:
    return Ground(
        Reason[line.reason.upper()],
        line.amount_fen,
        line.gap_fen,
        line.level_fen,
        line.cap_fen,
        line.floor_fen,
        line.minimum_fen,
        line.extra_fen,
    )


def sentence_of(line: RoundLine) -> str:
    """Why this household gets this amount, or nothing, in the reader's language."""
    return explain_line(ground_of(line), language())
