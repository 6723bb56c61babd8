"""What a change of the rules would do to everybody on file beside today: prepared once, then asked again and again.

The facts are read once for a post's subtree at a moment, and the rules of before are run once; a slider then only runs
the changed rules. Each process keeps the last few, each under a lock of its own, so that nobody waits for another's.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import islice
from threading import Lock
from typing import Any

from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.policy import Case, Pack
from chunyu.policy.columns import Facts, facts_of_cases
from chunyu.policy.kinds import Kind
from chunyu.policy.pack import Parameter, Setting, parameter_value
from chunyu.policy.whatif import Effect, Outcome, Province
from chunyu.registry.models import Household
from chunyu.registry.queries import facts_of_many, households_visible_to
from chunyu.rulebooks.cases import case_of
from chunyu.rulebooks.in_force import regions_of

HOUSEHOLDS_AT_ONCE = 500
EVERYWHERE = ""


def facts_for(acting: Acting, pack: Pack, known_at: datetime) -> Facts:
    """What is known about everybody on file in the post's subtree, as the kernel takes it. Names never enter it."""
    return facts_of_cases(pack, _cases(acting, pack, known_at))


def _cases(acting: Acting, pack: Pack, known_at: datetime) -> Iterator[tuple[str, Case, tuple[str, ...]]]:
    rows = households_visible_to(acting).filter(status=Household.Status.ON_FILE)
    waiting = rows.select_related("organisation__region").order_by("pk").iterator(HOUSEHOLDS_AT_ONCE)
    chains: dict[int, tuple[str, ...]] = {}
    while some := list(islice(waiting, HOUSEHOLDS_AT_ONCE)):
        facts = facts_of_many(some, acting.day, known_at)
        for household in some:
            place = household.organisation.region_id
            if place not in chains:
                chains[place] = tuple(regions_of(household.organisation))
            case = case_of(facts[household.pk], pack, household.opened_on)
            if case.members:
                yield str(household.pk), case, chains[place]


# -- kept between two moves of a slider ---------------------------------------------------------------------------


@dataclass
class Prepared:
    """Everybody in a subtree on a day, and what some rulebooks make of them."""

    province: Province
    outcomes: OrderedDict[str, Outcome] = field(default_factory=OrderedDict)

    KEPT = 4

    def outcome(self, pack: Pack) -> Outcome:
        """What a rulebook makes of everybody; run anew only when it was not among the last few."""
        found = self.outcomes.get(pack.digest)
        if found is None:
            found = self.province.outcome(pack)
            self.outcomes[pack.digest] = found
            while len(self.outcomes) > self.KEPT:
                self.outcomes.popitem(last=False)
        return found


class Kept:
    """The last few of something costly. Two who want the same one wait for one making; others wait for nobody."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._lock = Lock()
        self._made: OrderedDict[Any, tuple[Lock, list[Any]]] = OrderedDict()

    def get(self, key: Any, make: Callable[[], Any]) -> Any:
        with self._lock:
            lock, made = self._made.setdefault(key, (Lock(), []))
            self._made.move_to_end(key)
            while len(self._made) > self.most:
                self._made.popitem(last=False)
        with lock:
            if not made:
                made.append(make())
            return made[0]

    def latest(self, wanted: Callable[[Any], bool]) -> Any | None:
        """The key used last of those wanted, or None."""
        with self._lock:
            return next((key for key in reversed(self._made) if wanted(key)), None)


_facts = Kept(3)
_provinces = Kept(4)


@dataclass(frozen=True)
class Moment:
    """Whose facts, and as known when: what everybody who looks at one effect shares."""

    path: str
    day: date
    known_at: datetime
    asked: str  # a digest of the facts that the rulebooks ask about


def moment(acting: Acting, before: Pack, after: Pack, now: datetime, asked_for: datetime | None = None) -> Moment:
    """The facts as the page asks for them by their moment, else as they were last read here, else as of now."""
    asked = _asked(before, after)
    if asked_for is not None:
        return Moment(acting.path, acting.day, min(asked_for, now), asked)
    known = _facts.latest(lambda key: (key.path, key.day, key.asked) == (acting.path, acting.day, asked))
    return known or Moment(acting.path, acting.day, now, asked)


def _asked(before: Pack, after: Pack) -> str:
    names = sorted({*before.facts, *after.facts})
    return hashlib.sha256(repr(names).encode()).hexdigest()[:16]


def effect_of(acting: Acting, before: Pack, after: Pack, on: date, at: Moment) -> Effect:
    """Everybody in the post's subtree under both rulebooks on a day. PolicyError when one cannot decide them."""
    both = replace(after, facts={**before.facts, **after.facts})
    facts = _facts.get(at, lambda: facts_for(acting, both, at.known_at))
    if len(facts) == 0:
        raise Refusal(_("Nobody is on file in your area yet, so nobody gains or loses."), code="nobody")
    ready: Prepared = _provinces.get((at, on), lambda: Prepared(Province(facts, on)))
    return ready.province.effect(ready.outcome(before), ready.outcome(after))


# -- one parameter moved ------------------------------------------------------------------------------------------


def places_of(parameter: Parameter, on: date) -> list[str]:
    """The places in which the parameter has a value of its own on a day."""
    return [setting.region for setting in parameter.settings if setting.in_force(on)]


def moved(pack: Pack, name: str, place: str, text: str, on: date) -> Pack:
    """The rulebook with the value that a parameter has in a place on a day replaced, or in every place. `text` is
    written as in a CSV; for every place of a number that differs by place it is a change in per cent ("+10").

    Refusal for what is no such value.
    """
    parameter = pack.parameters.get(name)
    if parameter is None:
        raise Refusal(_("There is no parameter “%(name)s”.") % {"name": name})
    by_share = place == EVERYWHERE and len(places_of(parameter, on)) > 1 and is_number(parameter)
    try:
        settings = tuple(
            _moved(setting, parameter, text, by_share) if setting.in_force(on) and place in (EVERYWHERE, setting.region)
            else setting
            for setting in parameter.settings
        )  # fmt: skip
    except ValueError:
        raise Refusal(_("“%(text)s” is not a value that this parameter can take.") % {"text": text}) from None
    if settings == parameter.settings:
        return pack
    digest = hashlib.sha256(f"{pack.digest}\0{name}\0{place}\0{text}\0{on}".encode()).hexdigest()
    parameters = {**pack.parameters, name: replace(parameter, settings=settings)}
    return replace(pack, parameters=parameters, digest=digest)


def _moved(setting: Setting, parameter: Parameter, text: str, by_share: bool) -> Setting:
    if not by_share:
        value = parameter_value(text, parameter.type)
        return setting if value == setting.value else replace(setting, value=value, text=text)
    share = int(text.replace("+", ""))
    if setting.value is None or share == 0:
        return setting
    value = int(setting.value) * (100 + share) // 100
    return replace(setting, value=value, text=f"{setting.text} {share:+d} %")


def is_number(parameter: Parameter) -> bool:
    return parameter.type.kind in (Kind.MONEY, Kind.COUNT, Kind.RATIO)
