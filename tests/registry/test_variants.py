"""The same families as other counties would send them: every variant must import whole, with the same figures."""

import io
import random
from datetime import date

import openpyxl
import pytest
import xlwt
from openpyxl.utils import get_column_letter

from chunyu.accounts.roles import Role
from chunyu.registry.importing.findings import Findings
from chunyu.registry.importing.template import template
from chunyu.registry.models import Household, Member
from chunyu.registry.workbook import cells
from tests.registry.workbooks import build, expected, figures_on_file, imported, rows, yurun

pytestmark = pytest.mark.django_db

WORKER_MONEY = [
    "本人月平均收入",
    "家庭其他非薪资年收入",
    "年医疗自付支出",
    "年教育支出",
    "年住房支出",
    "残疾护理支出",
    "其他刚性支出",
]


def workers() -> list[dict]:
    """The workers' rows by header, cells as typed."""
    header, *data = rows("good_workers")[2:]
    return [dict(zip(header, row + [None] * len(header), strict=False)) for row in data if row]


def members() -> list[dict]:
    header, *data = rows("good_members")[1:]
    return [dict(zip(header, row + [None] * len(header), strict=False)) for row in data if row]


def plain_id(text) -> str:
    return cells.id_number(text).text


def yuan(cell) -> float:
    return cells.amount(cell) / 100


def families() -> list[tuple[dict, list[dict]]]:
    own: dict[str, list[dict]] = {}
    for each in members():
        own.setdefault(plain_id(each["职工身份证号"]), []).append(each)
    return [(each, own.get(plain_id(each["身份证号"]), [])) for each in workers()]


def table(records: list[dict], names: dict[str, str] | None = None) -> list[list]:
    """Header and rows; `names` gives other wordings of headers."""
    header = list(records[0])
    return [[(names or {}).get(each, each) for each in header], *([each[name] for name in header] for each in records)]


def accepted(content: bytes, name: str = "名册.xlsx") -> None:
    batch = imported(yurun().acting(Role.COUNTY_CASEWORKER), content)
    findings = Findings.of(batch.findings)
    assert (batch.status, findings.faults, findings.headers) == ("imported", [], []), name
    assert figures_on_file() == expected("good")


def test_columns_in_another_order_under_other_words():
    names = {
        "基层工会": "所属工会", "姓名": "职工 姓名*", "身份证号": "身份证\n号码", "出生日期": "出生年月日",
        "健康状况": "身体状况",
        "工作状态": "身份/工作状态", "手机号": "联系电话", "家庭住址": "现住址", "家庭人口": "家庭人口数（人）",
        "本人月平均收入": "本人月均收入（元/月）", "家庭其他非薪资年收入": "家庭其它非工资性收入（元/年）",
        "年医疗自付支出": "医疗费用（自付部分）", "年教育支出": "子女教育支出（元）", "年住房支出": "房租房贷支出",
        "残疾护理支出": "残疾人护理费用支出", "其他刚性支出": "其它必要支出", "是否有机动车": "有无机动车（是/否）",
        "房产套数": "名下房产（套数）", "主要致困原因": "困难原因", "开户银行": "开户行",
        "银行卡号": "银行帐号", "户口类型": "户籍性质",
    }  # fmt: skip
    shuffled = list(workers()[0])
    random.Random(4).shuffle(shuffled)
    records = [{name: each[name] for name in shuffled} for each in workers()]
    of_members = {
        "职工身份证号": "困难职工身份证号码",
        "成员姓名": "家属姓名",
        "与职工关系": "与本人关系",
        "月收入": "月均收入(元)",
    }
    turned = [dict(reversed(list(each.items()))) for each in members()]
    accepted(build({"Sheet2": table(turned, of_members), "Sheet1": table(records, names)}))


