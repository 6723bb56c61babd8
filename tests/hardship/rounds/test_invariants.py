"""What the database keeps of a round against everybody, raw statements included."""

from __future__ import annotations

from datetime import timedelta

import pgtrigger
import pytest
from django.db import DatabaseError, transaction

from chunyu.accounts.roles import Role
from chunyu.hardship.rounds import actions
from chunyu.hardship.rounds.models import (
    Round,
    RoundApplication,
    RoundLine,
    RoundPayment,
    RoundProgramme,
    RoundQuota,
    RoundSource,
    Stage,
)
from tests.hardship.families import TODAY
from tests.hardship.rounds.plans import Plan, families
from tests.situations import county

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan():
    yurun = county()
    families(yurun)
    return Plan(yurun)


def broken(rule: str, act, *args, **fields) -> None:
    """The act is refused by the database under the name of the rule."""
    with pytest.raises(DatabaseError) as refused, transaction.atomic():
        act(*args, **fields)
    assert refused.value.__cause__.diag.constraint_name == rule


def at(stage: str, plan: Plan) -> None:
    """Put a round into a stage past every rule of its steps, to try what holds there."""
    with pgtrigger.ignore():
        Round.objects.filter(pk=plan.round.pk).update(stage=stage)


@pytest.mark.parametrize(
    ("column", "by"),
    [("amount_fen", 1), ("amount_fen", -1), ("level_fen", 1), ("gap_fen", 1), ("extra_fen", 1)],
)
def test_a_line_whose_numbers_do_not_give_its_amount_cannot_be_kept(plan, column, by):
    plan.to(Stage.COMPUTED)
    at("computing", plan)
    line = RoundLine.objects.filter(round=plan.round, reason="level", extra_fen=0).first()
    changed = {column: getattr(line, column) + by}
    broken("round_line_explained", RoundLine.objects.filter(pk=line.pk).update, **changed)


def test_an_amount_needs_a_reason_that_gives_and_nothing_one_that_does_not(plan):
    plan.to(Stage.COMPUTED)
    at("computing", plan)
    giving = RoundLine.objects.filter(round=plan.round, amount_fen__gt=0)[:1].get()
    lines = RoundLine.objects.filter(pk=giving.pk)
    broken("round_line_within_its_bounds", lines.update, reason="quota")
    broken("round_line_explained", lines.update, amount_fen=0)
    broken("round_line_within_its_bounds", lines.update, minimum_fen=giving.amount_fen + 1)
    broken("round_line_within_its_bounds", lines.update, cap_fen=giving.amount_fen - 1)
    broken("round_line_pays_its_floor", lines.update, floor_fen=giving.amount_fen + 1)
    broken("round_line_numbers", lines.update, level_fen=-1, reason="gap", amount_fen=giving.gap_fen)
    broken("round_line_explained", lines.update, reason="kindness")
    giving.pk = None
    broken("round_line_once", giving.save, force_insert=True)


def test_a_submitted_round_adds_up(plan):
    actions.prepare(plan.planner, plan.inputs(name="另一轮"))
    plan.to(Stage.COMPUTED)
    rounds = Round.objects.filter(pk=plan.round.pk)
    payment = RoundPayment.objects.filter(line__round=plan.round).first()
    at("computing", plan)
    RoundPayment.objects.filter(pk=payment.pk).update(grant_fen=payment.grant_fen - 1)
    at("computed", plan)
    broken("round_pays_its_lines", rounds.update, stage="submitted")
    at("computing", plan)
    RoundPayment.objects.filter(pk=payment.pk).update(grant_fen=payment.grant_fen)
    other = Round.objects.exclude(pk=plan.round.pk).get()
    RoundLine.objects.filter(pk=payment.line_id).update(round=other)
    at("computed", plan)
    broken("round_pays_its_own_lines", rounds.update, stage="submitted")
    at("computing", plan)
    RoundLine.objects.filter(pk=payment.line_id).update(round=plan.round)
    plan.round.sources.update(budget_fen=plan.budget_fen - 1)
    at("computed", plan)
    broken("round_within_its_budgets", rounds.update, stage="submitted")
    at("computing", plan)
    plan.round.sources.update(budget_fen=plan.budget_fen)
    quota = RoundQuota.objects.create(round=plan.round, county=plan.county.federation, households=0)
    at("computed", plan)
    broken("round_within_its_quotas", rounds.update, stage="submitted")
    at("computing", plan)
    RoundQuota.objects.filter(pk=quota.pk).update(households=None, fen=plan.budget_fen - 1)
    at("computed", plan)
    broken("round_within_its_quotas", rounds.update, stage="submitted")


