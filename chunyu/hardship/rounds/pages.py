"""Rounds of allocation on screen: the list, one round with its proof, its lines, and the steps it takes."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django_htmx.http import HttpResponseClientRefresh

from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import FIGURE_ROLES, READ_CASE_ROLES
from chunyu.hardship.actions import record_export
from chunyu.hardship.rounds import actions, queries, showing
from chunyu.hardship.rounds.forms import RoundForm, SendBackForm, entered
from chunyu.hardship.rounds.models import Reason, Round, RoundLine, Stage, Way
from chunyu.hardship.rounds.wording import sentence_of
from chunyu.ledger.queries import summed
from chunyu.registry.queries import search
from chunyu.ui.lists import Column, Empty, ListPage
from chunyu.ui.pages import Action, ConfirmPage, Crumb, DetailPage, FormPage
from chunyu.ui.templatetags.show import yuan

TONES = {
    Stage.DRAFT: "plain",
    Stage.COMPUTING: "sky",
    Stage.COMPUTED: "sky",
    Stage.SUBMITTED: "amber",
    Stage.PUBLISHED: "rain",
}


class Rounds(ListPage):
    roles = FIGURE_ROLES
    title = _("Rounds of allocation")
    model = Round
    columns = (
        Column("name", _("Name"), link="hardship:round"),
        Column("stage", _("Stage"), kind="tag", tone=lambda row: TONES[Stage(row.stage)]),
        Column("day", _("As of"), kind="date"),
        Column("reached", _("Households reached"), kind="number"),
        Column("granted_fen", _("Granted (yuan)"), kind="money"),
        Column("planner__full_name", _("Planned by")),
        Column("organisation__name", _("Organisation")),
    )
    search = ("name",)
    search_hint = _("Name of a round")
    filters = ("stage",)
    sort = "-day"
    export_name = "rounds"
    empty = Empty(
        _("No round has been planned yet"),
        _("A round shares funds out over everybody entitled, the deepest need first, and says why for each."),
    )

    def rows(self) -> QuerySet[Round]:
        return queries.rounds(self.acting)

    def actions(self) -> list[Action]:
        if self.acting.role not in actions.PLANNERS:
            return []
        refusal = actions.may_plan(self.acting)
        return [Action.judged(_now("Plan a round"), reverse("hardship:prepare-round"), refusal, "primary")]


class OneRound(DetailPage):
    """A page about one round of the post's subtree."""

    roles = FIGURE_ROLES
    model = Round

    def rows(self) -> QuerySet[Round]:
        return queries.rounds(self.acting)

    def here(self) -> str:
        return reverse("hardship:round", args=[self.object.pk])

    def crumbs(self) -> list[Crumb]:
        crumbs: list[Crumb] = [(_now("Rounds of allocation"), reverse("hardship:rounds"))]
        return crumbs if type(self) is RoundPage else [*crumbs, (self.object.name, self.here())]


class RoundPage(OneRound):
    template_name = "hardship/rounds/round.html"

    def actions(self) -> list[Action]:
        stage = Stage(self.object.stage)
        if self.acting.role in actions.PLANNERS:
            return self._planners(stage)
        if self.acting.role in actions.PUBLISHERS and stage == Stage.SUBMITTED:
            barred = actions.may_publish(self.acting, self.object)
            return [
                Action.judged(_now("Send back"), self._step("send-round-back"), barred),
                Action.judged(_now("Publish the round"), self._step("publish-round"), barred, "primary"),
            ]
        return []

    def _planners(self, stage: Stage) -> list[Action]:
        barred = actions.may_plan(self.acting)
        change = Action.judged(_now("Change the inputs"), self._step("change-round"), barred)
        style = "primary" if stage == Stage.DRAFT else "plain"
        label = _now("Compute") if stage == Stage.DRAFT else _now("Compute again")
        compute = Action.judged(label, self._step("compute-round"), barred, style, method="post")
        submit = Action.judged(_now("Submit to a second person"), self._step("submit-round"), barred, "primary")
        return {Stage.DRAFT: [change, compute], Stage.COMPUTED: [change, compute, submit]}.get(stage, [])

    def _step(self, name: str) -> str:
        return reverse(f"hardship:{name}", args=[self.object.pk])

    def context(self, **more: Any) -> dict[str, Any]:
        planned = self.object
        return super().context(
            stages=showing.stages(planned),
            tone=TONES[Stage(planned.stage)],
            fault=showing.fault(planned),
            progress=showing.progress_of(planned) if planned.stage == Stage.COMPUTING else None,
            progress_url=reverse("hardship:round-progress", args=[planned.pk]),
            opening=showing.opening(planned),
            inputs=showing.inputs(planned),
            result=showing.result(planned) if showing.has_result(planned) else None,
            lines_url=reverse("hardship:round-lines", args=[planned.pk]),
            budgets=planned.sources.select_related("fund").order_by("fund__name", "pk"),
            quotas=planned.quotas.select_related("county").order_by("county__path"),
            **more,
        )


