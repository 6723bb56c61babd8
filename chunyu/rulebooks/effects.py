"""What a change of the rules would do to everybody on file beside today: prepared once, then asked again and again.

The facts are read once for a post's subtree at a moment, and the rules of before are run once; a slider then only runs
the changed rules. Each process keeps the last few, each under a lock of its own, so that nobody waits for another's.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import count
from threading import Lock
from typing import Any
from uuid import uuid4

from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.policy import Pack
from chunyu.policy.columns import Facts
from chunyu.policy.kinds import Kind
from chunyu.policy.pack import HOUSEHOLD, Parameter, Setting, parameter_value
from chunyu.policy.whatif import Effect, Outcome, Province
from chunyu.registry.freezing import freeze, frozen_folder
from chunyu.registry.models import Household
from chunyu.registry.queries import households_visible_to
from chunyu.rulebooks.in_force import chain_of

EVERYWHERE = ""


@dataclass(frozen=True)
class Known:
    """The facts about everybody, and the moment up to which everything that was recorded is in them."""

    facts: Facts
    known_at: datetime


def facts_for(acting: Acting, pack: Pack) -> Known:
    """What is known about everybody on file in the post's subtree, as the kernel takes it; Refusal when nobody is.

    It is read in one snapshot, by a connection of its own, through a private folder that is gone when this returns.
    """
    if pack.subject != HOUSEHOLD:
        raise Refusal(_("This rulebook is not about households: nobody gains or loses by it."), code="subject")
    rows = households_visible_to(acting).filter(status=Household.Status.ON_FILE)
    with frozen_folder(f"effect-{uuid4().hex}") as place:
        frozen = freeze(rows, acting.day, place, pack=pack, chain_of=chain_of)
        if frozen.folder.households == 0:
            raise Refusal(_("Nobody is on file in your area yet, so nobody gains or loses."), code="nobody")
        return Known(frozen.folder.read(), frozen.known_at)


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

    def latest(self, wanted: Callable[[Any, Any], bool]) -> Any | None:
        """The key used last of those wanted, by key and by what was made of it (None while it is being made)."""
        with self._lock:
            found = ((key, made[0] if made else None) for key, (_lock, made) in reversed(self._made.items()))
            return next((key for key, made in found if wanted(key, made)), None)


_facts = Kept(3)
_provinces = Kept(4)
_readings = count(1)


@dataclass(frozen=True)
class Moment:
    """Whose facts, and which reading of them: what everybody who looks at one effect shares."""

    path: str
    day: date
    asked: str  # a digest of the names of the facts that the rulebooks ask for
    reading: int = 0


def moment(
    acting: Acting, before: Pack, after: Pack, known_at: datetime | None = None, *, afresh: bool = False
) -> Moment:
    """The reading that an address names by its moment, where this process has it; else its last one, else the first.
    With `afresh`, one that is still to be made."""
    names = sorted({*before.facts, *after.facts})
    asked = hashlib.sha256(repr(names).encode()).hexdigest()[:16]
    first = Moment(acting.path, acting.day, asked)

    def own(key: Moment, made: Known | None) -> bool:
        return replace(key, reading=0) == first

    last = _facts.latest(own) or first
    if afresh:
        return replace(first, reading=next(_readings))
    named = _facts.latest(lambda key, made: own(key, made) and made is not None and made.known_at == known_at)
    return named or last


def effect_of(acting: Acting, before: Pack, after: Pack, on: date, at: Moment) -> tuple[Effect, datetime]:
    """Everybody in the post's subtree under both rulebooks on a day, and the moment of the facts.

    PolicyError when one of the rulebooks cannot decide them.
    """
    both = replace(after, facts={**before.facts, **after.facts})
    known: Known = _facts.get(at, lambda: facts_for(acting, both))
    ready: Prepared = _provinces.get((at, on), lambda: Prepared(Province(known.facts, on)))
    return ready.province.effect(ready.outcome(before), ready.outcome(after)), known.known_at


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
