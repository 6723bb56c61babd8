"""A case that somebody without an account opens on a public page, and the slip with which they follow it."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from chunyu.accounts.refusal import Refusal
from chunyu.casework.actions.case import settle_in
from chunyu.casework.models import Arrival, Case, Slip, TimelineEntry
from chunyu.casework.models.case import Channel
from chunyu.casework.numbers import next_number
from chunyu.casework.process import Process
from chunyu.casework.slips.queries import CODE
from chunyu.casework.standing import OPENED
from chunyu.federation.models import Organisation
from chunyu.privacy.letter_code import new_code
from chunyu.privacy.sealing import blind_index
from chunyu.wall.scope import beyond_scope, take_on

SENDER = "case-sender"
A_DAY = 3


@transaction.atomic
def open_publicly(
    process: Process, organisation: Organisation, *, title: str, sender: str, day: date
) -> tuple[Case, str]:
    """Open a case at its start for whoever is on the page, with a slip whose code is shown once. `sender` is the
    network address: three a day come through from one. `title` names the matter, never a person."""
    if not process.from_the_public:
        raise ValueError(f"{process.name} is not opened by the public")
    take_on(organisation.path)
    digest = blind_index(sender, SENDER)
    with beyond_scope("daily-limits"):
        sent = Arrival.objects.filter(sender=digest, day=day).count()
    if sent >= A_DAY:
        sentence = _("Enough reports have come this way today. Go to your union or call it, or try again tomorrow.")
        raise Refusal(sentence, code="too many")
    case = Case(
        organisation=organisation,
        number=next_number(organisation, day.year),
        process=process.name,
        state=process.start,
        title=title,
        channel=Channel.WEB,
        opened_on=day,
        state_since=day,
        confidential=process.confidential,
    )
    settle_in(case, day)
    case.full_clean()
    case.save(force_insert=True)
    Arrival.objects.create(case=case, sender=digest, day=day)
    TimelineEntry.objects.create(case=case, day=day, post=None, act=OPENED, to_state=case.state)
    code = new_code()
    Slip.objects.create(case=case, code_digest=blind_index(code, CODE), given_by=None, given_on=day)
    return case, code
