"""Who may make which move from which state: the whole matrix of state x move x role x (had a hand in it / had not).

The table below is written by hand from the rules of the federation; it is not read from the process.
"""

import pytest

from chunyu.accounts.acting import Acting
from chunyu.accounts.models import Post
from chunyu.accounts.roles import Role
from chunyu.casework.papers import papers
from chunyu.casework.standing import Standing
from chunyu.hardship.process import APPLICATION as REAL
from tests.casework.applications import APPROVER, CASEWORKER, CHAIR, FINANCE, OFFICER, application
from tests.situations import county

ENTERING = {CHAIR, OFFICER, CASEWORKER}
VERIFYING = {"submitted", "complete", "visited", "cross_checking", "cross_checked"}
# move: from which states, by whom, and whether it is kept from those who handled the case (decisions, the call-back)
RULES: dict[str, tuple[set[str], set[Role], bool]] = {
    "submit": ({"draft", "returned"}, ENTERING, False),
    "accept": ({"submitted"}, {OFFICER, CASEWORKER}, False),
    "visit": ({"complete"}, ENTERING, False),
    "cross_check": ({"visited"}, {CASEWORKER}, False),
    "checked": ({"cross_checking"}, {CASEWORKER}, False),
    "publish": ({"cross_checked"}, {CASEWORKER}, False),
    "review": ({"in_notice"}, {CASEWORKER}, False),
    "approve": ({"county_review"}, {APPROVER}, True),
    "file": ({"approved"}, {CASEWORKER}, False),
    "pay_out": ({"filed"}, {CASEWORKER, FINANCE}, False),
    "settle": ({"in_payment"}, {FINANCE}, False),
    "plan_follow_up": ({"paid"}, {CASEWORKER}, False),
    "close": ({"follow_up"}, ENTERING | {APPROVER}, True),
    "return": (VERIFYING | {"investigating", "county_review"}, {OFFICER, CASEWORKER, APPROVER}, False),
    "propose_refusal": (VERIFYING | {"investigating"}, {CASEWORKER}, False),
    "refuse": ({"county_review"}, {APPROVER}, True),
    "bounce": ({"in_payment"}, {FINANCE}, False),
    "object": ({"in_notice"}, ENTERING | {APPROVER}, False),
    "resume": ({"investigating"}, {CASEWORKER, APPROVER}, True),
    "appeal": ({"refused"}, ENTERING | {APPROVER}, False),
    "hear_appeal": ({"appealed"}, {APPROVER}, True),
    "dismiss_appeal": ({"appealed"}, {APPROVER}, True),
    "withdraw": ({"draft", "returned", "in_notice", "county_review"} | VERIFYING, ENTERING, False),
}
HANDS = {"entered it", "worked on it", "visited it", "checked it", "added to it"}
STATES = [
    "draft", "submitted", "returned", "complete", "visited", "cross_checking", "cross_checked", "in_notice",
    "investigating", "county_review", "approved", "filed", "in_payment", "paid", "follow_up", "closed", "refused",
    "appealed", "withdrawn",
]  # fmt: skip


def test_the_rules_name_every_move_and_state():
    assert set(RULES) == {move.name for move in REAL.moves}
    assert set(STATES) == {state.name for state in REAL.states}


@pytest.mark.django_db
def test_state_by_move_by_role_by_hand_in_it():
    """One case that went the whole way, so that every hands-on act has been made by somebody."""
    yurun = county()
    walk = application(yurun, "in_payment")
    process, user = walk.case.table, {role: yurun.post(role).user for role in Role}
    fresh = {role: Acting(yurun.post(role), walk.day) for role in Role}
    # The chair, under each other role: a person who entered the application and now holds another post.
    entered = {
        role: Acting(Post(user=user[CHAIR], organisation=yurun.posts[role].organisation, role=role), walk.day)
        for role in Role
        if role != CHAIR
    } | {CHAIR: fresh[CHAIR]}
    standing = Standing(walk.case, walk.day)
    touched = {CHAIR, OFFICER, CASEWORKER}
    tried, wrong = 0, []
    for state in STATES:
        walk.case.state = state
        for move, (sources, roles, decides) in RULES.items():
            at_state = "state" not in {each.code for each in process.can(move, standing)}
            if at_state != (state in sources):
                wrong.append((state, move, "state"))
            for role in Role:
                for hand, acting in ((False, fresh[role]), (True, entered[role])):
                    tried += 1
                    had_a_hand = hand or role in touched
                    allowed = role in roles and not (decides and had_a_hand)
                    codes = {each.code for each in process.may(acting, move, standing)}
                    if (not codes) != allowed:
                        wrong.append((state, move, role, hand, codes))
                    if decides and had_a_hand and not codes & HANDS:
                        wrong.append((state, move, role, hand, "the hand is not named"))
    assert tried == len(STATES) * len(RULES) * len(Role) * 2
    assert not wrong, wrong[:10]


def test_the_reference_papers_are_those_of_the_tables():
    stale = [
        path.name
        for path, content in papers().items()
        if not path.name.startswith("tests-") and (not path.exists() or path.read_text(encoding="utf-8") != content)
    ]
    assert not stale, "Run `python -m chunyu.casework.diagram` and commit what it writes."
