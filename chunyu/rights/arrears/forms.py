"""What is entered about wages owed: the report, the workers, the pay-out and what each received."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.acting import Acting
from chunyu.casework.departments.queries import departments_near
from chunyu.casework.forms import ACCEPTED, YuanField
from chunyu.casework.models import Case
from chunyu.casework.models.case import Channel
from chunyu.registry import identity
from chunyu.rights.arrears.actions import Claim, Line, Report
from chunyu.rights.arrears.pay_tables import ArrearsPayout
from chunyu.rights.arrears.paying import Witness
from chunyu.rights.arrears.tables import ArrearsClaim, ArrearsWorker
from chunyu.ui.fields import DayField
from chunyu.ui.offline.fields import PICTURES, Signature

AT_THE_DESK = [each for each in Channel.choices if each[0] in ("counter", "phone", "paper", "visit")]
TEL = forms.TextInput(attrs={"inputmode": "tel"})


class ReportForm(forms.Form):
    """Wages that are owed, as whoever reports them says it; the same on a phone and at the desk."""

    use_required_attribute = False
    employer = forms.CharField(
        label=_("Who owes the wages?"),
        max_length=120,
        help_text=_("The firm, or the person who hired you, as far as you know it."),
    )
    site = forms.CharField(label=_("Which site or project?"), max_length=120, required=False)
    workers = forms.IntegerField(
        label=_("How many workers are owed?"), min_value=1, max_value=100_000, required=False,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )  # fmt: skip
    owed_fen = YuanField(label=_("How much is owed in all, in yuan?"), required=False)
    told = forms.CharField(
        label=_("What happened?"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("When you worked, what was promised, what papers there are."),
    )
    name = forms.CharField(label=_("Your name"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    phone = forms.CharField(label=_("Your phone"), max_length=20, widget=TEL)
    fears = forms.BooleanField(
        label=_("I fear for my job or for myself: lock my name"),
        required=False,
        help_text=_("Then neither the employer nor any department learns who reported it."),
    )

    def clean_owed_fen(self) -> int | None:
        return self.cleaned_data["owed_fen"] or None

    @property
    def report(self) -> Report:
        names = ("employer", "told", "site", "workers", "owed_fen", "name", "phone", "fears")
        return Report(**{name: self.cleaned_data[name] for name in names})


class WebReportForm(ReportForm):
    county = forms.ModelChoiceField(
        label=_("In which county or district do you work?"), queryset=None, empty_label=_("Choose …")
    )
    field_order = ("county",)

    def __init__(self, *args: Any, counties: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["county"].queryset = counties


class DeskReportForm(ReportForm):
    channel = forms.ChoiceField(label=_("Channel"), choices=AT_THE_DESK)
    petition = forms.FileField(
        label=_("the petition, scanned"),
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": ACCEPTED}),
    )
    field_order = ("channel",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label, self.fields["phone"].label = _("Who reports it"), _("Their phone")
        self.fields["fears"].label = _("They fear retaliation: lock the name")
        self.fields["fears"].help_text = _("It then shows to nobody; the approver opens it on record.")


class DaysField(forms.DecimalField):
    """Days in whole or half ones; cleans to half days."""

    default_error_messages = {"half": _("Write whole or half days, such as 45 or 45.5.")}

    def __init__(self, **more: Any) -> None:
        super().__init__(min_value=Decimal("0.5"), max_value=Decimal(1000), max_digits=5, decimal_places=1, **more)
        self.widget.attrs["inputmode"] = "decimal"

    def prepare_value(self, value: Any) -> Any:
        return f"{Decimal(value) / 2:g}" if isinstance(value, int) else value

    def clean(self, value: Any) -> int | None:
        days = super().clean(value)
        if days is None:
            return None
        if days * 2 != int(days * 2):
            raise ValidationError(self.error_messages["half"], code="half")
        return int(days * 2)


class ClaimForm(forms.Form):
    from_day = DayField(label=_("worked from"))
    to_day = DayField(label=_("worked until"))
    half_days = DaysField(label=_("days worked"))
    rate_fen = YuanField(label=_("rate per day, yuan"))
    owed_fen = YuanField(label=_("still owed, yuan"), help_text=_("Without what was paid in advance."))
    proof = forms.ChoiceField(label=_("proof"), choices=ArrearsClaim.Proof.choices)

    @property
    def claim(self) -> Claim:
        names = ("from_day", "to_day", "half_days", "rate_fen", "owed_fen", "proof")
        return Claim(**{name: self.cleaned_data[name] for name in names})


class WorkerForm(ClaimForm):
    name = forms.CharField(label=pgettext_lazy("person", "Name"), max_length=60)
    id_number = forms.CharField(
        label=_("ID number"), max_length=24, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    phone = forms.CharField(label=_("Phone"), max_length=20, required=False, widget=TEL)
    field_order = ("name", "id_number", "phone")

    def clean_id_number(self) -> str:
        try:
            return identity.read(self.cleaned_data["id_number"]).text
        except identity.NotAnIdNumber:
            raise ValidationError(_("This is not a valid ID number: compare it with the card.")) from None

    @property
    def line(self) -> Line:
        said = self.cleaned_data
        return Line(said["name"], said["id_number"], self.claim, phone=said["phone"])


class CorrectForm(ClaimForm):
    reason = forms.CharField(
        label=_("why it was corrected"),
        max_length=200,
        help_text=_("The claim before stays on record. Nothing owed takes the worker off the list."),
    )


class ListFileForm(forms.Form):
    file = forms.FileField(
        label=_("list of workers (.xlsx)"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xls"}),
        help_text=_("Who is on the list already gets the claim of the file as a new version."),
    )


class PayoutForm(forms.Form):
    day = DayField(label=_("paid on"))
    place = forms.CharField(label=pgettext_lazy("payout", "place"), max_length=120)
    payer = forms.CharField(
        label=_("who pays"), max_length=120, help_text=_("The firm, and the name of the person who hands it over.")
    )
    method = forms.ChoiceField(
        label=pgettext_lazy("payout", "how"), choices=ArrearsPayout.Method.choices, widget=forms.RadioSelect
    )
    others = forms.CharField(
        label=_("witnesses of other departments"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("A line each: department, comma, name."),
    )
    unwitnessed = forms.BooleanField(
        label=_("fewer than two departments are here"),
        required=False,
        help_text=_("The pay-out is then marked as unwitnessed wherever it shows."),
    )
    photo = forms.FileField(
        label=_("photo of the pay-out"),
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": PICTURES}),
    )

    def __init__(self, *args: Any, case: Case, acting: Acting, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["day"].initial = acting.day
        self.fields["method"].initial = ArrearsPayout.Method.CASH
        self.near = list(departments_near(case.organisation, acting.day))
        listed = {
            f"witness_{each.pk}": forms.CharField(
                label=_("witness of %(department)s") % {"department": each.name}, max_length=60, required=False
            )
            for each in self.near
        }
        at = list(self.fields).index("others")
        fields = list(self.fields.items())
        self.fields = dict([*fields[:at], *listed.items(), *fields[at:]])

    def clean_others(self) -> str:
        for line in self.cleaned_data["others"].splitlines():
            if line.strip() and len(_halves(line)) != 2:
                raise ValidationError(_("Write each line as: department, comma, name."))
        return self.cleaned_data["others"]

    def witnesses(self) -> list[Witness]:
        listed = [
            Witness(each.name, name.strip(), each)
            for each in self.near
            if (name := self.cleaned_data[f"witness_{each.pk}"]).strip()
        ]
        lines = [_halves(line) for line in self.cleaned_data["others"].splitlines() if line.strip()]
        return listed + [Witness(department, name) for department, name in lines]


def _halves(line: str) -> list[str]:
    parts = [each.strip() for each in line.replace("，", ",").split(",", 1)]
    return [each for each in parts if each]


class PayForm(forms.Form):
    """One worker, who counts the money and signs."""

    amount_fen = YuanField(label=_("received, yuan"))
    signature = Signature(
        label=_("signature of the worker"),
        help_text=_("For the amount above. Who signs on paper: photograph the paper instead."),
    )

    def __init__(self, *args: Any, worker: ArrearsWorker, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["amount_fen"].initial = worker.remaining_fen


class SheetForm(forms.Form):
    """The signed sheet, and what each worker on it received; an empty amount was not paid."""

    sheet = forms.FileField(
        label=_("the signed sheet, scanned"), widget=forms.ClearableFileInput(attrs={"accept": ACCEPTED})
    )

    def __init__(self, *args: Any, workers: list[ArrearsWorker], **more: Any) -> None:
        super().__init__(*args, **more)
        self.workers = workers
        for each in workers:
            self.fields[f"line_{each.line}"] = YuanField(
                label=f"{each.line} {each.name}", required=False, initial=each.remaining_fen
            )

    def amounts(self) -> dict[ArrearsWorker, int]:
        said = ((each, self.cleaned_data[f"line_{each.line}"]) for each in self.workers)
        return {each: amount for each, amount in said if amount}
