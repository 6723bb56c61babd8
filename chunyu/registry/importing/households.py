"""Households as a kind of table: the archive forms of counties, in any layout."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from django.utils.translation import gettext_lazy as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.roles import Role
from chunyu.registry.importing import template, undoing
from chunyu.registry.importing.kinds import MatchKey, Setting, Undone
from chunyu.registry.importing.plan import BY_FILE_NUMBER, BY_ID_NUMBER, Plan, make_plan
from chunyu.registry.importing.tables import ImportBatch
from chunyu.registry.importing.understanding import Understanding, understand
from chunyu.registry.importing.writing import write_plan
from chunyu.registry.workbook.columns import MEMBER, WORKER
from chunyu.registry.workbook.grid import Book


class Households:
    name = "households"
    label = _("Households in hardship")
    help = _("Workers' families with their people, figures and causes, in any layout that counties use.")
    rows_word = _("Households")
    senders = frozenset({Role.COUNTY_CASEWORKER, Role.TOWNSHIP_OFFICER})
    keys = (
        MatchKey(
            BY_ID_NUMBER,
            _("the worker's ID number"),
            _("A family is the open file of the worker with that ID number; without one, a new file is opened."),
        ),
        MatchKey(
            BY_FILE_NUMBER,
            _("the file number"),
            _("A family is the open file with that number, which must exist; a row without one goes by the ID number."),
        ),
    )
    follows = "registry.imported"
    parts = (WORKER, MEMBER)
    shown_at = "hardship:households"
    undone = (
        _("Files that it opened are closed, and what it changed is put back as it was."),
        _("What it stated stays on record and counts no more."),
        _("When a family has been built upon since, nothing is undone, and the family is named."),
    )
    transfers = False

    def understand(self, book: Book, setting: Setting) -> Understanding:
        return understand(book, setting)

    def plan(self, understood: Understanding, acting: Acting, key: str) -> Plan:
        return make_plan(understood, acting, key)

    def write(self, plan: Plan, acting: Acting, batch: ImportBatch, walked: Callable[[int], None]) -> Iterator[str]:
        return write_plan(plan, acting, batch, walked)

    def undo(self, acting: Acting, batch: ImportBatch, before: Sequence[str]) -> Undone:
        return undoing.undo(acting, batch, before)

    def template(self) -> tuple[str, bytes]:
        return template.FILE_NAME, template.template()


HOUSEHOLDS = Households()
