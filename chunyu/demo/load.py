"""Loading the demonstration: a fictional province with 2,000 hardship households in three counties."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from random import Random

from django.db import connection, transaction
from django.utils import translation

from chunyu.accounts.clock import today
from chunyu.accounts.roles import Role
from chunyu.demo import warmth
from chunyu.demo.archives import write_archives
from chunyu.demo.departments import list_departments
from chunyu.demo.families import Families
from chunyu.demo.federation import FOUNDED, PASSWORD, acting, build_federation, open_accounts, rows
from chunyu.demo.filing import file_families
from chunyu.demo.history import History
from chunyu.demo.matters import County
from chunyu.demo.membership import Workers
from chunyu.demo.money_from_above import hand_money_down
from chunyu.demo.projects import run_projects
from chunyu.demo.proposals import YIDI, YearOfProposals, honour_the_good_ones
from chunyu.demo.rulebook import draft_of_the_rules
from chunyu.demo.small_third_level import SmallThirdLevel, hand_down_grants
from chunyu.demo.stores import Stores
from chunyu.demo.unions_at_work import ON_PAPER, UnionsAtWork, show_signs_of_life
from chunyu.federation.models import Organisation
from chunyu.hardship.deciding import decide_households
from chunyu.hardship.models import Target
from chunyu.registry.employers.tables import WITH_MEMBERS
from chunyu.registry.models import Household

SEED = 2015
# Households and living standard (fen a head and month, of the 2021 rulebook) of the counties that are shown in full.
COUNTIES = {"雨润县": (720, 74_000), "青禾县": (610, 72_000), "松涛区": (670, 78_000)}
PROVINCE = "春雨省总工会"
# Where shell unions have been cleared up altogether, and where organisers are still at it.
CLEANED_UP = "松涛区"
WITH_ORGANISER = ("雨润县", CLEANED_UP)
WITH_STORE = "雨润县"
CITY = "春申市总工会"  # above the three
LOCK = 0x6368756E79755F64
# To begin with: one county's people, a role each, and the second who must confirm a payment.
MAIN_ACCOUNTS = (
    "yurun.caseworker",
    "yurun.approver",
    "yurun.organiser",
    "yurun.finance",
    "yurun.finance2",
    "yurun.township",
    "yurun.chair",
    "yurun.auditor",
    "analyst",
    "policy",
    "policy2",
)
Report = Callable[[str], None]


def load_demo(day: date | None = None, report: Report = lambda step: None) -> bool:
    """Load the demonstration as it stands on a day (today, if none is given); False when it is there already.

    All or nothing; the same seed and day give the same families. Two at once: the second waits and does nothing.
    """
    with transaction.atomic(), translation.override("zh-hans"):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        if is_loaded():
            return False
        _load(day or today(), report)
    return True


def is_loaded() -> bool:
    return Organisation.objects.filter(name=PROVINCE).exists()


def accounts() -> list[dict[str, str]]:
    """Who may sign in to try it: account, name, post and password."""
    roles = {str(role): role for role in Role}
    return [
        {
            "account": row["username"],
            "name": row["name"],
            "post": f"{row['organisation']} {roles[row['role']].label}",
            "password": PASSWORD,
        }
        for row in rows("accounts.csv")
    ]


def main_accounts() -> list[dict[str, str]]:
    """Those of `accounts` that `make demo` and both readmes name, in their order."""
    known = {each["account"]: each for each in accounts()}
    return [known[name] for name in MAIN_ACCOUNTS]


def _load(day: date, report: Report) -> None:
    report("regions, unions and accounts")
    unions = build_federation()
    open_accounts(unions, since=FOUNDED)
    list_departments(unions, FOUNDED)
    taken: set[str] = set()
    for place, (name, (count, standard)) in enumerate(COUNTIES.items()):
        report(f"{count} households of {name}")
        county = unions[f"{name}总工会"]
        random = Random(SEED + place)  # noqa: S311 - for a spread that looks real, not for secrets
        below = [row for row in rows("unions.csv") if row["county"] == name]
        townships = tuple(dict.fromkeys(_place(row["township"]) for row in below if row["township"]))
        families = Families(random, name, townships, standard, day, taken)
        at = [unions[row["union"]] for row in below]
        caseworker = acting(Role.COUNTY_CASEWORKER, county, day)
        file_families(caseworker, [(random.choice(at), family) for family in families.make(count)])
        report(f"employers and members of {name}")
        Workers(caseworker, at, families).write()
        approver = acting(Role.COUNTY_APPROVER, county, day)
        kept = [county, *{each.parent for each in at if each.parent and each.parent != county}, *at]
        kept.sort(key=lambda each: each.pk)
        write_archives(caseworker.post, approver.post, kept, families, day)
        decide_households(caseworker, Household.objects.within(county.path).select_related("organisation__region"))
        report(f"applications and payments of {name}")
        County(county, day).play()
        report(f"the two years before, in {name}")
        History(county, at, townships, day).play(standard, taken)
    report("goods in store, coupons and cash")
    Stores(unions[f"{WITH_STORE}总工会"], day).play()
    report("the three projects")
    run_projects(unions, day)
    _at_work(unions, taken, day)
    report("full-time workers, the grid, and the grants of 2014")
    levels = [SmallThirdLevel(unions[f"{name}总工会"], list(unions.values()), taken, day) for name in COUNTIES]
    for each in levels:
        each.write()
    hand_down_grants(unions[CITY], levels)
    report("the proposals of a workplace in 2014")
    YearOfProposals(unions[YIDI]).play()
    honour_the_good_ones(unions[YIDI], unions["汀兰县总工会"])
    report("central money from level to level")
    hand_money_down(unions[PROVINCE], unions[CITY], unions["雨润县总工会"], day)
    report("warmth campaigns, of 2015 and of today")
    warmth.play_2015(unions, taken)
    warmth.play_today(unions[f"{next(iter(COUNTIES))}总工会"], taken, day)
    _signs_of_life(unions, day)
    _promise(unions, day)
    report("a draft of the rules")
    draft_of_the_rules(unions[PROVINCE], day)


def _signs_of_life(unions: dict[str, Organisation], day: date) -> None:
    """All unions of the counties shown have done something of late, but for those that are on paper only."""
    paper = [f"{name}工会" for name in ON_PAPER]
    for place, name in enumerate(COUNTIES):
        county = unions[f"{name}总工会"]
        random = Random(SEED + 80 + place)  # noqa: S311 - for a spread that looks real, not for secrets
        working = Organisation.objects.within(county.path).as_of(day).filter(kind__in=WITH_MEMBERS)
        caseworker = acting(Role.COUNTY_CASEWORKER, county, day)
        show_signs_of_life(caseworker, list(working.exclude(name__in=paper).order_by("path")), random)


def _at_work(unions: dict[str, Organisation], taken: set[str], day: date) -> None:
    """Comes after the families, so that its people change nobody's luck before."""
    for place, (name, (_count, standard)) in enumerate(COUNTIES.items()):
        if name not in WITH_ORGANISER:
            continue
        county = unions[f"{name}总工会"]
        random = Random(SEED + 50 + place)  # noqa: S311 - for a spread that looks real, not for secrets
        stories = UnionsAtWork(county, Families(random, name, (name,), standard, day, taken), day)
        if name == CLEANED_UP:
            stories.clean_up()
        else:
            stories.suspect()
            stories.found_unions()


def _promise(unions: dict[str, Organisation], day: date) -> None:
    """The promise of 2015, level by level; the present year repeats it."""
    for row in rows("targets.csv"):
        for year in sorted({2015, day.year}):
            target = Target(organisation=unions[f"{row['region']}总工会"], year=year, households=int(row["households"]))
            target.full_clean()
            target.save()


def _place(township: str) -> str:
    """The township of a union's name: 雨润县城关镇总工会 is in 城关镇."""
    return township.removesuffix("工会").removesuffix("总")[3:]
