"""A small federation with money in it, built by the same actions that its people use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import count

from chunyu.accounts.acting import Acting
from chunyu.accounts.models import Post, User
from chunyu.accounts.roles import Role
from chunyu.federation import actions as federation
from chunyu.federation.models import Organisation, Region
from chunyu.ledger import actions
from chunyu.ledger.models import Fund

DAY = date(2026, 11, 23)
LIVING, MEDICAL, TUITION = "living_aid", "medical_aid", "tuition_aid"
LABELS = {LIVING: "生活救助", MEDICAL: "医疗救助", TUITION: "助学救助"}
_number = count(1)


@dataclass
class Federation:
    province: Organisation
    county: Organisation
    neighbour: Organisation


def federation_tree() -> Federation:
    opened = date(2010, 1, 1)
    region = Region.objects.create(code="139999", name="春雨县", level="county", valid_from=opened, source="fictional")
    place = {"region": region, "on": opened}
    province = federation.found(name="某省总工会", kind="provincial_federation", parent=None, **place)
    county = federation.found(name="春雨县总工会", kind="county_federation", parent=province, **place)
    neighbour = federation.found(name="秋实县总工会", kind="county_federation", parent=province, **place)
    return Federation(province, county, neighbour)


def acting_as(role: Role, organisation: Organisation, name: str = "") -> Acting:
    """A new person in a new post."""
    name = name or f"经办人{next(_number)}"
    user = User.objects.create(username=f"user-{next(_number)}", full_name=name)
    post = Post.objects.create(user=user, organisation=organisation, role=role, valid_from=date(2020, 1, 1))
    return Acting(post, DAY)


def fund_with(
    acting: Acting,
    amount_fen: int,
    *programmes: str,
    source: str = "central_fiscal",
    name: str = "中央财政专项帮扶资金",
) -> Fund:
    fund = actions.open_fund(
        acting,
        organisation=acting.organisation,
        name=name,
        source=source,
        document_no=f"财社〔2026〕{next(_number)}号",
        year=2026,
        day=DAY,
        programmes={code: LABELS[code] for code in programmes},
    )
    if amount_fen:
        actions.receive(acting, fund=fund, amount_fen=amount_fen, day=DAY, document_no="拨款单1", key="first")
    return fund
