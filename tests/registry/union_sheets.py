"""Sheets of employers, members and organisations as union builders send them, of fictional people alone."""

from __future__ import annotations

from datetime import date
from typing import Any

from stdnum.cn import uscc

from chunyu.accounts.acting import Acting
from chunyu.registry.importing.findings import Findings
from chunyu.registry.importing.tables import ImportBatch
from tests.registry.people import id_number
from tests.registry.workbooks import build, imported

EMPLOYERS, MEMBERS, ORGANISATIONS = "enterprises", "members", "organisations"
EMPLOYER_HEAD = [
    "单位名称",
    "统一社会信用代码",
    "单位类别",
    "国民经济行业",
    "职工数",
    "农民工数",
    "统计日期",
    "所属工会",
]
MEMBER_HEAD = [
    "姓名",
    "身份证号",
    "性别",
    "联系电话",
    "所属工会",
    "工作单位",
    "会员证号",
    "入会日期",
    "技能等级",
    "是否农民工",
]
ORGANISATION_HEAD = ["工会名称", "上级工会", "组织类型", "成立日期"]


def code(number: int) -> str:
    """A valid unified credit code of the unassigned region 139999."""
    bare = f"91139999MA{number:07d}"
    return bare + uscc.calc_check_digit(bare)


def sheet(head: list[str], *rows: list[Any], name: str = "名单") -> bytes:
    return build({name: [["表"], head, *rows]})


def employer(at: int, workers: Any = 120, *, name: str = "", union: str | None = None, **more: Any) -> list[Any]:
    row = [name or f"雨润县第{at}商店", code(at), "私营企业", "制造业", workers, 10, date(2015, 1, 1), union]
    for column, value in more.items():
        row[{"code": 1, "ownership": 2, "migrants": 5, "on": 6}[column]] = value
    return row


def member(order: int, union: str, *, name: str = "程梅", joined: Any = date(2012, 5, 1), **more: Any) -> list[Any]:
    row = [name, id_number(order=order), None, f"139{order:08d}", union, None, f"YR{order:06d}", joined, "高级工", "否"]
    for column, value in more.items():
        row[{"id": 1, "phone": 3, "firm": 5, "number": 6, "skill": 8, "migrant": 9}[column]] = value
    return row


def sent(acting: Acting, kind: str, content: bytes, **options: Any) -> ImportBatch:
    return imported(acting, content, kind=kind, **options)


def faults(batch: ImportBatch) -> list[tuple[str, int, str, str]]:
    """Sheet, row, column and code of every fault."""
    found = Findings.of(batch.findings).faults
    return [(each.sheet, each.row, each.header, each.code) for each in found]
