"""Signing in and changing a password."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.models import User


class SignInForm(AuthenticationForm):
    """One sentence for an unknown account and a wrong password alike: it must not tell which accounts exist."""

    username = forms.CharField(
        label=pgettext_lazy("sign-in", "Account"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    password = forms.CharField(
        label=_("Password"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
    error_messages = {
        "invalid_login": _(
            "Account and password do not match. Mind capital letters. If you have forgotten the password, ask the "
            "system keeper of your federation for a new one."
        ),
        "inactive": _("This account is closed. Ask the system keeper of your federation."),
    }


class ChangePasswordForm(PasswordChangeForm):
    """The old password once, the new one twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["old_password"].label = _("Present password")
        self.fields["new_password1"].label = _("New password")
        self.fields["new_password2"].label = _("New password once more")
        self.fields["new_password1"].help_text = _(
            "At least 10 characters; not your name, not your account, not a common one. Three unrelated words are good."
        )
        self.fields["new_password2"].help_text = ""

    def clean_new_password1(self) -> str:
        chosen = self.cleaned_data.get("new_password1", "")
        if chosen and self.user.check_password(chosen):
            raise forms.ValidationError(_("This is the present password. Choose another."))
        return chosen

    def save(self, commit: bool = True) -> User:
        """The password is the person's own from now on."""
        self.user.password_is_first = False
        return super().save(commit)
