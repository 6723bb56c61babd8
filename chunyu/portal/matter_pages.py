"""An applicant's own matter on a phone: with the slip's number and code, no account, nothing kept in the browser."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.clock import today
from chunyu.accounts.refusal import Refusal
from chunyu.casework.models import Case
from chunyu.casework.shown import stages
from chunyu.casework.slips import queries
from chunyu.casework.slips.actions import say
from chunyu.casework.slips.tables import Slip
from chunyu.casework.standing import Standing
from chunyu.portal.pages import PublicPage
from chunyu.ui.fields import NumberAndCodeForm

NUMBER = _("Number of the matter")
UNKNOWN = _("No matter has this number and code. Both are on the slip that your union gave you.")


class WordForm(forms.Form):
    use_required_attribute = False
    kind = forms.ChoiceField(label=_("What it is"), widget=forms.RadioSelect)
    text = forms.CharField(
        label=pgettext_lazy("word", "In your words"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, *args: Any, case: Case, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["kind"].choices = queries.kinds_of_word(case)


class Matters(PublicPage):
    """One address: the number and code, then how the matter stands and a form to say something. Each step is a POST, so
    that neither stands in an address."""

    title = pgettext_lazy("of a worker", "My matters")
    template_name = "portal/matters.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.show(form=NumberAndCodeForm(label=NUMBER))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = NumberAndCodeForm(request.POST, label=NUMBER)
        if not form.is_valid():
            return self.show(status=422, form=form)
        slip = queries.slip_of(form.cleaned_data["number"], form.cleaned_data["code"])
        if slip is None:
            form.add_error(None, UNKNOWN)
            return self.show(status=422, form=form)
        if request.POST.get("do") != "say":
            return self.matter(form, slip, WordForm(case=queries.followed(slip.case)))
        word = WordForm(request.POST, case=queries.followed(slip.case))
        if word.is_valid():
            try:
                say(slip, **word.cleaned_data, day=today())
            except Refusal as refusal:
                word.add_error(None, str(refusal))
            else:
                slip = queries.slip_of(form.cleaned_data["number"], form.cleaned_data["code"]) or slip
                return self.matter(form, slip, WordForm(case=queries.followed(slip.case)), said=True)
        return self.matter(form, slip, word, status=422)

    def matter(
        self, form: NumberAndCodeForm, slip: Slip, word: WordForm, *, said: bool = False, status: int = 200
    ) -> HttpResponse:
        case = queries.followed(slip.case)
        return self.show(
            status=status,
            form=form,
            case=case,
            stages=stages(Standing(case, today()), ""),
            step=queries.next_step(case),
            missing=queries.missing(case),
            told=queries.told(case),
            decided=queries.decided(case),
            words=case.words.filter(slip__case=slip.case_id),
            merged=case != slip.case,
            others=queries.others(case),
            word=word,
            said=said,
        )

    def context(self, **more: Any) -> dict[str, Any]:
        return super().context(**{"case": None} | more)
