"""Rules that look at several rows, each with two people who would break it together. See test_step_orders.

`begin(number)` makes fresh rows and gives the two acts and a question: did the two together break the rule?
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cached_property

from django.db import connection
from django.db.models import F, Sum

from chunyu.accounts.acting import Acting
from chunyu.accounts.roles import Role
from chunyu.casework.actions import decide
from chunyu.casework.models import Decision
from chunyu.federation.models import Organisation
from chunyu.hardship.actions import apply_for
from chunyu.hardship.approval import grant, resume_application
from chunyu.hardship.campaigns import actions as campaigns
from chunyu.hardship.campaigns import planning
from chunyu.hardship.campaigns.actions import Share
from chunyu.hardship.campaigns.planning import Tie
from chunyu.hardship.campaigns.tables import CampaignQuota
from chunyu.hardship.campaigns.visit_tables import CampaignVisit
from chunyu.hardship.models import Application, Grant
from chunyu.ledger import accounts, actions
from chunyu.ledger import budgets as planned
from chunyu.ledger.batch_digest import digest
from chunyu.ledger.models import (
    Account,
    AllocationStep,
    BatchLine,
    Budget,
    BudgetLine,
    Coupon,
    Earmark,
    Fund,
    PaymentOrder,
    PayoutBatch,
    Redemption,
    YearClosing,
)
from chunyu.organising.grants import actions as grants
from chunyu.organising.grants.shown import digest_of_plan
from chunyu.organising.grants.tables import GrantPlan, GrantShare
from chunyu.registry.duplicates import actions as duplicates
from chunyu.registry.duplicates import joining
from chunyu.registry.models import Household, Pair, PairWord
from tests import situations
from tests.hardship.campaigns.warmth import Warmth
from tests.hardship.families import TODAY, family
from tests.hardship.test_joined_files import confirmed
from tests.ledger.situations import DAY, LIVING, MEDICAL, PAPER, fund_with, household, next_year, order, stocked
from tests.ledger.test_budgets import prepare
from tests.organising.granting import RATES
from tests.organising.unions import members, union
from tests.proof.rule_of_two import Rule, Setting, total


class Budgeted(Rule):
    """A year's budget that refuses what is over it, and two orders that fit one at a time."""

    write = 'INSERT INTO "ledger_paymentorder"'
    key = ("central_fiscal", "living")

    def begin(self, number: int) -> Setting:
        world, organisation = self.world, self.world.county.federation
        lines = BudgetLine.objects.filter(budget__organisation=organisation)
        orders = PaymentOrder.objects.filter(organisation=organisation)
        left = (total(lines) - total(orders)) if number else 0
        made = prepare(world.finance, lines={self.key: 100 - left}, title=f"预算{number}")
        actions.approve_budget(world.second, made, shown=planned.digest(made))
        # Two funds, so that nothing but the budget makes the two orders meet.
        one, other = (fund_with(world.finance, 1_000, LIVING) for _ in range(2))
        first, second = world.approvers
        return (
            lambda: order(first, one, 80, home=world.homes[0], reference=f"A{number}"),
            lambda: order(second, other, 70, home=world.homes[1], reference=f"B{number}"),
            lambda: total(orders) > total(lines),
        )


class FundBalance(Rule):
    """Money for one of two orders."""

    write = 'INSERT INTO "ledger_transfer"'
    drop = (("ledger_account", "ledger_account_not_below_floor"),)

    def begin(self, number: int) -> Setting:
        world = self.world
        fund = fund_with(world.finance, 100, LIVING)
        first, second = world.approvers
        return (
            lambda: order(first, fund, 80, home=world.homes[0], reference=f"A{number}"),
            lambda: order(second, fund, 70, home=world.homes[1], reference=f"B{number}"),
            lambda: accounts.cash(fund).balance < 0,
        )


