"""Unions and employers that a form offers, within the post's subtree; and a union anywhere, by its name."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.federation.models import Organisation
from chunyu.registry.employers.tables import WITH_MEMBERS, Enterprise

MOST_OFFERED = 1_000  # organisations in one list to choose from; a city has more


class OrganisationField(forms.ModelChoiceField):
    """One organisation: chosen from a list where there are few, written by its name where there are too many for one.
    `offer` says which."""

    default_error_messages = {
        "unknown": gettext_lazy("No organisation here that may be chosen has this name: write it in full."),
        "several": gettext_lazy("Several have this name: %(places)s. Go on under a post of one of these places."),
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=None, **kwargs)
        self.by_name = False

    def offer(self, rows: QuerySet[Organisation]) -> None:
        self.by_name = rows.order_by().values("pk")[: MOST_OFFERED + 1].count() > MOST_OFFERED
        if self.by_name:
            self.widget = forms.TextInput(attrs={"maxlength": 120})
            self.widget.is_required = self.required
            self.help_text = pgettext_lazy("choosing an organisation", "Its full name.")
        self.queryset = rows

    def prepare_value(self, value: Any) -> Any:
        if not self.by_name or not value:
            return super().prepare_value(value)
        if isinstance(value, int):
            value = self.queryset.filter(pk=value).first() or ""
        return value.name if isinstance(value, Organisation) else value

    def to_python(self, value: Any) -> Any:
        if not self.by_name or value in self.empty_values:
            return super().to_python(value)
        found = list(self.queryset.filter(name=str(value).strip()).select_related("parent")[:6])
        if not found:
            raise forms.ValidationError(self.error_messages["unknown"], "unknown")
        if len(found) > 1:
            places = _(", ").join(sorted({each.parent.name for each in found if each.parent}))
            raise forms.ValidationError(self.error_messages["several"], "several", {"places": places})
        return found[0]


def unions_with_members(acting: Acting) -> QuerySet[Organisation]:
    """The unions under the post that take members today."""
    return Organisation.objects.within(acting.path).as_of(acting.day).filter(kind__in=WITH_MEMBERS).order_by("path")


def employer_named(acting: Acting, text: str) -> Enterprise:
    """The one employer under the post with this name or unified credit code; Refusal when there is none, or several,
    with who answers for each. A county has too many to choose from a list."""
    bare = text.strip()
    rows = Enterprise.objects.within(acting.path).filter(closed_on__isnull=True)
    found = list(rows.filter(Q(name=bare) | Q(credit_code=bare.upper())).select_related("organisation")[:6])
    if not found:
        raise Refusal(
            _("No employer on file here has this name or code: write it as the list of employers does."), "no_employer"
        )
    if len(found) > 1:
        places = _(", ").join(sorted({each.organisation.name for each in found}))
        sentence = _("Several employers have this name: %(places)s. Give the unified credit code.")
        raise Refusal(sentence % {"places": places}, "several_employers")
    return found[0]


def union_named(name: str, day: date) -> Organisation:
    """The one union of this name in the province; Refusal when there is none, or several, with their counties."""
    found = list(
        Organisation.objects.as_of(day)
        .filter(name=name.strip(), kind__in=WITH_MEMBERS)
        .select_related("region", "parent__parent")[:6]
    )
    if not found:
        raise Refusal(_("No union with members has this name: write it as its certificate does."), "no_union")
    if len(found) > 1:
        places = _(", ").join(sorted({each.region.name for each in found}))
        raise Refusal(_("Several unions have this name: %(places)s.") % {"places": places}, "several_unions")
    return found[0]
