"""The store of a county and its pay-outs by hand: goods bought and given out, coupons, cash, one payment on hold."""

from __future__ import annotations

from datetime import date, timedelta

from chunyu.accounts.acting import Acting
from chunyu.accounts.roles import Role
from chunyu.demo.federation import acting
from chunyu.demo.papers import page
from chunyu.federation.models import Organisation
from chunyu.ledger import actions as ledger
from chunyu.ledger.models import Delivery, Fund, PaymentOrder
from chunyu.registry.models import Household

PROGRAMME, LABEL = "living", "生活救助"
# Name, unit, fen for one, how many were bought.
BOUGHT = (("大米（5千克）", "袋", 28_00, 60), ("食用油（5升）", "桶", 65_00, 40), ("棉被", "床", 120_00, 15))
PLACE = "雨润县职工服务中心"


class Stores:
    """What the county's finance officers did in the last weeks."""

    def __init__(self, county: Organisation, day: date) -> None:
        self.county, self.day = county, day
        self.first, self.second = (acting(Role.FINANCE_OFFICER, county, day, which) for which in (0, 1))
        paid = PaymentOrder.objects.values("household")
        quiet = Household.objects.within(county.path).filter(status=Household.Status.ON_FILE).exclude(pk__in=paid)
        # With a card each, of families that nobody has paid yet: nothing is found against them.
        self.families = list(quiet.exclude(bank_card=None).order_by("file_number")[:8])

    def play(self) -> None:
        self._goods()
        self._cash()
        self._hold()

    def _goods(self) -> None:
        bought = {
            ledger.list_good(
                self.first, organisation=self.county, name=name, unit=unit, value_fen=fen, day=self._ago(30)
            ): count
            for name, unit, fen, count in BOUGHT
        }
        told = {"place": self.county, "day": self._ago(30)}
        ledger.take_in(self.first, goods=bought, origin="purchase", document_no="采购入库单1号", key="demo:1", **told)
        rice, oil, quilt = bought
        basket = ledger.make_basket(
            self.first, organisation=self.county, name="困难职工慰问包", programme=PROGRAMME, programme_label=LABEL,
            goods={rice: 2, oil: 1}, day=self._ago(28),
        )  # fmt: skip
        home = self.families[0]
        ledger.give_out(
            self.first, place=self.county, household=home, goods={rice: 1, quilt: 2}, programme=PROGRAMME,
            taken_by=home.worker.name, paper=page("signed receipt", "DEMO"), document_no="发放单1号", day=self._ago(20),
            key="demo:2",
        )  # fmt: skip
        ledger.write_off(
            self.first, place=self.county, goods={oil: 1}, second=self.second.post.user, reason="运输途中破损",
            document_no="报损单1号", day=self._ago(18), key="demo:3",
        )  # fmt: skip
        coupons = ledger.make_coupons(
            self.first, organisation=self.county, members=[each.worker for each in self.families[1:5]], basket=basket,
            from_day=self._ago(15), to_day=self.day + timedelta(days=45), day=self._ago(15),
        )  # fmt: skip
        ledger.redeem(
            self.first, coupons[0].code.reveal(), place=self.county, taken_by="", day=self._ago(6), key="demo:4"
        )

    def _cash(self) -> None:
        """Two families are paid by hand; one has come for its money."""
        orders = [self._order(home, 500_00, number) for number, home in enumerate(self.families[5:7], 1)]
        batch = ledger.prepare_batch(self.first, fund=self._fund(), orders=orders, day=self._ago(3), cash_at=PLACE)
        batch = ledger.submit(self.first, batch)
        batch = ledger.approve(self.second, batch, shown=batch.digest, day=self._ago(3))
        ledger.send(self.first, batch, day=self._ago(2))
        line = batch.lines.order_by("line_no").first()
        ledger.hand_over(
            self.first, line, kind="fingerprint", taken_by=line.payee_name, paper=page("signed receipt", "DEMO"),
            witness=self.second.post.user, day=self._ago(1),
        )  # fmt: skip

    def _hold(self) -> None:
        order = self._order(self.families[7], 600_00, 3)
        ledger.hold(self.first, order, day=self.day, reason="家属来电称已迁居外县，待核实")

    def _order(self, home: Household, fen: int, number: int) -> PaymentOrder:
        return ledger.order_payment(
            self._approver(), organisation=home.organisation, household=home, programme=PROGRAMME,
            programme_label=LABEL, fund=self._fund(), amount_fen=fen,
            reference=f"慰问{self.county.region.code}-{self.day.year}-{number:03d}", payee_name=home.worker.name,
            bank_name=home.bank_name, card_number=home.bank_card.reveal(), day=self._ago(4), in_cash=True,
            delivery=Delivery.CENTRE,
        )  # fmt: skip

    def _fund(self) -> Fund:
        funds = Fund.objects.filter(organisation=self.county, source="donation", year=self.day.year)
        return funds.order_by("-opened_on", "pk").first()

    def _approver(self) -> Acting:
        return acting(Role.COUNTY_APPROVER, self.county, self.day)

    def _ago(self, days: int) -> date:
        return self.day - timedelta(days=days)
