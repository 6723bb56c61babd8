"""Wages owed: the seventeen of the newspaper, from the report to the pay-out of 2015-01-19; and cases of today.

The newspaper's place is another province's; here it happens in 松涛区. What it tells is kept: seventeen workers,
31.3 万元, paid on the spot before the officers of two departments, five offices linked.
"""

from __future__ import annotations

import struct
import zlib
from datetime import date
from random import Random
from typing import Any

from chunyu.accounts.acting import Acting
from chunyu.accounts.roles import Role
from chunyu.casework import actions as casework
from chunyu.casework.departments.actions import answer
from chunyu.casework.departments.tables import Department, Seat
from chunyu.casework.models import Case
from chunyu.demo.families import Families
from chunyu.demo.federation import acting
from chunyu.demo.papers import page
from chunyu.demo.walks import APPROVER, CASEWORKER, WorkingDays
from chunyu.federation.models import Organisation
from chunyu.registry.actions import Person
from chunyu.registry.models import Member
from chunyu.rights.arrears import actions, paying
from chunyu.rights.arrears.actions import Claim, Line, Report
from chunyu.rights.arrears.queries import matter_of
from chunyu.rights.arrears.tables import ArrearsClaim

WHERE = "松涛区"
EMPLOYER, SITE = "松涛恒远置业有限公司", "和平花园二期"
TOTAL_FEN, PEOPLE = 31_300_000, 17
REPORTED, LISTED, ANSWERED, PAID_ON, SETTLED, CALLED = (
    date(2015, 1, 12),
    date(2015, 1, 13),
    date(2015, 1, 15),
    date(2015, 1, 19),
    date(2015, 1, 20),
    date(2015, 1, 23),
)
ANSWERS = {
    "petitions": "已接待来访职工代表四人，情绪稳定，答应等待处理结果。",
    "housing": "工程款已拨付至百分之八十五，总包尚欠劳务费，同意以保证金兜底。",
    "police": "已安排民警到发放现场见证，未发现负责人逃匿。",
    "labour": "已召集双方对账，十七人金额均由本人确认。",
    "inspection": "已立案，下达限期支付决定。",
}
WITNESSES = {"labour": "廖志平", "police": "邢国强"}
PERIOD = (date(2014, 8, 1), date(2014, 12, 31))


