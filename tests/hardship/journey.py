"""An application on its whole way: the household is decided, the programme applied for, approved and paid."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from chunyu.accounts.acting import Acting
from chunyu.accounts.roles import Role
from chunyu.casework.models import Case
from chunyu.hardship.actions import apply_for
from chunyu.ledger import actions as ledger
from chunyu.ledger.models import Fund, PayoutBatch
from chunyu.registry.models import Household
from tests.casework.applications import Walk
from tests.hardship.families import TODAY, family
from tests.ledger.situations import result_csv
from tests.situations import County, acting

PAPERS = ("diagnosis", "medical_receipts", "bank_card")


def medical_fund(county: County, amount_fen: int = 10_000_000, day: date = TODAY) -> Fund:
    finance = county.acting(Role.FINANCE_OFFICER, day)
    fund = ledger.open_fund(
        finance,
        organisation=county.federation,
        name="中央财政专项帮扶资金",
        source="central_fiscal",
        document_no="财社〔2026〕1号",
        year=day.year,
        day=day,
        programmes={"medical": "医疗救助", "living": "生活救助"},
    )
    ledger.receive(finance, fund=fund, amount_fen=amount_fen, day=day, document_no="拨款单1", key="first")
    return fund


@dataclass
class Journey(Walk):
    """A walk of the real process; `household` may be given, with whatever facts the story needs."""

    day: date = TODAY
    household: Household | None = None
    programme: str = "medical"
    fund: Fund = field(init=False)

    def __post_init__(self) -> None:
        self.household = self.household or family(self.county, self.name, day=self.day)
        self.fund = medical_fund(self.county, day=self.day)
        self.case: Case = apply_for(
            self.acting(Role.WORKPLACE_CHAIR), self.household, self.programme, channel="counter"
        )

    def prepare(self, move: str) -> None:
        super().prepare(move)
        if move == "accept":
            held = set(self.case.documents.values_list("kind", flat=True))
            self.attach(*(kind for kind in PAPERS if kind not in held))
        elif move == "settle":
            batch = self.batch()
            ledger.import_result(self.acting(Role.FINANCE_OFFICER), batch, content=result_csv(batch), day=self.day)

    def move(self, role: Role, name: str, **fields) -> Case:
        if name == "approve":
            fields = {"note": "同意"}
        elif name == "pay_out":
            fields = {"fund": str(self.fund.pk)}
        return super().move(role, name, **fields)

    def batch(self) -> PayoutBatch:
        """The order in a batch that another person approved and that was sent to the bank."""
        finance, second = self.acting(Role.FINANCE_OFFICER), self.second_approver()
        orders = list(self.fund.orders.filter(status__in=["planned", "reissued"]))
        batch = ledger.prepare_batch(finance, fund=self.fund, orders=orders, day=self.day)
        batch = ledger.submit(finance, batch)
        batch = ledger.approve(second, batch, shown=batch.digest, day=self.day)
        ledger.send(finance, batch, day=self.day)
        batch.refresh_from_db()
        return batch

    def second_approver(self) -> Acting:
        return acting(Role.FINANCE_OFFICER, self.county.federation, self.day)
