"""Every page of a round is looked at: in both languages, light and dark, on a phone and on a wide screen."""

from __future__ import annotations

import pytest
from django.urls import reverse

from chunyu.accounts.roles import Role
from chunyu.hardship.rounds.actions import Bounds, Limit
from chunyu.hardship.rounds.models import RoundLine, Stage
from tests.hardship.families import TODAY
from tests.hardship.rounds.plans import Plan, families
from tests.situations import county

pytestmark = pytest.mark.django_db(transaction=True)
COSTS = (9_000_000, 6_000_000, 4_400_000, 2_480_000, 2_100_000, 1_600_000, 1_200_000, 900_000, 700_000, 300_000)


def test_rounds_on_screen(visit, screenshot, axe, settings):
    settings.CHUNYU_TODAY = TODAY
    yurun = county()
    families(yurun, COSTS)
    bounds = {"medical": Bounds(cap_fen=1_200_000, minimum_fen=50_000, handling_fen=3_000), "living": Bounds()}
    plan = Plan(yurun, budget_fen=4_000_000, programmes=bounds, limit=Limit(households=9)).to(Stage.COMPUTED)
    planner = yurun.post(Role.COUNTY_CASEWORKER).user

    def look(user, name: str, path: str, **more) -> None:
        page = visit(user, path)
        page.wait_for_load_state("networkidle")
        axe(page)
        screenshot(page, name, schemes=("light", "dark"), languages=("zh-hans", "en"), **more)
        page.emulate_media(color_scheme="dark")
        axe(page)

    here = [plan.round.pk]
    look(planner, "rounds-form", reverse("hardship:change-round", args=here))
    look(planner, "rounds-round", reverse("hardship:round", args=here))
    look(planner, "rounds-lines", reverse("hardship:round-lines", args=here))
    plan.to(Stage.SUBMITTED)
    look(yurun.post(Role.COUNTY_APPROVER).user, "rounds-publish", reverse("hardship:publish-round", args=here))
    look(planner, "rounds-list", reverse("hardship:rounds"))
    plan.to(Stage.PUBLISHED)
    plan.open()
    look(planner, "rounds-published", reverse("hardship:round", args=here))
    case = RoundLine.objects.filter(amount_fen__gt=0).first().opened.application.case
    look(planner, "rounds-case", reverse("casework:case", args=[case.number]))
