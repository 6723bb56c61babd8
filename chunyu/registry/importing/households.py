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
        MatchKey(BY_ID_NUMBER, _("the worker's ID number")),
        MatchKey(BY_FILE_NUMBER, _("the file number; a row without one by the ID number")),
    )
    follows = "registry.imported"
    parts = (WORKER, MEMBER)

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
