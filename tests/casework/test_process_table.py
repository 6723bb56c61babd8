"""A process that does not fit together stops the program at its start, with a sentence that says where."""

from dataclasses import replace

import pytest

from chunyu.accounts.roles import CASE_ROLES, READ_CASE_ROLES, Role
from chunyu.casework.process import (
    Access,
    Field,
    Move,
    Outcome,
    Process,
    ProcessFault,
    Reply,
    Stage,
    State,
    another_person,
    by,
    process_named,
    processes,
    register,
)
from chunyu.federation.models import Organisation
from chunyu.hardship.process import APPLICATION, application_process

CLERK = by(Role.COUNTY_CASEWORKER)
SMALL = Process(
    name="tests.small",
    label="small",
    start="open",
    stages=(Stage("all", "all"),),
    states=(State("open", "open", "all"), State("done", "done", "all")),
    moves=(Move("finish", "finish", ("open",), "done"),),
    access=Access(works=CASE_ROLES, reads=READ_CASE_ROLES, sees=READ_CASE_ROLES),
    openers=CLERK,
    owners={"open": frozenset({Role.COUNTY_CASEWORKER}), "done": frozenset()},
    deadlines={"open": 5, "done": None},
    outcomes={"open": (), "done": (Outcome("done", "done"),)},
    who={"finish": CLERK},
    needs={"finish": ()},
    fields={"finish": ()},
    events={"finish": "tests.finish"},
    tells={"finish": ()},
    effects={"finish": ()},
)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"start": "nowhere"}, "start 'nowhere' is not a state"),
        ({"states": (*SMALL.states, State("open", "again", "all"))}, "listed twice"),
        ({"states": (State("open", "open", "lost"), SMALL.states[1])}, "unknown stage 'lost'"),
        ({"moves": (Move("finish", "finish", ("open",), "gone"),)}, "unknown state 'gone'"),
        ({"moves": (Move("finish", "finish", ("gone",), "done"),)}, "unknown state 'gone'"),
        ({"owners": {"open": frozenset()}}, "'owners' has no entry for the state 'done'"),
        ({"deadlines": {}}, "'deadlines' has no entry for the state 'open'"),
        ({"outcomes": {"open": ()}}, "'outcomes' has no entry for the state 'done'"),
        ({"who": {}}, "'who' has no entry for the move 'finish'"),
        ({"who": {"finish": by()}}, "Nobody may make the move 'finish'"),
        ({"needs": {}}, "'needs' has no entry for the move 'finish'"),
        ({"fields": {}}, "'fields' has no entry for the move 'finish'"),
        ({"fields": {"finish": (Field("x", "x", kind="blob"),)}}, "unknown kind 'blob'"),
        ({"events": {}}, "'events' has no entry for the move 'finish'"),
        ({"tells": {}}, "'tells' has no entry for the move 'finish'"),
        ({"effects": {}}, "'effects' has no entry for the move 'finish'"),
        ({"effects": {"finish": (), "other": ()}}, "'effects' has an entry for the unknown move 'other'"),
        ({"access": Access(CASE_ROLES, frozenset(), CASE_ROLES)}, "Who works on a case reads it"),
        ({"access": Access(CASE_ROLES, CASE_ROLES, CASE_ROLES | {Role.SYSTEM_KEEPER})}, "do not open to a role"),
        ({"owners": {"open": frozenset({Role.ORGANISER}), "done": frozenset()}}, "'open' lies on the desk of a role"),
        ({"who": {"finish": by(Role.ORGANISER)}}, "'finish' is for a role that does not see"),
        ({"objected": "other"}, "'other' of an objection or appeal"),
        ({"appealed": "other"}, "'other' of an objection or appeal"),
        ({"replies": {"open": (Reply("yes", "yes", "other"),)}}, "makes the move 'other', which does not lead out"),
        ({"replies": {"done": (Reply("yes", "yes", "finish"),)}}, "does not lead out of 'done'"),
        ({"said": {"done": {"confirm": "finish"}}}, "does not lead out of 'done'"),
        ({"moves": (Move("finish", "finish", ("open",), "done", stays=True),)}, "leaves the deadline alone, and yet"),
        ({"outcomes": {"open": (), "done": ()}}, "No way leads out of the state 'done'"),
        (
            {"outcomes": {"open": (Outcome("x", "x"),), "done": SMALL.outcomes["done"]}},
            "leaves the closed state 'open'",
        ),
        (
            {
                "who": {
                    "finish": another_person(
                        Role.COUNTY_APPROVER, kinds=[Organisation.Kind.COUNTY_FEDERATION], apart_from=("start",)
                    )
                }
            },
            "apart from the unknown move 'start'",
        ),
    ],
)
def test_a_contradiction_is_refused_when_the_table_is_built(change, sentence):
    with pytest.raises(ProcessFault, match=sentence):
        replace(SMALL, **change)


def test_a_state_that_nothing_leads_to_is_refused():
    island = {
        "states": (*SMALL.states, State("island", "island", "all")),
        "owners": {**SMALL.owners, "island": frozenset()},
        "deadlines": {**SMALL.deadlines, "island": None},
        "outcomes": {**SMALL.outcomes, "island": (Outcome("x", "x"),)},
    }
    with pytest.raises(ProcessFault, match="No way leads to the state 'island'"):
        replace(SMALL, **island)


def test_processes_are_found_at_start_and_named_once():
    assert APPLICATION in processes()
    assert process_named("hardship.application") is APPLICATION
    with pytest.raises(ProcessFault, match="Two processes"):
        register(APPLICATION)


@pytest.mark.parametrize("notice_first", [True, False])
def test_the_sibling_tables_cover_the_application(notice_first):
    process = application_process(facts=lambda case: None, notice_first=notice_first, name="tests.other")
    states, moves = {each.name for each in process.states}, {each.name for each in process.moves}
    for table in ("owners", "deadlines", "outcomes"):
        assert set(getattr(process, table)) == states
    for table in ("who", "needs", "fields", "events", "tells", "effects"):
        assert set(getattr(process, table)) == moves
    assert all(process.owners[name] for name in states if not process.ends(name)), "an open case lies on a desk"
    assert len(set(process.events.values())) == len(moves)
    order = [move.name for move in process.moves if move.main]
    assert order.index("publish") < order.index("approve"), "listed in the usual order"
