"""Asking for a change of facts, and answering: only what another person approves is stated, once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.audit.record import record
from chunyu.registry.actions import check_authority, fact_row
from chunyu.registry.asking.answering import answer, held_for_answer, waiting
from chunyu.registry.changes.queries import lines, statement_that_holds
from chunyu.registry.fact_names import FACT_NAMES
from chunyu.registry.models import ChangeRequest, Fact, Household, Member, ProposedFact
from chunyu.registry.queries import COLUMNS, Value, value_of
from chunyu.registry.refusing import constraints_refuse

State = ChangeRequest.State


@transaction.atomic
def ask_change(
    acting: Acting,
    household: Household,
    name: str,
    value: Value,
    *,
    on: date,
    reason: str,
    source: str = Fact.Source.DECLARED,
    member: Member | None = None,
    note: str = "",
) -> ChangeRequest:
    """Ask that a fact be stated. A second one of the same person joins the request that waits; of somebody else it is
    refused, since the effect of the one was shown without the other."""
    check_authority(acting, household.scope_path)
    held = Household.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=household.pk)
    if held.status != Household.Status.ON_FILE:
        raise Refusal(_("This file is closed; open it again first."), "file_closed")
    # The row is what would be stated: its value is checked as a statement's is.
    row = fact_row(acting, held, name, value, on=on, source=source, member=member, note=note)
    with constraints_refuse():
        request = _open_request(acting, held, reason)
        proposed = ProposedFact(
            request=request,
            member=member,
            name=name,
            source=source,
            stated_on=row.stated_on,
            valid_from=row.valid_from,
            note=note,
            instead_of=statement_that_holds(held, name, member, max(acting.day, on)),
        )
        setattr(proposed, "sealed" if FACT_NAMES[name].sealed else COLUMNS[FACT_NAMES[name].kind], value)
        proposed.save(force_insert=True)
    record(acting, "registry.ask_change", held, f"{name}, {source}")
    return request


def _open_request(acting: Acting, household: Household, reason: str) -> ChangeRequest:
    known = household.change_requests.select_related("asked_by").filter(state=State.ASKED).first()
    if known is not None and known.asked_by.user_id == acting.user_id:
        return known
    return ChangeRequest.objects.create(
        organisation=household.organisation,
        household=household,
        reason=reason.strip(),
        asked_by=acting.post,
        asked_on=acting.day,
    )


@transaction.atomic
def approve_change(acting: Acting, request: ChangeRequest, *, seen: Sequence[UUID]) -> list[Fact]:
    """State what another person asked for. `seen`: the proposed facts that the approving person saw. Refused when one
    was added since, when a fact was stated anew since it was asked for, or when its person has left."""
    # The file first, as every act on it takes it: a statement, a joining or an application that comes at the same
    # moment waits, or is seen.
    household = Household.objects.select_for_update(of=("self",)).get(pk=request.household_id)
    request = held_for_answer(acting, request)
    if household.status != Household.Status.ON_FILE:
        raise Refusal(_("This file is closed; open it again first."), "file_closed")
    found = lines(request, acting.day)
    if {each.proposed.pk for each in found} != set(seen):
        raise Refusal(_("Something was added to this request since you looked. Look at it again."), "seen")
    _refuse_conflicts(found)
    facts = []
    with constraints_refuse():
        # The asking person stated it, on the day they said; the approval is the other person's.
        asked = Acting(request.asked_by, request.asked_on)
        for line in found:
            each = line.proposed
            fact = fact_row(
                asked,
                household,
                each.name,
                value_of(each),
                on=each.stated_on,
                source=each.source,
                member=each.member,
                valid_from=each.valid_from,
                note=each.note,
            )
            fact.save(force_insert=True)
            each.fact = fact
            each.save(update_fields=["fact"])
            facts.append(fact)
        answer(acting, request, State.APPROVED)
    record(acting, "registry.approve_change", household, ", ".join(each.name for each in facts))
    return facts


def _refuse_conflicts(found: Sequence[Any]) -> None:
    for line in found:
        label = FACT_NAMES[line.proposed.name].label
        if line.gone:
            raise Refusal(_("%(fact)s: the person has left the household since.") % {"fact": label}, "gone")
        if line.conflict:
            raise Refusal(
                _("%(fact)s was stated anew since this was asked for. Refuse the request, or have it withdrawn.")
                % {"fact": label},
                "conflict",
            )


@transaction.atomic
def refuse_change(acting: Acting, request: ChangeRequest, *, note: str) -> None:
    """Say no, and why: what is on file stays."""
    request = held_for_answer(acting, request)
    answer(acting, request, State.REFUSED, note)
    record(acting, "registry.refuse_change", request.household)


@transaction.atomic
def withdraw_change(acting: Acting, request: ChangeRequest) -> None:
    """Take back what one asked for."""
    check_authority(acting, request.scope_path)
    answer(acting, waiting(request), State.WITHDRAWN)
    record(acting, "registry.withdraw_change", request.household)
