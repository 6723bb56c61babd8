"""List pages: search, filters, sort, count, pages, export, as-of date, and an empty state that says what to do.

    class Households(ListPage):
        roles = READ_CASE_ROLES
        title = _("Households")
        model = HardshipFile
        columns = (
            Column("number", _("File no."), link="hardship:household"),
            Column("received_fen", _("Aid received"), kind="money"),
        )
        search = ("number", "head__name")
        filters = ("category", "stage")
        sort = "-opened_on"
        empty = Empty(_("No family on file yet"), _("Import the register, or open the first file at the counter."))

Everything that a person chooses is in the address, so a list can be sent to a colleague. It works without scripts;
with them only the rows are fetched. However many rows a page shows, it takes the same number of queries.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import django_filters
from django.core.paginator import Page as Sheet
from django.db.models import Model, Q, QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext
from django_filters.filterset import filterset_factory

from chunyu.ui.buttons import Action
from chunyu.ui.columns import Column, spoken_day
from chunyu.ui.exports import as_file
from chunyu.ui.pages import StaffPage, Words
from chunyu.ui.paging import Order, Part, Sheets
from chunyu.ui.people import people_in

__all__ = ["Action", "Column", "Empty", "ListPage"]

# Long numbers are of identity cards, bank cards and phones, or begin one: they never enter an address or a log.
PRIVATE = re.compile(r"\d{7}")
SPREADSHEET_ROWS = 1_048_575
STEP = 2_000


@dataclass(frozen=True)
class Empty:
    """What an empty list says: what is missing and what to do about it."""

    title: Words
    text: Words = ""
    action: Action | None = None


@dataclass(frozen=True)
class Heading:
    """A column's head: where a click on it leads and how the list is sorted by it now."""

    column: Column
    url: str
    order: str  # "", "ascending" or "descending"


@dataclass(frozen=True)
class Chosen:
    """One thing that narrows the list, and the address without it."""

    label: str
    url: str


