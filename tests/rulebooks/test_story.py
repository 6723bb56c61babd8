"""An officer drafts a change, tests it, submits it; a second one approves it; from its day on it decides."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.audit.models import Entry
from chunyu.policy import installed_packs, read_pack
from chunyu.rulebooks import actions
from chunyu.rulebooks.actions import State
from chunyu.rulebooks.drafts import checked
from chunyu.rulebooks.in_force import contents, files_of, pack_by_digest, pack_on
from chunyu.rulebooks.models import AcceptedDifference, RulebookVersion, StaffTest
from chunyu.rulebooks.trials import open_differences, standing_tests, try_pack
from tests.rulebooks.conftest import TODAY
from tests.rulebooks.story import LOWER, STANDARD, drafted, refusal, rewritten, submitted
from tests.situations import acting

PLACES = ("139901", "1399", "13", "national")
TEST = """\
- name: 两线之间的一户
  on: 2026-05-06
  regions: ["139901", "1399", "13", national]
  signed_application: {by: 甲, on: 2026-05-06}
  household:
    {other_income_12m: 26400, medical_spending_12m: 0, education_spending_12m: 0, housing_spending_12m: 0,
     disability_spending_12m: 0, other_rigid_spending_12m: 0, has_vehicle: false, homes: 1, main_cause: laid_off}
  members: [{name: 甲, income_month: 0}, {name: 乙, income_month: 0}]
  expect: {category: relative, net_income: 1100}
"""


def test_what_came_with_the_software_is_kept_word_for_word(yurun):
    for pack in installed_packs():
        kept = RulebookVersion.objects.get(digest=pack.digest)
        assert kept.state == State.SHIPPED
        assert read_pack(contents(files_of(kept))) == pack


def test_a_new_value_holds_from_its_day_once_a_second_person_approved_it(officer, second):
    version = submitted(officer, STANDARD)
    before = pack_on(TODAY)
    actions.approve(second, version, date(2026, 3, 10))
    assert pack_on(date(2026, 3, 9)) == before
    after = pack_on(date(2026, 3, 10))
    assert after != before
    standard = after.parameters["living_standard"]
    assert standard.setting(PLACES, date(2026, 6, 30)).text == "740"
    assert standard.setting(PLACES, date(2026, 7, 1)).text == "780"
    assert standard.setting(PLACES, date(2026, 7, 1)).source.startswith("雨润县民政局")
    events = Entry.objects.filter(subject=f"rulebooks.RulebookVersion:{version.pk}").order_by("pk")
    assert [entry.event for entry in events] == [
        "rulebooks.begin", "rulebooks.write", "rulebooks.submit", "rulebooks.approve",
    ]  # fmt: skip


def test_a_county_drafts_and_the_top_approves(of_the_county, second):
    version = submitted(of_the_county)
    with refusal("not_at_the_top"):
        actions.approve(of_the_county, version, TODAY)
    actions.approve(second, version, TODAY)
    assert pack_on(TODAY).digest == version.digest


def test_nobody_else_writes_rulebooks(yurun):
    for role in set(Role) - {Role.POLICY_OFFICER}:
        with refusal("not_a_policy_officer"):
            actions.begin_draft(acting(role, yurun.province, TODAY), pack_on(TODAY))


def test_the_author_does_not_approve_not_even_through_another_post(officer, yurun):
    version = submitted(officer)
    with refusal("rulebook_approved_by_another"):
        actions.approve(officer, version, TODAY)


def test_nothing_is_in_force_before_it_is_approved(officer, second):
    version = submitted(officer)
    with refusal("too_early"):
        actions.approve(second, version, TODAY - timedelta(days=1))


def test_a_draft_with_faults_keeps_its_text_and_is_not_submitted(officer):
    draft = drafted(officer)
    rewritten(officer, draft, "rules/income.toml", '"count()"', '"cuont()"')
    faults = checked(draft).problems
    assert next((p.code, p.span.file) for p in faults) == ("unknown_function", "rules/income.toml")
    with refusal("faulty"):
        actions.submit(officer, draft, "试改")


def test_an_unchanged_draft_is_not_submitted(officer):
    with refusal("nothing_changed"):
        actions.submit(officer, drafted(officer), "没有改动")


def test_a_test_that_fails_bars_the_version_until_somebody_answers_for_it(officer, second):
    actions.write_test(officer, "national-2021", TEST)
    draft = drafted(officer, replace(LOWER, value="1.2"))
    with pytest.raises(Refusal, match="两线之间的一户") as refused:
        actions.submit(officer, draft, "收紧")
    assert refused.value.code == "tests_fail"
    actions.accept_difference(officer, draft, "两线之间的一户", "category", "新线以上不再列入，省总会议已定")
    actions.submit(officer, draft, "收紧")
    accepted = AcceptedDifference.objects.get(version=draft)
    assert (accepted.expected, accepted.found) == ("相对困难", "不属于困难职工")
    draft.refresh_from_db()
    actions.approve(second, draft, TODAY)


def test_an_acceptance_covers_the_difference_it_was_given_for_and_no_other(officer):
    actions.write_test(officer, "national-2021", TEST)
    draft = drafted(officer, replace(LOWER, value="1.2"))
    actions.accept_difference(officer, draft, "两线之间的一户", "category", "已定")
    relative = '{ when = "relative_by_income and not barred", then = "relative" },'
    everybody = '{ when = "size > 0 and not barred", then = "accidental" },'
    rewritten(officer, draft, "rules/category.toml", relative, f"{relative}\n  {everybody}")
    pack = checked(draft).pack
    trials = try_pack(pack, standing_tests(officer, draft.pack), "zh")
    left = {(trial.name, difference.found) for trial, difference in open_differences(draft, trials) if difference}
    assert ("两线之间的一户", "意外致困") in left


def test_a_test_written_after_submission_still_bars_approval(officer, second):
    version = submitted(officer, replace(LOWER, value="1.2"))
    actions.write_test(second, "national-2021", TEST)
    with pytest.raises(Refusal, match="两线之间的一户"):
        actions.approve(second, version, TODAY)


def test_a_test_is_replaced_and_the_earlier_one_stays_on_record(officer):
    first = actions.write_test(officer, "national-2021", TEST)
    with refusal("rulebook_test_name_once"):
        actions.write_test(officer, "national-2021", TEST)
    actions.write_test(officer, "national-2021", TEST.replace("1100", "1100.00"), replacing=first)
    assert StaffTest.objects.count() == 2
    assert len(standing_tests(officer, "national-2021")) == 1


def test_an_unreadable_test_says_what_is_missing(officer):
    with pytest.raises(Refusal, match="须有 name"):
        actions.write_test(officer, "national-2021", "- name: 只有名字\n")


def test_a_version_made_before_another_was_approved_would_undo_it(officer, second):
    one, other = submitted(officer, STANDARD), submitted(officer, LOWER)
    actions.approve(second, one, TODAY)
    with refusal("base_superseded"):
        actions.approve(second, other, TODAY + timedelta(days=1))
    follower = actions.begin_draft(officer, pack_on(TODAY))
    actions.set_parameter(officer, follower, LOWER)
    actions.submit(officer, follower, "收紧")
    with refusal("rulebook_follows_the_last"):
        actions.approve(second, follower, TODAY)
    actions.approve(second, follower, TODAY + timedelta(days=1))
    assert pack_on(TODAY).digest == one.digest


def test_an_approval_to_come_can_be_withdrawn_and_one_in_force_cannot(officer, second):
    version = submitted(officer)
    actions.approve(second, version, TODAY + timedelta(days=10))
    actions.withdraw(second, version, "文件推迟")
    assert pack_on(TODAY + timedelta(days=10)) == installed_packs()[0]
    again = submitted(officer)
    actions.approve(second, again, TODAY)
    with refusal("rulebook_in_force_stays"):
        actions.withdraw(second, again, "后悔")


def test_a_rulebook_can_be_had_by_the_digest_that_a_decision_keeps(officer, second):
    old = pack_on(TODAY)
    version = submitted(officer)
    actions.approve(second, version, TODAY)
    assert pack_by_digest(old.digest) == old
    assert pack_by_digest(version.digest).digest == version.digest
    with refusal("no_such_rulebook"):
        pack_by_digest("0" * 64)


def test_a_new_programme_is_a_file(officer, second):
    draft = drafted(officer)
    file = actions.add_file(officer, draft, "programmes", "heating")
    text = """[programme]
