"""Workers as their unions know them by name, the spells in which they were members, and how many members there were.

A worker's record and a place in a household's file may be of one person: both carry the same blind index of the ID
number. They are kept apart, because most of sixteen million members never have a file, and a file must be readable by
fewer people than a list of members.
"""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Substr
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.models import Post
from chunyu.federation.models import Organisation, Scoped, one_at_a_time
from chunyu.privacy.fields import BlindIndexField, SealedTextField
from chunyu.privacy.row_key import row_key
from chunyu.registry import codes, names
from chunyu.registry.employers.codes import NEW_FORM, SKILL_LEVEL
from chunyu.registry.employers.tables import Enterprise, ScopedSpells
from chunyu.registry.identity import ID_NUMBER
from chunyu.registry.membership import triggers, turning
from chunyu.registry.membership.grouping import AFTER, NAMES, NO_LATER_YEAR, MemberGroup

PHONE = "phone"  # the blind index's purpose
# What a page of workers is chosen by, carried along in the indexes that find them.
IN_ORDER = ["spelling", "id", "scope_path", "is_member"]


class Worker(Scoped):
    """A person as a union's record of its own (实名制). `organisation` is the present union, or the last one."""

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    name = models.CharField(_("person's name"), max_length=60, db_collation="C")
    spelling = models.CharField(max_length=200, editable=False, db_collation="C")
    initials = models.CharField(max_length=20, editable=False, db_collation="C")
    sex = models.CharField(_("sex"), max_length=1, choices=codes.SEX.choices)
    birth_date = models.DateField(_("birth date"))
    id_number = SealedTextField(_("ID number"))
    id_number_index = BlindIndexField(of="id_number", purpose=ID_NUMBER)
    phone = SealedTextField(_("phone"), null=True, blank=True)
    phone_index = BlindIndexField(of="phone", purpose=PHONE, null=True)
    education = models.CharField(_("education"), max_length=2, choices=codes.EDUCATION.choices, blank=True, default="")
    is_migrant = models.BooleanField(_("migrant worker"), null=True, blank=True)
    new_form = models.CharField(_("new form of work"), max_length=14, choices=NEW_FORM.choices, blank=True, default="")
    skill_level = models.CharField(_("skill level"), max_length=1, choices=SKILL_LEVEL.choices, blank=True, default="")
    enterprise = models.ForeignKey(
        Enterprise, models.PROTECT, verbose_name=_("employer"), related_name="workers", null=True, blank=True
    )
    is_member = models.BooleanField(_("is a member"), default=False, editable=False)
    # The day since which what is said of them here holds; whoever changes it sets it.
    described_on = models.DateField(null=True, editable=False)

    class Meta:
        verbose_name = _("worker")
        constraints = [
            models.UniqueConstraint(
                fields=["id_number_index"],
                name="worker_on_record_once",
                violation_error_message=_("A worker with this ID number is already on record."),
            ),
            models.CheckConstraint(
                condition=Q(sex__in=["1", "2"]),
                name="worker_sex_known",
                violation_error_message=_("The sex is male or female, as the ID number says."),
            ),
        ]
        indexes = [
            # Read in the order of the alphabet within a scope, without sorting.
            models.Index(fields=["spelling", "id"], name="worker_by_spelling", include=["scope_path", "is_member"]),
            # Whoever a name finds is narrowed to a scope and put in order from the index alone: the row of each of
            # ten thousand people of one name would have to be fetched to see whose it is.
            models.Index(fields=["name"], name="worker_by_name", include=IN_ORDER),
            models.Index(Substr("name", 2), name="worker_by_given_name", include=[*IN_ORDER, "name"]),
            models.Index(fields=["initials", "spelling", "id"], name="worker_by_initials", include=IN_ORDER[2:]),
            models.Index(fields=["phone_index"], condition=Q(phone_index__isnull=False), name="worker_by_phone"),
        ]
        triggers = [pgtrigger.Protect(name="worker_is_kept", operation=pgtrigger.Delete), turning.WORKER_TURNS]

    def __str__(self) -> str:
        return self.name

    def give_name(self, name: str) -> None:
        """Set the name together with everything that sorts and finds by it."""
        read = names.syllables(name)
        self.name, self.spelling = name.strip(), "".join(read)[:200]
        self.initials = "".join(part[:1] for part in read)[:20]


