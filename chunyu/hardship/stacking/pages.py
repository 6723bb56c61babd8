"""The family's ledger across all programmes, funds and levels, with what the rules say of further aid."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from chunyu.accounts.roles import READ_CASE_ROLES, Role
from chunyu.casework.models import Case
from chunyu.casework.queries import known_to
from chunyu.hardship.stacking.family_ledger import family_ledger
from chunyu.hardship.stacking.judging import stacked
from chunyu.registry.models import Household
from chunyu.registry.queries import households_visible_to
from chunyu.rulebooks.in_force import rulebook_of
from chunyu.ui.pages import Crumb, DetailPage


class FamilyLedgerPage(DetailPage):
    """By year with totals; beneath, each programme that something stands against today."""

    roles = READ_CASE_ROLES | {Role.FINANCE_OFFICER}
    model = Household
    template_name = "hardship/family_ledger.html"

    def rows(self) -> QuerySet[Household]:
        return households_visible_to(self.acting)

    def heading(self) -> str:
        return _("Everything this family received")

    def crumbs(self) -> list[Crumb]:
        household = self.object
        if self.acting.role not in READ_CASE_ROLES:
            return []
        return [
            (_("Households"), reverse("hardship:households")),
            (household.worker.name, reverse("hardship:household", args=[household.pk])),
        ]

    def context(self, **more: Any) -> dict[str, Any]:
        ledger = family_ledger(self.object)
        numbers = {line.number for line in ledger.lines}
        known = Case.objects.filter(pk__in=known_to(self.acting).values("pk"), number__in=numbers)
        return super().context(
            ledger=ledger,
            cases=set(known.values_list("number", flat=True)),
            barred=self.barred(ledger.lines),
            joined=self.object.merged_from.count(),
            **more,
        )

    def barred(self, lines: Any) -> list[tuple[str, list[str]]]:
        """The programmes that cannot be granted once more today, each with the sentences that say why."""
        pack, day = rulebook_of(self.object.organisation, self.acting.day), self.acting.day
        found = []
        for code in pack.programmes if lines else ():
            rules = stacked(pack, code, day, "", lines, {})
            said = [str(each) for each in rules.refusals() if each.code == "granted_this_year"]
            if said:
                found.append((rules.name(code), said))
        return found
