"""Planning on screen: quotas split level by level, households chosen by need, people and firms entered."""

from __future__ import annotations

import contextlib
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from chunyu.accounts.below import organisations_below
from chunyu.federation.models import Organisation
from chunyu.hardship.campaigns import actions, kinds, planning, queries
from chunyu.hardship.campaigns.forms import FirmForm, PersonForm, QuotaForm, TieForm
from chunyu.hardship.campaigns.kinds import GroupKind
from chunyu.hardship.campaigns.pages import OneCampaign
from chunyu.hardship.pages import category_shown, tone_shown
from chunyu.registry.models import Household
from chunyu.ui.pages import Action, FormPage

OFFERED = 60


class Quotas(OneCampaign, FormPage):
    """The quota of the place itself (at the top), or those of the organisations right under it."""

    roles = kinds.PLANNERS
    title = _("Split the quotas")
    form_class = QuotaForm
    template_name = "hardship/campaigns/quotas.html"
    submit_label = _("Keep the quotas")

    @cached_property
    def place(self) -> Organisation:
        """The organisation whose quota is split: asked for in the address, the post's own, or the campaign's."""
        asked = self.request.GET.get("under", "")
        if not asked:
            return queries.place_of(self.acting, self.object)
        rows = Organisation.objects.within(self.acting.path).within(self.object.scope_path).as_of(self.acting.day)
        place = rows.filter(path=asked).select_related("parent").first()
        if place is None:
            raise Http404
        return place

    @cached_property
    def organisations(self) -> list[Organisation]:
        below = Organisation.objects.as_of(self.acting.day).filter(parent=self.place).order_by("path")
        leads = self.place.pk == self.object.organisation_id and self.acting.sees(self.place.path)
        return [*([self.place] if leads else []), *below.select_related("parent")]

    def form_arguments(self) -> dict[str, Any]:
        return {"campaign": self.object, "organisations": self.organisations}

    def submit(self, form: QuotaForm) -> str:
        actions.set_quotas(self.acting, self.object, form.shares())
        self.say(_now("Kept."))
        return f"{self.there('campaign-quotas')}?under={self.place.path}"

    def context(self, **more: Any) -> dict[str, Any]:
        kinds_shown = [str(kind.label) for kind in GroupKind]
        groups = queries.by_group(self.object, self.place)
        return super().context(
            place=self.place, kinds=kinds_shown, groups=groups, own=self.object.organisation_id, **more
        )


class PlanVisits(OneCampaign, FormPage):
    """Households on file, proposed by need: ticked, they are put on the list with the same grant."""

    roles = kinds.VISITING
    title = _("Plan visits")
    form_class = TieForm
    template_name = "hardship/campaigns/plan_visits.html"
    submit_label = _("Put on the list")

    @property
    def asked_group(self) -> str:
        asked = self.request.GET.get("group", "")
        return asked if asked in GroupKind.values else GroupKind.HARDSHIP

    @cached_property
    def place(self) -> Organisation:
        asked = self.request.GET.get("under", "")
        if asked and self.acting.sees(asked):
            found = Organisation.objects.filter(path=asked).first()
            if found is not None:
                return found
        return queries.place_of(self.acting, self.object)

    @cached_property
    def offered(self) -> QuerySet[Household]:
        return planning.proposed(self.acting, self.object, self.asked_group, self.place)

    def form_arguments(self) -> dict[str, Any]:
        return {"acting": self.acting, "campaign": self.object, "initial": {"groups": [self.asked_group]}}

    def actions(self) -> list[Action]:
        return [
            Action(_now("A person without a file"), self.there("plan-person")),
            Action(_now("A firm"), self.there("plan-firm")),
        ]

    def submit(self, form: TieForm) -> str:
        chosen = self.request.POST.getlist("household")
        homes = list(
            Household.objects.within(self.acting.path).filter(pk__in=_keys(chosen)).select_related("organisation")
        )
        visits = planning.plan_households(self.acting, self.object, homes, form.tie(), form.grant(), due_on=form.due())
        said = ngettext("%(count)s visit is on the list.", "%(count)s visits are on the list.", len(visits))
        self.say(said % {"count": len(visits)})
        return self.request.get_full_path()

    def context(self, **more: Any) -> dict[str, Any]:
        quota = planning.quota_for(self.object, self.place, self.asked_group)
        rows = list(self.offered[:OFFERED])
        ticked = set(self.request.POST.getlist("household"))
        return super().context(
            place=self.place,
            group=self.asked_group,
            choices=[(kind.value, kind.label) for kind in GroupKind],
            places=organisations_below(self.acting),
            left=planning.left_of(quota) if quota else None,
            homes=[(each, *_stands(each), str(each.pk) in ticked) for each in rows],
            more=self.offered.count() > OFFERED,
            offered=OFFERED,
            **more,
        )


def _stands(home: Household) -> tuple[str, str, int | None]:
    """A household's category with its colour, and its yearly gap where it is known."""
    standing = getattr(home, "standing", None)
    return category_shown(home), tone_shown(home), standing.decision.need_fen if standing else None


def _keys(texts: list[str]) -> list[UUID]:
    """What is sent may be anything; only keys are asked for."""
    keys = []
    for text in texts:
        with contextlib.suppress(ValueError):
            keys.append(UUID(text))
    return keys


class PlanPerson(OneCampaign, FormPage):
    roles = kinds.VISITING
    title = _("A person without a file")
    form_class = PersonForm
    submit_label = _("Put on the list")
    introduction = _("For groups that need no hardship file, such as workers on duty over the festival.")

    def form_arguments(self) -> dict[str, Any]:
        return {"acting": self.acting, "campaign": self.object}

    def submit(self, form: PersonForm) -> str:
        said = form.cleaned_data
        visit = planning.plan_person(
            self.acting,
            self.object,
            said["organisation"],
            form.tie(),
            form.grant(),
            name=said["name"],
            id_number=said["id_number"],
            due_on=form.due(),
        )
        self.say(_now("The visit is on the list."))
        return reverse("hardship:visit", args=[visit.pk])


class PlanFirm(OneCampaign, FormPage):
    roles = kinds.VISITING
    title = _("A firm")
    form_class = FirmForm
    submit_label = _("Put on the list")
    introduction = _("For workers who are visited where they work; the money is for all of them together.")

    def form_arguments(self) -> dict[str, Any]:
        return {"acting": self.acting, "campaign": self.object}

    def submit(self, form: FirmForm) -> str:
        said = form.cleaned_data
        visit = planning.plan_firm(
            self.acting,
            self.object,
            said["organisation"],
            said["enterprise"],
            form.tie(),
            form.grant(),
            people=said["people"],
            due_on=form.due(),
        )
        self.say(_now("The visit is on the list."))
        return reverse("hardship:visit", args=[visit.pk])