def test_a_header_of_two_rows_with_merged_groups():
    header = list(workers()[0])
    first, second, merges = [], [], []
    groups = {
        "家庭年支出（元）": {
            "年医疗自付支出": "医疗（自付）",
            "年教育支出": "教育", "年住房支出": "住房", "残疾护理支出": "残疾护理", "其他刚性支出": "其他",
        },
        "银行信息": {"开户银行": "开户行", "银行卡号": "卡号"},
    }  # fmt: skip
    placed = {name: (group, word) for group, words in groups.items() for name, word in words.items()}
    for at, name in enumerate(header, 1):
        group, word = placed.get(name, (name, None))
        first.append(group if group not in first else None)
        second.append(word)
        letter = get_column_letter(at)
        if word is None:
            merges.append(f"{letter}3:{letter}4")
    for group, words in groups.items():
        at = first.index(group) + 1
        merges.append(f"{get_column_letter(at)}3:{get_column_letter(at + len(words) - 1)}3")
    merges.append(f"A1:{get_column_letter(len(header))}1")
    data = [list(each.values()) for each in workers()]
    sheet = [["雨润县困难职工花名册"], ["填报单位：雨润县总工会", None, "单位：元"], first, second, *data]
    accepted(build({"花名册": sheet, "成员": table(members())}, {"花名册": merges}))


def test_dates_as_serial_numbers_and_real_dates():
    records = workers()
    for at, each in enumerate(records):
        born = cells.day(each["出生日期"]).date
        each["出生日期"] = (born - date(1899, 12, 30)).days if at % 2 else born
    accepted(build({"a": table(records), "b": table(members())}))


def test_old_identity_numbers_of_fifteen_digits():
    def old(text: str) -> str:
        number = plain_id(text)
        return number[:6] + number[8:17] if number[6:8] == "19" else number

    records = [each | {"身份证号": old(each["身份证号"])} for each in workers()]
    kin = [each | {"职工身份证号": old(each["职工身份证号"]), "身份证号": old(each["身份证号"])} for each in members()]
    assert len(records[0]["身份证号"]) == 15
    accepted(build({"a": table(records), "b": table(kin)}))


@pytest.mark.parametrize("where", ["note", "header", "cell"])
def test_amounts_in_ten_thousands(where):
    suffix = "万元" if where == "cell" else ""

    def wan(cell):
        return f"{yuan(cell) / 10_000:.6f}".rstrip("0").rstrip(".") + suffix

    records = [each | {name: wan(each[name]) for name in WORKER_MONEY} for each in workers()]
    kin = [each | {"月收入": wan(each["月收入"])} for each in members()]
    note = [["金额单位：人民币万元"]] if where == "note" else []
    names = {name: f"{name}（万元）" for name in [*WORKER_MONEY, "月收入"]} if where == "header" else {}
    accepted(build({"a": note + table(records, names), "b": note + table(kin, names)}))


def test_a_year_where_the_form_asks_a_month_and_the_reverse():
    records = []
    for each in workers():
        each = dict(each)
        each["本人月平均收入"] = yuan(each["本人月平均收入"]) * 12
        each["年医疗自付支出"] = yuan(each["年医疗自付支出"]) / 12
        records.append(each)
    names = {"本人月平均收入": "本人年收入（元/年）", "年医疗自付支出": "医疗自付支出（元/月）"}
    accepted(build({"a": table(records, names), "b": table(members())}))


def combined(fill: str) -> tuple[list[list], list[str]]:
    """One sheet: the worker's cells beside each member's; below the first row empty, merged or repeated."""
    own = [name for name in workers()[0] if name != "序号"]
    kin = ["成员姓名", "与职工关系", "身份证号", "健康状况", "月收入", "身份", "单位或学校"]
    titles = [*own, "成员姓名", "与职工关系", "成员身份证号", "成员健康状况", "成员月收入", "成员身份", "单位或学校"]
    sheet, merges = [["困难职工及家庭成员一览表"], titles], []
    for worker, people in families():
        start = len(sheet) + 1
        for at, each in enumerate(people or [dict.fromkeys(kin)]):
            shown = at == 0 or fill == "repeated"
            sheet.append([worker[name] if shown else None for name in own] + [each[name] for name in kin])
        if fill == "merged" and len(people) > 1:
            merges += [
                f"{get_column_letter(c)}{start}:{get_column_letter(c)}{len(sheet)}" for c in range(1, len(own) + 1)
            ]
    return sheet, merges


