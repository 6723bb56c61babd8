"""What is written when visits are taken along, and when an entry that came too late for a visit becomes a note."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.audit.record import record
from chunyu.casework.actions.case import add_note
from chunyu.casework.actions.evidence import VISIT_PHOTO, VISIT_SIGNATURE, attach_document
from chunyu.casework.models import Case, TimelineEntry


@transaction.atomic
def take_along(acting: Acting, cases: Sequence[Case], *, way: str) -> None:
    """Put on record that what a visit needs to know left the office: `way` is "phone" or "paper"."""
    if not cases:
        raise Refusal(_("Choose at least one visit."), code="none")
    for case in cases:
        record(acting, "casework.take_along", case, way)


@transaction.atomic
def visit_as_note(
    acting: Acting,
    case: Case,
    *,
    visited_on: date,
    findings: str,
    people: Sequence[Any],
    photos: Iterable[tuple[str, bytes]] = (),
    signature: tuple[str, bytes] | None = None,
) -> TimelineEntry:
    """Keep what somebody found on a visit as a note: it stays on the case and is not counted as its home visit."""
    names = _(", ").join(person if isinstance(person, str) else person.full_name for person in people)
    sentence = _("Visit on %(day)s by %(names)s, kept as a note: %(findings)s")
    entry = add_note(acting, case, sentence % {"day": visited_on, "names": names, "findings": findings})
    for name, content in photos:
        attach_document(acting, case, kind=VISIT_PHOTO, name=name, content=content)
    if signature is not None:
        name, content = signature
        attach_document(acting, case, kind=VISIT_SIGNATURE, name=name, content=content)
    return entry
