"""The addresses that print this room's papers of a case."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.http import Http404
from django.utils.functional import cached_property

from chunyu.accounts.roles import CASE_ROLES, READ_CASE_ROLES
from chunyu.casework.models import Case
from chunyu.casework.pages import CaseAddress
from chunyu.hardship import papers
from chunyu.hardship.actions import PROCESS
from chunyu.printing.pages import PrintPage
from chunyu.printing.paper import Form


class CasePaper(CaseAddress, PrintPage):
    roles = READ_CASE_ROLES
    circle: ClassVar[str] = "reads"
    back = "casework:case"

    @cached_property
    def asked(self) -> Case:
        if self.case.process != PROCESS:
            raise Http404
        return self.case


class PrintApproval(CasePaper):
    event = "hardship.print_approval"

    def paper(self) -> tuple[Form, models.Model]:
        return papers.approval_sheet(self.asked, self.acting), self.asked


class PrintLetter(CasePaper):
    roles = CASE_ROLES
    circle = "works"
    event = "hardship.print_letter"

    def paper(self) -> tuple[Form, models.Model]:
        return papers.letter(self.asked, self.acting), self.asked
