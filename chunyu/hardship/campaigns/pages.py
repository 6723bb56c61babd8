"""Campaigns on screen: the list, one campaign with its statement and progress, and the steps it takes."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.forms import Form
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.refusal import Refusal
from chunyu.casework.festivals import next_spring_festival
from chunyu.hardship.campaigns import actions, closing, kinds, queries, rights, showing
from chunyu.hardship.campaigns.forms import AskForm, CampaignForm, entered
from chunyu.hardship.campaigns.kinds import Stage
from chunyu.hardship.campaigns.tables import Campaign
from chunyu.ui.lists import Column, Empty, ListPage
from chunyu.ui.pages import Action, ConfirmPage, Crumb, DetailPage, FormPage
from chunyu.ui.templatetags.show import yuan

TONES = {
    Stage.PLANNED: "plain",
    Stage.FUNDED: "sky",
    Stage.RUNNING: "amber",
    Stage.CLOSED: "sky",
    Stage.AUDITED: "rain",
}


SUMMED = ("planned_fen", "paid_fen", "returned_fen", "unspent_fen")


class Campaigns(ListPage):
    roles = kinds.READERS
    title = _("Warmth campaigns")
    model = Campaign
    columns = (
        Column("name", _("Name"), link="hardship:campaign", note="code"),
        Column("organisation__name", _("Organisation")),
        Column("starts_on", pgettext_lazy("campaign", "First day"), kind="date"),
        Column("ends_on", pgettext_lazy("campaign", "Last day"), kind="date"),
        Column("raised_fen", _("Raised (yuan)"), kind="money"),
        Column("people_visited", _("Visited"), kind="number"),
        Column("to_visit", _("Still to visit"), kind="number"),
        Column(
            "stage", pgettext_lazy("campaign", "Stage"), kind="tag", tone=lambda row: TONES[Stage(row.stage)]
        ),
    )  # fmt: skip
    search = ("name", "code", "organisation__name")
    filters = ("stage",)
    sort = "-festival_on"
    export_name = "campaigns"
    empty = Empty(
        _("No campaign yet"),
        _("A caseworker of a federation plans one: its days, its five groups, and the quotas down the tree."),
    )

    def rows(self) -> QuerySet[Campaign]:
        return queries.campaigns(self.acting)

    def actions(self) -> list[Action]:
        found = [Action(_now("Questionnaires"), reverse("hardship:questionnaires"))]
        if self.acting.role in kinds.PLANNERS:
            barred = rights.may_plan(self.acting)
            found.append(Action.judged(_now("Plan a campaign"), reverse("hardship:plan-campaign"), barred, "primary"))
        return found


def way_here() -> list[Crumb]:
    return [(_now("Warmth campaigns"), reverse("hardship:campaigns"))]


class OneCampaign(DetailPage):
    """A page about one campaign: of the post's subtree, or of a level above that reaches down here."""

    roles = kinds.READERS
    model = Campaign

    def rows(self) -> QuerySet[Campaign]:
        return queries.campaigns(self.acting)

    def there(self, name: str = "campaign") -> str:
        return reverse(f"hardship:{name}", args=[self.object.pk])

    def heading(self) -> str:
        return str(self.title) or self.object.name

    def crumbs(self) -> list[Crumb]:
        crumbs = way_here()
        return crumbs if type(self) is CampaignPage else [*crumbs, (self.object.name, self.there())]

    def way_back(self) -> str:
        return self.there()

    def cancel_url(self) -> str:
        return self.there()


