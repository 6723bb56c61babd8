"""What is stated about the people of a household beyond the rules' facts: their groups, and what they agree to."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.forms import Form
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.roles import CASE_ROLES, READ_CASE_ROLES
from chunyu.hardship.finding.forms import OptOutForm
from chunyu.hardship.pages import HouseholdFormPage
from chunyu.hardship.wording import language
from chunyu.registry import actions as registry
from chunyu.registry.consent import actions as consent
from chunyu.registry.consent.queries import GIVEN, latest, of_household, text_in_use
from chunyu.registry.consent.tables import ConsentText, Purpose
from chunyu.registry.fact_names import FACT_NAMES
from chunyu.registry.groups import STATED, with_groups, young_born
from chunyu.registry.models import Fact, Household
from chunyu.ui.fields import DayField

NOT_STATED = (("", _("not stated")), ("yes", _("yes")), ("no", _("no")))


class GroupsForm(forms.Form):
    """For each person and group: yes, no, or not stated; and where it comes from. Only what differs is stated."""

    def __init__(self, *args: Any, household: Household, day: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _first, old_enough = young_born(day)
        members = household.members.filter(left_on__isnull=True, birth_date__lte=old_enough)
        self.members = list(with_groups(members.order_by("-is_worker", "relation", "birth_date"), day))
        for member in self.members:
            for group in STATED:
                label = _now("%(person)s: %(fact)s")
                short = FACT_NAMES[group.value].label
                label %= {"person": member.name, "fact": short}
                field = self.fields[f"{group.value}:{member.pk}"] = forms.ChoiceField(
                    label=label,
                    choices=NOT_STATED,
                    required=False,
                    initial=_word(getattr(member, f"in_{group.value}")),
                    widget=forms.Select(attrs={"aria-label": label, "class": "form-select"}),
                )
                field.short = short
        self.fields["source"] = forms.ChoiceField(label=_("Where it comes from"), choices=Fact.Source.choices)
        self.fields["on"] = DayField(label=_("Stated on"), initial=day)
        self.day = day

    @property
    def heads(self) -> list[Any]:
        return [FACT_NAMES[group.value].label for group in STATED]

    @property
    def lines(self) -> list[tuple[Any, list[Any]]]:
        """(member, a choice for each group), as the page's table shows them."""
        return [(member, [self[f"{group.value}:{member.pk}"] for group in STATED]) for member in self.members]

    def clean_on(self) -> date:
        on = self.cleaned_data["on"]
        if on > self.day:
            raise forms.ValidationError(_("A statement cannot be of a day to come."))
        return on

    def stated(self) -> list[tuple[Any, str, bool]]:
        """(member, fact, value) for each answer that differs from what holds. Nothing is ever taken back to unknown."""
        answers = [
            (member, group.value, self.cleaned_data[f"{group.value}:{member.pk}"])
            for member in self.members
            for group in STATED
        ]
        return [
            (member, name, word == "yes")
            for member, name, word in answers
            if word and word != _word(getattr(member, f"in_{name}"))
        ]


def _word(flag: bool | None) -> str:
    return "" if flag is None else "yes" if flag else "no"


class Groups(HouseholdFormPage):
    roles = CASE_ROLES
    title = _("Groups")
    form_class = GroupsForm
    template_name = "hardship/groups.html"
    submit_label = _("State it")
    introduction = _(
        "A person may be in several groups, and every report is cut by them. Young workers are found by their birth "
        "date. What nobody has stated stays unknown."
    )

    def form_arguments(self) -> dict[str, Any]:
        return {"household": self.object, "day": self.acting.day}

    def submit(self, form: Form) -> str:
        given = form.cleaned_data
        stated = form.stated()
        for member, name, value in stated:
            registry.state_fact(
                self.acting, self.object, name, value, member=member, on=given["on"], source=given["source"]
            )
        self.say(_now("Stated.") if stated else _now("Nothing differs from what is on file."))
        return self.cancel_url()


class ConsentForm(forms.Form):
    language = forms.ChoiceField(label=_("Language of the signed form"), choices=ConsentText.Language.choices)
    said_on = DayField(label=pgettext_lazy("consent", "Signed on"))

    def __init__(self, *args: Any, day: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["said_on"].initial = day


class Consent(HouseholdFormPage):
    """The text, what the worker said to it so far, and the record of a form they signed."""

    roles = READ_CASE_ROLES
    title = _("Consent to be looked for")
    form_class = ConsentForm
    submit_label = _("Record the signed form")
    template_name = "hardship/consent.html"

    def form_arguments(self) -> dict[str, Any]:
        return {"day": self.acting.day}

    def context(self, **more: Any) -> dict[str, Any]:
        worker = self.object.worker
        events = latest(Purpose.MATCHING).filter(member=worker).select_related("text", "recorded_by__user")
        return super().context(
            worker=worker,
            text=text_in_use(Purpose.MATCHING, language(), self.acting.day),
            given=consented(self.object),
            events=[
                {
                    "sentence": f"{each.get_kind_display()} · {each.get_channel_display()}",
                    "time": each.said_on,
                    "who": each.recorded_by.user.full_name if each.recorded_by else worker.name,
                    "note": _now("text %(version)s") % {"version": each.text.version} if each.text else "",
                }
                for each in events
            ],
            may_record=self.acting.role in CASE_ROLES,
            **more,
        )

    def submit(self, form: Form) -> str:
        given = form.cleaned_data
        consent.give_consent(
            self.acting, self.object.worker, Purpose.MATCHING, language=given["language"], on=given["said_on"]
        )
        self.say(_now("Recorded. The next run looks at this family."))
        return self.cancel_url()


class Withdraw(HouseholdFormPage):
    roles = CASE_ROLES
    title = _("Take the consent back")
    form_class = OptOutForm
    submit_label = _("Record it")
    introduction = _("It leaves every list at once and is looked at again only with a new signed consent.")

    def form_arguments(self) -> dict[str, Any]:
        return {"day": self.acting.day}

    def submit(self, form: Form) -> str:
        given = form.cleaned_data
        consent.withdraw_consent(
            self.acting, self.object.worker, Purpose.MATCHING, channel=given["channel"], on=given["said_on"]
        )
        self.say(_now("Recorded. The family is on no list any more."))
        return self.cancel_url()


def consented(household: Household) -> bool:
    """Whether the worker agrees at this moment."""
    event = of_household(household, Purpose.MATCHING)
    return event is not None and event.kind == GIVEN
