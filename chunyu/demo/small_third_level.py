"""The small third level (小三级) of the three counties: associations with full-time workers, the grid, and the grants
of 2014 from the city and the counties, as the newspaper tells them: 1,874 万元 and 384 workers.

Posts, people and places of the grid are written in bulk, through the rules of the database; grants by the real acts.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

from chunyu.accounts.acting import Acting
from chunyu.accounts.roles import Role
from chunyu.audit.record import record
from chunyu.demo.archives import write_archives
from chunyu.demo.families import Families
from chunyu.demo.federation import FOUNDED, Kind, acting, rows
from chunyu.demo.membership import Workers
from chunyu.federation.actions import found
from chunyu.federation.models import IndustryTie, Organisation
from chunyu.ledger import actions as ledger
from chunyu.organising.full_time.tables import FullTimePost, PostHolding, TrainingClass, TrainingTaken
from chunyu.organising.grants import actions as grants
from chunyu.organising.grants.formula import Rates
from chunyu.organising.grants.shown import digest_of_plan, digest_of_report
from chunyu.organising.grants.tables import GrantPlan, GrantUse
from chunyu.organising.grid.tables import CellKeeper, CellPlace, GridCell
from chunyu.registry.employers.tables import Enterprise

POSTS_EACH = 6  # in each of 64 joint unions: the newspaper's 384
PLACED = date(2014, 7, 1)
GRANTED, HANDED_DOWN, REPORTED = date(2014, 3, 10), date(2014, 4, 2), date(2014, 12, 20)
YEAR = 2014
# What each hands down (fen); together the newspaper's 1,874 万元.
BUDGETS = {
    "春申市总工会": 1_000_000_000, "雨润县总工会": 310_000_000, "青禾县总工会": 254_000_000, "松涛区总工会": 310_000_000
}  # fmt: skip
RATES = Rates(base_fen=5_000_000, per_union_fen=600_000, per_member_fen=8_000)
VILLAGES = ("东关社区", "西河村")
CELLS = ("第一网格", "第二网格", "第三网格")
TITLES = ("组织员", "维权员", "集体协商指导员", "服务员", "财务员", "综合协理员")
USES = ((GrantUse.Purpose.ACTIVITY, "职工文体活动", 0.35), (GrantUse.Purpose.VISITS, "走访慰问一线职工", 0.3))


class SmallThirdLevel:
    """All of it in one county."""

    def __init__(self, county: Organisation, unions: Sequence[Organisation], taken: set[str], day: date) -> None:
        self.county, self.day = county, day
        workplaces = (each for each in unions if each.kind == Kind.GRASSROOTS_UNION)
        self.unions = [each for each in workplaces if county.covers(each.path)]
        self.random = Random(f"{county.region.code} small third level")  # noqa: S311 - a spread that looks real, no secret
        self.townships = sorted({each.parent for each in self.unions if each.parent != county}, key=_key)
        names = tuple(each.name.removeprefix(county.region.name) for each in self.townships)
        self.families = Families(self.random, county.region.name, names, 0, PLACED, taken)
        self.caseworker = acting(Role.COUNTY_CASEWORKER, county, day)

    def write(self) -> None:
        self.associations, self.villages = self._associations(), self._villages()
        Workers(self.caseworker, self.villages, self.families).write(gaps=False)
        approver = acting(Role.COUNTY_APPROVER, self.county, self.day)
        kept = [*self.associations, *self.villages]
        write_archives(self.caseworker.post, approver.post, kept, self.families, self.day)
        self._tie()
        self._posts()
        self._grid()
        record(self.caseworker, "demo.small_third_level", self.county, f"{len(self.associations)} associations")

    def _found(self, name: str, kind: str, parent: Organisation) -> Organisation:
        return found(name=name, kind=kind, region=self.county.region, parent=parent, on=FOUNDED)

    def _associations(self) -> list[Organisation]:
        """Four of the county by trade, and four in each of its townships."""
        made = []
        for row in rows("associations.csv"):
            above = [self.county] if row["level"] == "county" else self.townships
            made += [self._found(f"{_short(each)}{row['name']}", Kind.UNION_ASSOCIATION, each) for each in above]
        return made

    def _villages(self) -> list[Organisation]:
        return [
            self._found(f"{_short(township)}{village}工会", Kind.COMMUNITY_UNION, township)
            for township in self.townships
            for village in VILLAGES
        ]

    def _tie(self) -> None:
        """Each workplace's union belongs to an association by trade, of its township or of the county, each village's
        to the association of the area."""
        above = {}
        for union in self.unions:
            near = [each for each in self.associations if each.parent_id in (union.parent_id, self.county.pk)]
            above[union] = self.random.choice(near)
        areas = {each.parent_id: each for each in self.associations if "区域性" in each.name}
        above |= {village: areas[village.parent_id] for village in self.villages}
        IndustryTie.objects.bulk_create(
            IndustryTie(organisation=below, industry_parent=association, valid_from=date(2012, 1, 1))
            for below, association in above.items()
        )

    def _posts(self) -> None:
        posts, holdings = [], []
        for union in self.associations:
            for title in TITLES[:POSTS_EACH]:
                post = FullTimePost(organisation=union, title=title, valid_from=PLACED)
                holding = PostHolding(
                    organisation=union,
                    post=post,
                    name=self.families.worker(PLACED).name,
                    contract=f"工聘〔2014〕{len(posts) + 1:03d}号",
                    contract_until=date(self.day.year + 1, 6, 30),
                    valid_from=PLACED,
                )
                holding.id_number = self.families.id_number(
                    PLACED, self.random.randint(23, 48), self.random.choice("12")
                )
                posts.append(post)
                holdings.append(holding)
        FullTimePost.objects.bulk_create(posts)
        PostHolding.objects.bulk_create(holdings)
        self._classes(holdings)

    def _classes(self, holdings: Sequence[PostHolding]) -> None:
        """Everybody is asked to one of two classes; most took the exam and passed."""
        categories = ((TrainingClass.Category.ORGANISING, 120), (TrainingClass.Category.BARGAINING, 60))
        for place, (category, ago) in enumerate(categories):
            starts = self.day - timedelta(days=ago)
            training = TrainingClass.objects.create(
                organisation=self.county,
                name=f"{starts.year}年{category.label}培训班",
                category=category,
                starts_on=starts,
                ends_on=starts + timedelta(days=2),
            )
            TrainingTaken.objects.bulk_create(
                self._taken(training, each) for each in holdings[place::2] if self.random.random() < 0.92
            )

    def _taken(self, training: TrainingClass, holding: PostHolding) -> TrainingTaken:
        taken = TrainingTaken(organisation=holding.organisation, training=training, holding=holding)
        if self.random.random() < 0.95:
            taken.examined_on, taken.score = training.ends_on, self.random.randint(52, 98)
            taken.passed = taken.score >= 60
        return taken

    def _grid(self) -> None:
        """A station in each township and one of the county, and everything that is there in a cell."""
        firms = list(Enterprise.objects.within(self.county.path).filter(closed_on__isnull=True).order_by("name", "pk"))
        for above in (self.county, *self.townships):
            station = self._found(f"{_short(above)}工会服务站", Kind.SERVICE_STATION, above)
            since = date(2013, 1, 1)
            cells = [
                GridCell(organisation=station, name=name, area=f"{_short(above)}片区", valid_from=since)
                for name in (CELLS[:1] if above == self.county else CELLS)
            ]
            GridCell.objects.bulk_create(cells)
            CellKeeper.objects.bulk_create(
                CellKeeper(organisation=station, cell=each, person=self.families.worker(since).name, valid_from=since)
                for each in cells
            )
            here = [each for each in firms if each.organisation_id == above.pk]
            villages = [each for each in self.villages if each.parent_id == above.pk]
            inside = [{"enterprise": each} for each in here] + [{"village": each} for each in villages]
            CellPlace.objects.bulk_create(
                CellPlace(organisation=station, cell=cells[place % len(cells)], valid_from=since, **each)
                for place, each in enumerate(inside)
            )


def hand_down_grants(city: Organisation, counties: Sequence[SmallThirdLevel]) -> None:
    """The city gives to townships, each county to its townships, villages and associations of trades; nearly all of it
    was used, reported and checked by the end of the year."""
    receivers = [each for level in counties for each in level.townships]
    plans = [_plan(city, receivers)]
    for level in counties:
        trades = [each for each in level.associations if each.parent_id == level.county.pk]
        plans.append(_plan(level.county, [*level.townships, *level.villages, *trades]))
    for level in counties:
        _report(level, [plans[0], plans[1 + counties.index(level)]])


def _plan(giver: Organisation, receivers: Sequence[Organisation]) -> GrantPlan:
    finance, second = acting(Role.FINANCE_OFFICER, giver, GRANTED), acting(Role.COUNTY_APPROVER, giver, GRANTED)
    of_city = giver.kind == Kind.MUNICIPAL_FEDERATION
    budget = BUDGETS[giver.name]
    fund = ledger.open_fund(
        finance,
        organisation=giver,
        name="小三级工会经费",
        source="municipal_union" if of_city else "county_union",
        document_no=f"{giver.region.name}工发〔{YEAR}〕3号",
        year=YEAR,
        day=GRANTED,
    )
    ledger.receive(
        finance, fund=fund, amount_fen=budget, day=GRANTED, document_no="经费回单1", key=f"receipt:{fund.pk}:1"
    )
    plan = grants.plan_grant(
        finance,
        giver,
        year=YEAR,
        name=f"{YEAR}年小三级工会经费补助",
        document_no=f"{giver.region.name}工发〔{YEAR}〕8号",
        budget_fen=budget,
        rates=RATES,
        receivers=receivers,
        counted_on=GRANTED,
        report_by=date(YEAR, 12, 31),
    )
    grants.approve_plan(second, plan, shown=digest_of_plan(plan))
    grants.hand_down(Acting(finance.post, HANDED_DOWN), plan, fund, day=HANDED_DOWN)
    return plan


def _report(level: SmallThirdLevel, plans: Sequence[GrantPlan]) -> None:
    organiser = acting(Role.ORGANISER, level.county, REPORTED)
    for plan in plans:
        finance = acting(Role.FINANCE_OFFICER, plan.organisation, REPORTED)
        for share in (
            plan.shares.within(level.county.path).select_related("organisation", "plan").order_by("scope_path")
        ):
            for number, (purpose, text, part) in enumerate(USES, 1):
                grants.enter_use(
                    organiser,
                    share,
                    used_on=date(YEAR, 6 + 3 * number, 15),
                    purpose=purpose,
                    text=text,
                    document_no=f"凭证{number}",
                    amount_fen=int(share.amount_fen * part * level.random.uniform(0.9, 1.3)),
                )
            grants.report_use(organiser, share)
            grants.check_use(finance, share, shown=digest_of_report(share))


def _short(organisation: Organisation) -> str:
    """雨润县城关镇 of 雨润县城关镇总工会."""
    return organisation.name.removesuffix("工会").removesuffix("总")


def _key(organisation: Organisation) -> int:
    return organisation.pk
