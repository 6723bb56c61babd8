"""Taking in what a phone kept, once and only once.

One transaction takes the entry's key, looks whether it was taken in before, holds the subject, compares where it stands
with what the person had seen, and calls the form's own action. A lost answer is therefore harmless: the phone sends the
same key again and is told what became of it. What is not taken in leaves no trace but a row that says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.http import Http404, JsonResponse
from django.http.response import HttpResponseRedirectBase
from django.shortcuts import resolve_url
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from chunyu.accounts.refusal import Refusal
from chunyu.ui.offline.entries import Entry
from chunyu.ui.offline.tables import Received

if TYPE_CHECKING:
    from django.forms import BaseForm

    from chunyu.ui.offline.pages import OfflineForm

Outcome = Received.Outcome
REFUSED, CONFLICT, MISSING = 422, 409, 404


class NotTakenIn(Exception):
    """Undoes the transaction; carries what the phone is told."""

    def __init__(self, outcome: str, code: str, status: int, **answer: Any) -> None:
        super().__init__(code)
        self.outcome, self.code, self.status = outcome, code, status
        self.answer = {"outcome": outcome, **answer}


def receive(page: OfflineForm) -> JsonResponse:
    """The answer to an entry: `outcome` is taken_in, refused, conflict, missing or other_post."""
    try:
        entry = page.entry = Entry.read(page.request, page.offline)
    except Refusal as refusal:
        return JsonResponse({"outcome": "refused", "sentences": [str(refusal)]}, status=REFUSED)
    if entry.post != str(page.acting.post.pk):
        sentence = _("This was written under another post. Change to that post, and it is sent.")
        return JsonResponse({"outcome": "other_post", "sentences": [sentence]}, status=CONFLICT)
    try:
        with transaction.atomic():
            return JsonResponse(_take_in(page, entry))
    except Http404:
        sentence = _("There is no such case or task within your post, or no longer. Nothing was taken in.")
        _write_down(page, entry, Outcome.REFUSED, "missing")
        return JsonResponse({"outcome": "missing", "sentences": [sentence]}, status=MISSING)
    except NotTakenIn as turned_away:
        _write_down(page, entry, turned_away.outcome, turned_away.code)
        return JsonResponse(turned_away.answer, status=turned_away.status)


def _take_in(page: OfflineForm, entry: Entry) -> dict[str, Any]:
    with connection.cursor() as cursor:
        # Two copies of one entry take turns; the unique rule of the table is what makes it certain.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"entry {entry.key}"])
    earlier = Received.objects.filter(key=entry.key, outcome=Outcome.TAKEN_IN).first()
    if earlier is not None:
        return _again(earlier, entry)
    page.hold()
    _look_for_conflict(page, entry)
    goal = _submitted(page)
    _write_down(page, entry, Outcome.TAKEN_IN, entry.way, goal)
    return {"outcome": "taken_in", "goal": goal, "again": False}


def _again(earlier: Received, entry: Entry) -> dict[str, Any]:
    if (earlier.digest, str(earlier.post_id)) != (entry.digest, entry.post):
        sentence = _("This entry was taken in already, with other content. Discard it, or keep it anew as another one.")
        raise NotTakenIn(Outcome.REFUSED, "other content", REFUSED, sentences=[sentence], goal=earlier.goal, anew=True)
    return {"outcome": "taken_in", "goal": earlier.goal, "again": True}


def _look_for_conflict(page: OfflineForm, entry: Entry) -> None:
    now, ways = page.stands_at(), list(page.ways())
    if entry.seen != now:
        raise NotTakenIn(
            Outcome.CONFLICT,
            "changed",
            CONFLICT,
            sentences=[_("This changed since it was taken along. Choose how to go on.")],
            seen=now,
            where=page.cancel_url(),
            now=[[str(label), str(value)] for label, value in page.stands_now()],
            ways=[{"code": way.code, "label": str(way.label), "refusal": way.refusal} for way in ways],
        )
    chosen = next((way for way in ways if way.code == entry.way), None)
    if entry.way and (chosen is None or chosen.refusal):
        sentence = chosen.refusal if chosen else _("There is no such way to go on.")
        raise NotTakenIn(Outcome.REFUSED, "way", REFUSED, sentences=[sentence])


def _submitted(page: OfflineForm) -> str:
    """Check the form and call its action; the address of what came of it."""
    form = page.form()
    if not form.is_valid():
        raise _faulty(form)
    try:
        with transaction.atomic():
            goal = page.submit(form)
    except Refusal as refusal:
        raise NotTakenIn(Outcome.REFUSED, refusal.code, REFUSED, sentences=str(refusal).split("\n")) from refusal
    except ValidationError as error:
        raise NotTakenIn(Outcome.REFUSED, "invalid", REFUSED, sentences=list(error.messages)) from error
    if isinstance(goal, HttpResponseRedirectBase):
        return goal.url
    return resolve_url(goal) if goal is not None else page.request.path


def _faulty(form: BaseForm) -> NotTakenIn:
    fields = {form.add_prefix(name): list(errors) for name, errors in form.errors.items() if name in form.fields}
    named = [
        f"{form.fields[name].label}{pgettext('between a label and a sentence', ': ')}{error}"
        for name, errors in form.errors.items()
        if name in form.fields
        for error in errors
    ]
    return NotTakenIn(
        Outcome.REFUSED, "form", REFUSED, sentences=[*map(str, form.non_field_errors()), *named], fields=fields
    )


def _write_down(page: OfflineForm, entry: Entry, outcome: str, code: str, goal: str = "") -> None:
    Received.objects.create(
        key=entry.key,
        form=page.offline,
        subject=page.subject_or_nothing(),
        post=page.acting.post,
        captured_at=entry.captured_at,
        digest=entry.digest,
        outcome=outcome,
        code=code[:60],
        goal=goal[:200],
    )
