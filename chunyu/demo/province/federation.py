"""The federation of a province: the demonstration's own regions, unions and accounts, more cities and counties beside
them, and every union and employer of the tree below."""

from __future__ import annotations

from random import Random

from django.contrib.auth.hashers import make_password
from django.db import connection, transaction

from chunyu.accounts.actions import appoint, open_account
from chunyu.accounts.models import Post, User
from chunyu.accounts.roles import Role
from chunyu.demo.federation import FOUNDED, PASSWORD, build_federation, open_accounts
from chunyu.demo.province import progress
from chunyu.demo.province.names import PLACE_ENDS, PLACES
from chunyu.demo.province.plan import Plan
from chunyu.demo.province.tree import PEOPLED, County, Employer, Tree, Union
from chunyu.federation.actions import found, lock_tree
from chunyu.federation.models import Organisation, Placement, Region
from chunyu.registry.employers.codes import INDUSTRY
from chunyu.registry.employers.tables import Enterprise, Headcount, UnionCover
from chunyu.registry.importing.bulk import Lines, Stream, escaped, look_again, plan_for_many_rows, written

CITIES, COUNTIES = 11, 170
KNOWN, COVERED, COUNTED = "2004-01-01", "2004-01-01", "2004-12-31"
SOURCE = "fictional, made for the demonstration"
OWNERSHIPS, OWNERSHIP_SHARES = ("170", "159", "110", "400", "160", "600", "300"), (46, 24, 8, 10, 6, 4, 2)
INDUSTRIES = list(INDUSTRY.entries)[:-1]
Kind = Organisation.Kind


@transaction.atomic
def build(plan: Plan) -> None:
    """The federations down to the counties, the demonstration's unions, and a caseworker and an organiser of each
    county; the number from which the unions of the tree are founded."""
    if not progress.take("federation", 0, CITIES + COUNTIES):
        return
    unions = build_federation()
    open_accounts(unions, since=FOUNDED)
    province = next(each for each in unions.values() if each.kind == Kind.PROVINCIAL_FEDERATION)
    _more_cities(province)
    hashed = make_password(PASSWORD)
    for county in Organisation.objects.filter(kind=Kind.COUNTY_FEDERATION).select_related("region").order_by("path"):
        for role, word in ((Role.COUNTY_CASEWORKER, "caseworker"), (Role.ORGANISER, "organiser")):
            user = open_account(username=f"{county.region.code}.{word}", full_name=f"{county.region.name[:2]}经办")
            User.objects.filter(pk=user.pk).update(password=hashed)
            appoint(user, county, role, on=FOUNDED)
    progress.note_first(Organisation.objects.order_by("-pk").values_list("pk", flat=True)[0] + 1)


def _more_cities(province: Organisation) -> None:
    """Cities and counties up to the number of the plan, each city with as many more as the others."""
    cities = list(Organisation.objects.filter(kind=Kind.MUNICIPAL_FEDERATION).select_related("region").order_by("path"))
    taken = set(Region.objects.values_list("name", flat=True))
    names = (one + other for other in PLACE_ENDS for one in PLACES)
    for number in range(len(cities), CITIES):
        name = next(each for each in names if f"{each}市" not in taken)
        cities.append(_federation(f"138{number - 8}", f"{name}市", Region.Level.CITY, "prefecture_city", province))
    there = Organisation.objects.filter(kind=Kind.COUNTY_FEDERATION).count()
    for number in range(COUNTIES - there):
        city = cities[number % len(cities)]
        name = next(each for each in names if not {f"{each}县", f"{each}市", f"{each}区"} & taken)
        # Behind the last of the demonstration's own, from 40 on.
        code = f"{city.region.code}{40 + number // len(cities):02d}"
        district = number % 5 == 0
        kind = Region.Kind.DISTRICT if district else Region.Kind.COUNTY
        _federation(code, f"{name}{'区' if district else '县'}", Region.Level.COUNTY, kind, city)


def _federation(code: str, name: str, level: str, kind: str, above: Organisation) -> Organisation:
    region = Region.objects.create(
        code=code, name=name, level=level, kind=kind, parent=above.region, valid_from="1949-10-01", source=SOURCE
    )
    union = Kind.MUNICIPAL_FEDERATION if level == Region.Level.CITY else Kind.COUNTY_FEDERATION
    return found(name=f"{name}总工会", kind=union, region=region, parent=above, on=FOUNDED)


def tree_of(plan: Plan, first: int) -> Tree:
    """The tree of this database: what stands below `first`, and what the plan founds from there on."""
    there = Organisation.objects.filter(pk__lt=first)
    counties = [
        County(each.pk, each.path, each.region_id, each.name)
        for each in there.filter(kind=Kind.COUNTY_FEDERATION).order_by("path")
    ]
    standing = []
    for each in there.filter(kind__in=PEOPLED).select_related("parent").order_by("pk"):
        county = next(at for at, county in enumerate(counties) if each.path.startswith(county.path))
        assert each.parent is not None
        standing.append(Union(each.pk, each.path, each.parent.pk, each.parent.path, each.kind, each.name, county))
    return Tree.of(plan, counties, standing, first, there.count())


