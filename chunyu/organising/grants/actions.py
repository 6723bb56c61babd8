"""The verbs of a grant: plan by the formula, approve by a second person, hand down, report the use, check it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import MONEY_ROLES
from chunyu.audit.record import record
from chunyu.federation.models import Organisation
from chunyu.ledger import actions as ledger
from chunyu.ledger.models import Allocation, Fund
from chunyu.organising.grants import queries
from chunyu.organising.grants.formula import Counted, Rates, by_formula, share_out
from chunyu.organising.grants.tables import GrantPlan, GrantShare, GrantUse
from chunyu.organising.refusing import refusing
from chunyu.registry.organising_rights import check_organising
from chunyu.registry.refusing import refuse_day_to_come
from chunyu.ui.templatetags.show import yuan


@transaction.atomic
def plan_grant(
    acting: Acting,
    giver: Organisation,
    *,
    year: int,
    name: str,
    document_no: str,
    budget_fen: int,
    rates: Rates,
    receivers: Sequence[Organisation],
    counted_on: date,
    report_by: date,
) -> GrantPlan:
    """Share a giver's budget out over receivers under it. Whoever cannot receive gets nothing, with the reason; whoever
    receives reports the use by a day."""
    check_organising(acting, giver.path, MONEY_ROLES)
    refuse_day_to_come(acting, counted_on)
    for each in receivers:
        if not giver.covers(each.path):
            raise Refusal(_("%(name)s is not under the giver.") % {"name": each.name}, "not_under_the_giver")
    with refusing():
        plan = GrantPlan.objects.create(
            organisation=giver,
            year=year,
            name=name.strip(),
            document_no=document_no.strip(),
            budget_fen=budget_fen,
            base_fen=rates.base_fen,
            per_union_fen=rates.per_union_fen,
            per_member_fen=rates.per_member_fen,
            per_task_fen=rates.per_task_fen,
            counted_on=counted_on,
            report_by=report_by,
            planned_by=acting.post,
            planned_on=acting.day,
        )
    _compute(plan, dict.fromkeys(receivers, 0))
    record(acting, "organising.plan_grant", plan, f"{year}: {yuan(budget_fen)} yuan")
    return plan


@transaction.atomic
def set_tasks(acting: Acting, share: GrantShare, tasks: int) -> None:
    """How many tasks a receiver was given; the whole plan is computed again."""
    check_organising(acting, share.plan.scope_path, MONEY_ROLES)
    tasked = {each.organisation: each.tasks for each in _shares(share.plan)}
    _compute(share.plan, tasked | {share.organisation: tasks})
    record(acting, "organising.set_tasks", share, f"{tasks} tasks")


@transaction.atomic
def compute_again(acting: Acting, plan: GrantPlan) -> None:
    """Count the receivers anew, as when one was dissolved since or has reported."""
    check_organising(acting, plan.scope_path, MONEY_ROLES)
    _compute(plan, {each.organisation: each.tasks for each in _shares(plan)})
    record(acting, "organising.compute_grant", plan)


def _shares(plan: GrantPlan) -> list[GrantShare]:
    return list(plan.shares.select_related("organisation").order_by("organisation__path"))


def _rates(plan: GrantPlan) -> Rates:
    return Rates(plan.base_fen, plan.per_union_fen, plan.per_member_fen, plan.per_task_fen)


def _compute(plan: GrantPlan, tasks: dict[Organisation, int]) -> None:
    """Write the shares of a plan that is not approved. In the order of the tree, so that equal remainders fall the same
    way every time. Who is barred has a share of nothing that says why."""
    chosen = sorted(tasks, key=lambda each: each.path)
    barred = queries.barred([each.pk for each in chosen], plan.year, plan.planned_on)
    rows = []
    for union in chosen:
        found = queries.counted(union, plan.counted_on)
        counted = Counted(found.unions, found.members, tasks[union])
        why = barred.get(union.pk, "")
        weight = 0 if why else by_formula(_rates(plan), counted)
        rows.append(
            GrantShare(
                organisation=union,
                plan=plan,
                unions=counted.unions,
                members=counted.members,
                tasks=counted.tasks,
                weight_fen=weight,
                barred=why,
            )
        )
    if sum(each.weight_fen for each in rows) <= 0:
        raise Refusal(_("By this formula nobody receives anything: give it a rate, or other receivers."), "no_weight")
    for row, amount in zip(rows, share_out(plan.budget_fen, [each.weight_fen for each in rows]), strict=True):
        row.amount_fen = amount
    with refusing():
        plan.shares.all().delete()
        GrantShare.objects.bulk_create(rows, batch_size=1_000)


@transaction.atomic
def withdraw_plan(acting: Acting, plan: GrantPlan) -> None:
    """Take back a plan that nobody has approved."""
    check_organising(acting, plan.scope_path, MONEY_ROLES)
    if plan.approved_by_id is not None:
        raise Refusal(_("An approved grant is not changed any more."), "grant_approved_is_kept")
    record(acting, "organising.withdraw_grant", plan, f"{plan.year}")
    with refusing():
        plan.delete()


@transaction.atomic
def approve_plan(acting: Acting, plan: GrantPlan, *, shown: str) -> None:
    """A second person approves the plan. `shown` is the digest of the shares that they looked at (`digest_of_plan`):
    they must be so still, add up to the budget, and stay from now on."""
    check_organising(acting, plan.scope_path, MONEY_ROLES)
    held = GrantPlan.objects.select_for_update(of=("self",)).get(pk=plan.pk)
    if held.approved_by_id is not None:
        raise Refusal(_("This grant is approved already."), "grant_approved_is_kept")
    held.approved_by, held.approved_on, held.approved_digest = acting.post, acting.day, shown
    with refusing():
        held.save(update_fields=["approved_by", "approved_on", "approved_digest"])
    record(acting, "organising.approve_grant", held, f"{yuan(held.budget_fen)} yuan")


@transaction.atomic
def hand_down(acting: Acting, plan: GrantPlan, fund: Fund, *, day: date) -> tuple[tuple[GrantShare, str], ...]:
    """Move every share from the giver's fund to the receiver's own, of the same source. Shares of receivers that may
    not receive any more stay, and are returned with the reason; calling again hands down what was left."""
    check_organising(acting, plan.scope_path, MONEY_ROLES)
    refuse_day_to_come(acting, day)
    held = GrantPlan.objects.select_for_update(of=("self",)).get(pk=plan.pk)
    if held.approved_by_id is None:
        raise Refusal(_("A grant is handed down after a second person approved it."), "grant_not_approved")
    if fund.organisation_id != held.organisation_id:
        raise Refusal(_("The fund belongs to another organisation than the giver."), "fund_of_another")
    if fund.earmarks.exists():
        raise Refusal(_("This fund is earmarked for programmes of aid: choose another one."), "fund_earmarked")
    if held.fund_id is None:
        held.fund = fund
        with refusing():
            held.save(update_fields=["fund"])
    elif held.fund_id != fund.pk:
        raise Refusal(_("This grant is handed down from another fund already."), "fund_of_the_grant")
    waiting = [each for each in _shares(held) if each.transfer_id is None and each.amount_fen > 0]
    barred = queries.barred([each.organisation_id for each in waiting], held.year, day)
    going = [each for each in waiting if each.organisation_id not in barred]
    for share in going:
        _hand_down_one(acting, held, fund, share, day)
    record(acting, "organising.hand_down_grant", held, f"{len(going)} shares: {yuan(queries.total(going))} yuan")
    return tuple((each, barred[each.organisation_id]) for each in waiting if each.organisation_id in barred)


def _hand_down_one(acting: Acting, plan: GrantPlan, giver: Fund, share: GrantShare, day: date) -> None:
    allocation = ledger.hand_down(
        acting,
        giver=giver,
        organisation=share.organisation,
        amount_fen=share.amount_fen,
        day=day,
        document_no=plan.document_no,
        document_of_fund=plan.document_no,
        key=f"grant:{share.pk}",
    )
    share.transfer = allocation.transfer
    with refusing():
        share.save(update_fields=["transfer"])


@transaction.atomic
def enter_use(
    acting: Acting, share: GrantShare, *, used_on: date, purpose: str, text: str, document_no: str, amount_fen: int
) -> GrantUse:
    """One use of the money, as its voucher says."""
    check_organising(acting, share.scope_path)
    refuse_day_to_come(acting, used_on)
    with refusing():
        use = GrantUse.objects.create(
            organisation=share.organisation,
            share=share,
            used_on=used_on,
            purpose=purpose,
            text=text.strip(),
            document_no=document_no.strip(),
            amount_fen=amount_fen,
            recorded_by=acting.post,
        )
    record(acting, "organising.enter_use", share, f"{purpose}: {yuan(amount_fen)} yuan")
    return use


@transaction.atomic
def take_back_use(acting: Acting, use: GrantUse) -> None:
    """An entry that was wrong is taken out, while the report is not sent."""
    check_organising(acting, use.scope_path)
    record(acting, "organising.take_back_use", use.share, f"{use.purpose}: {yuan(use.amount_fen)} yuan")
    with refusing():
        use.delete()


@transaction.atomic
def report_use(acting: Acting, share: GrantShare, *, remark: str = "") -> None:
    """The receiver says: the money arrived, these are all uses, and the rest is unspent."""
    check_organising(acting, share.scope_path)
    held = GrantShare.objects.select_for_update(of=("self",)).get(pk=share.pk)
    if held.reported_by_id is not None:
        raise Refusal(_("The use of this grant is reported already."), "grant_reported")
    if (allocation := allocation_of(held)) is not None and not allocation.steps.exists():
        ledger.arrive(acting, allocation, day=acting.day)
    held.reported_by, held.reported_on, held.remark = acting.post, acting.day, remark.strip()
    with refusing():
        held.save(update_fields=["reported_by", "reported_on", "remark"])
    record(acting, "organising.report_use", held, f"{yuan(used(held))} yuan used")


def allocation_of(share: GrantShare) -> Allocation | None:
    """What handed the share down, once it was."""
    return Allocation.objects.filter(key__endswith=f":grant:{share.pk}").select_related("giver", "taker").first()


def used(share: GrantShare) -> int:
    return share.uses.aggregate(fen=Sum("amount_fen"))["fen"] or 0


@transaction.atomic
def send_back(acting: Acting, share: GrantShare, *, reason: str) -> None:
    """The report does not agree with its vouchers: the receiver corrects the entries and reports again."""
    check_organising(acting, share.scope_path, MONEY_ROLES)
    held = GrantShare.objects.select_for_update(of=("self",)).get(pk=share.pk)
    if held.reported_by_id is None or held.checked_by_id is not None:
        raise Refusal(_("Only a report that is not checked yet is sent back."), "grant_not_reported")
    held.reported_by, held.reported_on, held.remark = None, None, reason.strip()
    with refusing():
        held.save(update_fields=["reported_by", "reported_on", "remark"])
    record(acting, "organising.send_back_report", held)


@transaction.atomic
def check_use(acting: Acting, share: GrantShare, *, shown: str) -> None:
    """Another person has compared the report with its vouchers. `shown` is the digest of the uses that they looked at
    (`digest_of_report`): the report must be so still. What was used leaves the receiver's fund in the books;
    what was not stays in it."""
    check_organising(acting, share.scope_path, MONEY_ROLES)
    held = GrantShare.objects.select_for_update(of=("self",)).select_related("transfer").get(pk=share.pk)
    if held.checked_by_id is not None:
        raise Refusal(_("This report is checked already."), "grant_checked_for_good")
    held.checked_by, held.checked_on, held.checked_digest = acting.post, acting.day, shown
    with refusing():
        held.save(update_fields=["checked_by", "checked_on", "checked_digest"])
    spent = used(held)
    if spent:
        ledger.spend(
            acting,
            fund=receiving_fund(held),
            amount_fen=spent,
            day=acting.day,
            document_no=held.plan.document_no,
            key=f"grant:{held.pk}",
        )
    record(acting, "organising.check_use", held, f"{yuan(spent)} yuan used")


def receiving_fund(share: GrantShare) -> Fund:
    """The receiver's fund that the share was handed down to."""
    allocation = allocation_of(share)
    assert allocation is not None
    return allocation.taker