class CampaignPage(OneCampaign):
    template_name = "hardship/campaigns/campaign.html"

    @property
    def leads(self) -> bool:
        return self.acting.sees(self.object.scope_path)

    def actions(self) -> list[Action]:
        stage, role = Stage(self.object.stage), self.acting.role
        found: list[Action] = []
        if role in kinds.PLANNERS:
            found += self._planners(stage)
        if role in kinds.BOOKING and self.leads:
            found += self._finance(stage)
        if role in kinds.ORDERING and self.leads and stage == Stage.FUNDED:
            own = self.object.planned_by.user_id == self.acting.user_id
            barred = _now("You planned this campaign: another person starts it.") if own else ""
            found.append(Action.judged(_now("Start the visits"), self.there("start-campaign"), barred, "primary"))
        if role in kinds.AUDITING and self.leads and stage == Stage.CLOSED:
            found.append(Action(_now("Confirm the audit"), self.there("audit-campaign"), style="primary"))
        return found

    def _planners(self, stage: Stage) -> list[Action]:
        found = []
        if self.leads and stage == Stage.PLANNED:
            found.append(Action(_now("Change"), self.there("change-campaign")))
        if self.leads and self.object.is_open:
            found.append(Action(_now("Questionnaire"), self.there("campaign-asks")))
        if self.object.is_open:
            found.append(Action(_now("Split the quotas"), self.there("campaign-quotas")))
        if stage in (Stage.FUNDED, Stage.RUNNING):
            found.append(Action(_now("Plan visits"), self.there("plan-visits"), style="primary"))
        return found

    def _finance(self, stage: Stage) -> list[Action]:
        if stage == Stage.PLANNED:
            barred = "" if self.object.raised_fen else _now("Book at least one source first.")
            return [
                Action(_now("Book a source"), self.there("book-source")),
                Action.judged(_now("All is booked"), self.there("campaign-funded"), barred, "primary"),
            ]
        if stage in (Stage.FUNDED, Stage.RUNNING):
            found = [Action(_now("Book a source"), self.there("book-source"))]
            if stage == Stage.RUNNING:
                found.append(Action(_now("Close the campaign"), self.there("close-campaign"), style="primary"))
            return found
        return []

    def context(self, **more: Any) -> dict[str, Any]:
        campaign = self.object
        place = queries.place_of(self.acting, campaign)
        groups = queries.by_group(campaign, place)
        reads = self.acting.role in kinds.READ_VISITS
        days = queries.by_day(campaign, place.path)
        lines, holdings = closing.account(campaign), showing.holdings(self.acting, campaign, place)
        return super().context(
            campaign=campaign,
            tone=TONES[Stage(campaign.stage)],
            stages=showing.stages(campaign),
            place=place,
            figures=showing.figures(campaign, groups, self.acting, reads),
            lines=lines,
            sum={name: sum(getattr(line, name) for line in lines) for name in SUMMED},
            holdings=holdings,
            stepping=any(each.steps for each in holdings),
            groups=groups,
            places=queries.by_place(campaign, place, self.acting.day),
            visits_url=self.there("visits") if reads else "",
            unvisited_url=self.there("unvisited") if reads else "",
            days=days[-14:],
            chart=showing.curve(campaign, days) if days else None,
            **more,
        )


class PlanCampaign(FormPage):
    roles = kinds.PLANNERS
    title = _("Plan a campaign")
    form_class = CampaignForm
    template_name = "hardship/campaigns/plan.html"
    submit_label = _("Keep the plan")

    def crumbs(self) -> list[Crumb]:
        return way_here()

    def cancel_url(self) -> str:
        return reverse("hardship:campaigns")

    def form_arguments(self) -> dict[str, Any]:
        return {"initial": {"festival_on": next_spring_festival(self.acting.day)}}

    def submit(self, form: CampaignForm) -> str:
        made = actions.plan_campaign(
            self.acting, name=form.cleaned_data["name"], window=form.window(), order=form.order(), rules=form.rules()
        )
        self.say(_now("Planned. Set the quotas; the finance officer books the sources."))
        return reverse("hardship:campaign", args=[made.pk])


class ChangeCampaign(OneCampaign, FormPage):
    roles = kinds.PLANNERS
    title = _("Change the campaign")
    form_class = CampaignForm
    template_name = "hardship/campaigns/plan.html"

    def form_arguments(self) -> dict[str, Any]:
        return {"initial": entered(self.object)}

    def submit(self, form: CampaignForm) -> str:
        actions.change_campaign(
            self.acting,
            self.object,
            name=form.cleaned_data["name"],
            window=form.window(),
            order=form.order(),
            rules=form.rules(),
        )
        self.say(_now("Changed."))
        return self.there()


class CampaignAsks(OneCampaign, FormPage):
    roles = kinds.PLANNERS
    title = _("The questionnaire of the campaign")
    form_class = AskForm
    introduction = _("Visitors ask the version that is in force on the day. Answers are kept apart from names.")

    def form_arguments(self) -> dict[str, Any]:
        return {"campaign": self.object}

    def submit(self, form: Form) -> str:
        actions.ask(self.acting, self.object, form.cleaned_data["questionnaire"])
        self.say(_now("Kept."))
        return self.there()


class CampaignFunded(OneCampaign, ConfirmPage):
    roles = kinds.BOOKING
    title = _("All is booked")
    submit_label = _("All is booked")

    def question(self) -> str:
        said = _now("Are all sources of “%(name)s” booked, %(amount)s yuan together?")
        return said % {"name": self.object.name, "amount": yuan(self.object.raised_fen)}

    def consequences(self) -> list[str]:
        return [
            _now("Groups and sources stay as they are from then on; further sources can still be added."),
            _now("An approver starts the visits once the quotas fit the money."),
        ]

    def act(self) -> str:
        actions.mark_funded(self.acting, self.object)
        self.say(_now("The campaign is funded."))
        return self.there()


class StartCampaign(OneCampaign, ConfirmPage):
    roles = kinds.ORDERING
    title = _("Start the visits")
    submit_label = _("Start")

    def question(self) -> str:
        return _now("Start the visits of “%(name)s”?") % {"name": self.object.name}

    def consequences(self) -> list[str]:
        return [_now("Visits can be written down from now on, and quotas never promise more than was raised.")]

    def refusal_beforehand(self) -> Refusal | None:
        if self.object.planned_by.user_id == self.acting.user_id:
            return Refusal(_now("You planned this campaign: another person starts it."), "second_person")
        return None

    def act(self) -> str:
        actions.start(self.acting, self.object)
        self.say(_now("The campaign is running."))
        return self.there()
