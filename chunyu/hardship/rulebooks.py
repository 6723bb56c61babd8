"""Which rule pack is in force on a day, and where its parameters are looked up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext as _

from chunyu.accounts.refusal import Refusal
from chunyu.federation.models import Organisation, Region
from chunyu.policy import Pack, installed_packs

NATION = "national"


def pack_on(day: date) -> Pack:
    """The rulebook in force; Refusal when there is none for the day."""
    for pack in installed_packs():
        if pack.valid_from <= day and (pack.valid_to is None or day <= pack.valid_to):
            return pack
    raise Refusal(
        _("No rulebook is in force on %(day)s. Choose a later day.") % {"day": day.isoformat()}, code="no_rulebook"
    )


def regions_of(organisation: Organisation) -> Sequence[str]:
    """The chain of places whose parameters hold for a household of this organisation, nearest first."""
    return chain_of(organisation.region)


def chain_of(region: Region) -> tuple[str, ...]:
    """The same for a place itself."""
    return (*region.chain(), NATION)
