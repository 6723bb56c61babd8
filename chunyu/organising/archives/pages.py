"""Archives: whose are complete, one archive as of any day, its leaves, and the terms that end."""

from __future__ import annotations

from datetime import date
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.below import organisations_below
from chunyu.accounts.roles import ORGANISING_ROLES, READ_ORGANISING_ROLES
from chunyu.federation.models import Organisation
from chunyu.organising.archives import actions, queries
from chunyu.organising.archives.forms import LeafForm
from chunyu.organising.archives.kinds import SHEETS, Leaf
from chunyu.organising.archives.tables import ArchiveDocument, ArchivePage
from chunyu.organising.days import asked_day
from chunyu.ui.lists import Column, Empty, ListPage
from chunyu.ui.pages import Action, Crumb, DetailPage, FormPage, StaffPage


class ArchiveFilter(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=Organisation.Kind.choices, empty_label=_("every kind"))
    lacks = django_filters.ChoiceFilter(
        label=_("Lacks"), choices=Leaf.choices, empty_label=_("anything or nothing"), method="by_lack"
    )
    term = django_filters.ChoiceFilter(
        label=_("Term of office"),
        choices=[("soon", _("ends within 90 days")), ("over", _("is over")), ("none", _("not on file"))],
        empty_label=_("any"),
        method="by_term",
    )
    under = django_filters.ChoiceFilter(
        method="by_organisation", label=_("Organisation"), choices=(), empty_label=_("every organisation")
    )

    class Meta:
        model = Organisation
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, request=request, **kwargs)
        self.filters["under"].extra["choices"] = organisations_below(request.acting)

    def by_lack(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        there = ArchivePage.objects.filter(kind=value, valid_from__lte=self.request.acting.day)
        wanting = [kind for kind, leaves in queries.WANTED.items() if value in leaves]
        return rows.filter(kind__in=wanting).exclude(pk__in=there.values("organisation"))

    def by_term(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        acting = self.request.acting
        if value == "none":
            return rows.filter(term_ends__isnull=True)
        return rows.filter(pk__in=queries.elections(acting, -1 if value == "over" else 90).values("pk"))

    def by_organisation(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.within(value)


class Archives(ListPage):
    """Every organisation with its chair, its term and what its archive lacks."""

    roles = READ_ORGANISING_ROLES
    title = _("Archives")
    model = Organisation
    columns = (
        Column("name", _("Organisation"), link="organising:archive", note="get_kind_display", sort="name"),
        Column("chair", _("Chair")),
        Column("term_ends", _("Term ends"), kind="date"),
        Column(
            "notice", _("Term of office"), kind="tag", value=lambda row: queries.term_words(row, row.asked_on),
            tone=lambda row: queries.term_tone(row, row.asked_on),
        ),
        Column("lacks", _("Archive lacks"), value=lambda row: _now(", ").join(row.lacking) or _now("nothing")),
    )  # fmt: skip
    search = ("name",)
    filter_class = ArchiveFilter
    sort = "path"
    export_name = "archives"
    empty = Empty(_("No organisation here"))

    def rows(self) -> QuerySet[Organisation]:
        standing = Organisation.objects.within(self.acting.path).as_of(self.acting.day)
        return queries.with_term(standing, self.acting.day)

    @cached_property
    def sheet(self) -> Any:
        """What each lacks is read for the rows that are shown, in one query."""
        sheet = super().sheet
        shown = list(sheet.object_list)
        labels = dict(Leaf.choices)
        lacking = queries.missing(shown, self.acting.day)
        for row in shown:
            row.lacking, row.asked_on = [str(labels[kind]) for kind in lacking[row.pk]], self.acting.day
        sheet.object_list = shown
        return sheet

    def actions(self) -> list[Action]:
        return [Action(_now("Elections due"), f"{reverse('organising:archives')}?term=soon")]


class OneArchive(DetailPage):
    model = Organisation

    def crumbs(self) -> list[Crumb]:
        crumbs: list[Crumb] = [(_now("Archives"), reverse("organising:archives"))]
        if type(self) is not Archive:
            crumbs.append((self.object.name, reverse("organising:archive", args=[self.object.pk])))
        return crumbs

    def day(self, name: str) -> date:
        """A day in the address, not after today."""
        return asked_day(self.request, self.acting.day, name)


class Archive(OneArchive):
    """One archive: as of a day, and as it was known on a day. The print view is the whole of it as one document."""

    roles = READ_ORGANISING_ROLES
    template_name = "organising/archive.html"

    def context(self, **more: Any) -> dict[str, Any]:
        day, known = self.day("on"), self.day("known")
        sections = queries.archive(self.object, day, max(known, day) if "known" not in self.request.GET else known)
        writes = self.acting.role in ORGANISING_ROLES
        verifies = self.acting.role in actions.VERIFYING_ROLES
        return super().context(
            organisation=self.object,
            day=day,
            sections=sections,
            empty=[each for each in sections if not each.now and not each.wanted],
            lacking=[each.label for each in sections if each.wanted and not each.now],
            writes=writes,
            verifies=verifies,
            user=self.acting.user_id,
            **more,
        )


class AddLeaf(OneArchive, FormPage):
    roles = ORGANISING_ROLES
    form_class = LeafForm

    @property
    def kind(self) -> str:
        kind: str = self.kwargs["kind"]
        if kind not in SHEETS:
            raise Http404
        return kind

    def heading(self) -> str:
        return _now("New leaf: %(kind)s") % {"kind": Leaf(self.kind).label}

    def form_arguments(self) -> dict[str, Any]:
        return {"acting": self.acting, "kind": self.kind}

    def cancel_url(self) -> str:
        return reverse("organising:archive", args=[self.object.pk])

    def submit(self, form: LeafForm) -> str:
        actions.add_page(
            self.acting,
            self.object,
            self.kind,
            valid_from=form.cleaned_data["valid_from"],
            scans=form.scans(),
            **form.says(),
        )
        self.say(_now("The leaf is in the archive; another person verifies it."))
        return self.cancel_url()


class OneLeaf(DetailPage):
    model = ArchivePage

    def rows(self) -> QuerySet[ArchivePage]:
        return ArchivePage.objects.within(self.acting.path).select_related("organisation")

    def cancel_url(self) -> str:
        return reverse("organising:archive", args=[self.object.organisation_id])


class CorrectLeaf(OneLeaf, FormPage):
    roles = ORGANISING_ROLES
    form_class = LeafForm
    title = _("Put a right leaf in its place")
    introduction = _("The leaf stays as what was on file before.")

    def crumbs(self) -> list[Crumb]:
        return [(_now("Archives"), reverse("organising:archives")), (self.object.organisation.name, self.cancel_url())]

    def form_arguments(self) -> dict[str, Any]:
        return {"acting": self.acting, "kind": self.object.kind, "page": self.object}

    def submit(self, form: LeafForm) -> str:
        given = form.cleaned_data
        actions.correct_page(
            self.acting,
            self.object,
            reason=given["reason"],
            valid_from=given["valid_from"],
            scans=form.scans(),
            **form.says(),
        )
        self.say(_now("The right leaf is in the archive."))
        return self.cancel_url()


class VerifyLeaf(OneLeaf):
    roles = actions.VERIFYING_ROLES
    title = pgettext_lazy("leaf", "Verify")

    def way_back(self) -> str:
        return self.cancel_url()

    def act(self) -> str:
        actions.verify_page(self.acting, self.object)
        self.say(_now("Verified."))
        return self.cancel_url()


class Scan(StaffPage):
    """A scan, as a download only. Opening it is put on record, so it takes a POST."""

    roles = READ_ORGANISING_ROLES

    def act(self) -> HttpResponse:
        rows = ArchiveDocument.objects.select_related("page").filter(
            page__in=ArchivePage.objects.within(self.acting.path)
        )
        document = self.find(rows, pk=self.kwargs["pk"])
        content = actions.open_scan(self.acting, document)
        return HttpResponse(
            content,
            content_type=document.content_type,
            headers={"Content-Disposition": f'attachment; filename="{document.digest[:12]}"'},
        )
