"""What came of appeals and objections: each is counted once, under what its answer was, and figures open their rows."""

from __future__ import annotations

import pytest
from django.urls import reverse

from chunyu.accounts.roles import Role
from chunyu.casework import actions, appeals
from chunyu.casework.calendar import calendar_in_force
from tests.casework.applications import APPROVER, CASEWORKER, CHAIR, OFFICER, Walk, application
from tests.situations import acting, county


def appealed(yurun, **more) -> Walk:
    walk = application(yurun, "county_review", **more)
    walk.move(APPROVER, "refuse", code="excluded", note="名下有第二套住房")
    walk.move(CHAIR, "appeal", note="该房已于去年出售")
    return walk


def outcomes(post) -> dict[str, str]:
    return {row.case.number: row.outcome for row in appeals.appeals(post)}


@pytest.mark.django_db
class TestOutcomes:
    def test_an_appeal_is_open_until_the_next_decision_changes_or_upholds(self):
        yurun = county()
        changed, dismissed, refused_again, withdrawn, waiting = (appealed(yurun) for _ in range(5))
        second = acting(APPROVER, yurun.federation, changed.day)
        third = acting(APPROVER, yurun.federation, changed.day)
        actions.move(second, dismissed.case, "dismiss_appeal", note="证明不足")
        for walk in (changed, refused_again, withdrawn):
            actions.move(second, walk.case, "hear_appeal", note="证明属实")
            assert outcomes(second)[walk.case.number] == appeals.OPEN, "reopened is not decided"
        actions.move(third, refused_again.case, "refuse", code="excluded", note="仍有第二套住房")
        actions.decide(third, changed.case, "approved", amount_fen=100_000)
        actions.move(withdrawn.acting(CHAIR), withdrawn.case, "withdraw", note="不再申请")
        assert outcomes(second) == {
            changed.case.number: appeals.CHANGED,
            dismissed.case.number: appeals.STANDS,
            refused_again.case.number: appeals.STANDS,
            withdrawn.case.number: appeals.ENDED,
            waiting.case.number: appeals.OPEN,
        }
        rows = list(
            appeals.appeals(second).values_list("case__organisation__path", "outcome", "came_on", "answered_on")
        )
        tally = appeals.tallied("", rows, calendar_in_force())
        assert (tally.all, tally.changed_percent, tally.days) == (5, 33, 0)

    def test_a_second_appeal_is_counted_on_its_own(self):
        walk = appealed(county())
        second = acting(APPROVER, walk.county.federation, walk.day)
        actions.move(second, walk.case, "dismiss_appeal", note="证明不足")
        walk.move(CHAIR, "appeal", note="补充了过户证明")
        assert sorted(row.outcome for row in appeals.appeals(second)) == [appeals.OPEN, appeals.STANDS]

    def test_working_days_until_the_answer_are_averaged_by_county(self):
        yurun, other = county(), county("青禾县")
        walks = [appealed(yurun), appealed(yurun), appealed(other)]
        for walk, days in zip(walks, (2, 4, 9), strict=True):
            walk.wait(days)
            second = acting(APPROVER, walk.county.federation, walk.day)
            actions.move(second, walk.case, "dismiss_appeal", note="证明不足")
        auditor = acting(Role.AUDITOR, yurun.province, walks[0].day)
        columns = ("case__organisation__path", "outcome", "came_on", "answered_on")
        found = appeals.by_county(auditor, appeals.appeals(auditor).values_list(*columns), calendar_in_force())
        assert {each.place: (each.all, each.days) for each in found} == {"雨润县总工会": (2, 3), "青禾县总工会": (1, 9)}

    def test_a_neighbour_sees_none_of_it(self):
        walk = appealed(county())
        stranger = acting(APPROVER, county("青禾县").federation, walk.day)
        assert not appeals.appeals(stranger).exists()
        assert not appeals.objections(stranger).exists()

    def test_objections_are_upheld_dismissed_or_open(self):
        yurun = county()
        walks = [application(yurun, "in_notice") for _ in range(3)]
        for walk, upheld in zip(walks, (True, False, None), strict=True):
            objection = actions.object_in_person(walk.acting(OFFICER), walk.case, text="名下有两辆车")
            if upheld is not None:
                actions.resolve_objection(walk.acting(APPROVER), objection, upheld=upheld, reason="已核实")
        found = appeals.objections(walks[0].acting(APPROVER))
        assert sorted(row.outcome for row in found) == [appeals.CHANGED, appeals.OPEN, appeals.STANDS]


@pytest.mark.django_db
def test_figures_on_the_pages_open_their_rows(client, settings):
    walk = appealed(county())
    settings.CHUNYU_TODAY = walk.day
    second = acting(APPROVER, walk.county.federation, walk.day)
    actions.move(second, walk.case, "dismiss_appeal", note="证明不足")
    client.force_login(walk.county.post(CASEWORKER).user)
    page = client.get(reverse("casework:appeals")).content.decode()
    assert walk.case.number in page
    assert "维持原决定" in page
    assert walk.case.number in client.get(reverse("casework:appeals"), {"outcome": "stands"}).content.decode()
    assert walk.case.number not in client.get(reverse("casework:appeals"), {"outcome": "changed"}).content.decode()
    assert walk.case.number not in client.get(reverse("casework:appeals"), {"year": walk.day.year - 1}).content.decode()
    assert client.get(reverse("casework:appeals"), {"export": "csv"}).status_code in (200, 405)
    client.force_login(walk.county.post(CHAIR).user)
    assert client.get(reverse("casework:appeals")).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_appeals_on_screen(visit, screenshot, axe, settings):
    yurun = county()
    walks = [appealed(yurun), appealed(yurun), appealed(county("青禾县"))]
    for walk in walks[1:]:
        walk.wait(3)
        second = acting(APPROVER, walk.county.federation, walk.day)
        actions.move(second, walk.case, "dismiss_appeal", note="证明不足")
    settings.CHUNYU_TODAY = walks[-1].day
    page = visit(acting(Role.AUDITOR, yurun.province, walks[-1].day).post.user, reverse("casework:appeals"))
    axe(page)
    screenshot(page, "appeals", schemes=("light", "dark"), languages=("zh-hans", "en"))
    page.keyboard.press("Tab")
    page.locator("a[href*='outcome=stands']").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**outcome=stands**")
