"""Departments that a federation works with, their people, and what is said about a question put to them."""

from __future__ import annotations

from datetime import date

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.models import Post
from chunyu.casework.models.evidence import DepartmentTask, Document
from chunyu.federation.models import Scoped, ScopedQuerySet
from chunyu.federation.triggers import refuse
from chunyu.privacy.fields import SealedTextField
from chunyu.privacy.row_key import row_key


class DepartmentQuerySet(ScopedQuerySet):
    def open_on(self, day: date) -> DepartmentQuerySet:
        return self.filter(Q(ended_on__isnull=True) | Q(ended_on__gt=day), since__lte=day)


class Department(Scoped):
    """A department of government or another body beside the union, at the level of one federation."""

    class Duty(models.TextChoices):
        """What it answers for; a service asks by duty, since names differ from place to place."""

        PETITIONS = "petitions", _("letters and petitions")
        HOUSING = "housing", _("housing and construction")
        POLICE = "police", _("public security")
        LABOUR = "labour", _("human resources and social security")
        INSPECTION = "inspection", _("labour inspection")
        CIVIL_AFFAIRS = "civil_affairs", _("civil affairs")
        JUSTICE = "justice", _("justice and legal aid")
        COURT = "court", pgettext_lazy("department", "court")
        PROCURATORATE = "procuratorate", _("procuratorate")
        SAFETY = "safety", _("work safety")
        HEALTH = "health", pgettext_lazy("department", "health")
        EDUCATION = "education", pgettext_lazy("department", "education")
        FINANCE = "finance", pgettext_lazy("department", "finance")
        TRANSPORT = "transport", pgettext_lazy("department", "transport")
        WATER = "water", pgettext_lazy("department", "water works")
        MANAGEMENT = "management", _("management of the workplace")
        OTHER = "other", pgettext_lazy("department", "other")

    name = models.CharField(_("official name"), max_length=100)
    duty = models.CharField(_("answers for"), max_length=20, choices=Duty.choices)
    since = models.DateField(_("works with the union since"))
    ended_on = models.DateField(_("no longer since"), null=True, blank=True)

    objects = DepartmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("department")
        ordering = ["scope_path", "duty", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "name"],
                condition=Q(ended_on__isnull=True),
                name="department_named_once",
                violation_error_message=_("This department is already listed here."),
            ),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gt=F("since")),
                name="department_ends_after_it_begins",
                violation_error_message=_("It cannot end before it begins."),
            ),
            models.CheckConstraint(
                condition=Q(
                    duty__in=[
                        "petitions",
                        "housing",
                        "police",
                        "labour",
                        "inspection",
                        "civil_affairs",
                        "justice",
                        "court",
                        "procuratorate",
                        "safety",
                        "health",
                        "education",
                        "finance",
                        "transport",
                        "water",
                        "management",
                        "other",
                    ]
                ),
                name="department_duty_known",
                violation_error_message=_("Choose what the department answers for."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


SEAT_FITS = pgtrigger.Trigger(
    name="department_seat_fits_its_post",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update,
    func=f"""
        IF NOT EXISTS (
            SELECT 1 FROM accounts_post p JOIN casework_department d ON d.id = NEW.department_id
            WHERE p.id = NEW.post_id AND p.role = 'department_officer' AND p.organisation_id = d.organisation_id
        ) THEN
            {refuse("department_seat_fits_its_post", "a seat is for a department officer of the same federation")}
        END IF;
        RETURN NEW;
    """,  # noqa: S608 - constants of this file
)


class Seat(models.Model):
    """The post through which one person of the department signs in. It sees that department's questions only."""

    department = models.ForeignKey(Department, models.PROTECT, related_name="seats")
    post = models.OneToOneField(Post, models.PROTECT, related_name="seat")

    class Meta:
        verbose_name = _("seat of a department")
        triggers = [SEAT_FITS, pgtrigger.Protect(name="department_seat_is_kept", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.department} {self.post}"


class SharedDocument(models.Model):
    """A paper of the case that the department may open, chosen when the question was put."""

    task = models.ForeignKey(DepartmentTask, models.PROTECT, related_name="shared")
    document = models.ForeignKey(Document, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("document shown to a department")
        constraints = [
            models.UniqueConstraint(
                fields=["task", "document"],
                name="document_shown_once_per_task",
                violation_error_message=_("This paper is already shown to the department."),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="shown_document_is_kept", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="shown_document_of_the_same_case",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=f"""
                    IF NOT EXISTS (
                        SELECT 1 FROM casework_departmenttask t JOIN casework_document d ON d.case_id = t.case_id
                        WHERE t.id = NEW.task_id AND d.id = NEW.document_id
                    ) THEN
                        {refuse("shown_document_of_the_same_case", "a paper of another case cannot be shown")}
                    END IF;
                    RETURN NEW;
                """,  # noqa: S608 - constants of this file
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task_id} {self.document_id}"


class TaskNote(models.Model):
    """Said between the department and those who work on the case; no other department reads it."""

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    task = models.ForeignKey(DepartmentTask, models.PROTECT, related_name="notes")
    note = SealedTextField()
    by = models.ForeignKey(Post, models.PROTECT, related_name="+")
    day = models.DateField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("note on a department's task")
        ordering = ["at", "id"]
        triggers = [pgtrigger.Protect(name="task_note_is_kept", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.task_id} {self.day}"
