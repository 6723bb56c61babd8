"""Opening accounts, giving posts and ending them.

These stand beneath the audit record (a record names a post, so posts come first): the page or command that calls them
records the act.
"""

from datetime import date

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from chunyu.accounts.models import Post, User
from chunyu.accounts.refusal import Refusal
from chunyu.accounts.roles import Role
from chunyu.federation.models import Organisation


@transaction.atomic
def open_account(*, username: str, full_name: str, password: str | None = None) -> User:
    """A new account. Without a password nobody can sign in to it until one is set."""
    user = User(username=username, full_name=full_name)
    if password is None:
        user.set_unusable_password()
    else:
        user.set_password(password)
    try:
        if password is not None:
            validate_password(password, user)
        user.full_clean()
    except ValidationError as invalid:
        raise Refusal.from_validation(invalid) from invalid
    user.save()
    return user


@transaction.atomic
def appoint(user: User, organisation: Organisation, role: Role, *, on: date) -> Post:
    """Give a person a role at an organisation from a day on."""
    post = Post(user=user, organisation=organisation, role=role, valid_from=on)
    try:
        post.full_clean()
    except ValidationError as invalid:
        raise Refusal.from_validation(invalid) from invalid
    post.save()
    return post


@transaction.atomic
def end_post(post: Post, *, on: date) -> None:
    """End a post: `on` is the first day on which it no longer holds. Whoever is signed in through it loses it at the
    next request."""
    post = Post.objects.select_for_update().get(pk=post.pk)
    post.valid_to = on
    try:
        post.full_clean()
    except ValidationError as invalid:
        raise Refusal.from_validation(invalid) from invalid
    post.save(update_fields=["valid_to"])
