"""Who acts, through which post, on which day: worked out once for a request or a job, then passed along."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from chunyu.accounts.models import Post
from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.federation.models import Organisation, path_end
from chunyu.wall.scope import beyond_scope, in_a_job, take_on


@dataclass(frozen=True)
class Acting:
    """Authority for everything that one request or job does. It sees the subtree of `organisation`."""

    post: Post
    day: date

    @property
    def user_id(self) -> int:
        return self.post.user_id

    @property
    def user_name(self) -> str:
        return self.post.user.full_name

    @property
    def role(self) -> Role:
        return Role(self.post.role)

    @property
    def organisation(self) -> Organisation:
        return self.post.organisation

    @property
    def path(self) -> str:
        return self.post.organisation.path

    def sees(self, scope_path: str) -> bool:
        return self.path <= scope_path < path_end(self.path)

    @staticmethod
    def begin(rows: QuerySet, *, through: str) -> None:
        """In a job that was given a row's key: see the subtree of the post that the row names as `through`, such as
        that of whoever ordered it."""
        with beyond_scope("begin-job"):
            path = rows.values_list(f"{through}__organisation__path", flat=True).first()
        if path is not None:
            take_on(path)

    @classmethod
    def through(cls, post: Post, day: date) -> Acting:
        """Acting for a job that somebody started: refused when the post has ended meanwhile. From here on the database
        shows the job that post's subtree."""
        held = Post.objects.held_on(day).select_related("organisation__region", "user").filter(pk=post.pk).first()
        if held is None:
            raise Refusal(_("The post through which this was started no longer holds."), code="post-ended")
        if in_a_job():
            take_on(held.organisation.path)
        return cls(held, day)