class Membership(Scoped):
    """One worker's time in one union, from a day until the day before `valid_to`. `organisation` is the union."""

    class Begun(models.TextChoices):
        JOINED = "joined", pgettext_lazy("membership", "joined")
        TRANSFERRED = "transferred", pgettext_lazy("membership", "transferred in")
        MOVED = "moved", pgettext_lazy("membership", "moved with the union")

    class Ended(models.TextChoices):
        TRANSFERRED = "transferred", pgettext_lazy("membership", "transferred out")
        MOVED = "moved", pgettext_lazy("membership", "moved with the union")
        LEFT = "left", pgettext_lazy("membership", "left")
        RETIRED = "retired", pgettext_lazy("membership", "retired")
        EXPELLED = "expelled", pgettext_lazy("membership", "expelled")
        DIED = "died", pgettext_lazy("membership", "died")
        UNDONE = "undone", pgettext_lazy("membership", "taken back with its import")

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    worker = models.ForeignKey(Worker, models.PROTECT, verbose_name=_("worker"), related_name="memberships")
    number = models.CharField(_("member number"), max_length=24, blank=True, default="")
    valid_from = models.DateField(_("member from"))
    valid_to = models.DateField(_("member until"), null=True, blank=True)
    begun = models.CharField(_("how it began"), max_length=12, choices=Begun.choices, default=Begun.JOINED)
    ended = models.CharField(_("how it ended"), max_length=12, choices=Ended.choices, blank=True, default="")
    reason = models.CharField(_("reason"), max_length=120, blank=True, default="")

    objects = ScopedSpells.as_manager()

    class Meta:
        verbose_name = _("membership")
        constraints = [
            one_at_a_time(
                "member_of_one_union_at_a_time",
                "worker",
                message=_("This worker is already a member of a union on some of these days: transfer them instead."),
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True)
                | Q(valid_to__gt=F("valid_from"))
                # An import that was undone: a spell of no day, which counts on none.
                | Q(ended="undone", valid_to=F("valid_from")),
                name="membership_ends_after_it_starts",
                violation_error_message=_("A membership cannot end before it starts."),
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True, ended="") | Q(valid_to__isnull=False) & ~Q(ended=""),
                name="membership_ends_with_a_way",
                violation_error_message=_("A membership that ended says how; one that goes on does not."),
            ),
        ]
        triggers = [
            triggers.BELONGS,
            pgtrigger.Trigger(
                name="membership_years_go_on",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Condition("NEW.begun <> 'joined'"),
                func="""
                    IF NOT EXISTS (SELECT 1 FROM registry_membership
                                   WHERE worker_id = NEW.worker_id AND valid_to = NEW.valid_from
                                   AND ended = NEW.begun) THEN
                        RAISE EXCEPTION 'no membership of worker % goes over on %', NEW.worker_id, NEW.valid_from
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'membership_years_go_on';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.ReadOnly(
                name="membership_is_only_ended",
                fields=["worker", "organisation", "valid_from", "begun"],
            ),
            pgtrigger.Trigger(
                name="membership_ended_for_good",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("valid_to", "ended"),
                condition=pgtrigger.Condition(
                    "OLD.valid_to IS NOT NULL AND (OLD.valid_to, OLD.ended) IS DISTINCT FROM (NEW.valid_to, NEW.ended)"
                ),
                func="""
                    RAISE EXCEPTION 'membership % has ended' , OLD.id
                        USING ERRCODE = 'check_violation', CONSTRAINT = 'membership_ended_for_good';
                """,
            ),
            pgtrigger.Protect(name="membership_is_kept", operation=pgtrigger.Delete),
            *triggers.COUNTING,
        ]

    def __str__(self) -> str:
        return f"{self.worker} {self.valid_from} – {self.valid_to or ''}"


class UnionOfMembers(Organisation):
    """A union as this room sees it: once it is gone, it has no members and covers no employer."""

    class Meta:
        proxy = True
        triggers = [triggers.LEFT_EMPTY]


class EmployerOfMembers(Enterprise):
    """An employer as this room sees it: its members are in non-public firms for as long as it is one."""

    class Meta:
        proxy = True
        triggers = [turning.EMPLOYER_TURNS]


class GroupChange(Scoped):
    """The day on which a worker came into one of the groups that members are counted by, or went out of it. Written by
    the database when the record or the employer is changed; what has not changed since it is on record has no row."""

    worker = models.ForeignKey(Worker, models.PROTECT, verbose_name=_("worker"), related_name="turns")
    member_group = models.CharField(pgettext_lazy("membership", "group"), max_length=12, choices=MemberGroup.choices)
    turned_on = models.DateField(_("on"))
    entered = models.BooleanField()

    class Meta:
        verbose_name = _("change of group")
        constraints = [
            models.UniqueConstraint(
                fields=["worker", "member_group", "turned_on"],
                name="worker_turns_once_a_day",
                violation_error_message=_("A worker comes into a group or goes out of it once a day."),
            )
        ]
        indexes = [models.Index(fields=["turned_on"], name="group_change_by_day")]
        triggers = [*turning.COUNTING, turning.KEPT]

    def __str__(self) -> str:
        return f"{self.worker_id} {self.member_group} {self.turned_on}"


class MemberCount(Scoped):
    """How many memberships of a union go on, and how many of them in which group. Written by the database with every
    change of the memberships and of the workers."""

    members = models.IntegerField(_("members"), default=0)
    non_public = models.IntegerField(MemberGroup.NON_PUBLIC.label, default=0)
    migrant = models.IntegerField(MemberGroup.MIGRANT.label, default=0)
    new_form = models.IntegerField(MemberGroup.NEW_FORM.label, default=0)

    class Meta:
        verbose_name = _("number of members")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation"],
                name="member_count_once_per_union",
                violation_error_message=_("A union has one number of members."),
            ),
            models.CheckConstraint(
                condition=Q(members__gte=0),
                name="member_count_not_below_nothing",
                violation_error_message=_("A union cannot have fewer members than none."),
            ),
            models.CheckConstraint(
                condition=Q(
                    *((f"{name}__gte", 0) for name in NAMES), *((f"{name}__lte", F("members")) for name in NAMES)
                ),
                name="member_count_parts_within_all",
                violation_error_message=_("A group of members cannot be more than all of them."),
            ),
        ]
        indexes = [models.Index(fields=["scope_path"], name="member_count_rolled_up", include=["members", *NAMES])]

    def __str__(self) -> str:
        return f"{self.organisation_id}: {self.members}"


class MemberTally(Scoped):
    """How many memberships of a union began and ended in a year, by how many each group of members grew, and how many
    there were when it was over; `next_year` is the next one in which anything changed. Written by the database, like
    the number of members: what was on a day past is the nearer end of its year and the days between (`MemberDay`)."""

    year = models.PositiveSmallIntegerField(_("year"))
    begun = models.IntegerField(default=0)
    ended = models.IntegerField(default=0)
    non_public = models.IntegerField(MemberGroup.NON_PUBLIC.label, default=0)
    migrant = models.IntegerField(MemberGroup.MIGRANT.label, default=0)
    new_form = models.IntegerField(MemberGroup.NEW_FORM.label, default=0)
    next_year = models.PositiveSmallIntegerField(db_default=NO_LATER_YEAR)
    members_after = models.IntegerField(db_default=0)
    non_public_after = models.IntegerField(db_default=0)
    migrant_after = models.IntegerField(db_default=0)
    new_form_after = models.IntegerField(db_default=0)

    class Meta:
        verbose_name = _("members by year")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "year"],
                name="member_tally_once_per_union_and_year",
                violation_error_message=_("A union has one tally a year."),
            )
        ]
        indexes = [
            models.Index(fields=["year", "next_year", "organisation"], name="member_tally_by_year", include=AFTER)
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.year}: +{self.begun} -{self.ended}"


class MemberDay(models.Model):
    """The same of one day on which anything changed. It follows the memberships, which a union that stands is asked
    of: so it has no path, and nobody reads it by itself."""

    pk = models.CompositePrimaryKey("day", "organisation")
    # As many rows as there are memberships, which they come from: no need to ask of each again for its union.
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", db_constraint=False, db_index=False, editable=False
    )
    day = models.DateField(_("day"))
    begun = models.IntegerField(default=0)
    ended = models.IntegerField(default=0)
    non_public = models.IntegerField(MemberGroup.NON_PUBLIC.label, default=0)
    migrant = models.IntegerField(MemberGroup.MIGRANT.label, default=0)
    new_form = models.IntegerField(MemberGroup.NEW_FORM.label, default=0)

    class Meta:
        verbose_name = _("members by day")

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.day}: +{self.begun} -{self.ended}"


class JoinRequest(Scoped):
    """Somebody asks to become a member of a union, or of another union than now. Answered once, never edited."""

    class Channel(models.TextChoices):
        PHONE_PAGE = "phone_page", _("phone page")
        COUNTER = "counter", _("counter")
        PAPER = "paper", _("on paper")

    class Answer(models.TextChoices):
        ADMITTED = "admitted", pgettext_lazy("membership", "admitted")
        REFUSED = "refused", pgettext_lazy("membership", "refused")
        WITHDRAWN = "withdrawn", pgettext_lazy("membership", "withdrawn")
        REPEATED = "repeated", pgettext_lazy("membership", "repeated: an earlier one waits")

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    number = models.CharField(_("number"), max_length=24, unique=True)
    code_digest = models.BinaryField(max_length=32)
    sender = models.BinaryField(max_length=32, null=True, editable=False)  # digest of a network address
    name = models.CharField(_("person's name"), max_length=60)
    id_number = SealedTextField(_("ID number"))
    id_number_index = BlindIndexField(of="id_number", purpose=ID_NUMBER, db_index=True)
    phone = SealedTextField(_("phone"), null=True, blank=True)
    new_form = models.CharField(_("new form of work"), max_length=14, choices=NEW_FORM.choices, blank=True, default="")
    is_migrant = models.BooleanField(_("migrant worker"), null=True, blank=True)
    channel = models.CharField(_("channel"), max_length=12, choices=Channel.choices)
    asked_on = models.DateField(pgettext_lazy("membership", "asked on"))
    taken_in_by = models.ForeignKey(Post, models.PROTECT, null=True, blank=True, related_name="+")
    answer = models.CharField(_("answer"), max_length=10, choices=Answer.choices, blank=True, default="")
    answered_on = models.DateField(pgettext_lazy("membership", "answered on"), null=True, blank=True)
    answered_by = models.ForeignKey(Post, models.PROTECT, null=True, blank=True, related_name="+")
    answer_reason = models.CharField(_("reason"), max_length=120, blank=True, default="")
    membership = models.OneToOneField(Membership, models.PROTECT, null=True, blank=True, related_name="request")

    class Meta:
        verbose_name = _("application to join")
        constraints = [
            models.UniqueConstraint(
                fields=["id_number_index"],
                condition=Q(answer=""),
                name="join_request_open_once",
                violation_error_message=_("An application of this person is already waiting for an answer."),
            ),
            models.CheckConstraint(
                condition=Q(answer="", answered_on__isnull=True) | ~Q(answer="") & Q(answered_on__isnull=False),
                name="join_request_answered_with_a_day",
                violation_error_message=_("An answer has its day."),
            ),
            models.CheckConstraint(
                condition=Q(answer="admitted", membership__isnull=False)
                | ~Q(answer="admitted") & Q(membership__isnull=True),
                name="join_request_admitted_is_a_membership",
                violation_error_message=_("Whoever was admitted has a membership, and only they do."),
            ),
        ]
        indexes = [
            models.Index(fields=["scope_path", "asked_on"], condition=Q(answer=""), name="join_request_waiting"),
            models.Index(fields=["sender", "asked_on"], condition=Q(sender__isnull=False), name="join_request_sender"),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="join_request_is_only_answered",
                exclude=[
                    "organisation",
                    "scope_path",
                    "answer",
                    "answered_on",
                    "answered_by",
                    "answer_reason",
                    "membership",
                ],
            ),
            pgtrigger.Trigger(
                name="join_request_answered_once",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.answer <> '' AND OLD.answer IS DISTINCT FROM NEW.answer"
                    " AND NOT (OLD.answer = 'repeated' AND NEW.answer = 'withdrawn')"
                ),
                func="""
                    RAISE EXCEPTION 'application % has its answer', OLD.number
                        USING ERRCODE = 'check_violation', CONSTRAINT = 'join_request_answered_once';
                """,
            ),
            pgtrigger.Protect(name="join_request_is_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.number
