"""A frozen decision on a page that prints, and the file itself."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from urllib.parse import quote

from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from chunyu.accounts.roles import READ_CASE_ROLES
from chunyu.casework.models import Case
from chunyu.casework.shown import ACTS
from chunyu.hardship.decision_file.freezing import hand_out, read_frozen
from chunyu.hardship.decision_file.tables import DecisionFile
from chunyu.hardship.wording import language
from chunyu.policy.kinds import FEN, MILLIONTHS, Kind, Type, Value
from chunyu.policy.nodes import Entity
from chunyu.policy.pack import Fact, Pack
from chunyu.policy.wording import with_unit
from chunyu.registry.models import Fact as Statement
from chunyu.rulebooks.in_force import pack_by_digest
from chunyu.ui.pages import Action, Crumb, DetailPage

Source = Statement.Source


class OneFile(DetailPage):
    model = DecisionFile
    roles = READ_CASE_ROLES

    def rows(self) -> QuerySet[DecisionFile]:
        rows = DecisionFile.objects.within(self.acting.path)
        return rows.select_related("decision__case__organisation", "decision__by__user")


class DecisionFilePage(OneFile):
    template_name = "hardship/decision_file.html"

    def heading(self) -> str:
        return _("Decision file")

    def crumbs(self) -> list[Crumb]:
        case = self.object.decision.case
        return [(_("Cases"), reverse("casework:cases")), (case.number, case.get_absolute_url())]

    def actions(self) -> list[Action]:
        url = reverse("hardship:decision-file-download", args=[self.object.pk])
        sheet = reverse("hardship:print-approval", args=[self.object.decision.case.number])
        return [
            Action(_("Print the approval sheet"), sheet, method="post", new_tab=True),
            Action(_("Download the file"), url, method="post", style="primary"),
        ]

    def context(self, **more: Any) -> dict[str, Any]:
        document = read_frozen(self.object)
        pack = pack_by_digest(document["rulebook"]["digest"])
        case = document["case"]
        groups = [(_("Household"), _rows(pack, "household", case[pack.subject]))]
        for place, member in enumerate(case.get("members", []), 1):
            facts = {name: said for name, said in member.items() if name != "name"}
            groups.append((member.get("name") or str(place), _rows(pack, "member", facts)))
        outcome = document["outcome"]
        return super().context(
            file=self.object,
            document=document,
            category=pack.category_label(outcome["category"], language()) if outcome["category"] else "",
            verdict=self.object.decision.get_verdict_display(),
            groups=groups,
            acts=[each | {"label": act_label(self.object.decision.case, each["act"])} for each in document["acts"]],
            **more,
        )


def act_label(case: Case, act: str) -> str:
    """An act of the timeline in words: a move of the process, or what was done beside it."""
    return ACTS[act]() if act in ACTS else str(case.table.move(act).label)


def _rows(pack: Pack, entity: Entity, facts: dict[str, Any]) -> list[dict[str, Any]]:
    """Each statement of each fact, in the rulebook's words."""
    return [
        _row(pack.facts[entity, name], each)
        for name, said in facts.items()
        for each in (said if isinstance(said, list) else [said])
    ]


def _row(fact: Fact, stated: dict[str, Any]) -> dict[str, Any]:
    return {
        "label": fact.label(language()),
        "value": with_unit(_native(stated["value"], fact.type), fact.type, fact.values, language()),
        "source": Source(stated["source"]).label,
        "by": stated.get("by", ""),
        "on": stated.get("on", ""),
    }


def _native(written: Any, type_: Type) -> Value:
    unit = {Kind.MONEY: FEN, Kind.RATIO: MILLIONTHS}.get(type_.kind)
    return written if unit is None else int(Decimal(str(written)) * unit)


class DownloadFile(OneFile):
    """The file as an attachment. A POST, because that it left is put on record."""

    def act(self) -> HttpResponse:
        content = hand_out(self.acting, self.object)
        name = quote(f"{self.object.decision.case.number}-{self.object.digest[:12]}.zip")
        return HttpResponse(
            content,
            content_type="application/zip",
            headers={
                "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
                "Cache-Control": "no-store",
                "X-Content-Type-Options": "nosniff",
            },
        )
