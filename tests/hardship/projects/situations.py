"""Projects at work, built through the real actions: a fund of each level, and one project of each kind."""

from __future__ import annotations

from datetime import date
from itertools import count

from chunyu.accounts.acting import Acting
from chunyu.accounts.roles import Role
from chunyu.casework import actions as casework
from chunyu.casework.models import Case
from chunyu.federation.models import Organisation
from chunyu.hardship.actions import state_fact
from chunyu.hardship.projects import actions
from chunyu.hardship.projects.kinds import Form, Group
from chunyu.hardship.projects.tables import Project, ProjectCase
from chunyu.ledger import actions as ledger
from chunyu.ledger.models import Fund
from chunyu.registry.models import Household
from tests.casework.applications import PDF
from tests.hardship.families import TODAY, family
from tests.ledger.situations import result_csv
from tests.situations import County, acting

CASEWORKER, APPROVER, FINANCE = Role.COUNTY_CASEWORKER, Role.COUNTY_APPROVER, Role.FINANCE_OFFICER
_number = count(1)
FROM, UNTIL = date(2026, 1, 1), date(2026, 12, 31)


def fund(at: Organisation, source: str = "foundation", fen: int = 100_000_000, day: date = TODAY) -> Fund:
    finance = acting(FINANCE, at, day)
    opened = ledger.open_fund(
        finance,
        organisation=at,
        name=f"{at.name}项目资金",
        source=source,
        document_no=f"{at.pk}-{source}-{next(_number)}",
        year=day.year,
        day=day,
        programmes={},
    )
    ledger.receive(finance, fund=opened, amount_fen=fen, day=day, document_no="拨款单", key=f"{at.pk}-{source}")
    return opened


def opened(yurun: County, form: str, rates: list[tuple[str, Organisation, int]], **more) -> Project:
    funds: dict[int, Fund] = {}
    for _group, at, _fen in rates:
        funds.setdefault(at.pk, fund(at) if at.pk not in funds else funds[at.pk])
    terms = {
        "programme": {Form.STIPEND: "love_card", Form.SESSIONS: "dialysis", Form.EYE: "cataract"}[form],
        "name": "项目",
        "funder": "省职工互助基金会",
        "document_no": "冀互助〔2026〕3号",
        "starts_on": FROM,
        "ends_on": UNTIL,
        "quota": 10,
    } | more
    made = tuple(actions.Rate(group, funds[at.pk], fen) for group, at, fen in rates)
    return actions.open_project(acting(APPROVER, yurun.province, TODAY), actions.Terms(form=form, rates=made, **terms))


def love_card(yurun: County, **more) -> Project:
    return opened(yurun, Form.STIPEND, [(Group.HARDSHIP, yurun.province, 30_000)], **more)


def dialysis(yurun: County, **more) -> Project:
    made = opened(yurun, Form.SESSIONS, [(Group.HARDSHIP, yurun.province, 250_000)], **{"year_cap_fen": 500_000} | more)
    actions.add_hospital(acting(APPROVER, yurun.province, TODAY), made, name="雨润县人民医院")
    return made


def cataract(yurun: County, **more) -> Project:
    rates = [
        (Group.HARDSHIP, yurun.province, 100_000),
        (Group.MEMBER, yurun.province, 30_000),
        (Group.MEMBER, yurun.city, 30_000),
    ]
    made = opened(yurun, Form.EYE, rates, **more)
    actions.add_hospital(acting(APPROVER, yurun.province, TODAY), made, name="春申市眼科医院")
    return made


def without_way_out(yurun: County, name: str = "程梅", order: int = 1) -> Household:
    """A deep-hardship household in which nobody can earn: the love card's rule holds."""
    household = family(
        yurun, name, order=order, incomes=(0, 0), main_cause="no_work_ability", medical_spending_12m=600_000
    )
    for member in household.members.all():
        state_fact(
            yurun.acting(CASEWORKER, TODAY), household, "work_status", "unable",
            member=member, source="verified", on=TODAY,
        )  # fmt: skip
    return household


def nominated(yurun: County, project: Project, household: Household, *, eye: str = "", day: date = TODAY) -> Case:
    chair = yurun.acting(Role.WORKPLACE_CHAIR, day)
    return actions.nominate(chair, project, household, household.worker, channel="counter", eye=eye)


def attach(actor: Acting, case: Case, *kinds: str) -> None:
    for kind in kinds:
        casework.attach_document(actor, case, kind=kind, name=f"{kind}.pdf", content=PDF + kind.encode() + b"\n%%EOF\n")


def approved(
    yurun: County, project: Project, household: Household, *, eye: str = "", day: date = TODAY, **fields
) -> Case:
    """A case through confirmation and approval."""
    case = nominated(yurun, project, household, eye=eye, day=day)
    chair = yurun.acting(Role.WORKPLACE_CHAIR, day)
    attach(chair, case, "application")
    if project.form != Form.STIPEND:
        attach(chair, case, "diagnosis")
        casework.move(yurun.acting(CASEWORKER, day), case, "confirm", hospital=str(project.hospitals.get().pk))
    casework.move(yurun.acting(APPROVER, day), case, "approve", note="同意", **fields)
    return case


def treated(yurun: County, case: Case, cost: int, insured: int = 0, *, day: date = TODAY) -> Case:
    worker = yurun.acting(CASEWORKER, day)
    attach(worker, case, "medical_receipts")
    casework.move(worker, case, "treat", treated_on=day, cost_fen=cost, insured_fen=insured, other_fen=0)
    return case


def bank_pays(project: Project, day: date = TODAY) -> None:
    """Every order of the project's funds in a batch that was approved, sent and paid."""
    for share in project.shares.select_related("fund__organisation"):
        orders = list(share.fund.orders.filter(status="planned"))
        if not orders:
            continue
        finance, second = (acting(FINANCE, share.fund.organisation, day) for _ in range(2))
        batch = ledger.submit(finance, ledger.prepare_batch(finance, fund=share.fund, orders=orders, day=day))
        ledger.approve(second, batch, shown=batch.digest, day=day)
        ledger.send(finance, batch, day=day)
        batch.refresh_from_db()
        ledger.import_result(finance, batch, content=result_csv(batch), day=day)


def held(case: Case) -> ProjectCase:
    return ProjectCase.objects.get(case=case)
