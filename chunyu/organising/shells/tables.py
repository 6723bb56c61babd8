"""On record about a union that may exist on paper only: attempts to reach it, and the inquiry with its signals."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.models import Post
from chunyu.casework.models import Case
from chunyu.federation.models import Organisation, Scoped
from chunyu.privacy.row_key import row_key
from chunyu.registry.employers.tables import ShellSpell


class ContactAttempt(Scoped):
    """Somebody telephoned a union or went there. `organisation` is the union."""

    class Way(models.TextChoices):
        PHONE = "phone", _("telephone")
        VISIT = "visit", pgettext_lazy("contact", "visit")

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    on = models.DateField(_("tried on"))
    way = models.CharField(_("how"), max_length=6, choices=Way.choices)
    reached = models.BooleanField(_("reached somebody"))
    note = models.CharField(pgettext_lazy("contact", "what was found"), max_length=200, blank=True, default="")
    tried_by = models.ForeignKey(Post, models.PROTECT, verbose_name=_("tried by"), related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("attempt to reach a union")
        indexes = [models.Index(fields=["organisation", "-on", "-recorded_at"], name="contact_attempt_latest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(way__in=["phone", "visit"]),
                name="contact_attempt_way_known",
                violation_error_message=_("A union is tried by telephone or by a visit."),
            )
        ]
        triggers = [
            pgtrigger.ReadOnly(name="contact_attempt_is_not_edited", exclude=["organisation", "scope_path"]),
            pgtrigger.Protect(name="contact_attempt_is_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.get_way_display()}"


class ShellInquiry(Scoped):
    """One inquiry into one union: its case, the standard it was suspected under, and at the end where its members went.
    `organisation` is the union."""

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    case = models.OneToOneField(Case, models.PROTECT, related_name="shell_inquiry")
    read_on = models.DateField(_("records read on"))
    standard = models.CharField(_("standard"), max_length=64)
    spell = models.ForeignKey(ShellSpell, models.PROTECT, null=True, blank=True, related_name="+")
    into = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, verbose_name=_("members went to"), related_name="+"
    )
    # All memberships that the union had ever had, so that those since can be told apart whatever days they carry.
    spells_before = models.PositiveIntegerField()
    members_before = models.PositiveIntegerField(_("members when it began"))
    members_joined = models.PositiveIntegerField(_("joined since"), null=True, blank=True)
    members_left = models.PositiveIntegerField(_("left since"), null=True, blank=True)
    members_moved = models.PositiveIntegerField(_("moved to another union"), null=True, blank=True)

    class Meta:
        verbose_name = _("inquiry into a union")
        constraints = [
            models.CheckConstraint(
                condition=Q(members_joined__isnull=True, members_left__isnull=True, members_moved__isnull=True)
                | Q(members_moved=F("members_before") + F("members_joined") - F("members_left")),
                name="shell_members_none_lost",
                violation_error_message=_("The members before and after do not add up: nobody may be lost."),
            ),
            models.CheckConstraint(
                condition=Q(into__isnull=False) | Q(members_moved__isnull=True) | Q(members_moved=0),
                name="shell_members_moved_somewhere",
                violation_error_message=_("Say which union takes the members."),
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="shell_inquiry_is_only_ended",
                fields=["case", "read_on", "standard", "spells_before", "members_before"],
            ),
            pgtrigger.Protect(name="shell_inquiry_is_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.organisation}"


class ShellSignal(models.Model):
    """One signal as the records showed it when the inquiry began: what the standard calls it, how much, since when."""

    inquiry = models.ForeignKey(ShellInquiry, models.PROTECT, related_name="signals")
    code = models.CharField(_("signal"), max_length=40)
    value = models.IntegerField(_("evidence"))
    since = models.DateField(_("since"), null=True, blank=True)

    class Meta:
        verbose_name = _("signal")
        constraints = [
            models.UniqueConstraint(
                fields=["inquiry", "code"],
                name="shell_signal_once",
                violation_error_message=_("A signal stands in an inquiry once."),
            )
        ]
        triggers = [pgtrigger.Protect(name="shell_signal_is_kept", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.code
