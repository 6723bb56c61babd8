"""The verbs about employers: put on file, count, cover by a union, close."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from stdnum.cn import uscc
from stdnum.exceptions import ValidationError as NotACode

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import ORGANISING_ROLES, Role
from chunyu.audit.record import record
from chunyu.federation.models import Organisation
from chunyu.registry.employers.tables import Enterprise, Headcount, UnionCover
from chunyu.registry.organising_rights import check_organising
from chunyu.registry.refusing import constraints_refuse, refuse_day_to_come


def credit_code(text: str) -> str:
    """A unified credit code (GB 32100) as it is kept; empty stays empty. Refusal for one whose check digits fail."""
    bare = uscc.compact(text).upper()
    if not bare:
        return ""
    try:
        return uscc.validate(bare)
    except NotACode:
        raise Refusal(
            _("%(code)s is not a valid unified credit code: compare it with the licence.") % {"code": bare},
            "credit_code",
        ) from None


@transaction.atomic
def register_enterprise(
    acting: Acting, *, organisation: Organisation, name: str, ownership: str, known_from: date, **details: Any
) -> Enterprise:
    """Put an employer on file under the union level that answers for it."""
    check_organising(acting, organisation.path)
    details["credit_code"] = credit_code(details.get("credit_code", ""))
    details.setdefault("region", organisation.region)
    enterprise = Enterprise(
        organisation=organisation, name=name.strip(), ownership=ownership, known_from=known_from, **details
    )
    with constraints_refuse():
        enterprise.save(force_insert=True)
    record(acting, "registry.register_enterprise", enterprise)
    return enterprise


@transaction.atomic
def count_workers(
    acting: Acting,
    enterprise: Enterprise,
    *,
    workers: int,
    on: date,
    source: str,
    migrant_workers: int = 0,
    new_form_workers: int = 0,
) -> Headcount:
    """State how many work for an employer on a day; an earlier count stays beside it."""
    check_organising(acting, enterprise.scope_path)
    refuse_day_to_come(acting, on)
    counted = Headcount(
        organisation=enterprise.organisation,
        enterprise=enterprise,
        counted_on=on,
        workers=workers,
        migrant_workers=migrant_workers,
        new_form_workers=new_form_workers,
        source=source,
        recorded_by=acting.post,
    )
    with constraints_refuse():
        counted.save(force_insert=True)
    record(acting, "registry.count_workers", enterprise, f"{workers} workers")
    return counted


@transaction.atomic
def cover(
    acting: Acting,
    enterprise: Enterprise,
    union: Organisation,
    *,
    on: date,
    roles: frozenset[Role] = ORGANISING_ROLES,
) -> UnionCover:
    """A union covers the employer's workers from a day on; one that covered them until now ends the day before."""
    check_organising(acting, enterprise.scope_path, roles)
    refuse_day_to_come(acting, on)
    with constraints_refuse():
        UnionCover.objects.filter(enterprise=enterprise, valid_to__isnull=True, valid_from__lt=on).update(valid_to=on)
        found = UnionCover.objects.create(
            organisation=enterprise.organisation, enterprise=enterprise, union=union, valid_from=on
        )
    record(acting, "registry.cover", enterprise, f"by {union.pk}")
    return found


@transaction.atomic
def hand_over_employers(acting: Acting, union: Organisation, to: Organisation | None, *, on: date) -> int:
    """All employers that a union covers go to another, or (None) to none; returns how many."""
    check_organising(acting, union.path)
    refuse_day_to_come(acting, on)
    held = UnionCover.objects.filter(union=union, valid_to__isnull=True).select_for_update(of=("self",))
    employers = list(Enterprise.objects.filter(covers__in=held).select_related("organisation"))
    with constraints_refuse():
        held.update(valid_to=on)
        if to is not None:
            UnionCover.objects.bulk_create(
                UnionCover(organisation=each.organisation, enterprise=each, union=to, valid_from=on)
                for each in employers
            )
    record(acting, "registry.hand_over_employers", union, f"{len(employers)} employers to {to.pk if to else 'none'}")
    return len(employers)


@transaction.atomic
def close_enterprise(acting: Acting, enterprise: Enterprise, *, closing: str, on: date) -> None:
    """The employer closed down, moved away or was taken over: from `on` it is no employer here any more."""
    check_organising(acting, enterprise.scope_path)
    refuse_day_to_come(acting, on)
    held = Enterprise.objects.select_for_update(of=("self",)).get(pk=enterprise.pk)
    if held.closed_on is not None:
        raise Refusal(_("This employer is closed already."), "closed")
    held.closed_on, held.closing = on, closing
    with constraints_refuse():
        held.save(update_fields=["closed_on", "closing"])
        UnionCover.objects.filter(enterprise=held, valid_to__isnull=True).update(valid_to=on)
    record(acting, "registry.close_enterprise", held, closing)
