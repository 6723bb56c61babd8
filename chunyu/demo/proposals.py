"""The proposals of one workplace in 2014, as the newspaper tells them: the passage floor that became motion No. 1, and
the others of that year. Every step is the real act, by the people whose posts they are, on the days past."""

from __future__ import annotations

from datetime import date, timedelta

from chunyu.accounts.acting import Acting
from chunyu.accounts.models import Post
from chunyu.accounts.roles import Role
from chunyu.casework.actions import attach_document, move
from chunyu.casework.departments import actions as departments
from chunyu.casework.departments.tables import Seat
from chunyu.casework.models import Case
from chunyu.demo.federation import FOUNDED, acting, rows
from chunyu.demo.papers import page
from chunyu.federation.models import Organisation
from chunyu.ledger.actions import open_fund, receive
from chunyu.voice.honours import actions as honours
from chunyu.voice.proposals.actions import Person, Words, open_session, take_in
from chunyu.voice.proposals.tables import Proposal

YIDI = "依帝经贸有限公司工会"
YEAR = 2014
RAISED = 39
CONGRESS = date(2014, 3, 8)
WORKERS = 620
FLOOR = "穿综间和布机车间通道地面不平整"


class YearOfProposals:
    """39 proposals, of which the first five were motions of the congress in March."""

    def __init__(self, union: Organisation) -> None:
        self.union = union
        self.chair = acting(Role.WORKPLACE_CHAIR, union, CONGRESS).post
        self.management = departments.open_department(self._at(FOUNDED), name="依帝公司行政", duty="management")
        self.manager = Post.objects.get(organisation=union, role=Role.DEPARTMENT_OFFICER)
        Seat.objects.create(department=self.management, post=self.manager)

    def play(self) -> None:
        session = open_session(
            self._at(CONGRESS), self.union, name="2014 年职工代表大会", held_on=CONGRESS, workers=WORKERS,
            delegates=62, present=58,
        )  # fmt: skip
        motions = 0
        for row in rows("proposals.csv"):
            day = date.fromisoformat(row["raised"])
            proposal = self._take_in(row, day)
            case = proposal.case
            if row["way"] == "return":
                move(self._at(day + timedelta(days=3)), case, "return", note="外观喜好，不涉及整改。")
                continue
            if row["way"] == "merge":
                into = (
                    Proposal.objects.filter(organisation=self.union, case__closed_on__isnull=True)
                    .exclude(pk=proposal.pk)
                    .first()
                )
                assert into is not None
                move(self._at(day + timedelta(days=2)), case, "merge", into=str(into.pk), note="同一区域地面问题。")
                continue
            move(self._at(day), case, "admit", public_title=row["title"])
            if row["way"] == "motion":
                motions += 1
                move(self._at(day), case, "number", session=str(session.pk), number=motions)
            move(self._at(day + timedelta(days=2)), case, "submit", to=str(self.management.pk))
            self._answered(case, row, day + timedelta(days=6))

    def _take_in(self, row: dict[str, str], day: date) -> Proposal:
        words = Words(row["title"], row["theme"], row["place"], row["problem"], row["suggestion"], row["risk"])
        person = Person(row["author"], row["job"], row["delegate"] == "yes")
        return take_in(self._at(day), self.union, words, [person], channel=row["channel"])

    def _answered(self, case: Case, row: dict[str, str], day: date) -> None:
        if row["way"] in ("no", "later"):
            self._reply(case, day, row["way"], "职工人数和路线还要摸底，今年预算已经排定。")
            return
        floor = row["title"] == FLOOR
        reply = (
            "董事长到车间现场察看，召开座谈会后当场决定投资修缮，彻底消除隐患。" if floor else "建议合理，予以采纳。"
        )
        self._reply(case, day, "adopt", reply)
        until = day + timedelta(days=40)
        move(
            self._at(day + timedelta(days=2)), case, "plan", responsible="设备科" if floor else "综合科",
            budget=4_800_000 if floor else 200_000, starts_on=day + timedelta(days=4), until=until,
        )  # fmt: skip
        if floor:
            self._followed(case, day)
        done = until - timedelta(days=5)
        self._reply(case, done, "done", "已整改完成，附现场照片。", page("proof of what was put right", case.number))
        move(self._at(done + timedelta(days=2)), case, "check", note="工会到现场看过。")
        move(self._at(done + timedelta(days=5)), case, "confirm", note="提案人当面确认。")
        if row["raised"] < "2014-09":
            move(
                self._at(date(done.year, 12, 1)), case, "review", outcome="lasting", satisfaction=5,
                risk_removed="no" if row["risk"] == "none" else "yes",
            )  # fmt: skip

    def _followed(self, case: Case, day: date) -> None:
        """What the union saw on the way: the visit, the meeting, the work."""
        attach_document(self._at(day), case, kind="before", name="整改前.pdf", content=page("before", case.number))
        for days, kind, people, text in (
            (0, "visit", "董事长、工会主席、张涛", "到车间现场察看通道地面。"),
            (0, "meeting", "董事长、张涛及职工代表", "听取张涛及职工们的建议和意见，当场决定投资修缮。"),
            (20, "work", "设备科、工会", "旧地面已凿除，开始浇筑。"),
        ):
            entered = self._at(day + timedelta(days=max(days, 3)))
            move(entered, case, "progress", kind=kind, day=day + timedelta(days=days), people=people, text=text)

    def _reply(self, case: Case, day: date, code: str, reply: str, paper: bytes | None = None) -> None:
        question = case.tasks.get(replied_on__isnull=True)
        file = ("整改后.pdf", paper) if paper else None
        departments.answer(Acting(self.manager, day), question, reply=reply, results={}, code=code, file=file)
        case.refresh_from_db()

    def _at(self, day: date) -> Acting:
        return Acting(self.chair, day)


