"""Opening a case and moving it. Checks are made again under the row's lock; a move is one transaction."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.models import Post
from chunyu.accounts.refusal import Refusal
from chunyu.audit.record import record
from chunyu.casework.calendar import calendar_in_force
from chunyu.casework.models import Case, Confidant, Decision, Link, Message, TimelineEntry
from chunyu.casework.models.case import Channel
from chunyu.casework.numbers import next_number
from chunyu.casework.process import Field, Move, Process
from chunyu.casework.standing import OPENED, Standing
from chunyu.casework.working_days import add_working_days
from chunyu.federation.models import Organisation
from chunyu.registry.models import Household


class Refused(Refusal):
    """All that stands in the way of an act, not only the first."""

    def __init__(self, refusals: Iterable[Refusal]) -> None:
        self.refusals = list(refusals)
        super().__init__("\n".join(str(each) for each in self.refusals), code=self.refusals[0].code)

    @property
    def codes(self) -> set[str]:
        return {each.code for each in self.refusals}


def refuse_if(refusals: list[Refusal]) -> None:
    if refusals:
        raise Refused(refusals)


def locked(acting: Acting, case: Case) -> Case:
    """Hold the case's row until the transaction ends and bring `case` up to date. Case.DoesNotExist when it is not in
    the acting post's subtree, or a confidential one that it was not let into: such a case is as if it did not exist."""
    Case.objects.open_to(acting).select_for_update(of=("self",)).get(pk=case.pk)
    case.refresh_from_db()
    return case


def refuse_outsiders(acting: Acting, case: Case) -> None:
    """Evidence and notes are added by those who work on such cases, while the case is open."""
    refusals = []
    if acting.role not in case.table.access.works:
        refusals.append(Refusal(_("Your post reads cases and does not work on them."), code="role"))
    if not case.is_open:
        refusals.append(Refusal(_("This case is closed; nothing more can be added."), code="closed"))
    refuse_if(refusals)


@transaction.atomic
def open_case(
    acting: Acting,
    process: Process,
    organisation: Organisation,
    *,
    title: str,
    channel: str,
    household: Household | None = None,
    parent: Case | None = None,
) -> Case:
    """Open a case at its process's start, with the county's next number. `title` names the matter, never a person.

    `parent`: the case out of which it is opened. The child of a confidential case is confidential with the same people
    in it, and of a kind that no further role sees: it can only be stricter."""
    refusals = process.may_open(acting)
    if parent is not None:
        locked(acting, parent)
        refusals += _looser_than(process, parent)
    secret = process.confidential or (parent is not None and parent.confidential)
    if not acting.sees(organisation.path) or (household is not None and not acting.sees(household.scope_path)):
        refusals.append(Refusal(_("You open cases for your own organisation and those below it."), code="foreign"))
    refuse_if(refusals)
    case = Case(
        organisation=organisation,
        number="?",
        process=process.name,
        state=process.start,
        title=title,
        channel=channel,
        opened_by=acting.post,
        opened_on=acting.day,
        state_since=acting.day,
        household=household,
        parent=parent,
        confidential=secret,
    )
    try:
        case.full_clean(validate_unique=False, exclude=["number"])
    except ValidationError as error:
        raise Refusal.from_validation(error) from error
    case.number = next_number(organisation, acting.day.year)
    settle_in(case, acting.day)
    case.save(force_insert=True)
    TimelineEntry.objects.create(case=case, day=acting.day, post=acting.post, act=OPENED, to_state=case.state)
    if secret:
        already = parent.confidants.filter(ended_on__isnull=True).select_related("post") if parent else ()
        let_in(acting, case, {acting.post, *(each.post for each in already)})
    record(acting, "casework.open_case", case, case.number)
    return case


def _looser_than(process: Process, parent: Case) -> list[Refusal]:
    """A case out of a confidential one is of a kind whose circles lie within its own."""
    ours, theirs = parent.table.access, process.access
    if not parent.confidential or (theirs.sees <= ours.sees and theirs.reads <= ours.reads):
        return []
    sentence = _("“%(kind)s” is open to more people than this confidential case. Choose a stricter kind.")
    return [Refusal(sentence % {"kind": process.label}, code="looser")]


def let_in(acting: Acting, case: Case, posts: Iterable[Post]) -> None:
    """Name the posts that a confidential case is open to; who is in it already stays so."""
    known = set(case.confidants.filter(ended_on__isnull=True).values_list("post_id", flat=True))
    Confidant.objects.bulk_create(
        Confidant(case=case, post=each, let_in_by=acting.post, let_in_on=acting.day)
        for each in sorted(set(posts), key=lambda post: post.pk)
        if each.pk not in known
    )


