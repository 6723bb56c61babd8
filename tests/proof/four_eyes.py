"""Flows in which a second person says yes. Each knows how to ask, what is shown, and how to say yes as anybody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.db import connection

from chunyu.accounts.acting import Acting
from chunyu.accounts.roles import Role
from chunyu.casework import actions as casework
from chunyu.casework.models import Case, Decision
from chunyu.casework.standing import Standing
from chunyu.hardship.campaigns import actions as campaigns
from chunyu.hardship.campaigns import closing, kinds, money
from chunyu.hardship.campaigns.tables import Campaign
from chunyu.ledger import actions as ledger
from chunyu.ledger import budgets
from chunyu.ledger.models import AllocationStep, BatchLine, Budget, PayoutBatch, StockMovement
from chunyu.organising.grants import actions as grants
from chunyu.organising.grants.shown import digest_of_plan, digest_of_report
from chunyu.organising.grants.tables import GrantPlan, GrantShare
from chunyu.registry.changes import actions as changes
from chunyu.registry.duplicates import actions as duplicates
from chunyu.registry.models import ChangeRequest, Pair
from tests import situations
from tests.casework.applications import application
from tests.hardship.families import TODAY, family
from tests.ledger.situations import DAY, LIVING, fund_with, order, stocked
from tests.ledger.test_budgets import prepare
from tests.organising.granting import RATES, fund_of
from tests.organising.unions import members, union
from tests.situations import County


class Flow:
    """One thing that needs two people. `first` asks and `second` says yes, in the roles of `asks` and `says`."""

    asks = says = Role.FINANCE_OFFICER
    day = DAY
    by_hand = ""  # a statement that writes the yes for an item, past every action: %(post)s, %(user)s, %(item)s

    def __init__(self, county: County) -> None:
        self.county, self.number = county, 0
        self.first, self.second, self.third = (
            situations.acting(role, self.place, self.day) for role in (self.asks, self.says, self.says)
        )
        self.helper = situations.acting(self.asks, self.place, self.day)
        self.settle_in()

    @property
    def place(self) -> Any:
        return self.county.federation

    def settle_in(self) -> None:
        """What all items share."""

    def draft(self) -> Any:
        """An item before anybody asked; None where asking is the first thing."""
        return None

    def ask(self) -> Any:
        raise NotImplementedError

    def shown(self, item: Any) -> Any:
        """What comes with the yes, from the page that was looked at."""
        return None

    def approve(self, by: Acting, item: Any, shown: Any) -> None:
        raise NotImplementedError

    def change(self, item: Any) -> Any:
        """Make it another thing under the same name, after it was shown. Refused where that cannot be."""
        raise NotImplementedError

    def times(self, item: Any) -> int:
        """How often the yes took effect."""
        raise NotImplementedError

    def write_by_hand(self, by: Acting, item: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(self.by_hand, {"post": by.post.pk, "user": by.user_id, "item": item.pk, "day": by.day})


class Batch(Flow):
    """A pay-out batch."""

    by_hand = """INSERT INTO ledger_batchdecision (batch_id, kind, digest, by_id, day, note)
        SELECT id, 'approve', digest, %(post)s, %(day)s, '' FROM ledger_payoutbatch WHERE id = %(item)s"""

    def draft(self) -> PayoutBatch:
        self.number += 1
        fund = fund_with(self.first, 1_000, LIVING)
        orderer = self.county.acting(Role.COUNTY_APPROVER, DAY)
        two = [order(orderer, fund, 10, payee=f"张{self.number}{n}", reference=f"F{self.number}-{n}") for n in range(2)]
        return ledger.prepare_batch(self.first, fund=fund, orders=two, day=DAY)

    def ask(self) -> PayoutBatch:
        return ledger.submit(self.first, self.draft())

    def shown(self, item: PayoutBatch) -> str:
        return PayoutBatch.objects.get(pk=item.pk).digest

    def approve(self, by: Acting, item: PayoutBatch, shown: str) -> None:
        ledger.approve(by, item, shown=shown, day=by.day)

    def change(self, item: PayoutBatch) -> None:
        ledger.send_back(self.helper, item, day=DAY, note="再看")
        ledger.take_out(self.first, BatchLine.objects.filter(batch=item).first())
        ledger.submit(self.first, item)

    def times(self, item: PayoutBatch) -> int:
        return item.decisions.filter(kind="approve").count()


class CaseApproval(Flow):
    """The approval of an application."""

    asks, says = Role.TOWNSHIP_OFFICER, Role.COUNTY_APPROVER
    by_hand = """INSERT INTO casework_decision (case_id, verdict, by_id, day, code, amount_fen)
        VALUES (%(item)s, 'approved', %(post)s, %(day)s, '', 100)"""

    def draft(self) -> Case:
        return self._walked("cross_checked")

    def ask(self) -> Case:
        return self._walked("county_review")

    def _walked(self, state: str) -> Case:
        walk = application(self.county, state)
        self.day = walk.day
        case = Case.objects.get(pk=walk.case.pk)
        # Who opened it is the first person of this story.
        self.first = Acting(case.opened_by, walk.day)
        self.second, self.third = (Acting(each.post, walk.day) for each in (self.second, self.third))
        return case

    def shown(self, item: Case) -> str:
        return Standing(Case.objects.get(pk=item.pk), self.day).fingerprint

    def approve(self, by: Acting, item: Case, shown: str) -> None:
        casework.move(by, Case.objects.get(pk=item.pk), "approve", seen=shown, amount_fen=172_000, note="同意")

    def change(self, item: Case) -> None:
        helper = Acting(self.county.post(Role.COUNTY_CASEWORKER), self.day)
        casework.record_visit(
            helper, Case.objects.get(pk=item.pk), visited_on=self.day, findings="另有一套房", people=["刘明", "王芳"]
        )

    def times(self, item: Case) -> int:
        return Decision.objects.filter(case=item, verdict="approved").count()


class Acknowledgement(Flow):
    """Money handed down, which the receiver says has arrived."""

    by_hand = """INSERT INTO ledger_allocationstep
        (id, allocation_id, kind, amount_fen, day, by_id, reason, document_no)
        VALUES (gen_random_uuid(), %(item)s, 'arrived', 100, %(day)s, %(post)s, '', '')"""

    def settle_in(self) -> None:
        self.second, self.third = (situations.acting(self.says, self.county.township, DAY) for _ in range(2))

    def ask(self) -> Any:
        self.number += 1
        return ledger.hand_down(
            self.first, giver=fund_with(self.first, 1_000), organisation=self.county.township, amount_fen=100, day=DAY,
            document_no=f"拨{self.number}", key=str(self.number),
        )  # fmt: skip

    def approve(self, by: Acting, item: Any, shown: Any) -> None:
        ledger.acknowledge(by, item, day=by.day)

    def times(self, item: Any) -> int:
        return AllocationStep.objects.filter(allocation=item, kind="arrived").count()


class WriteOff(Flow):
    """Spoiled goods, for which a second person stands."""

    def settle_in(self) -> None:
        self.store = stocked(self.first, self.place, {"大米": 100_000})

    def ask(self) -> str:
        self.number += 1
        return f"off-{self.number}"

    def approve(self, by: Acting, item: str, shown: Any) -> None:
        ledger.write_off(
            self.first, place=self.store.place, goods={self.store.goods[0]: 1}, second=by.post.user, reason="受潮",
            document_no=item, day=by.day, key=item,
        )  # fmt: skip

    def times(self, item: str) -> int:
        return StockMovement.objects.filter(document_no=item).count()


class OnePerson(Flow):
    """Two files said to be of one person, which lets them be joined."""

    asks, says = Role.COUNTY_CASEWORKER, Role.COUNTY_APPROVER
    day = TODAY
    by_hand = "UPDATE registry_pair SET state = 'same' WHERE id = %(item)s"

    def draft(self) -> Pair:
        self.number += 2
        left, right = sorted(
            (family(self.county, name, order=self.number + n).worker for n, name in enumerate(("程梅", "陈梅"))),
            key=lambda each: each.pk,
        )
        return Pair.objects.create(
            organisation=self.county.workplace, left=left, right=right,
            left_digest=duplicates.person_of(left).digest, right_digest=duplicates.person_of(right).digest,
            left_county=self.county.federation, right_county=self.county.federation, score=1, weights="test",
        )  # fmt: skip

    def ask(self) -> Pair:
        item = self.draft()
        duplicates.say(self.first, item, same=True)
        return item

    def approve(self, by: Acting, item: Pair, shown: Any) -> None:
        duplicates.confirm(by, item, same=True)

    def change(self, item: Pair) -> None:
        duplicates.take_back(self.first, item)
        duplicates.say(self.first, item, same=False)

    def times(self, item: Pair) -> int:
        return Pair.objects.filter(pk=item.pk, state="same").count()


class FactsChanged(Flow):
    """A fact that a decision rests on."""

    asks, says = Role.COUNTY_CASEWORKER, Role.COUNTY_APPROVER
    day = TODAY
    by_hand = """UPDATE registry_changerequest SET state = 'approved', answered_by_id = %(post)s, answered_on = %(day)s
        WHERE id = %(item)s"""

    def ask(self) -> ChangeRequest:
        self.number += 1
        self.home = family(self.county, order=self.number * 2)
        return changes.ask_change(self.first, self.home, "homes", 2, on=TODAY, reason="另有一套")

    def shown(self, item: ChangeRequest) -> list[Any]:
        return list(item.proposed.values_list("pk", flat=True))

    def approve(self, by: Acting, item: ChangeRequest, shown: Any) -> None:
        changes.approve_change(by, ChangeRequest.objects.get(pk=item.pk), seen=shown)

    def change(self, item: ChangeRequest) -> None:
        changes.ask_change(self.first, self.home, "has_vehicle", True, on=TODAY, reason="另有一套")

    def times(self, item: ChangeRequest) -> int:
        return ChangeRequest.objects.filter(pk=item.pk, state="approved").count()


class BudgetOfAYear(Flow):
    by_hand = """UPDATE ledger_budget SET approved_by_id = %(post)s, approved_on = %(day)s, digest = 'x'
        WHERE id = %(item)s"""

    def ask(self) -> Budget:
        for each in Budget.objects.filter(approved_by__isnull=True):
            ledger.withdraw_budget(self.first, each)
        self.number += 1
        return prepare(self.first, title=f"预算{self.number}")

    def shown(self, item: Budget) -> str:
        return budgets.digest(item)

    def approve(self, by: Acting, item: Budget, shown: str) -> None:
        ledger.approve_budget(by, item, shown=shown)

    def change(self, item: Budget) -> None:
        ledger.change_budget(self.first, item, {("central_fiscal", "living"): 900})

    def times(self, item: Budget) -> int:
        return Budget.objects.filter(pk=item.pk, approved_by__isnull=False).count()


class GrantApproved(Flow):
    """A year's grant to the small third level."""

    says = Role.COUNTY_APPROVER
    day = TODAY
    by_hand = """UPDATE organising_grantplan SET approved_by_id = %(post)s, approved_on = %(day)s WHERE id = %(item)s"""

    def settle_in(self) -> None:
        self.receivers = [union(self.county, name) for name in ("东村工会", "西村工会")]
        officer = self.county.acting(Role.TOWNSHIP_OFFICER, TODAY)
        for place, each in enumerate(self.receivers):
            members(officer, each, 5, first=1 + 100 * place)

    def ask(self) -> GrantPlan:
        self.number += 1
        return grants.plan_grant(
            self.first, self.place, year=2026, name=f"补助{self.number}", document_no=f"补助{self.number}号",
            budget_fen=1_000_000, rates=RATES, receivers=self.receivers, counted_on=TODAY, report_by=date(2026, 12, 31),
        )  # fmt: skip

    def shown(self, item: GrantPlan) -> str:
        return digest_of_plan(item)

    def approve(self, by: Acting, item: GrantPlan, shown: str) -> None:
        grants.approve_plan(by, item, shown=shown)

    def change(self, item: GrantPlan) -> None:
        grants.set_tasks(self.first, item.shares.earliest("pk"), 9)
        grants.compute_again(self.first, item)

    def times(self, item: GrantPlan) -> int:
        return GrantPlan.objects.filter(pk=item.pk, approved_by__isnull=False).count()


