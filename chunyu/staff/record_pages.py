"""The record as pages: who did what, and who saw whom."""

from __future__ import annotations

from typing import Any

import django_filters
from django.apps import apps
from django.core.paginator import Page as Sheet
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy

from chunyu.accounts.roles import RECORD_ROLES
from chunyu.audit.looking import last_look
from chunyu.audit.models import Entry
from chunyu.audit.record import record
from chunyu.audit.verifying import Finding
from chunyu.staff import queries
from chunyu.ui.fields import DayField
from chunyu.ui.lists import Column, Empty, ListPage
from chunyu.ui.pages import Crumb

EVENTS = {
    "people.shown": _("looked at people"),
    "people.taken_away": _("took people away in a file"),
    "accounts.signed_in": _("signed in"),
    "accounts.signed_out": _("signed out"),
}


FINDINGS = {
    "changed": _("What stands at place %(place)s is not as it was written."),
    "gone": _("What stood at place %(place)s is gone."),
    "missing": _("Place %(place)s of the record is missing."),
    "cut": _("The record ends before place %(place)s, which was there: its end was cut off."),
    "rewritten": _("The record was written anew from about place %(place)s on."),
    "late": _("What stands at place %(place)s claims to be older than it is: it was put in afterwards."),
    "clock": _("Place %(place)s was sealed before the place before it: the clock was put back."),
    "waiting": _("Something was written past the record, and has no place in it."),
    "checkpoint": _("The notes outside the database are not those of this installation."),
    "trigger": _("The database no longer refuses to change the record."),
}


def finding_in_words(finding: Finding) -> str:
    return str(FINDINGS[finding.kind]) % {"place": f"{finding.position:,}"}


def event_of(entry: Entry) -> str:
    return str(EVENTS.get(entry.event, entry.event))


def code_of(entry: Entry) -> str:
    return entry.event if entry.event in EVENTS else ""


def subject_of(entry: Entry) -> str:
    """The object in words and with its key; a page by its name."""
    if hasattr(entry, "in_words"):
        return str(entry.in_words)
    label, found, key = entry.subject.partition(":")
    if "." not in label or not found:
        return entry.subject
    try:
        return f"{apps.get_model(label)._meta.verbose_name} {key}"
    except LookupError:  # of a room that this installation no longer has
        return entry.subject


class DayFilter(django_filters.Filter):
    field_class = DayField


class RecordFilters(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(
        label=pgettext_lazy("record", "what"),
        choices=[*EVENTS.items(), ("acts", _("acts alone"))],
        method="by_kind",
    )
    since = DayFilter(label=_("from"), field_name="at__date", lookup_expr="gte")
    until = DayFilter(label=_("until"), field_name="at__date", lookup_expr="lte")

    class Meta:
        model = Entry
        fields: tuple[str, ...] = ()

    def by_kind(self, rows: QuerySet[Entry], name: str, value: str) -> QuerySet[Entry]:
        return rows.exclude(event__in=EVENTS) if value == "acts" else rows.filter(event=value)


class Record(ListPage):
    """Newest first. A search for a file or case number finds who saw the family and who did what with its matters."""

    roles = RECORD_ROLES
    title = _("Record of acts")
    template_name = "staff/record.html"
    model = Entry
    columns = (
        Column("at", _("time"), kind="time"),
        Column("user__full_name", pgettext_lazy("record", "who"), note=lambda entry: str(entry.post or "")),
        Column(
            "event",
            pgettext_lazy("record", "what"),
            value=event_of,
            note=code_of,
            sort=False,
        ),
        Column("subject", pgettext_lazy("record", "with what"), value=subject_of, sort=False),
        Column("note", _("note"), sort=False),
    )
    search = ("user__full_name",)
    search_hint = _("File number, case number, or name of who acted")
    filter_class = RecordFilters
    sort = "-at"
    export_name = "record"
    empty = Empty(
        _("Nothing stands here"),
        _("Every act and every look at a person is put on record. Search for less, or choose other days."),
    )

    def rows(self) -> QuerySet[Entry]:
        return Entry.objects.within(self.acting.path).select_related("user", "post__organisation")

    def searched(self, rows: QuerySet[Entry], text: str) -> QuerySet[Entry]:
        subject = queries.named_in_record(self.acting, text)
        if subject is None:
            return rows.filter(user__full_name__icontains=text)
        keys, labels = subject
        return rows.filter(Q(seen__overlap=keys) | Q(subject__in=labels))

    @cached_property
    def sheet(self) -> Sheet:
        """Files and cases by their numbers, which say more than keys."""
        found = super().sheet
        words = queries.numbers_of({entry.subject for entry in found})
        for entry in found:
            if entry.subject in words:
                entry.in_words = words[entry.subject]
        return found

    def crumbs(self) -> list[Crumb]:
        return [(pgettext("menu", "Staff"), reverse("staff:people"))]

    def context(self, **more: Any) -> dict[str, Any]:
        look = last_look()
        findings = [finding_in_words(each) for each in look.findings[:3]] if look else []
        return super().context(look=look, findings=findings, **more)

    def exported(self, kind: str, count: int) -> None:
        record(self.acting, "staff.export_record", self.acting.organisation, f"{kind} {count}")
