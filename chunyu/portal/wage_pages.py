"""A worker reports wages that are owed, on a phone and without an account, and follows it with a number and a code."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from chunyu.accounts.clock import today
from chunyu.accounts.refusal import Refusal
from chunyu.portal.join_pages import county_federations
from chunyu.portal.pages import PublicPage, sender_of
from chunyu.rights.arrears.actions import report_on_the_web
from chunyu.rights.arrears.forms import WebReportForm


class Wages(PublicPage):
    """One address: the form, then the number and the code. They travel in no address and are shown once."""

    title = _("Report wages that are owed")
    template_name = "portal/wages.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.show(form=WebReportForm(counties=county_federations()), given=None)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = WebReportForm(request.POST, counties=county_federations())
        if not form.is_valid():
            return self.show(status=422, form=form, given=None)
        county = form.cleaned_data["county"]
        try:
            given, code = report_on_the_web(county, form.report, sender=sender_of(request), day=today())
        except Refusal as refusal:
            form.add_error(None, str(refusal))
            return self.show(status=422, form=form, given=None)
        return self.show(form=None, given=given, code=code)
