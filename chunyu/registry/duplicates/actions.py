"""The verbs of duplicates: look for them, say what a pair is, confirm it, take it back."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.audit.record import record
from chunyu.registry.duplicates.model import shipped
from chunyu.registry.duplicates.people import person_of
from chunyu.registry.models import Look, Member, NightlyLook, Pair, PairWord
from chunyu.registry.refusing import constraints_refuse, sentences
from chunyu.registry.tasks import look_for_duplicates

DECIDERS = frozenset({Role.COUNTY_CASEWORKER, Role.COUNTY_APPROVER})
Kind = PairWord.Kind


@transaction.atomic
def start_look(acting: Acting, *, queue: bool = True) -> Look:
    """Queue a look for duplicates among the people on open files under the acting organisation."""
    _check(acting)
    look = Look(organisation=acting.organisation, post=acting.post, weights=shipped().version)
    with constraints_refuse():
        look.save(force_insert=True)
    record(acting, "registry.look_for_duplicates", look)
    if queue:
        look_for_duplicates.defer(look=str(look.pk))
    return look


@transaction.atomic
def order_every_night(acting: Acting) -> NightlyLook:
    """From tonight on a look every night, through this post, until somebody ends it."""
    _check(acting)
    order = NightlyLook(organisation=acting.organisation, ordered_by=acting.post, ordered_on=acting.day)
    with constraints_refuse():
        order.save(force_insert=True)
    record(acting, "registry.order_nightly_look", acting.organisation)
    return order


@transaction.atomic
def end_every_night(acting: Acting, order: NightlyLook) -> None:
    """No look at night any more."""
    _check(acting)
    if not acting.sees(order.scope_path):
        raise Refusal(_("This organisation is not under yours."), "out_of_scope")
    order.ended_by, order.ended_on = acting.post, max(acting.day, order.ordered_on)
    with constraints_refuse():
        order.save(update_fields=["ended_by", "ended_on"])
    record(acting, "registry.end_nightly_look", acting.organisation)


@transaction.atomic
def say(acting: Acting, pair: Pair, *, same: bool, note: str = "") -> PairWord:
    """Say that a pair is one person, or two; it holds once another person confirms it."""
    held = _locked(acting, pair)
    return _append(acting, held, Kind.SAYS, same, note=note)


@transaction.atomic
def confirm(acting: Acting, pair: Pair, *, same: bool) -> PairWord:
    """Confirm what another person said. `same` is what the confirming person saw on the page."""
    held = _locked(acting, pair)
    said = _said(held)
    if said.same != same:
        raise Refusal(_("Something else was said meanwhile. Look at the pair again."), "pairword_answers_one")
    return _append(acting, held, Kind.CONFIRMS, same, answers=said)


@transaction.atomic
def take_back(acting: Acting, pair: Pair) -> PairWord:
    """Take back what one said, before another confirms it."""
    held = _locked(acting, pair)
    said = _said(held)
    return _append(acting, held, Kind.TAKES_BACK, said.same, answers=said)


def waiting_word(pair: Pair) -> PairWord | None:
    """What was said and waits for another person; None when nothing is."""
    return pair.words.filter(kind=Kind.SAYS, answer__isnull=True).select_related("user").first()


def _said(pair: Pair) -> PairWord:
    if pair.state != Pair.State.OPEN:
        raise Refusal(sentences()["pairword_while_open"], "pairword_while_open")
    said = waiting_word(pair)
    if said is None:
        raise Refusal(_("Nothing was said of this pair that waits to be confirmed."), "nothing_said")
    return said


def _locked(acting: Acting, pair: Pair) -> Pair:
    """The pair as it stands, for as long as the transaction lasts. Refused when a record says something else than
    what was compared: the next look compares it anew."""
    _check(acting)
    if not acting.sees(pair.scope_path):
        raise Refusal(_("This organisation is not under yours."), "out_of_scope")
    held = Pair.objects.select_for_update(of=("self",)).get(pk=pair.pk)
    for member, digest in ((held.left_id, held.left_digest), (held.right_id, held.right_digest)):
        row = Member.objects.get(pk=member)
        if held.state == Pair.State.OPEN and (not row.is_open or person_of(row).digest != digest):
            raise Refusal(
                _("One of the two records has changed since they were compared. Look for duplicates again."),
                "record_changed",
            )
    return held


def _append(acting: Acting, pair: Pair, kind: str, same: bool, **more: object) -> PairWord:
    word = PairWord(pair=pair, kind=kind, same=same, by=acting.post, user_id=acting.user_id, day=acting.day, **more)
    with constraints_refuse():
        word.save(force_insert=True)
    record(acting, f"registry.pair_{kind}", pair, "same" if same else "different")
    return word


def _check(acting: Acting) -> None:
    if acting.role not in DECIDERS:
        raise Refusal(
            _("Duplicates are looked for and decided by caseworkers and approvers of a county or above."), "role"
        )
