"""The columns that a county sheet may have: what each means, how it is worded, and how its cells are read.

The wordings are data, in wordings.toml. A header is first looked for among them, then among the patterns; a header
that no single column claims is asked about, never guessed.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chunyu.registry import codes
from chunyu.registry.workbook import cells

WORKER, MEMBER = "worker", "member"
WORDINGS = tomllib.loads(Path(__file__).with_name("wordings.toml").read_text())


def same_account(text: str) -> str:
    """帐 and 账 are written one for the other."""
    return text.replace("帐", "账")


@dataclass(frozen=True)
class Column:
    """`pattern`: what also means it, beside the wordings. `period`: month or year where an amount recurs. `target`:
    where the value goes, as kind:name (fact, person, household, cause, or check for what is only compared)."""

    name: str
    part: str
    read: Callable[..., Any] | None = None
    pattern: str = ""
    required: bool = False
    period: str = ""
    is_money: bool = False
    target: str = ""
    help: str | Promise = ""
    listed: codes.CodeList | None = None
    # Those of rooms above this one, which bring their own; else wordings.toml has them.
    worded: tuple[str, ...] = ()
    wordings: tuple[str, ...] = field(init=False)
    keys: tuple[str, ...] = field(init=False, repr=False)  # the wordings as headers are compared
    _pattern: re.Pattern[str] | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_pattern", re.compile(self.pattern) if self.pattern else None)
        object.__setattr__(self, "wordings", self.worded or tuple(WORDINGS[self.part][self.name]))
        object.__setattr__(self, "keys", tuple(same_account(codes.normal(each)) for each in self.wordings))

    @property
    def label(self) -> str:
        return self.wordings[0]

    def matches(self, header: str) -> bool:
        return bool(self._pattern and self._pattern.search(header))


def _listed(name: str, part: str, listed: codes.CodeList, target: str, pattern: str = "", **more: Any) -> Column:
    return Column(name, part, lambda value: cells.code(value, listed), pattern, target=target, listed=listed, **more)


def _causes(name: str, target: str) -> Column:
    return Column(name, WORKER, lambda value: cells.codes(value, codes.CAUSE), target=target, listed=codes.CAUSE)


def _words(name: str, part: str, target: str, longest: int = 120, pattern: str = "", **more: Any) -> Column:
    return Column(name, part, lambda value: cells.words(value, longest), pattern, target=target, **more)


def _flag(name: str, target: str, pattern: str = "", part: str = WORKER) -> Column:
    return Column(name, part, cells.flag, pattern, target=target, help=_FLAG)


def _money(name: str, period: str, help_text: str | Promise, pattern: str, part: str = WORKER) -> Column:
    fact = f"fact:{name}"
    return Column(name, part, cells.amount, pattern, period=period, is_money=True, target=fact, help=help_text)


_YEARLY = _("Yuan in twelve months. Write 0 where there was none; leave it empty where nobody knows.")
_FLAG = _("是 or 否; leave it empty where nobody knows.")
_AS_TEXT = _("Set the column to text before typing: Excel drops the last digits of a long number.")
_OWN_PAY = r"(?!.*(报销|总额|总支出|总费用|合计|垫付|报后))"
_NOT_AID = r"^(?!.*(减免|补助|资助|补贴|津贴|合计|总))"

WORKER_COLUMNS = (
    Column("serial", WORKER),
    _words("file_number", WORKER, "key:file_number", 24, help=_("Only for a family that is on file already.")),
    _words(
        "union",
        WORKER,
        "union:",
        pattern=r"^(?!.*(会员|意见|编码|代码|电话|主席)).*工会(名称|组织)?$",
        help=_("The union that keeps the file, as it is named in the list of organisations."),
    ),
    Column("name", WORKER, cells.name, required=True, help=_("As on the identity card.")),
    _listed("sex", WORKER, codes.SEX, "check:sex"),
    _listed("ethnic_group", WORKER, codes.NATION, "person:ethnic_group"),
    Column("birth_date", WORKER, cells.day, help=_("1966-05-04, or leave it to the ID number.")),
    Column("id_number", WORKER, cells.id_number, required=True, help=_AS_TEXT),
    _listed("illness", WORKER, codes.ILLNESS, "fact:illness"),
    _words(
        "health_detail",
        WORKER,
        "person:health_detail",
        300,
        r"^(何种|所患)?(疾病|病残|残疾)(名称|种类|类型|情况)$",
    ),
    _listed("work_status", WORKER, codes.WORK_STATUS, "fact:work_status"),
    _listed("marital", WORKER, codes.MARITAL, "person:marital"),
    _flag("single_parent", "household:single_parent"),
    _listed("register_kind", WORKER, codes.REGISTER_KIND, "person:register_kind"),
    Column("phone", WORKER, cells.phone, target="person:phone"),
    _words("address", WORKER, "person:address", 200),
    _listed("housing_kind", WORKER, codes.HOUSING_KIND, "household:housing_kind"),
    Column("floor_area", WORKER, cells.area, target="household:floor_area", help=_("Square metres.")),
    Column(
        "household_size",
        WORKER,
        cells.count,
        r"^(家庭|全家|共同生活)(家庭成员)?(总)?人(口|数|口数)$",
        help=_("The worker and everybody listed with them."),
    ),
    _money(
        "income_month",
        "month",
        _("The worker's own, yuan a month, averaged over twelve months."),
        r"^(?!.*(家庭|人均|全家|户均|配偶|其他)).*月(平均|均)?(工资|收入|薪资|薪金)+$",
    ),
    _money("other_income_12m", "year", _YEARLY, _NOT_AID + r".*(其[他它]|非(薪资|工资|薪金)).*收入"),
    _money(
        "medical_spending_12m",
        "year",
        _YEARLY,
        _OWN_PAY
        + r"(医疗|医药|治病|因病|看病|就医).*(支出|费|自付|自负|花费|开支)|"
        + _OWN_PAY
        + r"(自付|自负|自费).*(医疗|医药)",
    ),
    _money(
        "education_spending_12m",
        "year",
        _("Yuan in twelve months, compulsory schooling left out. Write 0 where there was none."),
        _NOT_AID + r".*(教育|上学|就学|因学|学杂|学费|求学).*(支出|费|开支|花费)",
    ),
    _money(
        "housing_spending_12m",
        "year",
        _YEARLY,
        _NOT_AID + r".*(住房|房租|租房|房贷|租金).*(支出|费|开支|花费)|^年?(房租|租金)$",
    ),
    _money(
        "disability_spending_12m",
        "year",
        _YEARLY,
        _NOT_AID + r".*(残疾|因残|护理|康复|伤残).*(支出|费|开支|花费)",
    ),
    _money(
        "other_rigid_spending_12m",
        "year",
        _YEARLY,
        r"^(?!.*(合计|总)).*其[他它](刚性|必要|必需|生活|大额)?.*(支出|开支|花费)",
    ),
    _flag(
        "has_vehicle",
        "fact:has_vehicle",
        r"^(?!.*(残疾|代步|数|牌)).*(有无|是否(有|拥有)?|拥有).*(机动车|汽车|车辆|私家车|小汽车|轿车)",
    ),
    _flag("vehicle_for_disability", "fact:vehicle_for_disability", r"(残疾|疾病).*(代步|专用).*车|车.*(残疾|代步)"),
    Column(
        "homes",
        WORKER,
        cells.count,
        r"(房产|住房|房屋|产权房).*(套数|数量|几套)",
        target="fact:homes",
        help=_("0 where the family owns none."),
    ),
    _flag("over_local_average_area", "fact:over_local_average_area"),
    _flag("controls_company", "fact:controls_company", r"(控股|实际控制|办企业)"),
    _flag("high_fee_school", "fact:high_fee_school", r"(高收费|自费留学|民办贵族)"),
    _flag(
        "in_subsistence_allowance",
        "fact:in_subsistence_allowance",
        r"^(是否|有无)?(享受|纳入|领取)?低保(户|家庭|待遇|对象)?$",
    ),
    _flag("is_union_member", "fact:is_union_member"),
    _flag("front_line", "fact:front_line"),
    _flag("migrant", "fact:migrant"),
    _flag("dispatched", "fact:dispatched"),
    _flag("self_help_ability", "household:self_help_ability"),
    _flag("zero_employment", "household:zero_employment"),
    _causes("main_cause", "cause:main"),
    _causes("secondary_cause", "cause:secondary"),
    _words("bank_name", WORKER, "household:bank_name", 80),
    _words("bank_branch", WORKER, "household:bank_branch"),
    Column("bank_card", WORKER, cells.bank_card, target="household:bank_card", help=_AS_TEXT),
    _words("employer", WORKER, "household:employer"),
    _words("employer_ownership", WORKER, "household:employer_ownership", 40),
    _words("employer_condition", WORKER, "household:employer_condition", 40),
    _words("industry", WORKER, "household:industry", 60),
    _listed("political_status", WORKER, codes.POLITICS, "person:political_status"),
    _listed("education", WORKER, codes.EDUCATION, "person:education"),
    _listed("model_worker", WORKER, codes.MODEL_WORKER, "person:model_worker"),
    _words("medical_insurance", WORKER, "person:medical_insurance", 40),
    Column("started_work_on", WORKER, cells.day, target="person:started_work_on"),
    _words("note", WORKER, "household:note", 500),
)

MEMBER_COLUMNS = (
    Column("serial", MEMBER),
    Column("household_serial", MEMBER),
    Column(
        "worker_id",
        MEMBER,
        pattern=r"^(所属|建档|困难)*(职工|户主|申请人|本人)(本人)?.*(身份证|证件|身份号)",
        help=_("The ID number under which the worker stands on the first sheet."),
    ),
    Column("worker_name", MEMBER),
    Column("name", MEMBER, cells.name, required=True, help=_("As on the identity card.")),
    _listed("relation", MEMBER, codes.RELATION, "person:relation", r"^与.*关系$", required=True),
    Column("id_number", MEMBER, cells.id_number, required=True, help=_AS_TEXT),
    _listed("sex", MEMBER, codes.SEX, "check:sex"),
    Column("birth_date", MEMBER, cells.day),
    _listed("ethnic_group", MEMBER, codes.NATION, "person:ethnic_group"),
    _listed("illness", MEMBER, codes.ILLNESS, "fact:illness"),
    _words("health_detail", MEMBER, "person:health_detail", 300),
    _money(
        "income_month",
        "month",
        _("Yuan a month. Write 0 for none."),
        r"^(?!.*(家庭|人均|全家)).*(月|年)(平均|均)?(工资|收入|薪资)+$",
        MEMBER,
    ),
    _listed("work_status", MEMBER, codes.WORK_STATUS, "fact:work_status"),
    _words(
        "school_or_unit",
        MEMBER,
        "person:school_or_unit",
        pattern=r"(单位|工作).*(学校|就读|学习)|学校.*单位",
    ),
    _listed("education", MEMBER, codes.EDUCATION, "person:education"),
    _flag("is_student", "fact:is_student", part=MEMBER),
    _flag("is_union_member", "fact:is_union_member", part=MEMBER),
    _words("medical_insurance", MEMBER, "person:medical_insurance", 40),
    Column("phone", MEMBER, cells.phone, target="person:phone"),
    _listed("marital", MEMBER, codes.MARITAL, "person:marital"),
    _listed("political_status", MEMBER, codes.POLITICS, "person:political_status"),
)

# Columns of the form that are worked out here, decided by the rules, or kept on paper: they are known and left out.
LEFT_OUT = re.compile(
    r"^(年龄|周岁|年度|年份|.*(合计|总计|小计)|家庭(年度?|年度总|年总|总|年均|月总|月)+收入|.*人均.*收入.*|.*总收入"
    r"|家庭年?刚性支出(总额)?|困难(类别|等级|程度|职工类别)|档案类别|建档(人|日期|时间)"
    r"|(填报|填表|录入|审核|制表|审批)(人|日期|时间|单位|意见)*|邮编|邮政编码|其他联系方式|户口所在地(行政区划)?"
    r"|户籍(所在)?地|户籍地址|劳动合同.*|合同(时间|期限)|入学年份|年制|学制|(签字|签名|盖章)|市|县|区|县区|乡镇"
    r"|证件类型|(是否)?解困脱困对象|确定时间|重点群体|附件.*|照片)$"
)


@dataclass(frozen=True)
class Units:
    """What a header says of its numbers: yuan per unit (None: nothing said), and month or year."""

    money: Decimal | None = None
    period: str = ""
