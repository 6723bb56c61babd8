"""The form of a visit: everything that the visitors write down, in one go, also on a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.acting import Acting
from chunyu.accounts.models import Post
from chunyu.hardship.campaigns.answering import Answers
from chunyu.hardship.campaigns.kinds import NeedKind, Outcome, QuestionKind
from chunyu.hardship.campaigns.question_tables import Question, QuestionnaireVersion
from chunyu.hardship.campaigns.visit_tables import CampaignVisit, VisitPaper
from chunyu.hardship.campaigns.visiting import Given, Need, Said
from chunyu.ui.fields import DayField

# "大米 2 袋": what, how many, in which unit.
GOODS = re.compile(r"(?P<name>.+?)\s*(?P<quantity>[0-9]{1,6})\s*(?P<unit>\S{0,12})")


class VisitForm(forms.Form):
    visited_on = DayField(label=_("Visited on"))
    outcome = forms.ChoiceField(label=_("Outcome"), choices=Outcome.choices, widget=forms.RadioSelect)
    team = forms.CharField(
        label=_("Visitors"),
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Two or more, one name a line."),
    )
    goods = forms.CharField(
        label=_("Goods handed over"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("One a line: what, how many, in which unit, such as “大米 2 袋”."),
    )
    notes = forms.CharField(
        label=_("Notes of the talk"),
        required=False,
        max_length=4_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Production, rights, living conditions. Sealed."),
    )
    receipt = forms.FileField(
        label=_("Signed receipt"),
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": "image/jpeg,image/png,application/pdf"}),
    )
    photo = forms.FileField(
        label=pgettext_lazy("visit", "Photo"),
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": "image/jpeg,image/png"}),
    )
    need_kind = forms.ChoiceField(label=_("Need"), required=False, choices=[("", _("none")), *NeedKind.choices])
    need = forms.CharField(
        label=_("The need in words"), required=False, max_length=1_000, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(
        self, *args: Any, acting: Acting, visit: CampaignVisit, version: QuestionnaireVersion | None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.acting, self.visit, self.version = acting, visit, version
        self.fields["visited_on"].initial = acting.day
        self.fields["team"].initial = acting.user_name
        self.questions = list(version.questions.prefetch_related("choices")) if version else []
        for question in self.questions:
            self.fields[f"q-{question.pk}"] = _field(question)

    @property
    def main_fields(self) -> Iterator[BoundField]:
        return (self[name] for name in ("visited_on", "outcome", "team", "goods", "notes", "receipt", "photo"))

    @property
    def need_fields(self) -> Iterator[BoundField]:
        return (self[name] for name in ("need_kind", "need"))

    @property
    def question_fields(self) -> Iterator[BoundField]:
        return (self[f"q-{question.pk}"] for question in self.questions)

    def clean_goods(self) -> list[Given]:
        given = []
        for line in filter(None, (each.strip() for each in self.cleaned_data["goods"].splitlines())):
            found = GOODS.fullmatch(line)
            if found is None or not int(found["quantity"]):
                raise forms.ValidationError(_now("“%(line)s”: write what, how many, in which unit.") % {"line": line})
            given.append(Given(found["name"].strip()[:60], int(found["quantity"]), found["unit"]))
        return given

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("need") and not said.get("need_kind"):
            self.add_error("need_kind", _("Say what kind of need it is."))
        return said

    def said(self) -> Said:
        given = self.cleaned_data
        papers = [
            (kind.value, given[name].read())
            for name, kind in (("receipt", VisitPaper.Kind.RECEIPT), ("photo", VisitPaper.Kind.PHOTO))
            if given[name]
        ]
        return Said(
            visited_on=given["visited_on"],
            outcome=given["outcome"],
            team=self._team(),
            notes=given["notes"],
            goods=given["goods"],
            need=Need(given["need_kind"], given["need"]) if given["need_kind"] else None,
            answers=self._answers(),
            papers=papers,
        )

    def _team(self) -> list[Post | str]:
        """Names as they were typed; whoever holds one post under the visiting post's organisation is named by it."""
        names = [each.strip()[:60] for each in re.split(r"[\n,，、;；]", self.cleaned_data["team"]) if each.strip()]
        held = Post.objects.held_on(self.acting.day).select_related("user").filter(user__full_name__in=names)
        posts: dict[str, list[Post]] = {}
        for post in held.filter(organisation__path__startswith=self.acting.path):
            posts.setdefault(post.user.full_name, []).append(post)
        posts[self.acting.user_name] = [self.acting.post]
        return [posts[name][0] if len(posts.get(name, ())) == 1 else name for name in names]

    def _answers(self) -> Answers | None:
        """None when no question was answered: then there is no sheet."""
        if self.version is None:
            return None
        said = {}
        for question in self.questions:
            value = self.cleaned_data[f"q-{question.pk}"]
            if question.kind == QuestionKind.CHOICE:
                value = [int(value)] if value else []
            elif question.kind == QuestionKind.SEVERAL:
                value = [int(each) for each in value]
            if value not in ("", [], None):
                said[question.pk] = value
        return Answers(self.version, said) if said else None


def _field(question: Question) -> forms.Field:
    choices = [(str(each.pk), each.text) for each in question.choices.all()]
    if question.kind == QuestionKind.CHOICE:
        return forms.ChoiceField(label=question.text, choices=choices, required=False, widget=forms.RadioSelect)
    if question.kind == QuestionKind.SEVERAL:
        return forms.MultipleChoiceField(
            label=question.text, choices=choices, required=False, widget=forms.CheckboxSelectMultiple
        )
    if question.kind == QuestionKind.NUMBER:
        return forms.DecimalField(label=question.text, required=False, max_digits=10, decimal_places=2)
    return forms.CharField(
        label=question.text, required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )


class CallOffForm(forms.Form):
    why = forms.CharField(label=_("Reason"), max_length=200)


class NeedForm(forms.Form):
    """What the household applies for; and the need itself, where the visit was written down without one."""

    need_kind = forms.ChoiceField(label=_("Need"), choices=NeedKind.choices)
    need = forms.CharField(
        label=_("The need in words"), required=False, max_length=1_000, widget=forms.Textarea(attrs={"rows": 2})
    )
    programme = forms.ChoiceField(label=_("Programme"), choices=())

    def __init__(self, *args: Any, programmes: list[tuple[str, str]], raised: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["programme"].choices = programmes
        if raised:
            del self.fields["need_kind"], self.fields["need"]

    def said(self) -> Need | None:
        given = self.cleaned_data
        return Need(given["need_kind"], given["need"]) if "need_kind" in given else None


class LinkForm(forms.Form):
    number = forms.CharField(label=pgettext_lazy("case", "Case number"), max_length=24)


class QuestionForm(forms.Form):
    kind = forms.ChoiceField(label=_("Kind of answer"), choices=QuestionKind.choices)
    text = forms.CharField(label=_("Question"), max_length=200)
    choices = forms.CharField(
        label=_("Answers to choose from"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("One a line; only where an answer is chosen."),
    )


class QuestionnaireForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80)
