"""The warmth campaigns: the province's of 2015, as the newspaper tells it (5,703.63 万元 for five groups), closed and
audited; and one that runs in a county today.

Everything goes through the real acts. The three counties are shown with families and people, each of the others with
one firm whose workers were visited there: most of the money went where this small province has no names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from random import Random

from django.db import transaction

from chunyu.accounts.acting import Acting
from chunyu.accounts.models import Post
from chunyu.accounts.roles import Role
from chunyu.audit.record import record
from chunyu.demo.families import Families
from chunyu.demo.federation import Kind, acting, rows
from chunyu.demo.filing import file_families
from chunyu.demo.matters import answer
from chunyu.federation.models import Organisation
from chunyu.hardship.campaigns import actions, answering, closing, money, planning, visiting
from chunyu.hardship.campaigns.actions import Share, Window
from chunyu.hardship.campaigns.answering import Answers
from chunyu.hardship.campaigns.kinds import GroupKind, Outcome, SubKind
from chunyu.hardship.campaigns.planning import Grant, Tie
from chunyu.hardship.campaigns.question_tables import QuestionnaireVersion
from chunyu.hardship.campaigns.tables import Campaign, CampaignSource
from chunyu.hardship.campaigns.visit_tables import CampaignVisit
from chunyu.hardship.campaigns.visiting import Given, Need, Said
from chunyu.hardship.indices.festivals import next_spring_festival
from chunyu.ledger import actions as ledger
from chunyu.ledger.models import Fund
from chunyu.registry.employers.tables import Enterprise
from chunyu.registry.models import Household

NAME = "2015年元旦春节送温暖活动"
WINDOW_2015 = Window(date(2015, 1, 1), date(2015, 3, 5), date(2015, 2, 19))
PLANNED, BOOKED, OPENED = date(2014, 12, 15), date(2014, 12, 30), date(2015, 1, 14)
ORDERED, SETTLED, CLOSED, AUDITED = date(2015, 2, 9), date(2015, 2, 10), date(2015, 3, 20), date(2015, 4, 15)
FILED, LEFT = date(2014, 11, 3), date(2016, 12, 31)
# What was raised, by fund source, in fen; together the newspaper's 5,703.63 万元.
RAISED = {
    "central_fiscal": ("中央财政专项帮扶资金", 20_000_000, {"warmth": "两节送温暖"}),
    "provincial_fiscal": ("省财政送温暖资金", 2_100_000_000, {}),
    "provincial_union": ("省总工会送温暖资金", 3_083_630_000, {}),
    "donation": ("社会捐赠送温暖资金", 500_000_000, {"warmth": "两节送温暖", "festival_visit": "两节走访慰问"}),
}
QUOTAS = {
    GroupKind.MODEL: 10_000_000, GroupKind.HARDSHIP: 10_000_000, GroupKind.LAID_OFF: 2_000_000_000,
    GroupKind.FRONT_LINE: 1_800_000_000, GroupKind.DISASTER: 1_882_000_000,
}  # fmt: skip
# Visited in each of the three counties, beside one firm. Each goes through every act and check of the books, some forty
# statements, so a few tell the story as well as many.
HOMES, PEOPLE = 8, 6
EACH_FEN, PERSON_FEN = 100_000, 50_000
GOODS = (Given("大米", 1, "袋"), Given("食用油", 1, "桶"))
TEAMS = (("温晓敏", "邵丽娟"), ("丁立新", "贺永强"), ("纪海燕", "陶春兰"), ("施雅琪", "颜素云"))


def play_2015(unions: Mapping[str, Organisation], taken: set[str]) -> None:
    """The province's campaign, from its plan to its audit."""
    campaign = _Province(unions, taken)
    campaign.raise_money()
    campaign.visit_families()
    campaign.visit_firms()
    campaign.settle()