def test_a_round_moves_along_its_steps_with_its_proof_and_a_second_person(plan):
    rounds = Round.objects.filter(pk=plan.round.pk)
    broken("round_steps", rounds.update, stage="published")
    plan.round.pk = None
    plan.round.stage = "computed"
    broken("round_starts_as_draft", plan.round.save, force_insert=True)
    plan.round = rounds.get()
    at("computing", plan)
    broken("round_computed_with_its_proof", rounds.update, stage="computed")
    at("draft", plan)
    plan.to(Stage.SUBMITTED)
    with pgtrigger.ignore():
        broken("round_stage_known", rounds.update, stage="done")
    broken("round_computed_with_its_proof", rounds.update, bound=plan.round.rest + 1)
    for who in (plan.round.planner_id, plan.round.submitter_id, None):
        broken(
            "round_published_by_a_second_person",
            rounds.update,
            stage="published",
            publisher_id=who,
            published_on=TODAY,
        )


def test_what_is_submitted_or_published_stays(plan):
    plan.to(Stage.SUBMITTED)
    line = RoundLine.objects.filter(round=plan.round, amount_fen__gt=0).first()
    for stage in (Stage.SUBMITTED, Stage.PUBLISHED):
        plan.to(stage)
        for rows in (
            RoundLine.objects.all(),
            RoundSource.objects.all(),
            RoundProgramme.objects.all(),
            plan.round.measures.all(),
            plan.round.deciles.all(),
        ):
            table = rows.model._meta.model_name
            broken(f"{table}_until_settled", rows.update, round=plan.round.pk)
            broken(f"{table}_until_settled", rows._raw_delete, "default")
        broken("roundpayment_until_settled", RoundPayment.objects.update, grant_fen=1)
        extra = RoundQuota(round=plan.round, county=plan.county.federation, households=1)
        broken("roundquota_until_settled", extra.save, force_insert=True)
    rounds = Round.objects.filter(pk=plan.round.pk)
    broken("round_published_is_kept", rounds.update, name="另一个名字")
    broken("round_published_is_kept", rounds._raw_delete, "default")
    plan.open()
    opened = RoundApplication.objects.filter(line=line)
    broken("round_application_is_kept", opened.update, day=TODAY + timedelta(days=1))
    broken("round_application_is_kept", opened._raw_delete, "default")


def test_only_giving_lines_of_a_published_round_become_applications_once(plan):
    plan.to(Stage.SUBMITTED)
    lines = RoundLine.objects.filter(round=plan.round)
    giving, nothing = lines.filter(amount_fen__gt=0).first(), lines.filter(amount_fen=0).first()
    early = RoundApplication(line=giving, refusal="不行", day=TODAY)
    broken("round_opens_when_published", early.save, force_insert=True)
    plan.to(Stage.PUBLISHED)
    empty = RoundApplication(line=nothing, refusal="不行", day=TODAY)
    broken("round_opens_when_published", empty.save, force_insert=True)
    broken("round_application_or_why_not", RoundApplication(line=giving, day=TODAY).save, force_insert=True)
    plan.open()
    again = RoundApplication(line=giving, refusal="不行", day=TODAY)
    broken("hardship_roundapplication_pkey", again.save, force_insert=True)


def test_inputs_make_sense(plan):
    programme = RoundProgramme.objects.filter(round=plan.round)
    broken("round_programme_bounds", programme.update, cap_fen=5, minimum_fen=6)
    broken("round_programme_bounds", programme.update, floor_fen=-1)
    broken("round_source_has_money", RoundSource.objects.update, budget_fen=0)
    county = plan.county.federation
    broken("round_quota_limits", RoundQuota(round=plan.round, county=county).save, force_insert=True)
    for first, named in ((programme.first(), "programme"), (RoundSource.objects.first(), "fund")):
        first.pk = None
        broken(f"round_names_a_{named}_once", first.save, force_insert=True)
    RoundQuota.objects.create(round=plan.round, county=county, households=1)
    broken("round_names_a_county_once", RoundQuota(round=plan.round, county=county, fen=1).save, force_insert=True)
    assert plan.acting(Role.COUNTY_APPROVER).user_id != plan.round.planner_id
