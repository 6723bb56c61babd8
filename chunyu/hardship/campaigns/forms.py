"""What is entered about a campaign: its days and groups, its money, its quotas, whom to visit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.acting import Acting
from chunyu.federation.models import Organisation
from chunyu.hardship.campaigns import queries
from chunyu.hardship.campaigns.actions import Share, Window
from chunyu.hardship.campaigns.closing import left_of_all
from chunyu.hardship.campaigns.kinds import USUAL_RULES, GroupKind, GroupRule, SubKind
from chunyu.hardship.campaigns.planning import Grant, Tie
from chunyu.hardship.campaigns.question_tables import Questionnaire
from chunyu.hardship.campaigns.tables import Campaign, CampaignSource
from chunyu.ledger.forms import YuanField
from chunyu.ledger.models import Fund
from chunyu.ledger.programmes import known_programmes
from chunyu.ledger.queries import funds
from chunyu.registry.employers.queries import here_on
from chunyu.registry.employers.tables import Enterprise
from chunyu.ui.fields import DayField
from chunyu.ui.templatetags.show import yuan

LISTED = 400  # organisations or firms in one select


class CampaignForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80)
    starts_on = DayField(label=pgettext_lazy("campaign", "First day"))
    ends_on = DayField(label=pgettext_lazy("campaign", "Last day"))
    festival_on = DayField(label=_("Spring Festival"), help_text=_("In 2015 it was 19 February."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        programmes = sorted(known_programmes().items())
        for place, kind in enumerate(GroupKind, 1):
            usual = USUAL_RULES[kind]
            self.fields[f"priority-{kind}"] = forms.TypedChoiceField(
                label=pgettext_lazy("campaign group", "Counts as number"),
                choices=[(each, str(each)) for each in range(1, 6)],
                coerce=int,
                initial=place,
            )
            self.fields[f"programme-{kind}"] = forms.ChoiceField(
                label=_("Paid as"), choices=programmes, initial=usual.programme
            )
            self.fields[f"file-{kind}"] = forms.BooleanField(
                label=_("A hardship file comes first"), required=False, initial=usual.needs_file
            )

    @property
    def group_rows(self) -> Iterator[tuple[str, BoundField, BoundField, BoundField]]:
        for kind in GroupKind:
            label = str(kind.label)
            for name in ("priority", "programme"):
                self.fields[f"{name}-{kind}"].widget.attrs["class"] = "form-select"
                self.fields[f"{name}-{kind}"].widget.attrs["aria-label"] = _now("%(label)s: %(value)s") % {
                    "label": label,
                    "value": self.fields[f"{name}-{kind}"].label,
                }
            yield label, self[f"priority-{kind}"], self[f"programme-{kind}"], self[f"file-{kind}"]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        places = [said.get(f"priority-{kind}") for kind in GroupKind]
        if None not in places and len(set(places)) < len(places):
            raise forms.ValidationError(_("No two groups have the same priority."))
        return said

    def window(self) -> Window:
        said = self.cleaned_data
        return Window(said["starts_on"], said["ends_on"], said["festival_on"])

    def order(self) -> list[str]:
        return sorted(GroupKind.values, key=lambda kind: self.cleaned_data[f"priority-{kind}"])

    def rules(self) -> dict[str, GroupRule]:
        said = self.cleaned_data
        return {kind: GroupRule(said[f"programme-{kind}"], needs_file=said[f"file-{kind}"]) for kind in GroupKind}


def entered(campaign: Campaign) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(campaign, name) for name in ("name", "starts_on", "ends_on", "festival_on")}
    for group in campaign.groups.all():
        values[f"priority-{group.kind}"] = group.priority
        values[f"programme-{group.kind}"] = group.programme
        values[f"file-{group.kind}"] = group.needs_file
    return values


class SourceForm(forms.Form):
    fund = forms.ModelChoiceField(label=_("Fund"), queryset=None)
    amount_fen = YuanField(
        label=_("Amount (yuan)"), help_text=_("The whole fund, or the part of it that is for this campaign.")
    )
    day = DayField(label=_("Day"))

    def __init__(self, *args: Any, acting: Acting, campaign: Campaign, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        path = queries.place_of(acting, campaign).path
        taken = campaign.sources.filter(above__isnull=True).values("fund")
        field = self.fields["fund"]
        field.queryset = funds(path).exclude(pk__in=taken).filter(total_fen__gt=0).order_by("-year", "name", "pk")
        field.label_from_instance = fund_words
        self.fields["day"].initial = acting.day


def fund_words(fund: Fund) -> str:
    earmarks = _now(", ").join(str(each) for each in fund.earmarks.all()) or _now("any programme")
    return f"{fund.name} · {fund.document_no} · {yuan(fund.total_fen)} · {earmarks}"


def source_words(source: CampaignSource, left_fen: int) -> str:
    earmarks = _now(", ").join(str(each) for each in source.fund.earmarks.all()) or _now("any programme")
    left = _now("left: %(amount)s yuan") % {"amount": yuan(left_fen)}
    return f"{source.fund.name} · {source.organisation} · {left} · {earmarks}"


class HandDownForm(forms.Form):
    organisation = forms.ModelChoiceField(label=_("Receiver"), queryset=None)
    amount_fen = YuanField(label=_("Amount (yuan)"))
    day = DayField(label=_("Day"))

    def __init__(self, *args: Any, acting: Acting, source: CampaignSource, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        below = Organisation.objects.as_of(acting.day).filter(parent=source.organisation)
        self.fields["organisation"].queryset = below.order_by("path")
        self.fields["day"].initial = acting.day


class GiveBackForm(forms.Form):
    amount_fen = YuanField(label=_("Amount (yuan)"))
    document_no = forms.CharField(label=_("Number of the receipt or remittance"), max_length=80)
    day = DayField(label=_("Day"))


class AuditForm(forms.Form):
    note = forms.CharField(label=_("Remark"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 3}))


class AskForm(forms.Form):
    questionnaire = forms.ModelChoiceField(label=_("Questionnaire"), queryset=None, required=False)

    def __init__(self, *args: Any, campaign: Campaign, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["questionnaire"]
        chain = [campaign.scope_path[: n + 1] for n, mark in enumerate(campaign.scope_path) if mark == "."]
        rows = Questionnaire.objects.filter(scope_path__in=chain, versions__in_force_on__isnull=False)
        field.queryset = rows.distinct().order_by("name")
        field.initial = campaign.questionnaire_id


@dataclass(frozen=True)
class QuotaRow:
    label: str
    cells: tuple[tuple[str, BoundField, BoundField], ...]


class QuotaForm(forms.Form):
    """Households and money of each group for some organisations. An empty cell is no quota."""

    def __init__(self, *args: Any, campaign: Campaign, organisations: Sequence[Organisation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.organisations = organisations
        held = queries.splits(campaign, organisations)
        for place in organisations:
            for kind in GroupKind:
                now = held.get((place.pk, kind))
                people = forms.IntegerField(
                    required=False, min_value=0, max_value=10_000_000, initial=now.households if now else None
                )
                money = YuanField(required=False, initial=yuan(now.amount_fen) if now and now.amount_fen else None)
                for name, field, title in (("n", people, _("Households")), ("y", money, _("Money (yuan)"))):
                    words = f"{place} · {kind.label} · {title}"
                    field.label = words
                    field.widget = forms.TextInput(
                        attrs={"class": "form-control", "inputmode": "decimal", "aria-label": words}
                    )
                    self.fields[f"{name}-{place.pk}-{kind}"] = field

    @property
    def rows(self) -> Iterator[QuotaRow]:
        for place in self.organisations:
            cells = (
                (str(kind.label), self[f"n-{place.pk}-{kind}"], self[f"y-{place.pk}-{kind}"]) for kind in GroupKind
            )
            yield QuotaRow(place.name, tuple(cells))

    def shares(self) -> dict[Organisation, dict[str, Share]]:
        said = self.cleaned_data
        return {
            place: {
                kind: Share(said[f"n-{place.pk}-{kind}"] or 0, said[f"y-{place.pk}-{kind}"] or 0)
                for kind in GroupKind.values
                if self._filled(place, kind)
            }
            for place in self.organisations
        }

    def _filled(self, place: Organisation, kind: str) -> bool:
        """Entered now, or a quota before that is now nothing."""
        names = (f"n-{place.pk}-{kind}", f"y-{place.pk}-{kind}")
        return any(self.cleaned_data[name] is not None or self.fields[name].initial is not None for name in names)


class TieForm(forms.Form):
    """The groups of whoever is visited, and the grant."""

    groups = forms.MultipleChoiceField(
        label=_("Groups"),
        choices=GroupKind.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Where it is several, the one that the campaign puts first counts; the others are kept."),
    )
    sub_kind = forms.ChoiceField(label=_("Of the fifth group"), choices=[("", "—"), *SubKind.choices], required=False)
    source = forms.ModelChoiceField(label=_("Paid from"), queryset=None, required=False)
    amount_fen = YuanField(label=_("Cash to each (yuan)"), required=False, help_text=_("Empty: goods alone."))
    due_on = DayField(label=_("Visit planned for"))

    def __init__(self, *args: Any, acting: Acting, campaign: Campaign, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sources = queries.sources_for(campaign, queries.place_of(acting, campaign))
        field = self.fields["source"]
        field.queryset = CampaignSource.objects.filter(pk__in=[each.pk for each in sources]).select_related(
            "fund", "organisation"
        )
        lefts = left_of_all(campaign)
        field.empty_label = "—"
        field.label_from_instance = lambda source: source_words(source, lefts[source.pk])
        self.fields["due_on"].initial = min(max(acting.day, campaign.starts_on), campaign.ends_on)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("amount_fen") and not said.get("source"):
            self.add_error("source", _("Say which source pays."))
        if GroupKind.DISASTER in said.get("groups", ()) and not said.get("sub_kind"):
            self.add_error("sub_kind", _("Say which of the three it is."))
        return said

    def tie(self) -> Tie:
        return Tie(frozenset(self.cleaned_data["groups"]), self.cleaned_data["sub_kind"])

    def grant(self) -> Grant:
        fen = self.cleaned_data["amount_fen"] or 0
        return Grant(fen, self.cleaned_data["source"] if fen else None)

    def due(self) -> date:
        return self.cleaned_data["due_on"]


class PersonForm(TieForm):
    name = forms.CharField(label=pgettext_lazy("person", "Name"), max_length=60)
    id_number = forms.CharField(
        label=_("ID number"),
        max_length=24,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("Needed for a grant, so that nobody gets it twice. Kept sealed."),
    )
    organisation = forms.ModelChoiceField(label=_("Visited by"), queryset=None)
    field_order = ("name", "id_number", "organisation", "groups", "sub_kind", "source", "amount_fen", "due_on")

    def __init__(self, *args: Any, acting: Acting, campaign: Campaign, **kwargs: Any) -> None:
        super().__init__(*args, acting=acting, campaign=campaign, **kwargs)
        self.fields["organisation"].queryset = visiting_places(acting, campaign)
        self.fields["organisation"].initial = queries.place_of(acting, campaign).pk


class FirmForm(TieForm):
    enterprise = forms.CharField(
        label=_("Employer"),
        max_length=120,
        help_text=_("The full name or the unified credit code, as the list of employers has it."),
    )
    people = forms.IntegerField(label=_("Workers visited"), min_value=1, max_value=1_000_000)
    organisation = forms.ModelChoiceField(label=_("Visited by"), queryset=None)
    field_order = (
        "enterprise", "people", "organisation", "groups", "sub_kind", "source", "amount_fen", "due_on"
    )  # fmt: skip

    def __init__(self, *args: Any, acting: Acting, campaign: Campaign, **kwargs: Any) -> None:
        super().__init__(*args, acting=acting, campaign=campaign, **kwargs)
        self.acting = acting
        self.fields["amount_fen"].label = _("Cash to all together (yuan)")
        self.fields["organisation"].queryset = visiting_places(acting, campaign)
        self.fields["organisation"].initial = queries.place_of(acting, campaign).pk

    def clean_enterprise(self) -> Enterprise:
        said = self.cleaned_data["enterprise"].strip()
        rows = here_on(Enterprise.objects.within(self.acting.path), self.acting.day)
        found = list(rows.filter(name=said)[:2]) or list(rows.filter(credit_code=said.upper())[:2])
        if len(found) != 1:
            raise forms.ValidationError(_("The list of employers holds none, or several, of this name here."))
        return found[0]


def visiting_places(acting: Acting, campaign: Campaign) -> Any:
    """Organisations that can visit: the post's own, and those under it that stand, the nearest to the top first."""
    path = queries.place_of(acting, campaign).path
    below = Organisation.objects.within(path).as_of(acting.day).order_by("path").values("pk")[:LISTED]
    return Organisation.objects.filter(pk__in=list(below.values_list("pk", flat=True))).order_by("path")
