"""Unions that may exist on paper only: the list with its evidence, one union's reading, and attempts to reach it."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext, pgettext_lazy

from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import ORGANISING_ROLES, READ_ORGANISING_ROLES
from chunyu.audit.record import record
from chunyu.federation.models import Organisation
from chunyu.federation.one_of import one_of
from chunyu.organising.duties import ON_THE_SPOT
from chunyu.organising.shells import actions
from chunyu.organising.shells.signals import Reading, Survey, read_union, standard_at, survey, why
from chunyu.organising.shells.tables import ContactAttempt, ShellInquiry
from chunyu.registry.employers.tables import WITH_MEMBERS, ShellSpell
from chunyu.rulebooks.words import shown, tongue
from chunyu.ui.fields import DayField
from chunyu.ui.lists import Action, Column, Empty, ListPage
from chunyu.ui.pages import ConfirmPage, Crumb, DetailPage, FormPage, Words

BEGINNING = frozenset(ON_THE_SPOT)
CLEANED = ("revived", "merged", "dissolved")
CLEANED_SHOWN, NAMED = 50, 30
MEMBERS = "members_on_record"


class ShellFilter(django_filters.FilterSet):
    inquiry = django_filters.ChoiceFilter(
        label=pgettext_lazy("shell", "Inquiry"),
        choices=[("open", _("inquiry open")), ("none", _("no inquiry yet"))],
        empty_label=_("with or without"),
        method="by_inquiry",
    )

    class Meta:
        model = Organisation
        fields: tuple[str, ...] = ()

    def by_inquiry(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(inquiry__isnull=value == "none")


class Shells(ListPage):
    """The unions that the standard suspects and those found to be shells. Read live from the records: it is the same
    for everybody on the day, and nothing has to be run first."""

    roles = READ_ORGANISING_ROLES
    title = _("Shell unions")
    model = Organisation
    template_name = "organising/shells.html"
    search = ("name",)
    search_hint = _("Name of the union")
    filter_class = ShellFilter
    sort = "path"
    export_name = "shell-unions"
    empty = Empty(_("Every registered union works normally"), _("The standard suspects none of the unions here today."))

    @cached_property
    def surveyed(self) -> Survey:
        return survey(self.acting.organisation, self.acting.day)

    @cached_property
    def places(self) -> dict[int, int]:
        return self.surveyed.standing_out()

    @cached_property
    def listed(self) -> list[int]:
        return list(self.places)

    def read(self, union: Organisation) -> Reading:
        return self.surveyed.reading(self.places[union.pk])

    @cached_property
    def columns(self) -> tuple[Column, ...]:  # type: ignore[override]  # a page's own: it has read the records
        read = self.read
        return (
            Column(
                "name",
                pgettext_lazy("list", "Union"),
                link="organising:shell",
                note=lambda row: row.parent.name if row.parent else "",
            ),
            Column(
                "standing",
                pgettext_lazy("shell", "Reading"),
                kind="tag",
                value=lambda row: _now("shell union") if read(row).record.is_shell else read(row).label,
                tone=lambda row: "seal" if read(row).record.is_shell else "amber",
            ),
            Column(
                "signals",
                pgettext_lazy("shell", "Signals"),
                value=lambda row: "\n".join(_said(read(row))),
                template="organising/signals_cell.html",
            ),
            Column("members", _("Members"), kind="number", value=lambda row: read(row).record.facts[MEMBERS]),
            Column(
                "inquiry",
                pgettext_lazy("shell", "Inquiry"),
                link=lambda row: reverse("casework:case", args=[row.inquiry]) if row.inquiry else "",
                value=lambda row: row.inquiry or "",
                sort="inquiry",
            ),
        )

    def rows(self) -> QuerySet[Organisation]:
        open_now = ShellInquiry.objects.filter(organisation=OuterRef("pk"), case__closed_on__isnull=True)
        rows = Organisation.objects.within(self.acting.path).filter(one_of("pk", self.listed))
        return rows.select_related("parent").annotate(inquiry=Subquery(open_now.values("case__number")[:1]))

    def known_count(self) -> int | None:
        chosen = {name for name, value in self.chosen.items() if value} - {"page", "sort"}
        return None if chosen else len(self.listed)

    def actions(self) -> list[Action]:
        if self.acting.role not in BEGINNING or not self.listed:
            return []
        return [Action(_now("Begin inquiries"), reverse("organising:begin-inquiries"), style="primary")]

    def exported(self, kind: str, count: int) -> None:
        record(self.acting, "organising.export_shells", self.acting.organisation, f"{kind} {count}")

    def context(self, **more: Any) -> dict[str, Any]:
        cleaned = ShellInquiry.objects.within(self.acting.path).filter(case__outcome__in=CLEANED)
        shells = len(self.surveyed.records.shells.intersection(self.places))
        total = len(self.surveyed)
        return super().context(
            figures=[
                (_now("Registered unions"), total),
                (pgettext("unions", "Suspected"), len(self.listed) - shells),
                (_now("Found to be shells"), shells),
                (_now("Working normally"), f"{(total - len(self.listed)) / total:.1%}" if total else "—"),
            ],
            cleaned=cleaned.select_related("organisation", "case", "into").order_by("-case__closed_on")[:CLEANED_SHOWN],
            cleaned_count=cleaned.count(),
            standard=standard_at(self.acting.organisation.region, self.acting.day).title(tongue()),
            **more,
        )


def _said(reading: Reading) -> list[str]:
    """Each signal with its evidence."""
    words = _now("%(signal)s (%(evidence)s)")
    return [words % {"signal": each.label, "evidence": each.evidence(reading.pack)} for each in reading.signals]


class BeginInquiries(ConfirmPage):
    """An inquiry into every suspected union that has none. Each is a case of its own; one refused stops no other."""

    roles = BEGINNING
    title = _("Begin inquiries")
    submit_label = _("Begin them")

    def crumbs(self) -> list[Crumb]:
        return [(_now("Shell unions"), reverse("organising:shells"))]

    @cached_property
    def waiting(self) -> list[Organisation]:
        found = survey(self.acting.organisation, self.acting.day)
        suspected = [key for key, place in found.standing_out().items() if found.reading(place).suspected]
        under = ShellInquiry.objects.within(self.acting.path).filter(case__closed_on__isnull=True)
        rows = Organisation.objects.within(self.acting.path).filter(one_of("pk", suspected))
        return list(rows.exclude(pk__in=under.values("organisation")).order_by("path"))

    def question(self) -> str:
        count = len(self.waiting)
        sentence = ngettext("Begin an inquiry into %(count)s union?", "Begin inquiries into %(count)s unions?", count)
        return sentence % {"count": count}

    def consequences(self) -> list[Words]:
        return [each.name for each in self.waiting[:NAMED]]

    def refusal_beforehand(self) -> Refusal | None:
        if self.waiting:
            return None
        return Refusal(_now("There is an inquiry into every suspected union already."), "none")

    def cancel_url(self) -> str:
        return reverse("organising:shells")

    def act(self) -> str:
        begun, refused = 0, []
        for union in self.waiting:
            try:
                actions.begin_inquiry(self.acting, union)
                begun += 1
            except Refusal as refusal:
                refused.append(f"{union.name}：{refusal}")
        said = ngettext("%(count)s inquiry begun.", "%(count)s inquiries begun.", begun) % {"count": begun}
        if refused:
            raise Refusal("\n".join([said, *refused]), "some_refused")
        self.say(said)
        return self.cancel_url()


class OneUnion(DetailPage):
    """A union with members, under the post."""

    model = Organisation

    def rows(self) -> Any:
        standing = Organisation.objects.within(self.acting.path).as_of(self.acting.day)
        return standing.filter(kind__in=WITH_MEMBERS).select_related("region", "parent")

    def crumbs(self) -> list[Crumb]:
        crumbs: list[Crumb] = [(_now("Shell unions"), reverse("organising:shells"))]
        if type(self) is not ShellPage:
            crumbs.append((self.object.name, reverse("organising:shell", args=[self.object.pk])))
        return crumbs


class ShellPage(OneUnion):
    """How the standard reads one union, and why."""

    roles = READ_ORGANISING_ROLES
    template_name = "organising/shell.html"

    @cached_property
    def reading(self) -> Reading:
        return read_union(self.object, self.acting.day)

    def actions(self) -> list[Action]:
        found = []
        if self.acting.role in ORGANISING_ROLES:
            url = reverse("organising:note-contact", args=[self.object.pk])
            found.append(Action(_now("Note an attempt to reach it"), url))
        if self.acting.role in BEGINNING and actions.open_inquiry(self.object) is None and self.reading.suspected:
            url = reverse("organising:begin-inquiry", args=[self.object.pk])
            found.insert(0, Action(_now("Begin an inquiry"), url, style="primary", method="post"))
        return found

    def context(self, **more: Any) -> dict[str, Any]:
        union, reading, day = self.object, self.reading, self.acting.day
        codes = {each.code for each in reading.signals}
        pack = reading.pack
        return super().context(
            union=union,
            reading=reading,
            why_nodes=[shown(why(reading, union, day))],
            signals=[
                {
                    "label": label,
                    "hit": code in codes,
                    "evidence": next((each.evidence(pack) for each in reading.signals if each.code == code), ""),
                }
                for code, label in signal_labels(reading)
            ],
            contacts=ContactAttempt.objects.filter(organisation=union)
            .select_related("tried_by__user")
            .order_by("-on", "-recorded_at")[:20],
            inquiries=ShellInquiry.objects.filter(organisation=union).select_related("case").order_by("-read_on"),
            spells=ShellSpell.objects.filter(organisation=union).order_by("-valid_from"),
            **more,
        )


def signal_labels(reading: Reading) -> list[tuple[str, str]]:
    """Every signal of the standard: a hit as it is called, the others by what is so instead."""
    language, hits = tongue(), {each.code for each in reading.signals}
    found = []
    for code in reading.pack.roles.blockers:
        rule = reading.pack.rules["household", code]
        label = rule.label if code in hits or rule.label_not is None else rule.label_not
        found.append((code, label(language)))
    return found


class ContactForm(forms.Form):
    on = DayField(label=_("Tried on"))
    way = forms.ChoiceField(label=_("How"), choices=ContactAttempt.Way.choices, widget=forms.RadioSelect)
    reached = forms.TypedChoiceField(
        label=pgettext_lazy("contact", "Result"),
        choices=[("yes", _("somebody was reached")), ("no", _("nobody was reached"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    note = forms.CharField(label=pgettext_lazy("contact", "What was found"), max_length=200, required=False)

    def __init__(self, *args: Any, acting: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].initial = acting.day


class NoteContact(OneUnion, FormPage):
    roles = ORGANISING_ROLES
    title = _("Note an attempt to reach it")
    form_class = ContactForm

    def form_arguments(self) -> dict[str, Any]:
        return {"acting": self.acting}

    def cancel_url(self) -> str:
        return reverse("organising:shell", args=[self.object.pk])

    def submit(self, form: forms.Form) -> str:
        actions.note_contact(self.acting, self.object, **form.cleaned_data)
        self.say(_now("Noted."))
        return self.cancel_url()


class BeginInquiry(OneUnion):
    roles = BEGINNING

    def act(self) -> Any:
        return actions.begin_inquiry(self.acting, self.object).case
