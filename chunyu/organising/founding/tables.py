"""What is on record of a union on its way to being founded: the firms it is for, and what its meeting elected."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.lookups import GreaterThan, GreaterThanOrEqual
from django.utils.translation import gettext_lazy as _

from chunyu.casework.models import Case
from chunyu.federation.models import Organisation, Scoped
from chunyu.privacy.row_key import row_key
from chunyu.registry.employers.tables import WITH_MEMBERS, Enterprise

KINDS = [(kind.value, kind.label) for kind in WITH_MEMBERS]


class Founding(Scoped):
    """One union to be founded; `organisation` is the level that answers for its firms until it exists. What the steps
    say stands here, who took them and when on the case's timeline."""

    class Term(models.IntegerChoices):
        THREE = 3, _("3 years")
        FIVE = 5, _("5 years")

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    case = models.OneToOneField(Case, models.PROTECT, related_name="founding")
    name = models.CharField(_("name of the union"), max_length=120, blank=True, default="")
    kind = models.CharField(_("kind of union"), max_length=30, choices=KINDS, blank=True, default="")
    parent = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, verbose_name=_("to stand under"), related_name="+"
    )
    request_number = models.CharField(_("number of the request"), max_length=60, blank=True, default="")
    reply_number = models.CharField(_("number of the reply"), max_length=60, blank=True, default="")
    met_on = models.DateField(_("meeting held on"), null=True, blank=True)
    entitled = models.PositiveIntegerField(_("entitled to vote"), null=True, blank=True)
    present = models.PositiveIntegerField(_("present"), null=True, blank=True)
    votes = models.PositiveIntegerField(_("votes for the chair"), null=True, blank=True)
    chair = models.CharField(_("chair elected"), max_length=60, blank=True, default="")
    committee = models.CharField(_("committee elected"), max_length=1000, blank=True, default="")
    term_years = models.PositiveSmallIntegerField(_("term of office"), choices=Term.choices, null=True, blank=True)
    union = models.OneToOneField(
        Organisation, models.PROTECT, null=True, blank=True, verbose_name=_("union founded"), related_name="founding"
    )

    class Meta:
        verbose_name = _("founding of a union")
        constraints = [
            models.CheckConstraint(
                condition=Q(present__lte=F("entitled")) & Q(GreaterThanOrEqual(F("present") * 3, F("entitled") * 2)),
                name="founding_meeting_has_a_quorum",
                violation_error_message=_(
                    "At least two thirds of those entitled must be present, and no more than all."
                ),
            ),
            models.CheckConstraint(
                condition=Q(votes__lte=F("present")) & Q(GreaterThan(F("votes") * 2, F("entitled"))),
                name="founding_chair_has_a_majority",
                violation_error_message=_(
                    "The chair needs the votes of more than half of those entitled, and of no more than were present."
                ),
            ),
            models.CheckConstraint(
                condition=Q(union__isnull=True) | ~Q(chair="") & Q(met_on__isnull=False, votes__isnull=False),
                name="founding_union_is_elected",
                violation_error_message=_("A union is founded after its meeting has elected a chair."),
            ),
        ]
        triggers = [pgtrigger.Protect(name="founding_is_kept", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.name or str(self.case)


class FoundingFirm(models.Model):
    """An employer that a founding is for: one for a union of its own, several for a joint one. Until it is released it
    belongs to no other founding."""

    founding = models.ForeignKey(Founding, models.PROTECT, related_name="firms")
    enterprise = models.ForeignKey(Enterprise, models.PROTECT, verbose_name=_("employer"), related_name="foundings")
    released_on = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name = _("employer of a founding")
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise"],
                condition=Q(released_on__isnull=True),
                name="founding_of_an_employer_once",
                violation_error_message=_("The founding of a union is already under way for this employer."),
            ),
            models.UniqueConstraint(
                fields=["founding", "enterprise"],
                name="founding_firm_named_once",
                violation_error_message=_("This employer is named twice."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enterprise}"
