"""Coupons: made for one person, used once at any counter, or revoked."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.audit.record import record
from chunyu.federation.models import Organisation
from chunyu.ledger.actions.goods import goods_in, issue
from chunyu.ledger.authority import keeps_stock
from chunyu.ledger.models import Basket, Coupon, Redemption
from chunyu.ledger.refusing import refusing
from chunyu.registry.models import Member

# Without the signs that people mix up: no 0 O 1 I L U.
SIGNS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 10


def new_code() -> str:
    """Ten signs, 49 bits: nobody guesses one at a counter."""
    return "".join(secrets.choice(SIGNS) for _place in range(LENGTH))


def plain_code(written: str) -> str:
    """A code as typed: in any case, with spaces or dashes."""
    return "".join(sign for sign in written.upper() if sign.isalnum())


@transaction.atomic
def make_coupons(
    acting: Acting, *, organisation: Organisation, members: Sequence[Member], basket: Basket, from_day: date,
    to_day: date, day: date,
) -> list[Coupon]:  # fmt: skip
    """One coupon for each person, all or none."""
    keeps_stock(acting, organisation.path)
    if not members:
        raise Refusal(_("Choose at least one person."), code="ledger_coupon_nobody")
    with refusing():
        coupons = [
            Coupon(
                organisation=organisation, household=member.household, member=member, basket=basket, code=new_code(),
                from_day=from_day, to_day=to_day, issued_by=acting.post, issued_on=day,
            )
            for member in members
        ]  # fmt: skip
        for coupon in coupons:
            coupon.save(force_insert=True)
    record(acting, "ledger.make_coupons", basket, f"{len(coupons)} coupons")
    return coupons


def find_coupon(acting: Acting, written: str) -> Coupon:
    """The coupon of a code, at a counter of the organisation that made it or below it, or for who sees it anyway. Any
    other code answers as if there were no such coupon."""
    code = plain_code(written)
    coupon = (
        Coupon.objects.select_related(
            "organisation", "household", "member", "basket", "redemption__movement__organisation"
        )
        .filter(code_index=code)
        .first()
        if code
        else None
    )
    if coupon is None or not (coupon.organisation.covers(acting.path) or acting.sees(coupon.scope_path)):
        raise Refusal(_("There is no such coupon. Check the code sign by sign."), code="ledger_coupon_unknown")
    return coupon


def barred(coupon: Coupon, day: date) -> Refusal | None:
    """Why a coupon cannot be used on a day: used already (when and where), revoked, too early, too late."""
    used = Redemption.objects.select_related("movement__organisation").filter(coupon=coupon).first()
    if used is not None:
        return Refusal(
            _("Already used: %(when)s, at %(where)s.")
            % {
                "when": date_format(timezone.localtime(used.at), "DATETIME_FORMAT"),
                "where": used.movement.organisation.name,
            },
            code="ledger_coupon_used",
        )
    if coupon.revoked_on is not None:
        return Refusal(
            _("Revoked on %(day)s: %(reason)s")
            % {"day": date_format(coupon.revoked_on, "DATE_FORMAT"), "reason": coupon.revoke_reason},
            code="ledger_coupon_revoked",
        )
    if not coupon.from_day <= day <= coupon.to_day:
        return Refusal(
            _("The coupon is valid from %(start)s to %(end)s.")
            % {"start": date_format(coupon.from_day, "DATE_FORMAT"), "end": date_format(coupon.to_day, "DATE_FORMAT")},
            code="ledger_coupon_out_of_time",
        )
    return None


@transaction.atomic
def redeem(acting: Acting, written: str, *, place: Organisation, taken_by: str, day: date, key: str = "") -> Redemption:
    """Use a coupon at a place: its goods leave that store, once. Whoever comes second is told when and where.

    The coupon itself is the receipt. `key` is of the counter's form: the same form sent twice is answered as once.
    """
    keeps_stock(acting, place.path)
    coupon = find_coupon(acting, written)
    Coupon.objects.select_for_update().get(pk=coupon.pk)
    given = Redemption.objects.select_related("movement__transfer").filter(coupon=coupon).first()
    if given is not None and key and given.movement.transfer.key == f"stock:{place.pk}:coupon:{coupon.pk}:{key}":
        return given
    coupon.refresh_from_db()
    if refusal := barred(coupon, day):
        raise refusal
    with refusing():
        movement = issue(
            acting,
            place=place,
            household=coupon.household,
            goods=goods_in(coupon.basket),
            programme=coupon.basket.programme,
            taken_by=taken_by.strip() or coupon.member.name,
            document_no=number_of(coupon),
            day=day,
            key=f"coupon:{coupon.pk}:{key}",
            basket=coupon.basket,
            receipt={"digest": bytes(coupon.code_index).hex()},
        )
        used = Redemption.objects.create(coupon=coupon, movement=movement)
    record(acting, "ledger.redeem", coupon, number_of(coupon))
    return used


def number_of(coupon: Coupon) -> str:
    """What names a coupon on papers, without its code."""
    return f"Q-{coupon.pk.hex[-12:].upper()}"


@transaction.atomic
def revoke(acting: Acting, coupon: Coupon, *, day: date, reason: str) -> Coupon:
    """A coupon that was lost, or made by mistake, is good for nothing any more."""
    keeps_stock(acting, coupon.scope_path)
    coupon = Coupon.objects.select_for_update().get(pk=coupon.pk)
    if not reason.strip():
        raise Refusal(_("State why the coupon is revoked."), code="ledger_coupon_revoked_with_reason")
    coupon.revoked_on, coupon.revoked_by, coupon.revoke_reason = day, acting.post, reason.strip()
    with refusing():
        coupon.save(update_fields=["revoked_on", "revoked_by", "revoke_reason"])
    record(acting, "ledger.revoke_coupon", coupon, number_of(coupon))
    return coupon
