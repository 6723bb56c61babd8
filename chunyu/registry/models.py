"""Households on file, the people in them, and what has been stated about them.

The database itself keeps: one open file per person across all counties, one worker per open household, facts that are
only ever appended. `Member.is_open` is worked out by a trigger, so no action can forget it.
"""

from __future__ import annotations

from datetime import datetime

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from chunyu.accounts.models import User
from chunyu.federation.models import Scoped, ScopedQuerySet
from chunyu.privacy.fields import BlindIndexField, SealedTextField
from chunyu.privacy.row_key import row_key
from chunyu.registry import codes, names
from chunyu.registry.changes.tables import ChangeRequest, ProposedFact
from chunyu.registry.consent.tables import ConsentEvent, ConsentText
from chunyu.registry.dividing.tables import DividedPerson, Division
from chunyu.registry.duplicates.nightly import NightlyLook
from chunyu.registry.duplicates.parting import Parting
from chunyu.registry.duplicates.tables import JoinedPerson, Joining, Look, Pair, PairPart, PairWord
from chunyu.registry.employers.tables import Enterprise, Headcount, ShellSpell, UnionCover
from chunyu.registry.identity import ID_NUMBER
from chunyu.registry.importing.tables import HeaderMeaning, ImportBatch, RememberedSheet, UnionMeaning
from chunyu.registry.membership.tables import (
    EmployerOfMembers,
    GroupChange,
    JoinRequest,
    MemberCount,
    MemberDay,
    Membership,
    MemberTally,
    UnionOfMembers,
    Worker,
)

__all__ = [
    "Cause",
    "ChangeRequest",
    "ConsentEvent",
    "ConsentText",
    "DividedPerson",
    "Division",
    "EmployerOfMembers",
    "Enterprise",
    "Fact",
    "FileSequence",
    "GroupChange",
    "Headcount",
    "HeaderMeaning",
    "Household",
    "ImportBatch",
    "JoinRequest",
    "JoinedPerson",
    "Joining",
    "Look",
    "Member",
    "MemberCount",
    "MemberDay",
    "MemberTally",
    "Membership",
    "NightlyLook",
    "Pair",
    "PairPart",
    "PairWord",
    "Parting",
    "ProposedFact",
    "RememberedSheet",
    "ShellSpell",
    "UnionCover",
    "UnionMeaning",
    "UnionOfMembers",
    "Worker",
]


class FileSequence(models.Model):
    """The last file number that a county gave out in a year."""

    county_code = models.CharField(max_length=12)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["county_code", "year"],
                name="file_sequence_once_per_county_and_year",
                violation_error_message=_("This county already numbers its files of this year."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.county_code}-{self.year}: {self.last}"


