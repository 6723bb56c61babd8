"""The versions of rulebooks: the list, each one with its changes, and its way from draft to being in force."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import EVERY_ROLE, POLICY_ROLES
from chunyu.rulebooks import actions
from chunyu.rulebooks.actions import State
from chunyu.rulebooks.changes import changes, text_changes
from chunyu.rulebooks.drafts import base_pack
from chunyu.rulebooks.faults import faults_of
from chunyu.rulebooks.forms import ApproveForm, ReasonForm, SubmitForm
from chunyu.rulebooks.in_force import files_of, pack_by_digest, timetable
from chunyu.rulebooks.models import RulebookVersion
from chunyu.rulebooks.pages.frame import TONES, VersionPage, version_name
from chunyu.rulebooks.places import names_of
from chunyu.rulebooks.trials import open_differences, standing_tests, try_pack
from chunyu.rulebooks.words import tongue
from chunyu.ui.lists import Column, Empty, ListPage
from chunyu.ui.pages import Action, FormPage, StaffPage

STAGES = (State.DRAFT, State.SUBMITTED, State.APPROVED)


class VersionFilters(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(choices=State.choices, label=pgettext_lazy("rulebook", "State"))

    class Meta:
        model = RulebookVersion
        fields: tuple[str, ...] = ()


class Versions(ListPage):
    roles = EVERY_ROLE
    title = gettext_lazy("Versions of the rulebooks")
    model = RulebookVersion
    columns = (
        Column("number", gettext_lazy("Version"), value=version_name, link="rulebooks:version", sort="number"),
        Column("state", pgettext_lazy("rulebook", "State"), kind="tag", tone=lambda row: TONES[State(row.state)]),
        Column("in_force_from", gettext_lazy("In force from"), kind="date"),
        Column("reason", gettext_lazy("What is changed and why"), sort=False),
        Column("author__user__full_name", gettext_lazy("Author"), note="organisation__name"),
        Column("begun_on", gettext_lazy("Begun on"), kind="date"),
        Column("digest", gettext_lazy("Digest"), value=lambda row: row.digest[:12], sort=False),
    )
    search = ("pack", "reason", "author__user__full_name", "digest")
    filter_class = VersionFilters
    sort = "-begun_on"
    export_name = "rulebooks"
    empty = Empty(
        gettext_lazy("No version yet"),
        gettext_lazy("A draft begins from the rulebook in force: open it and choose “Draft a change”."),
    )

    def rows(self) -> QuerySet[RulebookVersion]:
        return RulebookVersion.objects.visible_to(self.acting).select_related("author__user", "organisation")

    def crumbs(self) -> list[tuple[str, str]]:
        return [(_("In force"), reverse("rulebooks:in-force"))]


class Begin(StaffPage):
    """A draft from a rulebook (by its digest) or from a version (by its key)."""

    roles = POLICY_ROLES
    back = "rulebooks:versions"

    def act(self) -> str:
        digest, key = self.request.POST.get("digest", ""), self.request.POST.get("version", "")
        if digest:
            draft = actions.begin_draft(self.acting, pack_by_digest(digest))
        elif key:
            base = self.find(RulebookVersion.objects.visible_to(self.acting), pk=key)
            draft = actions.begin_draft(self.acting, base)
        else:
            raise Http404
        return reverse("rulebooks:version", args=[draft.pk])


class Version(VersionPage):
    """What a version changes, its faults, and the next step."""

    roles = EVERY_ROLE
    template_name = "rulebooks/version.html"
    tab = "version"

    def actions(self) -> list[Action]:
        version, here = self.object, [self.object.pk]
        if self.acting.role not in POLICY_ROLES:
            return []
        found: list[Action] = []
        if version.state == State.DRAFT and self.owned:
            found.append(
                Action.judged(_("Submit"), reverse("rulebooks:submit", args=here), self.bars_submission(), "primary")
            )
        if version.state == State.SUBMITTED:
            found.append(
                Action.judged(_("Approve"), reverse("rulebooks:approve", args=here), self.bars_approval(), "primary")
            )
        if version.state != State.DRAFT:
            begin = reverse("rulebooks:begin")
            found.append(Action(_("Start a draft from it"), begin, method="post", hidden={"version": str(version.pk)}))
        future = version.state == State.APPROVED and (version.in_force_from or self.acting.day) > self.acting.day
        if self.owned and (version.state in (State.DRAFT, State.SUBMITTED) or future):
            found.append(Action(_("Withdraw"), reverse("rulebooks:withdraw", args=here), style="quiet"))
        return found

    def bars_submission(self) -> Refusal | None:
        if not self.checked.works:
            return Refusal(_("The draft has faults. Put its texts right first."))
        if self.open:
            return Refusal(_("Some answers are not the expected ones: see the tests."))
        return None

    def bars_approval(self) -> Refusal | None:
        if (refusal := actions.may_approve(self.acting)) is not None:
            return refusal
        version = self.object
        if self.acting.user_id in (version.author.user_id, version.submitted_by.user_id):
            return Refusal(
                _("You wrote or submitted this version. Another policy officer of the federation must approve it.")
            )
        return None

    @property
    def open(self) -> list[Any]:
        """What the tests say against it."""
        if self._open is None:
            trials = try_pack(self.pack, standing_tests(self.acting, self.object.pack), tongue()) if self.pack else []
            self._open = open_differences(self.object, trials)
        return self._open

    _open: list[Any] | None = None

    def stages(self) -> list[dict[str, str]]:
        version = self.object
        if version.state == State.SHIPPED:
            return []
        notes = {
            State.DRAFT: (version.author, version.begun_on),
            State.SUBMITTED: (version.submitted_by, version.submitted_on),
            State.APPROVED: (version.approved_by, version.approved_on),
        }
        reached = [stage for stage in STAGES if notes[stage][0] is not None]
        withdrawn = version.state == State.WITHDRAWN
        stages = [
            {
                "label": str(stage.label),
                "note": f"{notes[stage][0].user.full_name} {notes[stage][1]:%Y-%m-%d}" if stage in reached else "",
                "state": "now" if stage == version.state else "done" if stage in reached else "todo",
            }
            for stage in (reached if withdrawn else STAGES)
        ]
        if withdrawn:
            note = f"{version.withdrawn_by.user.full_name} {version.withdrawn_on:%Y-%m-%d}"
            stages.append({"label": str(State.WITHDRAWN.label), "note": note, "state": "stopped"})
        return stages

    def context(self, **more: Any) -> dict[str, Any]:
        version = self.object
        before = base_pack(version)
        texts = files_of(version)
        old = files_of(version.base) if version.base is not None else {}
        changed = changes(before, self.pack, tongue()) if before is not None and self.pack is not None else None
        places = names_of(each.region for each in changed.values) if changed else {}
        return super().context(
            stages=self.stages(),
            faults=faults_of(self.checked.problems, texts, tongue()),
            spans=[],
            changes=changed,
            value_changes=[(places[each.region], each) for each in changed.values] if changed else [],
            text_changes=text_changes(old, texts) if version.base is not None else [],
            base_name=version_name(version.base) if version.base is not None else "",
            open=self.open,
            accepted=list(version.accepted.select_related("by__user")),
            in_force_now=version.digest != "" and _in_force(version, self.acting.day),
            **more,
        )


def _in_force(version: RulebookVersion, day: Any) -> bool:
    now = next((start for start in timetable() if start.pack == version.pack and start.day <= day), None)
    return now is not None and now.digest == version.digest


class Submit(VersionPage, FormPage):
    roles = POLICY_ROLES
    title = gettext_lazy("Submit the draft")
    form_class = SubmitForm
    submit_label = gettext_lazy("Submit")
    introduction = gettext_lazy("The texts are frozen, and a second person approves them or not.")

    def rows(self) -> QuerySet[RulebookVersion]:
        return writable(super().rows(), self)

    def form_arguments(self) -> dict[str, Any]:
        return {"initial": {"reason": self.object.reason}}

    def submit(self, form: SubmitForm) -> str:
        actions.submit(self.acting, self.object, form.cleaned_data["reason"])
        self.say(_("Submitted. A second policy officer of the federation approves it."))
        return reverse("rulebooks:version", args=[self.object.pk])


class Approve(VersionPage, FormPage):
    fresh = True
    roles = POLICY_ROLES
    title = gettext_lazy("Approve the version")
    form_class = ApproveForm
    submit_label = gettext_lazy("Approve")
    introduction = gettext_lazy(
        "From its day on everything is decided by it. What was decided before keeps its own version and never moves."
    )

    def form_arguments(self) -> dict[str, Any]:
        return {"initial": {"in_force_from": self.acting.day}}

    def submit(self, form: ApproveForm) -> str:
        actions.approve(self.acting, self.object, form.cleaned_data["in_force_from"])
        self.say(_("Approved."))
        return reverse("rulebooks:version", args=[self.object.pk])


class Withdraw(VersionPage, FormPage):
    roles = POLICY_ROLES
    title = gettext_lazy("Withdraw the version")
    form_class = ReasonForm
    submit_label = gettext_lazy("Withdraw")

    def rows(self) -> QuerySet[RulebookVersion]:
        return writable(super().rows(), self)

    def submit(self, form: ReasonForm) -> str:
        actions.withdraw(self.acting, self.object, form.cleaned_data["reason"])
        self.say(_("Withdrawn. It stays in the history."))
        return reverse("rulebooks:version", args=[self.object.pk])


def writable(rows: QuerySet[RulebookVersion], page: StaffPage) -> QuerySet[RulebookVersion]:
    """Versions of the post's own subtree: what others wrote can be read and not changed."""
    return rows.filter(organisation__path__startswith=page.acting.path)
