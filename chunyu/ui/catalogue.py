"""Every component once, with invented content: what developers copy from and what the screenshots are taken of."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render

from chunyu.accounts.access import PUBLIC
from chunyu.ui.buttons import Action
from chunyu.ui.charts import Chart, bar, flow, line, pie
from chunyu.ui.fields import DayField
from chunyu.ui.pages import FormPage, StaffPage
from chunyu.ui.progress import Progress


class SampleForm(forms.Form):
    applicant = forms.CharField(label="申请人", max_length=20, help_text="与身份证一致。")
    income = forms.DecimalField(label="月收入（元）", min_value=0, help_text="扣除个人缴纳的社保和公积金之后。")
    since = DayField(label="困难开始的日期")
    cause = forms.ChoiceField(
        label="主要致困原因", choices=[("", "请选择"), ("illness", "本人大病"), ("school", "子女上学")]
    )
    channel = forms.ChoiceField(
        label="申请方式", choices=[("counter", "窗口"), ("phone", "电话"), ("web", "网上")], widget=forms.RadioSelect
    )
    words = forms.CharField(label="情况说明", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    consent = forms.BooleanField(label="全体家庭成员已签署核对授权书")


def why_tree() -> list[dict[str, Any]]:
    """The file of a family that does not exist."""
    income = {
        "status": "value",
        "sentence": "收入：本人 2,600 × 12，配偶 1,500 × 12，母亲 1,200 × 12",
        "value": "63,600.00 元",
        "sources": [{"text": "本人申报；用人单位证明 2026-02-27"}, {"text": "配偶收入待核对", "status": "unknown"}],
    }
    spending = {
        "status": "value",
        "sentence": "刚性支出：医疗自付 24,800（扣除医保后），高中教育 5,000",
        "value": "29,800.00 元",
        "sources": [{"text": "县医院结算单 7 张；学校证明"}],
    }
    per_head = {
        "status": "value",
        "sentence": "（近 12 个月收入 63,600 − 刚性支出 29,800）÷ 4 人 ÷ 12",
        "value": "704.17 元/月",
        "children": [income, spending],
        "open": True,
    }
    standard = {
        "status": "value",
        "sentence": "雨润县城市低保标准",
        "value": "740.00 元/月",
        "sources": [{"text": "雨润县民政局 2025-07-01 起执行", "url": "#parameter"}],
    }
    return [
        {
            "status": "yes",
            "sentence": "家庭人均月净收入不高于当地低保标准",
            "value": "704.17 ≤ 740.00",
            "children": [per_head, standard],
        },
        {
            "status": "no",
            "sentence": "家中没有劳动能力的成员",
            "value": "有 2 人",
            "sources": [{"text": "入户核实 2026-03-09"}],
        },
        {
            "status": "unknown",
            "sentence": "没有机动车",
            "value": "未核对",
            "sources": [{"text": "核对中心尚未回复，可先催办", "status": "unknown"}],
        },
    ]


def charts() -> dict[str, Chart]:
    links = [
        ("中央专项", "医疗", 860_000),
        ("中央专项", "生活", 640_000),
        ("省级工会", "助学", 380_000),
        ("一日捐", "就业", 180_000),
        ("社会捐赠", "其他", 124_650),
    ]
    months = [f"{month} 月" for month in range(1, 7)]
    found, helped = [41, 52, 38, 47, 55, 49], [22, 35, 36, 45, 52, 48]
    kinds = {"深度困难": 418, "相对困难": 701, "意外致困": 127}
    return {
        "money": Chart(
            id="money",
            summary="今年发放 2,184,650 元，中央专项最多，占 69%。",
            head=("来源", "用途", "金额（元）"),
            rows=[(start, end, f"{amount:,}") for start, end, amount in links],
            options=flow(links),
        ),
        "months": Chart(
            id="months",
            summary="上半年找到 282 户，帮上 238 户；二月以后差距逐月缩小。",
            head=("月份", "找到", "帮上"),
            rows=[(name, str(a), str(b)) for name, a, b in zip(months, found, helped, strict=True)],
            options=bar(months, {"找到": found, "帮上": helped}),
        ),
        "days": Chart(
            id="days",
            summary="从申请到发放的天数：一月 38 天，六月 21 天。",
            head=("月份", "天数"),
            rows=[(name, str(days)) for name, days in zip(months, [38, 34, 33, 27, 24, 21], strict=True)],
            options=line(months, {"天数": [38, 34, 33, 27, 24, 21]}),
        ),
        "kinds": Chart(
            id="kinds",
            summary="在档 1,246 户：相对困难 701，深度困难 418，意外致困 127。",
            head=("类别", "户数"),
            rows=[(name, str(number)) for name, number in kinds.items()],
            options=pie(kinds),
        ),
    }


class Catalogue(FormPage):
    roles = PUBLIC
    title = "组件目录"
    template_name = "ui/catalogue.html"
    form_class = SampleForm

    def crumbs(self) -> list[tuple[str, str]]:
        return [("家庭", "#"), ("雨润县", "#")]

    def actions(self) -> list[Action]:
        return [
            Action("提交审批", "#", allowed=False, refusal="公示期还有 2 个工作日，3 月 16 日起可以提交。"),
            Action("记一笔走访", "#", style="primary"),
        ]

    def submit(self, form: forms.Form) -> None:
        self.say("已收到。")

    def context(self, **more: Any) -> dict[str, Any]:
        return super().context(
            why=why_tree(),
            charts=charts(),
            stages=[
                {"label": "申请", "note": "03-06", "state": "done"},
                {"label": "入户核实", "note": "03-09", "state": "done"},
                {"label": "信息核对", "note": "03-12", "state": "done"},
                {"label": "公示中", "note": "还剩 2 个工作日", "state": "now"},
                {"label": "县级审批", "note": "", "state": "todo"},
                {"label": "发放", "note": "", "state": "todo"},
                {"label": "回访", "note": "", "state": "todo"},
            ],
            timeline=[
                {"sentence": "公示开始：雨润县总工会公告栏与网页", "time": _at(12, 1), "who": "帮扶专干"},
                {"sentence": "核对中心回复：无车辆、无企业登记", "time": _at(12, 0), "who": "系统导入"},
                {"sentence": "入户核实，照片 3 张，签字授权", "time": _at(9, 7), "who": "城关镇工会"},
                {"sentence": "在窗口代为申请", "time": _at(6, 2), "who": "供销社工会主席"},
            ],
            facts=[
                ("档案", "2026-0418"),
                ("建档", "2026-03-06"),
                ("责任人", "城关镇工会"),
                ("致困原因", "本人大病"),
                ("备注", ""),
            ],
            documents=[
                {
                    "label": "县医院结算单.pdf",
                    "url": "#",
                    "note": "7 页 · 2026-03-06 · 窗口扫描",
                    "status": "已核对",
                    "tone": "rain",
                },
                {
                    "label": "配偶收入证明",
                    "note": "单位盖章",
                    "status": "待补",
                    "tone": "amber",
                    "action": Action("上传", "#"),
                },
            ],
            tabs=[
                {"label": "待我办", "url": "#", "count": 12, "current": True},
                {"label": "本单位", "url": "#", "count": 1246, "current": False},
                {"label": "已办结", "url": "#", "count": None, "current": False},
            ],
            progress=Progress("正在核对第 3 张表", done=640, total=1246, finished=True, actions=(Action("取消", "#"),)),
            empty_action=Action("导入名册", "#", style="primary"),
            danger=Action("撤销公示", "#", style="danger"),
            **more,
        )


def _at(day: int, hour: int) -> datetime:
    return datetime(2026, 3, day, hour, 20, tzinfo=UTC)


class CatalogueProgress(StaffPage):
    """A work that is done at the third asking."""

    roles = PUBLIC

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        asked = int(request.GET.get("asked", "0")) + 1
        progress = Progress("正在核对", done=asked * 400, total=1246, finished=asked > 2)
        return render(request, "ui/progress.html", {"progress": progress, "url": f"{request.path}?asked={asked}"})
