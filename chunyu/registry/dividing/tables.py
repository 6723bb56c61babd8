"""A household that divides (分户): some of its people become a file of their own from a day on."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chunyu.federation.triggers import refuse
from chunyu.registry import codes
from chunyu.registry.asking.tables import ASKED_COLUMNS, Asked


class Division(Asked):
    """Asked by one and carried out by another. The file that was there keeps its worker, its decisions and its ledger;
    `new` is the file that came of it."""

    household = models.ForeignKey("registry.Household", models.PROTECT, related_name="divisions")
    day = models.DateField(_("from"))
    new = models.OneToOneField("registry.Household", models.PROTECT, null=True, blank=True, related_name="divided_from")

    class Meta(Asked.Meta):
        verbose_name = _("division of a household")
        constraints = [
            *Asked.Meta.constraints,
            models.UniqueConstraint(
                fields=["household"],
                condition=Q(state="asked"),
                name="division_one_at_a_time",
                violation_error_message=_("A division of this household is already waiting to be confirmed."),
            ),
            models.CheckConstraint(
                condition=Q(state="approved", new__isnull=False) | ~Q(state="approved") & Q(new__isnull=True),
                name="division_done_opens_a_file",
                violation_error_message=_("A division that is carried out names its new file, and only it does."),
            ),
        ]
        triggers = [
            *Asked.Meta.triggers,
            pgtrigger.ReadOnly(name="division_is_not_edited", fields=[*ASKED_COLUMNS, "household", "day"]),
        ]

    def __str__(self) -> str:
        return f"{self.household} {self.day}"


class DividedPerson(models.Model):
    """Somebody who goes to the new file, and what they are there to its worker; `now` is their row on it."""

    division = models.ForeignKey(Division, models.PROTECT, related_name="people")
    was = models.ForeignKey("registry.Member", models.PROTECT, related_name="+")
    relation = models.CharField(_("relation to the worker"), max_length=2, choices=codes.RELATION.choices)
    now = models.OneToOneField("registry.Member", models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("person of a division")
        constraints = [
            models.UniqueConstraint(
                fields=["division", "was"],
                name="divided_person_once",
                violation_error_message=_("A person is named twice."),
            ),
            models.UniqueConstraint(
                fields=["division"],
                condition=Q(relation="01"),
                name="divided_file_has_one_worker",
                violation_error_message=_("The new file is kept on one worker."),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="dividedperson_is_kept", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="dividedperson_is_not_edited", fields=["division", "was", "relation"]),
            pgtrigger.Trigger(
                name="divided_person_of_the_household",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=f"""
                    IF NOT EXISTS (
                        SELECT FROM registry_member m JOIN registry_division d ON d.household_id = m.household_id
                        WHERE m.id = NEW.was_id AND d.id = NEW.division_id AND NOT m.is_worker
                    ) THEN
                        {refuse("divided_person_of_the_household", "the worker stays, strangers do not go")}
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.was_id} {self.relation}"
