"""The record of who did what. Appended by the action that it records, and never changed: the database refuses."""

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from chunyu.accounts.models import Post, User
from chunyu.federation.models import ScopedQuerySet


class Entry(models.Model):
    """One act. `subject` names the object as room.Model:key, `note` is a sentence without personal values."""

    at = models.DateTimeField(_("time"), auto_now_add=True)
    user = models.ForeignKey(User, models.PROTECT, verbose_name=_("user"), related_name="+")
    post = models.ForeignKey(Post, models.PROTECT, verbose_name=_("post"), related_name="+")
    event = models.CharField(_("event"), max_length=60, db_index=True)
    subject = models.CharField(_("subject"), max_length=120, db_index=True)
    # Where it was seen on the day: an organisation that moves later leaves its record behind.
    scope_path = models.CharField(max_length=80, db_collation="C")
    note = models.TextField(_("note"), blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("audit entry")
        indexes = [models.Index(fields=["scope_path", "-at"], name="audit_of_a_subtree_newest")]
        triggers = [
            pgtrigger.Protect(name="audit_entry_is_kept", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="audit_entries_are_kept",
                level=pgtrigger.Statement,
                when=pgtrigger.Before,
                operation=pgtrigger.Truncate,
                func="RAISE EXCEPTION 'the record of acts is never emptied';",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.event} {self.subject}"
