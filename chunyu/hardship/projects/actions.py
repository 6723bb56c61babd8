"""The verbs of projects: open and close one, nominate a person, record treatment, make and approve a monthly roll."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.audit.record import record
from chunyu.casework import actions as casework
from chunyu.casework.actions.case import refuse_if
from chunyu.casework.models import Case
from chunyu.casework.process import process_named
from chunyu.hardship.actions import programme_for
from chunyu.hardship.process import ENTERING
from chunyu.hardship.projects import queries
from chunyu.hardship.projects.kinds import Eye, Form, Group, Pays, month_unit
from chunyu.hardship.projects.paying import Due
from chunyu.hardship.projects.queries import roll_lines, stage_of, with_counts
from chunyu.hardship.projects.refusing import refusing
from chunyu.hardship.projects.tables import (
    PartnerHospital,
    Project,
    ProjectCase,
    ProjectPayment,
    ProjectShare,
    StipendRoll,
    TreatmentSession,
)
from chunyu.hardship.reading import read
from chunyu.hardship.wording import programme_label
from chunyu.ledger import actions as ledger
from chunyu.ledger.models import Delivery, Fund, PaymentOrder
from chunyu.registry.models import Household, Member
from chunyu.rulebooks.in_force import rulebook_of
from chunyu.ui.templatetags.show import yuan
from chunyu.wall.scope import beyond_scope

TREATMENT, STIPEND = "hardship.project", "hardship.stipend"
PROJECT_ROLES = frozenset({Role.COUNTY_APPROVER, Role.FINANCE_OFFICER})
ROLL_ROLES = frozenset({Role.COUNTY_CASEWORKER, Role.FINANCE_OFFICER})
APPROVES = frozenset({Role.COUNTY_APPROVER})


@dataclass(frozen=True)
class Rate:
    """What one level pays for a unit, from which of its funds."""

    group: str
    fund: Fund
    unit_fen: int


@dataclass(frozen=True)
class Terms:
    """Everything that a project is opened with."""

    programme: str
    name: str
    form: str
    funder: str
    document_no: str
    starts_on: date
    ends_on: date
    quota: int
    rates: Sequence[Rate]
    prorated: bool = False
    year_cap_fen: int | None = None
    pays: str = Pays.HOUSEHOLD


def _refuse_role(acting: Acting, roles: frozenset[Role]) -> None:
    if acting.role not in roles:
        names = _(", ").join(str(role.label) for role in sorted(roles, key=list(Role).index))
        raise Refusal(_("This step is taken by: %(roles)s.") % {"roles": names}, code="role")


@transaction.atomic
def open_project(acting: Acting, terms: Terms) -> Project:
    """Open a project of the acting post's organisation. Its terms never change; the levels pay in the order given."""
    _refuse_role(acting, PROJECT_ROLES)
    if terms.programme not in rulebook_of(acting.organisation, acting.day).programmes:
        raise Refusal(_("The rulebook in force does not hold this programme."), code="no_programme")
    if not terms.rates:
        raise Refusal(_("Say at least one rate and the fund that pays it."), code="no_rate")
    known = set(queries.funds_for(acting.organisation).values_list("pk", flat=True))
    for rate in terms.rates:
        if rate.fund.pk not in known:
            raise Refusal(_("This fund belongs to another organisation."), code="foreign_fund")
        if not rate.fund.serves(terms.programme):
            sentence = _("The fund “%(fund)s” is not meant for this programme.")
            raise Refusal(sentence % {"fund": rate.fund.name}, code="earmark")
    with refusing():
        project = Project.objects.create(
            organisation=acting.organisation,
            programme=terms.programme,
            name=terms.name.strip(),
            form=terms.form,
            funder=terms.funder.strip(),
            document_no=terms.document_no.strip(),
            starts_on=terms.starts_on,
            ends_on=terms.ends_on,
            quota=terms.quota,
            prorated=terms.prorated,
            year_cap_fen=terms.year_cap_fen,
            pays=terms.pays,
            opened_by=acting.post,
            opened_on=acting.day,
        )
        parts: dict[str, int] = {}
        for rate in terms.rates:
            parts[rate.group] = parts.get(rate.group, 0) + 1
            ProjectShare.objects.create(
                project=project, part=parts[rate.group], group=rate.group, fund=rate.fund, unit_fen=rate.unit_fen
            )
    record(acting, "hardship.open_project", project, project.programme)
    return project


