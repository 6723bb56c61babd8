"""The sentence that a user reads when the database refuses a row of this room."""

from __future__ import annotations

from contextlib import AbstractContextManager

from django.utils.translation import gettext_lazy as _

from chunyu.accounts.refusing import Sentences, constraint_sentences, refusing_by

TRIGGER_SENTENCES = {
    "archive_page_verified_by_another": _("You wrote this leaf: another person verifies it."),
    "archive_page_verified_once": _("This leaf is verified already."),
}


def sentences() -> Sentences:
    return constraint_sentences("organising") | TRIGGER_SENTENCES


def refusing() -> AbstractContextManager[None]:
    """A row that the database refuses becomes a refusal in the rule's own words."""
    return refusing_by(sentences)
