"""Goods: what lies where, the papers that move them, and the forms of a place."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import READ_STOCK_ROLES, STOCK_ROLES
from chunyu.audit.record import record
from chunyu.federation.models import Organisation
from chunyu.ledger import actions, goods_queries
from chunyu.ledger.actions.goods import goods_in, quantities
from chunyu.ledger.goods_forms import (
    BasketForm,
    BringBackForm,
    CountForm,
    GiveOutForm,
    GoodForm,
    MoveForm,
    TakeInForm,
    TwoPeopleForm,
    ValueForm,
)
from chunyu.ledger.models import Account, Good, StockMovement
from chunyu.registry.models import Household
from chunyu.ui.lists import Column, Empty, ListPage
from chunyu.ui.pages import Action, DetailPage, FormPage, StaffPage
from chunyu.ui.templatetags.show import yuan

NO_STOCK_ROLE = gettext_lazy("Only those who keep stock move goods.")


def places_of(request) -> Any:
    return goods_queries.places(request.acting)


class StockFilters(django_filters.FilterSet):
    place = django_filters.ModelChoiceFilter(
        field_name="organisation", queryset=places_of, label=pgettext_lazy("stock", "Place")
    )

    class Meta:
        model = Account
        fields: tuple[str, ...] = ()


class Stock(ListPage):
    roles = READ_STOCK_ROLES
    title = pgettext_lazy("stock", "Goods in stock")
    model = Account
    columns = (
        Column(
            "organisation__name",
            pgettext_lazy("stock", "Place"),
            link=lambda row: reverse("ledger:place", args=[row.organisation_id]),
        ),
        Column("commodity__name", pgettext_lazy("stock", "Good"), note=lambda row: row.commodity.unit),
        Column("balance", pgettext_lazy("stock", "There"), kind="number"),
        Column("worth_fen", gettext_lazy("Value (yuan)"), kind="money"),
    )
    search = ("organisation__name", "commodity__name")
    filter_class = StockFilters
    sort = "organisation__name"
    export_name = "stock"
    template_name = "ledger/summed_list.html"
    empty = Empty(
        gettext_lazy("Nothing is in stock yet"),
        gettext_lazy("List the goods, then take in what was bought or given, under the number of its paper."),
    )

    def rows(self):
        return goods_queries.stock(self.acting.path)

    def total_fen(self) -> int:
        return sum(self.found.values_list("worth_fen", flat=True))

    def exported(self, kind: str, count: int) -> None:
        record(self.acting, "ledger.export_stock", self.acting.organisation, f"{kind} {count}")

    def actions(self) -> list[Action]:
        barred = "" if self.acting.role in STOCK_ROLES else str(NO_STOCK_ROLE)
        return [
            Action(pgettext("stock", "Movements"), reverse("ledger:goods-movements")),
            Action(_("Coupons"), reverse("ledger:coupons")),
            Action(_("Goods and baskets"), reverse("ledger:goods")),
            Action.judged(_("Counter"), reverse("ledger:counter"), barred),
            Action(_("Our own store"), reverse("ledger:place", args=[self.acting.organisation.pk]), style="primary"),
        ]


class GoodsMovements(ListPage):
    """Every paper, the newest first: the rows behind the value of goods given."""

    roles = READ_STOCK_ROLES
    title = gettext_lazy("Movements of goods")
    model = StockMovement
    columns = (
        Column("day", gettext_lazy("Day"), kind="date"),
        Column("document_no", gettext_lazy("Document number"), link="ledger:goods-movement"),
        Column("kind", pgettext_lazy("stock", "Movement")),
        Column("organisation__name", pgettext_lazy("stock", "Place"), note=lambda row: _to(row)),
        Column("household__file_number", gettext_lazy("File no."), note="taken_by"),
        Column("by__user__full_name", gettext_lazy("By"), note=lambda row: row.second.full_name if row.second else ""),
        Column("value_fen", gettext_lazy("Value (yuan)"), kind="money"),
    )
    search = ("document_no", "household__file_number", "organisation__name")
    filters = ("kind", "origin")
    sort = "-day"
    export_name = "goods"
    empty = Empty(gettext_lazy("No goods have moved yet"))

    def rows(self):
        return goods_queries.movements(self.acting.path)

    def crumbs(self):
        return [(pgettext("stock", "Goods in stock"), reverse("ledger:stock"))]

    def exported(self, kind: str, count: int) -> None:
        record(self.acting, "ledger.export_goods", self.acting.organisation, f"{kind} {count}")


def _to(row: StockMovement) -> str:
    return f"→ {row.to_place.name}" if row.to_place else ""


class GoodsMovement(DetailPage):
    """One paper: what moved, who stands for it, and its receipt."""

    roles = READ_STOCK_ROLES
    model = StockMovement
    template_name = "ledger/goods_movement.html"

    def rows(self):
        return goods_queries.movements(self.acting.path).select_related("transfer", "returns")

    def heading(self) -> str:
        return f"{self.object.get_kind_display()} {self.object.document_no}"

    def crumbs(self):
        return [(_("Movements of goods"), reverse("ledger:goods-movements"))]

    def actions(self) -> list[Action]:
        if self.object.kind != StockMovement.Kind.ISSUED:
            return []
        barred = "" if self.acting.role in STOCK_ROLES else str(NO_STOCK_ROLE)
        return [Action.judged(_("Goods came back"), reverse("ledger:goods-back", args=[self.object.pk]), barred)]

    def context(self, **more: Any) -> dict[str, Any]:
        return super().context(
            goods=goods_queries.goods_of(self.object),
            returned=list(self.object.returned_by.order_by("day")),
            **more,
        )


class GoodsPaper(StaffPage):
    """The signed receipt itself. That it was opened is part of the record, so it is asked for with a POST."""

    roles = READ_STOCK_ROLES
    back = "ledger:goods-movement"

    def act(self) -> HttpResponse:
        within = StockMovement.objects.within(self.acting.path).exclude(vault_name="")
        movement = self.find(within, pk=self.kwargs["pk"])
        content = actions.open_paper(self.acting, movement)
        ending = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}[movement.content_type]
        return HttpResponse(
            content,
            content_type=movement.content_type,
            headers={
                "Content-Disposition": f'attachment; filename="receipt-{movement.pk.hex[-12:]}.{ending}"',
                "Cache-Control": "no-store",
            },
        )


class GoodsList(StaffPage):
    """Goods that can be taken in here, and baskets that are made of them."""

    roles = READ_STOCK_ROLES
    title = gettext_lazy("Goods and baskets")
    template_name = "ledger/goods.html"

    def crumbs(self):
        return [(pgettext("stock", "Goods in stock"), reverse("ledger:stock"))]

    def actions(self) -> list[Action]:
        barred = "" if self.acting.role in STOCK_ROLES else str(NO_STOCK_ROLE)
        return [
            Action.judged(_("Make a basket"), reverse("ledger:make-basket"), barred),
            Action.judged(_("List a good"), reverse("ledger:list-good"), barred, "primary"),
        ]

    def context(self, **more: Any) -> dict[str, Any]:
        return super().context(
            goods=[
                (good, self.acting.role in STOCK_ROLES and self.acting.sees(good.scope_path))
                for good in goods_queries.goods_known(self.acting)
            ],
            baskets=list(goods_queries.baskets_known(self.acting)),
            **more,
        )


class GoodsForm(FormPage):
    """Shared by the forms about goods."""

    roles = STOCK_ROLES

    def crumbs(self):
        return [
            (pgettext("stock", "Goods in stock"), reverse("ledger:stock")),
            (_("Goods and baskets"), reverse("ledger:goods")),
        ]


class ListGood(GoodsForm):
    title = gettext_lazy("List a good")
    form_class = GoodForm
    submit_label = gettext_lazy("List the good")
    introduction = gettext_lazy("Everybody below can take it in and give it out.")

    def submit(self, form: GoodForm) -> str:
        data = form.cleaned_data
        actions.list_good(self.acting, organisation=self.acting.organisation, day=self.acting.day, **data)
        self.say(_("The good is listed. Take in what you have of it."))
        return reverse("ledger:goods")


class Revalue(GoodsForm):
    title = gettext_lazy("Change the value of one unit")
    form_class = ValueForm
    introduction = gettext_lazy("It counts from now on; papers written before keep the value that they had.")

    @cached_property
    def good(self) -> Good:
        return self.find(Good, pk=self.kwargs["code"])

    def form_arguments(self) -> dict[str, Any]:
        return {"initial": {"value_fen": f"{self.good.value_fen / 100:.2f}"}}

    def submit(self, form: ValueForm) -> str:
        actions.revalue_good(self.acting, self.good, value_fen=form.cleaned_data["value_fen"])
        self.say(_("The new value counts from now on."))
        return reverse("ledger:goods")


class MakeBasket(GoodsForm):
    title = gettext_lazy("Make a basket")
    form_class = BasketForm
    submit_label = gettext_lazy("Make the basket")
    introduction = gettext_lazy("What is in a basket cannot be changed later; another content is another basket.")

    def form_arguments(self) -> dict[str, Any]:
        goods = goods_queries.goods_known(self.acting)[: goods_queries.LISTED_FOR]
        return {"goods": [(good, None) for good in goods]}

    def submit(self, form: BasketForm) -> str:
        programme = form.cleaned_data["programme"]
        actions.make_basket(
            self.acting,
            organisation=self.acting.organisation,
            name=form.cleaned_data["name"],
            programme=programme,
            programme_label=form.labels[programme],
            goods=form.quantities(),
            day=self.acting.day,
        )
        self.say(_("The basket is made. It can be given out, and coupons can be made for it."))
        return reverse("ledger:goods")


# --- at a place


class Place(DetailPage):
    """What lies at one place, and what can be done there."""

    roles = READ_STOCK_ROLES
    model = Organisation
    template_name = "ledger/place.html"

    def rows(self):
        return Organisation.objects.within(self.acting.path)

    def heading(self) -> str:
        return self.object.name

    def crumbs(self):
        return [(pgettext("stock", "Goods in stock"), reverse("ledger:stock"))]

    def actions(self) -> list[Action]:
        barred = "" if self.acting.role in STOCK_ROLES else str(NO_STOCK_ROLE)
        here = [self.object.pk]
        return [
            Action.judged(_("Take in"), reverse("ledger:take-in", args=here), barred),
            Action.judged(pgettext("stock", "Move"), reverse("ledger:move-goods", args=here), barred),
            Action.judged(_("Count"), reverse("ledger:take-stock", args=here), barred),
            Action.judged(_("Write off"), reverse("ledger:write-off", args=here), barred, "danger"),
            Action.judged(_("Give out"), reverse("ledger:give-out", args=here), barred, "primary"),
        ]

    def context(self, **more: Any) -> dict[str, Any]:
        lying = goods_queries.lying_at(self.object)
        latest = goods_queries.movements(self.acting.path).filter(organisation=self.object).order_by("-day", "-pk")
        return super().context(
            lying=[(good, there, there * good.value_fen) for good, there in lying],
            worth=yuan(sum(there * good.value_fen for good, there in lying)),
            latest=list(latest[:10]),
            **more,
        )


class PlaceForm(FormPage):
    """Shared by the forms of a place: goods with their quantities, a document number and a day."""

    roles = STOCK_ROLES

    @cached_property
    def place(self) -> Organisation:
        return get_object_or_404(Organisation.objects.within(self.acting.path), pk=self.kwargs["pk"])

    def crumbs(self):
        return [
            (pgettext("stock", "Goods in stock"), reverse("ledger:stock")),
            (self.place.name, reverse("ledger:place", args=[self.place.pk])),
        ]

    def offered(self) -> list[tuple[Good, int | None]]:
        return [(good, there) for good, there in goods_queries.lying_at(self.place) if there]

    def form_arguments(self) -> dict[str, Any]:
        today = goods_queries.movements(self.place.path).filter(organisation=self.place, day=self.acting.day).count()
        number = f"{self.acting.day:%Y%m%d}-{today + 1:03d}"
        return {"goods": self.offered(), "initial": {"day": self.acting.day, "document_no": number}}

    def paper(self, form: Any) -> dict[str, Any]:
        """What every movement states."""
        data = form.cleaned_data
        told = {name: data[name] for name in ("document_no", "day", "key")}
        return told | {"place": self.place, "goods": form.quantities()}

    def done(self, sentence: str) -> str:
        self.say(sentence)
        return reverse("ledger:place", args=[self.place.pk])


class TakeIn(PlaceForm):
    title = gettext_lazy("Take in goods")
    form_class = TakeInForm
    submit_label = gettext_lazy("Enter into the store")

    def offered(self) -> list[tuple[Good, int | None]]:
        there = dict(goods_queries.lying_at(self.place))
        known = goods_queries.goods_known(self.acting)[: goods_queries.LISTED_FOR]
        return [(good, there.get(good, 0)) for good in known]

    def submit(self, form: TakeInForm) -> str:
        actions.take_in(self.acting, origin=form.cleaned_data["origin"], **self.paper(form))
        return self.done(_("The goods are in the store."))


class GiveOut(PlaceForm):
    title = gettext_lazy("Give out goods")
    form_class = GiveOutForm
    submit_label = gettext_lazy("Enter the issue")
    introduction = gettext_lazy("Photograph the receipt that the family signed. It is kept with the issue.")

    def form_arguments(self) -> dict[str, Any]:
        told = super().form_arguments()
        told["initial"] |= {"file_number": self.request.GET.get("file", "")}
        return told | {"baskets": goods_queries.baskets_known(self.acting)}

    def submit(self, form: GiveOutForm) -> str:
        data = form.cleaned_data
        number = data["file_number"].strip()
        home = Household.objects.within(self.acting.path).filter(file_number=number).first()
        if home is None:
            raise Refusal(_("No household here has this file number."), code="ledger_stock_no_household")
        basket, told = data["basket"], self.paper(form)
        if basket is not None:
            told["goods"] = dict(told["goods"])
            for good, quantity in goods_in(basket).items():
                told["goods"][good] = told["goods"].get(good, 0) + quantity
        actions.give_out(
            self.acting,
            household=home,
            programme=basket.programme if basket else data["programme"],
            taken_by=data["taken_by"],
            paper=data["paper"].read(),
            basket=basket,
            **told,
        )
        return self.done(_("The goods are given out and the receipt is kept."))


class GoodsBack(PlaceForm):
    """Goods of an issue come back."""

    title = gettext_lazy("Goods came back")
    form_class = BringBackForm
    submit_label = gettext_lazy("Enter into the store")

    @cached_property
    def issued(self) -> StockMovement:
        within = goods_queries.movements(self.acting.path).filter(kind=StockMovement.Kind.ISSUED)
        return self.find(within.select_related("transfer"), pk=self.kwargs["pk"])

    @cached_property
    def place(self) -> Organisation:
        return self.issued.organisation

    def offered(self) -> list[tuple[Good, int | None]]:
        return [(good, None) for good in quantities(self.issued)]

    def submit(self, form: BringBackForm) -> str:
        told = self.paper(form)
        del told["place"]
        actions.bring_goods_back(self.acting, self.issued, taken_by=form.cleaned_data["taken_by"], **told)
        return self.done(_("The goods are back in the store."))


class MoveGoods(PlaceForm):
    title = gettext_lazy("Move goods to another place")
    form_class = MoveForm
    submit_label = pgettext_lazy("stock", "Move")

    def form_arguments(self) -> dict[str, Any]:
        return super().form_arguments() | {"places": goods_queries.places(self.acting).exclude(pk=self.place.pk)}

    def submit(self, form: MoveForm) -> str:
        actions.move_goods(self.acting, to_place=form.cleaned_data["to_place"], **self.paper(form))
        return self.done(_("The goods are moved."))


class WriteOff(PlaceForm):
    title = gettext_lazy("Write off goods")
    form_class = TwoPeopleForm
    submit_label = gettext_lazy("Write off")
    introduction = gettext_lazy("Spoiled, expired or lost. Two people stand for it.")

    def form_arguments(self) -> dict[str, Any]:
        return super().form_arguments() | {"people": actions.witnesses(self.acting, self.place.path)}

    def submit(self, form: TwoPeopleForm) -> str:
        data = form.cleaned_data
        actions.write_off(self.acting, second=data["second"], reason=data["reason"], **self.paper(form))
        return self.done(_("The goods are written off."))


class TakeStock(WriteOff):
    title = gettext_lazy("Count the store")
    form_class = CountForm
    submit_label = gettext_lazy("Enter the count")
    introduction = gettext_lazy("Enter what you counted. Leave empty what you did not count; differences are posted.")

    def offered(self) -> list[tuple[Good, int | None]]:
        return list(goods_queries.lying_at(self.place))

    def submit(self, form: forms.Form) -> str:
        data, told = form.cleaned_data, self.paper(form)
        counted = told.pop("goods")
        kept = actions.take_stock(self.acting, counted=counted, second=data["second"], reason=data["reason"], **told)
        return self.done(_("The books agreed with the count.") if kept is None else _("The differences are posted."))
