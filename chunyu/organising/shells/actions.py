"""The verbs about shell unions: note an attempt to reach one, begin an inquiry, and what its decisions do."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.actions import end_post
from chunyu.accounts.models import Post
from chunyu.accounts.refusal import Refusal
from chunyu.audit.record import record
from chunyu.casework.actions import open_case
from chunyu.casework.models import Case
from chunyu.casework.models.case import Channel
from chunyu.casework.process import process_named
from chunyu.federation import actions as federation
from chunyu.federation.models import Organisation
from chunyu.organising.archives.actions import correct_page
from chunyu.organising.archives.kinds import Leaf
from chunyu.organising.archives.queries import in_force
from chunyu.organising.archives.tables import ArchivePage
from chunyu.organising.duties import WORKS
from chunyu.organising.refusing import refusing
from chunyu.organising.shells.signals import read_union
from chunyu.organising.shells.tables import ContactAttempt, ShellInquiry, ShellSignal
from chunyu.registry.employers.tables import ShellSpell, UnionCover
from chunyu.registry.membership.actions import move_members
from chunyu.registry.membership.tables import MemberCount, Membership
from chunyu.registry.organising_rights import check_organising
from chunyu.registry.refusing import constraints_refuse, refuse_day_to_come

PROCESS = "organising.shell"


@transaction.atomic
def note_contact(
    acting: Acting, union: Organisation, *, on: date, way: str, reached: bool, note: str = ""
) -> ContactAttempt:
    """Somebody tried to reach the union."""
    check_organising(acting, union.path)
    refuse_day_to_come(acting, on)
    attempt = ContactAttempt(
        organisation=union, on=on, way=way, reached=reached, note=note.strip(), tried_by=acting.post
    )
    with refusing():
        attempt.save(force_insert=True)
    record(acting, "organising.note_contact", union, f"{way}: {'reached' if reached else 'not reached'}")
    return attempt


@transaction.atomic
def begin_inquiry(acting: Acting, union: Organisation) -> ShellInquiry:
    """Open a case about a union that the standard suspects, with the signals as the records show them now."""
    check_organising(acting, union.path)
    # The union's row is held, so that two do not begin at once.
    union = Organisation.objects.select_for_update(of=("self",)).select_related("region").get(pk=union.pk)
    if open_inquiry(union) is not None:
        raise Refusal(_("An inquiry into this union is already open."), "inquiry_open")
    reading = read_union(union, acting.day)
    if not reading.suspected:
        raise Refusal(_("The standard does not suspect this union: its records show too few signals."), "normal")
    case = open_case(
        acting,
        process_named(PROCESS),
        union,
        title=f"核查：{union.name}",  # on record, whatever the language of who writes it
        channel=Channel.COUNTER,
    )
    inquiry = ShellInquiry.objects.create(
        organisation=union,
        case=case,
        read_on=acting.day,
        standard=reading.pack.digest,
        spells_before=Membership.objects.filter(organisation=union).count(),
        members_before=_members(union),
    )
    ShellSignal.objects.bulk_create(
        ShellSignal(inquiry=inquiry, code=each.code, value=each.value, since=each.since) for each in reading.signals
    )
    record(acting, "organising.begin_inquiry", union, ", ".join(each.code for each in reading.signals))
    return inquiry


def open_inquiry(union: Organisation) -> ShellInquiry | None:
    return ShellInquiry.objects.filter(organisation=union, case__closed_on__isnull=True).select_related("case").first()


# --- what the moves of the process do; the process has checked who may ---


def find_shell(acting: Acting, case: Case, **fields: Any) -> None:
    """From today the union exists on paper only: it covers nobody in any figure, and in none of the days before."""
    inquiry = _inquiry(case)
    with constraints_refuse():
        inquiry.spell = ShellSpell.objects.create(
            organisation=inquiry.organisation, valid_from=acting.day, found_by=acting.post
        )
    inquiry.save(update_fields=["spell"])
    record(acting, "organising.find_shell", inquiry.organisation, case.number)


def revive(acting: Acting, case: Case, **fields: Any) -> None:
    """It works again: from today it counts."""
    inquiry = _inquiry(case)
    spell = inquiry.spell
    if spell is None:
        raise Refusal(_("This union was never found to be a shell."), "no_shell")
    if spell.valid_from == acting.day:
        raise Refusal(_("It was found a shell today: revive it on a later day."), "same_day")
    spell.valid_to, spell.ended_by = acting.day, acting.post
    with constraints_refuse():
        spell.save(update_fields=["valid_to", "ended_by"])
    record(acting, "organising.revive", inquiry.organisation, case.number)


def merge(acting: Acting, case: Case, *, into: str, note: str | None = None) -> None:
    """The union goes into another: members and employers move with their dates, and what it owned is filed there."""
    inquiry = _inquiry(case)
    union, successor = inquiry.organisation, _successor(acting, inquiry.organisation, into)
    _move_covers(union, successor, acting.day)
    _close(acting, inquiry, successor, merged=True)
    record(acting, "organising.merge_union", union, f"into {successor.pk}")


def dissolve(acting: Acting, case: Case, *, into: str | None = None, note: str | None = None) -> None:
    """The union ends. Its members go to the union that is named; only one without members needs none."""
    inquiry = _inquiry(case)
    union = inquiry.organisation
    UnionCover.objects.filter(union=union, valid_to__isnull=True, valid_from__lt=acting.day).update(valid_to=acting.day)
    _end_term(acting, union, case.number)
    _close(acting, inquiry, _successor(acting, union, into) if into else None, merged=False)
    record(acting, "organising.dissolve_union", union, case.number)


def _end_term(acting: Acting, union: Organisation, number: str) -> None:
    """The archive says that the term of office ended with the union."""
    term = in_force(ArchivePage.objects.filter(organisation=union, kind=Leaf.TERM), acting.day)
    term = term.filter(superseded_by__isnull=True, until__gt=acting.day, valid_from__lt=acting.day).first()
    if term is not None:
        correct_page(
            acting, term, reason=number, valid_from=term.valid_from, until=acting.day, number=term.number,
            text=term.text, roles=WORKS,
        )  # fmt: skip


def _close(acting: Acting, inquiry: ShellInquiry, successor: Organisation | None, *, merged: bool) -> None:
    """Members move and are counted, posts end, and the union is dissolved; merged, its files go to the successor."""
    union, day = inquiry.organisation, acting.day
    spells = Membership.objects.filter(organisation=union)
    inquiry.members_joined = spells.count() - inquiry.spells_before
    ended_before = inquiry.spells_before - inquiry.members_before
    inquiry.members_left = spells.filter(valid_to__isnull=False).count() - ended_before
    remaining = _members(union)
    if remaining and successor is None:
        raise Refusal(
            _("%(count)s members belong to it: say which union takes them.") % {"count": remaining}, "members_left"
        )
    moved = 0
    if successor is not None and remaining:
        moved = move_members(acting, union, successor, on=day, reason=_("union closed"), roles=WORKS)
    inquiry.members_moved, inquiry.into = moved, successor
    with refusing():
        inquiry.save(update_fields=["members_joined", "members_left", "members_moved", "into"])
    for post in Post.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day), organisation=union):
        end_post(post, on=day)
    try:
        with refusing():
            federation.dissolve(union, on=day, successor=successor if merged else None)
    except ValidationError as invalid:
        raise Refusal.from_validation(invalid) from invalid


def _move_covers(union: Organisation, successor: Organisation, day: date) -> None:
    held = UnionCover.objects.filter(union=union, valid_to__isnull=True, enterprise__closed_on__isnull=True)
    firms = list(held.filter(valid_from__lt=day).select_related("enterprise__organisation"))
    with constraints_refuse():
        held.filter(pk__in=[each.pk for each in firms]).update(valid_to=day)
        UnionCover.objects.bulk_create(
            UnionCover(
                organisation=each.enterprise.organisation, enterprise=each.enterprise, union=successor, valid_from=day
            )
            for each in firms
        )


def successors(union: Organisation, day: date) -> list[Organisation]:
    """The unions that could take its members: those with members under the same superior, and the joint unions and
    associations' unions of its county; none of them a shell."""
    county = union.county() or union.parent or union
    shells = ShellSpell.objects.as_of(day).values("organisation")
    here = Organisation.objects.as_of(day).exclude(pk=union.pk).exclude(pk__in=shells)
    beside = Q(parent=union.parent_id, kind__in=[Kind.GRASSROOTS_UNION, Kind.COMMUNITY_UNION])
    joint = Q(kind=Kind.JOINT_UNION)
    return list(here.within(county.path).filter(beside | joint).order_by("path")[:OFFERED])


Kind = Organisation.Kind
OFFERED = 200


def _successor(acting: Acting, union: Organisation, key: str) -> Organisation:
    for each in successors(union, acting.day):
        if str(each.pk) == key:
            return each
    raise Refusal(_("Choose one of the unions that are offered."), "successor")


def _inquiry(case: Case) -> ShellInquiry:
    return (
        ShellInquiry.objects.select_for_update(of=("self",))
        .select_related("organisation", "case", "spell")
        .get(case=case)
    )


def _members(union: Organisation) -> int:
    return MemberCount.objects.filter(organisation=union).values_list("members", flat=True).first() or 0
