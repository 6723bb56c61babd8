"""Opening accounts, giving posts and ending them.

These stand beneath the audit record (a record names a post, so posts come first): the page or command that calls them
records the act.
"""

from datetime import date
from functools import cache

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chunyu.accounts.models import Post, User
from chunyu.accounts.refusal import Refusal
from chunyu.accounts.refusing import constraint_sentences, refusing_by
from chunyu.accounts.roles import Role
from chunyu.federation.models import Organisation
from chunyu.privacy.letter_code import new_code

TRIGGER_SENTENCES: dict[str, Promise] = {
    "keepers_are_different_people": _(
        "System keeper, security keeper and auditor are different people: end the other post first, or choose somebody "
        "else."
    ),
    "last_keeper_stays": _(
        "An organisation keeps one system keeper, its own or one above. Give the post to another first."
    ),
}


@transaction.atomic
def open_account(
    *,
    username: str,
    full_name: str,
    password: str | None = None,
    organisation: Organisation | None = None,
    is_first: bool = False,
) -> User:
    """A new account, looked after by an organisation. Without a password nobody can sign in until one is set; a first
    one, which somebody else chose, opens one page alone until the person has chosen another."""
    user = User(username=username, full_name=full_name, organisation=organisation, password_is_first=is_first)
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
    with refusing_by(sentences):
        post.save()
    return post


@transaction.atomic
def end_post(post: Post, *, on: date) -> None:
    """End a post: `on` is the first day on which it no longer holds. Whoever is signed in through it loses it at the
    next request."""
    if post.role == Role.SYSTEM_KEEPER:
        # Two keepers who end each other at the same moment: the second finds that the other is left alone.
        Organisation.objects.select_for_update(no_key=True).get(pk=post.organisation_id)
    post = Post.objects.select_for_update().get(pk=post.pk)
    post.valid_to = on
    try:
        post.full_clean()
    except ValidationError as invalid:
        raise Refusal.from_validation(invalid) from invalid
    with refusing_by(sentences):
        post.save(update_fields=["valid_to"])


def first_password(user: User) -> str:
    """A fresh password that somebody else will hand over, and that opens one page alone until another is chosen.

    Everybody who is signed in with the account is signed out.
    """
    password = new_code()
    user.set_password(password)
    user.password_is_first = True
    user.save(update_fields=["password", "password_is_first"])
    return password


@cache
def sentences() -> dict[str, "str | Promise"]:
    return constraint_sentences("accounts") | TRIGGER_SENTENCES
