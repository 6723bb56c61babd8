"""The sentence that a user reads when the database refuses a row of the registry."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.accounts.refusing import Sentences, constraint_sentences, refusing_by

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
    "joining_parted_by_two": _("Joined files are taken apart by two persons: one asks for it, another does it."),
    "request_starts_asked": _("A request begins unanswered."),
    "request_answered_once": _("This request was answered already; the answer stands."),
    "request_answered_by_another": _("You asked for it yourself: another person must decide it."),
    "request_withdrawn_by_its_author": _("Only the person who asked for it can withdraw it."),
    "divided_person_of_the_household": _("Those who go are of this household, and its worker stays."),
    "change_request_approved_is_applied": _("What is approved is stated in the same act."),
    "proposed_fact_applied_once": _("This change was stated already."),
    "proposed_fact_while_it_waits": _("This request was answered already; ask anew."),
    "proposed_fact_stated_when_approved": _("Only what another person approved is stated."),
    "household_merged_by_a_joining": _("A file is merged only by joining it to another."),
    "cover_is_by_a_grassroots_union": _(
        "Employers are covered by grassroots unions; the levels above take no members."
    ),
    "members_belong_to_a_grassroots_union": _(
        "Workers are members of a grassroots union that exists; the levels above take no members."
    ),
    "union_dissolved_without_members": _("Members are left in this union: move them first."),
    "union_dissolved_without_covers": _("Employers are left with this union: hand them over, or end the cover."),
    "cover_by_a_union_that_stands": _("This union is dissolved: employers are covered by unions that exist."),
    "join_request_answered_once": _("This application was answered already; the answer stands."),
    "membership_years_go_on": _(
        "A transfer begins on the day on which the membership before it ended: only so do the years count on."
    ),
    "membership_ended_for_good": _("This membership has ended; a new one begins with an admission."),
}


def sentences() -> Sentences:
    return constraint_sentences("registry") | TRIGGER_SENTENCES


def constraints_refuse() -> AbstractContextManager[None]:
    """A row that the database refuses becomes a refusal in the rule's own words."""
    return refusing_by(sentences)


def refuse_day_to_come(acting: Acting, on: date) -> None:
    """Refusal for a day after the one on which somebody acts: what is put on record has happened."""
    if on > acting.day:
        raise Refusal(gettext("This day is still to come."), "day_to_come")
