"""The queue's own upkeep: jobs whose worker was killed are taken up again, old finished ones are forgotten."""

from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.jobs import Status

ATTEMPTS = 3
KEPT_HOURS = 30 * 24


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
