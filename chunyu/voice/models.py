"""What workers propose, and how the good ones are honoured."""

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
    "CongressSession",
    "EffectReview",
    "Motion",
    "ProgressEntry",
    "Proposal",
    "ProposalCase",
    "RectificationPlan",
]
