"""The second step of signing in, setting a second factor up, and entering a code before an act that asks for one."""

from __future__ import annotations

import time
from typing import Any

import segno
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from chunyu.accounts import second_factor
from chunyu.accounts.access import SESSION_FACTOR, SESSION_FIRST, first_of_all, public, signed_in
from chunyu.accounts.models import SecondFactor, User
from chunyu.accounts.refusal import Refusal

SESSION_ASKED = "signing_in"  # whose password was right, where they want to go, and since when
PATIENCE = 600  # seconds between the password and the code
UNPROCESSABLE = 422


class CodeForm(forms.Form):
    code = forms.CharField(
        label=pgettext_lazy("second factor", "Code"),
        max_length=20,
        help_text=gettext_lazy("The six digits that the app shows now, or one of your codes on paper."),
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false", "autofocus": True}
        ),
    )


def ask(request: HttpRequest, user: User, goal: str) -> HttpResponse:
    """The password was right: remember whose, and let nobody in yet."""
    request.session[SESSION_ASKED] = {"user": user.pk, "goal": goal, "at": time.time()}
    return _see_other("accounts:second-step")


@public
@never_cache
@sensitive_post_parameters("code")
def second_step(request: HttpRequest) -> HttpResponse:
    from chunyu.accounts.pages import signed_in_as

    asked = request.session.get(SESSION_ASKED)
    user = User.objects.filter(pk=asked["user"], is_active=True).first() if asked else None
    if user is None or time.time() - asked["at"] > PATIENCE:
        request.session.pop(SESSION_ASKED, None)
        return _see_other("accounts:sign-in")

    def enter() -> HttpResponse:
        del request.session[SESSION_ASKED]
        answer = signed_in_as(request, user, asked["goal"])
        request.session[SESSION_FACTOR] = time.time()
        return answer

    return _asking(request, user, _("Second step"), enter)


@signed_in
@never_cache
@sensitive_post_parameters("code")
def confirm(request: HttpRequest) -> HttpResponse:
    """Enter a code again, and go back to the act that asks for it."""
    from chunyu.accounts.pages import wanted

    if second_factor.of(request.user) is None:
        return _see_other(wanted(request, "/"))

    def enter() -> HttpResponse:
        request.session[SESSION_FACTOR] = time.time()
        messages.success(request, _("Thank you. Nothing was done yet: go on with what you began."))
        return HttpResponseRedirect(wanted(request, "/"), status=303)

    return _asking(request, request.user, _("Is it you?"), enter, next=wanted(request, ""))


def _asking(request: HttpRequest, user: User, title: str, enter: Any, **more: Any) -> HttpResponse:
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            second_factor.check(user, form.cleaned_data["code"])
        except Refusal as refusal:
            form.add_error("code", str(refusal))
        else:
            return enter()
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "accounts/code.html", {"form": form, "title": title, "person": user, **more}, status=status)


@signed_in
@first_of_all
@never_cache
@sensitive_post_parameters("code")
def factor(request: HttpRequest) -> HttpResponse:
    """Set a second factor up, get other codes on paper, or do without where that is allowed."""
    try:
        answer = _act(request) if request.method == "POST" else None
        refusal = None
    except Refusal as refused:
        answer, refusal = None, refused
    return answer or _factor_page(request, refusal=refusal)


def _act(request: HttpRequest) -> HttpResponse:
    user, act = request.user, request.POST.get("act")
    if act == "begin":
        second_factor.begin(user)
        return _see_other("accounts:factor")
    if act == "confirm":
        codes = second_factor.confirm(user, request.POST.get("code", ""))
        request.session[SESSION_FACTOR] = time.time()
        request.session.pop(SESSION_FIRST, None)
        return _factor_page(request, codes=codes)
    second_factor.check(user, request.POST.get("code", ""))
    request.session[SESSION_FACTOR] = time.time()
    if act == "paper":
        return _factor_page(request, codes=second_factor.new_recovery_codes(user))
    if second_factor.is_required():
        raise Refusal(_("A second factor is required here."), code="required")
    second_factor.remove(user)
    request.session.pop(SESSION_FACTOR, None)
    messages.success(request, _("You sign in with the password alone from now on."))
    return _see_other("accounts:factor")


def _factor_page(request: HttpRequest, codes: list[str] | None = None, refusal: Refusal | None = None) -> HttpResponse:
    asked = SecondFactor.objects.filter(user=request.user).select_related("user").first()
    setting_up = asked is not None and asked.confirmed_at is None
    context = {
        "title": _("Second factor"),
        "factor": asked,
        "setting_up": setting_up,
        "first": request.session.get(SESSION_FIRST) == "accounts:factor",
        "required": second_factor.is_required(),
        "square": _square(second_factor.address(asked)) if setting_up else "",
        "key": " ".join(_fours(asked.key.reveal())) if setting_up else "",
        "left": request.user.recovery_codes.filter(used_at__isnull=True).count(),
        "codes": codes,
        "form": CodeForm(),
        "refusal": refusal,
    }
    return render(request, "accounts/factor.html", context, status=UNPROCESSABLE if refusal else 200)


def _square(text: str) -> str:
    drawn = segno.make(text, error="m").svg_inline(
        border=4, omitsize=True, dark="#000", light="#fff", title=_("Scan me")
    )
    return mark_safe(drawn)  # noqa: S308 - drawn by the library from our own address


def _fours(key: str) -> list[str]:
    return [key[start : start + 4] for start in range(0, len(key), 4)]


def _see_other(where: str) -> HttpResponse:
    return HttpResponseRedirect(resolve_url(where), status=303)
