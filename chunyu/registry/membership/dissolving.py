"""What is left in a union that is about to be dissolved: its members, and the employers that it covers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.db.models import Q
from django.utils.translation import ngettext

from chunyu.federation.models import Organisation
from chunyu.registry.employers.tables import UnionCover
from chunyu.registry.membership.tables import Membership


def members_and_covers(union: Organisation, on: date, successor: Organisation | None) -> Iterator[str]:
    """Nobody is lost: members and employers are handed over by an act of their own, whoever takes the union's place."""
    from_then = Q(valid_to__isnull=True) | Q(valid_to__gt=on)
    members = Membership.objects.filter(from_then, organisation=union).count()
    if members:
        yield ngettext(
            "%(count)s member belongs to it: move them first.",
            "%(count)s members belong to it: move them first.",
            members,
        ) % {"count": members}
    covers = UnionCover.objects.filter(from_then, union=union).count()
    if covers:
        yield ngettext(
            "It covers %(count)s employer: hand it over, or end the cover.",
            "It covers %(count)s employers: hand them over, or end the cover.",
            covers,
        ) % {"count": covers}
