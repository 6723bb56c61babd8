"""The public notice: masked, timed, and stopped by an objection."""

from datetime import date, timedelta

import pytest

from chunyu.accounts.refusal import Refusal
from chunyu.casework import actions
from chunyu.casework.actions import NoticeFacts, Refused
from chunyu.casework.models import Objection, PublicNotice
from chunyu.casework.queries import notices_of_county, open_objections
from tests.casework.applications import APPROVER, CASEWORKER, CHAIR, OFFICER, application
from tests.situations import acting, county


@pytest.mark.django_db
class TestOnTheBoard:
    @pytest.mark.parametrize(
        "name", ["王", "程梅", "郭明远", "欧阳娜娜", "买买提·艾力", "阿依古丽·买买提·吐尔逊", "Anna Maria Smith"]
    )
    def test_the_notice_holds_nothing_but_masked_values(self, name):
        walk = application(county(), "in_notice", name=name)
        notice = PublicNotice.objects.get()
        texts = " ".join(str(getattr(notice, field.attname)) for field in notice._meta.fields)
        assert "•" in notice.masked_name
        assert name not in texts
        parts = [part for part in name.replace("·", " ").split() if len(part) > 1]
        assert not any(part in texts or part[1:] in notice.masked_name for part in parts if len(part) > 2)
        assert walk.case.household.worker.id_number.reveal() not in texts
        assert notice.programme == "医疗救助"
        assert notice.organisation_name == "雨润县纺织厂工会"

    def test_it_hangs_for_five_full_working_days_and_is_then_gone(self):
        walk = application(county(), "in_notice", day=date(2015, 2, 13))
        notice = walk.case.notices.get()
        assert (notice.from_day, notice.to_day) == (date(2015, 2, 13), date(2015, 2, 26))
        assert notice in notices_of_county(walk.county.federation, notice.from_day)
        assert notice in notices_of_county(walk.county.federation, notice.to_day)
        assert notice not in notices_of_county(walk.county.federation, notice.to_day + timedelta(days=1))
        assert notice not in notices_of_county(walk.county.federation, notice.from_day - timedelta(days=1))

    def test_withdrawn_means_gone_at_once(self):
        walk = application(county(), "in_notice")
        actions.take_down_notice(walk.acting(CASEWORKER), walk.case)
        assert not notices_of_county(walk.county.federation, walk.day).exists()

    def test_a_case_is_not_published_twice(self):
        walk = application(county(), "in_notice")
        with pytest.raises(Refusal, match=r"."):
            actions.publish_notice(
                walk.acting(CASEWORKER), walk.case, NoticeFacts("程梅", "", "x"), place="x", objections_to="x"
            )

    def test_an_objection_from_the_public_stops_the_clock_and_opens_an_investigation(self):
        yurun = county()
        walk = application(yurun, "in_notice")
        notice = walk.case.notices.get()
        walk.wait(2)
        objection = actions.object_publicly(
            notice, text="该户有两辆车", contact="13900000000", sender="192.0.2.1", day=walk.day
        )
        walk.case.refresh_from_db()
        assert walk.case.state == "investigating"
        assert walk.case.timeline.last().post is None
        assert open_objections(walk.acting(CASEWORKER)).get() == objection
        with pytest.raises(Refused):
            walk.move(CASEWORKER, "review")

        walk.wait(6)
        actions.resolve_objection(walk.acting(APPROVER), objection, upheld=False, reason="车辆已注销")
        walk.case.refresh_from_db()
        notice.refresh_from_db()
        assert walk.case.state == "in_notice"
        expected = walk.day
        walk.wait(3)
        assert notice.to_day == walk.day > expected, "three of the five days were left, and they run from now"
        with pytest.raises(Refused) as still:
            walk.move(CASEWORKER, "review")
        assert still.value.codes == {"notice running"}
        walk.wait(1)
        assert walk.move(CASEWORKER, "review").state == "county_review"

    def test_the_clock_runs_on_only_when_the_last_objection_is_answered(self):
        walk = application(county(), "in_notice")
        notice = walk.case.notices.get()
        first = actions.object_publicly(notice, text="一", contact="", sender="192.0.2.1", day=walk.day)
        second = actions.object_in_person(walk.acting(OFFICER), walk.case, text="二")
        actions.resolve_objection(walk.acting(APPROVER), first, upheld=False, reason="不属实")
        walk.case.refresh_from_db()
        assert walk.case.state == "investigating"
        actions.resolve_objection(walk.acting(APPROVER), second, upheld=False, reason="不属实")
        walk.case.refresh_from_db()
        assert walk.case.state == "in_notice"
        assert walk.case.clock_stops.filter(to_day__isnull=True).count() == 0

    def test_an_upheld_objection_leaves_the_case_with_the_investigators(self):
        walk = application(county(), "in_notice")
        objection = actions.object_in_person(walk.acting(OFFICER), walk.case, text="已搬走")
        actions.resolve_objection(walk.acting(APPROVER), objection, upheld=True, reason="属实")
        walk.case.refresh_from_db()
        assert walk.case.state == "investigating"
        walk.move(CASEWORKER, "propose_refusal", code="facts_disproved", note="不在本县居住")
        walk.wait(20)
        with pytest.raises(Refused) as caught:
            walk.move(APPROVER, "approve")
        assert caught.value.codes == {"notice stopped"}
        walk.move(APPROVER, "refuse", code="facts_disproved", note="不在本县居住")
        assert not notices_of_county(walk.county.federation, walk.day).exists()

    def test_whoever_verified_the_case_does_not_answer_the_objection(self):
        walk = application(county(), "in_notice")
        objection = actions.object_in_person(walk.acting(OFFICER), walk.case, text="有异议")
        for role in (CHAIR, OFFICER, CASEWORKER):
            with pytest.raises(Refused):
                actions.resolve_objection(walk.acting(role), objection, upheld=False, reason="不属实")
        with pytest.raises(Refused):
            actions.resolve_objection(walk.acting(APPROVER), objection, upheld=False, reason=" ")

    def test_no_objection_to_a_notice_that_is_over(self):
        walk = application(county(), "in_notice")
        notice = walk.case.notices.get()
        with pytest.raises(Refusal) as caught:
            actions.object_publicly(
                notice, text="晚了", contact="", sender="192.0.2.1", day=notice.to_day + timedelta(days=1)
            )
        assert caught.value.code == "notice over"
        assert not Objection.objects.exists()

    def test_an_objection_is_sealed(self):
        walk = application(county(), "in_notice")
        objection = actions.object_publicly(
            walk.case.notices.get(), text="x", contact="13900000000", sender="192.0.2.1", day=walk.day
        )
        assert "13900000000" not in str(Objection.objects.filter(pk=objection.pk).values())
        assert objection.contact.reveal() == "13900000000"

    def test_a_foreign_post_cannot_answer(self):
        walk = application(county(), "in_notice")
        objection = actions.object_in_person(walk.acting(OFFICER), walk.case, text="有异议")
        foreign = acting(APPROVER, county("青禾县").federation, walk.day)
        with pytest.raises(type(walk.case).DoesNotExist):
            actions.resolve_objection(foreign, objection, upheld=False, reason="x")
