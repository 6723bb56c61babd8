"""What follows an act elsewhere in the house: jobs named in one table, queued in the act's own transaction.

A room beneath cannot call a room above; it only says that something happened. `settings.FOLLOWING` names the jobs:

    FOLLOWING = {"registry.imported": ["chunyu.hardship.tasks.decide_imported"]}

A job gets the acting post and the keys that the act gives. When the act is rolled back, nothing was queued.
"""

from __future__ import annotations

from django.conf import settings
from procrastinate.contrib.django import app

from chunyu.accounts.acting import Acting


def follow(event: str, acting: Acting, **keys: str | int) -> None:
    """Queue the jobs that follow `event`. `keys` are row keys and plain numbers, never personal values."""
    for name in settings.FOLLOWING.get(event, ()):
        app.configure_task(name).defer(post=acting.post.pk, day=acting.day.isoformat(), **keys)
