"""What the worker does for the copies, once the first was taken by hand."""

import os

from django.conf import settings
from procrastinate.contrib.django import app

from chunyu.backup import archiving, taking
from chunyu.backup.shelf import shelf_of
from chunyu.running.jobs import job


@app.periodic(cron="* * * * *")
@job(name="backup.ship_journal", queueing_lock="backup.ship_journal", lock="backup")
def ship_journal(timestamp: int) -> None:
    """Seal what the database handed over in the last minute."""
    if is_kept():
        archiving.ship(settings.PLACES, shelf_of(settings.PLACES))


# Half past two in the morning in the federation's time zone; the queue's clock is UTC.
@app.periodic(cron="30 18 * * *")
@job(name="backup.take", queueing_lock="backup.take", lock="backup")
def take(timestamp: int) -> None:
    """Copy the whole database, and let go of the copies that are too old."""
    if is_kept():
        shelf = shelf_of(settings.PLACES)
        taking.take(settings.PLACES, shelf)
        taking.keep(shelf)


def is_kept() -> bool:
    """Whether copies of this database are ours to take, and somebody has taken the first."""
    return not os.environ.get("DATABASE_URL") and bool(shelf_of(settings.PLACES).copies())
