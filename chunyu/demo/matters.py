"""What goes on in the three counties today: money received, applications at every state, batches paid and bounced."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from chunyu.accounts.acting import Acting
from chunyu.accounts.roles import Role
from chunyu.casework import actions as casework
from chunyu.casework.models import Case
from chunyu.demo.federation import acting
from chunyu.demo.walks import APPROVER, CASEWORKER, Step, Walker, WorkingDays
from chunyu.federation.models import Organisation
from chunyu.hardship.models import DecisionProgramme
from chunyu.hardship.payments import follow_payments
from chunyu.hardship.reading import read
from chunyu.ledger import actions as ledger
from chunyu.ledger.models import Fund, PaymentOrder, PayoutBatch
from chunyu.registry.models import Household

LIVING, MEDICAL, TUITION = {"living": "生活救助"}, {"medical": "医疗救助"}, {"education": "金秋助学"}


@dataclass(frozen=True)
class Source:
    """One fund of a county: where its money comes from, what it is for, and the receipts (fen, working days ago)."""

    name: str
    source: str
    document: str
    programmes: Mapping[str, str]
    receipts: tuple[tuple[int, int], ...]


SOURCES = (
    Source(
        "中央财政专项帮扶资金", "central_fiscal", "演财社〔{year}〕11号", LIVING | MEDICAL | TUITION,
        ((60_000_000, 110), (40_000_000, 60)),
    ),
    Source("省总工会帮扶资金", "provincial_union", "演工发〔{year}〕6号", LIVING | MEDICAL, ((30_000_000, 100),)),
    Source("职工互助一日捐", "mutual_aid_pool", "演互助〔{year}〕2号", MEDICAL, ((18_000_000, 95), (6_500_000, 30))),
    Source("社会捐赠资金", "donation", "演捐字〔{year}〕1号", LIVING | TUITION, ((5_200_000, 80), (1_260_000, 15))),
)  # fmt: skip
# How many applications stand at each state, besides those of the payment waves.
STANDING: dict[str, dict[str, int]] = {
    "雨润县": {
        "draft": 2, "submitted": 3, "returned": 1, "complete": 2, "visited": 2, "cross_checking": 2, "cross_checked": 2,
        "in_notice": 3, "investigating": 1, "county_review": 3, "approved": 2, "filed": 1, "refused": 1, "appealed": 1,
        "withdrawn": 1,
    },
    "青禾县": {"submitted": 1, "complete": 1, "cross_checking": 1, "in_notice": 1, "county_review": 1, "approved": 1},
    "松涛区": {"submitted": 1, "visited": 1, "cross_checked": 1, "in_notice": 1, "county_review": 1},
}  # fmt: skip
# Each county's batches that were paid weeks ago, by fund (place in SOURCES) and programme: how many cases. The last
# line of the first comes back from the bank.
PAID_BATCHES = {
    "雨润县": ((0, "living", 6), (2, "medical", 5), (1, "medical", 4), (3, "living", 3)),
    "青禾县": ((0, "living", 3), (2, "medical", 2)),
    "松涛区": ((0, "medical", 3), (1, "living", 2)),
}
BOUNCED = "账号户名不符"


class County:
    """One county's matters on a day."""

    def __init__(self, organisation: Organisation, day: date) -> None:
        self.organisation, self.day = organisation, day
        self.days = WorkingDays(day)
        self.funds = [self._fund(source) for source in SOURCES]
        self.walker = Walker(organisation, self.days, self.funds[0])
        self._waiting: dict[str, list[Household]] = {"living": [], "medical": []}
        self._entitled = self._candidates()
        self._turn = 0

    def play(self) -> None:
        name = self.organisation.region.name
        for place, (fund, programme, count) in enumerate(PAID_BATCHES[name]):
            self._paid_batch(self.funds[fund], programme, count, bounces=place == 0)
        if name == "雨润县":
            self._sent_batch(3)
            self._waiting_batch(2)
        for state, count in STANDING[name].items():
            for place in range(count):
                self._stand(state, rest=place * 2)

    def _fund(self, source: Source) -> Fund:
        year = self.day.year
        first = self.days.ago(source.receipts[0][1])
        finance = self._finance(first)
        fund = ledger.open_fund(
            finance,
            organisation=self.organisation,
            name=source.name,
            source=source.source,
            document_no=source.document.format(year=year),
            year=year,
            day=first,
            programmes=source.programmes,
            rule_numbers=dict.fromkeys(source.programmes, source.document.format(year=year)),
        )
        for number, (amount, ago) in enumerate(source.receipts, 1):
            day = self.days.ago(ago)
            key = f"receipt:{fund.pk}:{number}"
            document = f"收款回单{number}"
            ledger.receive(self._finance(day), fund=fund, amount_fen=amount, day=day, document_no=document, key=key)
        return fund

    def _finance(self, day: date, which: int = 0) -> Acting:
        return acting(Role.FINANCE_OFFICER, self.organisation, day, which)

    def _candidates(self) -> Iterator[tuple[Household, str]]:
        """Households that were entitled months ago already, each with the programme that it is short of."""
        entitled = (
            DecisionProgramme.objects.filter(
                entitled=True,
                programme__in=self._waiting,
                amount_fen__gt=0,
                decision__household__organisation__path__startswith=self.organisation.path,
            )
            .select_related("decision__household__organisation__region")
            .order_by("decision__household__file_number", "-programme")
        )
        begun = self.days.ago(80)
        taken: set[object] = set()
        for each in entitled:
            household = each.decision.household
            if household.pk in taken or household.opened_on > begun:
                continue
            if read(household, begun).determination.programmes[each.programme].entitled:
                taken.add(household.pk)
                yield household, each.programme

    def _household_for(self, programme: str) -> Household:
        """The next one for a programme; those met on the way wait for theirs."""
        while not self._waiting[programme]:
            household, wants = next(self._entitled)
            self._waiting[wants].append(household)
        return self._waiting[programme].pop(0)

    def _walk(self, state: str, rest: int, programme: str = "") -> Case:
        """An application of the given programme, or of each in turn."""
        self._turn += 1
        programme = programme or ("living", "medical")[self._turn % 2]
        return self.walker.walk(self._household_for(programme), programme, state, rest)

    def _stand(self, state: str, rest: int) -> None:
        if state == "investigating":
            case = self._walk("in_notice", rest=rest + 3)
            objector = self.walker.acting(CASEWORKER, self.days.ago(rest))
            text = "其儿子上月购置了小轿车，请核实。"
            casework.object_in_person(objector, case, text=text, contact="厂区匿名信箱")
        elif state == "appealed":
            case = self._walk("refused", rest=rest + 4)
            grounds = {"note": "车辆已于去年报废，有回收证明。"}
            self.walker.step(case, Step("appealed", "appeal", CASEWORKER, 0, grounds), self.days.ago(rest))
        else:
            self._walk(state, rest)

    def _paid_batch(self, fund: Fund, programme: str, count: int, *, bounces: bool) -> None:
        """A batch that was paid weeks ago; where it bounces one payment came back. Most families were called."""
        self.walker = Walker(self.organisation, self.days, fund)
        cases = [self._walk("in_payment", 34, programme) for _ in range(count)]
        self.walker = Walker(self.organisation, self.days, self.funds[0])
        batch = self._approved([case.number for case in cases], ago=32, fund=fund)
        finance, day = self._finance(self.days.ago(31)), self.days.ago(31)
        ledger.send(finance, batch, day=day)
        batch.refresh_from_db()
        returned = {batch.lines.order_by("line_no").last().line_key} if bounces else set()
        answered = self._finance(self.days.ago(29))
        ledger.import_result(answered, batch, content=answer(batch, returned), day=answered.day)
        follow_payments(answered)
        for place, case in enumerate(cases):
            case.refresh_from_db()
            if case.state == "paid" and place:
                self._call_back(case, close=place > 1)

    def _call_back(self, case: Case, *, close: bool) -> None:
        self.walker.step(case, Step("follow_up", "plan_follow_up", CASEWORKER, 0), self.days.ago(26))
        if close:
            said = {"outcome": "helped", "note": "钱已到账，孩子的学费交上了，谢谢工会。"}
            self.walker.step(case, Step("closed", "close", APPROVER, 0, said), self.days.ago(14))

    def _sent_batch(self, count: int) -> None:
        """A batch at the bank, not answered yet."""
        cases = [self._walk("in_payment", rest=5) for _ in range(count)]
        batch = self._approved([case.number for case in cases], ago=3)
        ledger.send(self._finance(self.days.ago(2)), batch, day=self.days.ago(2))

    def _waiting_batch(self, count: int) -> None:
        """A batch that awaits its second officer."""
        cases = [self._walk("in_payment", rest=2) for _ in range(count)]
        ledger.submit(self._finance(self.days.ago(0)), self._prepared([case.number for case in cases], ago=1))

    def _prepared(self, numbers: list[str], ago: int, fund: Fund | None = None) -> PayoutBatch:
        orders = list(PaymentOrder.objects.filter(reference__in=numbers).order_by("reference"))
        day = self.days.ago(ago)
        return ledger.prepare_batch(self._finance(day), fund=fund or self.funds[0], orders=orders, day=day)

    def _approved(self, numbers: list[str], ago: int, fund: Fund | None = None) -> PayoutBatch:
        day = self.days.ago(ago)
        batch = ledger.submit(self._finance(day), self._prepared(numbers, ago, fund))
        return ledger.approve(self._finance(day, which=1), batch, shown=batch.digest, day=day)


def answer(batch: PayoutBatch, returned: set[str]) -> bytes:
    """What the bank answers: everything paid but the lines that came back."""
    lines = list(batch.lines.order_by("line_no"))
    text = ["行号键,金额,结果,原因"]
    for line in lines:
        result = f"失败,{BOUNCED}" if line.line_key in returned else "成功,"
        text.append(f"{line.line_key},{line.amount_fen // 100}.{line.amount_fen % 100:02d},{result}")
    total = sum(line.amount_fen for line in lines)
    text.append(f"合计,{len(lines)},{total // 100}.{total % 100:02d},")
    return ("\r\n".join(text) + "\r\n").encode()
