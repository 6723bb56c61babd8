"""The sentence that a user reads when the database refuses a row of a project."""

from __future__ import annotations

from contextlib import AbstractContextManager

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chunyu.accounts.refusing import Sentences, constraint_sentences, refusing_by

TRIGGER_SENTENCES: dict[str, Promise] = {
    "project_is_kept": _("The terms of a project never change: close it and open another."),
    "project_closed_without_open_cases": _("Cases of this project are still open. Finish them first."),
    "project_takes_no_more": _("This project is closed."),
    "project_within_the_quota": _("Every place of this project is taken."),
    "project_case_eye_as_the_project": _("Name the eye, and only where the project pays by the eye."),
    "project_stipend_stopped_for_good": _("A stipend that stopped does not go on: nominate the person again."),
    "project_share_is_kept": _("The rates of a project never change."),
    "treatment_session_is_kept": _("A session that was recorded is never changed."),
    "stipend_roll_approved_by_another": _("You made this roll: another person approves it."),
    "stipend_roll_approved_as_shown": _("The roll was made again since you looked at it. Look at it again."),
    "stipend_roll_approved_is_kept": _("An approved roll is not changed any more."),
    "project_payment_by_its_rate": _("A payment follows a rate of the project, for an approved case."),
    "project_payment_of_its_kind": _("This project pays by another unit."),
    "project_stipend_while_active": _("No stipend is paid for a month in which it does not run."),
    "project_within_the_year_cap": _("The project pays one person no more in a year."),
    "project_within_own_cost": _("All levels together pay no more than the family's own cost."),
    "project_payment_is_kept": _("A payment that was ordered is never changed or removed."),
}


def sentences() -> Sentences:
    return constraint_sentences("hardship") | TRIGGER_SENTENCES


def refusing() -> AbstractContextManager[None]:
    """A row that the database refuses becomes a refusal in the rule's own words."""
    return refusing_by(sentences)