@transaction.atomic
def add_hospital(
    acting: Acting, project: Project, *, name: str, bank_name: str = "", account: str = ""
) -> PartnerHospital:
    """A hospital that treats for the project; its account is needed where the project pays hospitals."""
    _refuse_role(acting, PROJECT_ROLES)
    if project.pays == Pays.HOSPITAL and not account.strip():
        raise Refusal(_("This project pays hospitals: enter the account."), code="no_account")
    with refusing():
        made = PartnerHospital.objects.create(
            project=project, name=name.strip(), bank_name=bank_name.strip(), account=account.strip() or None
        )
    record(acting, "hardship.add_hospital", project)
    return made


@transaction.atomic
def close_project(acting: Acting, project: Project, *, lessons: str) -> Project:
    """Close a project whose cases are all finished; from then on nothing of it changes."""
    _refuse_role(acting, PROJECT_ROLES)
    if not acting.sees(project.scope_path):
        raise Refusal(_("This belongs to another organisation."), code="foreign")
    if not lessons.strip():
        raise Refusal(_("Say what was learnt."), code="field")
    waiting = list(queries.open_numbers(project)[:5])
    if waiting:
        sentence = _("Cases of this project are still open: %(numbers)s.")
        raise Refusal(sentence % {"numbers": _(", ").join(waiting)}, code="project_closed_without_open_cases")
    project.closed_on, project.closed_by, project.lessons = acting.day, acting.post, lessons.strip()
    with refusing():
        project.save(update_fields=["closed_on", "closed_by", "lessons"])
    record(acting, "hardship.close_project", project)
    return project


def group_of(household: Household, day: date) -> Group:
    """Whose rate applies: the rules say whether the household is in hardship; an unknown answer is none."""
    found = read(household, day).determination.in_hardship
    return Group.HARDSHIP if found else Group.MEMBER


def nomination_refusals(
    acting: Acting, project: Project, household: Household, member: Member | None, eye: str = ""
) -> list[Refusal]:
    """Everything that keeps a person from being nominated today."""
    refusals: list[Refusal] = []
    if acting.role not in ENTERING:
        refusals.append(Refusal(_("This step is taken by those who enter applications."), code="role"))
    with beyond_scope("project-places"):
        counted = with_counts(Project.objects.filter(pk=project.pk)).get()
    stage = stage_of(counted, acting.day)
    if stage != "open" or acting.day < project.starts_on:
        words = str(queries.STAGES[stage]) if stage != "open" else _("not begun")
        refusals.append(Refusal(_("The project takes nobody in now: %(stage)s.") % {"stage": words}, code=stage))
    if household.status != Household.Status.ON_FILE:
        refusals.append(Refusal(_("This file is closed; open it again first."), code="file_closed"))
    if member is None or member.household_id != household.pk or member.left_on is not None:
        refusals.append(Refusal(_("Choose a person of this household."), code="person"))
        return refusals
    if not project.shares.filter(group=group_of(household, acting.day)).exists():
        refusals.append(Refusal(_("The project has no rate for this household's group."), code="group"))
    paid = ProjectPayment.objects.filter(person_index=member.id_number_index, programme=project.programme)
    unit = eye if project.form == Form.EYE else "once" if project.form == Form.CASE else None
    if unit and paid.filter(unit=unit).exists():
        refusals.append(Refusal(_("This eye or treatment of the person was paid already."), code="paid_already"))
    return refusals


