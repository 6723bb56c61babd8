"""Questions as form fields: what the rulebook asks, in its words, and "I do not know" everywhere.

A number left empty means that the person does not know it; a choice has a last entry for it. Nothing is read as zero.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.db.models import TextChoices
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from chunyu.casework.forms import YuanField
from chunyu.federation.models import Region
from chunyu.hardship.wording import language
from chunyu.policy import Missing
from chunyu.policy.kinds import LIMITS, MILLIONTHS, Kind
from chunyu.policy.pack import Fact
from chunyu.portal.self_check.answers import MOST_PEOPLE, Answers, Given
from chunyu.portal.self_check.screens import Rules, Screen, declarations_of
from chunyu.ui.fields import DayField

UNSURE = "unsure"
DECLARED = "declared"
WISHES = "wishes"
FEW = 6  # choices that are better seen at once than behind a list


class Declared(TextChoices):
    """The answer to what a signed application declares."""

    ALL = "all", _("Yes, all of it is so")
    SOME = "some", _("No, something is different with us")
    UNSURE = UNSURE, _("I do not know")


class _Unsure:
    """A field that may be left empty: the person does not know."""

    def clean(self, value: Any) -> Any:
        return None if value in (None, "", UNSURE) else super().clean(value)  # type: ignore[misc]  # mixed into a Field


class MoneyAnswer(_Unsure, YuanField):
    """Yuan as people type them: with commas, full-width digits or 元 behind them. Cleans to fen."""

    def __init__(self, **more: Any) -> None:
        super().__init__(widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}), **more)
        self.max_value = LIMITS[Kind.MONEY] // 100

    def clean(self, value: Any) -> Any:
        return super().clean(without_marks(value))


class CountAnswer(_Unsure, forms.IntegerField):
    def __init__(self, **more: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
        super().__init__(min_value=0, max_value=99, widget=widget, **more)

    def clean(self, value: Any) -> Any:
        return super().clean(without_marks(value))


class ShareAnswer(_Unsure, forms.DecimalField):
    """A ratio as a decimal; cleans to millionths."""

    def clean(self, value: Any) -> Any:
        share = super().clean(value)
        return None if share is None else int(share * MILLIONTHS)

    def prepare_value(self, value: Any) -> Any:
        return value / MILLIONTHS if isinstance(value, int) else value


class DayAnswer(_Unsure, DayField):
    def clean(self, value: Any) -> Any:
        day = super().clean(value)
        return None if day is None else day.isoformat()


class ChoiceAnswer(_Unsure, forms.ChoiceField):
    """A yes-or-no or a code. Nothing chosen is a slip and is asked again; not knowing is a choice of its own."""

    def __init__(self, *, flag: bool, choices: Sequence[tuple[str, str]], **more: Any) -> None:
        self.flag = flag
        unsure = (UNSURE, _now("I do not know"))
        few = len(choices) <= FEW
        shown = [*choices, unsure] if few else [("", _now("Choose …")), *choices, unsure]
        super().__init__(choices=shown, widget=forms.RadioSelect if few else forms.Select, **more)

    def clean(self, value: Any) -> Any:
        if value in (None, ""):
            raise forms.ValidationError(_("Please choose one; “I do not know” is an answer too."))
        chosen = super().clean(value)
        return chosen == "yes" if self.flag and chosen is not None else chosen

    def prepare_value(self, value: Any) -> Any:
        return {True: "yes", False: "no"}.get(value, value) if self.flag else value


def without_marks(value: Any) -> Any:
    """``２，６００ 元`` as 2600."""
    if not isinstance(value, str):
        return value
    plain = unicodedata.normalize("NFKC", value).strip().lower()
    for mark in (",", " ", "元", "yuan", "¥"):
        plain = plain.replace(mark, "")
    return plain


def field_for(fact: Fact) -> forms.Field:
    label = (fact.question or fact.label)(language())
    shared: dict[str, Any] = {"label": label, "help_text": fact.advice(language()) if fact.advice else ""}
    kind = fact.type.kind
    if kind is Kind.MONEY:
        return MoneyAnswer(**shared)
    if kind is Kind.COUNT:
        return CountAnswer(**shared)
    if kind is Kind.RATIO:
        return ShareAnswer(**shared)
    if kind is Kind.DATE:
        return DayAnswer(**shared)
    if kind is Kind.FLAG:
        return ChoiceAnswer(flag=True, choices=[("yes", _now("Yes")), ("no", _now("No"))], **shared)
    return ChoiceAnswer(flag=False, choices=[(code, word(language())) for code, word in fact.values.items()], **shared)


def field_name(question: Missing) -> str:
    return question.name if question.member is None else f"{question.name}-{question.member + 1}"


class PlaceForm(forms.Form):
    use_required_attribute = False
    place = forms.ChoiceField(label=_("In which county or district do you work?"))
    size = forms.TypedChoiceField(
        label=_("How many people live together as one family, with you?"),
        help_text=_("Husband or wife, children still at school, parents who live with you."),
        coerce=int,
        choices=[(number, str(number)) for number in range(1, MOST_PEOPLE + 1)],
    )

    def __init__(self, *args: Any, counties: Sequence[Region], answers: Answers, **more: Any) -> None:
        super().__init__(*args, **more)
        groups: dict[str, list[tuple[str, str]]] = {}
        for county in counties:
            groups.setdefault(county.parent.name if county.parent else "", []).append((county.code, county.name))
        self.fields["place"].choices = [("", _now("Choose …")), *groups.items()]
        self.fields["place"].error_messages["required"] = _now("Choose the county or district.")
        self.initial = {"place": answers.place, "size": len(answers.people) or 1} | self.initial

    def taken(self, answers: Answers) -> Answers:
        changed = answers.resized(self.cleaned_data["size"])
        return changed.at_place(self.cleaned_data["place"])


class QuestionsForm(forms.Form):
    """The questions of one page. `taken` gives the answers with them; `parts` are its fields by person."""

    use_required_attribute = False

    def __init__(self, *args: Any, rules: Rules, screen: Screen, answers: Answers, **more: Any) -> None:
        super().__init__(*args, **more)
        self.rules, self.screen = rules, screen
        self.names: dict[str, Missing] = {}
        signed = () if answers.one_by_one else declarations_of(rules, screen.questions)
        if screen.kind == "people":
            self._relations(answers)
            self._wishes(answers)
        for question in screen.questions:
            if question not in signed:
                name = field_name(question)
                self.names[name] = question
                self.fields[name] = field_for(rules.fact(question))
                if answers.given(question):
                    self.initial.setdefault(name, _shown(answers.value(question)))
        self.signed = signed
        if signed:
            self._declared(signed, answers)

    def _relations(self, answers: Answers) -> None:
        """How each of the others is called: only for reading the page, and never needed."""
        fact = self.rules.pack.facts.get(("member", "relation"))
        if fact is None:
            return
        choices = [("", _now("Choose …")), *((code, word(language())) for code, word in fact.values.items())]
        for position, person in enumerate(answers.people[1:], start=1):
            label = (fact.question or fact.label)(language())
            self.fields[f"relation-{position + 1}"] = forms.ChoiceField(label=label, choices=choices, required=False)
            self.initial.setdefault(f"relation-{position + 1}", person.relation)

    def _wishes(self, answers: Answers) -> None:
        """Needs that a family raises itself: only who names one is asked about it."""
        programmes = [programme for programme in self.rules.pack.programmes.values() if programme.on_request]
        if programmes:
            self.fields[WISHES] = forms.MultipleChoiceField(
                label=_now("Is there one of these besides? Choose what you need, or nothing."),
                choices=[(each.code, each.label(language())) for each in programmes],
                widget=forms.CheckboxSelectMultiple,
                required=False,
            )
            self.initial.setdefault(WISHES, list(answers.wishes))

    def _declared(self, signed: Sequence[Missing], answers: Answers) -> None:
        self.fields[DECLARED] = forms.ChoiceField(
            label=_now("Is all of this so with you?"),
            choices=Declared.choices,
            widget=forms.RadioSelect,
            error_messages={"required": _now("Please choose one; “I do not know” is an answer too.")},
        )
        values = [answers.value(each) for each in signed if answers.given(each)]
        if len(values) == len(signed):
            told = Declared.UNSURE if None in values else Declared.SOME if True in values else Declared.ALL
            self.initial.setdefault(DECLARED, told.value)

    @property
    def wishes_field(self) -> forms.BoundField | None:
        return self[WISHES] if WISHES in self.fields else None

    @property
    def sentences(self) -> list[str]:
        """What the signed application would declare."""
        return [self.rules.fact(each).declaration(language()) for each in self.signed]

    @property
    def numbers(self) -> bool:
        """Whether something on the page may be left empty."""
        return any(not isinstance(field, forms.ChoiceField) for field in self.fields.values())

    def of_person(self, position: int) -> list[forms.BoundField]:
        suffix = f"-{position + 1}"
        return [self[name] for name in self.fields if name.endswith(suffix)]

    def of_household(self) -> list[forms.BoundField]:
        return [self[name] for name, question in self.names.items() if question.member is None]

    def told(self) -> Mapping[Missing, Given]:
        values: dict[Missing, Given] = {question: self.cleaned_data[name] for name, question in self.names.items()}
        if self.signed and self.cleaned_data[DECLARED] != Declared.SOME:
            answer = False if self.cleaned_data[DECLARED] == Declared.ALL else None
            values |= dict.fromkeys(self.signed, answer)
        return values

    def taken(self, answers: Answers) -> Answers:
        changed = answers.told(self.told())
        if self.screen.kind == "people":
            relations = [self.cleaned_data.get(f"relation-{n + 1}", "") for n in range(len(answers.people))]
            return changed.introducing(relations, self.cleaned_data.get(WISHES, ()))
        apart = bool(self.signed) and self.cleaned_data[DECLARED] == Declared.SOME
        asked = tuple((each.name, each.member) for each in self.screen.questions if not (apart and each in self.signed))
        return changed.having_asked(int(self.screen.at), asked, one_by_one=apart or answers.one_by_one)


def _shown(value: Given) -> Given:
    return UNSURE if value is None else value