class Household(Scoped):
    """One family's file, kept by the union responsible for its worker."""

    class Status(models.TextChoices):
        ON_FILE = "on_file", _("on file")
        EXITED = "exited", _("exited")
        MERGED = "merged", _("merged into another file")
        CLOSED = "closed", _("closed")

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    file_number = models.CharField(_("file number"), max_length=24, unique=True)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.ON_FILE)
    opened_on = models.DateField(_("file opened on"))
    closed_on = models.DateField(_("file closed on"), null=True, blank=True)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged_from")

    housing_kind = models.CharField(
        _("housing kind"), max_length=16, choices=codes.HOUSING_KIND.choices, blank=True, default=""
    )
    floor_area = models.DecimalField(_("floor area (m²)"), max_digits=8, decimal_places=2, null=True, blank=True)
    single_parent = models.BooleanField(_("single parent"), null=True, blank=True)
    self_help_ability = models.BooleanField(_("has some ability to help itself"), null=True, blank=True)
    zero_employment = models.BooleanField(_("nobody in work"), null=True, blank=True)

    employer = models.CharField(_("employer"), max_length=120, blank=True, default="")
    employer_ownership = models.CharField(_("ownership of the employer"), max_length=40, blank=True, default="")
    employer_condition = models.CharField(_("condition of the employer"), max_length=40, blank=True, default="")
    industry = models.CharField(_("industry"), max_length=60, blank=True, default="")

    bank_name = models.CharField(_("bank"), max_length=80, blank=True, default="")
    bank_branch = models.CharField(_("bank branch"), max_length=120, blank=True, default="")
    bank_card = SealedTextField(_("bank card"), null=True, blank=True)
    note = SealedTextField(_("note"), null=True, blank=True)

    class Meta:
        verbose_name = _("household")
        constraints = [
            models.CheckConstraint(
                condition=Q(status="on_file", closed_on__isnull=True)
                | ~Q(status="on_file") & Q(closed_on__isnull=False),
                name="household_closed_with_a_day",
                violation_error_message=_(
                    "A file that is no longer open has the day it was closed; an open one has none."
                ),
            ),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True) | Q(closed_on__gte=F("opened_on")),
                name="household_closed_after_opened",
                violation_error_message=_("A file cannot be closed before it was opened."),
            ),
            models.CheckConstraint(
                condition=Q(status="merged", merged_into__isnull=False)
                | ~Q(status="merged") & Q(merged_into__isnull=True),
                name="household_merged_names_the_other",
                violation_error_message=_(
                    "A merged file names the file it was merged into, and only a merged one does."
                ),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="household_opens_with_a_worker",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                func="""
                    IF NOT EXISTS (SELECT 1 FROM registry_member WHERE household_id = NEW.id AND is_worker) THEN
                        RAISE EXCEPTION 'household % has no worker', NEW.id
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'household_has_a_worker';
                    END IF;
                    RETURN NULL;
                """,
            ),
            pgtrigger.Trigger(
                name="household_opens_its_members",
                when=pgtrigger.After,
                operation=pgtrigger.UpdateOf("status"),
                condition=pgtrigger.Condition("OLD.status IS DISTINCT FROM NEW.status"),
                func="UPDATE registry_member SET is_open = is_open WHERE household_id = NEW.id; RETURN NULL;",
            ),
            pgtrigger.Trigger(
                name="household_merged_by_a_joining",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                condition=pgtrigger.Condition("NEW.status = 'merged' AND NEW.merged_into_id IS NOT NULL"),
                func="""
                    IF NOT EXISTS (
                        SELECT FROM registry_joining
                        WHERE joined_id = NEW.id AND into_id = NEW.merged_into_id AND parted_on IS NULL
                    ) THEN
                        RAISE EXCEPTION 'file % is joined to none', NEW.id
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'household_merged_by_a_joining';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Protect(name="household_is_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.file_number

    @property
    def worker(self) -> Member:
        """The person the file is kept on (uses prefetched members when there are any)."""
        return next(each for each in self.members.all() if each.is_worker and each.left_on is None)


class Member(Scoped):
    """A person in a household, from the day they joined it to the day they left."""

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    household = models.ForeignKey(Household, models.PROTECT, verbose_name=_("household"), related_name="members")
    name = models.CharField(_("person's name"), max_length=60)
    name_pinyin = models.CharField(max_length=200, db_index=True, editable=False)
    search_text = models.CharField(max_length=400, editable=False)
    search_grams = ArrayField(models.TextField(), editable=False)
    relation = models.CharField(_("relation to the worker"), max_length=2, choices=codes.RELATION.choices)
    is_worker = models.BooleanField(_("is the worker"), default=False)
    is_open = models.BooleanField(default=True, editable=False)
    sex = models.CharField(_("sex"), max_length=1, choices=codes.SEX.choices)
    birth_date = models.DateField(_("birth date"))
    id_number = SealedTextField(_("ID number"))
    id_number_index = BlindIndexField(of="id_number", purpose=ID_NUMBER, db_index=True)
    phone = SealedTextField(_("phone"), null=True, blank=True)
    address = SealedTextField(_("home address"), null=True, blank=True)
    health_detail = SealedTextField(_("illness or disability in words"), null=True, blank=True)
    ethnic_group = models.CharField(
        _("ethnic group"), max_length=2, choices=codes.NATION.choices, blank=True, default=""
    )
    marital = models.CharField(_("marital status"), max_length=2, choices=codes.MARITAL.choices, blank=True, default="")
    register_kind = models.CharField(
        _("register kind"), max_length=10, choices=codes.REGISTER_KIND.choices, blank=True, default=""
    )
    political_status = models.CharField(
        _("political status"), max_length=2, choices=codes.POLITICS.choices, blank=True, default=""
    )
    education = models.CharField(_("education"), max_length=2, choices=codes.EDUCATION.choices, blank=True, default="")
    model_worker = models.CharField(
        _("model worker"), max_length=10, choices=codes.MODEL_WORKER.choices, blank=True, default=""
    )
    medical_insurance = models.CharField(_("medical insurance"), max_length=40, blank=True, default="")
    school_or_unit = models.CharField(_("school or unit"), max_length=120, blank=True, default="")
    started_work_on = models.DateField(_("started work on"), null=True, blank=True)
    joined_on = models.DateField(_("in the household since"))
    left_on = models.DateField(_("left the household on"), null=True, blank=True)
    leave_reason = models.CharField(_("why they left"), max_length=40, blank=True, default="")

    class Meta:
        verbose_name = _("household member")
        constraints = [
            models.UniqueConstraint(
                fields=["id_number_index"],
                condition=Q(is_open=True),
                name="member_on_one_open_file",
                violation_error_message=_(
                    "This person is already on an open file: one household, one file, in all counties."
                ),
            ),
            models.UniqueConstraint(
                fields=["household"],
                condition=Q(is_worker=True, left_on__isnull=True),
                name="household_has_one_worker",
                violation_error_message=_("A household's file is kept on one worker."),
            ),
            models.CheckConstraint(
                condition=Q(is_worker=True, relation="01") | Q(is_worker=False) & ~Q(relation="01"),
                name="member_self_is_the_worker",
                violation_error_message=_("The relation “self” is the worker's, and the worker's alone."),
            ),
            models.CheckConstraint(
                condition=Q(left_on__isnull=True) | Q(left_on__gte=F("joined_on")),
                name="member_left_after_joining",
                violation_error_message=_("Nobody leaves a household before joining it."),
            ),
            models.CheckConstraint(
                condition=Q(sex__in=["1", "2"]),
                name="member_sex_known",
                violation_error_message=_("The sex is male or female, as the ID number says."),
            ),
        ]
        indexes = [GinIndex(fields=["search_grams"], name="member_search")]
        triggers = [
            pgtrigger.Trigger(
                name="member_open_while_file_is",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func="""
                    NEW.is_open := NEW.left_on IS NULL
                        AND (SELECT status = 'on_file' FROM registry_household WHERE id = NEW.household_id FOR SHARE);
                    RETURN NEW;
                """,
            ),
            pgtrigger.Protect(name="member_is_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.name

    def give_name(self, name: str) -> None:
        """Set the name together with everything that sorts and finds by it."""
        self.name = name
        self.name_pinyin = names.pinyin(name)
        self.search_text = names.search_text(name)
        self.search_grams = names.grams(self.search_text)


class Cause(Scoped):
    """Why the household is in hardship: the main cause (rank 1) and up to three more."""

    household = models.ForeignKey(Household, models.CASCADE, related_name="causes")
    rank = models.PositiveSmallIntegerField(_("rank"))
    code = models.CharField(_("cause"), max_length=24, choices=codes.CAUSE.choices)

    class Meta:
        verbose_name = _("cause of hardship")
        ordering = ["rank"]
        constraints = [
            models.UniqueConstraint(
                fields=["household", "rank"],
                name="cause_one_per_rank",
                violation_error_message=_("A household has one main cause and at most three others."),
            ),
            models.UniqueConstraint(
                fields=["household", "code"],
                name="cause_named_once",
                violation_error_message=_("The same cause is named twice."),
            ),
            models.CheckConstraint(
                condition=Q(rank__gte=1, rank__lte=4),
                name="cause_at_most_four",
                violation_error_message=_("A household has one main cause and at most three others."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rank} {self.get_code_display()}"


class FactQuerySet(ScopedQuerySet):
    def standing(self, known_at: datetime | None = None) -> FactQuerySet:
        """Without the statements of imports that were undone, and those brought over from a file that was parted again
        (`known_at`: by that moment). They stay in the table, as everything that was ever stated, and count no more."""
        undone, parted = ImportBatch.objects.filter(undone_at__isnull=False), Q(joining__parted_at__isnull=False)
        if known_at is None:
            return self.exclude(batch__in=undone).exclude(parted)
        known = self.filter(recorded_at__lte=known_at)
        return known.exclude(batch__in=undone.filter(undone_at__lte=known_at)).exclude(joining__parted_at__lte=known_at)


class Fact(Scoped):
    """One statement: what, about whom, from which source, by whom, and from which day it holds. Never changed; a later
    or better statement stands beside it. No row at all means unknown; a stated zero is a row."""

    class Source(models.TextChoices):
        DECLARED = "declared", _("declared")
        VERIFIED = "verified", _("verified")
        MATCHED = "matched", _("matched with a register")

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    household = models.ForeignKey(Household, models.PROTECT, related_name="stated")
    member = models.ForeignKey(Member, models.PROTECT, null=True, blank=True, related_name="stated")
    name = models.CharField(_("fact"), max_length=40)
    amount_fen = models.BigIntegerField(_("amount (fen)"), null=True, blank=True)
    count = models.IntegerField(_("number"), null=True, blank=True)
    flag = models.BooleanField(_("yes or no"), null=True, blank=True)
    code = models.CharField(_("code"), max_length=40, null=True, blank=True)  # empty is not a value
    day = models.DateField(_("day"), null=True, blank=True)
    sealed = SealedTextField(_("sensitive value"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=10, choices=Source.choices)
    stated_by = models.ForeignKey(User, models.PROTECT, verbose_name=_("stated by"), related_name="+")
    stated_on = models.DateField(_("stated on"))
    valid_from = models.DateField(_("holds from"))
    recorded_at = models.DateTimeField(_("recorded"), auto_now_add=True)
    note = models.CharField(_("note"), max_length=200, blank=True, default="")
    batch = models.ForeignKey(ImportBatch, models.PROTECT, null=True, blank=True, related_name="facts")
    origin = models.CharField(_("cell"), max_length=120, blank=True, default="")
    # Brought over from a file that was joined to this one; it no longer counts once the two are taken apart.
    joining = models.ForeignKey(Joining, models.PROTECT, null=True, related_name="facts")

    objects = FactQuerySet.as_manager()

    class Meta:
        verbose_name = _("fact")
        constraints = [
            models.CheckConstraint(
                condition=Exact(
                    Func(
                        *("amount_fen", "count", "flag", "code", "day", "sealed"),
                        function="num_nonnulls",
                        output_field=models.IntegerField(),
                    ),
                    1,
                ),
                name="fact_has_one_value",
                violation_error_message=_("A fact states exactly one value."),
            ),
            models.CheckConstraint(
                condition=Q(source__in=["declared", "verified", "matched"]),
                name="fact_source_known",
                violation_error_message=_("A fact is declared, verified or matched."),
            ),
        ]
        indexes = [models.Index(fields=["household", "name"], name="fact_of_household")]
        triggers = [
            # A move of the owning organisation changes where the fact is seen, never what it says.
            pgtrigger.ReadOnly(name="fact_is_not_edited", exclude=["organisation", "scope_path"]),
            pgtrigger.Protect(name="fact_is_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.source}, {self.stated_on})"
