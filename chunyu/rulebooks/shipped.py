"""Keeping the rulebooks that come with the software, so that they can be read when the next release changes them."""

from __future__ import annotations

from typing import Any

from django.db import connections, transaction
from django.db.models import Max

from chunyu.policy import Pack, installed_packs
from chunyu.policy.loading import PACKS, pack_files
from chunyu.rulebooks.models import RulebookFile, RulebookVersion

LOCK = "SELECT pg_advisory_xact_lock(hashtext('rulebooks.number'))"


def keep_all(using: str = "default", **_: Any) -> None:
    """Keep every installed rulebook that is not yet kept; harmless when all are."""
    if RulebookVersion._meta.db_table not in connections[using].introspection.table_names():
        return
    for pack in reversed(installed_packs()):
        keep(pack)


@transaction.atomic
def keep(pack: Pack) -> RulebookVersion:
    """The row of an installed rulebook, made when it is missing."""
    kept = RulebookVersion.objects.filter(digest=pack.digest, state=RulebookVersion.State.SHIPPED).first()
    if kept is not None:
        return kept
    number = next_number(pack.id)
    version = RulebookVersion.objects.create(
        pack=pack.id,
        number=number,
        state=RulebookVersion.State.SHIPPED,
        digest=pack.digest,
        begun_on=pack.valid_from,
        in_force_from=pack.valid_from,
    )
    files = pack_files(PACKS / pack.id)
    # One by one, and each seen by the next: the database closes the version when its files give its digest.
    for name, content in files.items():
        RulebookFile.objects.create(version=version, name=name, text=content.decode().replace("\r\n", "\n"))
    return version


def next_number(pack: str) -> int:
    """The next number of a rulebook's versions; others who ask wait until this transaction ends."""
    with connections["default"].cursor() as cursor:
        cursor.execute(LOCK)
    return (RulebookVersion.objects.filter(pack=pack).aggregate(last=Max("number"))["last"] or 0) + 1