@transaction.atomic
def nominate(
    acting: Acting, project: Project, household: Household, member: Member, *, channel: str, eye: str = Eye.NONE
) -> Case:
    """Open the case of one person of a household. Refused with every reason."""
    held = Household.objects.within(acting.path).select_for_update(of=("self",)).get(pk=household.pk)
    refuse_if(nomination_refusals(acting, project, held, member, eye))
    process = STIPEND if project.form == Form.STIPEND else TREATMENT
    title = programme_for(held, project.programme, acting.day).label.zh
    case = casework.open_case(
        acting, process_named(process), held.organisation, title=title, channel=channel, household=held
    )
    with refusing():
        ProjectCase.objects.create(
            organisation=held.organisation,
            case=case,
            project=project,
            household=held,
            member=member,
            person_index=member.id_number_index,
            group=group_of(held, acting.day),
            eye=eye,
        )
    record(acting, "hardship.nominate", case, project.programme)
    return case


@transaction.atomic
def record_session(
    acting: Acting, held: ProjectCase, *, day: date, cost_fen: int, insured_fen: int
) -> TreatmentSession:
    """One more session of repeated treatment, on a day that is past, within the project's period."""
    if held.project.form != Form.SESSIONS or held.approved_on is None or not held.open:
        raise Refusal(_("Sessions are recorded on an approved case of repeated treatment."), code="not_approved")
    if not held.project.starts_on <= day <= min(acting.day, held.project.ends_on):
        raise Refusal(_("The session lies outside the project's period, or in the future."), code="day")
    with refusing():
        session = TreatmentSession.objects.create(
            case=held, day=day, cost_fen=cost_fen, insured_fen=insured_fen, recorded_by=acting.post
        )
    record(acting, "hardship.record_session", held.case)
    return session


def pay(acting: Acting, held: ProjectCase, dues: Sequence[Due]) -> list[PaymentOrder]:
    """Order what is owed for treatment, each level from its own fund; the caller's process has asked who may."""
    household, project = held.household, held.project
    label = programme_label(project.programme, household.organisation, acting.day, "zh")
    payee, bank, account = payee_of(held)
    approved = held.case.decisions.filter(verdict="approved").select_related("by__user").last()
    instalment = _instalments([held.case.number]).get(held.case.number, 0)
    orders = []
    for due in dues:
        instalment += 1
        order = ledger.order_payment(
            acting,
            organisation=household.organisation,
            household=household,
            programme=project.programme,
            programme_label=label,
            fund=due.share.fund,
            amount_fen=due.fen,
            reference=held.case.number,
            payee_name=payee,
            bank_name=bank,
            card_number=account,
            day=acting.day,
            entered_by=held.case.opened_by.user,
            approved_by=approved.by.user if approved else None,
            instalment=instalment,
            delivery=Delivery.CENTRE,
        )
        with refusing():
            _payment(held, due.share, due.unit, due.fen, order=order)
        orders.append(order)
    return orders


def payee_of(held: ProjectCase) -> tuple[str, str, str]:
    """Name, bank and account that are paid: the hospital's where the project pays hospitals, else the household's."""
    if held.project.pays == Pays.HOSPITAL:
        hospital = held.hospital
        if hospital is None or hospital.account is None:
            raise Refusal(_("This project pays hospitals: enter the account."), code="no_account")
        return hospital.name, hospital.bank_name, hospital.account.reveal()
    household = held.household
    if household.bank_card is None:
        sentence = _("The file %(file)s has no bank card. Add it on the household's page first.")
        raise Refusal(sentence % {"file": household.file_number}, code="no_card")
    return household.worker.name, household.bank_name, household.bank_card.reveal()


def _payment(held: ProjectCase, share: ProjectShare, unit: str, fen: int, **more: object) -> ProjectPayment:
    return ProjectPayment.objects.create(
        case=held,
        share=share,
        programme=held.project.programme,
        person_index=held.person_index,
        unit=unit,
        part=share.part,
        amount_fen=fen,
        **more,
    )


def _instalments(numbers: Sequence[str]) -> dict[str, int]:
    """The last instalment that was ever ordered under each case number."""
    rows = PaymentOrder.objects.filter(reference__in=numbers).order_by()
    return dict(rows.values_list("reference").annotate(last=Max("instalment")))


# --- monthly rolls