class RoundProgress(OneRound):
    """Asked again and again while a round is computed or its applications are opened; then the page is shown anew."""

    template_name = "hardship/rounds/progress.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        opening = showing.opening(self.object)
        running = self.object.stage == Stage.COMPUTING or (opening and not opening["finished"])
        if not running or not request.htmx:
            return HttpResponseClientRefresh() if request.htmx else HttpResponseRedirect(self.here())
        return self.show()

    def context(self, **more: Any) -> dict[str, Any]:
        opening = showing.opening(self.object)
        progress = opening["progress"] if opening else showing.progress_of(self.object)
        return super().context(progress=progress, progress_url=self.request.path, **more)


class PrepareRound(FormPage):
    roles = actions.PLANNERS
    title = _("Plan a round")
    form_class = RoundForm
    template_name = "hardship/rounds/form.html"
    submit_label = _("Keep the inputs")

    def form_arguments(self) -> dict[str, Any]:
        return {"acting": self.acting}

    def crumbs(self) -> list[Crumb]:
        return [(_now("Rounds of allocation"), reverse("hardship:rounds"))]

    def context(self, **more: Any) -> dict[str, Any]:
        return super().context(cancel_url=reverse("hardship:rounds"), barred=actions.may_plan(self.acting), **more)

    def submit(self, form: RoundForm) -> str:
        planned = actions.prepare(self.acting, form.inputs())
        self.say(_("Kept. Compute the round to see who would get what."))
        return reverse("hardship:round", args=[planned.pk])


class ChangeRound(OneRound, FormPage):
    roles = actions.PLANNERS
    form_class = RoundForm
    template_name = "hardship/rounds/form.html"
    submit_label = _("Keep the inputs")

    def heading(self) -> str:
        return _now("Change the inputs")

    def form_arguments(self) -> dict[str, Any]:
        return {"acting": self.acting, "initial": entered(self.object)}

    def context(self, **more: Any) -> dict[str, Any]:
        return super().context(cancel_url=self.here(), barred=actions.may_plan(self.acting), **more)

    def submit(self, form: RoundForm) -> str:
        actions.change(self.acting, self.object, form.inputs())
        self.say(_("Kept. Compute the round to see who would get what."))
        return self.here()


class RoundAct(OneRound):
    """An address that only takes a POST."""

    roles = actions.PLANNERS
    back = "hardship:round"


class ComputeRound(RoundAct):
    def act(self) -> str:
        actions.compute(self.acting, self.object)
        return self.here()


class RoundConfirm(OneRound, ConfirmPage):
    template_name = "ui/confirm_page.html"

    def cancel_url(self) -> str:
        return self.here()


class SubmitRound(RoundConfirm):
    roles = actions.PLANNERS
    title = _("Submit to a second person")
    submit_label = _("Submit")

    def question(self) -> str:
        return _now("Submit “%(name)s” to a second person?") % {"name": self.object.name}

    def consequences(self) -> list[str]:
        return [
            _now("Inputs and amounts stay as they are; only the second person can send the round back."),
            _now("You and whoever planned it cannot publish it."),
        ]

    def refusal_beforehand(self) -> Refusal | None:
        return actions.may_plan(self.acting)

    def act(self) -> str:
        actions.submit(self.acting, self.object)
        self.say(_("Submitted. Another person must now publish it."))
        return self.here()


class SendRoundBack(OneRound, FormPage):
    roles = actions.PUBLISHERS
    form_class = SendBackForm
    template_name = "ui/form_page.html"
    submit_label = _("Send back")

    def heading(self) -> str:
        return _now("Send the round back")

    def context(self, **more: Any) -> dict[str, Any]:
        return super().context(cancel_url=self.here(), **more)

    def submit(self, form: Form) -> str:
        actions.send_back(self.acting, self.object, why=form.cleaned_data["why"])
        self.say(_("Sent back to those who planned it."))
        return self.here()


class PublishRound(RoundConfirm):
    """What is published is what was shown: the digest of the amounts goes along."""

    roles = actions.PUBLISHERS
    template_name = "hardship/rounds/publish.html"
    title = _("Publish the round")
    submit_label = _("Publish")

    def question(self) -> str:
        return _now("Publish “%(name)s”?") % {"name": self.object.name}

    def consequences(self) -> list[str]:
        count = RoundLine.objects.filter(round=self.object, amount_fen__gt=0).count()
        given = _now("%(amount)s yuan go to %(count)s households.")
        opened = ngettext(
            "%(count)s application is opened, with the amount of the round as its suggestion.",
            "%(count)s applications are opened, each with the amount of the round as its suggestion.",
            count,
        )
        return [
            given % {"amount": yuan(self.object.granted_fen), "count": f"{self.object.reached:,}"},
            opened % {"count": f"{count:,}"},
            _now("Each still takes its usual way: visit, cross-check, notice, approval."),
            _now("A published round can no longer be changed."),
        ]

    def refusal_beforehand(self) -> Refusal | None:
        return actions.may_publish(self.acting, self.object)

    def act(self) -> str:
        actions.publish(self.acting, self.object, shown=self.request.POST.get("shown", ""))
        self.say(_("Published. The applications are being opened."))
        return self.here()


