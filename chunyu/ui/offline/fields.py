"""Fields that a phone fills in by camera and by finger. Without scripts they are plain inputs for files."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

MOST_PHOTOS = 8
PICTURES = "image/jpeg,image/png"


class _PhotosInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class Photos(forms.FileField):
    """Several pictures, made smaller on the phone; cleans to a list."""

    widget = _PhotosInput
    default_error_messages = {"many": _("At most %(most)s photos go with one entry.")}

    def __init__(self, *, most: int = MOST_PHOTOS, **more: Any) -> None:
        self.most = most
        super().__init__(**more)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {"accept": PICTURES, "data-photos": str(self.most)}

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        given = [each for each in (data if isinstance(data, list | tuple) else [data]) if each]
        if len(given) > self.most:
            raise forms.ValidationError(self.error_messages["many"], code="many", params={"most": self.most})
        if not given:
            super().clean(None, initial)
        return [super(Photos, self).clean(each, initial) for each in given]


class Signature(forms.FileField):
    """A signature drawn by finger, as a PNG; without scripts, a photo of a signed paper."""

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {"accept": PICTURES, "data-signature": ""}
