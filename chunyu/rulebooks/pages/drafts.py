"""Changing a draft: its texts with their faults at the word, a parameter's new value, files added and removed."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import EVERY_ROLE, POLICY_ROLES
from chunyu.policy.pack import Parameter
from chunyu.rulebooks import actions
from chunyu.rulebooks.actions import State
from chunyu.rulebooks.drafts import checked_texts
from chunyu.rulebooks.faults import faults_of
from chunyu.rulebooks.forms import NewFileForm, ParameterForm, TextForm
from chunyu.rulebooks.in_force import files_of
from chunyu.rulebooks.models import RulebookVersion
from chunyu.rulebooks.pages.frame import VersionPage
from chunyu.rulebooks.pages.versions import writable
from chunyu.rulebooks.places import names_of
from chunyu.rulebooks.sentences import code_labels, setting_words
from chunyu.rulebooks.words import tongue
from chunyu.ui.pages import UNPROCESSABLE, Action, FormPage

NEEDED = ("pack.toml", "facts.toml", "parameters.toml")


class Texts(VersionPage):
    """The files of a version, each to be read, and in a draft to be changed; the faults of all of them."""

    roles = EVERY_ROLE
    template_name = "rulebooks/texts.html"
    tab = "texts"

    @cached_property
    def texts(self) -> dict[str, str]:
        return files_of(self.object)

    @cached_property
    def file(self) -> str:
        asked = self.request.GET.get("file", "rules/category.toml")
        return asked if asked in self.texts else min(self.texts, default="")

    def actions(self) -> list[Action]:
        if not self.may_write:
            return []
        return [Action(_("Add a file"), reverse("rulebooks:add-file", args=[self.object.pk]))]

    def context(self, **more: Any) -> dict[str, Any]:
        faults = faults_of(self.checked.problems, self.texts, tongue())
        counts = {name: sum(fault.file == name for fault in faults) for name in self.texts}
        form = more.pop("form", None) or TextForm(initial={"text": self.texts.get(self.file, "")})
        return super().context(
            files=[{"name": name, "faults": counts[name], "current": name == self.file} for name in sorted(self.texts)],
            file=self.file,
            text=self.texts.get(self.file, ""),
            was=actions.mark_of(self.texts.get(self.file, "")),
            form=form,
            faults=faults,
            spans=[[fault.start, fault.end] for fault in faults if fault.file == self.file],
            removable=self.may_write and self.file not in NEEDED,
            **more,
        )

    def act(self) -> Any:
        """Save the file that the address names. Faults do not stop it: work in progress is not lost."""
        if not self.may_write:
            raise Http404
        form = TextForm(self.request.POST)
        if not form.is_valid():
            return self.show(status=UNPROCESSABLE, form=form)
        was, text = self.request.POST.get("was"), form.cleaned_data["text"]
        try:
            actions.write_file(self.acting, self.object, self.file, text, was)
        except Refusal as refusal:
            return self.show(status=UNPROCESSABLE, form=form, refusal=refusal)
        self.say(_("Saved."))
        return f"{reverse('rulebooks:texts', args=[self.object.pk])}?file={self.file}"


class DraftPage(VersionPage):
    """A page that changes a draft of the post's own subtree."""

    roles = POLICY_ROLES

    def rows(self) -> QuerySet[RulebookVersion]:
        return writable(super().rows(), self).filter(state=State.DRAFT)


class CheckText(DraftPage):
    """The faults of a text as it is being written; nothing is saved."""

    def post(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        texts = files_of(self.object)
        file = request.GET.get("file", "")
        if file not in texts:
            raise Http404
        texts[file] = request.POST.get("text", "").replace("\r\n", "\n")
        faults = faults_of(checked_texts(texts).problems, texts, tongue())
        spans = [[fault.start, fault.end] for fault in faults if fault.file == file]
        shown = {"faults": faults, "version": self.object, "file": file, "spans": spans}
        return render(request, "rulebooks/faults.html", shown)


class AddFile(DraftPage, FormPage):
    title = gettext_lazy("Add a file")
    form_class = NewFileForm
    submit_label = gettext_lazy("Add")
    introduction = gettext_lazy("The file begins with the lines it needs; fill them in. Nothing holds before approval.")

    def submit(self, form: NewFileForm) -> str:
        given = form.cleaned_data
        file = actions.add_file(self.acting, self.object, given["kind"], given["name"])
        return f"{reverse('rulebooks:texts', args=[self.object.pk])}?file={file}"


class RemoveFile(DraftPage):
    def act(self) -> str:
        name = self.request.POST.get("file", "")
        if name in NEEDED:
            raise Http404
        actions.remove_file(self.acting, self.object, name)
        self.say(_("Removed from the draft."))
        return reverse("rulebooks:texts", args=[self.object.pk])

    def way_back(self) -> str:
        return reverse("rulebooks:texts", args=[self.object.pk])


class SetParameter(DraftPage, FormPage):
    """A new value of one parameter from a day on."""

    form_class = ParameterForm
    template_name = "rulebooks/parameter.html"

    @cached_property
    def parameter(self) -> Parameter:
        found = self.pack.parameters.get(self.kwargs["name"]) if self.pack else None
        if found is None:
            raise Http404
        return found

    def heading(self) -> str:
        return self.parameter.label(tongue())

    def crumbs(self) -> list[tuple[str, str]]:
        read = reverse("rulebooks:version-read", args=[self.object.pk])
        return [*super().crumbs(), (_("Sentences"), f"{read}?chapter=parameters")]

    def form_arguments(self) -> dict[str, Any]:
        latest = max(self.parameter.settings, key=lambda each: each.valid_from, default=None)
        return {
            "parameter": self.parameter,
            "acting": self.acting,
            "initial": {"region": latest.region, "value": latest.text} if latest else {},
        }

    def context(self, **more: Any) -> dict[str, Any]:
        language = tongue()
        names = names_of(each.region for each in self.parameter.settings)
        codes = code_labels(self.pack).get(self.parameter.name)
        return super().context(
            settings=[
                {
                    "region": names[each.region],
                    "period": each.period(),
                    "value": setting_words(self.parameter, each, language, codes),
                    "source": each.source,
                }
                for each in sorted(self.parameter.settings, key=lambda each: (each.region, each.valid_from))
            ],
            unit=self.parameter.type.unit.shown(language),
            **more,
        )

    def submit(self, form: ParameterForm) -> str:
        actions.set_parameter(self.acting, self.object, form.new_value())
        self.say(_("The draft has the new value."))
        return reverse("rulebooks:version", args=[self.object.pk])
