"""The forms of a case: one made from the table for each move, and those for evidence and notices."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.acting import Acting
from chunyu.accounts.models import Post
from chunyu.accounts.roles import Role
from chunyu.casework.departments.queries import departments_near
from chunyu.casework.models import Case, CheckItem, Department, DepartmentTask, Document
from chunyu.casework.process import Choice, Field, Process
from chunyu.federation.models import paths_above
from chunyu.ui.fields import DayField, OnceForm

ACCEPTED = ".pdf,.jpg,.jpeg,.png,application/pdf,image/jpeg,image/png"


class YuanField(forms.DecimalField):
    """An amount typed in yuan; cleans to whole fen, or None."""

    def __init__(self, **more: Any) -> None:
        super().__init__(min_value=Decimal(0), max_digits=14, decimal_places=2, **more)
        self.widget.attrs["inputmode"] = "decimal"

    def prepare_value(self, value: Any) -> Any:
        """An initial value comes in fen; what was typed stays as it was typed."""
        return f"{Decimal(value) / 100:.2f}" if isinstance(value, int) else value

    def clean(self, value: Any) -> int | None:
        yuan = super().clean(value)
        return None if yuan is None else int(yuan * 100)


def control(asked: Field, offered: Iterable[Choice], suggested: Any = None) -> forms.Field:
    """The input for one field of a move."""
    shared = {"label": asked.label, "required": asked.required, "help_text": asked.help, "initial": suggested}
    if asked.kind == "yuan":
        return YuanField(**shared)
    if asked.kind == "number":
        return forms.IntegerField(min_value=0, max_value=1_000_000_000, **shared)
    if asked.kind == "day":
        return DayField(**shared)
    if asked.kind == "choice":
        choices = [(each.code, each.label) for each in offered]
        if not asked.required:
            choices.insert(0, ("", pgettext_lazy("choice", "none")))
        return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **shared)
    if asked.kind == "text":
        return forms.CharField(max_length=120, **shared)
    return forms.CharField(max_length=2000, widget=forms.Textarea(attrs={"rows": 4}), **shared)


class MoveForm(forms.Form):
    """The fields that the process asks for a move, and the fingerprint of what the person was shown."""

    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, case: Case, acting: Acting, move: str, **more: Any) -> None:
        super().__init__(*args, **more)
        for asked in case.table.fields[move]:
            suggested = asked.suggested(case, acting) if asked.suggested else None
            self.fields[asked.name] = control(asked, asked.choices_for(case, acting), suggested)

    def answers(self) -> dict[str, Any]:
        """What was filled in; what was left empty is None."""
        given = {name: self.cleaned_data[name] for name in self.fields if name != "seen"}
        return {name: None if value == "" else value for name, value in given.items()}


class DocumentForm(forms.Form):
    kind = forms.ChoiceField(label=pgettext_lazy("document", "kind"))
    file = forms.FileField(
        label=pgettext_lazy("case", "file"),
        help_text=_("PDF, JPEG or PNG, up to 12 MB."),
        widget=forms.ClearableFileInput(attrs={"accept": ACCEPTED}),
    )

    def __init__(self, *args: Any, process: Process, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["kind"].choices = [(each.code, each.label) for each in process.documents]


def posts_along(case: Case, acting: Acting) -> Any:
    """Those who work on such cases at the case's organisation or above it, up to the county."""
    county = case.organisation.county()
    above = [path for path in paths_above(case.scope_path) if county is None or path.startswith(county.path)]
    return _posts(acting, above, case.table.access.works)


def posts_who_see(case: Case, acting: Acting) -> Any:
    """Those whose business such a case is, at its organisation and everywhere above."""
    return _posts(acting, paths_above(case.scope_path), case.table.access.sees)


def _posts(acting: Acting, paths: list[str], roles: Iterable[Role]) -> Any:
    return (
        Post.objects.held_on(acting.day)
        .filter(organisation__path__in=paths, role__in=roles)
        .select_related("user", "organisation")
        .order_by("organisation__path", "pk")
    )


