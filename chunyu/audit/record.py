"""Writing the record: an argument of every action, not a habit."""

from django.db import models, transaction

from chunyu.accounts.acting import Acting
from chunyu.audit.models import Entry


def record(acting: Acting, event: str, subject: models.Model, note: str = "") -> Entry:
    """Append one act to the record, in the transaction of the act itself.

    `event` is "room.verb" ("casework.move"). `note` must hold no personal value: keys, counts and state names only.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError(f"{event}: an act and its record belong to one transaction.")
    return Entry.objects.create(
        user_id=acting.user_id,
        post=acting.post,
        event=event,
        subject=f"{subject._meta.label}:{subject.pk}",
        scope_path=getattr(subject, "scope_path", None) or acting.path,
        note=note,
    )
