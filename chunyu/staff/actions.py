"""What keepers do: open and close accounts, ask for posts and grant them, end them, give a first password."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chunyu.accounts import actions as accounts
from chunyu.accounts import second_factor
from chunyu.accounts.acting import Acting
from chunyu.accounts.models import Post, User
from chunyu.accounts.refusal import Refusal
from chunyu.accounts.refusing import constraint_sentences, refusing_by
from chunyu.accounts.roles import DEPARTMENT_ROLES, KEEPER_ROLES, Role
from chunyu.audit.record import record
from chunyu.federation.models import Organisation
from chunyu.staff.models import PostRequest
from chunyu.staff.queries import people

TRIGGER_SENTENCES: dict[str, Promise] = {
    "post_request_not_for_oneself": gettext_lazy("Nobody asks for a post for themselves, or grants themselves one."),
    "post_request_by_two": gettext_lazy("Whoever asked for a post does not grant it: the security keeper does."),
    "post_request_answered_once": gettext_lazy("This request has been answered."),
    "post_request_is_not_edited": gettext_lazy("What was asked for stays. Take it back and ask anew."),
    "pgtrigger_post_request_is_kept": gettext_lazy("A request is never removed."),
}
Given, Result = ParamSpec("Given"), TypeVar("Result")
Act = Callable[Concatenate[Acting, Given], Result]


def sentences() -> dict[str, str | Promise]:
    return constraint_sentences("staff") | TRIGGER_SENTENCES | accounts.sentences()


def _by(*roles: Role) -> Callable[[Act[Given, Result]], Act[Given, Result]]:
    """Only through a post with one of these roles; whole or not at all, and a broken rule becomes its sentence."""

    def only(act: Act[Given, Result]) -> Act[Given, Result]:
        @wraps(act)
        def acted(acting: Acting, /, *args: Given.args, **kwargs: Given.kwargs) -> Result:
            if acting.role not in roles:
                raise Refusal(_("Only %(role)s does this.") % {"role": roles[0].label}, code="role")
            with refusing_by(sentences):
                return act(acting, *args, **kwargs)

        return acted

    return only


@_by(Role.SYSTEM_KEEPER)
def open_account(acting: Acting, *, username: str, full_name: str, organisation: Organisation) -> tuple[User, str]:
    """A new account and its first password, which is shown once. It opens nothing until a post is granted."""
    _within(acting, organisation)
    user = accounts.open_account(username=username.strip(), full_name=full_name.strip(), organisation=organisation)
    password = accounts.first_password(user)
    record(acting, "staff.open_account", user)
    return user, password


@_by(Role.SYSTEM_KEEPER)
def new_password(acting: Acting, person: User) -> str:
    """Another first password, shown once, for somebody who forgot theirs. Whoever is signed in is signed out."""
    person = _held(acting, person)
    if person.pk == acting.user_id:
        raise Refusal(_("Change your own password yourself, under your name at the top."), code="self")
    if not person.is_active:
        raise Refusal(_("This account is closed. Open it again first."), code="closed")
    password = accounts.first_password(person)
    record(acting, "staff.new_password", person)
    return password


@_by(Role.SYSTEM_KEEPER)
def ask_for_post(
    acting: Acting,
    person: User,
    *,
    organisation: Organisation,
    role: str,
    valid_from: date,
    valid_to: date | None,
    reason: str,
) -> PostRequest:
    """Ask the security keeper for a post. Nothing holds yet."""
    person = _held(acting, person)
    _within(acting, organisation)
    if role in DEPARTMENT_ROLES:
        raise Refusal(_("People of a department are seated on the department's own page."), code="department")
    request = PostRequest(
        person=person, organisation=organisation, role=role, valid_from=valid_from, valid_to=valid_to,
        reason=reason.strip(), asked_by=acting.post, asked_on=acting.day,
    )  # fmt: skip
    try:
        request.full_clean()
        Post(user=person, organisation=organisation, role=role, valid_from=valid_from, valid_to=valid_to).full_clean()
    except ValidationError as invalid:
        raise Refusal.from_validation(invalid) from invalid
    request.save()
    record(acting, "staff.ask_for_post", request, role)
    return request


@_by(Role.SECURITY_KEEPER)
def grant(acting: Acting, request: PostRequest) -> Post:
    """Say yes: the post is given."""
    request = _open(acting, request)
    post = accounts.appoint(request.person, request.organisation, Role(request.role), on=request.valid_from)
    if request.valid_to:
        accounts.end_post(post, on=request.valid_to)
    _answer(acting, request, PostRequest.Answer.GRANTED, post=post)
    record(acting, "staff.grant", request, request.role)
    return post


@_by(Role.SECURITY_KEEPER)
def refuse(acting: Acting, request: PostRequest, *, reason: str) -> None:
    request = _open(acting, request)
    _answer(acting, request, PostRequest.Answer.REFUSED, note=reason.strip())
    record(acting, "staff.refuse", request, request.role)


@_by(Role.SYSTEM_KEEPER)
def take_back(acting: Acting, request: PostRequest) -> None:
    """Withdraw a request that nobody has answered."""
    request = _open(acting, request)
    _answer(acting, request, PostRequest.Answer.WITHDRAWN)
    record(acting, "staff.take_back", request, request.role)


@_by(*KEEPER_ROLES)
def end_post(acting: Acting, post: Post, *, on: date) -> None:
    """End a post from a day on; taking a right away needs no second person. One's own is ended by somebody else."""
    _held(acting, post.user)
    _within(acting, post.organisation)
    if post.user_id == acting.user_id:
        raise Refusal(_("Your own post is ended by somebody else."), code="self")
    if on < acting.day:
        raise Refusal(_("It can end from today on: what was done through it stays."), code="past")
    accounts.end_post(post, on=on)
    record(acting, "staff.end_post", post, post.role)