class OpenApplication(Rule):
    """One open application of a household for a programme: two that were closed are taken up again."""

    write = 'UPDATE "hardship_application"'
    drop = (("hardship_application", "application_open_once_per_programme"),)

    def begin(self, number: int) -> Setting:
        home = family(self.world.county, order=number + 1)
        chair, officer = (
            self.world.county.acting(role, TODAY) for role in (Role.WORKPLACE_CHAIR, Role.TOWNSHIP_OFFICER)
        )
        cases = []
        for _ in range(2):
            cases.append(apply_for(chair, home, "medical", channel="counter"))
            Application.objects.filter(case=cases[-1]).update(open=False)
        return (
            lambda: resume_application(chair, cases[0]),
            lambda: resume_application(officer, cases[1]),
            lambda: Application.objects.filter(household=home, open=True).count() > 1,
        )


class YearlyGrant(Rule):
    """What a family is given once a year, approved in two cases at once."""

    write = 'INSERT INTO "hardship_grant"'

    def begin(self, number: int) -> Setting:
        home = family(self.world.county, order=number + 1)
        chair = self.world.county.acting(Role.WORKPLACE_CHAIR, TODAY)
        first = apply_for(chair, home, "medical", channel="counter")
        Application.objects.filter(case=first).update(open=False)  # closed once, and taken up again
        second = apply_for(chair, home, "medical", channel="counter")

        def approve(case, approver: Acting) -> None:
            grant(approver, case, note="同意")
            decide(approver, case, Decision.Verdict.APPROVED)

        return (
            lambda: approve(first, Acting(self.world.approvers[0].post, TODAY)),
            lambda: approve(second, Acting(self.world.approvers[1].post, TODAY)),
            lambda: Grant.objects.filter(application__household=home).count() > 1,
        )


class Stock(Rule):
    """One bag of rice, and two counters."""

    write = 'INSERT INTO "ledger_transfer"'
    drop = (("ledger_account", "ledger_account_not_below_floor"),)

    def begin(self, number: int) -> Setting:
        world = self.world
        store = stocked(world.finance, world.finance.organisation, {f"大米{number}": 1})
        goods = dict.fromkeys(store.goods, 1)

        def give(place: int) -> None:
            actions.give_out(
                world.finance, place=store.place, household=world.homes[place], goods=goods, programme=LIVING,
                taken_by="程梅", paper=PAPER, document_no="CK", day=DAY, key=f"{number}-{place}",
            )  # fmt: skip

        return lambda: give(0), lambda: give(1), lambda: store.there(store.goods[0]) < 0


class CouponUsedOrRevoked(Rule):
    """A coupon is used at a counter while the office revokes it."""

    write = 'INSERT INTO "ledger_redemption"|UPDATE "ledger_coupon"'

    @cached_property
    def ready(self):
        world = self.world
        store = stocked(world.finance, world.finance.organisation, {"大米": 1_000_000})
        basket = actions.make_basket(
            world.finance, organisation=world.finance.organisation, name="慰问包", programme=LIVING,
            programme_label="生活救助", goods={store.goods[0]: 1}, day=DAY,
        )  # fmt: skip
        return store, basket

    def begin(self, number: int) -> Setting:
        world, (store, basket) = self.world, self.ready
        [coupon] = actions.make_coupons(
            world.finance, organisation=world.finance.organisation, members=[world.homes[0].worker], basket=basket,
            from_day=DAY - timedelta(days=number), to_day=DAY + timedelta(days=9), day=DAY,
        )  # fmt: skip
        code = coupon.code.reveal()
        return (
            lambda: actions.redeem(world.finance, code, place=store.place, taken_by="", day=DAY, key=str(number)),
            lambda: actions.revoke(world.second, coupon, day=DAY, reason="遗失"),
            lambda: (
                Coupon.objects.filter(pk=coupon.pk, revoked_on__isnull=False).exists()
                and Redemption.objects.filter(coupon=coupon).exists()
            ),
        )


