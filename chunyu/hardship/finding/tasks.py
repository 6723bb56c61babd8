"""Runs as jobs: one at a time in the whole federation, and every night where somebody ordered it."""

from __future__ import annotations

from uuid import UUID

import structlog
from procrastinate.contrib.django import app

from chunyu.accounts.acting import Acting
from chunyu.accounts.clock import today
from chunyu.accounts.refusal import Refusal
from chunyu.hardship.finding.actions import order_run
from chunyu.hardship.finding.models import FindingRun, NightlyOrder
from chunyu.hardship.finding.running import carry_out
from chunyu.running.jobs import job
from chunyu.wall.scope import beyond_scope

log = structlog.get_logger()


@job(name="hardship.find", lock="hardship.find")
def find(run: str) -> None:
    """Carry a run out; harmless when it has ended or somebody is on it."""
    Acting.begin(FindingRun.objects.filter(pk=run), through="post")
    carry_out(UUID(run))


# Ten past two at night in the federation's time zone; the queue's clock is UTC.
@app.periodic(cron="10 18 * * *")
@job(name="hardship.find_every_night", queueing_lock="hardship.find_every_night")
def find_every_night(timestamp: int) -> None:
    """Order the runs of the night, each through the post that ordered it."""
    orders = NightlyOrder.objects.filter(ended_on__isnull=True).select_related("ordered_by").order_by("scope_path")
    with beyond_scope("nightly-orders"):
        standing = list(orders)
    for order in standing:
        try:
            order_run(Acting.through(order.ordered_by, today()), nightly=True)
        except Refusal as refusal:
            log.warning("nightly run refused", organisation=order.organisation_id, reason=refusal.code)
