"""A union's own page: what it is, what it is under, what is under it, and what it was called and where it stood.

Other parts of the room add to it: a panel is a template and a function that gives its context.

    PANELS = (*PANELS, Panel("organising/archive_panel.html", archive_panel))
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import pgettext

from chunyu.accounts.acting import Acting
from chunyu.accounts.roles import READ_ORGANISING_ROLES
from chunyu.federation.models import Organisation
from chunyu.organising.archives import queries as archives
from chunyu.organising.archives.kinds import Leaf
from chunyu.organising.full_time.panel import posts_panel
from chunyu.organising.grants.panel import grants_panel
from chunyu.organising.grid.panel import grid_panel
from chunyu.organising.shells.signals import read_union
from chunyu.organising.standing import TONES, Standing, standing_of
from chunyu.organising.structure.pages import structure_panel
from chunyu.organising.tree.pages import READERS
from chunyu.registry.employers.tables import WITH_MEMBERS
from chunyu.registry.membership.queries import members_under
from chunyu.ui.pages import Action, Crumb, DetailPage

CHILDREN_SHOWN = 30


@dataclass(frozen=True)
class Panel:
    """A part of the page. `give` returns the template's context, or None when there is nothing to show."""

    template: str
    give: Callable[[Organisation, Acting], dict[str, Any] | None]


def _lineage(union: Organisation, acting: Acting) -> dict[str, Any]:
    ties = list(union.industry_ties.select_related("industry_parent").order_by("-valid_from"))
    return {
        "path": path_to_root(union),
        "tie": next((tie for tie in ties if tie.valid_to is None or tie.valid_to > acting.day), None),
        "ties": ties,
    }


def _below(union: Organisation, acting: Acting) -> dict[str, Any]:
    children = union.children.as_of(acting.day).order_by("path")
    members = union.industry_members.as_of(acting.day).select_related("organisation").order_by("organisation__path")
    kinds = union.children.as_of(acting.day).values_list("kind").annotate(count=Count("pk")).order_by("kind")
    return {
        "children": list(children[:CHILDREN_SHOWN]),
        "industry_members": [
            (tie.organisation.name, tie.organisation_id if acting.sees(tie.organisation.path) else None)
            for tie in members[:CHILDREN_SHOWN]
        ],
        "kinds": [(Organisation.Kind(kind).label, count) for kind, count in kinds],
        "all": f"{reverse('organising:tree-list')}?root={union.pk}",
    }


def _history(union: Organisation, acting: Acting) -> dict[str, Any]:
    return {"places": list(union.placements.select_related("parent", "region").order_by("-valid_from"))}


def _archive(union: Organisation, acting: Acting) -> dict[str, Any] | None:
    """Chair, term and what the archive lacks, for who reads archives."""
    if acting.role not in READ_ORGANISING_ROLES:
        return None
    row = archives.with_term(Organisation.objects.filter(pk=union.pk), acting.day).get()
    labels = dict(Leaf.choices)
    return {
        "chair": row.chair,
        "ends": row.term_ends,
        "words": archives.term_words(row, acting.day),
        "tone": archives.term_tone(row, acting.day),
        "lacking": [labels[kind] for kind in archives.missing([union], acting.day)[union.pk]],
        "href": reverse("organising:archive", args=[union.pk]),
    }


def _at_work(union: Organisation, acting: Acting) -> dict[str, Any] | None:
    """Whether the records show that it works, for who reads them; nothing for levels above and for one that ended."""
    ended = union.dissolved_on is not None and union.dissolved_on <= acting.day
    if acting.role not in READ_ORGANISING_ROLES or union.kind not in WITH_MEMBERS or ended:
        return None
    reading = read_union(union, acting.day)
    return {
        "reading": reading,
        "signals": [(each.label, each.evidence(reading.pack)) for each in reading.signals],
        "href": reverse("organising:shell", args=[union.pk]),
    }


PANELS: tuple[Panel, ...] = (
    Panel("organising/union_at_work.html", _at_work),
    Panel("organising/union_archive.html", _archive),
    Panel("organising/union_lineage.html", _lineage),
    Panel("organising/union_below.html", _below),
    Panel("organising/union_grid.html", grid_panel),
    Panel("organising/union_posts.html", posts_panel),
    Panel("organising/union_grants.html", grants_panel),
    Panel("organising/union_history.html", _history),
    Panel("organising/union_structure.html", structure_panel),
)


def path_to_root(union: Organisation) -> list[Organisation]:
    """All above it, from the top, and itself."""
    keys = [int(number) for number in union.path.split(".") if number]
    return list(Organisation.objects.filter(pk__in=keys).order_by("path"))


class UnionPage(DetailPage):
    roles = READERS
    model = Organisation
    template_name = "organising/union.html"

    def crumbs(self) -> list[Crumb]:
        return [(_now("Family tree"), reverse("organising:tree"))]

    def actions(self) -> list[Action]:
        here = f"{reverse('organising:tree')}?root={self.object.pk}"
        return [Action(_now("Show in the tree"), here, style="primary")]

    def context(self, **more: Any) -> dict[str, Any]:
        union = self.object
        standing = Standing(standing_of([union.pk], self.acting.day)[0])
        below = Organisation.objects.within(union.path).as_of(self.acting.day).exclude(pk=union.pk)
        counted = below.aggregate(all=Count("pk"), direct=Count("pk", filter=Q(parent=union)))
        panels = [(each.template, each.give(union, self.acting)) for each in PANELS]
        return super().context(
            union=union,
            standing=standing.label,
            tone=TONES[standing],
            figures=[
                (_now("Organisations below"), counted["all"]),
                (pgettext("organisations", "Directly below"), counted["direct"]),
                (_now("Members, with all below"), members_under(union.path)),
            ],
            panels=[(template, given) for template, given in panels if given is not None],
            **more,
        )
