"""The start page for workers and the public; and the public notices: masked values only, for as long as they hang,
never to be found by search engines."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chunyu.accounts.access import PUBLIC
from chunyu.accounts.clock import today
from chunyu.casework.actions import object_publicly
from chunyu.casework.forms import ObjectionForm
from chunyu.casework.models import PublicNotice
from chunyu.casework.published import published_in
from chunyu.casework.queries import counties_with_notices, public_notice
from chunyu.ui.pages import Crumb, FormPage, StaffPage
from chunyu.wall.scope import take_on

PER_PAGE = 30


class PublicPage(StaffPage):
    """A page of this room: no sign-in, no trace in caches or search engines."""

    roles = PUBLIC

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().dispatch(request, *args, **kwargs)
        response["X-Robots-Tag"] = "noindex, nofollow, noarchive, nosnippet"
        response["Cache-Control"] = "no-store"
        return response


class Start(PublicPage):
    title = _("Services for workers")
    template_name = "portal/start.html"


class Notices(PublicPage):
    """The counties with notices, or one county's, thirty at a time: there is no way to take them all."""

    template_name = "portal/notices.html"

    @cached_property
    def county(self) -> Any:
        if "county" not in self.kwargs:
            return None
        found = next((each for each in counties_with_notices(today()) if each.pk == self.kwargs["county"]), None)
        if found is None:
            raise Http404
        take_on(found.path)
        return found

    def heading(self) -> str:
        return f"{self.county.name} · {gettext('Public notices')}" if self.county else gettext("Public notices")

    def crumbs(self) -> list[Crumb]:
        return [(gettext("Public notices"), reverse("portal:notices"))] if self.county else []

    def context(self, **more: Any) -> dict[str, Any]:
        if self.county is None:
            return super().context(counties=counties_with_notices(today()), county=None, **more)
        after = self.request.GET.get("after", "0")
        start = int(after) if after.isdigit() and len(after) < 6 else 0
        rows = published_in(self.county, today())[start : start + PER_PAGE + 1]
        following = start + PER_PAGE if len(rows) > PER_PAGE else None
        return super().context(county=self.county, notices=rows[:PER_PAGE], following=following, **more)


class Object(PublicPage, FormPage):
    """An objection to a notice, by anybody, with or without saying who they are."""

    title = _("Raise an objection")
    template_name = "portal/object.html"
    form_class = ObjectionForm

    @cached_property
    def notice(self) -> PublicNotice:
        found = public_notice(self.kwargs["pk"], today())
        if found is None:
            raise Http404
        take_on(found.county.path)
        return found

    def crumbs(self) -> list[Crumb]:
        county = self.notice.county
        return [
            (gettext("Public notices"), reverse("portal:notices")),
            (county.name, reverse("portal:county-notices", args=[county.pk])),
        ]

    def submit(self, form: ObjectionForm) -> str:
        object_publicly(self.notice, **form.cleaned_data, sender=sender_of(self.request), day=today())
        return "portal:thanks"

    def context(self, **more: Any) -> dict[str, Any]:
        shown = next(each for each in published_in(self.notice.county, today()) if each.pk == self.notice.pk)
        return super().context(notice=shown, **more)


class Thanks(PublicPage):
    title = _("Your objection has been received")
    template_name = "portal/thanks.html"


def sender_of(request: HttpRequest) -> str:
    """The network address that a request came from. Behind a proxy on this machine it is the last one that the proxy
    wrote; what a sender writes in front of it is not believed."""
    peer = request.META.get("REMOTE_ADDR", "")
    if peer in ("127.0.0.1", "::1", ""):
        forwarded = request.headers.get("X-Forwarded-For", "").split(",")[-1].strip()
        return forwarded or peer
    return peer
