"""The family tree on screen: the picture, its data, its twin as a list, and the picture for paper."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.roles import FIGURE_ROLES, READ_ORGANISING_ROLES, Role
from chunyu.federation.models import Organisation, Placement
from chunyu.federation.queries import placed_under
from chunyu.organising.tree import drawing
from chunyu.organising.tree.queries import KINDS, STANDINGS, family_tree, written
from chunyu.ui.columns import Column
from chunyu.ui.lists import Empty, ListPage
from chunyu.ui.pages import Action, Crumb, StaffPage

READERS = READ_ORGANISING_ROLES | FIGURE_ROLES | {Role.SYSTEM_KEEPER}
# A sheet beyond this is no longer read by anybody, and takes minutes to set.
MOST_ON_PAPER = 5_000


class OfATree(StaffPage):
    """A page about the tree of one union (`root`, else the post's own) on one day (`on`, else today)."""

    roles = READERS

    @cached_property
    def root(self) -> Organisation:
        asked = self.request.GET.get("root", "")
        if not asked:
            return self.acting.organisation
        if not asked.isdecimal() or len(asked) > 9:
            raise Http404
        return self.find(Organisation, pk=int(asked))

    @cached_property
    def day(self) -> date:
        try:
            asked = date.fromisoformat(self.request.GET.get("on", ""))
        except ValueError:
            return self.acting.day
        return min(asked, self.acting.day)

    def asked(self, **more: Any) -> str:
        return urlencode({"root": self.root.pk, "on": self.day.isoformat(), **more})

    def way(self, name: str, **more: Any) -> str:
        return f"{reverse(name)}?{self.asked(**more)}"


class TreePage(OfATree):
    title = _("Family tree")
    template_name = "organising/tree.html"

    def actions(self) -> list[Action]:
        return [
            Action(_now("As a list"), self.way("organising:tree-list")),
            Action(_now("Picture (SVG)"), self.way("organising:tree-svg")),
            Action(_now("Regions"), reverse("organising:regions")),
        ]

    def context(self, **more: Any) -> dict[str, Any]:
        return super().context(
            root=self.root,
            day=self.day,
            data_url=self.way("organising:tree-data"),
            pdf_url=reverse("organising:tree-pdf"),
            union_url=reverse("organising:union", args=[0]),
            list_url=self.way("organising:tree-list"),
            papers=[*(each.upper() for each in drawing.PAPERS), "fit"],
            kinds=[str(each.label) for each in KINDS],
            standings=[(each.value, str(each.label)) for each in STANDINGS],
            **more,
        )


class TreeData(OfATree):
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        pieces = written(family_tree(self.root, self.day, self.acting.day))
        return StreamingHttpResponse(pieces, content_type="application/json")


class OnPaper(OfATree):
    """A drawing of the tree; refused in words where no sheet could hold it."""

    back = "organising:tree"

    def drawn(self) -> Any:
        tree = family_tree(self.root, self.day, self.acting.day)
        if not len(tree):
            raise Http404
        return tree

    def too_large(self, count: int) -> HttpResponse:
        sentence = _now(
            "%(count)s organisations do not fit on one sheet (at most %(most)s do): choose a smaller part of the tree."
        ) % {"count": count, "most": MOST_ON_PAPER}
        return HttpResponse(sentence, status=422, content_type="text/plain; charset=utf-8")


class TreeSvg(OnPaper):
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        picture = drawing.svg(self.drawn(), self.day)
        name = f"tree-{self.root.pk}-{self.day:%Y%m%d}.svg"
        return HttpResponse(
            picture, content_type="image/svg+xml", headers={"Content-Disposition": f'attachment; filename="{name}"'}
        )


class TreePdf(OnPaper):
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        tree = self.drawn()
        if len(tree) > MOST_ON_PAPER:
            return self.too_large(len(tree))
        name = f"tree-{self.root.pk}-{self.day:%Y%m%d}.pdf"
        return HttpResponse(
            drawing.pdf(tree, self.day, request.GET.get("paper", "a3").lower()),
            content_type="application/pdf",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )


class TreeList(OfATree, ListPage):
    title = _("Family tree as a list")
    model = Placement
    columns = (
        Column("name", _("Name"), link=lambda row: reverse("organising:union", args=[row.organisation_id])),
        Column("organisation__kind", pgettext_lazy("organisation", "Kind")),
        Column("parent__name", pgettext_lazy("organisation", "Under")),
        Column("organisation__founded_on", _("Founded on"), kind="date"),
        Column("organisation__dissolved_on", _("Dissolved on"), kind="date"),
    )
    search = ("name",)
    search_hint = _("Name of a union")
    filters = ("organisation__kind",)
    sort = "path"
    export_name = "unions"
    empty = Empty(_("No union stood here on this day"), _("Choose a later day, or another union."))

    def rows(self) -> QuerySet[Placement]:
        return placed_under(self.root, self.day).select_related("organisation", "parent")

    @property
    def as_of(self) -> str:
        return _now("as of %(day)s") % {"day": self.day.isoformat()}

    def crumbs(self) -> list[Crumb]:
        return [(str(TreePage.title), self.way("organising:tree"))]
