"""What can be stated about a household or a person: each fact's subject, type and unit. One table, agreed with the
rule packs by name."""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Kind(StrEnum):
    MONEY = "money"  # whole fen
    COUNT = "count"
    FLAG = "flag"
    CODE = "code"
    DAY = "day"


HOUSEHOLD, MEMBER = "household", "member"


@dataclass(frozen=True)
class FactName:
    name: str
    subject: str
    kind: Kind
    unit: str
    label: str | Promise
    # A sensitive code or text is sealed; it is never searched or grouped by.
    sealed: bool = False


def _table(*rows: FactName) -> dict[str, FactName]:
    return {row.name: row for row in rows}


FACT_NAMES = _table(
    FactName(
        "other_income_12m", HOUSEHOLD, Kind.MONEY, "yuan/year", _("other income of the household in twelve months")
    ),
    FactName(
        "medical_spending_12m", HOUSEHOLD, Kind.MONEY, "yuan/year", _("own-pay medical spending in twelve months")
    ),
    FactName("education_spending_12m", HOUSEHOLD, Kind.MONEY, "yuan/year", _("education spending in twelve months")),
    FactName("housing_spending_12m", HOUSEHOLD, Kind.MONEY, "yuan/year", _("housing spending in twelve months")),
    FactName(
        "disability_spending_12m", HOUSEHOLD, Kind.MONEY, "yuan/year", _("disability care spending in twelve months")
    ),
    FactName(
        "other_rigid_spending_12m", HOUSEHOLD, Kind.MONEY, "yuan/year", _("other rigid spending in twelve months")
    ),
    FactName("has_vehicle", HOUSEHOLD, Kind.FLAG, "", _("owns a motor vehicle")),
    FactName("vehicle_for_disability", HOUSEHOLD, Kind.FLAG, "", _("the vehicle makes up for a disability")),
    FactName("homes", HOUSEHOLD, Kind.COUNT, "homes", _("number of homes")),
    FactName("over_local_average_area", HOUSEHOLD, Kind.FLAG, "", _("homes above the local average area")),
    FactName("controls_company", HOUSEHOLD, Kind.FLAG, "", _("controls a company")),
    FactName("high_fee_school", HOUSEHOLD, Kind.FLAG, "", _("child in a high-fee school or abroad at own cost")),
    FactName("refuses_checks", HOUSEHOLD, Kind.FLAG, "", _("refuses checks")),
    FactName("conceals_or_false_papers", HOUSEHOLD, Kind.FLAG, "", _("conceals facts or gave false papers")),
    FactName("refuses_work", HOUSEHOLD, Kind.FLAG, "", _("refuses work without reason")),
    FactName("event", HOUSEHOLD, Kind.CODE, "", _("event that brought hardship")),
    FactName(
        "event_loss_after_compensation", HOUSEHOLD, Kind.MONEY, "yuan", _("loss from the event after compensation")
    ),
    FactName("main_cause", HOUSEHOLD, Kind.CODE, "", _("main cause of hardship")),
    FactName("in_subsistence_allowance", HOUSEHOLD, Kind.FLAG, "", _("receives the subsistence allowance")),
    FactName("mutual_aid_joined", HOUSEHOLD, Kind.FLAG, "", _("joined this year's mutual aid")),
    FactName("startup_loan", HOUSEHOLD, Kind.MONEY, "yuan", _("principal of the start-up loan")),
    FactName("startup_interest_12m", HOUSEHOLD, Kind.MONEY, "yuan/year", _("interest paid on the start-up loan")),
    FactName("legal_matter", HOUSEHOLD, Kind.CODE, "", _("matter on which legal aid is asked for")),
    FactName("employer_in_difficulty", HOUSEHOLD, Kind.FLAG, "", _("the worker's firm is in difficulty")),
    FactName("runs_business", HOUSEHOLD, Kind.FLAG, "", _("keeps a shop or hires others")),
    FactName("savings", HOUSEHOLD, Kind.MONEY, "yuan", _("savings and investments at hand")),
    FactName("single_parent", HOUSEHOLD, Kind.FLAG, "", _("single parent")),
    FactName("income_month", MEMBER, Kind.MONEY, "yuan/month", _("monthly income")),
    FactName("birth_date", MEMBER, Kind.DAY, "", _("birth date")),
    FactName("work_status", MEMBER, Kind.CODE, "", _("work status")),
    FactName("illness", MEMBER, Kind.CODE, "", _("illness or disability"), sealed=True),
    FactName("is_student", MEMBER, Kind.FLAG, "", _("is a student")),
    FactName("school_level", MEMBER, Kind.CODE, "", _("school level")),
    FactName("on_festival_duty", MEMBER, Kind.FLAG, "", _("on duty at the front line over the festivals")),
    FactName("disaster_rescue", MEMBER, Kind.FLAG, "", _("in disaster rescue")),
    FactName("dialysis_half_years", MEMBER, Kind.COUNT, "times", _("half-years on dialysis this year")),
    FactName("cataract_operations_12m", MEMBER, Kind.COUNT, "times", _("cataract operations in twelve months")),
    FactName("cataract_cost_12m", MEMBER, Kind.MONEY, "yuan/year", _("own cost of cataract operations")),
    FactName("heart_operation_12m", MEMBER, Kind.FLAG, "", _("operated on for a heart defect in twelve months")),
    FactName("heart_operation_cost_12m", MEMBER, Kind.MONEY, "yuan/year", _("own cost of the heart operation")),
    FactName("model_worker", MEMBER, Kind.CODE, "", _("model worker")),
    FactName("relation", MEMBER, Kind.CODE, "", _("relation to the worker")),
    FactName("is_union_member", MEMBER, Kind.FLAG, "", _("is a union member")),
    # The groups that a union counts by (chunyu.registry.groups): no rule reads them, every report can be cut by them.
    FactName("front_line", MEMBER, Kind.FLAG, "", _("front-line worker")),
    FactName("migrant", MEMBER, Kind.FLAG, "", _("migrant worker")),
    FactName("dispatched", MEMBER, Kind.FLAG, "", _("dispatched worker")),
)
# Held on the person's own row, where corrections are recorded; shown beside the stated facts.
OF_THE_PERSON = frozenset({"birth_date", "relation"})
