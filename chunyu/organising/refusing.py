"""The sentence that a user reads when the database refuses a row of this room."""

from __future__ import annotations

from contextlib import AbstractContextManager

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chunyu.accounts.refusing import Sentences, constraint_sentences, refusing_by
from chunyu.organising.grants.kinds import BARRED

TRIGGER_SENTENCES: dict[str, Promise] = {
    "archive_page_verified_by_another": _("You wrote this leaf: another person verifies it."),
    "archive_page_verified_once": _("This leaf is verified already."),
    "cell_of_a_station_that_stands": _("Cells belong to a service station, from the day on which it was founded."),
    "cell_ends_after_all_in_it": _("Something in this cell goes on after that day: choose a later day."),
    "cell_ended_for_good": _("This cell is closed; open a new one."),
    "keeper_within_the_cell": _("A keeper keeps a cell while the cell is there."),
    "keeper_ended_for_good": _("This keeper has handed the cell over already."),
    "cell_place_within_the_cell": _("Firms and villages fall in a cell while the cell is there."),
    "cell_place_ended_for_good": _("This place in the cell has ended already."),
    "cell_village_is_a_community_union": _("Only villages and communities fall in a cell as a whole."),
    "station_ends_after_its_cells": _("This station still has cells: close them first."),
    "full_time_post_in_a_joint_union": _(
        "A full-time post is in a joint union or an association that is not dissolved, from its founding on."
    ),
    "full_time_post_ends_after_its_holder": _("Somebody holds this post after that day: let them give it up first."),
    "full_time_post_ended_for_good": _("This post has ended; open a new one."),
    "holding_within_the_post": _("A post is held while it is there: after it was opened and before it ended."),
    "holding_ended_for_good": _("This person has given up the post already."),
    "union_ends_after_its_posts": _("This union still has full-time posts: end them, or open them elsewhere, first."),
    "class_taken_while_in_post": _("Classes are taken, and examined, by who holds a full-time post then."),
    "class_result_is_kept": _("The result of the exam is on record and stays."),
    "grant_given_by_a_federation": _("Grants to the small third level are given by a city or county federation."),
    "grant_approved_by_another": _("You planned this grant: another person approves it."),
    "grant_adds_up": _("The shares do not add up to the budget: compute them again."),
    "grant_approved_is_kept": _("An approved grant is not changed any more."),
    "grant_shares_until_approved": _("The shares of an approved grant are not changed any more."),
    "grant_handed_down_as_approved": _("Exactly what was approved is handed down, once, from the fund of the grant."),
    "grant_approved_for_what_was_shown": _("The shares are not what was shown. Look at them again before you approve."),
    "grant_checked_for_what_was_shown": _("The report is not what was shown. Look at it again before you check it."),
    "grant_checked_by_another": _("You reported this use: another person checks it."),
    "grant_checked_for_good": _("This report is checked already."),
    "grant_uses_until_reported": _("Uses are entered after the money arrived and before the report is sent."),
    "grant_reported_of_what_is_there": _("The money of this grant was taken back: there is no use to tell of."),
    "grant_uses_within_the_share": _("No more can be used than was received."),
} | {f"grant_barred_{code}": sentence for code, sentence in BARRED.items()}


def sentences() -> Sentences:
    return constraint_sentences("organising") | TRIGGER_SENTENCES


def refusing() -> AbstractContextManager[None]:
    """A row that the database refuses becomes a refusal in the rule's own words."""
    return refusing_by(sentences)
