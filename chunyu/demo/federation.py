"""The fictional province of the demonstration: its regions, unions, and the people who sign in."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from importlib.resources import files

from django.contrib.auth.hashers import make_password

from chunyu.accounts.acting import Acting
from chunyu.accounts.actions import appoint, open_account
from chunyu.accounts.models import Post, User
from chunyu.accounts.roles import Role
from chunyu.federation.actions import found
from chunyu.federation.load_regions import load_regions
from chunyu.federation.models import Organisation, Region

DATA = files("chunyu.demo") / "data"
PASSWORD = "spring-rain-2015"  # noqa: S105 - of a demonstration, told to everybody
FOUNDED = date(2000, 1, 1)
Kind = Organisation.Kind
KINDS = {
    Region.Level.PROVINCE: Kind.PROVINCIAL_FEDERATION,
    Region.Level.CITY: Kind.MUNICIPAL_FEDERATION,
    Region.Level.COUNTY: Kind.COUNTY_FEDERATION,
}


def rows(name: str) -> Iterator[dict[str, str]]:
    """The rows of one of the demonstration's own files."""
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def build_federation() -> dict[str, Organisation]:
    """Regions, and unions from the province down; by name."""
    load_regions()
    load_regions(DATA / "regions.csv")
    unions: dict[str, Organisation] = {}
    regions = {region.code: region for region in Region.objects.all()}
    for row in rows("regions.csv"):
        region = regions[row["code"]]
        if region.level in KINDS:
            name = f"{region.name}总工会"
            above = unions.get(f"{regions[row['parent_code']].name}总工会")
            unions[name] = found(name=name, kind=KINDS[region.level], region=region, parent=above, on=FOUNDED)
    for row in (*rows("unions.csv"), *rows("workplaces.csv")):
        parent = county = unions[f"{row['county']}总工会"]
        if township := row["township"]:
            if township not in unions:
                unions[township] = found(
                    name=township, kind=Kind.TOWNSHIP_UNION, region=county.region, parent=county, on=FOUNDED
                )
            parent = unions[township]
        unions[row["union"]] = found(
            name=row["union"], kind=Kind.GRASSROOTS_UNION, region=county.region, parent=parent, on=FOUNDED
        )
    return unions


def open_accounts(unions: dict[str, Organisation], since: date) -> None:
    """Everybody of accounts.csv with their post. All have one password, so it is hashed once."""
    hashed = make_password(PASSWORD)
    for row in rows("accounts.csv"):
        user = open_account(username=row["username"], full_name=row["name"])
        User.objects.filter(pk=user.pk).update(password=hashed)
        appoint(user, unions[row["organisation"]], Role(row["role"]), on=since)


def acting(role: Role, organisation: Organisation, day: date, which: int = 0) -> Acting:
    """One of the demonstration's people with this role at this organisation, on a day."""
    posts = Post.objects.filter(role=role, organisation=organisation).select_related("organisation__region", "user")
    return Acting(posts.order_by("user__username")[which], day)
