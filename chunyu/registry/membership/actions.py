"""The verbs of membership: admit, transfer, end; ask to join, and answer. Years go on through a transfer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import ORGANISING_ROLES, Role
from chunyu.audit.record import record
from chunyu.federation.models import Organisation
from chunyu.privacy.fields import BlindIndexField
from chunyu.registry.actions import id_number_of
from chunyu.registry.employers.tables import WITH_MEMBERS, Enterprise
from chunyu.registry.identity import ID_NUMBER
from chunyu.registry.membership.tables import Membership, Worker
from chunyu.registry.organising_rights import check_organising
from chunyu.registry.refusing import constraints_refuse, refuse_day_to_come
from chunyu.wall.scope import beyond_scope

Begun, Ended = Membership.Begun, Membership.Ended


@dataclass(frozen=True)
class NewWorker:
    """Somebody to be put on a union's record. Birth date and sex follow from the ID number."""

    name: str
    id_number: str
    phone: str = ""
    education: str = ""
    is_migrant: bool | None = None
    new_form: str = ""
    skill_level: str = ""
    enterprise: Enterprise | None = None


def worker_with(id_number: str) -> Worker | None:
    """The worker on record with this ID number, anywhere in the province."""
    wanted = BlindIndexField.of_value(id_number, ID_NUMBER)
    with beyond_scope("duplicate-stop"):
        return Worker.objects.select_related("organisation__region").filter(id_number_index=wanted).first()


def worker_row(union: Organisation, person: NewWorker) -> Worker:
    """A row ready to be saved, not yet a member."""
    number = id_number_of(person.id_number)
    worker = Worker(
        organisation=union,
        sex=number.sex,
        birth_date=number.birth_date,
        education=person.education,
        is_migrant=person.is_migrant,
        new_form=person.new_form,
        skill_level=person.skill_level,
        enterprise=person.enterprise,
    )
    worker.give_name(person.name)
    worker.id_number = number.text
    worker.phone = person.phone or None
    return worker


@transaction.atomic
def admit(acting: Acting, union: Organisation, person: NewWorker, *, on: date, number: str = "") -> Membership:
    """A worker becomes a member of a union from a day on. One who was a member before, and left, begins a new spell;
    one who is a member elsewhere is refused with the county alone: their union, or they, must ask for the transfer."""
    check_organising(acting, union.path)
    refuse_day_to_come(acting, on)
    known = worker_with(id_number_of(person.id_number).text)
    if known is not None and known.is_member:
        raise _member_already(acting, known)
    with constraints_refuse():
        if known is None:
            known = worker_row(union, person)
            known.save(force_insert=True)
        spell = Membership.objects.create(organisation=union, worker=known, valid_from=on, number=number)
    record(acting, "registry.admit_member", known)
    return spell


@transaction.atomic
def transfer(
    acting: Acting, worker: Worker, union: Organisation, *, on: date, reason: str = "", number: str = ""
) -> Membership:
    """A member goes from one union to another without a day between, so that the years count on. The giving or the
    taking union may do it."""
    with beyond_scope("transfer-member"):
        return _transfer(acting, worker, union, on, reason, number)


def _transfer(acting: Acting, worker: Worker, union: Organisation, on: date, reason: str, number: str) -> Membership:
    held = _current(worker)
    if acting.sees(held.scope_path):
        check_organising(acting, held.scope_path)
    else:
        check_organising(acting, union.path)
    refuse_day_to_come(acting, on)
    if held.organisation_id == union.pk:
        raise Refusal(_("The worker is a member of this union already."), "same_union")
    with constraints_refuse():
        _end(held, Ended.TRANSFERRED, on, reason)
        spell = Membership.objects.create(
            organisation=union, worker=worker, valid_from=on, number=number, begun=Begun.TRANSFERRED, reason=reason
        )
    record(acting, "registry.transfer_member", worker, f"from {held.organisation_id} to {union.pk}")
    return spell


@transaction.atomic
def end_membership(acting: Acting, worker: Worker, *, how: str, on: date, reason: str = "") -> Membership:
    """A member leaves: `on` is the first day without them."""
    held = _current(worker)
    check_organising(acting, held.scope_path)
    refuse_day_to_come(acting, on)
    if how in (Ended.TRANSFERRED, Ended.MOVED):
        raise ValueError("A transfer begins the next spell: use transfer()")
    if how == Ended.UNDONE:
        raise ValueError("An import is undone as a whole: use importing.actions.undo()")
    with constraints_refuse():
        _end(held, how, on, reason)
    record(acting, "registry.end_membership", worker, how)
    return held


@transaction.atomic
def move_members(
    acting: Acting,
    union: Organisation,
    to: Organisation,
    *,
    on: date,
    reason: str,
    roles: frozenset[Role] = ORGANISING_ROLES,
) -> int:
    """All members of a union go to another, as when it is merged or dissolved. Returns how many: nobody is lost, since
    the spells that end and those that begin are the same people."""
    check_organising(acting, union.path, roles)
    refuse_day_to_come(acting, on)
    if to.kind not in WITH_MEMBERS:
        raise Refusal(_("%(union)s takes no members.") % {"union": to.name}, "members_belong_to_a_grassroots_union")
    open_spells = Membership.objects.filter(organisation=union, valid_to__isnull=True).select_for_update(of=("self",))
    workers = list(open_spells.values_list("worker", "number"))
    with constraints_refuse():
        ended = open_spells.update(valid_to=on, ended=Ended.MOVED, reason=reason)
        begun = Membership.objects.bulk_create(
            Membership(
                organisation=to, worker_id=worker, number=number, valid_from=on, begun=Begun.MOVED, reason=reason
            )
            for worker, number in workers
        )
    if ended != len(begun):
        raise RuntimeError(f"{ended} memberships ended and {len(begun)} began")
    record(acting, "registry.move_members", union, f"{ended} members to {to.pk}")
    return ended


def _current(worker: Worker) -> Membership:
    held = (
        Membership.objects.select_for_update(of=("self",))
        .select_related("organisation")
        .filter(worker=worker, valid_to__isnull=True)
        .first()
    )
    if held is None:
        raise Refusal(_("This worker is not a member of a union now."), "no_member")
    return held


def _end(spell: Membership, how: str, on: date, reason: str) -> None:
    spell.valid_to, spell.ended = on, how
    spell.reason = reason or spell.reason
    spell.save(update_fields=["valid_to", "ended", "reason"])


def _member_already(acting: Acting, worker: Worker) -> Refusal:
    if acting.sees(worker.scope_path):
        sentence = _("%(name)s is a member of %(union)s already: transfer them.")
        return Refusal(sentence % {"name": worker.name, "union": worker.organisation.name}, "member_already")
    county = worker.organisation.county() or worker.organisation
    sentence = _("This person is a member of a union in %(county)s already: a transfer keeps their years.")
    return Refusal(sentence % {"county": county.region.name}, "member_already")
