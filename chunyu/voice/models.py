"""What workers propose, and how the good ones are honoured."""

from chunyu.voice.honours.tables import (
    Award,
    AwardPayment,
    HonourCase,
    HonourRound,
    Juror,
    Nominee,
    Recusal,
    Score,
)
from chunyu.voice.proposals.tables import (
    Acceptance,
    Author,
    CongressSession,
    EffectReview,
    Motion,
    ProgressEntry,
    Proposal,
    ProposalCase,
    RectificationPlan,
)

__all__ = [
    "Acceptance",
    "Author",
    "Award",
    "AwardPayment",
    "CongressSession",
    "EffectReview",
    "HonourCase",
    "HonourRound",
    "Juror",
    "Motion",
    "Nominee",
    "ProgressEntry",
    "Proposal",
    "ProposalCase",
    "RectificationPlan",
    "Recusal",
    "Score",
]
