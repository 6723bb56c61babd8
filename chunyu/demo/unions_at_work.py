"""Unions of the demonstration at work: what each did of late, three that existed on paper only and how they were
cleared up, one that is being inquired into, and employers on their way to a union of their own.

Everything but the signs of life is made by the real acts, by the people whose posts they are, on days past.
"""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from chunyu.accounts.acting import Acting
from chunyu.accounts.roles import Role
from chunyu.casework.actions import attach_document, move
from chunyu.casework.models import Case
from chunyu.demo.families import Families
from chunyu.demo.federation import FOUNDED, acting
from chunyu.demo.papers import page
from chunyu.federation.actions import found
from chunyu.federation.models import Organisation
from chunyu.organising.archives.actions import add_page
from chunyu.organising.archives.kinds import Leaf
from chunyu.organising.archives.tables import ArchivePage
from chunyu.organising.founding.actions import take_on
from chunyu.organising.shells.actions import begin_inquiry, note_contact
from chunyu.registry.employers.actions import close_enterprise, count_workers, cover, register_enterprise
from chunyu.registry.employers.tables import WITH_MEMBERS, Enterprise
from chunyu.registry.membership.actions import NewWorker, admit

Kind = Organisation.Kind
ON_PAPER = ("兴隆玩具厂", "宏远车队")  # suspected today
BEGUN = 200  # days ago the clean-up of the district began
ACTIVITIES = ("会员大会", "职工趣味运动会", "春节走访慰问", "安全生产知识竞赛", "女职工健康讲座", "夏季送清凉")


def show_signs_of_life(recorder: Acting, unions: list[Organisation], random: Random) -> None:
    """An activity and a movement of money within the last months, for unions that work."""
    leaves = []
    for union in unions:
        for kind, text in ((Leaf.ACTIVITY, random.choice(ACTIVITIES)), (Leaf.MONEY, "会费收入、活动支出")):
            since = recorder.day - timedelta(days=random.randint(5, 140))
            leaves.append(
                ArchivePage(
                    organisation=union,
                    kind=kind,
                    valid_from=since,
                    text=text,
                    recorded_by=recorder.post,
                    recorded_on=recorder.day,
                )
            )
    ArchivePage.objects.bulk_create(leaves)


