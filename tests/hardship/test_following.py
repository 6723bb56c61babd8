"""What the hardship room does by itself after an act elsewhere."""

import pytest

from chunyu.accounts.roles import Role
from chunyu.casework.models import Case
from chunyu.hardship.models import Standing
from chunyu.hardship.tasks import decide_all
from chunyu.ledger import actions as ledger
from tests.hardship.families import TODAY, family
from tests.hardship.journey import Journey
from tests.ledger.situations import result_csv
from tests.situations import county

pytestmark = pytest.mark.django_db(transaction=True)


def test_when_the_bank_has_answered_the_case_says_so_without_anybody_moving_it(run_jobs):
    journey = Journey(county()).to("in_payment")
    batch = journey.batch()
    ledger.import_result(journey.acting(Role.FINANCE_OFFICER), batch, content=result_csv(batch), day=journey.day)
    run_jobs()
    assert Case.objects.get(pk=journey.case.pk).state == "paid"


def test_a_run_over_everybody_decides_whoever_is_on_file(run_jobs):
    yurun = county()
    household = family(yurun)
    acting = yurun.acting(Role.COUNTY_CASEWORKER, TODAY)
    decide_all.defer(post=acting.post.pk, day=TODAY.isoformat())
    run_jobs()
    assert Standing.objects.get(household=household).category == "deep"