class BatchAsShown(Rule):
    """A line is taken out of a batch while it is submitted to the second person."""

    write = 'DELETE FROM "ledger_batchline"|UPDATE "ledger_payoutbatch"'

    def begin(self, number: int) -> Setting:
        world = self.world
        fund = fund_with(world.finance, 1_000, LIVING)
        two = [order(world.approvers[0], fund, 10, reference=f"{number}-{n}", payee=f"张{number}{n}") for n in range(2)]
        batch = actions.prepare_batch(world.finance, fund=fund, orders=two, day=DAY)
        line = BatchLine.objects.filter(batch=batch).first()
        assert line is not None

        def differs() -> bool:
            now = PayoutBatch.objects.get(pk=batch.pk)
            return now.status == "submitted" and now.digest != digest(now)

        return lambda: actions.take_out(world.finance, line), lambda: actions.submit(world.second, batch), differs


class OneOpenLine(Rule):
    """One order, and two batches that would pay it."""

    write = 'INSERT INTO "ledger_batchline"'
    drop = (
        ("ledger_batchline", "ledger_line_order_once"),
        ("ledger_batchline", "ledger_line_key_once"),
        ("ledger_payoutbatch", "ledger_payoutbatch_number_key"),
    )

    def begin(self, number: int) -> Setting:
        world = self.world
        fund = fund_with(world.finance, 1_000, LIVING)
        one = order(world.approvers[0], fund, 10, reference=str(number))
        return (
            lambda: actions.prepare_batch(world.finance, fund=fund, orders=[one], day=DAY),
            lambda: actions.prepare_batch(world.second, fund=fund, orders=[one], day=DAY),
            lambda: BatchLine.objects.filter(order=one).count() > 1,
        )


class HandedBack(Rule):
    """No more comes back up than was handed down."""

    write = 'INSERT INTO "ledger_allocationstep"'

    @cached_property
    def below(self) -> Acting:
        return self.world.acting(Role.FINANCE_OFFICER, self.world.county.township)

    def begin(self, number: int) -> Setting:
        world = self.world
        given = actions.hand_down(
            world.finance, giver=fund_with(world.finance, 1_000), organisation=self.below.organisation,
            amount_fen=100, day=DAY, document_no=f"拨{number}", key="1",
        )  # fmt: skip
        actions.acknowledge(self.below, given, day=DAY)
        actions.receive(self.below, fund=given.taker, amount_fen=500, day=DAY, document_no="单", key="more")

        def back(fen: int) -> None:
            actions.return_unspent(
                self.below, given, amount_fen=fen, day=DAY, document_no="退", reason="结余", key=f"{number}-{fen}"
            )

        came = AllocationStep.objects.filter(allocation=given, kind="returned")
        return lambda: back(80), lambda: back(70), lambda: total(came) > 100


class EarmarkedBeforeMoney(Rule):
    """A fund is earmarked while an account for another programme opens in it."""

    write = 'INSERT INTO "ledger_(earmark|account)"'

    def begin(self, number: int) -> Setting:
        # A fund in which no account is open yet, as the action that opens funds never leaves one behind.
        fund = Fund.objects.get(pk=fund_with(self.world.finance, 0).pk)
        fund.pk, fund.document_no = None, f"裸{number}"
        fund.save(force_insert=True)

        def both() -> bool:
            marked = Earmark.objects.filter(fund=fund).values("programme")
            return marked.exists() and Account.objects.filter(fund=fund).exclude(programme__in=marked).exists()

        return (
            lambda: Earmark.objects.create(fund=fund, programme=LIVING, label="生活救助", use="living"),
            lambda: accounts.committed(fund, MEDICAL),
            both,
        )


class JoinedOnce(Rule):
    """Two files of one family, each to be joined to the other."""

    write = 'INSERT INTO "registry_joining"'

    def begin(self, number: int) -> Setting:
        county = self.world.county
        one, other = (household(county.workplace) for _ in range(2))
        pair = confirmed(county, one, other)
        keeper, another = county.acting(Role.COUNTY_CASEWORKER, DAY), county.acting(Role.COUNTY_APPROVER, DAY)
        two = Household.objects.filter(pk__in=[one.pk, other.pk])
        return (
            lambda: joining.join_files(keeper, pair, goes_on=one),
            lambda: joining.join_files(another, pair, goes_on=other),
            lambda: not two.filter(status=Household.Status.ON_FILE).exists(),
        )


