"""Fields of forms that every room needs: a day, a code copied from a letter or a slip, a key to act once by."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from chunyu.privacy.row_key import row_key

# The browser's own calendar takes and gives a day in one form only, whatever the language of the page.
DAY_INPUT = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class DayField(forms.DateField):
    widget = DAY_INPUT


class CodeField(forms.CharField):
    """A code of `privacy.letter_code`, copied from paper or a screen: never kept by the browser, never corrected."""

    def __init__(self, *, focused: bool = False, **kwargs: Any) -> None:
        """`focused` where the page is there to type it, one after another."""
        told: dict[str, Any] = {
            "label": _("Code"),
            "help_text": _("Twelve letters and figures in three groups."),
            "max_length": 40,
            "widget": forms.TextInput(
                attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
            ),
        }
        super().__init__(**told | kwargs)
        if focused:
            self.widget.attrs["autofocus"] = True


class NumberAndCodeForm(forms.Form):
    """What a person without an account shows to follow their own matter: its number, and the code given with it."""

    use_required_attribute = False
    number = forms.CharField(max_length=24, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    code = CodeField()

    def __init__(self, *args: Any, label: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["number"].label = label


class OnceForm(forms.Form):
    """Carries a key made with the form, so that sending it twice acts once."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=40)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {"key": row_key().hex} | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
