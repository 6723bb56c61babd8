"""People who sign in, and the posts (岗位) through which they act."""

from __future__ import annotations

from datetime import date

import pgtrigger
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.roles import KEEPING_APART, Role
from chunyu.federation.models import Organisation, ValidQuerySet, one_at_a_time
from chunyu.federation.triggers import refuse
from chunyu.privacy.fields import SealedTextField
from chunyu.privacy.row_key import row_key


class UserManager(BaseUserManager):
    def create_user(self, username: str, full_name: str, password: str) -> User:
        user = self.model(username=username, full_name=full_name)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """One person, one account. An account alone gives no right; a post does."""

    username = models.CharField(pgettext_lazy("sign-in", "account"), max_length=60, unique=True)
    full_name = models.CharField(pgettext_lazy("of a person", "name"), max_length=60)
    is_active = models.BooleanField(_("active"), default=True)
    # Whose keeper looks after the account; posts may be elsewhere.
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, verbose_name=_("kept at"), related_name="+"
    )
    # A password that somebody else knows opens one page: the one on which another is chosen.
    password_is_first = models.BooleanField(default=False, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "username"

    class Meta:
        verbose_name = _("user")

    def __str__(self) -> str:
        return self.full_name

    def posts_on(self, day: date) -> models.QuerySet[Post]:
        """The posts through which this person may act on a day."""
        return self.posts.held_on(day).select_related("organisation").order_by("pk")


class SecondFactor(models.Model):
    """The key that a person's phone shares with us. It counts once it is confirmed."""

    id = models.UUIDField(primary_key=True, default=row_key, editable=False)
    user = models.OneToOneField(User, models.CASCADE, related_name="second_factor")
    key = SealedTextField()
    confirmed_at = models.DateTimeField(null=True)
    last_step = models.BigIntegerField(default=0)
    wrong = models.PositiveSmallIntegerField(default=0)
    wrong_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("second factor")

    def __str__(self) -> str:
        return str(self.user)


class RecoveryCode(models.Model):
    """The digest of a code on paper, for a day without the phone."""

    user = models.ForeignKey(User, models.CASCADE, related_name="recovery_codes")
    digest = models.BinaryField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("recovery code")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "digest"],
                name="recovery_code_once",
                violation_error_message=_("Each recovery code is another."),
            )
        ]

    def __str__(self) -> str:
        return str(self.user)


_APART = ", ".join(f"'{role}'" for role in sorted(KEEPING_APART))
KEPT_APART = pgtrigger.Trigger(
    name="keepers_are_different_people",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("user_id", "role", "valid_from", "valid_to"),
    condition=pgtrigger.Condition(f"NEW.role IN ({_APART})"),
    declare=[("nobody", "int")],
    func=f"""
        -- Two posts given to one person at once wait for each other here.
        SELECT 1 INTO nobody FROM accounts_user WHERE id = NEW.user_id FOR NO KEY UPDATE;
        IF EXISTS (
            SELECT 1 FROM accounts_post other
            WHERE other.user_id = NEW.user_id AND other.id IS DISTINCT FROM NEW.id
                AND other.role IN ({_APART}) AND other.role <> NEW.role
                AND daterange(other.valid_from, other.valid_to) && daterange(NEW.valid_from, NEW.valid_to)
        ) THEN
            {refuse("keepers_are_different_people", "system keeper, security keeper and auditor are different people")}
        END IF;
        RETURN NEW;
    """,  # noqa: S608 - constants of this file
)
LAST_KEEPER = pgtrigger.Trigger(
    name="last_keeper_stays",
    when=pgtrigger.After,
    operation=pgtrigger.UpdateOf("valid_to"),
    condition=pgtrigger.Condition("NEW.role = 'system_keeper' AND NEW.valid_to IS NOT NULL AND OLD.valid_to IS NULL"),
    func=f"""
        -- The keepers of one organisation that end each other at the same moment wait for each other here.
        PERFORM 1 FROM accounts_post
        WHERE organisation_id = NEW.organisation_id AND role = 'system_keeper' AND valid_to IS NULL
        ORDER BY id FOR NO KEY UPDATE;
        IF NOT EXISTS (
            SELECT 1 FROM accounts_post other JOIN accounts_user person ON person.id = other.user_id
            JOIN federation_organisation place ON place.id = other.organisation_id
            JOIN federation_organisation own ON own.id = NEW.organisation_id
            WHERE other.id <> NEW.id AND other.role = 'system_keeper' AND other.valid_to IS NULL
                AND person.is_active AND own.path LIKE place.path || '%'
        ) THEN
            {refuse("last_keeper_stays", "an organisation that has a system keeper keeps one, of its own or above")}
        END IF;
        RETURN NULL;
    """,  # noqa: S608 - constants of this file
)


class PostQuerySet(ValidQuerySet):
    def held_on(self, day: date) -> PostQuerySet:
        """Posts that give authority on a day: begun and not ended, of an active account, at an organisation that
        exists."""
        living = Q(organisation__dissolved_on__isnull=True) | Q(organisation__dissolved_on__gt=day)
        return self.as_of(day).filter(living, user__is_active=True)


class Post(models.Model):
    """A role at an organisation, held by one person from a day to a day."""

    user = models.ForeignKey(User, models.PROTECT, verbose_name=_("user"), related_name="posts")
    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name=_("organisation"), related_name="posts")
    role = models.CharField(_("role"), max_length=30, choices=Role.choices)
    valid_from = models.DateField(_("from"))
    valid_to = models.DateField(_("until"), null=True, blank=True)

    objects = PostQuerySet.as_manager()

    class Meta:
        verbose_name = _("post")
        triggers = [KEPT_APART, LAST_KEEPER]
        constraints = [
            one_at_a_time(
                "post_held_once",
                "user",
                "organisation",
                "role",
                message=_("This person already holds this post."),
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                name="post_ends_after_it_starts",
                violation_error_message=_("A post cannot end before it starts."),
            ),
            models.CheckConstraint(
                condition=Q(role__in=Role.values),
                name="post_role_known",
                violation_error_message=_("This role does not exist."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.get_role_display()}"
