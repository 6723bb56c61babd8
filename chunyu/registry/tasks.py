"""What the worker does for the registry."""

from uuid import UUID

import structlog
from procrastinate.contrib.django import app

from chunyu.running.jobs import job
from chunyu.wall.scope import beyond_scope

log = structlog.get_logger()


@job(queue="imports")
def work_on_import(batch: str) -> None:
    """Carry an import through; harmless when it has ended or somebody is on it."""
    from chunyu.accounts.acting import Acting
    from chunyu.registry.importing.job import run
    from chunyu.registry.models import ImportBatch

    Acting.begin(ImportBatch.objects.filter(pk=batch), through="post")
    run(UUID(batch))


@job(name="registry.look_for_duplicates", queue="imports")
def look_for_duplicates(look: str) -> None:
    """Compare the people on open files; harmless when the look has ended."""
    from chunyu.accounts.acting import Acting
    from chunyu.registry.duplicates.job import run
    from chunyu.registry.models import Look

    Acting.begin(Look.objects.filter(pk=look), through="post")
    run(UUID(look))


# Twenty to three at night in the federation's time zone; the queue's clock is UTC.
@app.periodic(cron="40 18 * * *")
@job(name="registry.look_every_night", queueing_lock="registry.look_every_night")
def look_every_night(timestamp: int) -> None:
    """Begin the looks of the night, each through the post that ordered it."""
    from chunyu.accounts.acting import Acting
    from chunyu.accounts.clock import today
    from chunyu.accounts.refusal import Refusal
    from chunyu.registry.duplicates.actions import start_look
    from chunyu.registry.models import NightlyLook

    orders = NightlyLook.objects.filter(ended_on__isnull=True).select_related("ordered_by").order_by("scope_path")
    with beyond_scope("nightly-orders"):
        standing = list(orders)
    for order in standing:
        try:
            start_look(Acting.through(order.ordered_by, today()))
        except Refusal as refusal:
            log.warning("nightly look refused", organisation=order.organisation_id, reason=refusal.code)


# Ten to four at night in the federation's time zone.
@app.periodic(cron="50 19 * * *")
@job(name="registry.sweep_vault", queueing_lock="registry.sweep_vault")
def sweep_vault(timestamp: int) -> None:
    """Remove the sealed files that no row names any more."""
    from django.utils import timezone

    from chunyu.privacy.sweeping import sweep

    with beyond_scope("sweep-vault"):
        removed = sweep(timezone.now())
    if removed:
        log.info("vault swept", removed=removed)
