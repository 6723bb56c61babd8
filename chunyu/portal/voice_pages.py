"""A worker speaks on a phone, without an account; and the board on which everybody sees what became of proposals."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from chunyu.accounts.clock import today
from chunyu.accounts.refusal import Refusal
from chunyu.federation.models import Organisation
from chunyu.organising.joining.queries import OFFERED, unions_meant
from chunyu.portal.join_pages import county_federations
from chunyu.portal.pages import PER_PAGE, PublicPage, sender_of
from chunyu.privacy.masking import mask_name
from chunyu.ui.pages import Crumb
from chunyu.voice.proposals.actions import speak_publicly
from chunyu.voice.proposals.forms import WordsForm
from chunyu.voice.proposals.queries import counties_with_proposals, on_the_board
from chunyu.voice.proposals.showing import motion_name
from chunyu.voice.proposals.tables import Proposal
from chunyu.wall.scope import take_on


class SpeakForm(WordsForm):
    """The words, and which workplace they are about."""

    county = forms.ModelChoiceField(Organisation.objects.none(), label=_("County or district"))
    where = forms.CharField(
        label=_("Your firm or its union"), max_length=120, help_text=_("A part of the name is enough.")
    )
    field_order = ("county", "where")

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["county"].queryset = county_federations()
        self.meant: Organisation | None = None

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if given.get("county") and given.get("where"):
            found = unions_meant(given["county"], given["where"], today())
            if len(found) == 1:
                self.meant = found[0]
            elif not found:
                self.add_error("where", _now("No union of this county has this in its name. Ask your union to write."))
            elif len(found) > OFFERED:
                self.add_error(
                    "where",
                    _now("More than %(count)s unions have this in their name. Write more of it.") % {"count": OFFERED},
                )
            else:
                names = _now(", ").join(each.name for each in found)
                self.add_error("where", _now("Write one of these in full: %(names)s.") % {"names": names})
        return given


class Speak(PublicPage):
    """One address: what is wrong and what should be done; then the number and the code that follow it."""

    title = _("Propose something to your workplace")
    template_name = "portal/speak.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.show(form=SpeakForm(), given=None)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = SpeakForm(request.POST)
        if not form.is_valid() or form.meant is None:
            return self.show(status=422, form=form, given=None)
        try:
            given, code = speak_publicly(
                form.meant, form.words(), form.author(), sender=sender_of(request), day=today()
            )
        except Refusal as refusal:
            form.add_error(None, str(refusal))
            return self.show(status=422, form=form, given=None)
        return self.show(form=None, given=given.case, code=code, union=form.meant)


class Board(PublicPage):
    """The counties with proposals on the board, or one county's, thirty at a time."""

    template_name = "portal/board.html"

    @cached_property
    def county(self) -> Organisation | None:
        if "county" not in self.kwargs:
            return None
        found = next(
            (each for each, _count in counties_with_proposals(today()) if each.pk == self.kwargs["county"]), None
        )
        if found is None:
            raise Http404
        take_on(found.path)
        return found

    def heading(self) -> str:
        title = _now("What workers proposed")
        return f"{self.county.name} · {title}" if self.county else title

    def crumbs(self) -> list[Crumb]:
        return [(_now("What workers proposed"), reverse("portal:board"))] if self.county else []

    def context(self, **more: Any) -> dict[str, Any]:
        if self.county is None:
            return super().context(counties=counties_with_proposals(today()), county=None, **more)
        after = self.request.GET.get("after", "0")
        start = int(after) if after.isdigit() and len(after) < 6 else 0
        rows = list(on_the_board(self.county, today())[start : start + PER_PAGE + 1])
        following = start + PER_PAGE if len(rows) > PER_PAGE else None
        shown = [_shown(each) for each in rows[:PER_PAGE]]
        return super().context(county=self.county, proposals=shown, following=following, **more)


def _shown(proposal: Proposal) -> dict[str, Any]:
    """The title that the union wrote for everybody, masked names, and where it stands: none of the words."""
    motion = max(proposal.motions.all(), key=lambda each: each.session.held_on, default=None)
    plan = next(iter(reversed(proposal.plans.all())), None)
    case = proposal.case
    names = [] if proposal.unnamed else [mask_name(each.name) for each in proposal.authors.all()]
    return {
        "title": proposal.public_title,
        "union": proposal.organisation.name,
        "authors": _now(", ").join(names),
        "motion": motion_name(motion.session.name, motion.number) if motion else "",
        "state": case.state_label,
        "tone": "plain" if not case.is_open else "amber" if case.standing_state.aside else "rain",
        "raised_on": proposal.raised_on,
        "until": plan.until if plan and case.state == "rectifying" else None,
    }
