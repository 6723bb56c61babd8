"""Training classes for full-time union workers: held, taken, examined."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from chunyu.accounts.roles import ORGANISING_ROLES, READ_ORGANISING_ROLES
from chunyu.organising.full_time import actions, queries
from chunyu.organising.full_time.forms import ClassForm, ExamForm, ParticipantsForm
from chunyu.organising.full_time.pages import way_here
from chunyu.organising.full_time.tables import TrainingClass, TrainingTaken
from chunyu.ui.lists import Column, Empty, ListPage
from chunyu.ui.pages import Action, Crumb, DetailPage, FormPage


class Classes(ListPage):
    roles = READ_ORGANISING_ROLES
    title = _("Training of full-time union workers")
    model = TrainingClass
    columns = (
        Column("name", _("Class"), link="organising:class", note="get_category_display"),
        Column("organisation__name", pgettext_lazy("training", "Held by")),
        Column("starts_on", _("First day"), kind="date"),
        Column("ends_on", _("Last day"), kind="date"),
        Column("participants", _("Participants"), kind="number"),
        Column("examined", pgettext_lazy("exam", "Examined"), kind="number"),
        Column("passes", pgettext_lazy("exam", "Passed"), kind="number"),
    )
    search = ("name", "organisation__name")
    filters = ("category",)
    sort = "-starts_on"
    export_name = "training"
    empty = Empty(
        _("No class yet"),
        _("Put a class on record, then who takes part, then the exam of each."),
        Action(_("Hold a class"), reverse_lazy("organising:hold-class")),
    )

    def rows(self) -> QuerySet[TrainingClass]:
        return queries.classes(self.acting.path)

    def crumbs(self) -> list[Crumb]:
        return way_here()

    def actions(self) -> list[Action]:
        if self.acting.role not in ORGANISING_ROLES:
            return []
        return [Action(_now("Hold a class"), reverse("organising:hold-class"), style="primary")]


class HoldClass(FormPage):
    roles = ORGANISING_ROLES
    title = _("Hold a class")
    form_class = ClassForm

    def crumbs(self) -> list[Crumb]:
        return [*way_here(), (_now("Training"), reverse("organising:classes"))]

    def form_arguments(self) -> dict[str, Any]:
        return {"acting": self.acting}

    def cancel_url(self) -> str:
        return reverse("organising:classes")

    def submit(self, form: forms.Form) -> str:
        training = actions.hold_class(self.acting, **form.cleaned_data)
        self.say(_now("On record. Now say who takes part."))
        return reverse("organising:class", args=[training.pk])


class OneClass(DetailPage):
    model = TrainingClass

    def rows(self) -> QuerySet[TrainingClass]:
        return queries.classes(self.acting.path)

    def crumbs(self) -> list[Crumb]:
        crumbs = [*way_here(), (_now("Training"), reverse("organising:classes"))]
        if type(self) is not ClassPage:
            crumbs.append((self.object.name, self.there()))
        return crumbs

    def there(self) -> str:
        return reverse("organising:class", args=[self.object.pk])


class ClassPage(OneClass):
    roles = READ_ORGANISING_ROLES
    template_name = "organising/class.html"

    def actions(self) -> list[Action]:
        if self.acting.role not in ORGANISING_ROLES:
            return []
        there = reverse("organising:take-part", args=[self.object.pk])
        return [Action(_now("Add participants"), there, style="primary")]

    def context(self, **more: Any) -> dict[str, Any]:
        taken = self.object.taken.within(self.acting.path).select_related("holding", "organisation")
        return super().context(
            training=self.object,
            taken=list(taken.order_by("holding__name", "pk")),
            writes=self.acting.role in ORGANISING_ROLES,
            **more,
        )


class TakePart(OneClass, FormPage):
    roles = ORGANISING_ROLES
    title = _("Add participants")
    form_class = ParticipantsForm
    introduction = _("Everybody who held a full-time post on the first day of the class.")

    def form_arguments(self) -> dict[str, Any]:
        return {"acting": self.acting, "training": self.object}

    def cancel_url(self) -> str:
        return self.there()

    def submit(self, form: forms.Form) -> str:
        count = actions.take_part(self.acting, self.object, form.cleaned_data["holdings"])
        said = ngettext("%(count)s person takes part.", "%(count)s people take part.", count)
        self.say(said % {"count": count})
        return self.there()


class Examine(DetailPage, FormPage):
    roles = ORGANISING_ROLES
    model = TrainingTaken
    form_class = ExamForm
    introduction = _("The result stays: it cannot be changed afterwards.")

    def rows(self) -> QuerySet[TrainingTaken]:
        return TrainingTaken.objects.within(self.acting.path).select_related("training", "holding")

    def heading(self) -> str:
        return _now("Result of %(name)s") % {"name": self.object.holding.name}

    def crumbs(self) -> list[Crumb]:
        return [*way_here(), (_now("Training"), reverse("organising:classes"))]

    def form_arguments(self) -> dict[str, Any]:
        return {"acting": self.acting}

    def cancel_url(self) -> str:
        seen = self.acting.sees(self.object.training.scope_path)
        return reverse("organising:class", args=[self.object.training_id]) if seen else reverse("organising:classes")

    def submit(self, form: forms.Form) -> str:
        said = form.cleaned_data
        actions.examine(self.acting, self.object, on=said["on"], passed=said["passed"] == "yes", score=said["score"])
        self.say(_now("The result is on record."))
        return self.cancel_url()
