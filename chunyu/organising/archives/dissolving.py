"""What the archive of a union that is about to be dissolved still leaves open."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.utils.translation import gettext as _

from chunyu.federation.models import Organisation
from chunyu.organising.archives.queries import with_term


def term_of_office(union: Organisation, on: date, successor: Organisation | None) -> Iterator[str]:
    """A term that goes on past the end: the archive must say when its committee left."""
    ends = with_term(Organisation.objects.filter(pk=union.pk), on).get().term_ends if successor is None else None
    if ends is not None and ends > on:
        yield _("Its term of office lasts until %(day)s: enter in the archive when it ends.") % {
            "day": ends.isoformat()
        }
