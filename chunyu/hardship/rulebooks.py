"""Which rule pack is in force at a place on a day, and where its parameters are looked up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext as _

from chunyu.accounts.refusal import Refusal
from chunyu.federation.models import Organisation, Region
from chunyu.policy import Pack, installed_packs, pack_in_force

NATION = "national"


def pack_on(day: date, regions: Sequence[str]) -> Pack:
    """The rulebook in force where `regions` is the chain of places, nearest first; Refusal when there is none."""
    pack = pack_in_force(installed_packs(), day, regions)
    if pack is None:
        sentence = _("No rulebook is in force on %(day)s. Choose a later day.")
        raise Refusal(sentence % {"day": day.isoformat()}, code="no_rulebook")
    return pack


def rulebook_of(organisation: Organisation, day: date) -> Pack:
    """The rulebook in force where an organisation is; Refusal when there is none."""
    return pack_on(day, regions_of(organisation))


def regions_of(organisation: Organisation) -> Sequence[str]:
    """The chain of places whose rules and parameters hold for a household of this organisation, nearest first."""
    return chain_of(organisation.region)


def chain_of(region: Region) -> tuple[str, ...]:
    """The same for a place itself."""
    return (*region.chain(), NATION)


def eras_of(organisation: Organisation, today: date) -> list[tuple[Pack, date]]:
    """The rulebooks that have been in force where an organisation is, the newest first, each with the last day on
    which it was: today for the one in force."""
    regions, found = regions_of(organisation), []
    for pack in installed_packs():
        day = min(today, pack.valid_to or today)
        if pack_in_force(installed_packs(), day, regions) == pack:
            found.append((pack, day))
    return found
