"""From a rule of the database about duplicates to the sentence that the user reads."""

from contextlib import AbstractContextManager
from functools import cache

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chunyu.accounts.refusing import constraint_sentences, refusing_by

TRIGGER_SENTENCES: dict[str, Promise] = {
    "pair_starts_open": _("A pair begins undecided."),
    "pair_is_decided_by_two": _("A pair is decided by two persons: one says it, another confirms it."),
    "pairword_while_open": _("This pair is already decided."),
    "pairword_by_its_post": _("A word is said by the person whose post it is."),
    "pairword_one_at_a_time": _("Somebody has already said something of this pair; it waits to be confirmed."),
    "pairword_of_another": _("You said it yourself: another person must confirm it."),
    "pairword_own_taken_back": _("Only the person who said it can take it back."),
    "joining_of_one_person": _("Files are joined only along a pair that two persons confirmed as one person."),
    "joining_one_deep": _(
        "The file that goes on must be open, and no other file may be joined to the one that is to lie still. "
        "Choose the other one to go on."
    ),
    "joining_parts_once": _("These files were taken apart already."),
    "household_merged_by_a_joining": _("A file is merged only by joining it to another."),
}


@cache
def sentences() -> dict[str, "str | Promise"]:
    """Every named rule about duplicates with its sentence."""
    return constraint_sentences("registry") | TRIGGER_SENTENCES


def refusing() -> AbstractContextManager[None]:
    """Run a piece of work whole or not at all; a rule broken in it becomes a Refusal with the rule's own sentence."""
    return refusing_by(sentences)
