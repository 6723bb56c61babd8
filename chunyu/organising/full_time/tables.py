"""Full-time union workers (专职工会工作者): their posts in joint unions, who holds each, and their training."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.federation.models import Organisation, Scoped, one_at_a_time
from chunyu.federation.triggers import refuse
from chunyu.organising.spells import NEVER, ends_last, in_order, only_ended, within
from chunyu.privacy.fields import BlindIndexField, SealedTextField
from chunyu.privacy.row_key import row_key
from chunyu.registry.employers.tables import ScopedSpells
from chunyu.registry.identity import ID_NUMBER

# Where a full-time worker may have a post: unions that bring many small ones, or their workers, together.
JOINT = (Organisation.Kind.JOINT_UNION, Organisation.Kind.UNION_ASSOCIATION)
_LISTED = ", ".join(f"'{kind.value}'" for kind in JOINT)


class FullTimePost(Scoped):
    """A post that one person may hold. `organisation` is the joint union or association that it is in. Whether it is
    vacant, filled or ended on a day is told by its own days and those of its holders."""

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    title = models.CharField(_("post"), max_length=60)
    valid_from = models.DateField(_("opened on"))
    valid_to = models.DateField(pgettext_lazy("post", "ended on"), null=True, blank=True)
    reason = models.CharField(_("why it ended"), max_length=120, blank=True, default="")

    objects = ScopedSpells.as_manager()

    class Meta:
        verbose_name = _("full-time post")
        constraints = [
            in_order("full_time_post_ends_after_it_starts", _("A post cannot end before it is opened.")),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True, reason="") | Q(valid_to__isnull=False) & ~Q(reason=""),
                name="full_time_post_ends_with_a_reason",
                violation_error_message=_("A post that ended says why; one that goes on does not."),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="full_time_post_in_a_joint_union",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("organisation_id", "valid_from", "valid_to"),
                func=f"""
                    PERFORM 1 FROM federation_organisation WHERE id = NEW.organisation_id FOR SHARE;
                    IF NOT EXISTS (
                        SELECT 1 FROM federation_organisation WHERE id = NEW.organisation_id AND kind IN ({_LISTED})
                            AND founded_on <= NEW.valid_from
                            AND COALESCE(NEW.valid_to, {NEVER}) <= COALESCE(dissolved_on, {NEVER})
                    ) THEN
                        {refuse("full_time_post_in_a_joint_union", "a post is in a joint union that stands")}
                    END IF;
                    RETURN NEW;
                """,  # noqa: S608 - constants of this file
            ),
            ends_last(
                "full_time_post_ends_after_its_holder",
                "post_id",
                "somebody still holds the post",
                "organising_postholding",
            ),
            *only_ended("full_time_post", "organisation", "title"),
        ]

    def __str__(self) -> str:
        return self.title


class PostHolding(Scoped):
    """Who holds a post, from a day to a day, under which contract. A person holds one full-time post at a time."""

    class Ended(models.TextChoices):
        CONTRACT_OVER = "contract_over", _("contract over")
        RESIGNED = "resigned", _("resigned")
        MOVED = "moved", pgettext_lazy("full-time post", "moved to another post")
        RETIRED = "retired", pgettext_lazy("full-time post", "retired")
        DISMISSED = "dismissed", pgettext_lazy("full-time post", "dismissed")

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    post = models.ForeignKey(FullTimePost, models.PROTECT, verbose_name=_("post"), related_name="holdings")
    name = models.CharField(_("person's name"), max_length=60)
    id_number = SealedTextField(_("ID number"))
    id_number_index = BlindIndexField(of="id_number", purpose=ID_NUMBER, db_index=True)
    contract = models.CharField(_("number of the contract"), max_length=60)
    contract_until = models.DateField(_("contract until"), null=True, blank=True)
    valid_from = models.DateField(_("from"))
    valid_to = models.DateField(_("until"), null=True, blank=True)
    ended = models.CharField(_("how it ended"), max_length=14, choices=Ended.choices, blank=True, default="")

    objects = ScopedSpells.as_manager()

    class Meta:
        verbose_name = _("holder of a full-time post")
        constraints = [
            one_at_a_time(
                "full_time_post_held_by_one",
                "post",
                message=_("This post is filled on some of these days: choose another post."),
            ),
            one_at_a_time(
                "one_person_one_full_time_post",
                "id_number_index",
                message=_("This person holds another full-time post on some of these days."),
            ),
            in_order("holding_ends_after_it_starts", _("A post cannot be given up before it is taken up.")),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True, ended="") | Q(valid_to__isnull=False) & ~Q(ended=""),
                name="holding_ends_with_a_way",
                violation_error_message=_("Who gave a post up has the way it ended; who holds it has none."),
            ),
            models.CheckConstraint(
                condition=Q(contract_until__isnull=True) | Q(contract_until__gt=F("valid_from")),
                name="holding_contract_after_it_starts",
                violation_error_message=_("A contract cannot be over before the post is taken up."),
            ),
        ]
        triggers = [
            within("holding_within_the_post", "organising_fulltimepost", "post_id", "a holder outlives the post"),
            *only_ended("holding", "post", "id_number", "id_number_index"),
        ]

    def __str__(self) -> str:
        return self.name


class TrainingClass(Scoped):
    """A class for full-time union workers. `organisation` is the federation that holds it."""

    class Category(models.TextChoices):
        INDUCTION = "induction", _("new to the post")
        ORGANISING = "organising", _("founding unions and winning members")
        RIGHTS = "rights", _("rights and law")
        BARGAINING = "bargaining", _("collective bargaining")
        SERVICE = "service", _("service and aid")
        FINANCE = "finance", _("money and audit")

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    name = models.CharField(_("name of the class"), max_length=80)
    category = models.CharField(pgettext_lazy("training", "category"), max_length=12, choices=Category.choices)
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))

    class Meta:
        verbose_name = _("training class")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="training_ends_after_it_starts",
                violation_error_message=_("A class cannot end before it starts."),
            ),
            models.UniqueConstraint(
                fields=["organisation", "name", "starts_on"],
                name="training_once",
                violation_error_message=_("This class is on record already."),
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="training_is_not_edited", exclude=["organisation", "scope_path"]),
            pgtrigger.Protect(name="training_is_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.name


class TrainingTaken(Scoped):
    """Somebody took part in a class, and how the exam came out. `organisation` is the union of their post."""

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    training = models.ForeignKey(TrainingClass, models.PROTECT, verbose_name=_("class"), related_name="taken")
    holding = models.ForeignKey(PostHolding, models.PROTECT, verbose_name=_("participant"), related_name="training")
    examined_on = models.DateField(_("examined on"), null=True, blank=True)
    score = models.PositiveSmallIntegerField(_("score"), null=True, blank=True)
    passed = models.BooleanField(pgettext_lazy("exam", "passed"), null=True, blank=True)

    class Meta:
        verbose_name = _("participant of a class")
        constraints = [
            models.UniqueConstraint(
                fields=["training", "holding"],
                name="class_taken_once",
                violation_error_message=_("This person is in this class already."),
            ),
            models.CheckConstraint(
                condition=Q(examined_on__isnull=True, passed__isnull=True, score__isnull=True)
                | Q(examined_on__isnull=False, passed__isnull=False),
                name="class_result_with_its_day",
                violation_error_message=_("A result has the day of the exam and whether it was passed."),
            ),
            models.CheckConstraint(
                condition=Q(score__isnull=True) | Q(score__lte=100),
                name="class_score_out_of_a_hundred",
                violation_error_message=_("A score is between 0 and 100."),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="class_taken_while_in_post",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("examined_on"),
                func=f"""
                    IF NOT EXISTS (
                        SELECT 1 FROM organising_postholding h JOIN organising_trainingclass c ON c.id = NEW.training_id
                        WHERE h.id = NEW.holding_id AND h.organisation_id = NEW.organisation_id
                            AND h.valid_from <= c.ends_on AND COALESCE(h.valid_to, {NEVER}) > c.starts_on
                            AND COALESCE(NEW.examined_on, c.starts_on) >= c.starts_on
                    ) THEN
                        {refuse("class_taken_while_in_post", "a class is taken by who holds a post then")}
                    END IF;
                    RETURN NEW;
                """,  # noqa: S608 - constants of this file
            ),
            pgtrigger.Trigger(
                name="class_result_is_kept",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.passed IS NOT NULL AND (OLD.examined_on, OLD.score, OLD.passed)"
                    " IS DISTINCT FROM (NEW.examined_on, NEW.score, NEW.passed)"
                ),
                func=refuse("class_result_is_kept", "a result stays"),
            ),
            pgtrigger.ReadOnly(name="class_taken_is_kept", fields=["training", "holding"]),
            pgtrigger.Protect(name="class_taken_is_not_removed", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return str(self.holding)
