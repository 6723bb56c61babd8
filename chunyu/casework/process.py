"""A process is one table: its states, its moves, and what hangs off them, each in a sibling table.

`may` asks whether this person may make the move on this case, `can` whether the case is ready for it. Both give every
refusal, not the first, as the sentence that the user reads and that the disabled button shows. A table that does not
fit together is refused when it is built, that is when the program starts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import EVERY_CASE_ROLE, Role
from chunyu.federation.models import Organisation

if TYPE_CHECKING:
    from chunyu.casework.models import Case
    from chunyu.casework.standing import Standing

Label = str | Promise
Effect = Callable[..., None]
"""effect(acting, case, **fields): what else happens, in the transaction of the move."""

HOUSEHOLD = "household"
"""A message to the family itself: the case page shows it until somebody has told them."""


class ProcessFault(Exception):
    """The table does not fit together; the sentence says where."""


@dataclass(frozen=True)
class Stage:
    """One segment of the stage bar."""

    name: str
    label: Label


@dataclass(frozen=True)
class State:
    """Where a case can stand. `with_opener`: the case lies with the person who opened it, not with the whole role.
    `aside`: off the straight way (returned, refused), so the stage bar does not count it as progress."""

    name: str
    label: Label
    stage: str
    with_opener: bool = False
    aside: bool = False


@dataclass(frozen=True)
class Move:
    """A step from any of `sources` to `target`. `reopens`: it takes a closed case back to work. `main`: the expected
    next step, shown as the strong button. `automatic`: made by another act (an objection), never by a button.
    `due`: the day by which the next step is due, from the day of this one and its fields, where it is no number of
    working days; None leaves the state's own deadline. `stays`: it adds to a state and leaves its deadline alone."""

    name: str
    label: Label
    sources: tuple[str, ...]
    target: str
    main: bool = False
    reopens: bool = False
    automatic: bool = False
    due: Callable[[date, Mapping[str, Any]], date | None] | None = None
    stays: bool = False


@dataclass(frozen=True)
class May:
    """Who may make a move. Build it with one of these; the difference is the four-eyes rule:

    by              hands on the case: entering, verifying, publishing
    another_person  a decision: never someone whose hands were on this case
    fresh           no decision, and yet never by such a person: a call-back asks how the others did
    neutral         none of these (sending back, taking an appeal in)
    """

    roles: frozenset[Role]
    kinds: frozenset[str]
    decides: bool = False
    untouched: bool = False
    hands_on: bool = True
    apart_from: tuple[str, ...] = ()


def by(*roles: Role, kinds: Iterable[str] = Organisation.Kind.values) -> May:
    return May(frozenset(roles), frozenset(kinds))


def neutral(*roles: Role, apart_from: tuple[str, ...] = ()) -> May:
    return May(frozenset(roles), frozenset(Organisation.Kind.values), hands_on=False, apart_from=apart_from)


def fresh(*roles: Role) -> May:
    return May(frozenset(roles), frozenset(Organisation.Kind.values), untouched=True, hands_on=False)


def another_person(*roles: Role, kinds: Iterable[str], apart_from: tuple[str, ...] = ()) -> May:
    """`apart_from`: moves whose makers are excluded too, such as the refusal that an appeal is against."""
    return May(frozenset(roles), frozenset(kinds), decides=True, untouched=True, hands_on=False, apart_from=apart_from)


@dataclass(frozen=True)
class Access:
    """Whose business a kind of case is, each circle within the next; for everybody else it does not exist.

    works   adds evidence and notes, and has it on the desk
    reads   reads what was said and shown, and changes nothing
    sees    knows where it stands, and reads nothing of what was said
    """

    works: frozenset[Role]
    reads: frozenset[Role]
    sees: frozenset[Role]


@dataclass(frozen=True)
class Check:
    """What a move needs of a case. `label` says it in the process's papers; `test` reads the standing and yields a
    refusal for each thing that is missing."""

    label: Label
    test: Callable[[Standing], Iterable[Refusal]]

    def __call__(self, standing: Standing) -> Iterable[Refusal]:
        return self.test(standing)