class ListPage(StaffPage):
    """See the module. `rows()` is what the post may see; override it to add select_related or annotations."""

    model: ClassVar[type[Model]]
    columns: ClassVar[tuple[Column, ...]]
    search: ClassVar[tuple[str, ...]] = ()
    search_hint: Words = ""
    filters: ClassVar[tuple[str, ...] | dict[str, list[str]]] = ()
    filter_class: ClassVar[type[django_filters.FilterSet] | None] = None
    sort: ClassVar[str] = "pk"
    page_size: ClassVar[int] = 50
    empty: ClassVar[Empty] = Empty(gettext_lazy("Nothing here yet"))
    export_name: ClassVar[str] = ""
    exports: ClassVar[tuple[str, ...]] = ("xlsx", "csv")
    template_name = "ui/list_page.html"

    # -- what the list holds ------------------------------------------------------------------------------------

    def rows(self) -> QuerySet:
        return self.model.objects.within(self.acting.path)

    def searched(self, rows: QuerySet, text: str) -> QuerySet:
        """Rows in which every word of the search occurs in one of the `search` fields."""
        for word in text.split():
            rows = rows.filter(Q(*((f"{field}__icontains", word) for field in self.search), _connector=Q.OR))
        return rows

    def parts(self, rows: QuerySet, text: str) -> Sequence[Part]:
        """What `searched` leaves, in parts that together are the same: for a search in which the database would
        otherwise have to read everything to find the first page."""
        return [Part(self.searched(rows, text))]

    def ranges(self, rows: QuerySet) -> Sequence[Part]:
        """The rows of a list without a search, in parts that share none and of which each lies in the order of the list
        in an index, where the whole does not. None are needed where one index has all."""
        return ()

    @cached_property
    def chosen(self) -> QueryDict:
        """What narrows and sorts the list: the address, or a search that was sent in a form."""
        if "q" not in self.request.POST:
            return self.request.GET
        sent = self.request.POST.copy()
        for name in [name for name, value in sent.items() if not value.strip() or name == "csrfmiddlewaretoken"]:
            del sent[name]
        return sent

    @property
    def search_text(self) -> str:
        return self.chosen.get("q", "").strip()

    @property
    def private(self) -> bool:
        """Whether the search looks for a number that must not stand in an address."""
        return bool(PRIVATE.search(self.search_text.replace(" ", "")))

    @property
    def asked_sort(self) -> str:
        return self.chosen.get("sort", "")

    @cached_property
    def filter_set(self) -> django_filters.FilterSet | None:
        kind = self.filter_class
        if kind is None and self.filters:
            kind = filterset_factory(self.model, fields=self.filters)
        return kind(self.chosen, queryset=self.rows(), request=self.request) if kind else None

    @cached_property
    def found(self) -> QuerySet:
        """The rows that the search and the filters leave, in order."""
        rows = self.narrowed_rows
        if self.search_text and self.search:
            rows = self.searched(rows, self.search_text)
        return self.order.of(rows)

    @property
    def narrowed_rows(self) -> QuerySet:
        """The rows that the filters leave."""
        return self.filter_set.qs if self.filter_set else self.rows()

    @cached_property
    def order(self) -> Order:
        known = {each.sort_key for each in self.columns if each.sort_key}
        return Order(self.rows(), self.asked_sort if self.asked_sort.lstrip("-") in known else self.sort)

    def known_count(self) -> int | None:
        """How many rows there are, where that is kept anyway; None has them counted."""
        return None

    @cached_property
    def sheet(self) -> Sheet:
        searching = bool(self.search_text and self.search)
        parts = self.parts(self.narrowed_rows, self.search_text) if searching else self.ranges(self.narrowed_rows)
        known = self.known_count()
        sheets = Sheets(self.found, self.page_size, self.order, parts=parts, apart=not searching, known=known)
        return sheets.get_page(self.chosen.get("page"))

    # -- what the page says -------------------------------------------------------------------------------------

    @property
    def count_sentence(self) -> str:
        sheets = self.sheet.paginator
        count = sheets.known if sheets.known is not None else sheets.count
        if sheets.known is None and sheets.is_more:
            return _("more than %(count)s rows") % {"count": f"{count:,}"}
        return ngettext("%(count)s row", "%(count)s rows", count) % {"count": f"{count:,}"}

    @property
    def reach_sentence(self) -> str:
        """Said on the last page when the list goes on beyond it."""
        if self.sheet.has_next() or not self.sheet.paginator.is_more:
            return ""
        return _("There are more rows than pages: search, or choose a filter, to see them.")

    def total_fen(self) -> int | None:
        """The sum of all rows found, on all pages, shown beside their count; None shows none."""
        return None

    @property
    def as_of(self) -> str:
        return _("as of %(day)s") % {"day": spoken_day(self.acting.day)}

    @property
    def narrowed(self) -> list[Chosen]:
        """Every search and filter in force, each with the address that lifts it."""
        labels = {"q": str(_("Search"))}
        if self.filter_set:
            labels |= {name: str(each.label) for name, each in self.filter_set.form.fields.items()}
        narrowing = []
        for name, label in labels.items():
            shown = self._shown_choice(name)
            if shown:
                narrowing.append(
                    Chosen(
                        pgettext("a label and its value", "%(label)s: %(value)s") % {"label": label, "value": shown},
                        self.address(**{name: None, "page": None}),
                    )
                )
        return narrowing

    def _shown_choice(self, name: str) -> str:
        values = [value for value in self.chosen.getlist(name) if value.strip()]
        field = self.filter_set.form.fields.get(name) if self.filter_set else None
        choices = dict(getattr(field, "choices", ()) or ()) if field else {}
        words = {str(key): str(label) for key, label in choices.items()}
        return ", ".join(words.get(value, value) for value in values)

    @property
    def headings(self) -> list[Heading]:
        now = self.asked_sort or self.sort
        heads = []
        for column in self.columns:
            key = column.sort_key
            order = (
                "" if key is None or key != now.lstrip("-") else ("descending" if now.startswith("-") else "ascending")
            )
            target = f"-{key}" if order == "ascending" else key
            heads.append(Heading(column, self.address(sort=target, page=None) if key else "", order))
        return heads

    def address(self, **changes: str | int | None) -> str:
        """This list's address with some choices changed; None takes a choice out."""
        query = self.chosen.copy()
        if self.private:
            query.pop("q", None)
        for name, value in changes.items():
            query.pop(name, None)
            if value is not None:
                query[name] = str(value)
        text = query.urlencode()
        return f"{self.request.path}?{text}" if text else self.request.path

    @property
    def page_links(self) -> list[tuple[str, str, bool]]:
        """(label, address, is current) of the page numbers; an empty address is a gap."""
        return [
            (str(each), self.address(page=each) if isinstance(each, int) else "", each == self.sheet.number)
            for each in self.sheet.paginator.get_elided_page_range(self.sheet.number, on_each_side=1, on_ends=1)
        ]

    @property
    def previous_url(self) -> str:
        return self.address(page=self.sheet.previous_page_number()) if self.sheet.has_previous() else ""

    @property
    def next_url(self) -> str:
        return self.address(page=self.sheet.next_page_number()) if self.sheet.has_next() else ""

    # -- answers ------------------------------------------------------------------------------------------------

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._shown()

    def _shown(self) -> HttpResponse:
        asked = self.request.htmx
        if asked and not asked.boosted and asked.target == "rows":
            return self.answer("ui/list_rows.html", self.context())
        return self.show()

    def act(self) -> HttpResponseBase:
        """A search sent as a form, or an export: a POST, so that a room can put on record who took the data away."""
        if "q" in self.request.POST:
            return self._shown() if self.private else self.go(self.address())
        return self._exported()

    def _exported(self) -> HttpResponseBase:
        kind = self.request.POST.get("export", "")
        if kind not in self.exports:
            raise Http404
        columns = [each for each in self.columns if each.export]
        rows = self.found
        count = rows.count()
        if kind == "xlsx" and count > SPREADSHEET_ROWS:
            kind = "csv"
        self.exported(kind, count)
        return as_file(
            kind,
            columns,
            self._leaving(rows.iterator(STEP)),
            name=f"{self.export_name or self.model._meta.model_name}-{self.acting.day:%Y%m%d}",
            title=str(self.heading()),
            note=f"{self.acting.organisation} {self.as_of}",
        )

    def _leaving(self, rows: Iterable[Any]) -> Iterator[Any]:
        """The rows of a file, each put on record as it goes by."""
        for row in rows:
            self.request.taken_away.update(people_in(row))
            yield row

    def exported(self, kind: str, count: int) -> None:
        """Called before the file is made: what the room puts on record of it. Whom it holds is recorded anyway."""
