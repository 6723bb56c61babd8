"""The record of who did what and who saw whom. Appended and never changed: the database refuses."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chunyu.accounts.models import Post, User
from chunyu.federation.models import ScopedQuerySet


def kept(name: str, of_all: str) -> list[pgtrigger.Trigger]:
    """The triggers of a table whose rows stay as they are."""
    return [
        pgtrigger.Protect(name=name, operation=pgtrigger.Update | pgtrigger.Delete),
        pgtrigger.Trigger(
            name=of_all,
            level=pgtrigger.Statement,
            when=pgtrigger.Before,
            operation=pgtrigger.Truncate,
            func="RAISE EXCEPTION 'the record of acts is never emptied';",
        ),
    ]


class Entry(models.Model):
    """One act. `subject` names the object as room.Model:key, `note` is a sentence without personal values.

    `seen` are the keys of the households and workers whose values were shown or taken away, where the act was to look.
    There is no `post` where somebody without one signs in.
    """

    at = models.DateTimeField(_("time"), auto_now_add=True)
    user = models.ForeignKey(User, models.PROTECT, verbose_name=_("user"), related_name="+")
    post = models.ForeignKey(Post, models.PROTECT, null=True, verbose_name=_("post"), related_name="+")
    event = models.CharField(_("event"), max_length=60, db_index=True)
    subject = models.CharField(_("subject"), max_length=120, db_index=True)
    # Where it was seen on the day: an organisation that moves later leaves its record behind.
    scope_path = models.CharField(max_length=80, db_collation="C")
    note = models.TextField(_("note"), blank=True)
    seen = ArrayField(models.UUIDField(), verbose_name=_("people shown"), default=list, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("audit entry")
        indexes = [
            models.Index(fields=["scope_path", "-at"], name="audit_of_a_subtree_newest"),
            models.Index(fields=["user", "-at"], name="audit_of_a_person_newest"),
            GinIndex(fields=["seen"], name="audit_who_saw", condition=~Q(seen=[])),
        ]
        triggers = kept("audit_entry_is_kept", "audit_entries_are_kept")

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.event} {self.subject}"


class Link(models.Model):
    """An entry's place in the chain: its digest covers the entry and the digest before, so that nothing can be changed,
    taken out or put in between without every later digest giving it away. Made once the entry is committed.
    """

    position = models.BigIntegerField(primary_key=True)
    entry = models.OneToOneField(Entry, models.PROTECT, related_name="link")
    sealed_at = models.DateTimeField()
    digest = models.BinaryField(max_length=32)

    class Meta:
        verbose_name = _("link of the record")
        constraints = [models.CheckConstraint(condition=Q(position__gte=1), name="audit_chain_begins_at_one")]
        triggers = kept("audit_link_is_kept", "audit_links_are_kept")

    def __str__(self) -> str:
        return f"{self.position}"
