"""Joining two files of one family, and taking them apart again.

Nothing is re-pointed: decisions, cases, orders and accounts stay with the file that they were made on, and readers ask
for a file together with those joined to it (`queries.files_of`). People and statements are brought over as new rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.audit.record import record
from chunyu.registry.actions import SELF, check_authority
from chunyu.registry.asking.answering import answer, held_for_answer, waiting
from chunyu.registry.bringing_over import copied_member, copy_facts
from chunyu.registry.duplicates.actions import DECIDERS
from chunyu.registry.models import Fact, Household, JoinedPerson, Joining, Member, Pair, Parting
from chunyu.registry.refusing import constraints_refuse

OTHER_RELATIVE = "80"
TAKEN_APART = "files taken apart"
Status = Household.Status


def hindrances(joined: Household, into: Household) -> Iterator[Refusal]:
    """What keeps two files from being joined, as the rooms above know it (`settings.BEFORE_JOINING`)."""
    for name in settings.BEFORE_JOINING:
        ask: Callable[[Household, Household], Iterable[Refusal]] = import_string(name)
        yield from ask(joined, into)


@transaction.atomic
def join_files(acting: Acting, pair: Pair, *, goes_on: Household) -> Joining:
    """Join the other file of a confirmed pair to `goes_on`. Refused while something is under way on the file that is
    to lie still, so that nothing is promised or paid twice."""
    pair = Pair.objects.select_related("left", "right").get(pk=pair.pk)
    keys = {pair.left.household_id, pair.right.household_id}
    if goes_on.pk not in keys or len(keys) != 2:
        raise Refusal(_("The file that goes on is one of the two of the pair."), "not_of_the_pair")
    # Both files in the order of their keys, against applications and payments that come at the same moment.
    held = {
        each.pk: each for each in Household.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk")
    }
    into, (joined,) = held[goes_on.pk], [each for key, each in held.items() if key != goes_on.pk]
    for household in (into, joined):
        check_authority(acting, household.scope_path)
    _refuse_role(acting)
    if undecided := list(_between(into, joined, Pair.State.OPEN)):
        raise Refusal(
            _("%(count)s other pairs of these two files are not decided yet. Decide them first.")
            % {"count": len(undecided)},
            "undecided",
        )
    if reasons := list(hindrances(joined, into)):
        raise Refusal(" ".join(str(each) for each in reasons), reasons[0].code)
    with constraints_refuse():
        joining = Joining.objects.create(
            organisation=into.organisation, pair=pair, joined=joined, into=into, day=acting.day, by=acting.post
        )
        joined.status, joined.merged_into, joined.closed_on = Status.MERGED, into, max(acting.day, joined.opened_on)
        joined.save(update_fields=["status", "merged_into", "closed_on"])
        people = _unite(acting, joining)
        facts = _bring_over(joining, people)
    record(acting, "registry.join_files", into, f"{joined.file_number}: {len(people)} people, {facts} facts")
    record(acting, "registry.join_files", joined, f"to {into.file_number}")
    return joining


@transaction.atomic
def ask_apart(acting: Acting, joining: Joining, *, reason: str) -> Parting:
    """Ask that two joined files be taken apart; another person does it."""
    _refuse_authority(acting, joining)
    if joining.parted_on is not None:
        raise Refusal(_("These files were taken apart already."), "joining_parts_once")
    with constraints_refuse():
        parting = Parting.objects.create(
            organisation=joining.into.organisation,
            joining=joining,
            reason=reason.strip(),
            asked_by=acting.post,
            asked_on=acting.day,
        )
    record(acting, "registry.ask_apart", joining.into, joining.joined.file_number)
    return parting


@transaction.atomic
def take_apart(acting: Acting, parting: Parting) -> None:
    """Undo a joining, as another person asked: the joined file is open again with its people, and what was brought over
    no longer counts. Decisions, cases and payments stay with the file that they were made on, as ever."""
    parting = held_for_answer(acting, parting)
    joining = Joining.objects.select_related("pair", "joined", "into").get(pk=parting.joining_id)
    _refuse_authority(acting, joining)
    keys = [joining.joined_id, joining.into_id]
    held = {
        each.pk: each for each in Household.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk")
    }
    joined, into = held[joining.joined_id], held[joining.into_id]
    with constraints_refuse():
        joining.refresh_from_db()
        if joining.parted_on is not None:
            raise Refusal(_("These files were taken apart already."), "joining_parts_once")
        joining.parted_on, joining.parted_at, joining.parted_by = acting.day, timezone.now(), acting.post
        joining.reason = parting.reason
        joining.save(update_fields=["parted_on", "parted_at", "parted_by", "reason"])
        for person in joining.people.filter(added=True).select_related("now"):
            if person.now.left_on is None:
                person.now.left_on = max(acting.day, person.now.joined_on)
                person.now.leave_reason = TAKEN_APART
                person.now.save(update_fields=["left_on", "leave_reason"])
        joined.status, joined.merged_into, joined.closed_on = Status.ON_FILE, None, None
        joined.save(update_fields=["status", "merged_into", "closed_on"])
        # Whether they are one person is open again; the next look asks anew.
        _between(into, joined, Pair.State.SAME).update(state=Pair.State.SUPERSEDED)
        answer(acting, parting, Parting.State.APPROVED)
    record(acting, "registry.take_apart", into, joined.file_number)
    record(acting, "registry.take_apart", joined, f"from {into.file_number}")


@transaction.atomic
def keep_joined(acting: Acting, parting: Parting, *, note: str) -> None:
    """Say no to what another asked for, and why: the files stay joined."""
    parting = held_for_answer(acting, parting)
    answer(acting, parting, Parting.State.REFUSED, note)
    record(acting, "registry.keep_joined", parting.joining.into)


@transaction.atomic
def withdraw_parting(acting: Acting, parting: Parting) -> None:
    """Take back what one asked for."""
    _refuse_authority(acting, parting.joining)
    answer(acting, waiting(parting), Parting.State.WITHDRAWN)
    record(acting, "registry.withdraw_parting", parting.joining.into)


def _refuse_authority(acting: Acting, joining: Joining) -> None:
    for household in (joining.into, joining.joined):
        check_authority(acting, household.scope_path)
    _refuse_role(acting)


def _refuse_role(acting: Acting) -> None:
    if acting.role not in DECIDERS:
        raise Refusal(_("Files are joined and taken apart by caseworkers and approvers of a county or above."), "role")


def _between(one: Household, other: Household, state: str):
    pairs = Pair.objects.filter(state=state)
    return pairs.filter(left__household=one, right__household=other) | pairs.filter(
        left__household=other, right__household=one
    )


def _unite(acting: Acting, joining: Joining) -> dict[UUID, Member]:
    """Everybody of the joined file on the file that goes on: by confirmed pair, by number, else added."""
    there = list(Member.objects.filter(household=joining.into, left_on__isnull=True))
    by_key = {each.pk: each for each in there}
    by_number = {bytes(each.id_number_index): each for each in there}
    confirmed = {}
    for left, right in _between(joining.into, joining.joined, Pair.State.SAME).values_list("left_id", "right_id"):
        confirmed |= {left: right, right: left}
    here = list(Member.objects.filter(household=joining.joined, left_on__isnull=True).order_by("-is_worker", "pk"))
    united: dict[UUID, Member] = {}
    added = set()
    for member in here:
        same = by_key.get(confirmed.get(member.pk)) or by_number.get(bytes(member.id_number_index))
        if same is None:
            keeps = _same_worker(here, united) and member.relation != SELF
            relation = member.relation if keeps else OTHER_RELATIVE
            same = copied_member(member, joining.into, on=acting.day, relation=relation)
            same.save(force_insert=True)
            added.add(member.pk)
        united[member.pk] = same
    JoinedPerson.objects.bulk_create(
        [JoinedPerson(joining=joining, was_id=was, now=now, added=was in added) for was, now in united.items()]
    )
    return united


def _same_worker(here: list[Member], united: dict[UUID, Member]) -> bool:
    """Whether both files are kept on one worker, so that "child" on the one is "child" on the other."""
    return bool(here) and here[0].pk in united and united[here[0].pk].is_worker


def _bring_over(joining: Joining, people: dict[UUID, Member]) -> int:
    """Every statement of the joined file beside those of the other, with where it comes from; how many."""
    stated = Fact.objects.filter(household=joining.joined).standing()
    return copy_facts(stated, joining.into, people, origin=joining.joined.file_number, joining=joining)