JURY = ("李明华", "赵素琴", "钱国庆")
AWARDED = date(2015, 1, 10)
BONUS_FEN = 100_000
WINNERS = ("张涛", "葛云", "陆雪梅", "葛尹华", "葛汉阳")


def honour_the_good_ones(union: Organisation, county: Organisation) -> None:
    """The five awards of 2014, given at the congress of 10 January 2015 and paid through the county's books."""
    chair = acting(Role.WORKPLACE_CHAIR, union, date(2014, 12, 22))
    held = honours.open_round(
        chair, union, kind="proposals", title="职工优秀建议奖", year=YEAR, places=len(WINNERS), bonus_fen=BONUS_FEN,
        rules="当年提出并已整改的提案；评委按安全、效益、推广三项打分，取平均分。",
    )  # fmt: skip
    done = Proposal.objects.filter(organisation=union, case__state__in=["done", "reviewed"]).order_by("raised_on", "pk")
    chosen = {each.authors.all()[0].name: each for each in done.prefetch_related("authors")}
    named = [*WINNERS, *sorted(set(chosen) - set(WINNERS))[:7]]
    nominees = honours.nominate_proposals(chair, held, [chosen[name] for name in named])
    for place, name in enumerate(JURY):
        juror = honours.name_juror(chair, held, name=name)
        honours.enter_scores(chair, juror, {each: 96 - 2 * rank - place for rank, each in enumerate(nominees)})
    move(chair, held.case, "rank")
    move(chair, held.case, "publish", place="公司公告栏", objections_to="汀兰县总工会 12351")
    move(acting(Role.COUNTY_APPROVER, county, date(2015, 1, 5)), held.case, "confirm")
    move(acting(Role.WORKPLACE_CHAIR, union, AWARDED), held.case, "award", note="公司职工代表大会，董事长颁发。")
    finance = acting(Role.FINANCE_OFFICER, county, date(2015, 1, 12))
    fund = open_fund(
        finance, organisation=union, name="职工建议奖励金", source="county_union", document_no="依工〔2015〕1号",
        year=2015, day=finance.day,
    )  # fmt: skip
    total = BONUS_FEN * len(WINNERS)
    receive(finance, fund=fund, amount_fen=total, day=finance.day, document_no="收款凭证1号", key="yidi-bonus")
    move(finance, held.case, "pay", fund=str(fund.pk), document_no="付款凭证1号")
