"""The staff's side of slips: giving one, ending it, answering what an applicant said."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms import BaseForm
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chunyu.accounts.roles import EVERY_CASE_ROLE, Role
from chunyu.casework.entry_pages import CaseForm
from chunyu.casework.models import Case
from chunyu.casework.pages import CaseAddress
from chunyu.casework.slips import actions
from chunyu.casework.slips.tables import Word
from chunyu.ui.pages import ConfirmPage

WORKING = EVERY_CASE_ROLE - {Role.AUDITOR}


class AnswerForm(forms.Form):
    answer = forms.CharField(
        label=_("answer"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("The applicant reads it with the slip. Say what happens next."),
    )


class GiveSlip(CaseAddress, ConfirmPage):
    """Asks first, since a slip given before ends; then shows the code, once."""

    roles = WORKING
    circle = "works"
    title = _("Slip for the applicant")
    submit_label = _("Make the slip")

    def question(self) -> str:
        return gettext(
            "With the slip's number and code the applicant follows this case on a phone, without an account."
        )

    def consequences(self) -> list[str]:
        said = [gettext("The code is shown once, on the next page: print it or copy it for the applicant.")]
        if self.case.slips.filter(ended_on__isnull=True).exists():
            said.append(gettext("The slip given before opens nothing any longer."))
        return said

    def cancel_url(self) -> str:
        return self.case.get_absolute_url()

    def act(self) -> HttpResponse:
        slip, code = actions.give_slip(self.acting, self.case)
        self.template_name = "casework/slip.html"
        response = self.show(slip=slip, code=code, case=self.case)
        response["Cache-Control"] = "no-store"
        return response


class EndSlip(CaseAddress):
    roles = WORKING
    circle = "works"

    def act(self) -> Case:
        actions.end_slip(self.acting, self.case)
        return self.case


class AnswerWord(CaseForm):
    title = _("Answer the applicant")
    form_class = AnswerForm
    submit_label = _("Send the answer")

    @cached_property
    def word(self) -> Word:
        return get_object_or_404(Word, case=self.case, pk=self.kwargs["pk"])

    def submit(self, form: BaseForm) -> Case:
        actions.answer_word(self.acting, self.word, answer=form.cleaned_data["answer"])
        return self.case

    def context(self, **more: Any) -> dict[str, Any]:
        introduction = f"{self.word.get_kind_display()}：{self.word.text.reveal()}"
        return super().context(introduction=introduction, **more)
