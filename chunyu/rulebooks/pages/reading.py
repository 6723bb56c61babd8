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

EVERYTHING, PARAMETERS = "all", "parameters"
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

    @property
    def asked_day(self) -> str:
        """The day as the address has it, to be kept in links; empty for today."""
        return "" if self.day == self.acting.day else self.day.isoformat()

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


def reading(pack: Pack, regions: tuple[str, ...], day: date, asked: str, on: str = "") -> dict[str, Any]:
    """What the page of sentences shows: one chapter, the parameters, or everything, as for printing."""
    language = tongue()
    found: list[Group] = groups(pack, regions, day, language)
    titles = {group.code: group.title for group in found} | {PARAMETERS: _("Parameters"), EVERYTHING: _("everything")}
    chapter = asked if asked in titles else found[0].code
    whole = chapter == EVERYTHING
    kept = f"&on={on}" if on else ""
    chapter_of = {sentence.anchor: group.code for group in found for sentence in group.sentences}

    def link(place: str, code: str) -> str:
        """Where something stands: on this page when it is shown here."""
        return f"#{place}" if whole or code == chapter else f"?chapter={code}{kept}#{place}"

    def rule_link(name: str) -> tuple[str, str]:
        place = anchor(("household", name))
        return link(place, chapter_of.get(place, EVERYTHING)), pack.rules["household", name].label(language)

    parameters = []
    if whole or chapter == PARAMETERS:
        names = names_of(setting.region for parameter in pack.parameters.values() for setting in parameter.settings)
        parameters = [_placed(value, names) for value in values_of(pack, regions, day, language)]
    return {
        "chapters": [(f"?chapter={code}{kept}", title, code == chapter) for code, title in titles.items()],
        "groups": [group for group in found if whole or group.code == chapter],
        "parameters": parameters,
        "parameter_link": link("parameter-", PARAMETERS),
        "programmes": {
            f"programme-{code}": {
                "conditions": [rule_link(name) for name in p.conditions],
                "amount": rule_link(p.amount) if p.amount else ("", p.gives(language) if p.gives else ""),
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
        return super().context(
            **reading(self.pack, regions, self.day, self.request.GET.get("chapter", ""), self.asked_day), **more
        )


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
            return super().context(groups=[], chapters=[], parameters=[], programmes={}, day=self.acting.day, **more)
        regions = tuple(regions_of(self.acting.organisation))
        day = max(self.acting.day, self.object.in_force_from or self.acting.day, self.pack.valid_from)
        return super().context(**reading(self.pack, regions, day, self.request.GET.get("chapter", "")), day=day, **more)


class VersionPicture(VersionPage):
    roles = EVERY_ROLE
    template_name = "rulebooks/version_picture.html"
    tab = "version-picture"

    def context(self, **more: Any) -> dict[str, Any]:
        if self.pack is None:
            return super().context(picture="", **more)
        focus = self.request.GET.get("focus", "")
        return super().context(**pictured(self.pack, focus, "version-picture", [self.object.pk]), **more)
