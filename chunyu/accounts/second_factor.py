"""The second factor: a code from an app on the person's phone, or one of ten codes on paper.

Each code counts once. After five wrong ones nothing counts for a while; that can only happen to somebody whose
password is known, so nobody is locked out by a stranger.
"""

from __future__ import annotations

import base64
import secrets
import time
from datetime import timedelta
from urllib.parse import quote

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django_otp.oath import totp

from chunyu.accounts.models import RecoveryCode, SecondFactor, User
from chunyu.accounts.refusal import Refusal
from chunyu.privacy.letter_code import as_written, new_code
from chunyu.privacy.sealing import blind_index

STEP = 30  # seconds that a code stands for
DRIFT = (-1, 0, 1)  # steps by which a phone's clock may be off
DIGITS = 6
KEY_BYTES = 20
WRONG_AT_MOST = 5
PAUSE = timedelta(minutes=15)
RECOVERY_CODES = 10


def is_required() -> bool:
    return settings.SECOND_FACTOR == "required"


def of(user: User) -> SecondFactor | None:
    """The factor that the person has set up, or None."""
    return SecondFactor.objects.filter(user=user, confirmed_at__isnull=False).first()


@transaction.atomic
def begin(user: User) -> SecondFactor:
    """A fresh key, which counts once a first code was entered; an earlier try is forgotten."""
    if of(user):
        raise Refusal(_("A second factor is set up already."), code="set-up")
    SecondFactor.objects.filter(user=user).delete()
    key = base64.b32encode(secrets.token_bytes(KEY_BYTES)).decode()
    return SecondFactor.objects.create(user=user, key=key)


def address(factor: SecondFactor) -> str:
    """What the square of the set-up page says to the app."""
    name, issuer = quote(factor.user.username), quote(_("Chunyu"))
    return f"otpauth://totp/{issuer}:{name}?secret={factor.key.reveal()}&issuer={issuer}&period={STEP}&digits={DIGITS}"


@transaction.atomic
def confirm(user: User, code: str) -> list[str]:
    """The first code from the app: from now on it is asked for. Answers the recovery codes, which are kept nowhere."""
    factor = SecondFactor.objects.select_for_update().filter(user=user, confirmed_at__isnull=True).first()
    step = factor and _step_of(factor, code)
    if not factor or step is None:
        raise Refusal(_("This code does not fit. Enter the one that the app shows now."), code="wrong")
    factor.confirmed_at, factor.last_step = timezone.now(), step
    factor.save(update_fields=["confirmed_at", "last_step"])
    return _recovery_codes(user)


def check(user: User, code: str) -> None:
    """One code of the app or on paper; Refusal when it does not fit, counted was before, or too many were wrong."""
    # What was wrong must be kept though it ends in a refusal, so the refusal is raised outside the transaction.
    with transaction.atomic():
        factor = SecondFactor.objects.select_for_update().get(user=user, confirmed_at__isnull=False)
        refusal = _paused(factor) or _checked(factor, code)
    if refusal:
        raise refusal


@transaction.atomic
def new_recovery_codes(user: User) -> list[str]:
    """Ten others; the old ones no longer count."""
    if of(user) is None:
        raise Refusal(_("Set up a second factor first."), code="none")
    return _recovery_codes(user)


@transaction.atomic
def remove(user: User) -> None:
    """Without a second factor from now on; where one is required, the next sign-in asks to set up another."""
    RecoveryCode.objects.filter(user=user).delete()
    SecondFactor.objects.filter(user=user).delete()


def _paused(factor: SecondFactor) -> Refusal | None:
    if factor.wrong < WRONG_AT_MOST or factor.wrong_at is None:
        return None
    left = factor.wrong_at + PAUSE - timezone.now()
    if left <= timedelta():
        factor.wrong = 0
        return None
    minutes = -(-int(left.total_seconds()) // 60)
    return Refusal(_("Too many wrong codes. Try again in %(minutes)d minutes.") % {"minutes": minutes}, code="paused")


def _checked(factor: SecondFactor, code: str) -> Refusal | None:
    step = _step_of(factor, code)
    used = step is None and _recovered(factor.user, code)
    if step is not None or used:
        factor.wrong, factor.last_step = 0, step if step is not None else factor.last_step
    else:
        factor.wrong, factor.wrong_at = factor.wrong + 1, timezone.now()
    factor.save(update_fields=["wrong", "wrong_at", "last_step"])
    if step is not None or used:
        return None
    return Refusal(_("This code does not fit. Enter the one that the app shows now, or one from paper."), code="wrong")


def _step_of(factor: SecondFactor, code: str) -> int | None:
    """The time step of a code of the app, later than the last that counted; None when it fits none."""
    digits = "".join(code.split())
    if not (digits.isdecimal() and len(digits) == DIGITS):
        return None
    key, now = base64.b32decode(factor.key.reveal()), int(time.time()) // STEP
    for drift in DRIFT:
        fits = secrets.compare_digest(f"{totp(key, STEP, drift=drift):06d}".encode(), digits.encode())
        if fits and now + drift > factor.last_step:
            return now + drift
    return None


def _recovered(user: User, code: str) -> bool:
    found = RecoveryCode.objects.filter(user=user, digest=_digest(user, code), used_at__isnull=True)
    return found.update(used_at=timezone.now()) == 1


def _recovery_codes(user: User) -> list[str]:
    RecoveryCode.objects.filter(user=user).delete()
    codes = [new_code() for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, digest=_digest(user, code)) for code in codes)
    return codes


def _digest(user: User, code: str) -> bytes:
    return blind_index(as_written(code), f"recovery-code:{user.pk}")