class GrantReport(GrantApproved):
    """What became of a grant, as the receiver reports it."""

    asks, says = Role.TOWNSHIP_OFFICER, Role.FINANCE_OFFICER
    by_hand = "UPDATE organising_grantshare SET checked_by_id = %(post)s, checked_on = %(day)s WHERE id = %(item)s"

    def settle_in(self) -> None:
        super().settle_in()
        self.planner, self.other = (situations.acting(Role.FINANCE_OFFICER, self.place, TODAY) for _ in range(2))
        self.fund = fund_of(self.planner, self.place, 1_000_000_000)

    def draft(self) -> GrantShare:
        asker, self.first = self.first, self.planner
        plan = super().ask()
        self.first = asker
        grants.approve_plan(self.other, plan, shown=digest_of_plan(plan))
        grants.hand_down(self.planner, plan, self.fund, day=TODAY)
        share = plan.shares.filter(transfer__isnull=False).earliest("pk")
        self._use(share)
        return share

    def _use(self, share: GrantShare) -> None:
        grants.enter_use(
            self.first, share, used_on=TODAY, purpose="visits", text="走访", document_no="凭1", amount_fen=100
        )

    def ask(self) -> GrantShare:
        share = self.draft()
        grants.report_use(self.first, share)
        return share

    def shown(self, item: GrantShare) -> str:
        return digest_of_report(item)

    def approve(self, by: Acting, item: GrantShare, shown: str) -> None:
        grants.check_use(by, item, shown=shown)

    def change(self, item: GrantShare) -> None:
        grants.send_back(self.other, item, reason="缺签字")
        self._use(item)
        grants.report_use(self.first, item)

    def times(self, item: GrantShare) -> int:
        return GrantShare.objects.filter(pk=item.pk, checked_by__isnull=False).count()


