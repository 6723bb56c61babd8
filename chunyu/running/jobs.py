"""Jobs: how a room declares one, and the queue's own upkeep.

Upkeep takes up again the jobs whose worker was killed, and forgets old finished ones.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import connections
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.jobs import Status

from chunyu.wall.scope import working

ATTEMPTS = 3
KEPT_HOURS = 30 * 24


def job(**options: Any) -> Callable[[Callable[..., None]], Any]:
    """Declare a function as a job (`@job(name="hardship.decide_all")`). It runs in some thread of the worker, so it
    leaves no database connection behind there: a server that was restarted meanwhile is met with a fresh one. It sees
    no rows until it says through which post it acts (chunyu.accounts.acting)."""

    def declare(work: Callable[..., None]) -> Any:
        @wraps(work)
        def run(**given: Any) -> None:
            try:
                with working():
                    work(**given)
            finally:
                connections.close_all()

        return app.task(**options)(run)

    return declare


@app.periodic(cron="*/2 * * * *")
@app.task(queueing_lock="upkeep", pass_context=True)
async def upkeep(context: JobContext, timestamp: int) -> None:
    """Retry what a killed worker left behind; give up on a job that has taken its worker down repeatedly."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs():
        if job.attempts < ATTEMPTS:
            await manager.retry_job(job)
        else:
            await manager.finish_job(job, status=Status.FAILED, delete_job=False)
    await manager.delete_old_jobs(nb_hours=KEPT_HOURS, include_failed=False)
