"""Asking to join a union, and the answer. Every way in ends in the same row; every admission in the same act.

Whoever asks by phone page learns nothing about anybody: a second application for the same person is taken in like the
first, and only the officers see that it is a second one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.audit.record import record
from chunyu.casework.numbers import next_number
from chunyu.federation.models import Organisation
from chunyu.privacy.letter_code import new_code
from chunyu.privacy.sealing import blind_index
from chunyu.registry.actions import id_number_of
from chunyu.registry.membership import actions as membership
from chunyu.registry.membership.actions import NewWorker
from chunyu.registry.membership.tables import JoinRequest
from chunyu.registry.organising_rights import check_organising
from chunyu.registry.refusing import constraints_refuse, refuse_day_to_come
from chunyu.wall.scope import beyond_scope

CODE, SENDER = "join-request-code", "join-request-sender"  # purposes of the digests
A_DAY = 3  # applications that one network address may send
Answer, Channel = JoinRequest.Answer, JoinRequest.Channel


def ask_on_the_web(union: Organisation, person: NewWorker, *, sender: str, day: date) -> tuple[JoinRequest, str]:
    """A worker's own application, and the code that opens it: shown once, kept as a digest only."""
    digest = blind_index(sender, SENDER)
    with beyond_scope("daily-limits"):
        sent = JoinRequest.objects.filter(sender=digest, asked_on=day).count()
    if sent >= A_DAY:
        sentence = _("Enough applications have come this way today. Go to your union, or try again tomorrow.")
        raise Refusal(sentence, "too_many")
    try:
        return _take_in(union, person, Channel.PHONE_PAGE, day, sender=digest)
    except Refusal as refusal:
        if refusal.code != "join_request_open_once":
            raise
        # Another of the same person came in this very moment: this one is the repeated one.
        return _take_in(union, person, Channel.PHONE_PAGE, day, sender=digest)


@transaction.atomic
def take_in_application(
    acting: Acting, union: Organisation, person: NewWorker, *, channel: str, on: date
) -> tuple[JoinRequest, str]:
    """An application at the counter or on paper. Refused where one of the same person waits already."""
    check_organising(acting, union.path)
    refuse_day_to_come(acting, on)
    if channel == Channel.PHONE_PAGE:
        raise ValueError("What comes by phone page is the worker's own act")
    request, code = _take_in(union, person, channel, on, taken_in_by=acting.post)
    if request.answer == Answer.REPEATED:
        raise Refusal(_("An application of this person is already waiting for an answer."), "join_request_open_once")
    record(acting, "organising.take_in_application", request, channel)
    return request, code


@transaction.atomic
def admit_applicant(
    acting: Acting, request: JoinRequest, union: Organisation, *, on: date, transfer: bool = False
) -> JoinRequest:
    """Answer with a membership. `transfer`: the letter of the union that had them is in hand."""
    held = _waiting(acting, request)
    person = NewWorker(
        name=held.name,
        id_number=held.id_number.reveal(),
        phone=held.phone.reveal() if held.phone else "",
        is_migrant=held.is_migrant,
        new_form=held.new_form,
    )
    try:
        spell = membership.admit(acting, union, person, on=on)
    except Refusal as refusal:
        known = membership.worker_with(person.id_number) if transfer else None
        if refusal.code != "member_already" or known is None:
            raise
        spell = membership.transfer(acting, known, union, on=on)
    held.membership = spell
    return _answer(acting, held, Answer.ADMITTED)


@transaction.atomic
def refuse_applicant(acting: Acting, request: JoinRequest, *, reason: str) -> JoinRequest:
    """Answer no, with the reason that the worker is told."""
    held = _waiting(acting, request)
    if not reason.strip():
        raise Refusal(_("A refusal gives its reason."), "no_reason")
    return _answer(acting, held, Answer.REFUSED, reason.strip())


def admit_many(
    acting: Acting, requests: Sequence[JoinRequest], union: Organisation, *, on: date
) -> tuple[int, list[tuple[JoinRequest, Refusal]]]:
    """Admit those who can be, each for themselves; the others stay as they are and say why."""
    refused: list[tuple[JoinRequest, Refusal]] = []
    for request in requests:
        try:
            admit_applicant(acting, request, union, on=on)
        except Refusal as refusal:
            refused.append((request, refusal))
    return len(requests) - len(refused), refused


@transaction.atomic
def withdraw_on_the_web(request: JoinRequest, day: date) -> None:
    """The worker takes the application back, with its number and code."""
    held = JoinRequest.objects.select_for_update(of=("self",)).get(pk=request.pk)
    if held.answer not in ("", Answer.REPEATED):
        raise Refusal(_("This application was answered already; the answer stands."), "join_request_answered_once")
    held.answer, held.answered_on = Answer.WITHDRAWN, day
    held.save(update_fields=["answer", "answered_on"])


@transaction.atomic
def _take_in(
    union: Organisation, person: NewWorker, channel: str, day: date, **more: object
) -> tuple[JoinRequest, str]:
    number = id_number_of(person.id_number).text
    code = new_code()
    request = JoinRequest(
        organisation=union,
        number=next_number(union, day.year),
        code_digest=blind_index(code, CODE),
        name=person.name.strip(),
        new_form=person.new_form,
        is_migrant=person.is_migrant,
        channel=channel,
        asked_on=day,
        **more,
    )
    request.id_number, request.phone = number, person.phone or None
    with beyond_scope("daily-limits"):
        waits = JoinRequest.objects.filter(id_number_index=number, answer="").exists()
    if waits:
        request.answer, request.answered_on = Answer.REPEATED, day
    with constraints_refuse():
        request.save(force_insert=True)
    return request, code


def _waiting(acting: Acting, request: JoinRequest) -> JoinRequest:
    held = JoinRequest.objects.select_for_update(of=("self",)).get(pk=request.pk)
    check_organising(acting, held.scope_path)
    if held.answer:
        raise Refusal(_("This application was answered already; the answer stands."), "join_request_answered_once")
    return held


def _answer(acting: Acting, held: JoinRequest, answer: str, reason: str = "") -> JoinRequest:
    held.answer, held.answered_on, held.answered_by, held.answer_reason = answer, acting.day, acting.post, reason
    with constraints_refuse():
        held.save(update_fields=["answer", "answered_on", "answered_by", "answer_reason", "membership"])
    record(acting, "organising.answer_application", held, answer)
    return held