class _Province:
    def __init__(self, unions: Mapping[str, Organisation], taken: set[str]) -> None:
        self.top = next(each for each in unions.values() if each.parent is None)
        federations = [each for each in unions.values() if each.kind == Kind.COUNTY_FEDERATION]
        self.counties = sorted(federations, key=lambda each: each.path)
        # Whose families are on file: some other county has people for a story of its own.
        keepers = Post.objects.filter(role=Role.COUNTY_CASEWORKER)
        self.shown = [each for each in self.counties if keepers.filter(organisation=each).exists()]
        self.unions, self.taken = unions, taken
        self.random = Random("warmth 2015")  # noqa: S311 - a spread that looks real, no secret
        planner = self.acting(Role.COUNTY_CASEWORKER, PLANNED)
        self.campaign = actions.plan_campaign(planner, name=NAME, window=WINDOW_2015)
        self.sources: dict[str, CampaignSource] = {}

    def acting(self, role: Role, day: date, which: int = 0) -> Acting:
        return acting(role, self.top, day, which)

    def raise_money(self) -> None:
        finance = self.acting(Role.FINANCE_OFFICER, BOOKED)
        for source, (name, fen, earmarks) in RAISED.items():
            fund = ledger.open_fund(
                finance,
                organisation=self.top,
                name=name,
                source=source,
                document_no=f"演工发〔2015〕{len(self.sources) + 1}号",
                year=2015,
                day=BOOKED,
                programmes=earmarks,
            )
            ledger.receive(
                finance, fund=fund, amount_fen=fen, day=BOOKED, document_no="收款回单1", key=f"receipt:{fund.pk}:1"
            )
            self.sources[source] = money.book_source(finance, self.campaign, fund, amount_fen=fen, day=BOOKED)
        actions.mark_funded(finance, self.campaign)
        planner = self.acting(Role.COUNTY_CASEWORKER, BOOKED)
        shares = {kind: Share(60_000, fen) for kind, fen in QUOTAS.items()}
        actions.set_quotas(planner, self.campaign, {self.top: shares})
        actions.start(self.acting(Role.COUNTY_APPROVER, OPENED), self.campaign)
        self.city = money.hand_down(
            finance, self.sources["provincial_union"], self.shown[0].parent, amount_fen=2_000_000, day=OPENED
        )
        money.acknowledge(acting(Role.FINANCE_OFFICER, self.city.organisation, OPENED), self.city, day=OPENED)
        self.portions = {
            county: money.hand_down(finance, self.city, county, amount_fen=600_000, day=OPENED) for county in self.shown
        }
        for county, portion in self.portions.items():
            money.acknowledge(acting(Role.FINANCE_OFFICER, county, OPENED), portion, day=OPENED)

    def visit_families(self) -> None:
        for number, county in enumerate(self.shown):
            caseworker = acting(Role.COUNTY_CASEWORKER, county, OPENED)
            homes = self._families(county, caseworker)
            groups = [
                Tie.of(GroupKind.MODEL),
                Tie.of(GroupKind.HARDSHIP, GroupKind.LAID_OFF),
                Tie.of(GroupKind.HARDSHIP),
            ]
            grant = Grant(EACH_FEN, self.sources["central_fiscal"])
            planned: list[CampaignVisit] = []
            for place, tie in enumerate(groups):
                planned += planning.plan_households(
                    caseworker, self.campaign, homes[place::3], tie, grant, due_on=OPENED + timedelta(days=14 + place)
                )
            self._record(caseworker, planned, TEAMS[number])
            self._people(county, caseworker, TEAMS[number])

    def _families(self, county: Organisation, caseworker: Acting) -> list[Household]:
        """Families of that winter; their files were closed two years later."""
        at = [each for each in self.unions.values() if each.kind == Kind.GRASSROOTS_UNION and county.covers(each.path)]
        families = Families(self.random, county.region.name, ("城关镇",), 60_000, FILED, self.taken)
        before = set(Household.objects.within(county.path).values_list("pk", flat=True))
        opener = Acting(caseworker.post, FILED)
        file_families(opener, [(self.random.choice(at), family) for family in families.make(HOMES)])
        made = Household.objects.within(county.path).exclude(pk__in=before)
        self.families = families
        return list(made.select_related("organisation__region").order_by("file_number"))

    def _people(self, county: Organisation, caseworker: Acting, team: Sequence[str]) -> None:
        ties = (
            Tie.of(GroupKind.FRONT_LINE),
            Tie.of(GroupKind.LAID_OFF),
            Tie.of(GroupKind.DISASTER, sub_kind=SubKind.EARTHQUAKE),
            Tie.of(GroupKind.DISASTER, sub_kind=SubKind.RESCUE),
        )
        planned = []
        for number in range(PEOPLE):
            worker = self.families.worker(OPENED)
            planned.append(
                planning.plan_person(
                    caseworker,
                    self.campaign,
                    county,
                    ties[number % len(ties)],
                    Grant(PERSON_FEN, self.portions[county]),
                    name=worker.name,
                    id_number=worker.id_number,
                    due_on=OPENED + timedelta(days=10),
                )
            )
        self._record(caseworker, planned, team)

    def _record(self, by: Acting, visits: Sequence[CampaignVisit], team: Sequence[str]) -> None:
        """Written down a few each day until the festival."""
        for visit in visits:
            day = OPENED + timedelta(days=self.random.randint(0, 20))
            said = Said(visited_on=day, outcome=Outcome.MET, team=team, goods=GOODS)
            visiting.record_visit(Acting(by.post, day), visit, said)

    def visit_firms(self) -> None:
        """A firm in every county, group after group; the last takes what makes the sums of the sources come out."""
        planner = self.acting(Role.COUNTY_CASEWORKER, OPENED)
        recorder = self.acting(Role.COUNTY_CASEWORKER, OPENED, 1)
        ties = (
            Tie.of(GroupKind.LAID_OFF),
            Tie.of(GroupKind.FRONT_LINE),
            Tie.of(GroupKind.DISASTER, sub_kind=SubKind.RESCUE),
        )
        visits = []
        for number, (county, source, fen) in enumerate(self._firm_grants()):
            firm = Enterprise.objects.create(
                organisation=county,
                region=county.region,
                name=f"{county.region.name}{('纺织厂', '供电公司', '矿山救护队')[number % 3]}（2015年）",
                ownership="110",
                known_from=date(2011, 1, 1),
                closed_on=LEFT,
                closing="closed",
            )
            visits.append(
                planning.plan_firm(
                    planner,
                    self.campaign,
                    county,
                    firm,
                    ties[number % 3],
                    Grant(fen, self.sources[source]),
                    people=fen // 100_000 or 1,
                    due_on=OPENED,
                )
            )
        self._record(recorder, visits, ("王春生", "李长河"))

    def _firm_grants(self) -> Iterator[tuple[Organisation, str, int]]:
        """County, source and fen: the whole of donations and provincial fiscal money but a rest that went back, and
        most of the union's own."""
        pots = (
            ("provincial_fiscal", RAISED["provincial_fiscal"][1] - 18_630_000),
            ("provincial_union", 2_960_000_000),
            ("donation", RAISED["donation"][1]),
        )
        places = [self.counties[n::3] for n in range(3)]
        for (source, fen), counties in zip(pots, places, strict=True):
            each = fen // len(counties) // 10_000 * 10_000
            for county in counties[:-1]:
                yield county, source, each
            yield counties[-1], source, fen - each * (len(counties) - 1)

    def settle(self) -> None:
        """Paid by the bank, booked from the receipts, the rest handed back, closed, audited."""
        finance = self.acting(Role.FINANCE_OFFICER, SETTLED)
        pay(self.acting(Role.COUNTY_APPROVER, ORDERED), finance, self.acting(Role.FINANCE_OFFICER, ORDERED, 1),
            self.sources["central_fiscal"])  # fmt: skip
        for source in (*self.portions.values(), *self.sources.values()):
            money.book_handed_over(finance, source, day=SETTLED)
        for portion in (*self.portions.values(), self.city):
            if left := closing.left_in(portion):
                money.give_back(finance, portion, amount_fen=left, day=SETTLED, document_no="余款上缴")
        rest = closing.left_in(self.sources["provincial_fiscal"])
        money.give_back(
            finance, self.sources["provincial_fiscal"], amount_fen=rest, day=SETTLED, document_no="退回省财政1"
        )
        closing.close(Acting(finance.post, CLOSED), self.campaign)
        closing.confirm_audit(self.acting(Role.AUDITOR, AUDITED), self.campaign, note="账实相符")
        with transaction.atomic():
            homes = Household.objects.filter(campaign_visits__campaign=self.campaign)
            Household.objects.filter(pk__in=list(homes.values_list("pk", flat=True))).update(
                status=Household.Status.EXITED, closed_on=LEFT
            )
            record(self.acting(Role.COUNTY_CASEWORKER, AUDITED), "demo.close_files", self.top, "warmth 2015")