def check(label: Label) -> Callable[[Callable[[Standing], Iterable[Refusal]]], Check]:
    """Turn a function over the standing into a Check:  @check(_("the amount is within the entitlement"))"""
    return lambda test: Check(label, test)


@dataclass(frozen=True)
class Outcome:
    """How a case ended; the code stands in figures."""

    code: str
    label: Label


@dataclass(frozen=True)
class DocumentKind:
    code: str
    label: Label
    help: Label = ""


@dataclass(frozen=True)
class Choice:
    code: str
    label: Label


@dataclass(frozen=True)
class Reply:
    """One of the answers to choose from that a department gives while a case waits for it: it makes the move by itself.
    A file that comes with it is kept as a document of this kind."""

    code: str
    label: Label
    move: str
    file_kind: str = "check_reply"


@dataclass(frozen=True)
class Field:
    """One input of a move's form. kind: text, lines, day, yuan, number, choice. `code` and `note` go on the timeline;
    `outcome` closes the case; all are given to the effects."""

    name: str
    label: Label
    kind: str = "lines"
    required: bool = True
    choices: tuple[Choice, ...] = ()
    help: Label = ""
    # Choices that depend on the case, such as the funds that may pay for it; then `choices` is not used.
    offered: Callable[[Case, Acting], tuple[Choice, ...]] | None = None
    # What the form already holds when it opens, such as the amount that the rules allow.
    suggested: Callable[[Case, Acting], Any] | None = None

    def choices_for(self, case: Case, acting: Acting) -> tuple[Choice, ...]:
        return self.offered(case, acting) if self.offered else self.choices


@dataclass(frozen=True)
class Tell:
    """Who learns of a move, and what."""

    to: Role | str
    sentence: Label


@dataclass(frozen=True)
class Escalate:
    """So many working days after its deadline a case is brought before this role, once for each deadline missed."""

    days: int
    to: Role


NOTE = "note"
FIELD_KINDS = frozenset({"text", "lines", "day", "yuan", "number", "choice"})


