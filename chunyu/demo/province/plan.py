"""What a province is made of: how many, from which seed, as of which day; and the keys and numbers that follow."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache
from random import Random
from typing import Any

from django.utils.translation import gettext as _

from chunyu.accounts.refusal import Refusal
from chunyu.demo.families import REGION
from chunyu.registry.identity import CHECK_CHARACTERS, WEIGHTS

MEMBERS, ORGANISATIONS, HOUSEHOLDS = 16_000_000, 150_000, 20_000
# The federations, and unions enough under them for every county to have a few.
FEWEST_ORGANISATIONS = 900
# Of a hundred members of a union, how many more were members and left.
FORMER = 3
# Birth dates and order codes are handed out from one space: every day of these years, with orders 1 to 949.
FIRST_BIRTH, LAST_BIRTH = date(1948, 1, 1), date(2008, 1, 1)
ORDERS = 949
SPACE = (LAST_BIRTH - FIRST_BIRTH).days * ORDERS
# Multiplying by it goes through the space in leaps, so that neighbours on a list are not neighbours in age.
LEAP = 12_865_189
MOST_MEMBERS = SPACE * 100 // (100 + FORMER) - 1
# Keys are version 7 UUIDs of days long past: twelve bits count, sixty-two are drawn.
FIRST_MILLISECOND = 1_420_070_400_000
AT_ONCE = 4_096


@dataclass(frozen=True)
class Plan:
    """The same plan makes the same people in the same unions; what is sealed differs, as its nonces do."""

    seed: int
    members: int
    organisations: int
    households: int
    day: date

    def check(self) -> None:
        if not 1_000 <= self.members <= MOST_MEMBERS:
            words = {"least": f"{1_000:,}", "most": f"{MOST_MEMBERS:,}"}
            raise Refusal(_("A province has from %(least)s to %(most)s members here.") % words, "members")
        if self.organisations < FEWEST_ORGANISATIONS or self.organisations > self.members:
            words = {"least": f"{FEWEST_ORGANISATIONS:,}"}
            raise Refusal(
                _("A province has at least %(least)s organisations, and no more than members.") % words, "organisations"
            )
        if not 0 <= self.households <= self.members // 20:
            raise Refusal(_("At most one member in twenty has a hardship household here."), "households")

    @cached_property
    def listed(self) -> int:
        """Members whose family is not on file."""
        return self.members - self.households

    def as_row(self) -> dict[str, Any]:
        return asdict(self)

    @lru_cache(maxsize=64)  # noqa: B019 - one plan lives as long as the process
    def _drawn(self, kind: str, block: int) -> str:
        asked = f"{self.seed}/{kind}/{block}".encode()
        return hashlib.shake_128(asked).hexdigest(8 * AT_ONCE)

    def key(self, kind: str, number: int) -> str:
        """The key of the row of a kind with a running number, as text."""
        block, place = divmod(number, AT_ONCE)
        tail = self._drawn(kind, block)[place * 16 : place * 16 + 16]
        head = f"{FIRST_MILLISECOND + block:012x}"
        variant = "89ab"[int(tail[0], 16) & 3]
        return f"{head[:8]}-{head[8:]}-7{place:03x}-{variant}{tail[1:4]}-{tail[4:]}"

    def draw(self, *about: object) -> int:
        """A seed of its own for one part of the province."""
        text = "/".join(map(str, (self.seed, *about)))
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])

    def random(self, *about: object) -> Random:
        return Random(self.draw(*about))  # noqa: S311 - for a spread that looks real, not for secrets


@lru_cache(maxsize=1)
def _days() -> list[tuple[str, str, int]]:
    """Each day of the space: as an ID number writes it, as the database does, and what its digits weigh."""
    weights = WEIGHTS[6:14]
    found = []
    for count in range((LAST_BIRTH - FIRST_BIRTH).days):
        text = (FIRST_BIRTH + timedelta(count)).isoformat()
        digits = text.replace("-", "")
        found.append((digits, text, sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))))
    return found


@lru_cache(maxsize=1)
def _orders() -> list[tuple[str, int]]:
    weights = WEIGHTS[14:17]
    texts = [f"{order:03d}" for order in range(1, ORDERS + 1)]
    return [(text, sum(int(digit) * weight for digit, weight in zip(text, weights, strict=True))) for text in texts]


_REGION_WEIGHS = sum(int(digit) * weight for digit, weight in zip(REGION, WEIGHTS[:6], strict=True))


def identity_of(number: int, shift: int) -> tuple[str, str, str]:
    """ID number, birth date and sex of the person with a running number; no two numbers below SPACE share one."""
    day, order = divmod((number * LEAP + shift) % SPACE, ORDERS)
    digits, born, weighs = _days()[day]
    text, more = _orders()[order]
    check = CHECK_CHARACTERS[(_REGION_WEIGHS + weighs + more) % 11]
    return f"{REGION}{digits}{text}{check}", born, "1" if (order + 1) % 2 else "2"


def parts(total: int, weights: Sequence[float], least: int = 0) -> list[int]:
    """`total` in whole shares by weight, none below `least`; the largest remainders are rounded up."""
    spare = total - least * len(weights)
    if spare < 0:
        raise ValueError(f"{total} is not enough for {len(weights)} shares of {least}")
    whole = sum(weights)
    exact = [spare * weight / whole for weight in weights]
    shares = [int(each) for each in exact]
    rest = spare - sum(shares)
    for place in sorted(range(len(exact)), key=lambda at: shares[at] - exact[at])[:rest]:
        shares[place] += 1
    return [least + share for share in shares]
