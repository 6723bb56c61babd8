"""The sentence that a person reads when the database refuses something of a campaign."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache

from django.apps import apps
from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chunyu.accounts.refusing import Sentences, constraint_sentences, refusing_by
from chunyu.ledger.refusing import sentences as of_the_ledger

TRIGGER_SENTENCES: dict[str, Promise] = {
    "campaign_starts_planned": _("A campaign begins as planned."),
    "campaign_steps": _("A campaign cannot make this step now."),
    "campaign_has_sources": _("Book at least one source before the campaign counts as funded."),
    "campaign_quota_within_what_was_raised": _("The quotas promise more money than was raised."),
    "campaign_closes_without_open_visits": _("Visits are neither made nor called off."),
    "campaign_closes_with_all_paid": _("Grants have not reached everybody yet."),
    "campaign_closes_with_all_back": _("Money that was handed down is not accounted for: it comes back first."),
    "campaign_closing_as_in_the_books": _("The closing account is not what the books say."),
    "campaign_unspent_is_there": _("What is unspent does not stand in the fund any more."),
    "campaign_audited_by_an_auditor": _("An auditor confirms it who neither planned nor closed the campaign."),
    "campaign_closed_is_kept": _("The campaign is closed: nothing of it is changed any more."),
    "campaign_groups_while_planned": _("The groups are settled while the campaign is planned."),
    "campaign_source_while_open": _("The campaign is closed: nothing of it is changed any more."),
    "campaign_return_while_open": _("The campaign is closed: nothing of it is changed any more."),
    "campaign_quota_while_open": _("The campaign is closed: nothing of it is changed any more."),
    "campaign_allocated_within_its_source": _("More would be allocated than the source holds."),
    "campaign_source_of_its_holder": _("A source is a fund of the campaign's organisation or of one below it."),
    "campaign_raised_in_its_fund": _("The fund has not received so much, or it is promised to another campaign."),
    "campaign_handed_down_in_the_books": _("The books do not say that this money was handed down."),
    "campaign_returned_in_the_books": _("The books do not say that this money went back."),
    "campaign_source_is_kept": _("A source stays as it was booked once the campaign is funded."),
    "campaign_return_is_kept": _("What went back is never changed."),
    "campaign_closing_is_kept": _("A closing account is never changed."),
    "campaign_quota_splits_what_it_got": _("An organisation splits no more than it got itself."),
    "campaign_visit_while_running": _(
        "Visits are planned once the campaign is funded, and written down while it runs."
    ),
    "campaign_visit_in_its_place": _("This organisation takes no part in the campaign."),
    "campaign_group_needs_a_file": _("This group is of households on file: open the file first."),
    "campaign_visit_of_its_household": _("This household belongs to another organisation."),
    "campaign_source_of_its_line": _("This money is held by an organisation that is not above the visit."),
    "campaign_earmark_respected": _("The fund is earmarked for another programme than that of the group."),
    "campaign_one_grant_a_family": _("Somebody of this family has the festival grant of the campaign already."),
    "campaign_visit_is_kept": _("What was written down of a visit stays as it is."),
    "campaign_visit_is_never_removed": _("A visit is never removed. Call it off instead."),
    "campaign_visit_by_two": _("A visit is made by two people or more: name them."),
    "campaign_paid_as_planned": _("The payment order does not pay what the visit says."),
    "campaign_handed_over_as_booked": _("The books do not say what was handed over."),
    "campaign_group_by_priority": _("The group that counts is the one of the highest priority."),
    "campaign_paper_is_kept": _("A paper is never replaced. Add a better one."),
    "questionnaire_fixed_once_answered": _("Somebody has answered this version. Make the next one to change it."),
    "campaign_sheet_of_a_county": _("Answers name a county, no smaller place."),
    "campaign_asks_its_questionnaire": _("The campaign does not ask this version of the questionnaire now."),
    "campaign_answer_of_its_version": _("This question does not stand in the questionnaire."),
    "campaign_choice_of_its_question": _("This is no answer to the question."),
    "campaign_sheet_is_kept": _("Answers stay as they were given."),
    "campaign_answer_is_kept": _("Answers stay as they were given."),
    "campaign_choice_is_kept": _("Answers stay as they were given."),
}


@cache
def sentences() -> Sentences:
    return constraint_sentences("hardship") | dict(of_the_ledger()) | TRIGGER_SENTENCES


def refusing() -> AbstractContextManager[None]:
    return refusing_by(sentences)


@cache
def _asked_at_the_end() -> str:
    """The rules of a campaign that wait for the end of the transaction, as the database names them."""
    waiting = {
        "CampaignQuota": ("campaign_quota_splits_what_it_got",),
        "CampaignVisit": ("campaign_visit_by_two", "campaign_handed_over_as_booked"),
    }
    models = {name: apps.get_model("hardship", name) for name in waiting}
    triggers = (
        trigger.get_pgid(models[name])
        for name, rules in waiting.items()
        for trigger in models[name]._meta.triggers
        if trigger.name in rules
    )
    return ", ".join(f'"{name}"' for name in triggers)


def check_now() -> None:
    """Have those rules checked here, where their refusal has a reader."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET CONSTRAINTS {_asked_at_the_end()} IMMEDIATE")
        cursor.execute(f"SET CONSTRAINTS {_asked_at_the_end()} DEFERRED")