@dataclass(frozen=True)
class Process:
    """The table of one kind of case. Each sibling has exactly one entry for each state or move."""

    name: str
    label: Label
    start: str
    stages: tuple[Stage, ...]
    states: tuple[State, ...]
    moves: tuple[Move, ...]
    access: Access
    openers: May
    owners: Mapping[str, frozenset[Role]]
    deadlines: Mapping[str, int | None]
    outcomes: Mapping[str, tuple[Outcome, ...]]
    who: Mapping[str, May]
    needs: Mapping[str, tuple[Check, ...]]
    fields: Mapping[str, tuple[Field, ...]]
    events: Mapping[str, str]
    tells: Mapping[str, tuple[Tell, ...]]
    effects: Mapping[str, tuple[Effect, ...]]
    documents: tuple[DocumentKind, ...] = ()
    # What departments are asked to check: code and label.
    check_items: Mapping[str, Label] = field(default_factory=dict)
    # What a department may answer to a question that a case waits for in a state; each answer makes a move.
    replies: Mapping[str, tuple[Reply, ...]] = field(default_factory=dict)
    # What an applicant's word does in a state: its kind, and the move that it makes. Other words move nothing.
    said: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    # The case in which this one goes on, such as the one that it was merged into; its slip then opens that one.
    goes_on_in: Callable[[Case], Case | None] | None = None
    # The move that an objection makes by itself while a notice hangs, and the one that its resolution makes.
    objected: str | None = None
    resumed: str | None = None
    # The move that takes in an appeal against a decision; the next decision answers it.
    appealed: str | None = None
    # Every such case is confidential from its first day: open to those who were let in, and to nobody by role alone.
    confidential: bool = False
    # Whether somebody without an account may open such a case, on a public page.
    from_the_public: bool = False
    # For what the clock may be stopped by hand; none, and it only stops for an objection.
    stops: tuple[Choice, ...] = ()
    # Who learns of a case that is overdue, and after how many working days.
    escalates: tuple[Escalate, ...] = ()
    # What a department that is asked about a case may read of it, beside the question; notes are never among it.
    shared: Callable[[Case], Iterable[tuple[Label, Any]]] | None = None
    panel_template: str | None = None
    panel: Callable[[Case, Acting], dict[str, Any]] | None = None
    # What a visitor of the household should ask and bring back, a sentence each.
    to_ask: Callable[[Case], Iterable[str]] | None = None
    _states: dict[str, State] = field(init=False, repr=False, compare=False)
    _moves: dict[str, Move] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_states", {state.name: state for state in self.states})
        object.__setattr__(self, "_moves", {move.name: move for move in self.moves})
        faults = list(_faults(self))
        if faults:
            raise ProcessFault(f"The process {self.name!r} does not fit together: " + " ".join(faults))

    def state(self, name: str) -> State:
        return self._states[name]

    def move(self, name: str) -> Move:
        """KeyError for a name that the table does not hold: the caller's fault, not the user's."""
        return self._moves[name]

    def moves_from(self, state: str) -> list[Move]:
        return [move for move in self.moves if state in move.sources]

    def ends(self, state: str) -> bool:
        return bool(self.outcomes[state])

    def outcome_label(self, code: str) -> Label:
        labels = {each.code: each.label for outcomes in self.outcomes.values() for each in outcomes}
        return labels.get(code, code)

    def document_label(self, code: str) -> Label:
        return next((kind.label for kind in self.documents if kind.code == code), code)

    def choice_label(self, code: str) -> Label:
        choices = (each for fields in self.fields.values() for each_field in fields for each in each_field.choices)
        replies = (each for replies in self.replies.values() for each in replies)
        return next((each.label for each in (*self.stops, *choices, *replies) if each.code == code), code)

    def reply(self, state: str, code: str) -> Reply | None:
        return next((each for each in self.replies.get(state, ()) if each.code == code), None)

    # --- the two questions ---

    def may_open(self, acting: Acting) -> list[Refusal]:
        return list(_post_refusals(self.openers, acting))

    def may(self, acting: Acting, move: str, standing: Standing) -> list[Refusal]:
        """Why this person may not make this move on this case; empty when they may."""
        rule = self.who[move]
        refusals = list(_post_refusals(rule, acting))
        if not acting.sees(standing.case.scope_path):
            refusals.append(Refusal(_("This case belongs to another organisation."), code="foreign"))
        if rule.untouched:
            refusals += standing.hands_of(acting.user_id)
        for earlier in rule.apart_from:
            if acting.user_id in standing.makers.get(earlier, ()):
                sentence = _("You made the move “%(move)s” on this case. Another person must take this step.")
                refusals.append(Refusal(sentence % {"move": self.move(earlier).label}, code="made it"))
        return refusals

    def can(self, move: str, standing: Standing) -> list[Refusal]:
        """Everything that the case still lacks for this move; empty when it is ready."""
        state = standing.case.state
        if state not in self.move(move).sources:
            sentence = _("“%(move)s” is not possible while the case stands at “%(state)s”.")
            labels = {"move": self.move(move).label, "state": self.state(state).label}
            return [Refusal(sentence % labels, code="state")]
        return [refusal for check in self.needs[move] for refusal in check(standing)]


def _post_refusals(rule: May, acting: Acting) -> Iterable[Refusal]:
    if acting.role not in rule.roles:
        names = _(", ").join(str(role.label) for role in sorted(rule.roles, key=list(Role).index))
        yield Refusal(_("This step is taken by: %(roles)s.") % {"roles": names}, code="role")
    elif acting.organisation.kind not in rule.kinds:
        yield Refusal(_("This step is taken at a higher level than your organisation's."), code="level")


def _faults(process: Process) -> Iterable[str]:
    """Every way in which the table contradicts itself, as sentences."""
    states, moves = set(process._states), set(process._moves)
    stages = {stage.name for stage in process.stages}
    if len(states) != len(process.states) or len(moves) != len(process.moves):
        yield "A state or a move is listed twice."
    if process.start not in states:
        yield f"The start {process.start!r} is not a state."
    for state in process.states:
        if state.stage not in stages:
            yield f"The state {state.name!r} names the unknown stage {state.stage!r}."
    yield from _access_faults(process)
    yield from _sibling_faults(process, states, moves)
    yield from _caused_faults(process, moves)
    known = True
    for move in process.moves:
        for name in (*move.sources, move.target):
            if name not in states:
                known = False
                yield f"The move {move.name!r} names the unknown state {name!r}."
    if known and process.start in states and not (states - set(process.outcomes)):
        yield from _way_faults(process, states)


