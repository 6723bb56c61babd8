"""Situations that tests start from, built through the real actions.

    yurun = county("雨润县")                                # all levels down to a workplace; one post a role
    acting = yurun.acting(Role.COUNTY_CASEWORKER)           # that post, on DAY
    client.force_login(yurun.post(Role.FINANCE_OFFICER).user)

    qinghe = county("青禾县")                               # a sister county under the same city and province
    other = acting(Role.COUNTY_APPROVER, yurun.federation)  # one more person at any organisation

Everybody is fictional. Regions carry unassigned codes (1399xx), as the identity numbers of tests do (139999).
An account has no password unless one is asked for (`county("雨润县", password="…")`): hashing takes time.
"""

from dataclasses import dataclass
from datetime import date
from itertools import count

from chunyu.accounts.acting import Acting
from chunyu.accounts.actions import appoint, open_account
from chunyu.accounts.models import Post
from chunyu.accounts.roles import Role
from chunyu.federation.actions import found
from chunyu.federation.models import Organisation, Region

# A Wednesday between the two festivals of 2015, with no holiday near.
DAY = date(2015, 1, 14)
FOUNDING_DAY = date(2000, 1, 1)
COUNTY_CODES = {"雨润县": "139901", "青禾县": "139902", "松涛区": "139903"}
Kind = Organisation.Kind
_number = count(1)


@dataclass(frozen=True)
class County:
    """A county federation with what is above and below it, and somebody in each role."""

    province: Organisation
    city: Organisation
    federation: Organisation
    township: Organisation
    workplace: Organisation
    posts: dict[Role, Post]

    @property
    def path(self) -> str:
        return self.federation.path

    @property
    def region(self) -> Region:
        return self.federation.region

    def post(self, role: Role) -> Post:
        return self.posts[role]

    def acting(self, role: Role, day: date = DAY) -> Acting:
        return Acting(self.posts[role], day)


def county(name: str = "雨润县", *, password: str | None = None) -> County:
    """A county with its township 城关镇 and workplace 纺织厂; the province and the city are shared by all counties."""
    nation = _region("CN", "中国", Region.Level.NATION, None)
    province = _region("99", "春雨省", Region.Level.PROVINCE, nation)
    city = _region("1399", "春申市", Region.Level.CITY, province)
    code = COUNTY_CODES.get(name) or f"1399{10 + Region.objects.filter(level=Region.Level.COUNTY).count():02d}"
    own = _region(code, name, Region.Level.COUNTY, city)

    top = _organisation("春雨省总工会", Kind.PROVINCIAL_FEDERATION, province, None)
    middle = _organisation("春申市总工会", Kind.MUNICIPAL_FEDERATION, city, top)
    federation = _organisation(f"{name}总工会", Kind.COUNTY_FEDERATION, own, middle)
    township = _organisation(f"{name}城关镇总工会", Kind.TOWNSHIP_UNION, own, federation)
    workplace = _organisation(f"{name}纺织厂工会", Kind.GRASSROOTS_UNION, own, township)
    seats = dict.fromkeys(Role, federation) | {
        Role.WORKPLACE_CHAIR: workplace,
        Role.TOWNSHIP_OFFICER: township,
        Role.PROVINCE_ANALYST: top,
        Role.POLICY_OFFICER: top,
    }
    posts = {role: post(role, organisation, password=password) for role, organisation in seats.items()}
    return County(top, middle, federation, township, workplace, posts)


def post(role: Role, organisation: Organisation, *, since: date = FOUNDING_DAY, password: str | None = None) -> Post:
    """A new person with this role at this organisation."""
    number = next(_number)
    user = open_account(username=f"{role}-{number}", full_name=f"{role.label}{number}", password=password)
    return appoint(user, organisation, role, on=since)


def acting(role: Role, organisation: Organisation, day: date = DAY) -> Acting:
    """A new person with this role at this organisation, acting on a day."""
    return Acting(post(role, organisation), day)


def workplace(under: Organisation, name: str) -> Organisation:
    """One more grassroots union under a township or county federation."""
    return _organisation(name, Kind.GRASSROOTS_UNION, under.region, under)


def _region(code: str, name: str, level: Region.Level, parent: Region | None) -> Region:
    region, _ = Region.objects.get_or_create(
        code=code,
        valid_from=date(1949, 10, 1),
        defaults={"name": name, "level": level, "parent": parent, "source": "fictional, for tests"},
    )
    return region


def _organisation(name: str, kind: Organisation.Kind, region: Region, parent: Organisation | None) -> Organisation:
    existing = Organisation.objects.filter(name=name, parent=parent).first()
    return existing or found(name=name, kind=kind, region=region, parent=parent, on=FOUNDING_DAY)
