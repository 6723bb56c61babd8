"""Carrying out a look: everybody under an organisation compared, what is new kept, what changed since superseded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice, takewhile
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from chunyu.accounts.acting import Acting
from chunyu.accounts.clock import today
from chunyu.audit.record import record
from chunyu.federation.models import Organisation
from chunyu.registry.duplicates.matching import Match, find
from chunyu.registry.duplicates.model import Weights, shipped
from chunyu.registry.duplicates.people import OnFile, people_on_file
from chunyu.registry.models import Look, Member, Pair, PairPart

Status = Look.Status
AT_ONCE = 2_000


def run(key: UUID) -> None:
    """Work a look off; nothing for one that has ended. Taken up again after a crash, it begins anew: pairs that are
    kept already are not kept twice."""
    if not Look.objects.filter(pk=key, status__in=Look.UNFINISHED).update(status=Status.RUNNING):
        return
    look = Look.objects.select_related("post__user", "post__organisation", "organisation").get(pk=key)
    try:
        found, new = _look(look)
    except Exception:
        # A fault of the program or too little memory: what was found until then stays, the worker's log says why.
        Look.objects.filter(pk=key).update(status=Status.FAILED, ended_at=timezone.now())
        raise
    with transaction.atomic():
        Look.objects.filter(pk=key).update(status=Status.DONE, ended_at=timezone.now(), found=found, new=new)
        record(Acting(look.post, today()), "registry.looked_for_duplicates", look, f"{found} pairs, {new} new")


def _look(look: Look) -> tuple[int, int]:
    """How many pairs reached the threshold, and how many of them were new."""
    people: list[OnFile] = []
    for each in people_on_file(look.organisation.path):
        people.append(each)
        if len(people) % 20_000 == 0:
            Look.objects.filter(pk=look.pk).update(done=len(people))
    Look.objects.filter(pk=look.pk).update(people=len(people), done=len(people), total=2 * len(people))
    weights = shipped()
    _supersede(people)
    places = _Places()
    found = new = 0
    matches = find([each.person for each in people], weights)
    while some := list(islice(matches, AT_ONCE)):
        found += len(some)
        new += _keep(some, people, weights, places)
        Look.objects.filter(pk=look.pk).update(found=found, new=new)
    Look.objects.filter(pk=look.pk).update(done=2 * len(people))
    return found, new


def _supersede(people: Iterable[OnFile]) -> None:
    """Close the pairs whose records say something else by now: what was decided on them no longer holds."""
    digests: dict[UUID, str] = {}
    known = set()
    for pair in Pair.objects.exclude(state=Pair.State.SUPERSEDED).values_list("left_id", "right_id"):
        known.update(pair)
    for each in people:
        if each.member in known:
            digests[each.member] = each.person.digest
    stale = [
        key
        for key, left, left_digest, right, right_digest in Pair.objects.exclude(
            state__in=[Pair.State.SUPERSEDED, Pair.State.SAME]
        )
        .filter(Q(left__in=digests) | Q(right__in=digests))
        .values_list("pk", "left_id", "left_digest", "right_id", "right_digest")
        if digests.get(left, left_digest) != left_digest or digests.get(right, right_digest) != right_digest
    ]
    Pair.objects.filter(pk__in=stale).update(state=Pair.State.SUPERSEDED)


class _Places:
    """Organisations by path, each read once."""

    def __init__(self) -> None:
        self.by_path: dict[str, Organisation] = {}
        self.counties: dict[int, Organisation] = {}

    def above(self, left: str, right: str) -> Organisation:
        """The lowest organisation above both paths."""
        pairs = zip(left.split("."), right.split("."), strict=False)
        path = "".join(f"{one}." for one, _other in takewhile(lambda pair: pair[0] == pair[1] != "", pairs))
        if path not in self.by_path:
            self.by_path[path] = Organisation.objects.get(path=path)
        return self.by_path[path]

    def county(self, organisation: int) -> Organisation:
        if organisation not in self.counties:
            row = Organisation.objects.select_related("parent__parent__parent").get(pk=organisation)
            self.counties[organisation] = row.county() or row
        return self.counties[organisation]


def _keep(matches: list[Match], people: list[OnFile], weights: Weights, places: _Places) -> int:
    """Keep the pairs that are not known yet; how many there were."""
    rows: list[Pair] = []
    parts: list[PairPart] = []
    known = set(
        Pair.objects.exclude(state=Pair.State.SUPERSEDED)
        .filter(left__in=[people[each.left].member for each in matches])
        .values_list("left_id", "right_id")
    )
    for match in matches:
        # Kept by key, which is the order of `people`.
        left, right = people[match.left], people[match.right]
        if (left.member, right.member) in known:
            continue
        above = places.above(left.path, right.path)
        pair = Pair(
            organisation=above,
            left_id=left.member,
            right_id=right.member,
            left_digest=left.person.digest,
            right_digest=right.person.digest,
            left_county=places.county(left.organisation),
            right_county=places.county(right.organisation),
            score=match.score,
            weights=weights.version,
        )
        rows.append(pair)
        parts += _parts(pair, match, weights)
    with transaction.atomic():
        # Who left their file while the look went on is no longer on two.
        gone = set(_members(rows)).difference(
            Member.objects.filter(pk__in=list(_members(rows)), is_open=True).values_list("pk", flat=True)
        )
        rows = [each for each in rows if not {each.left_id, each.right_id} & gone]
        kept = {each.pk for each in rows}
        Pair.objects.bulk_create(rows)
        PairPart.objects.bulk_create([each for each in parts if each.pair_id in kept])
    return len(rows)


def _members(pairs: Iterable[Pair]) -> Iterator[UUID]:
    for pair in pairs:
        yield pair.left_id
        yield pair.right_id


def _parts(pair: Pair, match: Match, weights: Weights) -> list[PairPart]:
    return [
        PairPart(pair=pair, comparison=comparison, level=level, weight=weights.weigh(comparison, level))
        for comparison, level in match.levels.items()
    ]