def signature(number: int) -> tuple[str, bytes]:
    """A scrawl as a finger draws it, a different one for each."""
    width, height, random = 120, 40, Random(number)  # noqa: S311 - a picture, not a secret
    rows = [bytearray(b"\xff" * width) for _row in range(height)]
    y = height // 2
    for x in range(8, width - 8):
        y = min(height - 4, max(3, y + random.randint(-3, 3)))
        for thick in (0, 1):
            rows[y + thick][x] = 0
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    lines = zlib.compress(b"".join(b"\x00" + bytes(row) for row in rows))
    parts = (_chunk(b"IHDR", head), _chunk(b"IDAT", lines), _chunk(b"IEND", b""))
    return "signature.png", b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def sums(random: Random, people: int, total_fen: int) -> list[int]:
    """So many sums in whole ten yuan that come to the total; the last takes what is left."""
    mean = total_fen // people
    each = [mean + random.randint(-40, 40) * 10_000 // 100 * 100 for _person in range(people - 1)]
    return [*each, total_fen - sum(each)]


def stranger(families: Families, day: date) -> Person:
    """Somebody whose name no worker of a family on file has: nobody is to be taken for another."""
    while True:
        person = families.worker(day)
        if not Member.objects.filter(is_worker=True, name=person.name).exists():
            return person


def lines(families: Families, amounts: list[int]) -> list[Line]:
    """A worker for each sum, with days at 200 yuan that it fits into."""
    found = []
    for amount in amounts:
        person = stranger(families, PERIOD[1])
        half_days = -(-amount * 2 // 20_000)
        claim = Claim(PERIOD[0], PERIOD[1], half_days, 20_000, amount, ArrearsClaim.Proof.ATTENDANCE)
        found.append(Line(person.name, person.id_number, claim))
    return found


class Wages:
    """One county's people, acting on whatever day the story has reached."""

    def __init__(self, county: Organisation, families: Families) -> None:
        self.county, self.families = county, families

    def by(self, role: Role, day: date, which: int = 0) -> Acting:
        return acting(role, self.county, day, which)

    def move(self, case: Case, name: str, day: date, role: Role = CASEWORKER, which: int = 0, **fields: Any) -> None:
        casework.move(self.by(role, day, which), case, name, **fields)

    def replay(self) -> Case:
        """From two reports of the same wages to the call-back."""
        first = stranger(self.families, REPORTED)
        told = "十七个人从八月干到十二月，一分工资没给，老板说过完年再说。"
        report = Report(EMPLOYER, told, SITE, PEOPLE, TOTAL_FEN, first.name, "13900000017")
        case, _code = actions.report_on_the_web(self.county, report, sender="192.0.2.17", day=REPORTED)
        petition = Report(
            EMPLOYER, "十七名农民工联名反映欠薪。", SITE, PEOPLE, TOTAL_FEN, stranger(self.families, REPORTED).name
        )
        second = actions.take_report(
            self.by(CASEWORKER, REPORTED),
            petition,
            channel="paper",
            petition=("联名信.pdf", page("petition", case.number)),
        )
        self.move(second.case, "join", REPORTED, number=case.number)
        self.move(case, "verify", REPORTED, note="到工地核实：十七人、五个月，考勤表在劳务队长手里。")
        self.move(case, "open_joint", LISTED)
        amounts = sums(self.families.random, PEOPLE, TOTAL_FEN)
        actions.enter_lines(self.by(CASEWORKER, LISTED), case, lines(self.families, amounts))
        self.move(case, "send_out", LISTED, note="腊月二十八前清零；现场发放定在十九日。")
        for task in case.tasks.select_related("to"):
            seat = Seat.objects.select_related("post__user", "post__organisation__region").get(department=task.to)
            answer(Acting(seat.post, ANSWERED), task, reply=ANSWERS[task.to.duty], results={})
        self.move(
            case,
            "order",
            ANSWERED,
            code="inspection",
            number="松劳监令〔2015〕3号",
            amount_fen=TOTAL_FEN,
            pay_by=PAID_ON,
        )
        self.move(case, "agree", ANSWERED, amount_fen=TOTAL_FEN, pay_by=PAID_ON, note="公司承诺十九日在工地现场发放。")
        self.move(case, "begin_paying", PAID_ON)
        self.pay(case, PAID_ON)
        self.move(case, "settle", SETTLED, APPROVER, note="十七人全部领到，账单两清。")
        self.move(case, "call_back", CALLED, which=1, code="content", note="回访五人，都说足额领到。")
        return case

    def pay(self, case: Case, day: date, people: int | None = None, **more: Any) -> None:
        """On the spot, before two departments; each signs. `people`: only the first so many."""
        witnesses = [
            paying.Witness(each.name, WITNESSES[each.duty], each)
            for each in Department.objects.filter(organisation=self.county, duty__in=WITNESSES).order_by("duty")
        ]
        payer = self.by(CASEWORKER, day)
        said = {"place": "工地项目部会议室", "payer": "公司财务 孟某", "method": "cash", "witnesses": witnesses}
        payout = paying.open_payout(payer, case, day=day, **said | more)
        for worker in list(matter_of(case).workers.all())[:people]:
            drawn = signature(worker.line)
            paying.pay(payer, payout, worker, amount_fen=worker.remaining_fen, signature=drawn)
        case.refresh_from_db()

    def report_today(self, day: date, employer: str, told: str, *, fears: bool = False, amounts: list[int]) -> Case:
        """A case of these days, verified and with its list."""
        name = stranger(self.families, day).name
        report = Report(employer, told, "", len(amounts), sum(amounts), name, "13900000018", fears)
        case = actions.take_report(self.by(CASEWORKER, day), report, channel="counter").case
        self.move(case, "verify", day, note="已电话核实劳务队长。")
        self.move(case, "open_joint", day)
        actions.enter_lines(self.by(CASEWORKER, day), case, lines(self.families, amounts))
        return case


def play_2015(county: Organisation, families: Families) -> None:
    Wages(county, families).replay()


def play_today(county: Organisation, families: Families, day: date) -> None:
    """One just reported on a phone, one with the departments, one partly paid."""
    ago, wages = WorkingDays(day).ago, Wages(county, families)
    report = Report(
        "青竹装饰工程队",
        "三个人刷墙两个月，钱只给了一半。",
        "县医院门诊楼",
        3,
        1_860_000,
        stranger(families, day).name,
        "13900000019",
    )
    actions.report_on_the_web(county, report, sender="192.0.2.19", day=ago(0))
    case = wages.report_today(
        ago(4), "雨润兴达建筑劳务有限公司", "工程停了，人找不到。", fears=True, amounts=[960_000, 885_050, 1_240_000]
    )
    wages.move(case, "send_out", ago(3))
    case = wages.report_today(ago(9), "柳河预制件厂", "厂里说等货款。", amounts=[520_000, 640_000, 480_000, 710_000])
    wages.move(case, "send_out", ago(8))
    wages.move(case, "agree", ago(6), amount_fen=2_350_000, pay_by=ago(2), note="分两次付清。")
    wages.move(case, "begin_paying", ago(2))
    wages.pay(case, ago(2), people=2, witnesses=[], unwitnessed=True)
    wages.move(case, "pay_part", ago(2))
