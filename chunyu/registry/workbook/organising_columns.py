"""The columns of the sheets by which unions are built: employers, members, organisations. One part to a sheet.

What counts of a field, and how it is called, follows the record of units, the yearbook and the member record.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chunyu.registry import codes
from chunyu.registry.codes import CodeList
from chunyu.registry.employers.codes import INDUSTRY, NEW_FORM, OWNERSHIP, SKILL_LEVEL
from chunyu.registry.workbook import cells
from chunyu.registry.workbook.columns import Column

ENTERPRISE, MEMBERSHIP, ORGANISATION = "enterprise", "membership", "organisation"
MOST_WORKERS = 9_999_999
_AS_TEXT = _("Set the column to text before typing: Excel drops the last digits of a long number.")
_UNION = _("As it is named in the list of organisations.")
_FLAG = _("是 or 否; leave it empty where nobody knows.")
_DAY = _("2015-05-04; left empty, the day of the import.")

ORGANISATION_KIND = CodeList(
    "organisation_kind",
    {
        "county_federation": ("县级总工会", "县总工会", "区总工会", "县市区总工会"),
        "industrial_union": ("产业工会", "行业工会"),
        "township_union": (
            "乡镇街道工会",
            "乡镇总工会",
            "街道总工会",
            "乡镇工会",
            "街道工会",
            "开发区工会",
            "园区工会",
        ),
        "union_association": ("区域性行业性工会联合会", "工会联合会", "区域性工会联合会", "行业性工会联合会"),
        "community_union": ("村社区工会", "村工会", "社区工会", "村级工会"),
        "joint_union": ("联合基层工会", "联合工会"),
        "grassroots_union": ("基层工会", "单独基层工会", "单独建会", "企业工会", "单位工会", "独立基层工会", "单独"),
        "project_union": ("项目部工会", "项目工会"),
        "branch_union": ("分工会", "工会分会", "分会", "车间工会"),
        "union_group": ("工会小组", "小组"),
        "service_station": ("服务站", "工会服务站", "职工服务站"),
        "aid_centre": ("帮扶中心", "职工服务中心", "困难职工帮扶中心"),
    },
)
STANDING = "standing"
MEMBERSHIP_STATUS = CodeList(
    "membership_status",
    {
        STANDING: ("在册", "正常", "会员", "在会", "有效"),
        "transferred": ("转出", "已转出"),
        "left": ("退会", "已退会", "自动退会"),
        "kept": ("保留", "保留会籍"),
        "died": ("死亡", "去世"),
    },
)


def _words(name: str, part: str, longest: int = 120, help_text: str | Promise = "", **more: Any) -> Column:
    return Column(name, part, lambda value: cells.words(value, longest), help=help_text, **more)


def _listed(name: str, part: str, listed: CodeList, **more: Any) -> Column:
    return Column(name, part, lambda value: cells.code(value, listed), listed=listed, **more)


def _read(name: str, part: str, read: Callable[[Any], Any], help_text: str | Promise = "", **more: Any) -> Column:
    return Column(name, part, read, help=help_text, **more)


def _people(name: str, help_text: str | Promise = "", pattern: str = "") -> Column:
    return Column(name, ENTERPRISE, lambda value: cells.count(value, MOST_WORKERS), pattern, help=help_text)


ENTERPRISE_COLUMNS = (
    Column("serial", ENTERPRISE),
    _words("name", ENTERPRISE, help_text=_("In full, as on the licence."), required=True),
    _read("credit_code", ENTERPRISE, cells.credit_code, _("18 digits and letters, as on the licence.")),
    _words("organisation", ENTERPRISE, help_text=_("The union level that answers for it; left out, your own.")),
    _listed("ownership", ENTERPRISE, OWNERSHIP, help=_("Needed for an employer that is new.")),
    _listed("industry", ENTERPRISE, INDUSTRY),
    _words("address", ENTERPRISE, 200),
    _read("has_party_cell", ENTERPRISE, cells.flag, _FLAG),
    _read("known_from", ENTERPRISE, cells.day, _DAY),
    _people("workers", _("Everybody who works there; 0 where nobody does.")),
    _people("migrant_workers", pattern=r"^(其中)?农民工(职工)?(人)?数?$"),
    _people("new_form_workers", pattern=r"新(就业形态|业态).*(数|人)$"),
    _read("counted_on", ENTERPRISE, cells.day, _DAY),
    _words("source", ENTERPRISE, 80, _("Such as: a visit, the social insurance roll.")),
    _words("union", ENTERPRISE, help_text=_("The union that covers its workers, if one does.")),
    _read("covered_from", ENTERPRISE, cells.day, _DAY),
)

MEMBERSHIP_COLUMNS = (
    Column("serial", MEMBERSHIP),
    _read("name", MEMBERSHIP, cells.name, _("As on the identity card."), required=True),
    _read("id_number", MEMBERSHIP, cells.id_number, _AS_TEXT, required=True),
    _listed("sex", MEMBERSHIP, codes.SEX),
    _read("birth_date", MEMBERSHIP, cells.day),
    _read("phone", MEMBERSHIP, cells.phone),
    _words(
        "union",
        MEMBERSHIP,
        help_text=_UNION,
        pattern=r"^(?!.*(职务|意见|编码|代码|电话|主席|日期|时间)).*工会(名称|组织)?$",
    ),
    _words("enterprise", MEMBERSHIP, help_text=_("As it is on file among the employers.")),
    _read("enterprise_code", MEMBERSHIP, cells.credit_code),
    _words("number", MEMBERSHIP, 24),
    _read("joined_on", MEMBERSHIP, cells.day, _DAY),
    _read("transferred_on", MEMBERSHIP, cells.day, _("For a member of another union: the first day here.")),
    _listed("status", MEMBERSHIP, MEMBERSHIP_STATUS),
    _listed("education", MEMBERSHIP, codes.EDUCATION),
    _read("is_migrant", MEMBERSHIP, cells.flag, _FLAG),
    _listed("new_form", MEMBERSHIP, NEW_FORM),
    _listed("skill_level", MEMBERSHIP, SKILL_LEVEL),
)

ORGANISATION_COLUMNS = (
    Column("serial", ORGANISATION),
    _read("number", ORGANISATION, cells.organisation_number, _("Its six digits here; only for one that exists.")),
    _words("name", ORGANISATION, help_text=_("In full, as on its seal."), required=True),
    _words("former_name", ORGANISATION, help_text=_("Where it is renamed: the name until now.")),
    _words("parent", ORGANISATION, help_text=_("Its full name or its number; it may stand in this sheet itself.")),
    _listed("kind", ORGANISATION, ORGANISATION_KIND, help=_("Needed for an organisation that is new.")),
    _read("founded_on", ORGANISATION, cells.day, _("2015-05-04; left empty, the day of the import.")),
    _words("region", ORGANISATION, 12, _("Six digits; left out, the region of the organisation above.")),
)

# Fields of these records that are kept elsewhere, worked out here, or not kept at all: known, and left out.
_DRESS = (
    r"年龄|年度|备注|说明|.*(合计|总计|小计)|(填报|填表|录入|审核|制表|审批)(人|日期|时间|单位|意见)*|邮编|邮政编码|传真|电子邮箱|邮箱"
    r"|(签字|签名|盖章)|市|县|区|县区|县市区|乡镇|街道|乡镇街道|照片|附件.*"
)
LEFT_OUT = {
    ENTERPRISE: re.compile(
        rf"^({_DRESS}|组织机构代码|法定代表人.*|法人代表.*|负责人.*|联系人.*|联系电话|电话|女职工(数|人数)?|会员数|女会员(数)?"
        r"|(专职|兼职)工会工作人员(数)?|职代会代表数.*|建会率|入会率|经费上缴.*|集体合同.*|工会主席.*|经营范围|注册资金|成立日期)$"
    ),
    MEMBERSHIP: re.compile(
        rf"^({_DRESS}|民族|族别|政治面貌|籍贯|户籍(类型|性质)?|户口(类型|性质)?|婚姻状况|职务|工会职务|岗位|工种|职业|职称|参加工作(时间|日期)"
        r"|(是否)?(劳模|劳动模范).*|(是否)?困难(职工)?.*|转出(日期|时间).*|入职(日期|时间)|用工形式|住址|家庭住址|现住址|地址|证件类型|国籍"
        r"|(开户银行|银行卡号|工会卡号))$"
    ),
    ORGANISATION: re.compile(
        rf"^({_DRESS}|统一社会信用代码|社会信用代码|工会(法人)?(资格)?证书?号?|工会主席.*|主席.*|负责人.*|联系人.*|联系电话|电话|地址|会员数|女会员(数)?"
        r"|职工数|职工人数|换届(日期|时间)|届满日期|届次|经费账号|开户银行|单位名称|所在单位)$"
    ),
}


__all__ = [
    "ENTERPRISE",
    "ENTERPRISE_COLUMNS",
    "LEFT_OUT",
    "MEMBERSHIP",
    "MEMBERSHIP_COLUMNS",
    "MEMBERSHIP_STATUS",
    "ORGANISATION",
    "ORGANISATION_COLUMNS",
    "ORGANISATION_KIND",
    "STANDING",
]
