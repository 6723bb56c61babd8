"""The sentence that a user reads when the database refuses a row of this room."""

from __future__ import annotations

from contextlib import AbstractContextManager

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chunyu.accounts.refusing import Sentences, constraint_sentences, refusing_by

TRIGGER_SENTENCES: dict[str, Promise] = {
    "proposal_done_with_proof": _("A proposal is put right with proof on the case: a picture or a paper of it."),
    "proposal_done_with_the_unions_check": _("A proposal is put right after the union has checked it."),
    "proposal_done_with_the_authors_word": _(
        "A proposal is put right after its author has said so, or was silent for ten working days."
    ),
    "silence_after_ten_days": _("The author still has time to answer: silence counts after ten working days."),
    "motion_of_the_same_union": _("A motion goes to a congress of the proposal's own union."),
    "honours_while_open": _("The round is no longer open."),
    "nominee_of_that_year": _("Only proposals of that year that were put right are nominated."),
    "juror_without_conflict": _("A juror does not score their own, nor where they stand aside."),
    "award_paid_as_awarded": _("A bonus is paid by a transfer of exactly its amount."),
    "honours_all_paid": _("A bonus has not been paid yet."),
    "merged_into_the_same_union": _("Proposals are merged within one union, and into one that still stands."),
}


def sentences() -> Sentences:
    return constraint_sentences("voice") | TRIGGER_SENTENCES


def refusing() -> AbstractContextManager[None]:
    """A row that the database refuses becomes a refusal in the rule's own words."""
    return refusing_by(sentences)
