"""Who may make which move on a case of wages owed: the whole matrix, written by hand and not read from the process."""

import pytest

from chunyu.accounts.acting import Acting
from chunyu.accounts.models import Post
from chunyu.accounts.roles import Role
from chunyu.casework.standing import Standing
from chunyu.rights.arrears.process import ARREARS
from tests.rights.arrears import APPROVER, CASEWORKER, CHAIR, OFFICER, arrears

HANDS = {CASEWORKER, OFFICER}
ALL = {CHAIR, OFFICER, CASEWORKER, APPROVER}
MEASURED = {"agreed", "ordered", "referred"}
AT_WORK = {"tasks_out", "partly_paid"} | MEASURED
# move: from which states, by whom, and whether it is kept from those who handled the case
RULES: dict[str, tuple[set[str], set[Role], bool]] = {
    "verify": ({"reported"}, HANDS, False),
    "open_joint": ({"verified"}, HANDS, False),
    "send_out": ({"joint"}, HANDS, False),
    "agree": (AT_WORK - {"agreed"}, HANDS, False),
    "order": (AT_WORK - {"ordered"}, HANDS, False),
    "draw_guarantee": (AT_WORK, HANDS, False),
    "refer_police": (AT_WORK, HANDS, False),
    "refer_legal_aid": (AT_WORK, HANDS, False),
    "begin_paying": (MEASURED | {"partly_paid"}, ALL, False),
    "pay_part": ({"paying"}, ALL, False),
    "pay_rest": ({"paying"}, ALL, False),
    "write_off": (MEASURED | {"partly_paid"}, {APPROVER}, True),
    "settle": ({"paid", "partly_paid"}, {APPROVER}, True),
    "call_back": ({"settled"}, HANDS | {APPROVER}, True),
    "bounce": ({"paid", "settled", "closed", "partly_paid"}, HANDS | {APPROVER}, False),
    "join": ({"reported", "verified"}, HANDS, False),
    "dismiss": ({"reported", "verified"}, {APPROVER}, True),
}


def test_the_rules_name_every_move():
    assert set(RULES) == {move.name for move in ARREARS.moves}


@pytest.mark.django_db
def test_state_by_move_by_role_by_hand_in_it():
    walk = arrears().to("paying")
    yurun, process, standing = walk.county, ARREARS, Standing(walk.case, walk.day)
    fresh = {role: walk.acting(role) for role in Role}
    hand = yurun.post(CASEWORKER).user
    # The caseworker who took the report down, under each other role.
    touched = {
        role: Acting(Post(user=hand, organisation=yurun.posts[role].organisation, role=role), walk.day) for role in Role
    }
    # Who looks after the county's cases sees this one; who has a post below it does not.
    below = {CHAIR, OFFICER}
    wrong = []
    for state in process.states:
        walk.case.state = state.name
        for move, (sources, roles, apart) in RULES.items():
            at_state = "state" not in {each.code for each in process.can(move, standing)}
            if at_state != (state.name in sources):
                wrong.append((state.name, move))
            for role in Role:
                for had_a_hand, acting in ((role == CASEWORKER, fresh[role]), (True, touched[role])):
                    codes = {each.code for each in process.may(acting, move, standing)} - {"level"}
                    allowed = role in roles and role not in below and not (apart and had_a_hand)
                    if (not codes) != allowed:
                        wrong.append((move, role, had_a_hand, codes))
    assert not wrong, wrong[:10]
