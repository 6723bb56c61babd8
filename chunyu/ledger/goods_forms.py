"""What people enter about goods: one quantity for each good that the form offers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.models import User
from chunyu.federation.models import Organisation
from chunyu.ledger.forms import PaperField, YuanField, offer_people
from chunyu.ledger.models import Basket, Good, StockMovement
from chunyu.ledger.programmes import known_programmes
from chunyu.registry.models import Household
from chunyu.ui.fields import CodeField, DayField, OnceForm

LARGEST = 1_000_000


class GoodForm(forms.Form):
    name = forms.CharField(label=pgettext_lazy("stock", "Good"), max_length=60, help_text=_("With its size"))
    unit = forms.CharField(label=_("Unit of counting"), max_length=20, help_text=_("bag, box, piece"))
    value_fen = YuanField(label=_("Value of one unit (yuan)"), help_text=_("What it counts for in reports."))


class ValueForm(forms.Form):
    value_fen = YuanField(label=_("Value of one unit (yuan)"))


class QuantitiesForm(OnceForm):
    """Quantities of the goods given as (good, how many are there), then the fields that the paper needs."""

    exact = False  # counting: an empty field is "not counted", nought is a count

    def __init__(self, *args: Any, goods: Iterable[tuple[Good, int | None]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.goods = {f"good_{good.pk}": good for good, _there in goods}
        for name, (good, there) in zip(self.goods, goods, strict=True):
            self.fields[name] = forms.IntegerField(
                label=str(good),
                min_value=0,
                max_value=LARGEST,
                required=False,
                help_text="" if there is None else _("%(count)s are there") % {"count": there},
                widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
            )
        self.order_fields([*self.leading(), *self.goods])

    def leading(self) -> list[str]:
        """The fields that stand before the goods."""
        return []

    def quantities(self) -> dict[Good, int]:
        entered = {good: self.cleaned_data.get(name) for name, good in self.goods.items()}
        return {
            good: quantity for good, quantity in entered.items() if quantity is not None and (quantity or self.exact)
        }


class PaperForm(QuantitiesForm):
    document_no = forms.CharField(label=_("Document number"), max_length=80)
    day = DayField(label=_("Day"))


class TakeInForm(PaperForm):
    origin = forms.ChoiceField(label=_("Where they came from"), choices=StockMovement.Origin.choices)

    def leading(self) -> list[str]:
        return ["origin"]


class GiveOutForm(PaperForm):
    """To a household, named by its file number."""

    file_number = forms.CharField(label=_("File number of the household"), max_length=24)
    basket = forms.ChoiceField(
        label=pgettext_lazy("stock", "Basket"), required=False, help_text=_("Or enter single goods below.")
    )
    programme = forms.ChoiceField(label=_("Programme"), required=False, help_text=_("A basket has its own programme."))
    taken_by = forms.CharField(label=_("Taken by"), max_length=60)
    paper = PaperField()

    def __init__(self, *args: Any, baskets: Iterable[Basket] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.baskets = {str(basket.pk): basket for basket in baskets}
        self.fields["basket"].choices = [("", "—"), *((key, str(each)) for key, each in self.baskets.items())]
        self.fields["programme"].choices = [("", "—"), *sorted(known_programmes().items())]

    def leading(self) -> list[str]:
        return ["file_number", "taken_by", "basket", "programme"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        basket = self.baskets.get(data.get("basket", ""))
        data["basket"] = basket
        if basket is None and not data.get("programme"):
            self.add_error("programme", _("Choose what the goods are given for."))
        return data


class BringBackForm(PaperForm):
    taken_by = forms.CharField(label=_("Brought by"), max_length=60)

    def leading(self) -> list[str]:
        return ["taken_by"]


class MoveForm(PaperForm):
    to_place = forms.ChoiceField(label=_("To which place"))

    def __init__(self, *args: Any, places: Iterable[Organisation] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places = {str(place.pk): place for place in places}
        self.fields["to_place"].choices = [("", "—"), *((key, each.name) for key, each in self.places.items())]

    def leading(self) -> list[str]:
        return ["to_place"]

    def clean_to_place(self) -> Organisation:
        return self.places[self.cleaned_data["to_place"]]


class TwoPeopleForm(PaperForm):
    second = forms.ChoiceField(label=_("Second person"), help_text=_("Who looked at it together with you."))
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def __init__(self, *args: Any, people: Iterable[User] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = offer_people(self.fields["second"], people)

    def clean_second(self) -> User:
        return self.people[self.cleaned_data["second"]]


class CountForm(TwoPeopleForm):
    exact = True


class BasketForm(QuantitiesForm):
    name = forms.CharField(label=_("Name"), max_length=80)
    programme = forms.ChoiceField(label=_("Programme"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.labels: Mapping[str, str] = known_programmes()
        self.fields["programme"].choices = sorted(self.labels.items())

    def leading(self) -> list[str]:
        return ["name", "programme"]


class CouponForm(forms.Form):
    """One coupon for the worker of each household named by its file number."""

    basket = forms.ChoiceField(label=pgettext_lazy("stock", "Basket"))
    from_day = DayField(label=_("Valid from"))
    to_day = DayField(label=_("Valid until"))
    file_numbers = forms.CharField(
        label=_("File numbers of the households"),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("One on each line. The coupon is for the worker of the file."),
    )

    def __init__(self, *args: Any, baskets: Iterable[Basket] = (), path: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.path = path
        self.baskets = {str(basket.pk): basket for basket in baskets}
        self.fields["basket"].choices = [(key, str(each)) for key, each in self.baskets.items()]

    def clean_basket(self) -> Basket:
        return self.baskets[self.cleaned_data["basket"]]

    def clean_file_numbers(self) -> list[Household]:
        numbers = list(dict.fromkeys(self.cleaned_data["file_numbers"].split()))
        rows = Household.objects.within(self.path).filter(file_number__in=numbers, status=Household.Status.ON_FILE)
        found = {each.file_number: each for each in rows.prefetch_related("members")}
        missing = [number for number in numbers if number not in found]
        if missing:
            raise forms.ValidationError(
                _("Not on file here: %(numbers)s."), params={"numbers": ", ".join(missing[:5])}, code="missing"
            )
        return [found[number] for number in numbers]


class CouponCodeForm(forms.Form):
    code = CodeField(label=_("Code on the coupon"), help_text="", focused=True)


class RedeemForm(OnceForm):
    taken_by = forms.CharField(label=_("Taken by"), max_length=60)
