# ruff: noqa: E501  # sentences are compared whole
"""The why-tree in both languages: sentences with their numbers, sources, and who stated what."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from inline_snapshot import snapshot

from chunyu.policy import Case, Pack, Stated, Why, decide, explain, why_not
from chunyu.policy.case_file import read_case_file
from chunyu.policy.commands import tree_lines
from tests.policy.households import FAMILY, ON, cheng_mei, decided

EXAMPLE = Path(__file__).parents[2] / "docs/reference/household-example.json"


def lines(why: Why, depth: int = 9) -> list[str]:
    """The tree without its sources, to a depth."""
    return [line for line in tree_lines(why) if "←" not in line and len(line) - len(line.lstrip()) < 2 * depth]


def of_file(pack: Pack) -> tuple[Case, tuple[str, ...]]:
    return read_case_file(pack, EXAMPLE)


def test_why_deep_hardship_in_chinese(national: Pack):
    case, regions = of_file(national)
    why = explain(decide(national, case, ON, regions), "category", "zh")
    assert lines(why) == snapshot(
        [
            "· 困难类别：深度困难",
            "  ✓ 家庭人均月净收入在深度困难线以内  704.17 ≤ 740.00",
            "    · 家庭人均月净收入  704.17 元/月",
            "        = （近 12 个月收入 63,600.00 − 刚性支出 29,800.00）÷ 家庭人口 4 ÷ 12",
            "      · 近 12 个月收入  63,600.00 元/年",
            "          = （计入的月收入：程梅 2,600.00 + 郭• 1,500.00 + 郭•• 0.00 + 谢• 1,200.00）× 12 + 家庭其他非薪资年收入 0.00",
            "        · 程梅：月收入  2,600.00 元/月",
            "        · 郭•：月收入  1,500.00 元/月",
            "        · 郭••：月收入  0.00 元/月",
            "        · 谢•：月收入  1,200.00 元/月",
            "        · 家庭其他非薪资年收入  0.00 元/年",
            "      · 刚性支出  29,800.00 元/年",
            "          = 医疗自付支出 24,800.00 + 教育支出 5,000.00 + 住房支出 0.00 + 残疾护理支出 0.00 + 其他刚性支出 0.00",
            "        · 医疗自付支出  24,800.00 元/年",
            "        · 教育支出  5,000.00 元/年",
            "        · 住房支出  0.00 元/年",
            "        · 残疾护理支出  0.00 元/年",
            "        · 其他刚性支出  0.00 元/年",
            "      · 家庭人口  4 人",
            "          = 成员 4 人",
            "    · 深度困难线  740.00 元/月",
            "        = 深度困难倍数 1 × 当地最低生活保障标准 740.00",
            "      · 深度困难倍数  1",
            "      · 当地最低生活保障标准  740.00 元/月",
            "    · 深度困难线含等于  ≤",
            "  ✓ 没有排除情形  是",
            "    ✓ 没有机动车  是",
            "      · 拥有或经常使用机动车  否",
            "    ✓ 住房未超标  1 < 2",
            "      · 房产套数  1 套",
            "      · 住房套数限额  2 套",
            "    ✓ 不控制企业  是",
            "    ✓ 没有高收费就学  是",
            "  ✓ 可以认定为困难职工  是",
            "    ✓ 没有不予认定的行为  是",
            "      ✓ 没有拒绝核对  是",
            "      ✓ 没有隐瞒或虚假  是",
            "      ✓ 没有无正当理由拒绝就业  是",
        ]
    )


def test_why_deep_hardship_in_english_from_the_same_tree(national: Pack):
    case, regions = of_file(national)
    why = explain(decide(national, case, ON, regions), "category", "en")
    assert lines(why) == snapshot(
        [
            "· category of hardship: deep hardship",
            "  ✓ monthly net income per head is within the line of deep hardship  704.17 ≤ 740.00",
            "    · monthly net income per head  704.17 yuan a month",
            "        = (income of the last 12 months 63,600.00 − rigid spending 29,800.00) ÷ people in the household 4 ÷ 12",
            "      · income of the last 12 months  63,600.00 yuan a year",
            "          = (monthly income counted: 程梅 2,600.00 + 郭• 1,500.00 + 郭•• 0.00 + 谢• 1,200.00) × 12 + the household's other yearly income 0.00",
            "        · 程梅: monthly income  2,600.00 yuan a month",
            "        · 郭•: monthly income  1,500.00 yuan a month",
            "        · 郭••: monthly income  0.00 yuan a month",
            "        · 谢•: monthly income  1,200.00 yuan a month",
            "        · the household's other yearly income  0.00 yuan a year",
            "      · rigid spending  29,800.00 yuan a year",
            "          = medical costs paid by the household 24,800.00 + schooling costs 5,000.00 + housing costs 0.00 + disability and care costs 0.00 + other rigid spending 0.00",
            "        · medical costs paid by the household  24,800.00 yuan a year",
            "        · schooling costs  5,000.00 yuan a year",
            "        · housing costs  0.00 yuan a year",
            "        · disability and care costs  0.00 yuan a year",
            "        · other rigid spending  0.00 yuan a year",
            "      · people in the household  4 people",
            "          = 4 members",
            "    · the line of deep hardship  740.00 yuan a month",
            "        = the multiple for deep hardship 1 × the local minimum living standard 740.00",
            "      · the multiple for deep hardship  1",
            "      · the local minimum living standard  740.00 yuan a month",
            "    · whether the deep line includes equality  ≤",
            "  ✓ no exclusion applies  yes",
            "    ✓ no motor vehicle  yes",
            "      · owns or regularly uses a motor vehicle  no",
            "    ✓ no more housing than allowed  1 < 2",
            "      · number of homes owned  1 home",
            "      · the limit on homes  2 homes",
            "    ✓ no control of a company  yes",
            "    ✓ no high-fee schooling  yes",
            "  ✓ not barred from determination  yes",
            "    ✓ no conduct bars determination  yes",
            "      ✓ no refusal of checks  yes",
            "      ✓ no concealment or false papers  yes",
            "      ✓ no refusal of work without reason  yes",
        ]
    )


def test_facts_say_who_stated_them_and_when(national: Pack):
    case, regions = of_file(national)
    why = explain(decide(national, case, ON, regions), "category", "zh")
    assert sources(why, "income_month", 0) == ["核实 用人单位证明 2026-02-27"]
    assert sources(why, "has_vehicle") == ["比对 县核对中心 2026-03-12"]
    assert sources(why, "living_standard") == [
        "雨润县民政局（演示用虚构县，虚构数值）：城市低保标准，2025-07-01 起执行（139901 · 2025-07-01 起）"
    ]


def test_a_statement_that_does_not_count_is_still_shown(national: Pack):
    statements = (
        Stated(0, "declared", "程梅", date(2026, 3, 6)),
        Stated(42_000_00, "matched", "社会保险记录", date(2026, 3, 12)),
    )
    case = cheng_mei().with_household("other_income_12m", statements)  # type: ignore[arg-type]  # several statements
    decision = decided(national, case)
    assert sources(explain(decision, "category"), "other_income_12m") == [
        "比对 社会保险记录 2026-03-12",
        "申报 程梅 2026-03-06（0.00 元/年，未采用）",
    ]
    assert lines(explain(decision, "income_disputed", "zh")) == snapshot(
        ["✓ 申报收入与核对结果不一致  是", "  · 家庭其他非薪资年收入  42,000.00 元/年"]
    )


def test_why_unknown(national: Pack):
    decision = decided(national, cheng_mei(has_vehicle=None))
    assert lines(explain(decision, "category", "zh"), 4) == snapshot(
        [
            "? 困难类别：未知",
            "  ? “深度困难”的条件  尚不能确定",
            "    ✓ 家庭人均月净收入在深度困难线以内  704.17 ≤ 740.00",
            "      · 家庭人均月净收入  704.17 元/月",
            "      · 深度困难线  740.00 元/月",
            "      · 深度困难线含等于  ≤",
            "    ? 没有排除情形  未知",
            "      ? 没有机动车  未知",
            "      ✓ 住房未超标  1 < 2",
            "      ✓ 不控制企业  是",
            "      ✓ 没有高收费就学  是",
            "    ✓ 可以认定为困难职工  是",
            "      ✓ 没有不予认定的行为  是",
            "  ✓ “相对困难”的条件  符合",
            "    ✓ 家庭人均月净收入在相对困难线以内  704.17 ≤ 1,480.00",
            "      · 家庭人均月净收入  704.17 元/月",
            "      · 相对困难线  1,480.00 元/月",
            "      · 相对困难线含等于  ≤",
            "    ✓ 可以认定为困难职工  是",
        ]
    )


def test_why_accidental(national: Pack):
    fire = cheng_mei(
        (({"income_month": 9_000_00}), *FAMILY[1:]),
        medical_spending_12m=0,
        main_cause="accident",
        event="accident",
        event_loss_after_compensation=150_000_00,
    )
    assert lines(explain(decided(national, fire), "category", "zh"), 5) == snapshot(
        [
            "· 困难类别：意外致困",
            "  ✗ “深度困难”的条件  不符合",
            "    ✗ 家庭人均月净收入在深度困难线以内  2,820.83 > 740.00",
            "      · 家庭人均月净收入  2,820.83 元/月",
            "        · 近 12 个月收入  140,400.00 元/年",
            "        · 刚性支出  5,000.00 元/年",
            "        · 家庭人口  4 人",
            "      · 深度困难线  740.00 元/月",
            "        · 深度困难倍数  1",
            "        · 当地最低生活保障标准  740.00 元/月",
            "      · 深度困难线含等于  ≤",
            "  ✗ “相对困难”的条件  不符合",
            "    ✗ 家庭人均月净收入在相对困难线以内  2,820.83 > 1,480.00",
            "      · 家庭人均月净收入  2,820.83 元/月",
            "      · 相对困难线  1,480.00 元/月",
            "        · 相对困难倍数  2",
            "        · 当地最低生活保障标准  740.00 元/月",
            "      · 相对困难线含等于  ≤",
            "  ✓ “意外致困”的条件  符合",
            "    ✓ 意外致困  是",
            "      ✓ 发生所列突发事件  是",
            "        ✓ 主要致困原因属于“意外致困对应的主要致困原因”  意外事故",
            "        ✓ 突发事件属于“意外致困所列事件”  意外事故（含火灾）",
            "      ✓ 赔偿和救助之后仍在困难线以内  −304.17 ≤ 740.00",
            "        · 计入事件损失后的人均月净收入  −304.17 元/月",
            "        · 意外致困线  740.00 元/月",
            "        · 深度困难线含等于  ≤",
            "    ✓ 可以认定为困难职工  是",
            "      ✓ 没有不予认定的行为  是",
            "        ✓ 没有拒绝核对  是",
            "        ✓ 没有隐瞒或虚假  是",
            "        ✓ 没有无正当理由拒绝就业  是",
        ]
    )


def test_why_not(national: Pack):
    well_off = cheng_mei((({"income_month": 9_000_00}), *FAMILY[1:]), medical_spending_12m=1_000_00)
    decision = decided(national, well_off)
    assert [line for why in why_not(decision, "deep", "zh") for line in lines(why, 2)] == snapshot(
        [
            "✗ 家庭人均月净收入在深度困难线以内  2,800.00 > 740.00",
            "  · 家庭人均月净收入  2,800.00 元/月",
            "  · 深度困难线  740.00 元/月",
            "  · 深度困难线含等于  ≤",
        ]
    )
    assert [line for why in why_not(decision, "medical", "zh") for line in lines(why, 2)] == snapshot(
        [
            "✗ 属于困难职工家庭  不属于困难职工",
            "  · 困难类别：不属于困难职工",
            "✗ 医疗自付支出超过起付线  1,000.00 ≤ 2,000.00",
            "  · 医疗自付支出  1,000.00 元/年",
            "  · 医疗救助起付线  2,000.00 元/年",
        ]
    )
    assert [line for why in why_not(decision, "medical", "en") for line in lines(why, 2)] == snapshot(
        [
            "✗ a hardship household  not a hardship household",
            "  · category of hardship: not a hardship household",
            "✗ medical costs are above the floor  1,000.00 ≤ 2,000.00",
            "  · medical costs paid by the household  1,000.00 yuan a year",
            "  · the floor of medical aid  2,000.00 yuan a year",
        ]
    )
    assert why_not(decision, "none") == ()


def test_a_programme_with_its_amount(national: Pack):
    decision = decided(national, cheng_mei())
    assert lines(explain(decision, "medical", "zh"), 4) == snapshot(
        [
            "✓ 可以享受“医疗救助”  12,880.00 元/年",
            "  ✓ 属于困难职工家庭  深度困难",
            "    · 困难类别：深度困难",
            "  ✓ 医疗自付支出超过起付线  24,800.00 > 2,000.00",
            "    · 医疗自付支出  24,800.00 元/年",
            "    · 医疗救助起付线  2,000.00 元/年",
            "  · 医疗救助金额  12,880.00 元/年",
            "      = “深度困难”的医疗救助类别比例 1 × 医疗自付支出的分段补助 12,880.00、医疗救助年度封顶 30,000.00、医疗自付支出 24,800.00 中最小者",
            "    · 困难类别：深度困难",
            "    · 医疗救助类别比例  深度困难 1；相对困难 0.7；意外致困 0.5；不属于困难职工 0",
            "    · 医疗自付支出的分段补助  12,880.00 元/年",
            "      · 医疗救助分段比例  2,000 至 10,000 50%；10,000 至 50,000 60%；50,000 以上 70%",
            "      · 医疗自付支出  24,800.00 元/年",
            "    · 医疗救助年度封顶  30,000.00 元/年",
            "    · 医疗自付支出  24,800.00 元/年",
        ]
    )
    assert lines(explain(decision, "education", "en"), 4) == snapshot(
        [
            "✓ entitled to Education aid  2,000.00 yuan a year",
            "  ✓ a hardship household  deep hardship",
            "    · category of hardship: deep hardship",
            "  ✓ a member is in full-time education  yes",
            "    · 郭••: in full-time education  yes",
            "  ✓ education aid is due  2,000.00 > 0",
            "    · amount of education aid  2,000.00 yuan a year",
            "  · amount of education aid  2,000.00 yuan a year",
            "      = education aid: 程梅 0.00 + 郭• 0.00 + 郭•• 2,000.00 + 谢• 0.00",
            "    · 郭••: education aid  2,000.00 yuan a year",
            "      · 郭••: in full-time education  yes",
            "      · 郭••: the standard of education aid  2,000.00 yuan a year",
            "      · category of hardship: deep hardship",
            "      · the share of education aid by category  deep hardship 1; relative hardship 0.5; accidental hardship 0.5; not a hardship household 0",
            "      · the ceiling of education aid per student  7,400.00 yuan a year",
        ]
    )


def sources(why: Why, code: str, member: int | None = None) -> list[str]:
    """The sources of the step about a rule, fact or parameter, wherever it stands in the tree."""
    for step in flat(why):
        if step.code == code and step.member == member:
            return [source.text for source in step.sources]
    raise AssertionError(f"{code} is not in the tree")


def flat(why: Why) -> list[Why]:
    return [why, *(step for child in why.children for step in flat(child))]
