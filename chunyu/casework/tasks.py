"""What the worker does for cases."""

from procrastinate.contrib.django import app

from chunyu.running.jobs import job
from chunyu.wall.scope import beyond_scope


# Twenty past five in the morning in the federation's time zone; the queue's clock is UTC.
@app.periodic(cron="20 21 * * *")
@job(name="casework.escalate_overdue", queueing_lock="casework.escalate_overdue")
def escalate_overdue(timestamp: int) -> None:
    """Bring what is overdue before those who answer for it."""
    from chunyu.accounts.clock import today
    from chunyu.casework.actions.clock import escalate_overdue as bring

    with beyond_scope("deadlines"):
        bring(today())
