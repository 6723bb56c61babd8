"""What people enter about money. Amounts are typed in yuan and become fen here."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from chunyu.accounts.models import User
from chunyu.ledger.models import CashReceipt, Fund
from chunyu.ledger.programmes import known_programmes
from chunyu.registry.groups import Group
from chunyu.ui.fields import DayField, OnceForm

LARGEST_YUAN = Decimal(10) ** 12


class YuanField(forms.DecimalField):
    """An amount in yuan with at most two places; cleaned to fen."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=Decimal("0.01"), max_value=LARGEST_YUAN, max_digits=15, decimal_places=2, **kwargs)

    def clean(self, value: Any) -> int | None:
        text = value.replace(",", "").replace("，", "").strip() if isinstance(value, str) else value
        yuan = super().clean(text)
        return None if yuan is None else int(yuan * 100)


class PaperField(forms.FileField):
    """A signed paper, photographed or scanned."""

    widget = forms.ClearableFileInput(attrs={"accept": "image/jpeg,image/png,application/pdf"})

    def __init__(self, **kwargs: Any) -> None:
        told = {
            "label": _("Signed receipt"),
            "help_text": _("A photo or scan of the signed paper: JPEG, PNG or PDF, up to 12 MB."),
        }
        super().__init__(**told | kwargs)


def offer_people(field: forms.Field, people: Iterable[User]) -> dict[str, User]:
    """Let a choice field offer these people; by the key that it sends."""
    by_key = {str(user.pk): user for user in people}
    field.choices = [("", "—"), *((key, user.full_name) for key, user in by_key.items())]
    return by_key


class FundForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    source = forms.ChoiceField(label=_("Fund source"), choices=Fund.Source.choices)
    document_no = forms.CharField(
        label=_("Document number"), max_length=80, help_text=_("The document that grants the money.")
    )
    year = forms.IntegerField(label=_("Year"), min_value=1950, max_value=2200)
    programmes = forms.MultipleChoiceField(
        label=_("Earmarked for"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: the money may serve any programme. This cannot be changed later."),
    )

    rule_no = forms.CharField(
        label=_("Document that allows it"),
        required=False,
        max_length=80,
        help_text=_("Where the matrix says “by local rule” or “by its own claim rules”: the number of that document."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.labels = known_programmes()
        self.fields["programmes"].choices = sorted(self.labels.items())

    def earmarks(self) -> dict[str, str]:
        return {code: self.labels[code] for code in self.cleaned_data["programmes"]}


class MoneyForm(OnceForm):
    """Money arrives in a fund, or goes back to its source."""

    amount_fen = YuanField(label=_("Amount (yuan)"))
    document_no = forms.CharField(label=_("Number of the receipt or remittance"), max_length=80)
    day = DayField(label=_("Day"))


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=200, widget=forms.Textarea(attrs={"rows": 3}))


class PrepareForm(forms.Form):
    cash_at = forms.CharField(
        label=_("Paid in cash at"),
        max_length=80,
        required=False,
        help_text=_("The paying place. Leave it empty to pay by the bank."),
    )


class ReceiptForm(forms.Form):
    """Cash is handed over, in the sight of two."""

    taken_by = forms.CharField(label=_("Taken by"), max_length=60)
    kind = forms.ChoiceField(label=_("Receipt"), choices=CashReceipt.Kind.choices)
    witness = forms.ChoiceField(label=_("Second person"), help_text=_("Who was there and saw it handed over."))
    paper = PaperField()

    def __init__(self, *args: Any, people: Iterable[User] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = offer_people(self.fields["witness"], people)

    def clean_witness(self) -> User:
        return self.people[self.cleaned_data["witness"]]


class ClearingForm(forms.Form):
    outcome = forms.ChoiceField(
        label=_("The bank's statement shows"),
        choices=[("paid", _("the payment arrived")), ("returned", _("the payment came back"))],
        widget=forms.RadioSelect,
    )
    statement_no = forms.CharField(label=_("Number of the bank's statement"), max_length=60)
    reason = forms.CharField(
        label=_("Bank's reason"), max_length=200, required=False, help_text=_("Needed when the payment came back.")
    )


class ReissueForm(forms.Form):
    payee_name = forms.CharField(label=_("Payee"), max_length=60)
    bank_name = forms.CharField(label=_("Bank"), max_length=80)
    card_number = forms.CharField(
        label=_("Corrected card number"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )


class ResultForm(forms.Form):
    file = forms.FileField(label=_("Result file of the bank (CSV)"))


class TotalsForm(forms.Form):
    start = DayField(label=_("From"), required=False)
    end = DayField(label=_("To"), required=False)
    group = forms.ChoiceField(label=_("Group"), required=False, choices=[("", _("everybody")), *Group.choices])


class PrintedListForm(forms.Form):
    """What stands at the head and at the foot of a printed list."""

    use_required_attribute = False
    number = forms.CharField(
        label=_("Number of the list"), max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    code = forms.CharField(
        label=_("Check code"),
        max_length=80,
        help_text=_("At the foot of each page: sixteen figures and letters from a to f."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )

    def clean_code(self) -> str:
        return "".join(self.cleaned_data["code"].lower().split())
