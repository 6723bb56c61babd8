"""Who is known to a keeper, and what waits for one."""

from __future__ import annotations

from uuid import UUID

from django.db.models import BooleanField, Case, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When

from chunyu.accounts.acting import Acting
from chunyu.accounts.models import Post, User
from chunyu.casework.models import Case as Matter
from chunyu.federation.models import path_end
from chunyu.registry.models import Household, Member
from chunyu.staff.models import PostRequest


def people(acting: Acting) -> QuerySet[User]:
    """Everybody whose account is kept in the subtree, or who holds or held a post in it.

    With `held` (posts today), `role` and `place` of the first of them, `waiting` (requests without an answer) and
    `never` (whether the person has never signed in).
    """
    inside = Q(organisation__path__gte=acting.path, organisation__path__lt=path_end(acting.path))
    posts = Post.objects.filter(user=OuterRef("pk"))
    today = Post.objects.held_on(acting.day).filter(user=OuterRef("pk")).order_by("pk")
    counted = today.order_by().values("user").annotate(n=Count("pk")).values("n")
    asked = PostRequest.objects.filter(person=OuterRef("pk"), answer="").order_by()
    return (
        User.objects.filter(inside | Exists(posts.filter(inside)))
        .select_related("organisation")
        .annotate(
            held=Subquery(counted),
            role=Subquery(today.values("role")[:1]),
            place=Subquery(today.values("organisation__name")[:1]),
            waiting=Exists(asked),
            never=Case(When(last_login__isnull=True, then=Value(True)), default=False, output_field=BooleanField()),
        )
    )


def requests(acting: Acting) -> QuerySet[PostRequest]:
    """Requests for posts in the subtree."""
    return PostRequest.objects.within(acting.path).select_related(
        "person", "organisation", "asked_by__user", "answered_by__user"
    )


def posts_of(person: User) -> QuerySet[Post]:
    """Every post of a person, those that hold first, then the latest."""
    return (
        Post.objects.filter(user=person)
        .select_related("organisation", "request__asked_by__user", "request__answered_by__user")
        .order_by(F("valid_to").desc(nulls_first=True), "-valid_from", "pk")
    )


def named_in_record(acting: Acting, text: str) -> tuple[list[UUID], list[str]] | None:
    """Whom a file, case or member number means in the record: keys of people shown, and objects as acts name them.

    None for a text that is none of these numbers within the subtree.
    """
    household = Household.objects.within(acting.path).filter(file_number=text).first()
    case = None if household else Matter.objects.within(acting.path).filter(number=text).first()
    if case is not None and case.household_id is None:
        return [], [f"{case._meta.label}:{case.pk}"]
    if case is not None:
        household = case.household
    if household is None:
        return None
    cases = Matter.objects.filter(household=household).values_list("pk", flat=True)
    members = Member.objects.filter(household=household).values_list("pk", flat=True)
    named = [(Household, [household.pk]), (Matter, cases), (Member, members)]
    return [household.pk], [f"{model._meta.label}:{key}" for model, keys in named for key in keys]


def numbers_of(subjects: set[str]) -> dict[str, str]:
    """Files and cases among the objects that acts name, in words and by their numbers."""
    found = {}
    for model, number in ((Household, "file_number"), (Matter, "number")):
        start = f"{model._meta.label}:"
        keys = [subject.removeprefix(start) for subject in subjects if subject.startswith(start)]
        rows = model._default_manager.filter(pk__in=keys).values_list("pk", number) if keys else ()
        found |= {f"{start}{key}": f"{model._meta.verbose_name} {shown}" for key, shown in rows}
    return found
