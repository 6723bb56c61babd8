"""Projects on screen: the list, one project with its report, nominations, sessions, rolls and the settlement list."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.forms import Form as DjangoForm
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import CASE_ROLES, FIGURE_ROLES, READ_CASE_ROLES, Role
from chunyu.audit.record import record
from chunyu.casework.pages import CaseAddress
from chunyu.casework.queries import known_to
from chunyu.hardship.process import ENTERING
from chunyu.hardship.projects import actions, queries
from chunyu.hardship.projects.forms import (
    CloseForm,
    HospitalForm,
    NominationForm,
    ProjectForm,
    RollForm,
    SessionForm,
)
from chunyu.hardship.projects.kinds import Form, unit_words
from chunyu.hardship.projects.queries import STAGES, stage_of
from chunyu.hardship.projects.showing import case_of
from chunyu.hardship.projects.shown import digest_of_roll
from chunyu.hardship.projects.tables import Project, ProjectPayment, StipendRoll
from chunyu.hardship.wording import programme_label
from chunyu.ledger.queries import summed
from chunyu.registry.models import Household
from chunyu.registry.queries import households_visible_to
from chunyu.ui.lists import Column, Empty, ListPage
from chunyu.ui.pages import Action, Crumb, DetailPage, FormPage, StaffPage

READS = FIGURE_ROLES | READ_CASE_ROLES
TONES = {"open": "rain", "full": "amber", "over": "amber", "closed": "plain"}
LIST: Crumb = (_("Projects"), "hardship:projects")


class Projects(ListPage):
    roles = READS
    title = _("Projects")
    model = Project
    columns = (
        Column("name", _("Name"), link="hardship:project", note="funder"),
        Column("form", _("Paid for")),
        Column("starts_on", pgettext_lazy("project", "From"), kind="date"),
        Column("ends_on", pgettext_lazy("project", "Until"), kind="date"),
        Column("taken", _("Places taken"), kind="number"),
        Column("quota", _("Places"), kind="number"),
        Column("organisation__name", _("Organisation")),
    )
    search = ("name", "funder", "document_no")
    search_hint = _("name, funder or document")
    filters = ("form",)
    sort = "-starts_on"
    export_name = "projects"
    empty = Empty(
        _("No project is open yet"),
        _("A project has a period, a funder, places and rates: open one, then nominate people from their household."),
    )

    def rows(self) -> QuerySet[Project]:
        return queries.projects(self.acting)

    def actions(self) -> list[Action]:
        offered = [Action(_now("Monthly rolls"), reverse("hardship:rolls"))]
        if self.acting.role in actions.PROJECT_ROLES:
            offered.append(Action(_now("Open a project"), reverse("hardship:open-project"), style="primary"))
        return offered


class OneProject(DetailPage):
    roles = READS
    model = Project

    def rows(self) -> QuerySet[Project]:
        return queries.projects(self.acting)

    def here(self) -> str:
        return reverse("hardship:project", args=[self.object.pk])

    def crumbs(self) -> list[Crumb]:
        top = [(str(LIST[0]), reverse(LIST[1]))]
        return top if type(self) is ProjectPage else [*top, (self.object.name, self.here())]


class ProjectPage(OneProject):
    template_name = "hardship/projects/project.html"

    def actions(self) -> list[Action]:
        project, offered = self.object, []
        offered.append(Action(_now("Settlement list"), reverse("hardship:settlement", args=[project.pk])))
        if project.closed_on is not None:
            return offered
        if project.form == Form.STIPEND and self.acting.role in actions.ROLL_ROLES:
            offered.append(
                Action(_now("Make a monthly roll"), reverse("hardship:make-roll", args=[project.pk]), style="primary")
            )
        if self.acting.role in actions.PROJECT_ROLES and self.acting.sees(project.scope_path):
            offered.append(Action(_now("Add a hospital"), reverse("hardship:add-hospital", args=[project.pk])))
            offered.append(Action(_now("Close the project"), reverse("hardship:close-project", args=[project.pk])))
        return offered

    def context(self, **more: Any) -> dict[str, Any]:
        project = self.object
        stage = stage_of(project, self.acting.day)
        cases = project.cases.none()
        if self.acting.role in READ_CASE_ROLES:
            # Cases that are open to a few named people only do not exist for the others.
            cases = project.cases.within(self.acting.path).filter(case__in=known_to(self.acting).values("pk"))
        return super().context(
            project=project,
            stage=STAGES[stage],
            tone=TONES[stage],
            programme=programme_label(project.programme, project.organisation, self.acting.day),
            shares=project.shares.select_related("fund__organisation"),
            hospitals=project.hospitals.all(),
            report=queries.report(project, self.acting.path),
            cases=cases.select_related("case", "household", "member").order_by("-case__number")[:100],
            rolls=queries.rolls(self.acting).filter(project=project)[:24],
            **more,
        )


class OpenProject(FormPage):
    roles = actions.PROJECT_ROLES
    title = _("Open a project")
    form_class = ProjectForm
    template_name = "hardship/projects/open.html"
    submit_label = _("Open the project")
    introduction = _("The terms stand for the whole period: whoever is nominated later gets the same.")

    def form_arguments(self) -> dict[str, Any]:
        return {"acting": self.acting}

    def crumbs(self) -> list[Crumb]:
        return [(str(LIST[0]), reverse(LIST[1]))]

    def cancel_url(self) -> str:
        return reverse("hardship:projects")

    def submit(self, form: ProjectForm) -> str:
        project = actions.open_project(self.acting, form.terms())
        self.say(_("The project is open. Name the hospitals that treat for it."))
        return reverse("hardship:project", args=[project.pk])


class ProjectFormPage(OneProject, FormPage):
    roles = actions.PROJECT_ROLES
    template_name = "ui/form_page.html"

    def rows(self) -> QuerySet[Project]:
        return super().rows().filter(closed_on__isnull=True)

    def heading(self) -> Any:
        return self.title

    def cancel_url(self) -> str:
        return self.here()


class AddHospital(ProjectFormPage):
    title = _("Add a hospital")
    form_class = HospitalForm
    submit_label = _("Add the hospital")

    def submit(self, form: DjangoForm) -> str:
        actions.add_hospital(self.acting, self.object, **form.cleaned_data)
        self.say(_("The hospital is a partner of the project."))
        return self.here()


class CloseProject(ProjectFormPage):
    title = _("Close the project")
    form_class = CloseForm
    submit_label = _("Close the project")
    introduction = _("Possible when every case is finished. The closing report then stays as it is.")

    def submit(self, form: DjangoForm) -> str:
        actions.close_project(self.acting, self.object, lessons=form.cleaned_data["lessons"])
        self.say(_("The project is closed. Its report stays on this page."))
        return self.here()


class MakeRoll(ProjectFormPage):
    roles = actions.ROLL_ROLES
    title = _("Make a monthly roll")
    form_class = RollForm
    submit_label = _("Make the roll")
    introduction = _("It holds exactly the stipends that run in the month; another person approves it.")

    def submit(self, form: DjangoForm) -> str:
        roll = actions.make_roll(self.acting, self.object, form.cleaned_data["month"])
        self.say(_("The roll is made. Another person approves it."))
        return reverse("hardship:roll", args=[roll.pk])


# --- rolls


class Rolls(ListPage):
    roles = FIGURE_ROLES
    title = _("Monthly rolls")
    model = StipendRoll
    columns = (
        Column("month", _("Month"), kind="date", link="hardship:roll", note="project__name"),
        Column("organisation__name", _("Organisation")),
        Column("people", _("People"), kind="number"),
        Column("fen", _("Amount (yuan)"), kind="money"),
        Column("made_by__user__full_name", _("Made by")),
        Column("approved_on", _("Approved on"), kind="date"),
    )
    filters = ("project",)
    sort = "-month"
    export_name = "rolls"
    empty = Empty(_("No roll was made yet"), _("Open a project with a monthly stipend and make the roll of a month."))

    def rows(self) -> QuerySet[StipendRoll]:
        return queries.rolls(self.acting)

    def crumbs(self) -> list[Crumb]:
        return [(str(LIST[0]), reverse(LIST[1]))]


class RollPage(ListPage):
    """The monthly file of one county: its lines, to be read, exported and approved."""

    roles = READ_CASE_ROLES | {Role.FINANCE_OFFICER}
    model = ProjectPayment
    template_name = "hardship/projects/roll.html"
    columns = (
        Column("case__case__number", _("Case number"), value=lambda row: row.case.case.number),
        Column("case__member__name", _("Person"), value=lambda row: row.case.member.name),
        Column("case__household__file_number", _("File"), value=lambda row: row.case.household.file_number),
        Column(
            "case__started_on", pgettext_lazy("stipend", "From"), kind="date", value=lambda row: row.case.started_on
        ),
        Column("case__stopped_on", _("First day without"), kind="date", value=lambda row: row.case.stopped_on),
        Column("share__fund__name", _("Fund"), value=lambda row: row.share.fund.name),
        Column("amount_fen", _("Amount (yuan)"), kind="money"),
    )
    search = ("case__case__number", "case__household__file_number")
    search_hint = _("case or file number")
    sort = "case__case__number"
    export_name = "stipends"
    empty = Empty(_("No line"))

    @cached_property
    def roll(self) -> StipendRoll:
        return self.find(queries.rolls(self.acting), pk=self.kwargs["pk"])

    def rows(self) -> QuerySet[ProjectPayment]:
        rows = ProjectPayment.objects.filter(roll=self.roll)
        return rows.select_related("case__case", "case__member", "case__household", "share__fund")

    def heading(self) -> str:
        return f"{self.roll.project.name} · {self.roll.month:%Y-%m}"

    def crumbs(self) -> list[Crumb]:
        project = self.roll.project
        return [(str(LIST[0]), reverse(LIST[1])), (project.name, reverse("hardship:project", args=[project.pk]))]

    def actions(self) -> list[Action]:
        if self.roll.approved_on is not None or self.acting.role not in actions.APPROVES:
            return []
        barred = ""
        if self.roll.made_by.user_id == self.acting.user_id:
            barred = _now("You made this roll: another person approves it.")
        url = reverse("hardship:approve-roll", args=[self.roll.pk])
        shown = {"shown": digest_of_roll(self.roll)}
        label = _now("Approve and order the payments")
        return [Action.judged(label, url, barred, "primary", method="post", hidden=shown)]

    def total_fen(self) -> int:
        return summed(self.found, "amount_fen")

    def context(self, **more: Any) -> dict[str, Any]:
        _lines, to_stop = queries.roll_lines(self.roll.project, self.roll.organisation.path, self.roll.month)
        waits = self.roll.approved_on is None
        return super().context(
            roll=self.roll,
            to_stop=to_stop,
            changed=waits and actions.roll_changed(self.roll),
            waits=waits,
            **more,
        )

    def exported(self, kind: str, count: int) -> None:
        record(self.acting, "hardship.export_roll", self.roll, f"{kind}, {count} rows")


class ApproveRoll(StaffPage):
    fresh = True
    roles = actions.APPROVES
    back = "hardship:roll"

    def act(self) -> str:
        roll = self.find(StipendRoll, pk=self.kwargs["pk"])
        actions.approve_roll(self.acting, roll, shown=self.request.POST.get("shown", ""))
        self.say(_("Approved. The payments are ready for a batch."))
        return reverse("hardship:roll", args=[roll.pk])


# --- the hospital settlement list


class Settlement(ListPage):
    """What the project paid for treatment, hospital by hospital: cost, insurance, own cost, and each level's part."""

    roles = READ_CASE_ROLES | {Role.FINANCE_OFFICER}
    model = ProjectPayment
    columns = (
        Column(
            "case__hospital__name", _("Hospital"), value=lambda row: row.case.hospital.name if row.case.hospital else ""
        ),
        Column("case__case__number", _("Case number"), value=lambda row: row.case.case.number),
        Column("case__member__name", _("Person"), value=lambda row: row.case.member.name),
        Column("unit", _("Paid for"), value=lambda row: unit_words(row.unit)),
        Column("case__treated_on", _("Treated on"), kind="date", value=lambda row: row.case.treated_on),
        Column("case__cost_fen", _("Cost (yuan)"), kind="money", value=lambda row: row.case.cost_fen),
        Column("case__insured_fen", _("Insurance (yuan)"), kind="money", value=lambda row: row.case.insured_fen),
        Column("share__fund__organisation__name", _("Paid by"), value=lambda row: row.share.fund.organisation.name),
        Column("amount_fen", _("Grant (yuan)"), kind="money"),
        Column("order__status", _("State"), value=lambda row: row.order.get_status_display()),
    )
    search = ("case__case__number", "case__hospital__name")
    search_hint = _("case number or hospital")
    sort = "case__hospital__name"
    export_name = "settlement"
    empty = Empty(_("Nothing was ordered yet"), _("Payments appear here as soon as they are ordered on their case."))

    @cached_property
    def project(self) -> Project:
        return get_object_or_404(queries.projects(self.acting), pk=self.kwargs["pk"])

    def heading(self) -> str:
        return _now("Settlement of “%(project)s”") % {"project": self.project.name}

    def crumbs(self) -> list[Crumb]:
        return [(str(LIST[0]), reverse(LIST[1])),
                (self.project.name, reverse("hardship:project", args=[self.project.pk]))]  # fmt: skip

    def rows(self) -> QuerySet[ProjectPayment]:
        rows = queries.paid_by(self.project, self.acting.path)
        return rows.select_related("case__case", "case__member", "case__hospital", "order", "share__fund__organisation")

    def total_fen(self) -> int:
        return summed(self.found, "amount_fen")

    def exported(self, kind: str, count: int) -> None:
        record(self.acting, "hardship.export_settlement", self.project, f"{kind}, {count} rows")


