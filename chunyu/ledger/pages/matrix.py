"""The earmark matrix as a page: which source may pay for which use, by what rule, and which funds lean on a cell."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Count
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chunyu.accounts.roles import READ_MONEY_ROLES
from chunyu.ledger.earmarks.matrix import ANSWERS, cell, rules
from chunyu.ledger.earmarks.uses import Use
from chunyu.ledger.models import Earmark, Fund
from chunyu.ledger.pages.funds import rows_of
from chunyu.ui.pages import StaffPage

TONES = {"yes": "rain", "on_file": "rain", "by_rule": "amber", "by_wish": "sky", "claim": "sky", "no": "plain"}


class Matrix(StaffPage):
    roles = READ_MONEY_ROLES
    title = gettext_lazy("What each source may pay for")
    template_name = "ledger/matrix.html"

    def crumbs(self):
        return [(_("Funds"), reverse("ledger:funds"))]

    def day(self) -> date:
        try:
            return parse_date(self.request.GET.get("day", "")) or self.acting.day
        except ValueError:
            return self.acting.day

    def context(self, **more: Any) -> dict[str, Any]:
        day = self.day()
        leaning = {
            (row["fund__source"], row["use"]): row["funds"]
            for row in Earmark.objects.filter(fund__in=Fund.objects.within(self.acting.path))
            .order_by()
            .values("fund__source", "use")
            .annotate(funds=Count("fund", distinct=True))
        }
        named = {}
        rows = []
        for use in Use:
            cells = []
            for source in Fund.Source:
                found = cell(source, use, day)
                answer = found.answer if found else "no"
                if found:
                    named[found.rule.code] = found.rule
                count = leaning.get((source, use), 0)
                href = rows_of("ledger:funds", source=source, use=use) if count else ""
                cells.append({
                    "source": source.label, "answer": ANSWERS[answer], "tone": TONES[answer], "count": count,
                    "href": href, "rule": found.rule if found else None,
                })  # fmt: skip
            rows.append((use.label, cells))
        return super().context(
            day=day,
            sources=[source.label for source in Fund.Source],
            rows=rows,
            rules=[rule for code, rule in rules().items() if code in named],
            **more,
        )