ORGANISATION = Lines(
    Organisation,
    ("id", "name", "kind", "region_id", "parent_id", "path"),
    {"founded_on": FOUNDED, "dissolved_on": None},
)
PLACEMENT = Lines(
    Placement,
    ("organisation_id", "name", "parent_id", "region_id", "path"),
    {"valid_from": FOUNDED, "valid_to": None},
)


@transaction.atomic
def found_unions(tree: Tree, county: int) -> int:
    """Every union of one county, with its place in the tree; the database's own rules look at each."""
    wanted = [each for each in tree.founded if each.county == county]
    if not progress.take("organisations", county, len(wanted)):
        return 0
    lock_tree()
    plan_for_many_rows()
    region = str(tree.counties[county].region)
    for each in wanted:
        number, kind = str(each.number), str(each.kind)
        place = {"name": escaped(each.name), "region_id": region, "parent_id": str(each.parent), "path": each.path}
        ORGANISATION.add(place | {"id": number, "kind": kind})
        PLACEMENT.add(place | {"organisation_id": number})
    send(ORGANISATION, PLACEMENT)
    return len(wanted)


def numbers_follow() -> None:
    """The next organisation that somebody founds gets a number that is free."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence(%s, 'id'), (SELECT max(id) FROM federation_organisation))",
            [Organisation._meta.db_table],
        )
    look_again((Organisation, Placement))


ENTERPRISE = Lines(
    Enterprise,
    ("id", "organisation_id", "scope_path", "name", "ownership", "industry", "region_id", "has_party_cell"),
    {"known_from": KNOWN},
)
HEADCOUNT_COLUMNS = (
    "id", "organisation_id", "scope_path", "enterprise_id", "workers", "migrant_workers", "new_form_workers",
    "recorded_by_id", "recorded_at",
)  # fmt: skip
HEADCOUNT = Lines(Headcount, HEADCOUNT_COLUMNS, {"counted_on": COUNTED, "source": "社会保险参保名册"})
COVER = Lines(
    UnionCover,
    ("id", "organisation_id", "scope_path", "enterprise_id", "union_id"),
    {"valid_from": COVERED, "valid_to": None},
)


@transaction.atomic
def put_employers(tree: Tree, county: int) -> int:
    """The employers of one county, how many work there, and which union covers them."""
    region = tree.counties[county].region
    wanted = [each for each in tree.employers if each.region == region]
    if not progress.take("employers", county, len(wanted)):
        return 0
    plan_for_many_rows()
    random = tree.plan.random("firms", county)
    organiser = Post.objects.filter(role=Role.ORGANISER, organisation=tree.counties[county].number)[0].pk
    by = {"recorded_by_id": str(organiser), "recorded_at": written(tree.plan.day)}
    for each in wanted:
        _put_employer(tree, each, random, by)
    send(ENTERPRISE, HEADCOUNT, COVER)
    return len(wanted)


def _put_employer(tree: Tree, each: Employer, random: Random, by: dict[str, str]) -> None:
    key = tree.plan.key("employer", each.number)
    place = {"organisation_id": str(each.answering), "scope_path": each.answering_path}
    (ownership,) = random.choices(OWNERSHIPS, OWNERSHIP_SHARES)
    made = {
        "id": key,
        "name": escaped(each.name),
        "ownership": ownership,
        "industry": random.choice(INDUSTRIES),
        "region_id": str(each.region),
        "has_party_cell": "t" if random.random() < 0.4 else "f",
    }
    ENTERPRISE.add(place | made)
    workers = _workers(tree, each, random)
    counted = {
        "id": tree.plan.key("headcount", each.number),
        "enterprise_id": key,
        "workers": str(workers),
        "migrant_workers": str(workers * 32 // 100),
        "new_form_workers": str(workers * 5 // 100),
    }
    HEADCOUNT.add(place | counted | by)
    if each.union >= 0:
        union = str(tree.unions[each.union].number)
        COVER.add(place | {"id": tree.plan.key("cover", each.number), "enterprise_id": key, "union_id": union})


def _workers(tree: Tree, employer: Employer, random: Random) -> int:
    """Some more than are members; where there is no union, as many as a small firm has."""
    if employer.union < 0:
        return random.randint(8, 160)
    own = tree.own_employers
    many = own[employer.union + 1] - own[employer.union]
    return int(tree.sizes[employer.union] / many * random.uniform(1.15, 1.7)) + 6


def send(*tables: Lines) -> None:
    stream = Stream()
    try:
        for lines in tables:
            stream.send(lines)
        stream.settle()
    finally:
        stream.close()
