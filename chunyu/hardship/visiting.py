"""What to ask at a household that applied for aid, and what to bring back."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from chunyu.casework.models import Case
from chunyu.hardship.approval import application_of, reading_of
from chunyu.hardship.models import Application
from chunyu.hardship.wording import unknown_sentences

CONSENT = "means_check_consent"


def to_ask(case: Case) -> Iterable[str]:
    """First what nobody has stated and the rules need, then what every visit looks at, then papers to be signed."""
    for fact in _unknown(case):
        yield _("Not yet known: %(fact)s. Ask, and look at the proof.") % {"fact": fact}
    yield _("Who lives here? Has anybody come or gone since the application?")
    yield _("Who works, where, and what came in over the last year? Does it agree with what was stated?")
    yield _("How does the family live: home, heating, furnishings, vehicles?")
    yield _("What does the family need most, in its own words?")
    if not case.documents.filter(kind=CONSENT).exists():
        yield _("Have all members sign the authorisation of the means check, and bring it back.")


def _unknown(case: Case) -> list[str]:
    if not Application.objects.filter(case=case).exists():
        return []
    application = application_of(case)
    reading = reading_of(application)
    return unknown_sentences(reading, reading.determination.programmes[application.programme].unknown)
