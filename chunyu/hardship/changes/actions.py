"""Changing a fact that a decision rests on: stated at once where nothing rests on it, else asked for and approved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.hardship import actions as hardship
from chunyu.hardship.deciding import decide_household
from chunyu.hardship.models import Standing
from chunyu.ledger.models import PaymentOrder
from chunyu.registry.changes import actions as changes
from chunyu.registry.dividing import actions as dividing
from chunyu.registry.models import ChangeRequest, Division, Fact, Household, Member
from chunyu.registry.queries import Value, facts_on


def rests_on(household: Household) -> Iterator[str]:
    """What rests on the facts of a household, a sentence each: a decision in its favour, and payments on their way."""
    standing = Standing.objects.filter(household=household).first()
    if standing is not None and (standing.in_hardship or standing.entitled_fen):
        yield _("The family stands as decided on %(day)s.") % {"day": standing.checked_on.isoformat()}
    for order in PaymentOrder.objects.filter(household=household).exclude(status__in=["paid", "cancelled"]):
        yield _("A payment of case %(number)s is on its way.") % {"number": order.reference}


def is_changed(household: Household, name: str, value: Value, member: Member | None, day: date) -> bool:
    """Whether something else counts for this fact now. What nobody has stated yet is answered, not changed."""
    facts = facts_on(household, day)
    if member is None:
        held = facts.facts.get(name)
    else:
        held = next((each.facts.get(name) for each in facts.members if each.key == member.pk), None)
    return held is not None and held.value != value


@transaction.atomic
def state_or_ask(
    acting: Acting,
    household: Household,
    name: str,
    value: Value,
    *,
    on: date,
    reason: str = "",
    source: str = Fact.Source.DECLARED,
    member: Member | None = None,
    note: str = "",
) -> Fact | ChangeRequest:
    """State a fact and decide again; where that would change what a decision or a payment rests on, ask for it."""
    held = Household.objects.select_for_update(of=("self",)).select_related("organisation__region").get(pk=household.pk)
    stated = {"on": on, "source": source, "member": member, "note": note}
    if is_changed(held, name, value, member, max(on, acting.day)) and any(rests_on(held)):
        return changes.ask_change(acting, held, name, value, reason=reason, **stated)
    return hardship.state_fact(acting, held, name, value, **stated)


@transaction.atomic
def approve_change(acting: Acting, request: ChangeRequest, *, seen: Sequence[UUID]) -> None:
    """State what was asked for, and decide the household again with it."""
    changes.approve_change(acting, request, seen=seen)
    decide_household(acting, request.household)


@transaction.atomic
def confirm_division(acting: Acting, division: Division) -> Household:
    """Divide the household as another person asked, and decide both files again."""
    new = dividing.confirm_division(acting, division)
    for household in (division.household, new):
        decide_household(acting, household)
    return new