def _access_faults(process: Process) -> Iterable[str]:
    access = process.access
    if not access.works <= access.reads <= access.sees:
        yield "Who works on a case reads it, and who reads it sees it."
    if not access.sees <= EVERY_CASE_ROLE:
        yield "The pages of cases do not open to a role that this table admits."
    for each in process.escalates:
        if each.days < 1 or each.to not in access.sees:
            yield f"Escalation after {each.days} days to {each.to}: a day at least, and a role that sees the case."
    for state, owners in process.owners.items():
        if not owners <= access.sees:
            yield f"The state {state!r} lies on the desk of a role that does not see the case."
    for move, rule in process.who.items():
        if not rule.roles <= access.sees:
            yield f"The move {move!r} is for a role that does not see the case."


def _sibling_faults(process: Process, states: set[str], moves: set[str]) -> Iterable[str]:
    for table in ("owners", "deadlines", "outcomes"):
        yield from _cover_faults(table, set(getattr(process, table)), states, "state")
    for table in ("who", "needs", "fields", "events", "tells", "effects"):
        yield from _cover_faults(table, set(getattr(process, table)), moves, "move")
    for name, rule in process.who.items():
        if not rule.roles:
            yield f"Nobody may make the move {name!r}."
        for earlier in rule.apart_from:
            if earlier not in moves:
                yield f"The move {name!r} keeps apart from the unknown move {earlier!r}."
    for name, fields in process.fields.items():
        for each in fields:
            if each.kind not in FIELD_KINDS:
                yield f"The field {each.name!r} of {name!r} is of the unknown kind {each.kind!r}."
    for name in (process.objected, process.resumed, process.appealed):
        if name is not None and name not in moves:
            yield f"The move {name!r} of an objection or appeal is not in the table."


def _caused_faults(process: Process, moves: set[str]) -> Iterable[str]:
    """Moves that answers and words make, and those that stay where they are."""
    answered = {state: [each.move for each in replies] for state, replies in process.replies.items()}
    for table in (answered, {state: list(words.values()) for state, words in process.said.items()}):
        for state, names in table.items():
            for name in names:
                if name not in moves or state not in process.move(name).sources:
                    yield f"An answer or a word makes the move {name!r}, which does not lead out of {state!r}."
    for move in process.moves:
        if move.stays and move.sources != (move.target,):
            yield f"The move {move.name!r} leaves the deadline alone, and yet leads to another state."


def _cover_faults(table: str, held: set[str], wanted: set[str], noun: str) -> Iterable[str]:
    for name in sorted(wanted - held):
        yield f"The table {table!r} has no entry for the {noun} {name!r}."
    for name in sorted(held - wanted):
        yield f"The table {table!r} has an entry for the unknown {noun} {name!r}."


def _way_faults(process: Process, states: set[str]) -> Iterable[str]:
    reached, ahead = {process.start}, [process.start]
    while ahead:
        state = ahead.pop()
        for move in process.moves_from(state):
            if move.target not in reached:
                reached.add(move.target)
                ahead.append(move.target)
    for name in sorted(states - reached):
        yield f"No way leads to the state {name!r}."
    for name in sorted(states):
        ways = process.moves_from(name)
        if not process.ends(name) and not ways:
            yield f"No way leads out of the state {name!r}, and it has no outcome."
        if process.ends(name) and any(not move.reopens for move in ways):
            yield f"A move leaves the closed state {name!r} without being one that reopens."


_processes: dict[str, Process] = {}


def register(process: Process) -> Process:
    """Make a room's process known; each room does it in its own `process.py`, which is found at start."""
    if process.name in _processes:
        raise ProcessFault(f"Two processes are named {process.name!r}.")
    _processes[process.name] = process
    return process


def process_named(name: str) -> Process:
    return _processes[name]


def processes() -> list[Process]:
    return list(_processes.values())


def seen_by(role: Role | str) -> list[str]:
    """The names of the processes whose cases a role knows of."""
    return [process.name for process in _processes.values() if role in process.access.sees]
