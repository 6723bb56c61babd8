"""The list of workers as a workbook: its columns, what may be wrong with a row, and the lines that it says.

It is read by the reader of all imports, so that every fault names its sheet, row and column. A list of one case is
short and is written whole or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from django.utils.translation import gettext_lazy as _

from chunyu.accounts.acting import Acting
from chunyu.registry.codes import CodeList
from chunyu.registry.importing.flat import understand_flat
from chunyu.registry.importing.flat_template import flat_template
from chunyu.registry.importing.kinds import Setting
from chunyu.registry.workbook import cells, parts, sentences
from chunyu.registry.workbook.columns import Column
from chunyu.registry.workbook.faults import Fault
from chunyu.registry.workbook.flat import require, told_twice
from chunyu.registry.workbook.grid import Book, Value
from chunyu.registry.workbook.people import Draft
from chunyu.rights.arrears.actions import Claim, Line
from chunyu.rights.arrears.tables import ArrearsClaim

PART = "arrears"
NEEDED = ("name", "id_number", "from_day", "to_day", "days", "rate", "owed")
MOST = 2_000
PROOF = CodeList(
    "arrears_proof",
    {
        "attendance": ("考勤记录", "考勤", "考勤表", "打卡记录"),
        "iou": ("欠条", "欠据", "借条"),
        "wage_sheet": ("工资表", "工资单", "工资条", "结算单"),
        "contract": ("劳动合同", "合同", "用工协议"),
        "witnesses": ("证人证言", "工友证明", "证人", "工友作证"),
        "none": ("暂无", "没有证据"),
    },
)


def half_days(value: Value) -> int | None:
    """Days in whole or half ones: 45, 45.5, 45天."""
    said = cells.narrow(value).removesuffix("天").removesuffix("日")
    if not cells.is_said(said):
        return None
    try:
        twice = Decimal(said) * 2
    except ArithmeticError:
        raise cells.CellFault("arrears_days_odd") from None
    if twice != int(twice) or not 0 < twice <= 2_000:
        raise cells.CellFault("arrears_days_odd")
    return int(twice)


# How each column is usually headed; the first is the one of the template.
WORDINGS: dict[str, tuple[str, ...]] = {
    "serial": ("序号", "编号", "序", "行号", "no"),
    "name": ("姓名", "职工姓名", "工人姓名", "农民工姓名"),
    "id_number": ("身份证号", "身份证号码", "公民身份号码", "居民身份证号", "身份证", "证件号码"),
    "phone": ("手机号", "手机号码", "联系电话", "电话", "手机", "联系方式"),
    "from_day": ("开始日期", "起始日期", "开工日期", "做工起", "欠薪起始日期", "起"),
    "to_day": ("结束日期", "截止日期", "完工日期", "做工止", "欠薪截止日期", "止"),
    "days": ("天数", "出勤天数", "工日", "做工天数", "欠薪天数", "工数"),
    "rate": ("日工资", "日薪", "工价", "单价", "日工资标准"),
    "owed": ("欠薪金额", "拖欠金额", "欠发工资", "欠薪", "应发未发", "拖欠工资", "金额"),
    "proof": ("证据", "凭证", "证明材料", "依据"),
}


def _column(name: str, read: Callable[[Value], Any] | None = None, **more: Any) -> Column:
    return Column(name, PART, read, required=name in NEEDED, worded=WORDINGS[name], **more)


COLUMNS = (
    _column("serial"),
    _column("name", cells.name, help=_("As on the identity card.")),
    _column(
        "id_number",
        cells.id_number,
        help=_("Set the column to text before typing: Excel drops the last digits of a long number."),
    ),
    _column("phone", cells.phone),
    _column("from_day", cells.day, help=_("First day for which wages are owed.")),
    _column("to_day", cells.day, help=_("Last day for which wages are owed.")),
    _column("days", half_days, help=_("In whole or half days.")),
    _column("rate", cells.amount, is_money=True, help=_("Yuan a day.")),
    _column("owed", cells.amount, is_money=True, help=_("Yuan still owed, without what was paid in advance.")),
    _column("proof", lambda value: cells.code(value, PROOF), listed=PROOF),
)
parts.bring(
    PART,
    COLUMNS,
    r"^(性别|年龄|民族|籍贯|住址|地址|工种|班组|备注|说明|签字|签名|开户银行|银行卡号|已付.*|预支.*|合计)$",
)
sentences.bring(
    {
        "arrears_days_odd": (
            _("These are not days in whole or half ones."),
            _("Write a number such as 45 or 45.5, up to 1,000."),
        ),
        "arrears_period_turned": (_("The period ends before it begins."), _("Correct one of the two days.")),
        "arrears_day_incomplete": (_("The day is missing in this date."), _("Write it in full, as 2015-01-19.")),
        "arrears_days_beyond": (
            _("More days are claimed than the period has: %(most)s."),
            _("Correct the days or the period."),
        ),
        "arrears_more_than_earned": (
            _("More is owed than the days at this rate come to, which is %(most)s yuan."),
            _("Correct days, rate or sum."),
        ),
        "arrears_nothing_owed": (_("Nothing is owed in this row."), _("Write what is owed, or delete the row.")),
        "arrears_cell_missing": (_("This cell is empty, and the row needs it."), _("Fill it in.")),
        "arrears_header_unknown": (
            _("Nobody knows what this column means."),
            _("Name it as the template does, or delete the column."),
        ),
        "arrears_too_many": (_("The list has more than %(most)s workers."), _("Split it over several cases.")),
    }
)
EXAMPLES: Mapping[str, str] = {
    "name": "程梅", "id_number": "139999198001010046", "phone": "13900000000", "from_day": "2014-09-01",
    "to_day": "2014-12-31", "days": "96.5", "rate": "190", "owed": "18335", "proof": "考勤记录",
}  # fmt: skip


@dataclass
class ReadList:
    """The lines that a workbook says, or why it cannot be taken in."""

    lines: list[Line]
    faults: list[Fault]

    @property
    def refused(self) -> bool:
        return any(not each.is_warning for each in self.faults)


def read_list(book: Book, acting: Acting) -> ReadList:
    """Everything wrong is told at once; lines come only from a workbook without a fault."""
    setting = Setting(
        acting=acting, scope=acting.organisation, day=acting.day, latest_birth=acting.day, answers=lambda _digest: {}
    )
    understood = understand_flat(book, setting, PART, NEEDED, _check)
    faults = list(understood.findings.faults)
    # A header that nobody knows is asked about where an import waits for answers; here it is a fault of the sheet.
    rows = {table.sheet.name: table.header_rows[1] + 1 for table in understood.tables}
    faults += [
        Fault("arrears_header_unknown", each.sheet, rows[each.sheet], each.column, each.header)
        for each in understood.findings.headers
    ]
    drafts = understood.drafts
    faults += told_twice(drafts, lambda each: each.id_number and each.id_number.text, "worker_twice", "id_number")
    if len(drafts) > MOST:
        faults.append(Fault("arrears_too_many", params={"most": MOST}))
    read = ReadList([], faults)
    if not read.refused:
        read.lines = [_line(each) for each in drafts]
    return read


def _check(draft: Draft, faults: list[Fault]) -> None:
    """What one row says as a whole."""
    require(draft, faults, "name", "name_missing")
    require(draft, faults, "id_number", "id_missing")
    for name in NEEDED[2:]:
        require(draft, faults, name, "arrears_cell_missing")
    said = draft.values
    for name in ("from_day", "to_day"):
        if said.get(name) is not None and said[name].day is None:
            faults.append(draft.fault("arrears_day_incomplete", name))
            return
    if any(said.get(name) is None for name in NEEDED[2:]):
        return
    first, last = said["from_day"].date, said["to_day"].date
    if last < first:
        faults.append(draft.fault("arrears_period_turned", "to_day"))
        return
    if said["days"] > 2 * ((last - first).days + 1):
        faults.append(draft.fault("arrears_days_beyond", "days", most=(last - first).days + 1))
    earned = (said["days"] * said["rate"] + 1) // 2
    if not said["owed"]:
        faults.append(draft.fault("arrears_nothing_owed", "owed"))
    elif said["owed"] > earned:
        faults.append(draft.fault("arrears_more_than_earned", "owed", most=f"{Decimal(earned) / 100:,.2f}"))


def _line(draft: Draft) -> Line:
    said = draft.values
    assert draft.id_number is not None
    claim = Claim(
        from_day=said["from_day"].date,
        to_day=said["to_day"].date,
        half_days=said["days"],
        rate_fen=said["rate"],
        owed_fen=said["owed"],
        proof=said.get("proof") or ArrearsClaim.Proof.NONE,
    )
    return Line(draft.name, draft.id_number.text, claim, phone=said.get("phone") or "")


@cache
def template() -> bytes:
    """The empty workbook to fill in."""
    return flat_template(PART, "工人名单", "欠薪职工名单", EXAMPLES)