# --- about one person


class Nominate(FormPage):
    roles = frozenset(ENTERING)
    title = _("Nominate for a project")
    form_class = NominationForm
    submit_label = _("Open the case")
    introduction = _("Whose rate applies follows from the rules; papers are added on the case.")

    @cached_property
    def household(self) -> Household:
        return self.find(households_visible_to(self.acting), pk=self.kwargs["pk"])

    def form_arguments(self) -> dict[str, Any]:
        open_ones = queries.projects(self.acting).filter(closed_on__isnull=True, ends_on__gte=self.acting.day)
        return {"household": self.household, "projects": list(open_ones.order_by("name", "pk"))}

    def crumbs(self) -> list[Crumb]:
        own = reverse("hardship:household", args=[self.household.pk])
        return [(_now("Households"), reverse("hardship:households")), (self.household.worker.name, own)]

    def cancel_url(self) -> str:
        return reverse("hardship:household", args=[self.household.pk])

    def submit(self, form: NominationForm) -> Any:
        given = form.cleaned_data
        project, person = form.projects[given["project"]], form.people[given["person"]]
        case = actions.nominate(
            self.acting, project, self.household, person, channel=given["channel"], eye=given["eye"]
        )
        self.say(_("The case is open. Add the papers."))
        return case


class RecordSession(CaseAddress, FormPage):
    roles = CASE_ROLES
    circle = "works"
    title = _("Record a session")
    form_class = SessionForm
    submit_label = _("Record the session")
    template_name = "ui/form_page.html"

    def heading(self) -> Any:
        return self.title

    def cancel_url(self) -> str:
        return self.case.get_absolute_url()

    def submit(self, form: DjangoForm) -> Any:
        if self.case.process != actions.TREATMENT:
            raise Http404
        if self.acting.role != Role.COUNTY_CASEWORKER:
            raise Refusal(_now("Sessions are recorded by the county's caseworker."), code="role")
        given = form.cleaned_data
        actions.record_session(
            self.acting, case_of(self.case), day=given["day"], cost_fen=given["cost"], insured_fen=given["insured"]
        )
        self.say(_("The session is recorded."))
        return self.case
