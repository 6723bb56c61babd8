"""The pages of the mechanism: a form that can be taken along, what is taken, and what lies on this phone."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from django.conf import settings
from django.db import transaction
from django.http import Http404, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.urls import NoReverseMatch, reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chunyu.accounts.access import PUBLIC, SIGNED_IN
from chunyu.accounts.refusal import Refusal
from chunyu.privacy.sealing import blind_index
from chunyu.ui.offline.entries import KEY, Entry, Way
from chunyu.ui.offline.receiving import receive
from chunyu.ui.pages import FormPage, StaffPage

KEPT_DAYS = 3  # what was taken along goes from the phone by itself after so many days
MOST_TAKEN = 40


@dataclass(frozen=True)
class Thing:
    """Something to do on the way: its form's address, how it is recognised, and the lines needed to get there."""

    address: str
    title: str
    lines: tuple[str, ...] = ()
    subject: str = ""


class OfflineForm(FormPage):
    """A form that can be filled in without a network; see the package for how a page joins."""

    offline: ClassVar[str]
    template_name = "ui/offline/form_page.html"
    entry: Entry | None = None  # set while an entry that was kept on a phone is received

    def subject(self) -> str:
        """What the entry is about, as a number or key without personal value: entries about one subject keep order."""
        return ""

    def about(self) -> str:
        """How the person recognises the entry; kept sealed on the phone."""
        return str(self.heading())

    def hold(self) -> None:
        """Lock what the entry changes until the transaction ends; Http404 when it is not there for this post."""

    def stands_at(self) -> str:
        """Where the subject stands, in a word that differs when somebody changed it; empty when nothing can differ."""
        return ""

    def stands_now(self) -> Iterable[tuple[Any, Any]]:
        """What stands there now, label and value, for the conflict screen."""
        return ()

    def ways(self) -> Iterable[Way]:
        """How the person may go on after a conflict, besides discarding what they kept."""
        return ()

    def counts(self) -> Iterable[tuple[str, int, Any]]:
        """What is counted before the entry is kept: the group's name (`data-counts` of its inputs), the least number,
        and the sentence when it is not reached."""
        return ()

    def subject_or_nothing(self) -> str:
        try:
            return self.subject()
        except Http404:
            return ""

    def context(self, **more: Any) -> dict[str, Any]:
        return super().context(stands_at=self.stands_at(), kept_days=KEPT_DAYS, **more)

    def post(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if KEY in request.POST:
            return receive(self)
        return super().post(request, *args, **kwargs)


class TakeAlong(StaffPage):
    """Answers which forms a person takes along. A POST, because what leaves the office is put on record."""

    def things(self) -> list[Thing]:
        """What was chosen, each within the post's scope, put on record; Refusal when there is nothing to take."""
        raise NotImplementedError(f"{type(self).__name__} does not say what is taken along.")

    @transaction.atomic
    def act(self) -> HttpResponse:
        things = self.things()
        if len(things) > MOST_TAKEN:
            raise Refusal(_("Take along at most %(most)s at a time.") % {"most": MOST_TAKEN}, code="many")
        taken = [
            {"address": each.address, "title": each.title, "lines": list(each.lines), "subject": each.subject}
            for each in things
        ]
        return JsonResponse({"things": taken, "days": KEPT_DAYS}, headers={"Cache-Control": "no-store"})

    def refused(self, refusal: Refusal) -> HttpResponse:
        return JsonResponse({"sentences": str(refusal).split("\n")}, status=422)


class Phone(StaffPage):
    """What lies on this phone: drawn by the page's script from the phone itself, nothing of it comes from here."""

    roles = SIGNED_IN
    title = gettext_lazy("On this phone")
    template_name = "ui/offline/phone.html"

    def context(self, **more: Any) -> dict[str, Any]:
        return super().context(start=start_address(), kept_days=KEPT_DAYS, **more)


class Shell(Phone):
    """The same without a name or a menu, for the service worker to keep: what opens when there is no network."""

    roles = PUBLIC
    template_name = "ui/offline/shell.html"

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        language = kwargs["language"]
        if language not in dict(settings.LANGUAGES):
            raise Http404
        with translation.override(language):
            return self.show().render()


class Ready(StaffPage):
    """Asked before entries are sent: who is signed in, a fresh token, and the key that entries are sealed with.

    The key belongs to the person and the post. A phone forgets it on sign-out; what was kept is then locked until the
    same person signs in to the same post again.
    """

    roles = SIGNED_IN

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.acting is None:
            raise Http404
        post = self.acting.post
        key = blind_index(f"{post.user_id} {post.pk}", "offline:phone")
        return JsonResponse(
            {"post": str(post.pk), "token": get_token(request), "key": base64.b64encode(key).decode()},
            headers={"Cache-Control": "no-store"},
        )


def start_address() -> str:
    """Where the installed page opens: the list of things to do that settings.OFFLINE_START names."""
    try:
        return reverse(settings.OFFLINE_START)
    except NoReverseMatch:
        return reverse("offline:phone")
