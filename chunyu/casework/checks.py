"""What a move commonly needs of a case: checks over its standing, each with the words that describe it."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import formats
from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from chunyu.accounts.refusal import Refusal
from chunyu.casework.models import CheckItem
from chunyu.casework.process import Check, DocumentKind, Label, check
from chunyu.casework.standing import Standing

VISITORS_NEEDED = 2


def documents(*kinds: DocumentKind) -> Check:
    """Every one of these kinds of document is on the case."""

    def test(standing: Standing) -> Iterable[Refusal]:
        missing = [kind for kind in kinds if kind.code not in standing.document_kinds]
        if missing:
            names = _(", ").join(str(kind.label) for kind in missing)
            yield Refusal(_("These documents are missing: %(names)s.") % {"names": names}, code="documents")

    return Check(_listed(gettext_lazy("documents: {names}"), [kind.label for kind in kinds]), test)


def _join(labels: tuple[Label, ...]) -> str:
    return _(", ").join(str(label) for label in labels)


_joined = lazy(_join, str)


def _listed(words: Label, labels: Iterable[Label]) -> Label:
    """Words with a list in them, in the language of the moment that they are read in."""
    return format_lazy(words, names=_joined(tuple(labels)))


@check(gettext_lazy("a home visit by two people is on record"))
def visited(standing: Standing) -> Iterable[Refusal]:
    """A visit by two people is on record."""
    if not any(len(visit.people.all()) >= VISITORS_NEEDED for visit in standing.visits):
        yield Refusal(_("Record the home visit first; two people make it."), code="visit")


@check(gettext_lazy("every department asked has answered"))
def no_task_open(standing: Standing) -> Iterable[Refusal]:
    waiting = [task.department for task in standing.tasks if task.replied_on is None]
    if waiting:
        names = _(", ").join(dict.fromkeys(waiting))
        yield Refusal(_("Still waiting for an answer from: %(names)s.") % {"names": names}, code="task")


def cross_checked(items: dict[str, Label]) -> Check:
    """Each of these items was checked by a department and nothing was found. Missing or unknown is not clear."""

    def test(standing: Standing) -> Iterable[Refusal]:
        results = standing.check_results
        for item, label in items.items():
            row = results.get(item)
            result = row.result if row else ""
            if result == CheckItem.Result.CLEAR:
                continue
            sentence = {
                CheckItem.Result.HIT: _("The cross-check found something: %(item)s. Send back, or let it be refused."),
                CheckItem.Result.UNKNOWN: _("%(item)s could not be checked; that is not the same as none. Ask again."),
            }.get(result, _("The answer for %(item)s has not come yet."))
            yield Refusal(sentence % {"item": label}, code=f"check {result or 'missing'}")

    return Check(_listed(gettext_lazy("cross-checked and clear: {names}"), items.values()), test)


@check(gettext_lazy("the public notice is over"))
def notice_over(standing: Standing) -> Iterable[Refusal]:
    """A notice was published, its last day has passed, and it was not taken down."""
    notice = standing.notice
    if notice is None:
        yield Refusal(_("No public notice has been published."), code="notice missing")
    elif standing.clock_stopped:
        yield Refusal(_("The public notice is stopped by an objection."), code="notice stopped")
    elif standing.day <= notice.to_day:
        ends = formats.date_format(notice.to_day, "DATE_FORMAT")
        yield Refusal(_("The public notice runs until the end of %(day)s.") % {"day": ends}, code="notice running")


@check(gettext_lazy("no notice stands yet"))
def no_notice(standing: Standing) -> Iterable[Refusal]:
    if standing.notice is not None:
        yield Refusal(_("The notice of this case has been published already."), code="notice stands")


@check(gettext_lazy("no objection is open"))
def no_open_objection(standing: Standing) -> Iterable[Refusal]:
    count = len(standing.open_objections)
    if count:
        sentence = ngettext(
            "%(count)d objection has not been resolved.", "%(count)d objections have not been resolved.", count
        )
        yield Refusal(sentence % {"count": count}, code="objection")