class LineFilter(django_filters.FilterSet):
    gets = django_filters.ChoiceFilter(
        label=_("Gets"),
        empty_label=_("everybody"),
        choices=[("yes", _("gets something")), ("no", _("gets nothing"))],
        method="by_gets",
    )
    programme = django_filters.ChoiceFilter(label=_("Programme"), empty_label=_("every programme"), choices=())
    reason = django_filters.ChoiceFilter(label=_("Reason"), empty_label=_("every reason"), choices=Reason.choices)
    fund = django_filters.ChoiceFilter(label=_("Fund"), empty_label=_("every fund"), choices=(), method="by_fund")
    became = django_filters.ChoiceFilter(
        label=_("Became"),
        empty_label=_("anything"),
        choices=[("opened", _("an application")), ("refused", _("no application"))],
        method="by_became",
    )

    class Meta:
        model = RoundLine
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, planned: Round, labels: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["programme"].extra["choices"] = list(labels.items())
        self.filters["fund"].extra["choices"] = [
            (str(each.pk), each.fund.name) for each in planned.sources.select_related("fund")
        ]

    def by_gets(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(amount_fen__gt=0) if value == "yes" else rows.filter(amount_fen=0)

    def by_fund(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(payments__source=value)

    def by_became(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(opened__isnull=False, opened__application__isnull=value == "refused")


def became(row: RoundLine) -> str:
    opened = getattr(row, "opened", None)
    if opened is None:
        return ""
    return opened.application.case.number if opened.application else opened.refusal


def case_address(row: RoundLine) -> str:
    opened = getattr(row, "opened", None)
    return reverse("casework:case", args=[opened.application.case.number]) if opened and opened.application else ""


def payers(row: RoundLine) -> str:
    return _now(", ").join(each.source.fund.name for each in row.payments.all())


NUMBER = Column("household__file_number", _("File number"), note="organisation__name")
WORKER = Column(
    "worker_name",
    _("Worker"),
    link=lambda row: reverse("hardship:household", args=[row.household_id]),
    note="household__file_number",
    sort="worker_pinyin",
)
MONEY = (Column("gap_fen", _("Gap (yuan)"), kind="money"), Column("amount_fen", _("Amount (yuan)"), kind="money"))
WHY = Column("why", _("Why"), value=sentence_of, sort="reason", template="hardship/rounds/why.html")
EVEN = Column("even_fen", _("Even split (yuan)"), kind="money")
LAST = Column("last_fen", _("Paid last year (yuan)"), kind="money")
BECAME = Column("became", _("Application"), value=became, link=case_address)


class RoundLines(OneRound, ListPage):
    """Every household that took part, with its amount and the sentence that says why. Names are for those who read
    files."""

    title = _("Lines of the round")
    template_name = "hardship/rounds/lines.html"
    model = RoundLine
    search = ("household__file_number",)
    sort = "-amount_fen"
    export_name = "round-lines"
    empty = Empty(_("The round has not been computed yet"), _("Compute it to see who would get what."))

    @cached_property
    def object(self) -> Round:
        return self.find(queries.rounds(self.acting), pk=self.kwargs["pk"])

    @property
    def named(self) -> bool:
        return self.acting.role in READ_CASE_ROLES

    @property
    def search_hint(self) -> str:
        return _now("Name, pinyin, file number or a whole ID number") if self.named else _now("File number")

    @cached_property
    def labels(self) -> dict[str, str]:
        return showing.programme_labels(self.object)

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        labels = self.labels
        programme = Column(
            "programme", _("Programme"), value=lambda row: labels[row.programme], sort="programme", note=payers
        )
        first = WORKER if self.named else NUMBER
        # What no line of this round has yet takes no room.
        last = (LAST,) if self.object.measures.filter(way=Way.LAST, granted_fen__gt=0).exists() else ()
        opened = (BECAME,) if self.object.stage == Stage.PUBLISHED else ()
        return (first, programme, *MONEY, WHY, EVEN, *last, *opened)

    def rows(self) -> QuerySet[RoundLine]:
        rows = queries.lines(self.object)
        return queries.named(rows) if self.named else rows

    def searched(self, rows: QuerySet, text: str) -> QuerySet:
        if not self.named:
            return super().searched(rows, text)
        return rows.filter(household__in=search(self.acting, text).order_by().values("pk"))

    @cached_property
    def filter_set(self) -> LineFilter:
        return LineFilter(
            self.chosen, queryset=self.rows(), request=self.request, planned=self.object, labels=self.labels
        )

    def total_fen(self) -> int:
        return summed(self.found, "amount_fen")

    def exported(self, kind: str, count: int) -> None:
        record_export(self.acting, kind, count)
