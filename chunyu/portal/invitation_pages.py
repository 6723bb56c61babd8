"""The family's own answer to an invitation: with the code of its letter, no account, nothing kept in the browser.

A page shows what the letter says and no name. The code is sixty bits of chance, is sent in a form and never stands in
an address, and is used up by the answer.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.clock import today
from chunyu.accounts.refusal import Refusal
from chunyu.hardship import household_page
from chunyu.hardship.finding.actions import answer_on_the_web
from chunyu.hardship.finding.models import Invitation, InvitationAnswer
from chunyu.hardship.finding.queries import invitation_of_code
from chunyu.hardship.wording import programme_label
from chunyu.portal.pages import PublicPage
from chunyu.ui.fields import CodeField

Answer = InvitationAnswer.Answer
UNKNOWN = _("This code is not known, was used already, or its time is over.")


class CodeForm(forms.Form):
    code = CodeField(label=_("The code of your letter"))


class InvitationAnswered(PublicPage):
    """One address: the code, then what the letter says with the three answers, then thanks. Each step is a POST."""

    title = _("Answer your invitation")
    template_name = "portal/invitation.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.show(form=CodeForm())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = CodeForm(request.POST)
        if not form.is_valid():
            return self.show(status=422, form=form)
        code = form.cleaned_data["code"]
        found = invitation_of_code(code, today())
        if found is None:
            form.add_error("code", UNKNOWN)
            return self.show(status=422, form=form)
        answer = request.POST.get("answer", "")
        if answer not in (Answer.APPLY, Answer.DECLINE, Answer.OPT_OUT):
            return self.show(form=form, invitation=found, code=code, paper=self.paper(found))
        try:
            answer_on_the_web(code, answer=answer, day=today())
        except Refusal as refusal:
            form.add_error("code", str(refusal))
            return self.show(status=422, form=form)
        return self.show(form=form, thanks=THANKS[answer])

    def paper(self, invitation: Invitation) -> dict[str, Any]:
        apply = household_page.before_applying(invitation.household, invitation.programme, today())
        return {"label": programme_label(invitation.programme, invitation.household.organisation, today()), **apply}

    def context(self, **more: Any) -> dict[str, Any]:
        return super().context(**{"invitation": None, "thanks": "", "code": "", "paper": None} | more)


THANKS = {
    Answer.APPLY: pgettext_lazy(
        "invitation", "Your union has been told that you want to apply. Somebody will call you; bring the papers named."
    ),
    Answer.DECLINE: pgettext_lazy("invitation", "Noted. You can apply at any time without an invitation."),
    Answer.OPT_OUT: pgettext_lazy(
        "invitation",
        "Noted, and it counts from now on: nobody looks for you any more. You can apply all the same.",
    ),
}