class UnionsAtWork:
    """The stories of one county or district."""

    def __init__(self, county: Organisation, families: Families, day: date) -> None:
        self.county, self.families, self.day = county, families, day
        self.organiser = acting(Role.ORGANISER, county, day)
        self.approver = acting(Role.COUNTY_APPROVER, county, day)
        self.township = county.children.filter(kind=Kind.TOWNSHIP_UNION).order_by("path").first() or county

    def working(self) -> list[Organisation]:
        return list(Organisation.objects.within(self.county.path).filter(kind__in=WITH_MEMBERS).order_by("path"))

    # -- unions on paper --------------------------------------------------------------------------------------------

    def clean_up(self) -> None:
        """Three suspected unions, all settled by today: one revived, one merged, one dissolved."""
        beside = self.working()[0]
        revived = self._on_paper("永昌五金厂", 9)
        self._reported(revived)
        case = self._found(revived)
        self._by(self.organiser, 55, case, "rectify", note="三十日内补选主席，恢复活动。")
        for kind, says in ((Leaf.CHAIR, {"person": self._name()}), (Leaf.ACTIVITY, {"text": "会员大会补选主席"})):
            add_page(self._on(self.organiser, 90), revived, kind, valid_from=self._day(90), **says)
        self._by(self.approver, 100, case, "revive", note="已补选主席，活动和经费已恢复。")
        merged = self._on_paper("顺达印务", 5)
        self._reported(merged)
        case = self._found(merged)
        self._by(self.organiser, 55, case, "rectify", note="三十日内补选主席。")
        self._by(self.organiser, 110, case, "fail", note="无人愿意担任主席。")
        self._by(self.approver, 120, case, "merge", into=str(beside.pk), note="并入附近的工会。")
        dissolved = self._on_paper("恒发纸箱厂", 4)
        firm = dissolved.covered.select_related("enterprise").get().enterprise
        close_enterprise(self._on(self.organiser, -5), firm, closing="closed", on=self._day(-5))
        self._reported(dissolved)
        case = self._found(dissolved)
        self._by(self.approver, 60, case, "dissolve", into=str(beside.pk), note="单位已注销，会员转入附近的工会。")
        show_signs_of_life(self.organiser, [revived], self.families.random)

    def suspect(self) -> None:
        """Two suspected unions of today: one is being inquired into, of the other nobody has asked yet."""
        asked, other = (self._on_paper(name, count) for name, count in zip(ON_PAPER, (8, 6), strict=True))
        now = self.organiser
        for days, way in ((30, "phone"), (12, "visit")):
            note_contact(now, other, on=self.day - timedelta(days=days), way=way, reached=False, note="无人应答")
        case = begin_inquiry(self._on(self.organiser, BEGUN - 4), asked).case
        self._by(self.organiser, BEGUN - 3, case, "notify", note="请在十五个工作日内书面说明工会运行情况。")

    def _on_paper(self, name: str, members: int) -> Organisation:
        """A union with a sign and members, whose chair left long ago and where nothing has happened since."""
        place = self.county.region
        union = found(name=f"{name}工会", kind=Kind.GRASSROOTS_UNION, region=place, parent=self.township, on=FOUNDED)
        early = Acting(self.organiser.post, date(self._day(0).year - 3, 3, 1))
        firm = self._firm(early, name, members + 20, early.day - timedelta(days=400))
        cover(early, firm, union, on=early.day - timedelta(days=300))
        for _ in range(members):
            person = self.families.worker(self.day)
            admit(early, union, NewWorker(person.name, person.id_number, enterprise=firm), on=early.day)
        left = self._day(-160)
        add_page(early, union, Leaf.CHAIR, valid_from=early.day, person=self._name(), until=left)
        return union

    def _reported(self, union: Organisation) -> None:
        case = begin_inquiry(self._on(self.organiser, 0), union).case
        self._by(self.organiser, 1, case, "notify", note="请在十五个工作日内书面说明工会运行情况。")
        self._by(self.organiser, 38, case, "no_answer")
        self._by(self.organiser, 40, case, "report", note="大门上有工会牌子，职工说一年没有活动。")

    def _found(self, union: Organisation) -> Case:
        case = Case.objects.get(shell_inquiry__organisation=union)
        self._by(self.approver, 45, case, "find_shell", note="信号属实，确为空壳。")
        return case

    # -- unions to be founded ---------------------------------------------------------------------------------------

    def found_unions(self) -> None:
        """Employers without a union: one has been led to its own union this year, others stand on the way."""
        done = self._firm(self.organiser, "启明电子厂", 86, self.day - timedelta(days=500))
        case = self._prepared(done, 150)
        self._applied(case, "启明电子厂工会", 120)
        attach_document(
            self._before(self.organiser, 118), case, kind="request", name="请示.pdf", content=page("request", "1")
        )
        move(self._before(self.approver, 110), case, "reply", number="雨工复〔2026〕2号")
        self._elected(case, 80, 86)
        attach_document(
            self._before(self.organiser, 78),
            case,
            kind="election_minutes",
            name="选举记录.pdf",
            content=page("minutes", "1"),
        )
        move(self._before(self.approver, 70), case, "approve", number="雨工复〔2026〕5号")
        union = case.founding.union
        for _ in range(24):
            person = self.families.worker(self.day)
            admit(
                self._before(self.organiser, 60),
                union,
                NewWorker(person.name, person.id_number, enterprise=done),
                on=self.day - timedelta(days=60),
            )
        add_page(
            self._before(self.organiser, 40),
            union,
            Leaf.MONEY,
            valid_from=self.day - timedelta(days=40),
            text="首期会费",
        )
        add_page(
            self._before(self.organiser, 30),
            union,
            Leaf.ACTIVITY,
            valid_from=self.day - timedelta(days=30),
            text="成立大会",
        )
        declined = self._firm(self.organiser, "鸿运货运站", 41, self.day - timedelta(days=400))
        case = take_on(self._before(self.organiser, 30), [declined]).case
        move(self._before(self.organiser, 25), case, "decline", code="fears_cost", note="担心增加支出，下季度再谈。")
        applied = self._firm(self.organiser, "青云服装厂", 64, self.day - timedelta(days=400))
        case = self._prepared(applied, 40)
        self._applied(case, "青云服装厂工会", 8)
        small = [
            self._firm(self.organiser, name, 12, self.day - timedelta(days=300)) for name in ("老街理发店", "老街饭庄")
        ]
        case = take_on(self._before(self.organiser, 15), small).case
        move(self._before(self.organiser, 10), case, "contact", note="两家同意合建联合工会。")

    def _prepared(self, firm: Enterprise, days: int) -> Case:
        case = take_on(self._before(self.organiser, days), [firm]).case
        move(self._before(self.organiser, days - 5), case, "contact", note="厂长同意，职工愿意加入。")
        move(self._before(self.organiser, days - 15), case, "prepare", note="筹备组三人，已选组长。")
        return case

    def _applied(self, case: Case, name: str, days: int) -> None:
        move(
            self._before(self.organiser, days),
            case,
            "apply",
            name=name,
            kind=Kind.GRASSROOTS_UNION,
            parent=str(self.township.pk),
            number="工筹〔2026〕1号",
        )

    def _elected(self, case: Case, days: int, entitled: int) -> None:
        move(
            self._before(self.organiser, days),
            case,
            "elect",
            met_on=self.day - timedelta(days=days),
            entitled=entitled,
            present=entitled - 6,
            votes=entitled - 12,
            chair=self._name(),
            committee="委员五人，经审委员一人，女职工委员一人",
            term="3",
        )

    # -- people and days --------------------------------------------------------------------------------------------

    def _firm(self, person: Acting, name: str, workers: int, known: date) -> Enterprise:
        firm = register_enterprise(
            person, organisation=self.township, name=name, ownership="170", known_from=known, industry="C"
        )
        count_workers(person, firm, workers=workers, on=known + timedelta(days=30), source="走访登记")
        return firm

    def _name(self) -> str:
        return self.families.worker(self.day).name

    def _day(self, after: int) -> date:
        """So many days after the clean-up began."""
        return self.day - timedelta(days=BEGUN - after)

    def _on(self, person: Acting, after: int) -> Acting:
        return Acting(person.post, self._day(after))

    def _before(self, person: Acting, days: int) -> Acting:
        return Acting(person.post, self.day - timedelta(days=days))

    def _by(self, person: Acting, after: int, case: Case, name: str, **fields: str) -> None:
        move(self._on(person, after), case, name, **fields)
