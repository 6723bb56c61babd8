"""The form of a home visit, filled in at a desk or on the doorstep."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.models import Post
from chunyu.casework.actions.evidence import VISIT_SIGNATURE
from chunyu.casework.forms import posts_along
from chunyu.casework.models import Case
from chunyu.ui.fields import DayField
from chunyu.ui.offline.fields import Photos, Signature

VISITORS = {"data-counts": "people"}


class VisitForm(forms.Form):
    visited_on = DayField(label=_("visited on"))
    staff = forms.ModelMultipleChoiceField(
        Post.objects.none(),
        label=_("visited by"),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs=VISITORS),
    )
    others = forms.CharField(
        label=_("others who came along"),
        required=False,
        max_length=200,
        help_text=_("Names, separated by commas."),
        widget=forms.TextInput(attrs=VISITORS),
    )
    findings = forms.CharField(
        label=_("findings"), max_length=4000, widget=forms.Textarea(attrs={"rows": 6}), help_text=_("Kept sealed.")
    )
    photos = Photos(
        label=_("photos"), required=False, help_text=_("The home, papers that were shown. Made smaller on this phone.")
    )
    signature = Signature(
        label=_("signature of the family"),
        required=False,
        help_text=_("That the visit took place. Who signs on paper: photograph the paper instead."),
    )

    def __init__(self, *args: Any, case: Case, acting: Acting, **more: Any) -> None:
        super().__init__(*args, **more)
        along = posts_along(case, acting)
        self.fields["staff"].queryset = along
        self.fields["staff"].label_from_instance = lambda post: f"{post.user.full_name}（{post.organisation}）"
        self.fields["staff"].initial = [acting.post.pk]
        self.fields["visited_on"].initial = acting.day
        self.fields["visited_on"].widget.attrs["data-today"] = ""
        if VISIT_SIGNATURE not in {kind.code for kind in case.table.documents}:
            del self.fields["signature"]

    def people(self) -> list[Any]:
        others = self.cleaned_data["others"].replace("，", ",").replace("、", ",").split(",")
        return [
            *dict.fromkeys(post.user for post in self.cleaned_data["staff"]),
            *(name.strip() for name in others if name.strip()),
        ]

    def found(self) -> dict[str, Any]:
        """What the visit's action takes."""
        signed = self.cleaned_data.get("signature")
        # The same picture chosen twice is one.
        photos = {photo.read(): photo.name for photo in self.cleaned_data["photos"]}
        return {
            "visited_on": self.cleaned_data["visited_on"],
            "findings": self.cleaned_data["findings"],
            "people": self.people(),
            "photos": [(name, content) for content, name in photos.items()],
            "signature": (signed.name, signed.read()) if signed else None,
        }
