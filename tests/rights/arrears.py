"""A case of wages owed at any state, walked there through the real acts; and the seventeen of the newspaper."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date
from typing import Any

import xlsxwriter

from chunyu.accounts.acting import Acting
from chunyu.accounts.roles import Role
from chunyu.casework import actions as casework
from chunyu.casework.departments import actions as departments
from chunyu.casework.departments.tables import Department, Seat
from chunyu.casework.models import Case
from chunyu.rights.arrears import actions, paying
from chunyu.rights.arrears.actions import Claim, Line, Report
from chunyu.rights.arrears.pay_tables import ArrearsPayout
from chunyu.rights.arrears.paying import Witness
from chunyu.rights.arrears.queries import matter_of
from chunyu.rights.arrears.tables import ArrearsMatter
from tests.casework.applications import PNG
from tests.registry.people import id_number
from tests.situations import DAY, County, county, post

CASEWORKER, APPROVER, OFFICER, CHAIR = (
    Role.COUNTY_CASEWORKER,
    Role.COUNTY_APPROVER,
    Role.TOWNSHIP_OFFICER,
    Role.WORKPLACE_CHAIR,
)
ORDINARY = date(2015, 5, 11)  # a Monday far from the festival
TOTAL_FEN = 31_300_000
FIVE = {
    "petitions": "雨润县信访局",
    "housing": "雨润县住房和城乡建设局",
    "police": "雨润县公安局",
    "labour": "雨润县人力资源和社会保障局",
    "inspection": "雨润县劳动保障监察大队",
}
TWO_WITNESSES = (Witness("雨润县公安局", "武某"), Witness("雨润县人力资源和社会保障局", "人某"))


def claim(owed_fen: int = 1_000_000, **more: Any) -> Claim:
    said = {
        "from_day": date(2014, 9, 1),
        "to_day": date(2014, 12, 31),
        "half_days": 200,
        "rate_fen": 20_000,
        "owed_fen": owed_fen,
        "proof": "attendance",
    }
    return Claim(**said | more)


def line(order: int, owed_fen: int = 1_000_000, name: str = "", **more: Any) -> Line:
    return Line(name or f"工人{'甲乙丙丁戊己庚辛壬癸'[order % 10]}", id_number(order=order), claim(owed_fen, **more))


def seventeen() -> list[Line]:
    """Seventeen workers who are owed 313,000.00 yuan together, none of them a round part of it."""
    each, rest = divmod(TOTAL_FEN, 17)
    return [line(order + 1, each + (rest if order == 16 else 0)) for order in range(17)]


def signature(number: int) -> tuple[str, bytes]:
    return "signature.png", PNG + str(number).encode()


@dataclass
class Arrears:
    """One case, the county that looks after it, and the day on which things happen next."""

    county: County
    case: Case
    day: date

    def acting(self, role: Role, which: int = 0) -> Acting:
        if which:
            return Acting(post(role, self.county.federation), self.day)
        return self.county.acting(role, self.day)

    @property
    def matter(self) -> ArrearsMatter:
        return matter_of(self.case)

    def move(self, name: str, role: Role = CASEWORKER, **fields: Any) -> Case:
        return casework.move(self.acting(role), self.case, name, **fields)

    def to(self, state: str, lines: list[Line] | None = None) -> Arrears:
        """Along the straight way until the state."""
        way = {
            "verified": lambda: self.move("verify", note="到工地核实，名单属实"),
            "joint": lambda: self.move("open_joint"),
            "tasks_out": lambda: self._send_out(lines or [line(1), line(2)]),
            "agreed": lambda: self.move("agree", amount_fen=self.matter.remaining_fen, pay_by=self.day),
            "paying": lambda: self.move("begin_paying"),
        }
        for name, step in way.items():
            step()
            if name == state:
                break
        return self

    def _send_out(self, lines: list[Line]) -> None:
        actions.enter_lines(self.acting(CASEWORKER), self.case, lines)
        self.move("send_out", note="腊月二十八前清零")

    def payout(self, **more: Any) -> ArrearsPayout:
        said = {
            "day": self.day,
            "place": "项目部会议室",
            "payer": "某某置业公司 王某",
            "method": "cash",
            "witnesses": TWO_WITNESSES,
        }
        return paying.open_payout(self.acting(CASEWORKER), self.case, **said | more)

    def pay_all(self) -> None:
        payout = self.payout()
        for worker in self.matter.workers.all():
            paying.pay(
                self.acting(CASEWORKER),
                payout,
                worker,
                amount_fen=worker.remaining_fen,
                signature=signature(worker.line),
            )
        self.case.refresh_from_db()


def arrears(where: County | None = None, day: date = DAY, role: Role = CASEWORKER, **said: Any) -> Arrears:
    """A report just taken down at the desk."""
    where = where or county()
    report = Report(
        **{
            "employer": "某某置业公司",
            "site": "春雨花园二期",
            "told": "干了四个月没发工资",
            "name": "程梅",
            "phone": "13900000001",
        }
        | said
    )
    matter = actions.take_report(where.acting(role, day), report, channel="counter")
    return Arrears(where, matter.case, day)


def five_departments(where: County) -> dict[str, tuple[Department, Seat]]:
    """All five, listed, each with one person who signs in."""
    keeper = where.acting(Role.SYSTEM_KEEPER)
    found = {}
    for duty, name in FIVE.items():
        department = departments.open_department(keeper, name=name, duty=duty)
        seat = departments.seat_person(
            keeper, department, username=f"bm.{duty}", full_name=f"{name}的人", password="three unrelated words"
        )
        found[duty] = (department, seat)
    return found


HEADER = ("序号", "姓名", "身份证号", "手机号", "开始日期", "结束日期", "天数", "日工资", "欠薪金额", "证据")


def sheet_row(number: int, each: Line) -> list[Any]:
    said = each.claim
    return [
        number, each.name, each.id_number, "", said.from_day.isoformat(), said.to_day.isoformat(),
        said.half_days / 2, said.rate_fen / 100, said.owed_fen / 100, "考勤记录",
    ]  # fmt: skip


def workbook(rows: list[list[Any]], header: tuple[str, ...] = HEADER) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        page = book.add_worksheet("工人名单")
        for at, row in enumerate([list(header), *rows]):
            page.write_row(at, 0, row)
    return out.getvalue()