@pytest.mark.parametrize("fill", ["empty", "merged", "repeated"])
def test_workers_and_members_on_one_sheet(fill):
    sheet, merges = combined(fill)
    accepted(build({"汇总": sheet}, {"汇总": merges}))


def test_a_two_row_header_over_workers_and_members():
    sheet, _ = combined("empty")
    own = len(sheet[1]) - 7
    groups = ["职工基本情况", *[None] * (own - 1), "家庭成员情况", *[None] * 6]
    sheet[1][-7:] = ["姓名", "关系", "身份证号", "健康状况", "月收入", "身份", "单位或学校"]
    merges = [f"A2:{get_column_letter(own)}2", f"{get_column_letter(own + 1)}2:{get_column_letter(own + 7)}2"]
    accepted(build({"汇总": [sheet[0], groups, *sheet[1:]]}, {"汇总": merges}))


@pytest.mark.parametrize("numbered", [False, True])
def test_a_person_in_every_row(numbered):
    own = [name for name in workers()[0] if name not in ("序号", "本人月平均收入", "工作状态")]
    titles = (["户编号"] if numbered else []) + ["与户主关系", *own, "月收入", "工作状态", "单位或学校"]
    sheet = [titles]
    for at, (worker, people) in enumerate(families(), 1):
        rows_of = [["本人", *(worker[name] for name in own), worker["本人月平均收入"], worker["工作状态"], None]]
        for each in people:
            cells_of = {"姓名": each["成员姓名"], "身份证号": each["身份证号"], "健康状况": each["健康状况"]}
            line = [
                each["与职工关系"],
                *(cells_of.get(name) for name in own),
                each["月收入"],
                each["身份"],
                each["单位或学校"],
            ]
            rows_of.append(line)
        sheet += [[*([at] if numbered else []), *row] for row in rows_of]
    accepted(build({"人员": sheet}))


def test_an_old_xls_workbook():
    book = xlwt.Workbook()
    dated = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    for name, content in (("职工", rows("good_workers")), ("成员", rows("good_members"))):
        sheet = book.add_sheet(name)
        for r, row in enumerate(content):
            for c, value in enumerate(row):
                if value is not None:
                    sheet.write(r, c, value, *([dated] if isinstance(value, date) else []))
    out = io.BytesIO()
    book.save(out)
    accepted(out.getvalue(), "名册.xls")


def test_totals_notes_blank_rows_and_repeated_headers_are_no_households():
    content = table(workers())
    width = len(content[0])
    middle = [None, "小计", None, *[None] * 14, 30_000]
    sheet = [["表一"], [], *content[:20], middle, [], content[0], *content[20:], [None] * width]
    sheet += [["合计", None, None, *[None] * 14, 61_200], [41], ["填表人：张三", None, None, "审核人：李四"]]
    sheet += [["注：1.本表一式两份。"], ["", " ", None], ["填表日期：2015年1月10日"]]
    kin = table(members())
    kin += [[None], ["合计", "68人"], ["备注：以上信息由本人申报"]]
    accepted(build({"a": sheet, "b": kin, "说明": [["本表由基层工会填写"], ["联系人", "电话"]]}))


def test_households_over_several_sheets_named_by_place():
    by_union: dict[str, list[dict]] = {}
    for each in workers():
        by_union.setdefault(each["基层工会"], []).append(each)
    sheets = {name[-8:]: table(each) for name, each in by_union.items()}
    accepted(build(sheets | {"家属": table(members())}))


