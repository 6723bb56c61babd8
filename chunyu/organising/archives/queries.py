"""Reading archives: what held on a day, what was on file on a day, what is missing, and which terms end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chunyu.accounts.acting import Acting
from chunyu.federation.models import Organisation
from chunyu.organising.archives.kinds import LASTING, WANTED, Leaf
from chunyu.organising.archives.tables import ArchivePage
from chunyu.organising.days import NOTICE_DAYS, notice


def on_file(pages: QuerySet[ArchivePage], day: date) -> QuerySet[ArchivePage]:
    """The leaves that were on file at the end of a day and that none recorded by then had taken the place of."""
    later = ArchivePage.objects.filter(supersedes=OuterRef("pk"), recorded_on__lte=day)
    return pages.filter(~Exists(later), recorded_on__lte=day)


def in_force(pages: QuerySet[ArchivePage], day: date) -> QuerySet[ArchivePage]:
    """Of leaves that last, the one of each kind that held on a day; of the others, each up to that day."""
    begun = pages.filter(valid_from__lte=day)
    next_one = ArchivePage.objects.filter(
        Q(valid_from__gt=OuterRef("valid_from"))
        | Q(valid_from=OuterRef("valid_from"), recorded_at__gt=OuterRef("recorded_at")),
        organisation=OuterRef("organisation"),
        kind=OuterRef("kind"),
        valid_from__lte=day,
        superseded_by__isnull=True,
    )
    replaced = Q(kind__in=LASTING) & Q(Exists(next_one))
    return begun.exclude(replaced)


@dataclass(frozen=True)
class Section:
    """One kind of leaf in an archive: what holds, what held before."""

    kind: str
    label: str
    now: list[ArchivePage]
    before: list[ArchivePage]
    wanted: bool


def archive(organisation: Organisation, day: date, known: date) -> list[Section]:
    """The whole archive as of `day`, as it was on file on `known`, a section a kind."""
    pages = on_file(ArchivePage.objects.filter(organisation=organisation), known).filter(valid_from__lte=day)
    rows = list(
        pages.select_related("recorded_by__user", "verified_by__user", "supersedes")
        .prefetch_related("documents")
        .order_by("-valid_from", "-recorded_at")
    )
    wanted = WANTED.get(organisation.kind, ())
    sections = []
    for leaf in Leaf:
        theirs = [row for row in rows if row.kind == leaf]
        holding = theirs[:1] if leaf in LASTING else theirs
        sections.append(Section(leaf.value, str(leaf.label), holding, theirs[len(holding) :], leaf in wanted))
    return sections


def missing(organisations: Iterable[Organisation], day: date) -> dict[int, tuple[str, ...]]:
    """Which wanted leaves each organisation lacks on a day, in one query."""
    rows = list(organisations)
    there = set(
        ArchivePage.objects.filter(organisation__in=[row.pk for row in rows], valid_from__lte=day)
        .order_by()
        .values_list("organisation", "kind")
        .distinct()
    )
    return {row.pk: tuple(kind for kind in WANTED.get(row.kind, ()) if (row.pk, kind) not in there) for row in rows}


def with_term(organisations: QuerySet[Organisation], day: date) -> QuerySet[Organisation]:
    """Each with `term_ends`: until when the term of office that holds on the day lasts."""
    terms = in_force(on_file(ArchivePage.objects.filter(kind=Leaf.TERM), day), day)
    latest = terms.filter(organisation=OuterRef("pk")).order_by("-valid_from", "-recorded_at")
    chairs = in_force(on_file(ArchivePage.objects.filter(kind=Leaf.CHAIR), day), day)
    chair = chairs.filter(organisation=OuterRef("pk")).order_by("-valid_from", "-recorded_at")
    return organisations.annotate(
        term_ends=Subquery(latest.values("until")[:1]), chair=Subquery(chair.values("person")[:1])
    )


def elections(acting: Acting, within: int = NOTICE_DAYS[0]) -> QuerySet[Organisation]:
    """Organisations under the post whose term ends within so many days, or has ended: the most urgent first."""
    standing = Organisation.objects.within(acting.path).as_of(acting.day)
    soon = acting.day + timedelta(days=within)
    return with_term(standing, acting.day).filter(term_ends__lte=soon).order_by("term_ends", "path")


NOTICES = {-1: (_("term is over"), "seal"), 0: (_("term ends today"), "seal"), 30: (_("within 30 days"), "amber")}


def term_words(organisation: Any, day: date) -> str:
    ends = organisation.term_ends
    if ends is None:
        return gettext("no term on file")
    due = notice(ends, day)
    if due is None:
        return gettext("in office")
    words, _tone = NOTICES.get(due, (_("within 90 days"), "sky"))
    return str(words)


def term_tone(organisation: Any, day: date) -> str:
    if organisation.term_ends is None:
        return "plain"
    due = notice(organisation.term_ends, day)
    return "rain" if due is None else NOTICES.get(due, ("", "sky"))[1]
