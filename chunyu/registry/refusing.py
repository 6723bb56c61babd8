"""The sentence that a user reads when the database refuses a row of the registry."""

from __future__ import annotations

from contextlib import AbstractContextManager

from django.utils.translation import gettext_lazy as _

from chunyu.accounts.refusing import Sentences, constraint_sentences, refusing_by

TRIGGER_SENTENCES = {
    "cover_is_by_a_grassroots_union": _(
        "Employers are covered by grassroots unions; the levels above take no members."
    ),
    "members_belong_to_a_grassroots_union": _(
        "Workers are members of a grassroots union that exists; the levels above take no members."
    ),
    "membership_ended_for_good": _("This membership has ended; a new one begins with an admission."),
}


def sentences() -> Sentences:
    return constraint_sentences("registry") | TRIGGER_SENTENCES


def constraints_refuse() -> AbstractContextManager[None]:
    """A row that the database refuses becomes a refusal in the rule's own words."""
    return refusing_by(sentences)
