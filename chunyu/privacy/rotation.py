"""Changing the sealing key.

1. `keyring.add_key()`; 2. restart the site and the worker, so that nobody seals under the old key any more;
3. `reseal_all()`; 4. take the old key out of the keyring, and keep it as long as backups from before are kept.
"""

from collections.abc import Callable

import pgtrigger
from django.apps import apps
from django.db import models, transaction
from django.db.models import Func, Value

from chunyu.privacy import own_keys, vault
from chunyu.privacy.fields import SealedTextField
from chunyu.privacy.keyring import keyring

ROWS_AT_A_TIME = 500


def sealed_fields() -> dict[type[models.Model], list[SealedTextField]]:
    """The sealed fields of every table."""
    found = {
        model: [field for field in model._meta.local_fields if isinstance(field, SealedTextField)]
        for model in apps.get_models()
        if model._meta.managed and not model._meta.proxy
    }
    return {model: fields for model, fields in found.items() if fields}


def reseal_all(progress: Callable[[str, int], None] = lambda table, rows: None) -> dict[str, int]:
    """Seal every value and file under the current key that is under an older one; how many rows of each table.

    Works in small transactions and can be stopped and started again at any time. When it has ended, no value needs an
    older key, and the keyring passes without one.
    """
    own_keys.leave_marks()
    counts: dict[str, int] = {}
    for model, fields in sealed_fields().items():
        counts[model._meta.label] = 0
        while done := _reseal_some(model, fields):
            counts[model._meta.label] += done
            progress(model._meta.label, counts[model._meta.label])
    counts["vault"] = vault.reseal()
    own_keys.forget_older()
    return counts


@transaction.atomic
def _reseal_some(model: type[models.Model], fields: list[SealedTextField]) -> int:
    keys = {f"key_of_{field.name}": _key_of(field) for field in fields}
    older = models.Q()
    for key in keys:
        older |= models.Q(**{f"{key}__lt": keyring().current})
    rows = list(
        models.QuerySet(model)
        .alias(**keys)
        .filter(older)
        .only("pk", *(field.name for field in fields))
        .select_for_update()[:ROWS_AT_A_TIME]
    )
    for row in rows:
        for field in fields:
            sealed = getattr(row, field.attname)
            if sealed is not None:
                setattr(row, field.attname, sealed.reveal())
    # What a row says stays the same, so even rows that are never edited take a new seal.
    with pgtrigger.ignore():
        models.QuerySet(model).bulk_update(rows, [field.name for field in fields])
    return len(rows)


def _key_of(field: SealedTextField) -> Func:
    """The key number, which is the second byte of a sealed value."""
    return Func(field.attname, Value(1), function="get_byte", output_field=models.IntegerField())
