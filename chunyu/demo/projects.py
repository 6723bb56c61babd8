"""The three projects that the newspaper names (项目化帮扶), run by the province: love card, dialysis, cataract."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from chunyu.accounts.acting import Acting
from chunyu.accounts.roles import Role
from chunyu.casework import actions as casework
from chunyu.casework.models import Case
from chunyu.demo.federation import acting
from chunyu.demo.matters import answer
from chunyu.demo.papers import page
from chunyu.federation.models import Organisation
from chunyu.hardship.models import DecisionProgramme
from chunyu.hardship.projects import actions
from chunyu.hardship.projects.actions import Rate, Terms
from chunyu.hardship.projects.kinds import Form, Group
from chunyu.hardship.projects.paying import next_month
from chunyu.hardship.projects.shown import digest_of_roll
from chunyu.hardship.projects.tables import Project, ProjectCase
from chunyu.ledger import actions as ledger
from chunyu.ledger.models import Fund
from chunyu.registry.models import Household

PROVINCE, CITY, COUNTY = "春雨省总工会", "春申市总工会", "雨润县总工会"
APPROVER, CASEWORKER, CHAIR, FINANCE = (
    Role.COUNTY_APPROVER,
    Role.COUNTY_CASEWORKER,
    Role.WORKPLACE_CHAIR,
    Role.FINANCE_OFFICER,
)
FUNDER = "省职工互助基金会"
BEGAN = 120  # days ago, about
HELPED = {Form.STIPEND: 3, Form.SESSIONS: 2, Form.EYE: 3}  # cases to show


def run_projects(unions: Mapping[str, Organisation], day: date) -> None:
    """Open the three, nominate a few families of one county, and pay them through the bank."""
    _Year(unions, day).play()


class _Year:
    def __init__(self, unions: Mapping[str, Organisation], day: date) -> None:
        self.unions, self.day = unions, day
        self.begun = (day - timedelta(days=BEGAN)).replace(day=1)
        self.used: set[object] = set()

    def play(self) -> None:
        province, city = self._fund(PROVINCE, 80_000_000), self._fund(CITY, 6_000_000)
        card = self._open(
            "工会爱心卡", "love_card", Form.STIPEND, 1974, (Rate(Group.HARDSHIP, province, 30_000),), number=1
        )
        dialysis = self._open(
            "尿毒症透析救助", "dialysis", Form.SESSIONS, 1435, (Rate(Group.HARDSHIP, province, 250_000),), number=2,
            year_cap_fen=500_000,
        )  # fmt: skip
        rates = (
            Rate(Group.HARDSHIP, province, 100_000),
            Rate(Group.MEMBER, province, 30_000),
            Rate(Group.MEMBER, city, 30_000),
        )
        cataract = self._open("职工白内障光明工程", "cataract", Form.EYE, 1279, rates, number=3)
        for project, hospital in ((dialysis, "雨润县人民医院"), (cataract, "春申市眼科医院")):
            actions.add_hospital(self._at(APPROVER, PROVINCE, self.begun), project, name=hospital)
        self._cards(card)
        for household in self._families("medical", HELPED[Form.SESSIONS]):
            self._dialysis(dialysis, household)
        for place, household in enumerate(self._families("medical", HELPED[Form.EYE])):
            self._eye(cataract, household, "left" if place else "right")
        self._pay(province)

    def _at(self, role: Role, organisation: str, day: date) -> Acting:
        return acting(role, self.unions[organisation], day)

    def _fund(self, owner: str, fen: int) -> Fund:
        finance = self._at(FINANCE, owner, self.begun)
        fund = ledger.open_fund(
            finance,
            organisation=self.unions[owner],
            name=f"{FUNDER}公益项目资金",
            source="foundation",
            document_no=f"演互基〔{self.begun.year}〕8号",
            year=self.begun.year,
            day=self.begun,
            programmes={},
        )
        ledger.receive(
            finance, fund=fund, amount_fen=fen, day=self.begun, document_no="捐赠收据1", key=f"project:{fund.pk}"
        )
        return fund

    def _open(
        self, name: str, programme: str, form: str, quota: int, rates: Iterable[Rate], *, number: int, **more: int
    ) -> Project:
        terms = Terms(
            programme=programme,
            name=name,
            form=form,
            funder=FUNDER,
            document_no=f"演互基〔{self.begun.year}〕{number + 10}号",
            starts_on=self.begun,
            ends_on=self.begun + timedelta(days=365),
            quota=quota,
            rates=tuple(rates),
            **more,
        )
        return actions.open_project(self._at(APPROVER, PROVINCE, self.begun), terms)

    def _families(self, programme: str, count: int) -> list[Household]:
        """Families of the county that the rules name for a programme and that ask for nothing else."""
        named = DecisionProgramme.objects.filter(
            programme=programme,
            entitled=True,
            amount_fen__gte=300_000,
            decision__household__organisation__path__startswith=self.unions[COUNTY].path,
            decision__household__opened_on__lte=self.begun,
            decision__household__applications=None,
            decision__household__status=Household.Status.ON_FILE,
        ).exclude(decision__household__in=self.used)
        found: dict[object, Household] = {}
        rows = named.select_related("decision__household__organisation__region").order_by("-decision__household__pk")
        for each in rows[: count * 3]:
            found.setdefault(each.decision.household_id, each.decision.household)
        chosen = list(found.values())[:count]
        self.used |= {each.pk for each in chosen}
        return chosen

    def _nominated(self, project: Project, household: Household, day: date, eye: str = "") -> Case:
        worker = self._at(CASEWORKER, COUNTY, day)
        case = actions.nominate(worker, project, household, household.worker, channel="counter", eye=eye)
        for kind in ("application",) if project.form == Form.STIPEND else ("application", "diagnosis"):
            self._attach(worker, case, kind)
        if project.form != Form.STIPEND:
            casework.move(worker, case, "confirm", hospital=str(project.hospitals.get().pk))
        return case

    def _attach(self, worker: Acting, case: Case, kind: str) -> None:
        casework.attach_document(worker, case, kind=kind, name=f"{kind}.pdf", content=page(kind, case.number))

    def _approve(self, case: Case, day: date, **fields: object) -> None:
        casework.move(self._at(APPROVER, COUNTY, day), case, "approve", note="材料齐全，同意。", **fields)

    def _cards(self, project: Project) -> None:
        """Stipends from the second month on; the first of them stopped a month ago."""
        start, last = next_month(self.begun), self.day.replace(day=1)
        families = self._families("love_card", HELPED[Form.STIPEND])
        cases = [self._nominated(project, each, self.begun) for each in families]
        for case in cases:
            self._approve(case, self.begun + timedelta(days=3), started_on=start)
        if not cases:
            return
        stopped = next_month(next_month(start)) if next_month(next_month(start)) <= last else last
        worker = self._at(CASEWORKER, COUNTY, self.day)
        casework.move(worker, cases[0], "stop", stopped_on=stopped, code="exit", note="子女就业，已脱困。")
        month = start
        while month < last:
            roll = actions.make_roll(self._at(CASEWORKER, COUNTY, self.day), project, month)
            actions.approve_roll(self._at(APPROVER, COUNTY, self.day), roll, shown=digest_of_roll(roll))
            month = next_month(month)

    def _dialysis(self, project: Project, household: Household) -> None:
        case = self._nominated(project, household, self.begun)
        self._approve(case, self.begun + timedelta(days=5))
        worker = self._at(CASEWORKER, COUNTY, self.day)
        held = ProjectCase.objects.get(case=case)
        for week in range(4):
            on = self.begun + timedelta(days=10 + 7 * week)
            actions.record_session(worker, held, day=on, cost_fen=60_000, insured_fen=45_000)
        self._attach(worker, case, "medical_receipts")
        casework.move(worker, case, "take_sessions")
        casework.move(worker, case, "pay")

    def _eye(self, project: Project, household: Household, eye: str) -> None:
        case = self._nominated(project, household, self.begun, eye)
        self._approve(case, self.begun + timedelta(days=5))
        worker = self._at(CASEWORKER, COUNTY, self.day)
        self._attach(worker, case, "medical_receipts")
        treated = self.begun + timedelta(days=25)
        costs = {"cost_fen": 680_000, "insured_fen": 510_000, "other_fen": 0}
        casework.move(worker, case, "treat", treated_on=treated, **costs)
        casework.move(worker, case, "pay")

    def _pay(self, fund: Fund) -> None:
        """One batch for everything, approved by another person and answered by the bank; treated cases follow."""
        finance, approver = self._at(FINANCE, PROVINCE, self.day), self._at(APPROVER, PROVINCE, self.day)
        orders = list(fund.orders.filter(status="planned").order_by("reference", "instalment"))
        if not orders:
            return
        batch = ledger.submit(finance, ledger.prepare_batch(finance, fund=fund, orders=orders, day=self.day))
        batch = ledger.approve(approver, batch, shown=batch.digest, day=self.day)
        ledger.send(finance, batch, day=self.day)
        batch.refresh_from_db()
        ledger.import_result(finance, batch, content=answer(batch, set()), day=self.day)
        county = self._at(FINANCE, COUNTY, self.day)
        for case in Case.objects.filter(process=actions.TREATMENT, state="paying").order_by("number"):
            casework.move(county, case, "settle")