class CampaignAudited(Flow):
    """The closing account of a campaign, which an auditor confirms."""

    says = Role.AUDITOR
    day = TODAY
    by_hand = """UPDATE hardship_campaign SET stage = 'audited', audited_by_id = %(post)s, audited_on = %(day)s
        WHERE id = %(item)s"""

    def draft(self) -> Campaign:
        self.number += 1
        planner = self.county.acting(Role.COUNTY_CASEWORKER, TODAY)
        window = campaigns.Window(TODAY - timedelta(days=30), TODAY + timedelta(days=9), TODAY - timedelta(days=14))
        made = campaigns.plan_campaign(planner, name=f"送温暖{self.number}", window=window)
        fund = ledger.open_fund(
            self.first, organisation=self.place, name="送温暖", source="county_union", document_no=f"温{self.number}",
            year=2026, day=TODAY,
        )  # fmt: skip
        ledger.receive(self.first, fund=fund, amount_fen=100, day=TODAY, document_no="单", key="1")
        money.book_source(self.first, made, fund, amount_fen=100, day=TODAY)
        campaigns.mark_funded(self.first, made)
        shares = {kind: campaigns.Share(1, 0) for kind in kinds.GroupKind.values}
        campaigns.set_quotas(planner, made, {self.place: shares})
        campaigns.start(self.county.acting(Role.COUNTY_APPROVER, TODAY), made)
        return Campaign.objects.get(pk=made.pk)

    def ask(self) -> Campaign:
        made = self.draft()
        closing.close(self.first, made)
        return Campaign.objects.get(pk=made.pk)

    def approve(self, by: Acting, item: Campaign, shown: Any) -> None:
        closing.confirm_audit(by, item)

    def times(self, item: Campaign) -> int:
        return Campaign.objects.filter(pk=item.pk, stage="audited").count()


FLOWS: dict[str, Callable[[County], Flow]] = {
    "pay-out batch": Batch,
    "case approval": CaseApproval,
    "money handed down": Acknowledgement,
    "write-off": WriteOff,
    "two files, one person": OnePerson,
    "change of facts": FactsChanged,
    "budget": BudgetOfAYear,
    "grant": GrantApproved,
    "report of a grant": GrantReport,
    "closing account": CampaignAudited,
}
