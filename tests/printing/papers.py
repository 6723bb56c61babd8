"""Forms filled with fictional people, and what can be read from a PDF again."""

from __future__ import annotations

import io
from datetime import date

from pypdf import PdfReader

from chunyu.printing import forms

DAY = date(2026, 3, 2)
HEAD = {"number": "YR-2026-000012", "day": DAY, "organisation": "雨润县总工会"}


def receipt(receiver: str = "程梅", **more) -> forms.Receipt:
    filled = {"programme": "医疗救助", "fund": "中央财政专项帮扶资金", "reference": "YR-2026-000012", "way": "****0016"}
    return forms.Receipt(**HEAD, **filled | {"receiver": receiver, "amount_fen": 1_288_050} | more)


def notice(name: str = "程*") -> forms.Notice:
    line = forms.NoticeLine(name, "深度困难", "医疗救助", 1_288_050, "雨润县纺织厂工会")
    return forms.Notice(**HEAD, sentence="拟给予帮扶。", lines=(line,), period="五个工作日", objections_to="县总工会")


def payout_list(count: int = 45, name: str = "程梅") -> forms.PayoutList:
    lines = tuple(
        forms.PayoutLine(str(n), name, f"YR-2026-{n:06d}", "医疗救助", "中国工商银行", "****0016", 172_000 + n)
        for n in range(1, count + 1)
    )
    return forms.PayoutList(
        **HEAD,
        check_code="0123456789abcdef",
        facts=(forms.Pair("资金", "中央财政专项帮扶资金"),),
        lines=lines,
        total_fen=sum(line.amount_fen for line in lines),
        signers=(forms.Pair("制表：", "王芳"), forms.Pair("审核：", "")),
    )


def sheet(name: str = "程梅") -> forms.ApprovalSheet:
    return forms.ApprovalSheet(
        **HEAD,
        check_code="a" * 64,
        file_number="139901-2026-000001",
        programme="医疗救助",
        applicant=(forms.Pair("申请人", name), forms.Pair("性别", "女"), forms.Pair("出生日期", "1980年1月1日")),
        people=(forms.Person(name, "本人", date(1980, 1, 1), "139*************11", "纺织厂"),),
        findings=(forms.Pair("困难类别", "深度困难职工"), forms.Pair("人均月净收入", "704.17元")),
        why=("困难类别：深度困难", "　　人均月净收入不高于低保标准"),
        papers="申请书、诊断证明",
        granted_fen=None,
        opinions=(forms.Opinion("基层工会", "提交", name, DAY), forms.Opinion("县总工会", "")),
        rulebook="全国困难职工帮扶",
    )


def letter(name: str = "程梅") -> forms.Letter:
    return forms.Letter(
        **HEAD,
        subject="帮扶决定通知书",
        salutation=f"{name}：",
        paragraphs=("您家申请的医疗救助已经批准。",),
        granted_fen=1_288_050,
        reasons=("人均月净收入低于标准。",),
        next_steps=(),
        appeal=("可以申诉。",),
    )


EVERY_FORM = {"receipt": receipt, "notice": notice, "payout_list": payout_list, "sheet": sheet, "letter": letter}


def text_of(pdf: bytes) -> str:
    """Everything that can be read in it, without the spaces that setting put between."""
    return "".join("".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages)
