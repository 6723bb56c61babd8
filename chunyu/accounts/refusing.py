"""From the name of a rule that the database holds to the sentence that the user reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from django.apps import apps
from django.db import IntegrityError, transaction
from django.utils.functional import Promise

from chunyu.accounts.refusal import Refusal

Sentences = Mapping[str, "str | Promise"]


def constraint_sentences(room: str) -> dict[str, str | Promise]:
    """The sentence of every named constraint of a room's tables."""
    return {
        constraint.name: constraint.violation_error_message
        for model in apps.get_app_config(room).get_models()
        for constraint in model._meta.constraints
    }


def broken_rule(error: IntegrityError) -> str:
    """The name of the constraint or trigger that stopped a statement; empty when it was none of ours."""
    return getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""


@contextmanager
def refusing_by(sentences: Callable[[], Sentences], *, savepoint: bool = True) -> Iterator[None]:
    """Run a piece of work whole or not at all; a rule broken in it becomes a Refusal with the rule's own sentence.

    Without a `savepoint` the refusal undoes the whole transaction that the work is a part of, two round trips less.
    """
    try:
        with transaction.atomic(savepoint=savepoint):
            yield
    except IntegrityError as error:
        rule = broken_rule(error)
        if rule not in sentences():
            raise
        raise Refusal(sentences()[rule], code=rule) from error