def pay(approver: Acting, finance: Acting, second: Acting, source: CampaignSource) -> None:
    """The grants of a source ordered, batched, approved by another person, sent, and answered by the bank."""
    day = approver.day
    money.order_payments(approver, source, day=day)
    orders = list(source.fund.orders.filter(status="planned"))
    batch = ledger.submit(finance, ledger.prepare_batch(finance, fund=source.fund, orders=orders, day=day))
    batch = ledger.approve(second, batch, shown=batch.digest, day=day)
    ledger.send(finance, batch, day=day)
    batch.refresh_from_db()
    ledger.import_result(finance, batch, content=answer(batch, set()), day=day + timedelta(days=1))


def play_today(county: Organisation, taken: set[str], day: date) -> Campaign:
    """A county's own campaign that runs today: some visited, some still to visit, some of them late."""
    start = day - timedelta(days=21)
    festival = next_spring_festival(start) or day
    window = Window(start, max(day + timedelta(days=30), festival), festival)
    planner = acting(Role.COUNTY_CASEWORKER, county, start)
    campaign = actions.plan_campaign(planner, name=f"{festival.year}年两节送温暖", window=window)
    source = _county_money(county, campaign, start)
    actions.set_quotas(planner, campaign, {county: {kind: Share(40, 5_000_000) for kind in GroupKind}})
    version = _questionnaire(planner, campaign)
    actions.start(acting(Role.COUNTY_APPROVER, county, start), campaign)
    random = Random(f"{county.region.code} warmth")  # noqa: S311 - a spread that looks real, no secret
    homes = list(planning.proposed(planner, campaign, GroupKind.HARDSHIP, county)[:24])
    visits: list[CampaignVisit] = []
    for place in range(3):
        due = day + timedelta(days=(-6, 4, 12)[place])
        visits += planning.plan_households(
            planner, campaign, homes[place::3], Tie.of(GroupKind.HARDSHIP), Grant(EACH_FEN, source), due_on=due
        )
    families = Families(random, county.region.name, (county.region.name,), 0, day, taken)
    for _ in range(PEOPLE):
        worker = families.worker(day)
        visits.append(
            planning.plan_person(
                planner,
                campaign,
                county,
                Tie.of(GroupKind.FRONT_LINE),
                Grant(PERSON_FEN, source),
                name=worker.name,
                id_number=worker.id_number,
                due_on=day + timedelta(days=3),
            )
        )
    random.shuffle(visits)
    for number, visit in enumerate(visits[:16]):
        on = start + timedelta(days=random.randint(1, 20))
        need = Need("medical", "长期服药，自付部分负担重。") if number in (3, 9) else None
        visiting.record_visit(
            Acting(planner.post, day),
            visit,
            Said(
                visited_on=on, outcome=Outcome.MET, team=TEAMS[0], goods=GOODS, need=need,
                answers=_answers(version, random), notes="生活基本稳定，感谢工会关心。",
            ),
        )  # fmt: skip
    return campaign


