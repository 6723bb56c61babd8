"""Employers, members and organisations as kinds of table: what a union builder's sheets hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.acting import Acting
from chunyu.accounts.roles import Role
from chunyu.registry.importing import (
    enterprise_plan,
    enterprise_writing,
    member_plan,
    member_writing,
    organisation_plan,
    organisation_writing,
)
from chunyu.registry.importing.flat import FlatUnderstanding, understand_flat
from chunyu.registry.importing.flat_template import flat_template
from chunyu.registry.importing.kinds import MatchKey, Setting, Undone
from chunyu.registry.importing.tables import ImportBatch
from chunyu.registry.workbook.faults import Fault
from chunyu.registry.workbook.flat import require
from chunyu.registry.workbook.grid import Book
from chunyu.registry.workbook.organising_columns import ENTERPRISE, MEMBERSHIP, ORGANISATION, STANDING
from chunyu.registry.workbook.people import Draft, check_person

BUILDERS = frozenset({Role.TOWNSHIP_OFFICER, Role.ORGANISER})


class Enterprises:
    name = "enterprises"
    label: str | Promise = pgettext_lazy("import", "Employers")
    help = _("Firms, institutions and shops, with how many work there and which union covers them.")
    rows_word = pgettext_lazy("import", "Employers")
    senders = BUILDERS
    keys = (
        MatchKey(
            enterprise_plan.BY_CODE,
            _("the unified credit code"),
            _("A row with a code is the employer with that code; without one, or with none on file, the name counts."),
        ),
        MatchKey(
            enterprise_plan.BY_NAME,
            _("the name within the county"),
            _("A row is the employer of that very name in your county; another code than on file is taken over."),
        ),
    )
    follows = ""
    parts = (ENTERPRISE,)
    shown_at = "organising:employers"
    undone = (
        _("Employers that it put on file are taken off again, and what it changed is put back as it was."),
        _("Its counts of workers stay on record and count no more."),
        _("When an employer has been built upon since, nothing is undone, and the employer is named."),
    )
    transfers = False

    def understand(self, book: Book, setting: Setting) -> FlatUnderstanding:
        return understand_flat(book, setting, ENTERPRISE, ("name",), _check_employer, ("organisation", "union"))

    def plan(self, understood: FlatUnderstanding, acting: Acting, key: str) -> enterprise_plan.EnterprisePlan:
        return enterprise_plan.make_plan(understood, acting, key)

    def write(
        self,
        plan: enterprise_plan.EnterprisePlan,
        acting: Acting,
        batch: ImportBatch,
        walked: Callable[[int], None],
    ) -> Iterator[str]:
        return enterprise_writing.write(plan, acting, batch, walked)

    def undo(self, acting: Acting, batch: ImportBatch, before: Sequence[str]) -> Undone:
        return enterprise_writing.undo(acting, batch, before)

    def template(self) -> tuple[str, bytes]:
        return "用人单位登记表（模板）.xlsx", flat_template(ENTERPRISE, "用人单位", "用人单位登记表")


class Members:
    name = "members"
    label: str | Promise = pgettext_lazy("import", "Members")
    help = _("Workers with the union that they are members of. A member elsewhere is transferred only if you say so.")
    rows_word = pgettext_lazy("import", "Members")
    senders = BUILDERS
    keys = (
        MatchKey(
            member_plan.BY_ID_NUMBER,
            _("the ID number"),
            _("A row is the worker with that ID number, in whatever union of the province."),
        ),
        MatchKey(
            member_plan.BY_NUMBER,
            _("the member number"),
            _("A row is the member with that number in your county, and the ID number is corrected. Where the number "
              "is not on file, the ID number counts."),
        ),
    )  # fmt: skip
    follows = ""
    parts = (MEMBERSHIP,)
    shown_at = "organising:members"
    undone = (
        _("Whom it made a member is none any more, on any day; whom it transferred is back, with the years kept."),
        _("What it changed in a record is put back as it was."),
        _("When something has been built upon a membership since, nothing is undone, and the member is named."),
    )
    transfers = True

    def understand(self, book: Book, setting: Setting) -> FlatUnderstanding:
        understood = understand_flat(book, setting, MEMBERSHIP, ("name", "id_number"), _check_member, ("union",))
        understood.people = understood.rows
        for draft in understood.drafts:
            if draft.id_number is not None and draft.id_number.birth_date > setting.latest_birth:
                understood.findings.faults.append(draft.fault("birth_in_future", "id_number"))
        return understood

    def plan(self, understood: FlatUnderstanding, acting: Acting, key: str) -> member_plan.MemberPlan:
        return member_plan.make_plan(understood, acting, key)

    def write(
        self, plan: member_plan.MemberPlan, acting: Acting, batch: ImportBatch, walked: Callable[[int], None]
    ) -> Iterator[str]:
        return member_writing.write(plan, acting, batch, walked)

    def undo(self, acting: Acting, batch: ImportBatch, before: Sequence[str]) -> Undone:
        return member_writing.undo(acting, batch, before)

    def template(self) -> tuple[str, bytes]:
        return "工会会员登记表（模板）.xlsx", flat_template(MEMBERSHIP, "工会会员", "工会会员登记表")


class Organisations:
    name = "organisations"
    label: str | Promise = pgettext_lazy("import", "Organisations")
    help = _("Unions to be founded under those that exist, and unions to be renamed.")
    rows_word = pgettext_lazy("import", "Organisations")
    senders = BUILDERS
    keys = (
        MatchKey(
            organisation_plan.BY_NAME,
            _("the name under the organisation above"),
            _("A row is the organisation of that name, or of the former name that it gives, under the one above it."),
        ),
        MatchKey(
            organisation_plan.BY_NUMBER,
            _("the organisation's number"),
            _("A row with a number is that organisation, and another name renames it; one without a number is told by "
              "its name."),
        ),
    )  # fmt: skip
    follows = ""
    parts = (ORGANISATION,)
    shown_at = "organising:tree"
    undone = (
        _("What it founded ends on the day of its founding, so that it stands in no report of any day."),
        _("What it renamed has its former name, as if it had never had another."),
        _("When something belongs to such an organisation since, nothing is undone, and the organisation is named."),
    )
    transfers = False

    def understand(self, book: Book, setting: Setting) -> FlatUnderstanding:
        return understand_flat(book, setting, ORGANISATION, ("name",), _check_organisation)

    def plan(self, understood: FlatUnderstanding, acting: Acting, key: str) -> organisation_plan.OrganisationPlan:
        return organisation_plan.make_plan(understood, acting, key)

    def write(
        self,
        plan: organisation_plan.OrganisationPlan,
        acting: Acting,
        batch: ImportBatch,
        walked: Callable[[int], None],
    ) -> Iterator[str]:
        return organisation_writing.write(plan, acting, batch, walked)

    def undo(self, acting: Acting, batch: ImportBatch, before: Sequence[str]) -> Undone:
        return organisation_writing.undo(acting, batch, before)

    def template(self) -> tuple[str, bytes]:
        return "工会组织登记表（模板）.xlsx", flat_template(ORGANISATION, "工会组织", "工会组织登记表")


def _check_employer(draft: Draft, faults: list[Fault]) -> None:
    require(draft, faults, "name", "employer_unnamed")


def _check_member(draft: Draft, faults: list[Fault]) -> None:
    check_person(draft, faults)
    if draft.values.get("status") not in (None, STANDING):
        faults.append(draft.fault("not_a_member_now", "status"))


def _check_organisation(draft: Draft, faults: list[Fault]) -> None:
    require(draft, faults, "name", "organisation_unnamed")


ENTERPRISES, MEMBERS, ORGANISATIONS = Enterprises(), Members(), Organisations()
