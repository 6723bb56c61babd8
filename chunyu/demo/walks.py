"""Applications walked through the real process by the right people, each to the state where it stands today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

from chunyu.accounts.acting import Acting
from chunyu.accounts.models import Post
from chunyu.accounts.roles import Role
from chunyu.casework import actions as casework
from chunyu.casework.calendar import calendar_in_force
from chunyu.casework.models import Case, CheckItem
from chunyu.demo.papers import page
from chunyu.federation.models import Organisation
from chunyu.hardship.actions import apply_for, programme_for
from chunyu.hardship.process import CHECKED_ITEMS
from chunyu.ledger.models import Fund
from chunyu.registry.models import Household

CHAIR, OFFICER, CASEWORKER, APPROVER, FINANCE = (
    Role.WORKPLACE_CHAIR,
    Role.TOWNSHIP_OFFICER,
    Role.COUNTY_CASEWORKER,
    Role.COUNTY_APPROVER,
    Role.FINANCE_OFFICER,
)


@dataclass(frozen=True)
class Step:
    """One move of the straight way: where it leads, who makes it, and how many working days after the one before."""

    state: str
    move: str
    role: Role
    after: int
    fields: dict[str, str] = field(default_factory=dict)


WAY = (
    Step("submitted", "submit", CHAIR, 0),
    Step("complete", "accept", OFFICER, 1),
    Step("visited", "visit", OFFICER, 3),
    Step("cross_checking", "cross_check", CASEWORKER, 1),
    Step("cross_checked", "checked", CASEWORKER, 6),
    Step("in_notice", "publish", CASEWORKER, 1, {"place": "单位公告栏", "objections_to": "县总工会 0399-0000000"}),
    Step("county_review", "review", CASEWORKER, 6),
    Step("approved", "approve", APPROVER, 2, {"note": "材料齐全，同意。"}),
    Step("filed", "file", CASEWORKER, 1),
    Step("in_payment", "pay_out", CASEWORKER, 1),
)
# Leaving the straight way: from which state, how, and by whom.
ASIDE = {
    "returned": ("submitted", Step("returned", "return", CASEWORKER, 2, {"note": "缺配偶收入证明，请补齐后再提交。"})),
    "withdrawn": ("complete", Step("withdrawn", "withdraw", CASEWORKER, 2, {"note": "家庭已迁往外地，本人申请撤回。"})),
    "refused": (
        "county_review",
        Step(
            "refused",
            "refuse",
            APPROVER,
            2,
            {"code": "facts_disproved", "note": "核对发现名下有营运车辆，与申报不符；对结果不服可在十个工作日内申诉。"},
        ),
    ),
}
BETWEEN = {step.state: place for place, step in enumerate(WAY)}


@dataclass
class WorkingDays:
    """The working days up to today, counted backwards: `ago(0)` is the last one."""

    today: date

    @cached_property
    def _days(self) -> list[date]:
        calendar = calendar_in_force()
        every = (self.today - timedelta(days=back) for back in range(200))
        return [day for day in every if calendar.works(day)]

    def ago(self, count: int) -> date:
        return self._days[count]


@dataclass
class Walker:
    """Walks applications of one county. Whoever is nearest to the household does what their role does."""

    county: Organisation
    days: WorkingDays
    fund: Fund

    @cached_property
    def _posts(self) -> list[Post]:
        posts = Post.objects.filter(organisation__path__startswith=self.county.path)
        return list(posts.select_related("organisation__region", "user").order_by("user__username"))

    def acting(self, role: Role, day: date, *, near: str | None = None, which: int = 0) -> Acting:
        """The post with a role whose organisation is at or above a path; the county's caseworker where there is none
        (a union without an account of its own)."""
        held = [post for post in self._posts if post.role == role and (near or "").startswith(post.organisation.path)]
        if not near:
            held = [post for post in self._posts if post.role == role and post.organisation_id == self.county.pk]
        return Acting(held[which], day) if held else self.acting(CASEWORKER, day, which=which)

    def walk(self, household: Household, programme: str, state: str, rest: int = 0) -> Case:
        """A new application that reached `state` `rest` working days ago."""
        main, aside = ASIDE.get(state, (state, None))
        steps = [] if main == "draft" else [*WAY[: BETWEEN[main] + 1]]
        if aside:
            steps.append(aside)
        back = rest + sum(step.after for step in steps)
        opener = self.acting(CHAIR, self.days.ago(back), near=household.scope_path)
        case = apply_for(opener, household, programme, channel="counter" if back % 3 else "visit")
        for step in steps:
            back -= step.after
            self.step(case, step, self.days.ago(back))
        return case

    def step(self, case: Case, step: Step, day: date) -> None:
        acting = self.acting(step.role, day, near=case.scope_path)
        self._prepare(case, step, acting)
        fields = dict(step.fields)
        if step.move == "pay_out":
            fields["fund"] = str(self.fund.pk)
        casework.move(acting, case, step.move, **fields)

    def _prepare(self, case: Case, step: Step, acting: Acting) -> None:
        """Bring together what the move asks for."""
        if step.move == "submit":
            self._attach(case, acting, ["application"])
        elif step.move == "accept":
            asked = case.application
            wanted = programme_for(asked.household, asked.programme, case.opened_on)
            own = [each.code for each in wanted.documents]
            wanted = dict.fromkeys(["id_copy", "income_proof", *own])
            self._attach(case, acting, [kind for kind in wanted if kind != "application"])
        elif step.move == "visit":
            if not case.documents.filter(kind="means_check_consent").exists():
                self._attach(case, acting, ["means_check_consent"])
            second = self.acting(CASEWORKER, acting.day, which=1).post.user
            findings = "两人入户，家庭人口、住房和收入与申报一致，邻居证实。"
            casework.record_visit(
                acting, case, visited_on=acting.day, findings=findings, people=[acting.post.user, second]
            )
        elif step.move == "checked":
            task = case.tasks.get(replied_on__isnull=True)
            clear = dict.fromkeys(CHECKED_ITEMS, CheckItem.Result.CLEAR)
            casework.record_reply(acting, task, reply="经核对，未发现与申报不符的情况。", results=clear)

    def _attach(self, case: Case, acting: Acting, kinds: Sequence[str]) -> None:
        for kind in kinds:
            casework.attach_document(acting, case, kind=kind, name=f"{kind}.pdf", content=page(kind, case.number))
