"""What the public pages say of a hanging notice: as much as does not single a family out among its neighbours.

Whoever knows where somebody works or what befell them could tell from the union and the category alone whom a masked
name stands for. Both together are shown where at least five hanging notices of the county share them, else the one that
five share, else neither; the sheet at the workplace says all of it to those who work there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from chunyu.casework.models import PublicNotice
from chunyu.casework.queries import notices_of_county
from chunyu.federation.models import Organisation

FEWEST = 5


@dataclass(frozen=True)
class Published:
    """A notice as anybody reads it; `category` and `organisation_name` are empty where they are kept back."""

    pk: UUID
    masked_name: str
    category: str
    programme: str
    amount_fen: int | None
    organisation_name: str
    from_day: date
    to_day: date
    objections_to: str


def published_in(county: Organisation, day: date) -> list[Published]:
    """Every notice that hangs in a county on a day, the oldest first."""
    return keep_back(_whole(notice) for notice in notices_of_county(county, day))


def keep_back(notices: Iterable[Published]) -> list[Published]:
    """The notices in their order, each with no more of union and category than five of them share."""
    whole = list(notices)
    both = Counter((each.organisation_name, each.category) for each in whole)
    rest = [each for each in whole if both[each.organisation_name, each.category] < FEWEST]
    unions = Counter(each.organisation_name for each in rest)
    rest = [each for each in rest if unions[each.organisation_name] < FEWEST]
    categories = Counter(each.category for each in rest)

    def shown(notice: Published) -> Published:
        if both[notice.organisation_name, notice.category] >= FEWEST:
            return notice
        if unions[notice.organisation_name] >= FEWEST:
            return replace(notice, category="")
        if categories[notice.category] >= FEWEST:
            return replace(notice, organisation_name="")
        return replace(notice, organisation_name="", category="")

    return [shown(each) for each in whole]


def _whole(notice: PublicNotice) -> Published:
    return Published(
        pk=notice.pk,
        masked_name=notice.masked_name,
        category=notice.category,
        programme=notice.programme,
        amount_fen=notice.amount_fen,
        organisation_name=notice.organisation_name,
        from_day=notice.from_day,
        to_day=notice.to_day,
        objections_to=notice.objections_to,
    )
