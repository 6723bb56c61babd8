"""The rulebook in force, readable: categories and programmes in sentences, parameters with value, source and period."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from chunyu.accounts.roles import EVERY_ROLE, FIGURE_ROLES
from chunyu.hardship.rulebooks import pack_on, regions_of
from chunyu.hardship.wording import language
from chunyu.policy import Pack
from chunyu.ui.pages import Action, StaffPage


class Rulebook(StaffPage):
    """What is in force today where the post is: nothing here can be changed."""

    roles = EVERY_ROLE
    title = _("Rulebook")
    template_name = "hardship/rulebook.html"

    def actions(self) -> list[Action]:
        if self.acting.role not in FIGURE_ROLES:
            return []
        return [Action(_now("Rounds of allocation"), reverse("hardship:rounds"))]

    def context(self, **more: Any) -> dict[str, Any]:
        regions = tuple(regions_of(self.acting.organisation))
        pack = pack_on(self.acting.day, regions)
        return super().context(
            pack_title=pack.title(language()),
            pack_source=pack.source,
            version=pack.version,
            valid_from=pack.valid_from,
            day=self.acting.day,
            rules=rules(pack, self.acting.day),
            parameters=parameters(pack, regions, self.acting.day),
            programmes=programmes(pack),
            **more,
        )


def rules(pack: Pack, day: date) -> list[dict[str, str]]:
    rows = []
    for (entity, name), rule in pack.rules.items():
        version = rule.version(day)
        if version is not None:
            rows.append({"name": name, "entity": entity, "label": rule.label(language()), "text": version.text.strip(),
                         "source": version.source})  # fmt: skip
    return rows


def parameters(pack: Pack, regions: tuple[str, ...], day: date) -> list[dict[str, Any]]:
    rows = []
    for name, parameter in pack.parameters.items():
        setting = parameter.setting(regions, day)
        rows.append(
            {
                "name": name,
                "label": parameter.label(language()),
                "value": setting.text if setting else "",
                "source": setting.source if setting else "",
                "region": setting.region if setting else "",
                "valid_from": setting.valid_from if setting else None,
            }
        )
    return rows


def programmes(pack: Pack) -> list[dict[str, Any]]:
    return [
        {
            "label": each.label(language()),
            "for_whom": each.for_whom(language()),
            "conditions": [pack.rules["household", name].label(language()) for name in each.conditions],
            "gives": each.gives(language())
            if each.gives
            else pack.rules["household", each.amount or ""].label(language()),
            "documents": [document.label(language()) for document in each.documents],
            "source": each.source,
        }
        for each in pack.programmes.values()
    ]