class AskForm(forms.Form):
    to = forms.ModelChoiceField(
        Department.objects.none(),
        label=_("department"),
        required=False,
        empty_label=_("another one, on paper"),
        help_text=_("A listed department answers on a page of its own."),
    )
    department = forms.CharField(label=_("name of another department"), max_length=100, required=False)
    asked = forms.CharField(
        label=pgettext_lazy("case", "question"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    items = forms.MultipleChoiceField(
        label=_("to be checked"), required=False, choices=(), widget=forms.CheckboxSelectMultiple
    )

    documents = forms.ModelMultipleChoiceField(
        Document.objects.none(),
        label=_("papers that it may open"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Show only what the question needs."),
    )

    def __init__(self, *args: Any, case: Case, acting: Acting, **more: Any) -> None:
        super().__init__(*args, **more)
        near = departments_near(case.organisation, acting.day)
        self.fields["to"].queryset = near
        self.fields["to"].label_from_instance = lambda each: f"{each}（{each.organisation}）"
        self.fields["documents"].queryset = case.documents.all()
        self.fields["documents"].label_from_instance = lambda each: f"{each.kind_label} · {each.name}"
        self.fields["items"].choices = list(case.table.check_items.items())
        for name, wanted in (
            ("items", bool(case.table.check_items)),
            ("to", near.exists()),
            ("documents", near.exists() and case.documents.exists()),
        ):
            if not wanted:
                del self.fields[name]
        if "to" not in self.fields:
            self.fields["department"].label = _("department")

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if bool(given.get("to")) == bool(given.get("department", "").strip()):
            self.add_error("department", _("Choose a listed department or name another one: one of the two."))
        return given


class ReplyForm(forms.Form):
    reply = forms.CharField(
        label=_("answer in words"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )
    file = forms.FileField(
        label=_("the department's letter"), required=False, widget=forms.ClearableFileInput(attrs={"accept": ACCEPTED})
    )

    def __init__(self, *args: Any, task: DepartmentTask, **more: Any) -> None:
        super().__init__(*args, **more)
        self.items = [item.item for item in task.items.all()]
        asked = {}
        for item in task.items.all():
            asked[f"item_{item.item}"] = forms.ChoiceField(
                label=item.item_label, choices=CheckItem.Result.choices, widget=forms.RadioSelect
            )
        if task.asked_in:
            replies = [(each.code, each.label) for each in task.case.table.replies.get(task.asked_in, ())]
            asked["code"] = forms.ChoiceField(
                label=pgettext_lazy("case", "answer"), choices=replies, widget=forms.RadioSelect
            )
            self.fields["reply"].required = True
            self.fields["reply"].label = _("reason, in words")
            self.fields["file"].label = _("letter, plan or picture")
        self.fields = asked | self.fields

    def answer(self) -> dict[str, Any]:
        """What the actions take besides the letter."""
        return {
            "reply": self.cleaned_data["reply"],
            "results": self.results(),
            "code": self.cleaned_data.get("code", ""),
        }

    def results(self) -> dict[str, str]:
        return {item: self.cleaned_data[f"item_{item}"] for item in self.items}


class StopClockForm(forms.Form):
    code = forms.ChoiceField(label=pgettext_lazy("case", "reason"), widget=forms.RadioSelect)
    note = forms.CharField(
        label=_("what it waits for"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Kept sealed."),
    )

    def __init__(self, *args: Any, process: Process, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["code"].choices = [(each.code, each.label) for each in process.stops]


class ObjectionForm(forms.Form):
    text = forms.CharField(
        label=_("what you object to"), max_length=2000, widget=forms.Textarea(attrs={"rows": 5, "dir": "auto"})
    )
    contact = forms.CharField(
        label=_("how to reach you"),
        required=False,
        max_length=100,
        help_text=_("Telephone or other. Only the investigators can read it."),
    )


class ResolutionForm(forms.Form):
    result = forms.ChoiceField(
        label=pgettext_lazy("case", "result"),
        choices=[("dismissed", _("The objection is dismissed")), ("upheld", _("The objection is upheld"))],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=pgettext_lazy("case", "reason"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )


class NoteForm(OnceForm):
    note = forms.CharField(
        label=pgettext_lazy("case", "note"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )


class HandlerForm(forms.Form):
    handler = forms.ModelChoiceField(
        Post.objects.none(), label=_("handled by"), required=False, empty_label=_("everybody on whose desk it lies")
    )

    def __init__(self, *args: Any, case: Case, acting: Acting, **more: Any) -> None:
        super().__init__(*args, **more)
        owners = case.table.owners[case.state]
        self.fields["handler"].queryset = posts_along(case, acting).filter(role__in=owners)
        self.fields["handler"].label_from_instance = lambda post: f"{post.user.full_name}（{post}）"
        self.fields["handler"].initial = case.handler


class ConfidentialForm(forms.Form):
    people = forms.ModelMultipleChoiceField(
        Post.objects.none(),
        label=_("who else may know of it"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("You are in it yourself. Name those who take the next steps: nobody else can."),
    )
    reason = forms.CharField(
        label=pgettext_lazy("case", "reason"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, case: Case, acting: Acting, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["people"].queryset = posts_who_see(case, acting).exclude(pk=acting.post.pk)
        self.fields["people"].label_from_instance = lambda post: f"{post.user.full_name}（{post}）"


class LetInForm(forms.Form):
    post = forms.ModelChoiceField(Post.objects.none(), label=_("who may know of it from today"))

    def __init__(self, *args: Any, case: Case, acting: Acting, **more: Any) -> None:
        super().__init__(*args, **more)
        inside = case.confidants.filter(ended_on__isnull=True).values("post")
        self.fields["post"].queryset = posts_who_see(case, acting).exclude(pk__in=inside)
        self.fields["post"].label_from_instance = lambda post: f"{post.user.full_name}（{post}）"


class LinkForm(forms.Form):
    number = forms.CharField(label=pgettext_lazy("case", "case number"), max_length=24)
    why = forms.CharField(label=pgettext_lazy("case", "why"), max_length=100)


class CalendarDayForm(forms.Form):
    day = DayField(label=pgettext_lazy("calendar", "day"))
    worked = forms.TypedChoiceField(
        label=_("on this day"),
        choices=[("yes", _("people work")), ("no", _("people rest"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    name = forms.CharField(
        label=pgettext_lazy("calendar", "name"),
        max_length=60,
        help_text=_("The holiday, or what the day makes up for."),
    )
    source = forms.CharField(
        label=pgettext_lazy("calendar", "source"), max_length=200, help_text=_("The notice that arranges it.")
    )