@transaction.atomic
def move(acting: Acting, case: Case, name: str, /, *, seen: str | None = None, **fields: Any) -> Case:
    """Make one move of the case's process. Refused (with every reason) when this person may not, the case is not
    ready, or the fields do not suffice. `seen` is the standing's fingerprint that the person was shown: when the case
    has changed since, they must look again. `case` is brought up to date and returned."""
    locked(acting, case)
    process, standing = case.table, Standing(case, acting.day)
    if seen is not None and seen != standing.fingerprint:
        raise Refusal(_("This case changed while you looked at it. Read it again, then decide."), code="stale")
    made = process.move(name)
    refusals = process.may(acting, name, standing) + process.can(name, standing)
    if made.automatic:
        refusals.append(Refusal(_("This step is made by the system itself."), code="automatic"))
    refuse_if(refusals + field_refusals(acting, case, made, fields))
    step(acting, case, made, acting.day, fields)
    for effect in process.effects[name]:
        effect(acting, case, **fields)
    record(acting, process.events[name], case, f"{name}: {case.state}")
    return case


def step(acting: Acting | None, case: Case, made: Move, day: date, fields: dict[str, Any]) -> None:
    """Put the case where the move leads, and write that down. `acting` is None for what the public caused."""
    process, before = case.table, case.state
    if not made.stays:
        case.state, case.state_since = made.target, day
        outcomes = process.outcomes[made.target]
        case.outcome = fields.get("outcome") or (outcomes[0].code if outcomes else "")
        case.closed_on = day if outcomes else None
        settle_in(case, day)
        case.due_on = (made.due(day, fields) if made.due else None) or case.due_on
        case.save()
    TimelineEntry.objects.create(
        case=case,
        day=day,
        post=acting.post if acting else None,
        act=made.name,
        from_state=before,
        to_state=made.target,
        code=fields.get("code") or "",
        note=fields.get("note"),
    )
    Message.objects.bulk_create(
        Message(case=case, move=made.name, to=each.to, day=day) for each in process.tells[made.name]
    )


def caused(acting: Acting | None, case: Case, name: str, day: date, **fields: Any) -> None:
    """Make the move that an answer or an applicant's word makes. The case must be ready for it; who may is for whoever
    took the answer in. The caller holds the case."""
    process = case.table
    refuse_if(process.can(name, Standing(case, day)))
    step(acting, case, process.move(name), day, fields)
    for effect in process.effects[name]:
        effect(acting, case, **fields)


def settle_in(case: Case, day: date) -> None:
    """Deadline and handler follow from the state. What the clock was stopped for by hand is over with it; the stop of
    an objection ends with its answer."""
    case.clock_stops.filter(to_day__isnull=True, by__isnull=False).update(to_day=day)
    allowed = case.table.deadlines[case.state]
    case.due_on = None if allowed is None else add_working_days(day, allowed, calendar_in_force())
    # A round opens many cases for others to go on with: they lie with whoever may take the step.
    with_opener = case.standing_state.with_opener and case.channel != Channel.ROUND
    case.handler = case.opened_by if with_opener else None


def field_refusals(acting: Acting, case: Case, made: Move, given: dict[str, Any]) -> list[Refusal]:
    """What is missing or unknown in the fields of a move. An unknown field name is a fault of the program."""
    process = case.table
    asked = {each.name: each for each in process.fields[made.name]}
    unknown = set(given) - set(asked)
    if unknown:
        raise TypeError(f"{made.name} takes no field {sorted(unknown)}.")
    refusals = [
        refusal for each in asked.values() for refusal in _field_refusals(acting, case, each, given.get(each.name))
    ]
    outcomes = [each.code for each in process.outcomes[made.target]]
    if len(outcomes) > 1 and given.get("outcome") not in outcomes:
        refusals.append(Refusal(_("Choose how the case ended."), code="outcome"))
    return refusals


def _field_refusals(acting: Acting, case: Case, asked: Field, value: Any) -> Iterable[Refusal]:
    if value is None or (isinstance(value, str) and not value.strip()):
        if asked.required:
            yield Refusal(_("Fill in: %(field)s.") % {"field": asked.label}, code="field")
    elif asked.kind == "choice" and value not in {choice.code for choice in asked.choices_for(case, acting)}:
        yield Refusal(_("%(field)s: choose one of the listed values.") % {"field": asked.label}, code="field")


@transaction.atomic
def add_note(acting: Acting, case: Case, note: str, *, key: str | None = None) -> TimelineEntry:
    """A note on the case. `key` is made with the form: the same note sent again, as its answer was lost or somebody
    pressed twice, stands once; another note under a key that was used is refused."""
    locked(acting, case)
    refuse_outsiders(acting, case)
    if not note.strip():
        raise Refusal(_("Write the note first."), code="field")
    if key and (there := TimelineEntry.objects.filter(case=case, key=key).first()):
        if there.note is None or there.note.reveal() != note or there.post_id != acting.post.pk:
            raise Refusal(_("This form was sent before with another note. Open it again."), code="note_once")
        return there
    entry = TimelineEntry.objects.create(case=case, day=acting.day, post=acting.post, act="note", note=note, key=key)
    record(acting, "casework.add_note", case)
    return entry


