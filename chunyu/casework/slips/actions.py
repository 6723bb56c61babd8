"""Giving a slip, speaking with it, and answering."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.audit.record import record
from chunyu.casework.actions.case import caused, locked
from chunyu.casework.models import Case, Message, TimelineEntry
from chunyu.casework.models.case import WORD
from chunyu.casework.slips.queries import CODE, followed, kinds_of_word
from chunyu.casework.slips.tables import Slip, Word
from chunyu.privacy.letter_code import new_code
from chunyu.privacy.sealing import blind_index

WORDS_A_DAY = 3
UNANSWERED_AT_MOST = 5


@transaction.atomic
def give_slip(acting: Acting, case: Case) -> tuple[Slip, str]:
    """A slip with a code that is shown once. A slip given before opens nothing any longer."""
    locked(acting, case)
    _works(acting, case)
    case.slips.filter(ended_on__isnull=True).update(ended_on=acting.day)
    code = new_code()
    slip = Slip.objects.create(
        case=case, code_digest=blind_index(code, CODE), given_by=acting.post, given_on=acting.day
    )
    TimelineEntry.objects.create(case=case, day=acting.day, post=acting.post, act="give_slip")
    record(acting, "casework.give_slip", case)
    return slip, code


@transaction.atomic
def end_slip(acting: Acting, case: Case) -> None:
    """The slip was lost, or is in wrong hands: it opens nothing from this moment on."""
    locked(acting, case)
    _works(acting, case)
    if not case.slips.filter(ended_on__isnull=True).update(ended_on=acting.day):
        raise Refusal(_("This case has no slip."), code="slip")
    record(acting, "casework.end_slip", case)


@transaction.atomic
def say(slip: Slip, *, kind: str, text: str, day: date) -> Word:
    """The applicant's word reaches the desks on which the case lies, and moves the case where its process says so. A
    few a day, and a few unanswered, at most."""
    case = Case.objects.select_for_update(of=("self",)).get(pk=followed(slip.case).pk)
    if not Slip.objects.filter(pk=slip.pk, ended_on__isnull=True).exists():
        raise Refusal(_("This slip is no longer in use. Ask your union for a new one."), code="slip")
    if not text.strip():
        raise Refusal(_("Write what you want to say."), code="field")
    if kind not in dict(kinds_of_word(case)):
        raise Refusal(_("Choose what it is about."), code="kind")
    own = case.words.filter(slip__case=slip.case_id)
    waiting = own.filter(answered_on__isnull=True).count()
    if own.filter(said_on=day).count() >= WORDS_A_DAY or waiting >= UNANSWERED_AT_MOST:
        raise Refusal(
            _("You have written several times already. Somebody will answer; or call your union."), "too many"
        )
    word = Word.objects.create(case=case, slip=slip, kind=kind, text=text, said_on=day)
    TimelineEntry.objects.create(case=case, day=day, post=None, act="word", code=kind)
    if made := case.table.said.get(case.state, {}).get(kind):
        caused(None, case, made, day, note=text)
    desks = case.table.owners[case.state] or frozenset(
        role for made in case.table.moves_from(case.state) for role in case.table.who[made.name].roles
    )
    told = sorted(desks & case.table.access.works) or sorted(case.table.access.works)
    Message.objects.bulk_create(Message(case=case, move=WORD, to=role, day=day) for role in told)
    return word


@transaction.atomic
def answer_word(acting: Acting, word: Word, *, answer: str) -> Word:
    """The applicant reads the answer with the slip. Closed cases are answered too."""
    case = locked(acting, word.case)
    _works(acting, case)
    word = Word.objects.select_for_update(of=("self",)).get(pk=word.pk)
    if word.answered_on is not None:
        raise Refusal(_("This has been answered already."), code="answered")
    if not answer.strip():
        raise Refusal(_("Write the answer."), code="field")
    word.answer, word.answered_by, word.answered_on = answer, acting.post, acting.day
    word.save()
    TimelineEntry.objects.create(case=case, day=acting.day, post=acting.post, act="answer_word")
    record(acting, "casework.answer_word", case, f"word {word.pk}")
    return word


def _works(acting: Acting, case: Case) -> None:
    if acting.role not in case.table.access.works:
        raise Refusal(_("Your post reads cases and does not work on them."), code="role")
