"""The verbs of full-time posts: open, fill, give up, end; hold a class, take part in it, record the exam."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.audit.record import record
from chunyu.federation.models import Organisation
from chunyu.organising.full_time.tables import FullTimePost, PostHolding, TrainingClass, TrainingTaken
from chunyu.organising.refusing import refusing
from chunyu.registry.actions import id_number_of
from chunyu.registry.organising_rights import check_organising
from chunyu.registry.refusing import refuse_day_to_come


@transaction.atomic
def open_post(acting: Acting, union: Organisation, title: str, *, on: date) -> FullTimePost:
    """A vacant post in a joint union or association, from a day on."""
    check_organising(acting, union.path)
    refuse_day_to_come(acting, on)
    with refusing():
        post = FullTimePost.objects.create(organisation=union, title=title.strip(), valid_from=on)
    record(acting, "organising.open_post", post)
    return post


@transaction.atomic
def fill_post(
    acting: Acting,
    post: FullTimePost,
    *,
    name: str,
    id_number: str,
    contract: str,
    on: date,
    contract_until: date | None = None,
) -> PostHolding:
    """Somebody takes up a vacant post. One who holds another anywhere in the province is refused."""
    check_organising(acting, post.scope_path)
    refuse_day_to_come(acting, on)
    holding = PostHolding(
        organisation=post.organisation,
        post=post,
        name=name.strip(),
        contract=contract.strip(),
        contract_until=contract_until,
        valid_from=on,
    )
    holding.id_number = id_number_of(id_number).text
    with refusing():
        holding.save(force_insert=True)
    record(acting, "organising.fill_post", post)
    return holding


@transaction.atomic
def give_up(acting: Acting, holding: PostHolding, *, how: str, on: date) -> None:
    """The holder leaves the post: `on` is the first day on which it is vacant."""
    check_organising(acting, holding.scope_path)
    refuse_day_to_come(acting, on)
    held = PostHolding.objects.select_for_update(of=("self",)).get(pk=holding.pk)
    if held.valid_to is not None:
        raise Refusal(_("This person has given up the post already."), "holding_ended_for_good")
    held.valid_to, held.ended = on, how
    with refusing():
        held.save(update_fields=["valid_to", "ended"])
    record(acting, "organising.give_up_post", held, how)


@transaction.atomic
def end_post(acting: Acting, post: FullTimePost, *, reason: str, on: date) -> None:
    """A vacant post is there no more: `on` is the first day without it."""
    check_organising(acting, post.scope_path)
    refuse_day_to_come(acting, on)
    held = FullTimePost.objects.select_for_update(of=("self",)).get(pk=post.pk)
    if held.valid_to is not None:
        raise Refusal(_("This post has ended; open a new one."), "full_time_post_ended_for_good")
    held.valid_to, held.reason = on, reason.strip()
    with refusing():
        held.save(update_fields=["valid_to", "reason"])
    record(acting, "organising.end_post", held)


@transaction.atomic
def hold_class(acting: Acting, *, name: str, category: str, starts_on: date, ends_on: date) -> TrainingClass:
    """A class that the post's own organisation holds, or held."""
    check_organising(acting, acting.path)
    with refusing():
        training = TrainingClass.objects.create(
            organisation=acting.organisation,
            name=name.strip(),
            category=category,
            starts_on=starts_on,
            ends_on=ends_on,
        )
    record(acting, "organising.hold_class", training, category)
    return training


@transaction.atomic
def take_part(acting: Acting, training: TrainingClass, holdings: Iterable[PostHolding]) -> int:
    """Holders of full-time posts take part in a class, many at once; who is in it already stays. How many are new."""
    check_organising(acting, training.scope_path)
    asked = list(holdings)
    for path in {each.scope_path for each in asked}:
        check_organising(acting, path)
    there = set(training.taken.values_list("holding", flat=True))
    new = [each for each in asked if each.pk not in there]
    with refusing():
        TrainingTaken.objects.bulk_create(
            [TrainingTaken(organisation=each.organisation, training=training, holding=each) for each in new],
            batch_size=1_000,
        )
    record(acting, "organising.take_part", training, f"{len(new)} people")
    return len(new)


@transaction.atomic
def examine(acting: Acting, taken: TrainingTaken, *, on: date, passed: bool, score: int | None = None) -> None:
    """The result of the exam, once."""
    check_organising(acting, taken.scope_path)
    refuse_day_to_come(acting, on)
    held = TrainingTaken.objects.select_for_update(of=("self",)).get(pk=taken.pk)
    held.examined_on, held.passed, held.score = on, passed, score
    with refusing():
        held.save(update_fields=["examined_on", "passed", "score"])
    record(acting, "organising.examine", held, "passed" if passed else "not passed")