@transaction.atomic
def make_roll(acting: Acting, project: Project, month: date) -> StipendRoll:
    """The roll of a month in the acting post's subtree: exactly the stipends that run. Made again, it is computed anew
    while it waits for approval."""
    _refuse_role(acting, ROLL_ROLES)
    month = month.replace(day=1)
    if project.form != Form.STIPEND:
        raise Refusal(_("Only a stipend has monthly rolls."), code="form")
    if month > acting.day or not project.starts_on.replace(day=1) <= month <= project.ends_on:
        raise Refusal(_("The month lies outside the project's period, or in the future."), code="month")
    roll = StipendRoll.objects.filter(project=project, organisation=acting.organisation, month=month).first()
    if roll is not None and roll.approved_on is not None:
        raise Refusal(_("The roll of this month is approved already."), code="approved")
    lines, _to_stop = roll_lines(project, acting.path, month)
    if not lines:
        raise Refusal(_("Nobody's stipend runs in this month, or everybody was paid."), code="empty")
    with refusing():
        if roll is None:
            roll = StipendRoll.objects.create(
                organisation=acting.organisation, project=project, month=month, made_by=acting.post, made_on=acting.day
            )
        else:
            roll.lines.all().delete()
            roll.made_by, roll.made_on = acting.post, acting.day
            roll.save(update_fields=["made_by", "made_on"])
        for line in lines:
            _payment(line.case, line.share, month_unit(month), line.fen, roll=roll)
    record(acting, "hardship.make_roll", roll, f"{len(lines)} lines")
    return roll


def roll_changed(roll: StipendRoll) -> bool:
    """Whether a stipend began or stopped since the roll was made."""
    now, _to_stop = roll_lines(roll.project, roll.organisation.path, roll.month)
    held = {(line.case_id, line.part, line.amount_fen) for line in roll.lines.all()}
    return held != {line.key for line in now}


@transaction.atomic
def approve_roll(acting: Acting, roll: StipendRoll, *, shown: str) -> StipendRoll:
    """Approve a roll as a second person and order its payments, each level from its fund, all or none. `shown` is the
    digest of the lines that they looked at (`digest_of_roll`): the database compares it with the lines as they are."""
    _refuse_role(acting, APPROVES)
    roll = StipendRoll.objects.within(acting.path).select_for_update(of=("self",)).get(pk=roll.pk)
    if roll.approved_on is not None:
        raise Refusal(_("The roll of this month is approved already."), code="approved")
    if roll_changed(roll):
        raise Refusal(_("A stipend began or stopped since this roll was made. Have it made again."), code="changed")
    roll.approved_by, roll.approved_on, roll.approved_digest = acting.post, acting.day, shown
    with refusing():
        roll.save(update_fields=["approved_by", "approved_on", "approved_digest"])
    payments = list(
        roll.lines.select_related(
            "case__case", "case__household__organisation", "case__project", "share__fund"
        ).order_by("case__case__number", "part")
    )
    last = _instalments([each.case.case.number for each in payments])
    label = programme_label(roll.project.programme, roll.organisation, acting.day, "zh")
    for part, fund in {(each.part, each.share.fund) for each in payments}:
        listed = [each for each in payments if each.part == part and each.share.fund == fund]
        lines = []
        for each in listed:
            number = each.case.case.number
            last[number] = last.get(number, 0) + 1
            payee, bank, account = payee_of(each.case)
            line = ledger.ListedPayment(each.case.household, each.amount_fen, number, payee, bank, account)
            lines.append(replace(line, instalment=last[number]))
        orders = ledger.order_list(
            acting,
            fund=fund,
            programme=roll.project.programme,
            programme_label=label,
            lines=lines,
            day=acting.day,
            delivery=Delivery.CENTRE,
            entered_by=roll.made_by.user,
            approved_by=acting.post.user,
        )
        for payment, order in zip(listed, orders, strict=True):
            payment.order = order
            payment.save(update_fields=["order"])
    total = yuan(sum(each.amount_fen for each in payments))
    record(acting, "hardship.approve_roll", roll, f"{len(payments)} lines, {total} yuan")
    return roll
