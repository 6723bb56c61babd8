"""The sentences of the rules that the database holds about rulebooks."""

from contextlib import AbstractContextManager
from functools import cache

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chunyu.accounts.refusing import constraint_sentences, refusing_by

TRIGGER_SENTENCES: dict[str, Promise] = {
    "rulebook_begins_as_draft": _("A version begins as a draft."),
    "rulebook_keeps_its_origin": _("Where a version comes from cannot be changed."),
    "rulebook_keeps_its_submission": _("What was submitted cannot be changed. Start a new draft from it instead."),
    "rulebook_keeps_its_approval": _("An approval cannot be changed."),
    "rulebook_steps": _("A version cannot make this step."),
    "rulebook_in_force_stays": _("A version that is in force is not withdrawn. Let a new version take its place."),
    "rulebook_digest_is_of_its_files": _("The files have changed meanwhile. Look at the draft again, then submit it."),
    "rulebook_approved_by_another": _(
        "You wrote or submitted this version. Another policy officer of the federation must approve it."
    ),
    "rulebook_follows_the_last": _(
        "Another version has been approved to be in force from that day or later. Choose a later day."
    ),
    "rulebook_is_kept": _("A version is never removed. Withdraw it instead."),
    "rulebook_files_of_a_draft": _("Files can be changed only while the version is a draft."),
    "rulebook_accepted_in_a_draft": _("Differences are accepted while the version is a draft."),
    "rulebook_acceptance_is_kept": _("What was accepted stays on record."),
    "rulebook_test_keeps_its_text": _("A test is not edited. Retire it and write a new one."),
    "rulebook_test_is_kept": _("A test is retired, never removed."),
}


@cache
def sentences() -> dict[str, "str | Promise"]:
    """Every named rule of this room's tables with its sentence."""
    return constraint_sentences("rulebooks") | TRIGGER_SENTENCES


def refusing() -> AbstractContextManager[None]:
    """Run a piece of work whole or not at all; a rule broken in it becomes a Refusal with the rule's own sentence."""
    return refusing_by(sentences)