def _county_money(county: Organisation, campaign: Campaign, day: date) -> CampaignSource:
    finance = acting(Role.FINANCE_OFFICER, county, day)
    fund: Fund = ledger.open_fund(
        finance,
        organisation=county,
        name="送温暖资金",
        source="county_union",
        document_no=campaign.code,
        year=day.year,
        day=day,
    )
    ledger.receive(
        finance, fund=fund, amount_fen=25_000_000, day=day, document_no="收款回单1", key=f"receipt:{fund.pk}:1"
    )
    source = money.book_source(finance, campaign, fund, amount_fen=25_000_000, day=day)
    actions.mark_funded(finance, campaign)
    return source


def _questionnaire(planner: Acting, campaign: Campaign) -> QuestionnaireVersion:
    """The questions of the great visit, from the demonstration's own file."""
    version = answering.make_questionnaire(planner, "职工生产生活问卷")
    for row in rows("questions.csv"):
        answering.put_question(planner, version, kind=row["kind"], text=row["text"], choices=row["choices"].split("；"))
    answering.put_in_force(planner, version)
    actions.ask(planner, campaign, version.questionnaire)
    return version


def _answers(version: QuestionnaireVersion, random: Random) -> Answers:
    said: dict = {}
    for question in version.questions.prefetch_related("choices"):
        keys = [each.pk for each in question.choices.all()]
        if question.kind == "choice":
            said[question.pk] = [random.choice(keys)]
        elif question.kind == "several":
            said[question.pk] = random.sample(keys, random.randint(1, 2))
    return Answers(version, said)