code = "heating"
label = "取暖救助"
label_en = "Heating aid"
for_whom = "建档困难职工家庭"
for_whom_en = "Hardship households on file"
conditions = ["on_file"]
amount = "heating_aid"
fund_use = "living"
fund_sources = ["union_budget"]
conflicts = []
retention_years = 10
payment = "bank_transfer"
source = "省总工会（虚构）2026 年 9 号文"
documents = [{ code = "application", label = "申请书（本人签字）", label_en = "signed application" }]
[programme.calendar]
opens = "10-01"
closes = "12-31"
paid = "once"

[household.heating_aid]
label = "取暖救助金额"
label_en = "amount of heating aid"
type = "money"
unit = "yuan/year"
formula = "per_year(living_standard) * size * heating_share"
source = "省总工会（虚构）2026 年 9 号文"
"""
    actions.write_file(officer, draft, file, text)
    assert [p.code for p in checked(draft).problems] == ["unknown_name"]
    texts = files_of(draft)
    share = '[heating_share]\nlabel = "取暖救助比例"\nlabel_en = "the share of heating aid"\ntype = "ratio"\n'
    row = "heating_share,national,2021-01-01,,0.05,省总工会（虚构）2026 年 9 号文\n"
    actions.write_file(officer, draft, "parameters.toml", f"{texts['parameters.toml']}\n{share}")
    actions.write_file(officer, draft, "parameters/programmes.csv", f"{texts['parameters/programmes.csv']}{row}")
    actions.submit(officer, draft, "新设取暖救助")
    draft.refresh_from_db()
    actions.approve(second, draft, TODAY)
    assert "heating" in pack_on(TODAY).programmes
