"""One family that four services help: one ledger, whose total is the four payments, by source as by household."""

from __future__ import annotations

from datetime import date

import pytest

from chunyu.accounts.roles import Role
from chunyu.casework import actions as casework
from chunyu.hardship.actions import apply_for, state_fact
from chunyu.hardship.models import Grant
from chunyu.hardship.stacking.family_ledger import family_ledger
from chunyu.ledger.queries import household_ledger, money_by_source_and_programme
from tests.hardship.campaigns.warmth import DAY as FESTIVAL
from tests.hardship.campaigns.warmth import Warmth
from tests.hardship.families import TODAY, family
from tests.hardship.journey import Journey
from tests.hardship.projects.situations import CASEWORKER, approved, bank_pays, cataract, fund, treated
from tests.situations import county

pytestmark = pytest.mark.django_db
AUTUMN = date(2026, 9, 10)


class Schooling(Journey):
    """Education aid in its season, from a fund of its own."""

    def __post_init__(self) -> None:
        self.fund = fund(self.county.federation, "county_union", day=self.day)
        self.case = apply_for(self.acting(Role.WORKPLACE_CHAIR), self.household, "education", channel="counter")

    def prepare(self, move: str) -> None:
        if move == "accept":
            self.attach("school_letter", "fee_receipt")
        super().prepare(move)


def test_a_person_helped_by_four_services_has_one_ledger_whose_total_is_the_four_payments():
    yurun = county()
    home = family(yurun, day=FESTIVAL)
    warmth = Warmth(yurun).running()
    warmth.visit(*warmth.plan(home, fen=100_000))
    warmth.pay()
    Journey(yurun, household=home).to("paid")
    medical = Grant.objects.get().amount_fen
    project = cataract(yurun)
    case = treated(yurun, approved(yurun, project, home, eye="left"), 800_000)
    casework.move(yurun.acting(CASEWORKER, TODAY), case, "pay")
    bank_pays(project)
    child = home.members.get(name="郭小雨")
    for fact, value in (("is_student", True), ("school_level", "undergraduate"), ("single_parent", False)):
        more = {} if fact == "single_parent" else {"member": child}
        state_fact(yurun.acting(CASEWORKER, AUTUMN), home, fact, value, on=AUTUMN, **more)
    Schooling(yurun, day=AUTUMN, household=home).to("paid")
    schooling = Grant.objects.latest("approved_on").amount_fen
    given = {"warmth": 100_000, "medical": medical, "cataract": 100_000, "education": schooling}
    found = family_ledger(home)
    assert {line.programme: line.fen for line in found.lines} == given
    assert {line.state for line in found.lines} == {"paid"}
    assert found.paid_fen == sum(given.values()) == household_ledger(home).paid_fen
    lines = money_by_source_and_programme(yurun.province.path)
    assert sum(line.fen for line in lines) == found.paid_fen, "by source it is the same as by household"
    assert {line.programme: line.fen for line in lines} == given
    assert len({line.source for line in lines}) == 3
