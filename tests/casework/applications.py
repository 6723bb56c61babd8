"""Applications for hardship aid at any state, walked there through the real moves by the right people."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count

from chunyu.accounts.acting import Acting
from chunyu.accounts.roles import Role
from chunyu.casework import actions
from chunyu.casework.calendar import calendar_in_force
from chunyu.casework.models import Case, CheckItem
from chunyu.casework.working_days import add_working_days
from chunyu.registry.actions import open_household
from chunyu.registry.models import Household
from tests.casework.process import APPLICATION, CHECKED_ITEMS
from tests.registry.people import person
from tests.situations import DAY, County

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    b"\x00\x00\x00\rIDATx\x9cc\xf8\xff\xff?\x00\x05\xfe\x02\xfe\xa75\x81\x84\x00\x00\x00\x00IEND\xaeB`\x82"
)
CHAIR, OFFICER, CASEWORKER, APPROVER, FINANCE = (
    Role.WORKPLACE_CHAIR,
    Role.TOWNSHIP_OFFICER,
    Role.COUNTY_CASEWORKER,
    Role.COUNTY_APPROVER,
    Role.FINANCE_OFFICER,
)
# The straight way: what each step does, and who does it.
WAY = (
    ("submitted", "submit", CHAIR, {}),
    ("complete", "accept", OFFICER, {}),
    ("visited", "visit", OFFICER, {}),
    ("cross_checking", "cross_check", CASEWORKER, {}),
    ("cross_checked", "checked", CASEWORKER, {}),
    ("in_notice", "publish", CASEWORKER, {"place": "厂区公告栏", "objections_to": "县总工会 0399-0000000"}),
    ("county_review", "review", CASEWORKER, {}),
    ("approved", "approve", APPROVER, {"amount_fen": 172_000, "note": "同意"}),
    ("filed", "file", CASEWORKER, {}),
    ("in_payment", "pay_out", CASEWORKER, {}),
    ("paid", "settle", FINANCE, {}),
    ("follow_up", "plan_follow_up", CASEWORKER, {}),
    ("closed", "close", APPROVER, {"outcome": "helped", "note": "收到了，谢谢"}),
)
_order = count(1)


def household(county: County, name: str = "程梅", day: date = DAY) -> Household:
    chair = county.acting(CHAIR, day)
    return open_household(
        chair, organisation=county.workplace, worker=person(name, order=next(_order) % 900 + 1), on=day
    )


@dataclass
class Walk:
    """One application on its way; `day` moves on when a step needs time."""

    county: County
    day: date = DAY
    name: str = "程梅"
    case: Case = field(init=False)

    def __post_init__(self) -> None:
        family = household(self.county, self.name, self.day)
        self.case = actions.open_case(
            self.acting(CHAIR),
            APPLICATION,
            self.county.workplace,
            title="医疗救助",
            channel="counter",
            household=family,
        )

    def acting(self, role: Role) -> Acting:
        return self.county.acting(role, self.day)

    def move(self, role: Role, name: str, **fields) -> Case:
        return actions.move(self.acting(role), self.case, name, **fields)

    def attach(self, *kinds: str, role: Role = CHAIR) -> None:
        for kind in kinds:
            content = PDF + kind.encode() + b"\n%%EOF\n"
            actions.attach_document(self.acting(role), self.case, kind=kind, name=f"{kind}.pdf", content=content)

    def visit(self, role: Role = OFFICER) -> None:
        person = self.acting(role).post.user
        actions.record_visit(
            self.acting(role), self.case, visited_on=self.day, findings="与申报一致", people=[person, "刘明"]
        )

    def reply(self, result: str = CheckItem.Result.CLEAR, **other: str) -> None:
        task = self.case.tasks.get(replied_on__isnull=True)
        results = dict.fromkeys(CHECKED_ITEMS, str(result)) | other
        actions.record_reply(self.acting(CASEWORKER), task, reply="见附件", results=results)

    def prepare(self, move: str) -> None:
        """Bring together what the move needs."""
        papers = {"submit": ("application",), "accept": ("id_copy", "income_proof"), "visit": ("means_check_consent",)}
        held = set(self.case.documents.values_list("kind", flat=True))
        self.attach(*(kind for kind in papers.get(move, ()) if kind not in held))
        if move == "visit" and not self.case.visits.exists():
            self.visit()
        elif move == "checked":
            self.reply()
        elif move == "review":
            self.wait_for_notice()

    def wait_for_notice(self) -> None:
        self.day = self.case.notices.get(withdrawn_on__isnull=True).to_day + timedelta(days=1)

    def wait(self, working_days: int) -> None:
        self.day = add_working_days(self.day, working_days, calendar_in_force())

    def to(self, state: str) -> Walk:
        """Walk the straight way until the case stands there."""
        done = ["draft", *(step[0] for step in WAY)].index(self.case.state)
        for target, move, role, fields in WAY[done:]:
            if self.case.state == state:
                break
            self.prepare(move)
            self.move(role, move, **fields)
            assert self.case.state == target
        assert self.case.state == state
        return self


def application(county: County, state: str = "draft", **more) -> Walk:
    walk = Walk(county, **more)
    return walk if state == "draft" else walk.to(state)
