"""What every act on the tree has in common: who may, from which day, and the sentence for what the database refuses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from django.core.exceptions import ValidationError
from django.db import connection

from chunyu.accounts.acting import Acting
from chunyu.accounts.refusal import Refusal
from chunyu.accounts.refusing import Sentences, constraint_sentences, refusing_by
from chunyu.accounts.roles import Role
from chunyu.registry.organising_rights import check_organising
from chunyu.registry.refusing import refuse_day_to_come
from chunyu.registry.refusing import sentences as registry_sentences

# Who founds, renames and moves unions: an organiser of an organisation above them.
STRUCTURE_ROLES = frozenset({Role.ORGANISER})


def check(acting: Acting, above: str, on: date) -> None:
    """Refusal unless the post may change what stands under the path `above`, from a day that has come."""
    check_organising(acting, above, STRUCTURE_ROLES)
    refuse_day_to_come(acting, on)


def sentences() -> Sentences:
    return {**constraint_sentences("federation"), **registry_sentences()}


@contextmanager
def refusing() -> Iterator[None]:
    """An act on the tree, whole or not at all; what a verb or the database refuses becomes a Refusal.

    The rules that the database asks at the end of a transaction are asked here, so that they still find a reader.
    """
    try:
        with refusing_by(sentences):
            yield
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    except ValidationError as error:
        raise Refusal.from_validation(error) from error
