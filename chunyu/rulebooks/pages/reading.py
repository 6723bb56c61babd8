"""Reading a rulebook: as sentences, and as the picture of what depends on what."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from chunyu.accounts.roles import EFFECT_ROLES, EVERY_ROLE, POLICY_ROLES
from chunyu.policy import Pack
from chunyu.rulebooks.in_force import regions_of, rulebook_of, timetable
from chunyu.rulebooks.pages.frame import VersionPage
from chunyu.rulebooks.picture import Part, around, layers, parts_of, svg
from chunyu.rulebooks.places import names_of
from chunyu.rulebooks.sentences import Group, Value, anchor, groups, values_of
from chunyu.rulebooks.words import tongue
from chunyu.ui.pages import Action, StaffPage

EVERYTHING = "all"
KIND_WORDS = {
    "fact": gettext_lazy("fact"),
    "parameter": gettext_lazy("parameter"),
    "rule": gettext_lazy("rule"),
    "programme": pgettext_lazy("rulebook", "programme"),
}


class InForcePage(StaffPage):
    """What is in force where the post is, on a day."""

    roles = EVERY_ROLE
    tab = ""

    @cached_property
    def day(self) -> date:
        try:
            return date.fromisoformat(self.request.GET.get("on", ""))
        except ValueError:
            return self.acting.day

    @cached_property
    def pack(self) -> Pack:
        return rulebook_of(self.acting.organisation, self.day)

    def heading(self) -> str:
        return self.pack.title(tongue())

    def actions(self) -> list[Action]:
        found = [Action(_("All versions"), reverse("rulebooks:versions"))]
        if self.acting.role in POLICY_ROLES:
            begin = reverse("rulebooks:begin")
            found.insert(
                0,
                Action(_("Draft a change"), begin, style="primary", method="post", hidden={"digest": self.pack.digest}),
            )
        return found

    def tabs(self) -> list[dict[str, Any]]:
        named = [
            ("in-force", _("Sentences"), True),
            ("in-force-picture", _("Picture"), True),
            ("effect", _("Effect"), self.acting.role in EFFECT_ROLES),
        ]
        return [
            {"label": label, "url": reverse(f"rulebooks:{name}"), "current": name == self.tab, "count": None}
            for name, label, shown in named
            if shown
        ]

    def context(self, **more: Any) -> dict[str, Any]:
        pack = self.pack
        return super().context(
            tabs=self.tabs(),
            pack_source=pack.source,
            version_words=pack.version,
            since=next((start.day for start in timetable() if start.digest == pack.digest), pack.valid_from),
            day=self.day,
            may_write=False,
            version=None,
            **more,
        )


def reading(pack: Pack, regions: tuple[str, ...], day: date) -> dict[str, Any]:
    """What the page of sentences shows."""
    language = tongue()
    names = names_of(setting.region for parameter in pack.parameters.values() for setting in parameter.settings)
    found: list[Group] = groups(pack, regions, day, language)
    return {
        "groups": found,
        "parameters": [_placed(value, names) for value in values_of(pack, regions, day, language)],
        "programmes": {
            f"programme-{code}": {
                "conditions": [
                    (anchor(("household", n)), pack.rules["household", n].label(language)) for n in p.conditions
                ],
                "amount": (anchor(("household", p.amount)), pack.rules["household", p.amount].label(language))
                if p.amount
                else ("", p.gives(language) if p.gives else ""),
                "documents": [document.label(language) for document in p.documents],
                "source": p.source,
            }
            for code, p in pack.programmes.items()
        },
    }


def _placed(value: Value, names: dict[str, str]) -> dict[str, Any]:
    """A value with its places by name."""
    return {
        "value": value,
        "place": names.get(value.region, value.region),
        "elsewhere": [(names.get(region, region), text) for region, text in value.elsewhere],
    }


def pictured(pack: Pack, focus: str, page: str, arguments: list[Any]) -> dict[str, Any]:
    """What the page of the picture shows. The focus is the category unless another part, or everything, is asked."""
    parts = parts_of(pack, tongue())
    if focus != EVERYTHING and focus not in parts:
        focus = anchor(("household", pack.roles.category))
    here = reverse(f"rulebooks:{page}", args=arguments)
    kept = set(parts) if focus == EVERYTHING else around(parts, focus)
    shown = {code: part for code, part in parts.items() if code in kept}
    label = _("Picture: what depends on what")
    return {
        "picture": svg(shown, focus, lambda code: f"{here}?focus={code}#picture", label),
        "focus": parts.get(focus),
        "everything": f"{here}?focus={EVERYTHING}",
        "columns": [[_row(shown, parts[code], here) for code in column] for column in layers(shown)],
        "choices": sorted(
            ((code, f"{KIND_WORDS[part.kind]} · {part.label}") for code, part in parts.items()), key=lambda c: c[1]
        ),
        "chosen": focus,
        "here": here,
    }


def _row(shown: dict[str, Part], part: Part, here: str) -> dict[str, Any]:
    return {
        "label": part.label,
        "kind": KIND_WORDS[part.kind],
        "url": f"{here}?focus={part.code}#picture",
        "below": [shown[code].label for code in part.below if code in shown],
    }


class InForce(InForcePage):
    template_name = "rulebooks/in_force.html"
    tab = "in-force"

    def context(self, **more: Any) -> dict[str, Any]:
        regions = tuple(regions_of(self.acting.organisation))
        return super().context(**reading(self.pack, regions, self.day), **more)


class InForcePicture(InForcePage):
    template_name = "rulebooks/in_force_picture.html"
    tab = "in-force-picture"

    def context(self, **more: Any) -> dict[str, Any]:
        return super().context(**pictured(self.pack, self.request.GET.get("focus", ""), "in-force-picture", []), **more)


class VersionRead(VersionPage):
    roles = EVERY_ROLE
    template_name = "rulebooks/version_read.html"
    tab = "version-read"

    def context(self, **more: Any) -> dict[str, Any]:
        if self.pack is None:
            return super().context(groups=[], parameters=[], programmes={}, day=self.acting.day, **more)
        regions = tuple(regions_of(self.acting.organisation))
        day = max(self.acting.day, self.object.in_force_from or self.acting.day, self.pack.valid_from)
        return super().context(**reading(self.pack, regions, day), day=day, **more)


class VersionPicture(VersionPage):
    roles = EVERY_ROLE
    template_name = "rulebooks/version_picture.html"
    tab = "version-picture"

    def context(self, **more: Any) -> dict[str, Any]:
        if self.pack is None:
            return super().context(picture="", **more)
        focus = self.request.GET.get("focus", "")
        return super().context(**pictured(self.pack, focus, "version-picture", [self.object.pk]), **more)
