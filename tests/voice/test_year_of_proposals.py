"""The newspaper's story in the demonstration: from the congress of March 2014 to what became of all 39 proposals."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection

from chunyu.casework.models import TimelineEntry
from chunyu.demo import figures
from chunyu.demo.federation import FOUNDED, build_federation, open_accounts
from chunyu.demo.proposals import FLOOR, YIDI, YearOfProposals, honour_the_good_ones
from chunyu.voice.proposals.tables import Proposal

pytestmark = pytest.mark.django_db


def test_the_passage_floor_is_motion_number_one_and_is_followed_to_its_review(settings):
    settings.CHUNYU_TODAY = date(2015, 1, 10)
    unions = build_federation()
    open_accounts(unions, since=FOUNDED)
    YearOfProposals(unions[YIDI]).play()
    honour_the_good_ones(unions[YIDI], unions["汀兰县总工会"])
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert [each for each in figures.proposals() if not each.holds] == []
    floor = Proposal.objects.get(case__title=FLOOR)
    first = floor.motions.get()
    assert (first.number, first.session.held_on) == (1, date(2014, 3, 8))
    assert [(each.name, each.is_delegate) for each in floor.authors.filter(came_with=None)] == [("张涛", True)]
    assert [each.kind for each in floor.progress.all()] == ["visit", "meeting", "work"]
    assert {each.kind for each in floor.case.documents.all()} == {"before", "proof"}
    assert floor.case.outcome == "lasting"
    award = TimelineEntry.objects.get(case__honour_round__isnull=False, act="award")
    assert award.day == date(2015, 1, 10)  # at the congress, as the newspaper tells
    ways = dict(Proposal.objects.values_list("case__title", "case__state"))
    assert {ways[name] for name in ("夜班加一趟班车", "大门涂成红色", "通道地面有坑")} == {
        "not_adopted",
        "returned",
        "merged",
    }