@transaction.atomic
def reassign(acting: Acting, case: Case, handler: Post | None) -> Case:
    """Give the case to one post among those on whose desk it lies, or (None) back to all of them."""
    locked(acting, case)
    refuse_outsiders(acting, case)
    owners = case.table.owners[case.state]
    if handler is not None:
        fits = handler.role in owners and Acting(handler, acting.day).sees(case.scope_path)
        held = Post.objects.as_of(acting.day).filter(pk=handler.pk, user__is_active=True).exists()
        if not (fits and held):
            raise Refusal(_("This post cannot take the case in its present state."), code="handler")
    case.handler = handler
    case.save(update_fields=["handler"])
    TimelineEntry.objects.create(case=case, day=acting.day, post=acting.post, act="reassign")
    record(acting, "casework.reassign", case, f"post {handler.pk if handler else '-'}")
    return case


@transaction.atomic
def take_over(acting: Acting, case: Case, organisation: Organisation) -> Case:
    """Give a case to another union, which has accepted it: its deadline starts anew there. The caller has asked who
    may; the sender does not see it any longer unless it lies above both."""
    case = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    if not case.is_open:
        raise Refusal(_("This case is closed; it stays where it is."), code="closed")
    case.organisation = organisation
    settle_in(case, acting.day)
    case.handler = None
    case.save()
    TimelineEntry.objects.create(case=case, day=acting.day, post=acting.post, act="taken_over")
    record(acting, "casework.take_over", case, f"organisation {organisation.pk}")
    return case


@transaction.atomic
def link_cases(acting: Acting, case: Case, other: Case, why: str) -> Link:
    """Tie two cases that the acting post sees."""
    locked(acting, case)
    locked(acting, other)
    if any(acting.role not in each.table.access.works for each in (case, other)):
        raise Refusal(_("Your post reads cases and does not work on them."), code="role")
    link = Link(case=case, other=other, why=why, made_by=acting.post, made_on=acting.day)
    try:
        link.full_clean()
    except ValidationError as error:
        raise Refusal.from_validation(error) from error
    link.save()
    record(acting, "casework.link_cases", case, other.number)
    return link


@transaction.atomic
def decide(
    acting: Acting,
    case: Case,
    verdict: str,
    *,
    amount_fen: int | None = None,
    code: str = "",
    reason: str | None = None,
) -> Decision:
    """Append the decision that a move makes; called by the move's effects, which the process's rights have passed."""
    decision = Decision.objects.create(
        case=case,
        verdict=verdict,
        amount_fen=amount_fen,
        code=code,
        reason=reason,
        by=acting.post,
        day=acting.day,
    )
    record(acting, "casework.decide", case, verdict)
    return decision


@transaction.atomic
def reverse_decision(acting: Acting, decision: Decision, reason: str) -> Decision:
    """Undo a decision by another row. It takes someone who may decide on the case and did not take the decision."""
    case = locked(acting, decision.case)
    decision.refresh_from_db()
    standing = Standing(case, acting.day)
    refusals = standing.hands_of(acting.user_id)
    if not any(rule.decides and acting.role in rule.roles for rule in case.table.who.values()):
        refusals.append(Refusal(_("Your post takes no decisions on such cases."), code="role"))
    if decision.by.user_id == acting.user_id:
        refusals.append(Refusal(_("You took this decision. Another person must reverse it."), code="made it"))
    if decision.verdict == Decision.Verdict.REVERSED or hasattr(decision, "reversed_by"):
        refusals.append(Refusal(_("This decision has been reversed already."), code="reversed"))
    if not reason.strip():
        refusals.append(Refusal(_("Give the reason for the reversal."), code="field"))
    refuse_if(refusals)
    reversal = Decision.objects.create(
        case=case,
        verdict=Decision.Verdict.REVERSED,
        reason=reason,
        by=acting.post,
        day=acting.day,
        reverses=decision,
    )
    record(acting, "casework.reverse_decision", case)
    return reversal


@transaction.atomic
def told(acting: Acting, message: Message) -> Message:
    """Mark a message as read, or the household as told."""
    locked(acting, message.case)
    message = Message.objects.select_for_update(of=("self",)).get(pk=message.pk)
    if message.done_on is None:
        message.done_on, message.done_by = acting.day, acting.post
        message.save(update_fields=["done_on", "done_by"])
        record(acting, "casework.told", message.case, message.move)
    return message
