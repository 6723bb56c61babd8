"""What the worker does for the record."""

from procrastinate.contrib.django import app

from chunyu.audit import looking
from chunyu.running.jobs import job
from chunyu.wall.scope import beyond_scope


@app.periodic(cron="* * * * *")
@job(name="audit.keep", queueing_lock="audit.keep", lock="audit")
def keep(timestamp: int) -> None:
    """Seal what was written in the last minute, and note the end of the record outside the database."""
    with beyond_scope("record-chain"):
        looking.keep()


@app.periodic(cron="*/5 * * * *")
@job(name="audit.look", queueing_lock="audit.look", lock="audit")
def look(timestamp: int) -> None:
    """Read the record over: a change in it is known within minutes."""
    with beyond_scope("record-chain"):
        looking.look()


# A quarter past one in the morning in the federation's time zone; the queue's clock is UTC.
@app.periodic(cron="15 17 * * *")
@job(name="audit.keep_everything", queueing_lock="audit.keep_everything", lock="audit")
def keep_everything(timestamp: int) -> None:
    """Find what slow transactions left far behind."""
    with beyond_scope("record-chain"):
        looking.keep(everything=True)
