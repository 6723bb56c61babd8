"""Changing the tree on the screen: fill in, see what would change, confirm. The union's own changes; regions' too build
on `ChangePage`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.federation.actions import left_in
from chunyu.federation.models import Organisation
from chunyu.organising.structure import actions
from chunyu.organising.structure.forms import FoundForm, HandOverForm, MoveForm, RenameForm, TieForm
from chunyu.organising.structure.keeping import STRUCTURE_ROLES
from chunyu.organising.structure.rehearsal import Effect, carry_out, rehearse
from chunyu.ui.pages import Action, Crumb, FormPage, Words

SHOWN = "shown"  # the digest of what the reader saw, sent with the confirmation


def titled(title: Words, name: str) -> str:
    """What is done, and to whom."""
    return pgettext("a label and its value", "%(label)s: %(value)s") % {"label": title, "value": name}


class ChangePage(FormPage):
    """A form whose first sending shows what would change, and whose second, with what was shown, does it."""

    roles = STRUCTURE_ROLES
    template_name = "organising/change.html"
    submit_label = _("Show what changes")
    said = _("Done. What was before stays in every report of an earlier day.")

    def act_of(self, form: forms.Form) -> Callable[[], Any]:
        """The act that the form asks for, ready to be carried out."""
        raise NotImplementedError(f"{type(self).__name__} does not say what it does.")

    def done(self, result: Any) -> str:
        """Where to go after the act."""
        raise NotImplementedError(f"{type(self).__name__} does not say where it leads.")

    def submit(self, form: forms.Form) -> str | HttpResponse:
        act, shown = self.act_of(form), self.request.POST.get(SHOWN, "")
        if not shown:
            effect, day = rehearse(act), form.cleaned_data["on"]
            return self.show(form=form, effect=effect, sent=self.sent(), day=day, warnings=self.warnings(effect, day))
        result = carry_out(act, shown)
        self.say(self.said)
        return self.done(result)

    def warnings(self, effect: Effect, day: date) -> list[str]:
        """What the act leaves for others to do."""
        return []

    def sent(self) -> list[tuple[str, str]]:
        """What was entered, to be sent again with the confirmation."""
        left_out = {"csrfmiddlewaretoken", SHOWN}
        return [(name, value) for name, values in self.request.POST.lists() if name not in left_out for value in values]

    def context(self, **more: Any) -> dict[str, Any]:
        return super().context(**{"effect": None, "sent": [], "day": None, "left": [], "warnings": []} | more)


class OfAUnion(ChangePage):
    """A change of one union in the post's subtree."""

    @cached_property
    def union(self) -> Organisation:
        found = self.find(Organisation, pk=self.kwargs["pk"])
        if found.dissolved_on is not None and found.dissolved_on <= self.acting.day:
            raise Http404
        return found

    def heading(self) -> str:
        return titled(self.title, self.union.name)

    def crumbs(self) -> list[Crumb]:
        return [(_now("Family tree"), reverse("organising:tree")), (self.union.name, self.cancel_url())]

    def form_arguments(self) -> dict[str, Any]:
        return {"union": self.union, "acting": self.acting}

    def cancel_url(self) -> str:
        return reverse("organising:union", args=[self.union.pk])

    def done(self, result: Any) -> str:
        return self.cancel_url()


class FoundUnion(OfAUnion):
    title = _("Found an organisation under it")
    form_class = FoundForm

    def act_of(self, form: forms.Form) -> Callable[[], Organisation]:
        given = form.cleaned_data
        return lambda: actions.found(
            self.acting,
            name=given["name"],
            kind=given["kind"],
            parent=self.union,
            region=given["region"],
            on=given["on"],
        )

    def done(self, result: Organisation) -> str:
        return reverse("organising:union", args=[result.pk])


class RenameUnion(OfAUnion):
    title = _("Rename")
    form_class = RenameForm

    def act_of(self, form: forms.Form) -> Callable[[], None]:
        given = form.cleaned_data
        return lambda: actions.rename(self.acting, self.union, given["name"], on=given["on"])


class MoveUnion(OfAUnion):
    title = _("Put under another organisation")
    form_class = MoveForm

    def act_of(self, form: forms.Form) -> Callable[[], None]:
        given = form.cleaned_data
        return lambda: actions.move(self.acting, self.union, given["parent"], on=given["on"])


class TieUnion(OfAUnion):
    title = _("Industrial superior")
    form_class = TieForm
    introduction = _("An industrial superior stands beside the place in the tree; reports count by the place alone.")

    def act_of(self, form: forms.Form) -> Callable[[], None]:
        given = form.cleaned_data
        return lambda: actions.tie_to_industry(self.acting, self.union, given["superior"], on=given["on"])


class HandOver(OfAUnion):
    """Nothing of the tree changes, so nothing is rehearsed: the counts are said afterwards."""

    title = _("Hand over members and employers")
    form_class = HandOverForm
    submit_label = _("Hand over")
    introduction = _(
        "The memberships go over on one day, so the years count on. A union is dissolved only when it is empty."
    )

    def context(self, **more: Any) -> dict[str, Any]:
        return super().context(left=left_in(self.union, self.acting.day), **more)

    def submit(self, form: forms.Form) -> str:
        given = form.cleaned_data
        members, employers = actions.hand_over(
            self.acting, self.union, given["to"], on=given["on"], reason=given["reason"]
        )
        words = {"members": members, "employers": employers}
        self.say(_now("Handed over: %(members)s members, %(employers)s employers.") % words)
        return self.cancel_url()


def structure_panel(union: Organisation, acting: Acting) -> dict[str, Any] | None:
    """The changes that an organiser may make, each with the reason where it may not."""
    if acting.role not in STRUCTURE_ROLES or (union.dissolved_on and union.dissolved_on <= acting.day):
        return None
    above = None
    if union.parent is None:
        above = Refusal(_now("%(name)s is the top of the tree: it stands under nobody.") % {"name": union.name})
    elif not acting.sees(union.parent.path):
        above = Refusal(_now("Done by an organiser of %(above)s or higher.") % {"above": union.parent.name})
    ways = [
        (FoundUnion.title, "organising:found", None),
        (RenameUnion.title, "organising:rename", above),
        (MoveUnion.title, "organising:move", above),
        (TieUnion.title, "organising:tie", None),
        (HandOver.title, "organising:hand-over", None),
    ]
    return {
        "choices": [
            Action.judged(str(title), reverse(name, args=[union.pk]), refusal) for title, name, refusal in ways
        ],
    }
