"""What the pages about one version share: finding it, its tabs, its state."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from chunyu.accounts.roles import EFFECT_ROLES, POLICY_ROLES
from chunyu.policy import Pack
from chunyu.rulebooks.actions import State
from chunyu.rulebooks.drafts import Checked, checked
from chunyu.rulebooks.models import RulebookVersion
from chunyu.rulebooks.words import tongue
from chunyu.ui.pages import Crumb, DetailPage

TONES = {
    State.SHIPPED: "plain",
    State.DRAFT: "amber",
    State.SUBMITTED: "sky",
    State.APPROVED: "rain",
    State.WITHDRAWN: "plain",
}


class VersionPage(DetailPage):
    """A page about one version that the post may see."""

    model = RulebookVersion
    tab = ""

    def rows(self) -> QuerySet[RulebookVersion]:
        return RulebookVersion.objects.visible_to(self.acting).select_related(
            "base", "author__user", "submitted_by__user", "approved_by__user", "withdrawn_by__user", "organisation"
        )

    @cached_property
    def checked(self) -> Checked:
        return checked(self.object)

    @property
    def pack(self) -> Pack | None:
        return self.checked.pack

    @property
    def may_write(self) -> bool:
        """Whether this person can change this version now."""
        return self.object.state == State.DRAFT and self.acting.role in POLICY_ROLES and self.owned

    @property
    def owned(self) -> bool:
        return self.object.organisation is not None and self.acting.sees(self.object.organisation.path)

    def heading(self) -> str:
        return str(self.title or version_name(self.object))

    def crumbs(self) -> list[Crumb]:
        way: list[Crumb] = [
            (pgettext("menu", "Policy"), reverse("rulebooks:in-force")),
            (_("Versions"), reverse("rulebooks:versions")),
        ]
        if self.title:
            way.append((version_name(self.object), reverse("rulebooks:version", args=[self.object.pk])))
        return way

    def tabs(self) -> list[dict[str, Any]]:
        named = [
            ("version", _("Overview"), True),
            ("version-read", _("Sentences"), True),
            ("version-picture", _("Picture"), True),
            ("texts", _("Texts"), True),
            ("tests", _("Tests"), True),
            ("version-effect", _("Effect"), self.acting.role in EFFECT_ROLES),
        ]
        return [
            {
                "label": label,
                "url": reverse(f"rulebooks:{name}", args=[self.object.pk]),
                "current": name == self.tab,
                "count": None,
            }
            for name, label, shown in named
            if shown
        ]

    def context(self, **more: Any) -> dict[str, Any]:
        version = self.object
        return super().context(
            version=version,
            tabs=self.tabs() if self.tab else [],
            tone=TONES[State(version.state)],
            state_word=version.get_state_display(),
            may_write=self.may_write,
            faulty=not self.checked.works,
            rulebook=self.pack.title(tongue()) if self.pack else "",
            **more,
        )


def version_name(version: RulebookVersion) -> str:
    """How people call it: the rulebook and the number of the version."""
    return _("%(pack)s, version %(number)d") % {"pack": version.pack, "number": version.number}