class OneWordAtATime(Rule):
    """Two people say at once what a pair is: the second must confirm or contradict, and not say it beside the first."""

    write = 'INSERT INTO "registry_pairword"'

    @cached_property
    def pair(self) -> Pair:
        county = self.world.county
        left, right = sorted(
            (family(county, order=1).worker, family(county, "陈梅", order=2).worker), key=lambda each: each.pk
        )
        return Pair.objects.create(
            organisation=county.workplace, left=left, right=right,
            left_digest=duplicates.person_of(left).digest, right_digest=duplicates.person_of(right).digest,
            left_county=county.federation, right_county=county.federation, score=1, weights="test",
        )  # fmt: skip

    def begin(self, number: int) -> Setting:
        county, pair = self.world.county, self.pair
        hands = [county.acting(role, TODAY) for role in (Role.COUNTY_CASEWORKER, Role.COUNTY_APPROVER)]
        first, second = hands
        for word in PairWord.objects.filter(pair=pair, kind="says", answer__isnull=True):
            by = next(each for each in hands if each.post.pk == word.by_id)
            PairWord.objects.create(
                pair=pair, kind="takes_back", same=word.same, answers=word, by=by.post, user=by.post.user, day=TODAY
            )
        return (
            lambda: duplicates.say(first, pair, same=True),
            lambda: duplicates.say(second, pair, same=False),
            lambda: PairWord.objects.filter(pair=pair, kind="says", answer__isnull=True).count() > 1,
        )


class CampaignQuotaSplit(Rule):
    """Two unions below get more of a campaign's quota than the county has."""

    write = 'INSERT INTO "hardship_campaignquota"'

    @cached_property
    def warmth(self) -> Warmth:
        return Warmth(self.world.county).running(10, 300_000)

    @cached_property
    def below(self) -> tuple[Organisation, Organisation]:
        county = self.world.county
        return county.township, union(county, "河东镇总工会", Organisation.Kind.TOWNSHIP_UNION, county.federation)

    def begin(self, number: int) -> Setting:
        warmth, (one, other) = self.warmth, self.below
        worker, another = (
            warmth.caseworker,
            situations.acting(Role.COUNTY_CASEWORKER, self.world.county.federation, warmth.day),
        )
        rows = CampaignQuota.objects.filter(campaign=warmth.campaign, organisation__in=self.below, group="hardship")
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM hardship_campaignquota WHERE organisation_id = ANY(%s)", [[one.pk, other.pk]])

        def split(acting: Acting, organisation: Organisation) -> None:
            campaigns.set_quotas(acting, warmth.campaign, {organisation: {"hardship": Share(7, 1_000)}})

        return (
            lambda: split(worker, one),
            lambda: split(another, other),
            lambda: (rows.aggregate(of=Sum("households"))["of"] or 0) > 10,
        )


class CampaignPlan(Rule):
    """The last place of a campaign's quota, planned for two people at once."""

    write = 'INSERT INTO "hardship_campaignvisit"'
    drop = (("hardship_campaignvisit", "hardship_campaignvisit_number_key"),)

    @cached_property
    def warmth(self) -> Warmth:
        return Warmth(self.world.county).funded()

    def begin(self, number: int) -> Setting:
        warmth = self.warmth
        visits = CampaignVisit.objects.filter(campaign=warmth.campaign)
        quota = visits.count() + 1
        campaigns.set_quotas(
            warmth.caseworker, warmth.campaign, {self.world.county.federation: {"front_line": Share(quota, 0)}}
        )
        if not number:
            campaigns.start(warmth.approver, warmth.campaign)
            warmth.fresh()

        def person(name: str) -> None:
            planning.plan_person(
                warmth.caseworker, warmth.campaign, self.world.county.workplace, Tie.of("front_line"),
                planning.Grant(), name=name, id_number="", due_on=warmth.day + timedelta(days=9),
            )  # fmt: skip

        return lambda: person(f"陆一{number}"), lambda: person(f"陆二{number}"), lambda: visits.count() > quota


