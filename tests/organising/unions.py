"""Unions, employers and members that tests of organising start from, all made by the real acts."""

from __future__ import annotations

from datetime import date

from chunyu.accounts.acting import Acting
from chunyu.federation.actions import found
from chunyu.federation.models import Organisation
from chunyu.registry.employers import actions as employers
from chunyu.registry.employers.tables import Enterprise
from chunyu.registry.membership.actions import NewWorker, admit
from chunyu.registry.membership.tables import Membership
from tests.registry.people import id_number
from tests.situations import County

TODAY = date(2026, 3, 2)
Kind = Organisation.Kind


def union(
    county: County, name: str, kind: str = Kind.GRASSROOTS_UNION, under: Organisation | None = None
) -> Organisation:
    return found(name=name, kind=kind, region=county.region, parent=under or county.township, on=date(2005, 1, 1))


def station(county: County, name: str = "城关镇工会服务站") -> Organisation:
    return union(county, name, Kind.SERVICE_STATION)


def village(county: County, name: str) -> Organisation:
    return union(county, name, Kind.COMMUNITY_UNION)


def firm(
    acting: Acting, county: County, name: str, workers: int, covered_by: Organisation | None = None, **details: object
) -> Enterprise:
    """An employer of the township with so many workers, from 2010; covered from 2015 if by any union."""
    counts = {key: details.pop(key) for key in ("migrant_workers", "new_form_workers") if key in details}
    enterprise = employers.register_enterprise(
        acting,
        organisation=county.township,
        name=name,
        ownership=details.pop("ownership", "170"),
        known_from=date(2010, 1, 1),
        **details,
    )
    employers.count_workers(acting, enterprise, workers=workers, on=date(2014, 12, 31), source="社保名册", **counts)
    if covered_by:
        employers.cover(acting, enterprise, covered_by, on=date(2015, 1, 1))
    return enterprise


def members(
    acting: Acting, at: Organisation, count: int, first: int = 1, on: date = date(2016, 1, 1), **more: object
) -> list[Membership]:
    """So many people with ID numbers from `first` on."""
    names = ("程梅", "郭建国", "欧阳建国", "张伟", "单晓燕")
    return [
        admit(acting, at, NewWorker(names[n % len(names)], id_number(order=first + n), **more), on=on)
        for n in range(count)
    ]
