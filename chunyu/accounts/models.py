"""People who sign in, and the posts (岗位) through which they act."""

from __future__ import annotations

from datetime import date

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.accounts.roles import Role
from chunyu.federation.models import Organisation, ValidQuerySet, one_at_a_time


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

    objects = UserManager()

    USERNAME_FIELD = "username"

    class Meta:
        verbose_name = _("user")

    def __str__(self) -> str:
        return self.full_name

    def posts_on(self, day: date) -> models.QuerySet[Post]:
        """The posts through which this person may act on a day."""
        return self.posts.held_on(day).select_related("organisation").order_by("pk")


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
