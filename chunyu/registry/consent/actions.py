"""The verbs of consent: somebody agrees on a signed form, or takes it back in any way they like."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.audit.record import record
from chunyu.registry.actions import check_authority
from chunyu.registry.consent.queries import GIVEN, latest, text_in_use
from chunyu.registry.consent.tables import ConsentEvent, Purpose
from chunyu.registry.models import Member
from chunyu.registry.refusing import constraints_refuse, refuse_day_to_come

Kind, Channel = ConsentEvent.Kind, ConsentEvent.Channel


@transaction.atomic
def give_consent(acting: Acting, member: Member, purpose: Purpose, *, language: str, on: date) -> ConsentEvent:
    """Record the form that somebody signed on a day, to the text in use on that day in the form's language."""
    check_authority(acting, member.scope_path)
    refuse_day_to_come(acting, on)
    event = _append(
        member, purpose, Kind.GIVEN, Channel.FORM, on, text=text_in_use(purpose, language, on), recorded_by=acting.post
    )
    record(acting, "registry.give_consent", member.household, f"{purpose}, text {event.text.version}, {language}")
    return event


@transaction.atomic
def withdraw_consent(acting: Acting, member: Member, purpose: Purpose, *, channel: str, on: date) -> ConsentEvent:
    """Record that somebody does not want it any more. It counts at once: no list shows them from this moment on."""
    check_authority(acting, member.scope_path)
    refuse_day_to_come(acting, on)
    if channel == Channel.WEB:
        raise ValueError("What comes by web is recorded by the person's own answer")
    event = _append(member, purpose, Kind.WITHDRAWN, channel, on, recorded_by=acting.post)
    record(acting, "registry.withdraw_consent", member.household, f"{purpose}, {channel}")
    return event


@transaction.atomic
def withdraw_on_the_web(member: Member, purpose: Purpose, *, on: date) -> ConsentEvent | None:
    """The person's own withdrawal, with the code of a letter; nothing when it stands already."""
    if not consents_now(member, purpose):
        return None
    return _append(member, purpose, Kind.WITHDRAWN, Channel.WEB, on)


def consents_now(member: Member, purpose: Purpose) -> bool:
    """Whether the event that counts is a consent."""
    return latest(purpose).filter(member=member).values_list("kind", flat=True).first() == GIVEN


def _append(member: Member, purpose: Purpose, kind: str, channel: str, on: date, **more: object) -> ConsentEvent:
    # Two at once take turns, so that "the latest" is never a matter of chance.
    Member.objects.select_for_update(of=("self",)).get(pk=member.pk)
    newest = latest(purpose).filter(member=member).first()
    if newest is not None and newest.said_on > on:
        raise Refusal(
            _("Something newer is on record, of %(day)s: what was said before it no longer counts.")
            % {"day": newest.said_on.isoformat()},
            "older_than_latest",
        )
    event = ConsentEvent(
        member=member, organisation=member.organisation, purpose=purpose, kind=kind, channel=channel, said_on=on, **more
    )
    with constraints_refuse():
        event.save(force_insert=True)
    return event
