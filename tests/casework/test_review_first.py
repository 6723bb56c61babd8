"""A federation that hangs the notice out after the county's decision: the same process, built in the other order."""

import pytest

from chunyu.casework import actions
from chunyu.casework.actions import Refused
from chunyu.casework.process import register
from chunyu.hardship.process import application_process
from tests.casework.applications import APPROVER, CASEWORKER, CHAIR, Walk, household
from tests.casework.process import notice_facts
from tests.situations import county

REVIEW_FIRST = register(application_process(facts=notice_facts, notice_first=False, name="tests.review_first"))


def test_the_stages_stand_in_that_order():
    names = [stage.name for stage in REVIEW_FIRST.stages]
    assert names.index("review") < names.index("notice") < names.index("pay")


@pytest.mark.django_db
def test_the_county_decides_before_the_notice_and_files_after_it():
    walk = Walk(county())
    chair = walk.acting(CHAIR)
    family = household(walk.county, "郭明远")
    walk.case = actions.open_case(
        chair, REVIEW_FIRST, walk.county.workplace, title="生活救助", channel="visit", household=family
    )
    walk.to("cross_checked")
    walk.move(CASEWORKER, "review")
    walk.move(APPROVER, "approve", amount_fen=100)
    with pytest.raises(Refused) as caught:
        walk.move(CASEWORKER, "file")
    assert caught.value.code == "state"
    walk.move(CASEWORKER, "publish", place="社区公告栏", objections_to="县总工会")
    with pytest.raises(Refused) as caught:
        walk.move(CASEWORKER, "file")
    assert caught.value.codes == {"notice running"}
    walk.wait_for_notice()
    assert walk.move(CASEWORKER, "file").state == "filed"
