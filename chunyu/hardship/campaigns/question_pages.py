"""Questionnaires on screen: the list, the editor of a version, and the results."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Max, Q, QuerySet
from django.forms import Form
from django.http import Http404
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from chunyu.accounts.refusal import Refusal
from chunyu.hardship.actions import record_export
from chunyu.hardship.campaigns import answering, kinds, queries, results, rights
from chunyu.hardship.campaigns.pages import OneCampaign, way_here
from chunyu.hardship.campaigns.question_tables import Question, Questionnaire, QuestionnaireVersion
from chunyu.hardship.campaigns.visit_forms import QuestionForm, QuestionnaireForm
from chunyu.ui.exports import as_file
from chunyu.ui.lists import Column, Empty, ListPage
from chunyu.ui.pages import Action, ConfirmPage, Crumb, DetailPage, FormPage

EXPORTS = ("xlsx", "csv")


def questionnaires(path: str) -> QuerySet[Questionnaire]:
    """Questionnaires under a path and of the levels above it, with their newest version in force, if any."""
    below = Questionnaire.objects.within(path).values("pk")
    rows = Questionnaire.objects.filter(Q(pk__in=below) | Q(scope_path__in=rights.chain(path)))
    return rows.select_related("organisation").annotate(
        in_force=Max("versions__number", filter=Q(versions__in_force_on__isnull=False)),
        newest=Max("versions__number"),
    )


class Questionnaires(ListPage):
    roles = kinds.READERS
    title = _("Questionnaires")
    model = Questionnaire
    columns = (
        Column("name", _("Name"), link="hardship:questionnaire"),
        Column("organisation__name", _("Organisation")),
        Column("in_force", _("Version in force"), kind="number"),
        Column("newest", _("Newest version"), kind="number"),
    )
    search = ("name", "organisation__name")
    sort = "name"
    export_name = "questionnaires"
    empty = Empty(_("No questionnaire yet"), _("Make one, put it in force, and have a campaign ask it."))

    def crumbs(self) -> list[Crumb]:
        return way_here()

    def rows(self) -> QuerySet[Questionnaire]:
        return questionnaires(self.acting.path)

    def actions(self) -> list[Action]:
        if self.acting.role not in kinds.PLANNERS:
            return []
        barred = rights.may_plan(self.acting)
        return [Action.judged(_now("Make a questionnaire"), reverse("hardship:make-questionnaire"), barred, "primary")]


def crumbs_here() -> list[Crumb]:
    return [*way_here(), (_now("Questionnaires"), reverse("hardship:questionnaires"))]


class MakeQuestionnaire(FormPage):
    roles = kinds.PLANNERS
    title = _("Make a questionnaire")
    form_class = QuestionnaireForm

    def crumbs(self) -> list[Crumb]:
        return crumbs_here()

    def cancel_url(self) -> str:
        return reverse("hardship:questionnaires")

    def submit(self, form: Form) -> str:
        version = answering.make_questionnaire(self.acting, form.cleaned_data["name"])
        return reverse("hardship:questionnaire", args=[version.questionnaire_id])


class OneQuestionnaire(DetailPage):
    roles = kinds.READERS
    model = Questionnaire

    def rows(self) -> QuerySet[Questionnaire]:
        return questionnaires(self.acting.path)

    def heading(self) -> str:
        return str(self.title) or self.object.name

    def crumbs(self) -> list[Crumb]:
        crumbs = crumbs_here()
        return crumbs if type(self) is QuestionnairePage else [*crumbs, (self.object.name, self.there())]

    def there(self) -> str:
        return reverse("hardship:questionnaire", args=[self.object.pk])

    def way_back(self) -> str:
        return self.there()

    def cancel_url(self) -> str:
        return self.there()

    @property
    def newest(self) -> QuestionnaireVersion:
        return self.object.versions.annotate(sheet_count=Count("sheets")).order_by("-number")[0]

    @property
    def writes(self) -> bool:
        return self.acting.role in kinds.PLANNERS and self.acting.sees(self.object.scope_path)


class QuestionnairePage(OneQuestionnaire):
    """The newest version with its questions; the earlier ones beneath."""

    template_name = "hardship/campaigns/questionnaire.html"

    def actions(self) -> list[Action]:
        if not self.writes:
            return []
        version, here = self.newest, [self.object.pk]
        if version.in_force_on is None or not version.sheet_count:
            found = [Action(_now("Add a question"), reverse("hardship:add-question", args=here))]
            if version.in_force_on is None:
                url = reverse("hardship:questionnaire-in-force", args=here)
                found.append(Action(_now("Put in force"), url, style="primary"))
            return found
        return [Action(_now("Make the next version"), reverse("hardship:next-version", args=here), method="post")]

    def context(self, **more: Any) -> dict[str, Any]:
        version = self.newest
        return super().context(
            version=version,
            questions=version.questions.prefetch_related("choices"),
            earlier=self.object.versions.exclude(pk=version.pk)
            .annotate(sheet_count=Count("sheets"))
            .order_by("-number"),
            edits=self.writes and not version.sheet_count,
            **more,
        )


class AddQuestion(OneQuestionnaire, FormPage):
    roles = kinds.PLANNERS
    title = _("Add a question")
    form_class = QuestionForm

    def submit(self, form: Form) -> str:
        said = form.cleaned_data
        answering.put_question(
            self.acting, self.newest, kind=said["kind"], text=said["text"], choices=said["choices"].splitlines()
        )
        self.say(_now("Kept."))
        return self.there()


class NextVersion(OneQuestionnaire):
    roles = kinds.PLANNERS

    def act(self) -> str:
        answering.next_version(self.acting, self.object)
        self.say(_now("A draft of the next version is made from this one."))
        return self.there()


class PutInForce(OneQuestionnaire, ConfirmPage):
    roles = kinds.PLANNERS
    title = _("Put in force")
    submit_label = _("Put in force")

    def question(self) -> str:
        said = _now("Have version %(number)s of “%(name)s” asked from today on?")
        return said % {"number": self.newest.number, "name": self.object.name}

    def consequences(self) -> list[str]:
        return [_now("Once somebody has answered, its questions stay as they are.")]

    def refusal_beforehand(self) -> Refusal | None:
        if not self.newest.questions.exists():
            return Refusal(_now("Write at least one question first."), "no_question")
        return None

    def act(self) -> str:
        answering.put_in_force(self.acting, self.newest)
        self.say(_now("In force."))
        return self.there()


class OneQuestion(DetailPage):
    roles = kinds.PLANNERS
    model = Question

    def rows(self) -> QuerySet[Question]:
        own = Questionnaire.objects.within(self.acting.path)
        return Question.objects.filter(version__questionnaire__in=own).select_related("version__questionnaire")

    def heading(self) -> str:
        return str(self.title)

    def way_back(self) -> str:
        return reverse("hardship:questionnaire", args=[self.object.version.questionnaire_id])

    def cancel_url(self) -> str:
        return self.way_back()

    def crumbs(self) -> list[Crumb]:
        return [*crumbs_here(), (self.object.version.questionnaire.name, self.way_back())]


class ChangeQuestion(OneQuestion, FormPage):
    title = _("Change the question")
    form_class = QuestionForm

    def form_arguments(self) -> dict[str, Any]:
        asked = self.object
        choices = "\n".join(each.text for each in asked.choices.all())
        return {"initial": {"kind": asked.kind, "text": asked.text, "choices": choices}}

    def submit(self, form: Form) -> str:
        said = form.cleaned_data
        answering.put_question(
            self.acting,
            self.object.version,
            kind=said["kind"],
            text=said["text"],
            choices=said["choices"].splitlines(),
            question=self.object,
        )
        self.say(_now("Kept."))
        return self.way_back()


class TakeQuestionOut(OneQuestion):
    def act(self) -> str:
        there = self.way_back()
        answering.take_question_out(self.acting, self.object)
        self.say(_now("Taken out."))
        return there


class Results(OneCampaign):
    """What the questionnaire found, by group or by county; small groups are kept back."""

    roles = kinds.READERS
    title = _("Results of the questionnaire")
    template_name = "hardship/campaigns/results.html"

    @cached_property
    def versions(self) -> list[QuestionnaireVersion]:
        """Those that somebody answered, the newest first."""
        asked = QuestionnaireVersion.objects.filter(sheets__campaign=self.object).select_related("questionnaire")
        return list(asked.distinct().order_by("-number"))

    @cached_property
    def version(self) -> QuestionnaireVersion | None:
        asked = self.request.GET.get("version", "")
        newest = self.versions[0] if self.versions else None
        return next((each for each in self.versions if str(each.number) == asked), newest)

    @property
    def by(self) -> str:
        return "county" if self.request.GET.get("by") == "county" else "group"

    @cached_property
    def found(self) -> results.Results | None:
        path = queries.place_of(self.acting, self.object).path
        return results.results(self.object, self.version, path, self.by) if self.version else None

    def act(self) -> HttpResponseBase:
        """The same table as a file: what is kept back on the page is kept back in it."""
        kind = self.request.POST.get("export", "")
        if kind not in EXPORTS or self.found is None or not self.found.people:
            raise Http404
        named = [pgettext("results", "Everybody") if cut.key == results.ALL else cut.label for cut in self.found.cuts]
        columns = [
            Column("question", _now("Question")),
            Column("answer", pgettext("results", "Answer")),
            *(Column(str(at), label, value=lambda row, at=at: row.counts[at]) for at, label in enumerate(named)),
        ]
        rows = results.lines(self.found, pgettext("results", "Mean"))
        record_export(self.acting, f"questionnaire {self.version.number} {kind}", len(rows))
        return as_file(
            kind,
            columns,
            rows,
            name=f"questionnaire-{self.version.number}-{self.by}-{self.acting.day:%Y%m%d}",
            title=f"{self.version.questionnaire.name} {self.version.number}",
            note=f"{self.acting.organisation} {self.object.name}",
        )

    def context(self, **more: Any) -> dict[str, Any]:
        version = self.version
        tabs = [
            {
                "label": label,
                "url": f"?by={key}" + (f"&version={version.number}" if version else ""),
                "current": self.by == key,
                "count": None,
            }
            for key, label in (
                ("group", pgettext("campaign", "By group")),
                ("county", pgettext("campaign", "By county")),
            )
        ]
        return super().context(
            campaign=self.object,
            version=version,
            versions=self.versions,
            found=self.found,
            tabs=tabs,
            fewest=results.FEWEST,
            exports=EXPORTS,
            by=self.by,
            **more,
        )
