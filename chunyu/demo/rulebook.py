"""A change of the rules on its way: the standard of a county rises next July, with a household to try it on."""

from __future__ import annotations

from datetime import date

from chunyu.accounts.roles import Role
from chunyu.demo.federation import acting
from chunyu.federation.models import Organisation
from chunyu.rulebooks import actions
from chunyu.rulebooks.editing import NewValue
from chunyu.rulebooks.in_force import pack_on
from chunyu.rulebooks.models import RulebookVersion

COUNTY, STANDARD = "139901", "780"
TEST = """\
- name: 略高于现行标准的一户
  about: 人均月净收入 750 元：标准提高后由相对困难变为深度困难
  on: {day}
  regions: ["139901", "1399", "13", national]
  signed_application: {{by: 申请人, on: {day}}}
  household:
    {{other_income_12m: 18000, medical_spending_12m: 0, education_spending_12m: 0, housing_spending_12m: 0,
     disability_spending_12m: 0, other_rigid_spending_12m: 0, has_vehicle: false, homes: 1, main_cause: laid_off}}
  members: [{{name: 甲, income_month: 0}}, {{name: 乙, income_month: 0}}]
  expect: {{net_income: 750}}
"""


def draft_of_the_rules(province: Organisation, day: date) -> RulebookVersion:
    """A policy officer's draft as it stands on a day: not yet submitted, its tests hold."""
    officer = acting(Role.POLICY_OFFICER, province, day)
    draft = actions.begin_draft(officer, pack_on(day))
    july = date(day.year + (day.month >= 7), 7, 1)
    source = f"雨润县民政局（演示用虚构县，虚构数值）：城市低保标准，{july} 起执行"
    actions.set_parameter(officer, draft, NewValue("living_standard", COUNTY, july, STANDARD, source))
    actions.write_test(officer, draft.pack, TEST.format(day=july))
    return draft
