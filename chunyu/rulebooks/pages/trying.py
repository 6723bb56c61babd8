"""Named households: under the rulebook as it was and as the version has it, answers side by side with their reasons."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chunyu.accounts.roles import EVERY_ROLE, POLICY_ROLES
from chunyu.policy import Determination, Pack, explain
from chunyu.rulebooks import actions
from chunyu.rulebooks.changes import changes
from chunyu.rulebooks.drafts import base_pack
from chunyu.rulebooks.forms import ReasonForm, StaffTestForm
from chunyu.rulebooks.models import StaffTest
from chunyu.rulebooks.pages.drafts import DraftPage
from chunyu.rulebooks.pages.frame import VersionPage
from chunyu.rulebooks.places import names_of
from chunyu.rulebooks.trials import Comparison, Trial, compare, compare_examples, standing_tests, try_pack
from chunyu.rulebooks.words import shown, tongue
from chunyu.ui.pages import Action, FormPage

SKELETON = """\
- name: {name}
  about: {about}
  on: {day}
  regions: {regions}
  signed_application: {{by: 申请人, on: {day}}}
  household:
    {{other_income_12m: 0, medical_spending_12m: 0, education_spending_12m: 0, housing_spending_12m: 0,
     disability_spending_12m: 0, other_rigid_spending_12m: 0, has_vehicle: false, homes: 1, main_cause: laid_off}}
  members:
    - {{name: 甲, income_month: 0}}
    - {{name: 乙, income_month: 0}}
  expect: {{category: deep}}
