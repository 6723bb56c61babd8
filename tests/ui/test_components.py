"""What each component writes: the words, the marks for screen readers, and nothing that a person typed as markup."""

import re

import pytest
from django.template import engines
from django.utils import translation
from django_cotton.compiler_regex import CottonCompiler

from chunyu.ui.buttons import Action
from chunyu.ui.catalogue import SampleForm, charts, why_tree
from chunyu.ui.progress import Progress

HOSTILE = '<script>alert("x")</script>'


def drawn(source: str, **context) -> str:
    """The markup, one element a line, with ids that count up made equal."""
    with translation.override("zh-hans"):
        html = (
            engines["django"].from_string(CottonCompiler().process(source)).render({"csrf_token": "token", **context})
        )
    html = re.sub(r"reason-\d+", "reason-N", html)
    html = re.sub(r"<svg.*?</svg>", "<svg/>", html, flags=re.DOTALL)
    return re.sub(r"\n+", "\n", re.sub(r">\s*<", ">\n<", html)).strip()


COMPONENTS = {
    "header": (
        """<c-page-header title="程梅家庭" :crumbs="crumbs" :actions="actions" sub="4 人">
        <c-slot name="tags"><c-tag tone="seal">深度困难</c-tag></c-slot></c-page-header>""",
        {"crumbs": [("家庭", "/h/")], "actions": [Action("记一笔", "/v/", style="primary")]},
    ),
    "barred button": (
        '<c-action :action="action" />',
        {"action": Action("提交审批", "/a/", allowed=False, refusal="公示期还有 2 个工作日。")},
    ),
    "button that acts": (
        '<c-action :action="action" />',
        {"action": Action("批准", "/a/", style="primary", method="post", hidden={"seen": "9f"})},
    ),
    "figure": ('<c-figure label="在档" unit="户" value="1,246" href="/h/" note="深度 418" tone="rain" />', {}),
    "stages": (
        '<c-stages :stages="stages" label="进度" />',
        {
            "stages": [
                {"label": "申请", "note": "03-06", "state": "done"},
                {"label": "公示", "note": "", "state": "now"},
            ]
        },
    ),
    "timeline": (
        '<c-timeline :entries="entries" />',
        {"entries": [{"sentence": "入户核实", "time": "03-09", "who": "城关镇"}]},
    ),
    "why": ('<c-why :nodes="nodes" label="为什么" />', {"nodes": why_tree()}),
    "nearest": ("<c-nearest><p>再高 35.84 元。</p></c-nearest>", {}),
    "facts": ('<c-facts :pairs="pairs" />', {"pairs": [("档案", "2026-0418"), ("备注", None)]}),
    "empty": (
        '<c-empty title="还没有名册" text="从 Excel 导入。" :action="action" />',
        {"action": Action("导入", "/i/")},
    ),
    "alert": ('<c-alert tone="seal" title="不能办理：">缺一份材料。</c-alert>', {}),
    "form": ('<c-form :form="form" submit="保存" cancel="/x/" />', {"form": SampleForm()}),
    "form with faults": ('<c-form-errors :form="form" />', {"form": SampleForm({"income": "-1"})}),
    "upload": ('<c-upload :form="form" hint="不超过 10 MB" />', {"form": SampleForm()}),
    "progress": (
        '<c-progress :progress="progress" url="/p/" />',
        {"progress": Progress("正在核对", done=640, total=1246, actions=(Action("取消", "/c/", method="post"),))},
    ),
    "progress that is finished": (
        '<c-progress :progress="progress" url="/p/" />',
        {"progress": Progress("核对完毕", done=1246, total=1246, finished=True)},
    ),
    "chart": ('<c-chart :chart="chart" />', {"chart": charts()["kinds"]}),
    "tabs": (
        '<c-tabs :tabs="tabs" label="办件" />',
        {"tabs": [{"label": "待办", "url": "/", "count": 1246, "current": True}]},
    ),
    "documents": (
        '<c-documents :documents="documents" />',
        {"documents": [{"label": "结算单.pdf", "url": "/d/", "status": "已核对", "tone": "rain"}]},
    ),
    "money": ('<c-money :fen="fen" capitals="yes" />', {"fen": 1288050}),
}


@pytest.mark.parametrize("name", COMPONENTS)
def test_component(name, snapshot):
    source, context = COMPONENTS[name]
    assert drawn(source, **context) == snapshot


@pytest.mark.parametrize(
    ("source", "context"),
    [
        ('<c-page-header :title="words" :sub="words" :crumbs="crumbs" />', {"crumbs": [(HOSTILE, "/")]}),
        ('<c-card :title="words">{{ words }}</c-card>', {}),
        ('<c-action :action="action" />', {"action": Action(HOSTILE, "/", allowed=False, refusal=HOSTILE)}),
        ('<c-figure :label="words" :value="words" href="/" :note="words" />', {}),
        (
            '<c-why :nodes="nodes" />',
            {"nodes": [{"sentence": HOSTILE, "value": HOSTILE, "sources": [{"text": HOSTILE}]}]},
        ),
        ('<c-facts :pairs="pairs" />', {"pairs": [(HOSTILE, HOSTILE)]}),
        ('<c-empty :title="words" :text="words" />', {}),
        ('<c-alert :title="words">{{ words }}</c-alert>', {}),
        ('<c-timeline :entries="entries" />', {"entries": [{"sentence": HOSTILE, "time": HOSTILE, "who": HOSTILE}]}),
        (
            '<c-documents :documents="documents" />',
            {"documents": [{"label": HOSTILE, "note": HOSTILE, "status": HOSTILE}]},
        ),
        ('<c-form :form="form" />', {"form": SampleForm({"applicant": HOSTILE, "words": HOSTILE})}),
    ],
)
def test_typed_words_stay_words(source, context):
    html = drawn(source, words=HOSTILE, **context)
    assert "<script>alert" not in html
    assert "&lt;script&gt;" in html
    assert "&amp;lt;" not in html, "escaped twice"