@_by(Role.SECURITY_KEEPER)
def remove_factor(acting: Acting, person: User, *, reason: str) -> None:
    """For somebody whose phone and paper are lost: the next sign-in goes without, or asks to set up another."""
    person = _held(acting, person)
    if person.pk == acting.user_id:
        raise Refusal(_("Your own second factor is taken away by somebody else."), code="self")
    if second_factor.of(person) is None:
        raise Refusal(_("This person has set up no second factor."), code="none")
    second_factor.remove(person)
    record(acting, "staff.remove_factor", person, reason.strip())


@_by(*KEEPER_ROLES)
def close_account(acting: Acting, person: User, *, reason: str) -> None:
    """Nobody signs in with it any more, from now on; posts stay as they are and give no right meanwhile."""
    person = _held(acting, person)
    if person.pk == acting.user_id:
        raise Refusal(_("Your own account is closed by somebody else."), code="self")
    if not person.is_active:
        raise Refusal(_("This account is closed already."), code="closed")
    _is_not_the_last_keeper(acting, person)
    person.is_active = False
    person.save(update_fields=["is_active"])
    record(acting, "staff.close_account", person, reason.strip())


@_by(Role.SYSTEM_KEEPER)
def reopen_account(acting: Acting, person: User) -> None:
    """With the posts that still hold, and the password of before."""
    person = _held(acting, person)
    if person.is_active:
        raise Refusal(_("This account is open."), code="open")
    person.is_active = True
    person.save(update_fields=["is_active"])
    record(acting, "staff.reopen_account", person)


def _is_not_the_last_keeper(acting: Acting, person: User) -> None:
    keepers = Post.objects.held_on(acting.day).filter(role=Role.SYSTEM_KEEPER)
    others = list(keepers.exclude(user=person).values_list("organisation__path", flat=True))
    for path in keepers.filter(user=person).values_list("organisation__path", flat=True):
        if not any(path.startswith(other) for other in others):
            raise Refusal(accounts.TRIGGER_SENTENCES["last_keeper_stays"], code="last_keeper_stays")


def _held(acting: Acting, person: User) -> User:
    """The account, held; DoesNotExist for one that this keeper does not know."""
    people(acting).get(pk=person.pk)
    return User.objects.select_for_update().get(pk=person.pk)


def _within(acting: Acting, organisation: Organisation) -> None:
    if not acting.sees(organisation.path):
        raise Refusal(_("This organisation is not yours to give posts at."), code="scope")


def _open(acting: Acting, request: PostRequest) -> PostRequest:
    """A request within the scope that waits, held."""
    found = PostRequest.objects.within(acting.path).select_for_update(of=("self",)).get(pk=request.pk)
    if found.answer:
        raise Refusal(TRIGGER_SENTENCES["post_request_answered_once"], code="post_request_answered_once")
    return found


def _answer(
    acting: Acting, request: PostRequest, answer: PostRequest.Answer, *, note: str = "", post: Post | None = None
) -> None:
    request.answer, request.answer_note, request.post = answer, note, post
    request.answered_by, request.answered_on = acting.post, acting.day
    request.save(update_fields=["answer", "answer_note", "post", "answered_by", "answered_on"])


@transaction.atomic
def begin(*, name: str, kind: str, region_code: str, on: date, keepers: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """The first organisation and its two keepers, on an installation that has none; first passwords by account.

    `keepers` are account and name of the system keeper, then of the security keeper.
    """
    from chunyu.federation.actions import found
    from chunyu.federation.models import Region

    if Organisation.objects.exists():
        raise Refusal(_("This installation has begun: further organisations and people are entered on its pages."))
    # The lists write a province as 13; GB/T 2260 fills it up with zeros.
    written = {region_code, region_code.removesuffix("00"), region_code.removesuffix("0000")}
    region = Region.objects.as_of(on).filter(code__in=written).first()
    if region is None:
        raise Refusal(_("No region %(code)s is known on that day.") % {"code": region_code}, code="region")
    organisation = found(name=name, kind=kind, region=region, parent=None, on=on)
    passwords = {}
    with refusing_by(sentences):
        for (username, full_name), role in zip(keepers, (Role.SYSTEM_KEEPER, Role.SECURITY_KEEPER), strict=True):
            user = accounts.open_account(username=username, full_name=full_name, organisation=organisation)
            passwords[username] = accounts.first_password(user)
            accounts.appoint(user, organisation, role, on=on)
    return passwords