class GrantAddsUp(Rule):
    """The share of a grant is changed while the whole is approved."""

    write = 'UPDATE "organising_grant(share|plan)"'

    @cached_property
    def receivers(self) -> list[Organisation]:
        county = self.world.county
        made = [union(county, name) for name in ("东村工会", "西村工会")]
        for place, each in enumerate(made):
            members(county.acting(Role.TOWNSHIP_OFFICER, TODAY), each, 30, first=1 + 100 * place)
        return made

    def begin(self, number: int) -> Setting:
        finance = Acting(self.world.finance.post, TODAY)
        second = self.world.county.acting(Role.COUNTY_APPROVER, TODAY)
        plan = grants.plan_grant(
            finance, self.world.county.federation, year=2026, name=f"小三级补助{number}", document_no=f"补助{number}号",
            budget_fen=1_000_000, rates=RATES, receivers=self.receivers, counted_on=TODAY, report_by=date(2026, 12, 31),
        )  # fmt: skip
        shares = GrantShare.objects.filter(plan=plan)
        first = shares.earliest("pk")

        def differs() -> bool:
            now = GrantPlan.objects.get(pk=plan.pk)
            return now.approved_by_id is not None and total(shares) != now.budget_fen

        return (
            lambda: GrantShare.objects.filter(pk=first.pk).update(amount_fen=F("amount_fen") + 1),
            lambda: grants.approve_plan(second, plan, shown=digest_of_plan(plan)),
            differs,
        )


class YearIsClosed(Rule):
    """Money comes in on the last day's books while the year is closed."""

    write = 'INSERT INTO "ledger_(transfer|yearclosing)"'

    def begin(self, number: int) -> Setting:
        world = self.world
        # Empty: what is left in a fund is carried over, and the carrying alone would make the two meet.
        fund = fund_with(world.finance, 0)
        statement = actions.prepare_closing(next_year(world.finance), fund=fund, year=DAY.year)
        received = Account.objects.filter(fund=fund, kind="cash", balance__gt=0)
        return (
            lambda: actions.receive(world.finance, fund=fund, amount_fen=5, day=DAY, document_no="迟", key="late"),
            lambda: actions.close_year(next_year(world.second), statement, shown=statement.digest),
            lambda: YearClosing.objects.filter(fund=fund).exists() and received.exists(),
        )


class BudgetAsShown(Rule):
    """The lines of a budget are changed while another person approves it as shown."""

    write = 'DELETE FROM "ledger_budgetline"|INSERT INTO "ledger_budgetline"|UPDATE "ledger_budget"'

    def begin(self, number: int) -> Setting:
        world = self.world
        plan = {("central_fiscal", "living"): 500}
        waiting = Budget.objects.filter(approved_by__isnull=True).first()
        if waiting is not None:
            actions.withdraw_budget(world.finance, waiting)
        made = prepare(world.finance, lines=plan, title=f"预算{number}")
        shown = planned.digest(made)

        def differs() -> bool:
            now = Budget.objects.get(pk=made.pk)
            return now.approved_by_id is not None and now.digest != planned.digest(now)

        return (
            lambda: actions.change_budget(world.finance, made, {("central_fiscal", "living"): 900}),
            lambda: actions.approve_budget(world.second, made, shown=shown),
            differs,
        )


RULES: dict[str, type[Rule]] = {
    "orders within the budget": Budgeted,
    "orders within the fund": FundBalance,
    "one open application": OpenApplication,
    "once a year and family": YearlyGrant,
    "goods within the stock": Stock,
    "a coupon used or revoked": CouponUsedOrRevoked,
    "a batch as shown": BatchAsShown,
    "one open line of an order": OneOpenLine,
    "handed back within what was given": HandedBack,
    "earmarks before money": EarmarkedBeforeMoney,
    "files joined one way": JoinedOnce,
    "one word at a time": OneWordAtATime,
    "a quota split within itself": CampaignQuotaSplit,
    "visits within the quota": CampaignPlan,
    "a grant adds up": GrantAddsUp,
    "a closed year takes nothing": YearIsClosed,
    "a budget as shown": BudgetAsShown,
}