def test_members_pointing_to_their_worker_by_name_in_merged_cells():
    sheet, merges = [["职工姓名", "成员姓名", "关系", "身份证号码", "月收入", "身份"]], []
    for worker, people in families():
        start = len(sheet) + 1
        for at, each in enumerate(people):
            kept = [each["成员姓名"], each["与职工关系"], each["身份证号"], each["月收入"], each["身份"]]
            sheet.append([worker["姓名"] if at == 0 else None, *kept])
        if len(people) > 1:
            merges.append(f"A{start}:A{len(sheet)}")
    accepted(build({"a": table(workers()), "b": sheet}, {"b": merges}))


def test_members_pointing_to_their_worker_by_number_in_the_list():
    serial = {plain_id(each["身份证号"]): each["序号"] for each in workers()}
    kin = [{"户号": serial[plain_id(each.pop("职工身份证号"))], **each} for each in members()]
    accepted(build({"a": table(workers()), "b": table(kin)}))


def test_the_worker_listed_once_more_among_the_members():
    kin = []
    for worker, people in families():
        own = {"成员姓名": worker["姓名"], "与职工关系": "本人", "身份证号": worker["身份证号"]}
        kin.append(dict.fromkeys(members()[0]) | own | {"职工身份证号": worker["身份证号"]})
        kin += people
    accepted(build({"a": table(workers()), "b": table(kin)}))


def test_a_union_cell_merged_over_its_workers_and_columns_left_out():
    records = sorted(workers(), key=lambda each: each["基层工会"])
    sheet, merges, start = table(records), [], 2
    header = sheet[0]
    at = get_column_letter(header.index("基层工会") + 1)
    for row in range(3, len(sheet) + 2):
        if row > len(sheet) or sheet[row - 1][header.index("基层工会")] != sheet[start - 1][header.index("基层工会")]:
            merges.append(f"{at}{start}:{at}{row - 1}")
            start = row
    for row in sheet:
        row.extend(
            ["年龄", "家庭年度总收入", "家庭月人均收入", "困难类别"]
            if row is header
            else [44, 50_000, 1_000, "深度困难"]
        )
    accepted(build({"a": sheet, "b": table(members())}, {"a": merges}))


def test_the_template_filled_in():
    book = openpyxl.load_workbook(io.BytesIO(template()))
    for name, records in (("困难职工", workers()), ("家庭成员", members())):
        sheet = book[name]
        titles = [cell.value.strip("*").split("（")[0] for cell in sheet[2]]
        for at, each in enumerate(records, 3):
            for column, title in enumerate(titles, 1):
                if title in each:
                    sheet.cell(at, column).value = each[title]
        assert not set(records[0]) - set(titles) - {"序号"}
    out = io.BytesIO()
    book.save(out)
    accepted(out.getvalue())


def test_a_sheet_without_unions_belongs_to_the_sender():
    place = yurun()
    records = [{name: value for name, value in each.items() if name != "基层工会"} for each in workers()]
    content = build({"a": table(records), "b": table(members())})
    batch = imported(place.acting(Role.TOWNSHIP_OFFICER), content)
    assert (batch.status, batch.warnings) == ("imported", 1)
    assert {each.organisation for each in Household.objects.all()} == {place.township}
    assert set(Member.objects.values_list("scope_path", flat=True)) == {place.township.path}


def test_an_error_or_an_unsaved_formula_is_not_taken_for_unknown():
    book = openpyxl.load_workbook(io.BytesIO(build({"a & b": table(workers()), "b": table(members())})))
    column = list(workers()[0]).index("年教育支出") + 1
    book["a & b"].cell(3, column).value = "=1200*2"
    book["a & b"].cell(4, column).value = "#N/A"
    out = io.BytesIO()
    book.save(out)
    batch = imported(yurun().acting(Role.COUNTY_CASEWORKER), out.getvalue())
    found = [(each.code, each.cell) for each in Findings.of(batch.findings).errors]
    letter = get_column_letter(column)
    assert found == [("formula_unsaved", f"{letter}3"), ("cell_error", f"{letter}4")]