"""


class TestsPage(VersionPage):
    """Shared by the pages about tests: the trials of this version, and each household under both rulebooks."""

    @cached_property
    def trials(self) -> list[Trial]:
        return try_pack(self.pack, standing_tests(self.acting, self.object.pack), tongue()) if self.pack else []

    @cached_property
    def day(self) -> date | None:
        """Another day on which all are decided, so that a value to come can be seen at work; none for each its own."""
        try:
            return date.fromisoformat(self.request.GET.get("on", ""))
        except ValueError:
            return None

    @cached_property
    def before(self) -> Pack | None:
        return base_pack(self.object)

    def compared(self, trial: Trial) -> Comparison | None:
        if self.before is None or self.pack is None:
            return None
        if trial.origin == "example":
            return compare_examples(self.before, self.pack, tongue(), self.day)[trial.name]
        return compare(self.before, self.pack, trial.example, tongue(), self.day)


class Tests(TestsPage):
    roles = EVERY_ROLE
    template_name = "rulebooks/tests.html"
    tab = "tests"

    def actions(self) -> list[Action]:
        if self.acting.role not in POLICY_ROLES:
            return []
        return [Action(_("Write a test"), reverse("rulebooks:test-new", args=[self.object.pk]))]

    def context(self, **more: Any) -> dict[str, Any]:
        accepted = {(each.test, each.aspect, each.expected, each.found): each
                    for each in self.object.accepted.select_related("by__user")}  # fmt: skip
        rows = []
        for trial in self.trials:
            comparison = self.compared(trial)
            differences = [
                {
                    "difference": said,
                    "accepted": accepted.get((trial.name, told.code, told.expected, told.found)),
                }
                for said, told in zip(trial.differences, trial.telling, strict=True)
            ]
            waiting = bool(trial.error) or any(each["accepted"] is None for each in differences)
            rows.append(
                {
                    "trial": trial,
                    "differences": differences,
                    "waiting": waiting,
                    "changes": comparison.changes if comparison else (),
                    "own": trial.test is not None and self.acting.sees(trial.test.scope_path),
                }
            )
        rows.sort(
            key=lambda row: (not row["waiting"], not row["differences"], not row["changes"], not row["trial"].test)
        )
        return super().context(
            rows=rows,
            failing=sum(row["waiting"] for row in rows),
            changing=sum(bool(row["changes"]) for row in rows),
            day=self.day,
            days=self.days_of_change(),
            may_test=self.acting.role in POLICY_ROLES,
            **more,
        )

    def days_of_change(self) -> list[date]:
        """The days from which a value is another: those on which answers are worth comparing."""
        if self.before is None or self.pack is None:
            return []
        changed = changes(self.before, self.pack, tongue()).values
        return sorted({each.start for each in changed if each.start is not None})


class CompareTest(TestsPage):
    """One household before and after: the answers that differ, and both reasons side by side."""

    roles = EVERY_ROLE
    template_name = "rulebooks/compare.html"

    @cached_property
    def trial(self) -> Trial:
        asked = self.request.GET.get("test", "")
        found = next((trial for trial in self.trials if trial.name == asked), None)
        if found is None:
            raise Http404
        return found

    def heading(self) -> str:
        return self.trial.name

    def crumbs(self) -> list[tuple[str, str]]:
        return [*super().crumbs(), (_("Tests"), reverse("rulebooks:tests", args=[self.object.pk]))]

    def context(self, **more: Any) -> dict[str, Any]:
        trial, comparison = self.trial, self.compared(self.trial)
        sides = []
        if comparison is not None:
            # What changed is told first; where nothing did, why the category is what it is.
            names = [change.rule for change in comparison.changes] or [self.pack.roles.category]
            for label, determination in ((_("Before"), comparison.before), (_("After"), comparison.after)):
                sides.append({"label": label, "why": _reasons(determination, names)})
        example = replace(trial.example, on=self.day) if self.day else trial.example
        names = names_of(example.regions)
        places = [names[code] for code in example.regions]
        return super().context(trial=trial, example=example, places=places, comparison=comparison, sides=sides, **more)


def _reasons(determination: Determination | None, names: list[str]) -> list[Any]:
    if determination is None:
        return []
    known = [n for n in names if n in determination.pack.programmes or ("household", n) in determination.pack.rules]
    return [shown(explain(determination, name, tongue())) for name in known]


class AcceptDifference(DraftPage, FormPage):
    """Take the responsibility for one difference."""

    title = gettext_lazy("Accept the difference")
    form_class = ReasonForm
    submit_label = gettext_lazy("Accept")

    @property
    def introduction(self) -> str:
        return _("%(test)s: the answer is not the expected one. Say why it is right under the new rules.") % {
            "test": self.request.GET.get("test", "")
        }

    def submit(self, form: ReasonForm) -> str:
        asked = self.request.GET
        reason = form.cleaned_data["reason"]
        actions.accept_difference(self.acting, self.object, asked.get("test", ""), asked.get("aspect", ""), reason)
        self.say(_("Accepted under your name."))
        return reverse("rulebooks:tests", args=[self.object.pk])


class NewTest(VersionPage, FormPage):
    """A staff test of the rulebook that this version is of."""

    roles = POLICY_ROLES
    title = gettext_lazy("Write a test")
    form_class = StaffTestForm
    introduction = gettext_lazy(
        "A household with the answers that you expect. It is run on every version before it is submitted and approved."
    )

    def form_arguments(self) -> dict[str, Any]:
        regions = [*self.acting.organisation.region.chain(), "national"]
        text = SKELETON.format(
            name=_("a household"),
            about=_("what this test is for"),
            day=self.acting.day.isoformat(),
            regions="[" + ", ".join(f'"{code}"' for code in regions) + "]",
        )
        return {"initial": {"text": text}}

    def submit(self, form: StaffTestForm) -> str:
        actions.write_test(self.acting, self.object.pack, form.cleaned_data["text"])
        self.say(_("The test is kept, and run on every version from now on."))
        return reverse("rulebooks:tests", args=[self.object.pk])


class ReplaceTest(NewTest):
    """The test written anew; the earlier text stays on record."""

    title = gettext_lazy("Change the test")

    @cached_property
    def test(self) -> StaffTest:
        return self.find(StaffTest.objects.within(self.acting.path), pk=self.kwargs["test"], retired_on__isnull=True)

    def form_arguments(self) -> dict[str, Any]:
        return {"initial": {"text": self.test.text}}

    def submit(self, form: StaffTestForm) -> str:
        actions.write_test(self.acting, self.object.pack, form.cleaned_data["text"], replacing=self.test)
        self.say(_("The test is kept, and run on every version from now on."))
        return reverse("rulebooks:tests", args=[self.object.pk])


class RetireTest(VersionPage):
    """The test is no longer run."""

    roles = POLICY_ROLES

    def way_back(self) -> str:
        return reverse("rulebooks:tests", args=[self.object.pk])

    def act(self) -> str:
        test = self.find(StaffTest, pk=self.kwargs["test"], retired_on__isnull=True)
        actions.retire_test(self.acting, test)
        self.say(_("The test is no longer run. It stays on record."))
        return self.way_back()
