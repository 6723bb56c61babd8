"""The sentence that a user reads when the database refuses a row of this room."""

from __future__ import annotations

from contextlib import AbstractContextManager

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chunyu.accounts.refusing import Sentences, constraint_sentences, refusing_by

TRIGGER_SENTENCES: dict[str, Promise] = {
    "arrears_name_stays_locked": _("The name of who reported stays locked."),
    "arrears_total_is_its_lines": _("What a case owes and has paid is the sum of its workers, to the fen."),
    "arrears_worker_is_its_rows": _("What a worker is owed and was paid follows from claims and payments alone."),
    "arrears_claim_follows": _("A claim is corrected by the next version of it, with the reason."),
    "arrears_claim_days_fit": _("More days are claimed than the period has."),
    "arrears_payment_of_its_matter": _("This worker belongs to another case."),
    "arrears_payment_signed": _("Payments signed on paper need the signed sheet."),
    "arrears_payout_witnessed_by_two": _(
        "Fewer than two departments witnessed this pay-out: name them, or mark it as unwitnessed."
    ),
    "arrears_closes_at_zero": _("Something is still owed: pay it, or write the named lines off, before it closes."),
}


def sentences() -> Sentences:
    return constraint_sentences("rights") | TRIGGER_SENTENCES


def refusing() -> AbstractContextManager[None]:
    """A row that the database refuses becomes a refusal in the rule's own words."""
    return refusing_by(sentences)
