"""Are these the keys that this database was sealed with?

With other keys nothing opens, and what is written with them never opens under the right ones again. So each key leaves
a mark in the database when it is first used there, and every start compares them: after each migrate marks are left
for new keys, and `verify` is a check that runs before migrate, before the site and before the worker.
"""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from chunyu.privacy.keyring import keyring
from chunyu.privacy.models import KeyMark
from chunyu.privacy.sealing import SealBroken, blind_index, seal_under, unseal

BLIND = "blind"
TEXT = "润物细无声"


def verify(using: str = "default") -> None:
    """ImproperlyConfigured when a mark does not open under the keyring at hand."""
    if KeyMark._meta.db_table not in connections[using].introspection.table_names():
        return
    for mark in KeyMark.objects.using(using).order_by("key"):
        if not _fits(mark.key, bytes(mark.mark)):
            raise ImproperlyConfigured(
                f"The keys in {settings.PLACES.keys} (or CHUNYU_SEAL_KEYS and CHUNYU_BLIND_KEY) are not the ones that "
                f"this database was sealed with: key {mark.key} does not fit. Bring the keyring back from its copy, or "
                "point DATABASE_URL at the database that belongs to it. Nothing was read or written."
            )


def leave_marks(using: str = "default", **_: Any) -> None:
    """Mark every key of the keyring that this database does not know yet."""
    if KeyMark._meta.db_table not in connections[using].introspection.table_names():
        return
    known = set(KeyMark.objects.using(using).values_list("key", flat=True))
    marks = {str(number): seal_under(number, TEXT.encode(), _context(str(number))) for number in keyring().seal_keys}
    marks[BLIND] = blind_index(TEXT, _context(BLIND))
    KeyMark.objects.using(using).bulk_create(
        (KeyMark(key=key, mark=mark) for key, mark in marks.items() if key not in known), ignore_conflicts=True
    )


def forget_older() -> None:
    """Drop the marks of keys that nothing is sealed under any more."""
    KeyMark.objects.exclude(key__in=[str(keyring().current), BLIND]).delete()


@register(Tags.database)
def check_keys(databases: list[str] | None = None, **_: Any) -> list[CheckMessage]:
    try:
        for using in databases or []:
            verify(using)
    except ImproperlyConfigured as wrong:
        return [Error(str(wrong), id="privacy.E001")]
    return []


def _fits(key: str, mark: bytes) -> bool:
    if key == BLIND:
        return mark == blind_index(TEXT, _context(BLIND))
    try:
        return unseal(mark, _context(key)).decode() == TEXT
    except SealBroken:
        return False


def _context(key: str) -> str:
    return f"privacy_keymark:mark:{key}"
