"""Who consents to what: the latest event of a person for a purpose counts, on the day it is read."""

from __future__ import annotations

from datetime import date

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from chunyu.accounts.refusal import Refusal
from chunyu.registry.consent.tables import ConsentEvent, ConsentText, Purpose
from chunyu.registry.models import Household, Member

GIVEN = ConsentEvent.Kind.GIVEN


def latest(purpose: Purpose) -> QuerySet[ConsentEvent]:
    """The events of one purpose, the one that counts first. Of one day, what was recorded later counts."""
    return ConsentEvent.objects.filter(purpose=purpose).order_by("-said_on", "-recorded_at", "-pk")


def consents(purpose: Purpose) -> Exists:
    """Whether the household of the outer row has a worker who consents: for `Household` querysets."""
    state = Subquery(latest(purpose).filter(member=OuterRef("pk")).values("kind")[:1])
    workers = Member.objects.filter(household=OuterRef("pk"), is_worker=True, left_on__isnull=True)
    return Exists(workers.annotate(consent=state).filter(consent=GIVEN))


def of_person(member: Member, purpose: Purpose) -> ConsentEvent | None:
    """The event that counts for this person; None when they were never asked."""
    return latest(purpose).filter(member=member).select_related("text", "recorded_by__user").first()


def of_household(household: Household, purpose: Purpose) -> ConsentEvent | None:
    """The same for the person the file is kept on."""
    return of_person(household.worker, purpose)


def text_in_use(purpose: Purpose, language: str, day: date) -> ConsentText:
    """The newest text of a purpose on a day, in a language ("zh" or "en"); Refusal when there was none yet."""
    texts = ConsentText.objects.filter(purpose=purpose, language=language, valid_from__lte=day)
    text = texts.order_by("-version").first()
    if text is None:
        raise Refusal(_("No text of this consent was in use on %(day)s.") % {"day": day.isoformat()}, "no_text")
    return text
