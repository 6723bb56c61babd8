"""The yearly budget: prepared, approved by a second person as shown, changed by supplements only."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.audit.record import record
from chunyu.federation.models import Organisation
from chunyu.ledger.authority import handles_money
from chunyu.ledger.budgets import digest
from chunyu.ledger.earmarks.matrix import refuse_outside
from chunyu.ledger.models import Budget, BudgetLine, Fund
from chunyu.ledger.refusing import refusing
from chunyu.ui.templatetags.show import yuan

Lines = Mapping[tuple[str, str], int]


@transaction.atomic
def prepare_budget(
    acting: Acting,
    *,
    organisation: Organisation,
    year: int,
    title: str,
    document_no: str,
    over: str,
    lines: Lines,
) -> Budget:
    """The budget of a year, or the next supplement when there is one already. `lines`: (source, use) to fen, in a
    supplement what is added or (below zero) taken away. A line that the earmark matrix forbids is refused."""
    handles_money(acting, organisation.path)
    if not document_no.strip():
        raise Refusal(_("Give the number of the document of this budget."), code="ledger_budget_document")
    last = Budget.objects.filter(organisation=organisation, year=year).aggregate(n=Max("number"))["n"]
    with refusing():
        budget = Budget.objects.create(
            organisation=organisation,
            year=year,
            number=0 if last is None else last + 1,
            title=title.strip(),
            document_no=document_no.strip(),
            over=over,
            prepared_by=acting.post,
            prepared_on=acting.day,
        )
        _write(acting, budget, lines)
    record(acting, "ledger.prepare_budget", budget, f"{year}/{budget.number}: {yuan(sum(lines.values()))} yuan")
    return budget


@transaction.atomic
def change_budget(acting: Acting, budget: Budget, lines: Lines) -> Budget:
    """Other lines for a budget that nobody has approved."""
    handles_money(acting, budget.scope_path)
    with refusing():
        budget.lines.all().delete()
        _write(acting, budget, lines)
    record(acting, "ledger.change_budget", budget, f"{yuan(sum(lines.values()))} yuan")
    return budget


def _write(acting: Acting, budget: Budget, lines: Lines) -> None:
    for source, use in lines:
        # Which document allows it is stated with the fund; that some may is enough to plan.
        refuse_outside(source, str(Fund.Source(source).label), use, acting.day, rule_no="…")
    BudgetLine.objects.bulk_create(
        BudgetLine(budget=budget, source=source, use=use, amount_fen=fen) for (source, use), fen in lines.items()
    )


@transaction.atomic
def withdraw_budget(acting: Acting, budget: Budget) -> None:
    """Take back a budget that nobody has approved."""
    handles_money(acting, budget.scope_path)
    record(acting, "ledger.withdraw_budget", budget, f"{budget.year}/{budget.number}")
    with refusing():
        budget.lines.all().delete()
        budget.delete()


@transaction.atomic
def approve_budget(acting: Acting, budget: Budget, *, shown: str) -> Budget:
    """A second person approves. `shown` is the digest of the page that they looked at."""
    budget = Budget.objects.select_for_update(of=["self"]).select_related("organisation").get(pk=budget.pk)
    handles_money(acting, budget.scope_path)
    if budget.approved_by_id is not None:
        raise Refusal(_("This budget is approved already."), code="ledger_budget_approved_is_kept")
    if shown != digest(budget):
        raise Refusal(
            _("The budget is not what was shown. Look at it again before you decide."), code="ledger_budget_changed"
        )
    budget.approved_by, budget.approved_on, budget.digest = acting.post, acting.day, shown
    with refusing():
        budget.save(update_fields=["approved_by", "approved_on", "digest"])
    record(acting, "ledger.approve_budget", budget, f"{budget.year}/{budget.number}, code x{shown[:16]}")
    return budget
