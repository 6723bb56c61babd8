"""Coupons: the list, making them, one coupon, and the counter where they are used."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from chunyu.accounts.roles import READ_STOCK_ROLES, STOCK_ROLES
from chunyu.audit.record import record
from chunyu.ledger import actions, goods_queries
from chunyu.ledger import stock_accounts as at
from chunyu.ledger.actions.coupons import barred, number_of
from chunyu.ledger.actions.goods import goods_in
from chunyu.ledger.forms import ReasonForm
from chunyu.ledger.goods_forms import CouponCodeForm, CouponForm, RedeemForm
from chunyu.ledger.models import Coupon
from chunyu.ledger.pages.goods import NO_STOCK_ROLE
from chunyu.ui.beyond import LooksBeyond
from chunyu.ui.lists import Column, Empty, ListPage
from chunyu.ui.pages import Action, DetailPage, FormPage

STATES = [
    ("open", pgettext_lazy("coupon", "not used")),
    ("used", pgettext_lazy("coupon", "used")),
    ("revoked", pgettext_lazy("coupon", "revoked")),
]


def state_of(coupon: Coupon) -> str:
    if hasattr(coupon, "redemption"):
        return "used"
    return "revoked" if coupon.revoked_on else "open"


class CouponFilters(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(choices=STATES, method="of_state", label=gettext_lazy("State"))

    class Meta:
        model = Coupon
        fields = ("basket",)

    def of_state(self, rows: QuerySet, _name: str, value: str) -> QuerySet:
        if value == "used":
            return rows.filter(redemption__isnull=False)
        return rows.filter(redemption__isnull=True, revoked_on__isnull=value == "open")


class Coupons(ListPage):
    roles = READ_STOCK_ROLES
    title = gettext_lazy("Coupons")
    model = Coupon
    columns = (
        Column("number", gettext_lazy("Number"), value=number_of, link="ledger:coupon"),
        Column("member__name", gettext_lazy("For"), note="household__file_number"),
        Column("basket__name", pgettext_lazy("stock", "Basket")),
        Column("from_day", gettext_lazy("Valid from"), kind="date"),
        Column("to_day", gettext_lazy("Valid until"), kind="date"),
        Column(
            "state",
            gettext_lazy("State"),
            kind="tag",
            value=lambda coupon: str(dict(STATES)[state_of(coupon)]),
            tone=lambda coupon: {"used": "rain", "revoked": "plain", "open": "amber"}[state_of(coupon)],
        ),
        Column("where", gettext_lazy("Used at"), value=lambda coupon: _where(coupon)),
    )
    search = ("member__name", "household__file_number", "basket__name")
    filter_class = CouponFilters
    sort = "-from_day"
    export_name = "coupons"
    empty = Empty(
        gettext_lazy("No coupon yet"),
        gettext_lazy("Make a basket first, then coupons for the families that may fetch it."),
    )

    def rows(self):
        return goods_queries.coupons(self.acting.path)

    def crumbs(self):
        return [(pgettext("stock", "Goods in stock"), reverse("ledger:stock"))]

    def actions(self) -> list[Action]:
        refusal = "" if self.acting.role in STOCK_ROLES else str(NO_STOCK_ROLE)
        return [
            Action.judged(_("Counter"), reverse("ledger:counter"), refusal),
            Action.judged(_("Make coupons"), reverse("ledger:make-coupons"), refusal, "primary"),
        ]

    def exported(self, kind: str, count: int) -> None:
        record(self.acting, "ledger.export_coupons", self.acting.organisation, f"{kind} {count}")


def _where(coupon: Coupon) -> str:
    return coupon.redemption.movement.organisation.name if hasattr(coupon, "redemption") else ""


class CouponPage(DetailPage):
    """One coupon; to be printed, with its code, for those who make and use coupons."""

    roles = READ_STOCK_ROLES
    model = Coupon
    template_name = "ledger/coupon.html"

    def rows(self):
        return goods_queries.coupons(self.acting.path)

    def heading(self) -> str:
        return _("Coupon %(number)s") % {"number": number_of(self.object)}

    def crumbs(self):
        return [(_("Coupons"), reverse("ledger:coupons"))]

    def actions(self) -> list[Action]:
        if state_of(self.object) != "open":
            return []
        refusal = "" if self.acting.role in STOCK_ROLES else str(NO_STOCK_ROLE)
        return [Action.judged(_("Revoke"), reverse("ledger:revoke-coupon", args=[self.object.pk]), refusal, "danger")]

    def context(self, **more: Any) -> dict[str, Any]:
        code = self.object.code.reveal() if self.acting.role in STOCK_ROLES else ""
        return super().context(
            code=f"{code[:5]} {code[5:]}" if code else "",
            content=list(goods_in(self.object.basket).items()),
            state=dict(STATES)[state_of(self.object)],
            refusal=barred(self.object, self.acting.day),
            **more,
        )


class MakeCoupons(FormPage):
    roles = STOCK_ROLES
    title = gettext_lazy("Make coupons")
    form_class = CouponForm
    submit_label = gettext_lazy("Make the coupons")
    introduction = gettext_lazy("One coupon for each family: one basket, fetched once in the period, at any counter.")

    def crumbs(self):
        return [(_("Coupons"), reverse("ledger:coupons"))]

    def form_arguments(self) -> dict[str, Any]:
        return {
            "baskets": goods_queries.baskets_known(self.acting),
            "path": self.acting.path,
            "initial": {"from_day": self.acting.day},
        }

    def submit(self, form: CouponForm) -> str:
        data = form.cleaned_data
        made = actions.make_coupons(
            self.acting,
            organisation=self.acting.organisation,
            members=[home.worker for home in data["file_numbers"]],
            basket=data["basket"],
            from_day=data["from_day"],
            to_day=data["to_day"],
            day=self.acting.day,
        )
        self.say(_("%(count)s coupons are made.") % {"count": len(made)})
        return reverse("ledger:coupons")


class RevokeCoupon(FormPage):
    roles = STOCK_ROLES
    title = gettext_lazy("Revoke the coupon")
    form_class = ReasonForm
    submit_label = gettext_lazy("Revoke")

    @cached_property
    def coupon(self) -> Coupon:
        return self.find(Coupon, pk=self.kwargs["pk"])

    def crumbs(self):
        here = reverse("ledger:coupon", args=[self.coupon.pk])
        return [(_("Coupons"), reverse("ledger:coupons")), (number_of(self.coupon), here)]

    def submit(self, form: ReasonForm) -> str:
        actions.revoke(self.acting, self.coupon, day=self.acting.day, reason=form.cleaned_data["reason"])
        self.say(_("The coupon is revoked."))
        return reverse("ledger:coupon", args=[self.coupon.pk])


class Counter(LooksBeyond, FormPage):
    """Where a family shows its coupon: the code is typed, never part of an address."""

    looks_beyond = "coupon-counter"

    roles = STOCK_ROLES
    title = gettext_lazy("Counter")
    form_class = CouponCodeForm
    submit_label = gettext_lazy("Find the coupon")
    introduction = gettext_lazy("Type the code of the coupon. You see whom it is for before anything leaves the store.")

    def crumbs(self):
        return [(pgettext("stock", "Goods in stock"), reverse("ledger:stock"))]

    def submit(self, form: CouponCodeForm) -> str:
        return reverse("ledger:redeem", args=[actions.find_coupon(self.acting, form.cleaned_data["code"]).pk])


class Redeem(LooksBeyond, FormPage):
    """Whom the coupon is for and what it gives; one press, and the goods leave the store of this counter."""

    looks_beyond = "coupon-counter"

    roles = STOCK_ROLES
    title = gettext_lazy("Use the coupon")
    form_class = RedeemForm
    template_name = "ledger/redeem.html"
    submit_label = gettext_lazy("Hand over the goods")

    @cached_property
    def coupon(self) -> Coupon:
        """One of the acting organisation, of one above it, or of one below it; others do not exist."""
        rows = Coupon.objects.select_related("organisation", "household", "member", "basket")
        coupon = rows.filter(pk=self.kwargs["pk"]).first()
        if coupon is None or not (coupon.organisation.covers(self.acting.path) or self.acting.sees(coupon.scope_path)):
            raise Http404
        return coupon

    def crumbs(self):
        return [(_("Counter"), reverse("ledger:counter"))]

    def form_arguments(self) -> dict[str, Any]:
        return {"initial": {"taken_by": self.coupon.member.name}}

    def submit(self, form: RedeemForm) -> str:
        used = actions.redeem(
            self.acting,
            self.coupon.code.reveal(),
            place=self.acting.organisation,
            taken_by=form.cleaned_data["taken_by"],
            day=self.acting.day,
            key=form.cleaned_data["key"],
        )
        self.say(_("Used. The goods have left the store: %(number)s.") % {"number": used.movement.document_no})
        return reverse("ledger:counter")

    def context(self, **more: Any) -> dict[str, Any]:
        here = self.acting.organisation
        content = goods_in(self.coupon.basket).items()
        return super().context(
            coupon=self.coupon,
            number=number_of(self.coupon),
            here=here,
            content=[(good, quantity, at.there(here, good)) for good, quantity in content],
            barred=barred(self.coupon, self.acting.day),
            **more,
        )
