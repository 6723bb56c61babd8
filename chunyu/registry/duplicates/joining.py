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
from chunyu.registry.actions import CORRECTABLE, SELF, check_authority
from chunyu.registry.duplicates.actions import DECIDERS
from chunyu.registry.models import Fact, Household, JoinedPerson, Joining, Member, Pair
from chunyu.registry.refusing import constraints_refuse

OTHER_RELATIVE = "80"
TAKEN_APART = "files taken apart"
SAID = (
    "name",
    "amount_fen",
    "count",
    "flag",
    "code",
    "day",
    "source",
    "stated_by_id",
    "stated_on",
    "valid_from",
    "note",
)
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
def take_apart(acting: Acting, joining: Joining, *, reason: str) -> None:
    """Undo a joining: the joined file is open again with its people, and what was brought over no longer counts.
    Decisions, cases and payments stay with the file that they were made on, as ever."""
    joining = Joining.objects.select_related("pair").get(pk=joining.pk)
    keys = [joining.joined_id, joining.into_id]
    held = {
        each.pk: each for each in Household.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk")
    }
    joined, into = held[joining.joined_id], held[joining.into_id]
    for household in (into, joined):
        check_authority(acting, household.scope_path)
    _refuse_role(acting)
    with constraints_refuse():
        joining.refresh_from_db()
        if joining.parted_on is not None:
            raise Refusal(_("These files were taken apart already."), "joining_parts_once")
        joining.parted_on, joining.parted_at, joining.parted_by = acting.day, timezone.now(), acting.post
        joining.reason = reason.strip()
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
    record(acting, "registry.take_apart", into, joined.file_number)
    record(acting, "registry.take_apart", joined, f"from {into.file_number}")


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
            same = _added(acting, joining.into, member, keeps_relation=_same_worker(here, united))
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


def _added(acting: Acting, into: Household, member: Member, *, keeps_relation: bool) -> Member:
    row = Member(
        household=into,
        organisation=into.organisation,
        joined_on=acting.day,
        is_worker=False,
        id_number=member.id_number.reveal(),
        birth_date=member.birth_date,
        sex=member.sex,
    )
    for name in CORRECTABLE - {"name", "id_number", "relation"}:
        setattr(row, name, getattr(member, name))
    row.relation = member.relation if keeps_relation and member.relation != SELF else OTHER_RELATIVE
    row.give_name(member.name)
    return row


def _bring_over(joining: Joining, people: dict[UUID, Member]) -> int:
    """Every statement of the joined file beside those of the other, with where it comes from; how many."""
    rows = []
    stated = Fact.objects.filter(household=joining.joined).standing()
    for fact in stated.order_by("recorded_at", "pk"):
        if fact.member_id is not None and fact.member_id not in people:
            continue
        row = Fact(
            household=joining.into,
            organisation=joining.into.organisation,
            member=people[fact.member_id] if fact.member_id is not None else None,
            origin=joining.joined.file_number,
            joining=joining,
            **{name: getattr(fact, name) for name in SAID},
        )
        if fact.sealed is not None:
            row.sealed = fact.sealed.reveal()
        rows.append(row)
    Fact.objects.bulk_create(rows)
    return len(rows)
