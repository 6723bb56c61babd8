"""The words in which findings are shown."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chunyu.hardship.finding.models import Finding, FindingRun, FindingUnknown
from chunyu.hardship.finding.suppliers import supplier_of
from chunyu.hardship.wording import fact_label
from chunyu.rulebooks.in_force import rulebook_of

KIND_TONES = {Finding.Kind.NOT_HELPED: "rain", Finding.Kind.NO_LONGER: "seal", Finding.Kind.BLOCKED: "amber"}
STATE_LABELS: dict[str, str | Promise] = {
    "new": _("to be looked at"),
    "confirmed": pgettext_lazy("finding", "confirmed"),
    "invited": _("invited, waits for an answer"),
    "wants": pgettext_lazy("invitation", "wants to apply"),
    "declined": pgettext_lazy("invitation", "not now"),
    "set_aside": pgettext_lazy("finding", "set aside"),
}
STATE_TONES = {
    "new": "sky", "confirmed": "rain", "invited": "sky", "wants": "seal", "declined": "plain", "set_aside": "plain",
}  # fmt: skip
RUN_TONES = {"queued": "sky", "running": "sky", "done": "rain", "failed": "seal"}
OUTCOMES: dict[str, str | Promise] = {
    "killed": _("The worker was stopped while it looked. Nothing was written; the next run looks at everybody."),
    "broken": _("A fault of the program. Nothing was written; the keeper of the system finds it in the log."),
    "post-ended": _("The post through which the run was ordered has ended. Nothing was written."),
    "no_rulebook": _("No rulebook was in force on that day. Nothing was written."),
}
STAGE_LABELS: dict[str, str | Promise] = {
    "invited": pgettext_lazy("figures", "Invited"),
    "opted_out": pgettext_lazy("figures", "Opted out"),
    "applied": pgettext_lazy("figures", "Applied"),
    "granted": pgettext_lazy("figures", "Granted"),
}


def outcome_of(run: FindingRun) -> str:
    """Why a run did not finish; a rulebook's own sentence stands as it is."""
    return str(OUTCOMES.get(run.outcome, run.outcome))


def unknown_line(unknown: FindingUnknown) -> str:
    """What nobody has stated, with the person it is about."""
    label = fact_label(unknown.fact)
    if unknown.member is None:
        return label
    return _now("%(person)s: %(fact)s") % {"person": unknown.member.name, "fact": label}


def unknowns_with_suppliers(finding: Finding, day: date) -> list[dict[str, Any]]:
    """Each unknown fact of a finding, and whom to ask."""
    parameters = rulebook_of(finding.organisation, day).parameters
    return [
        {"fact": unknown_line(each), "who": supplier_of(each.fact, parameters).label} for each in finding.unknowns.all()
    ]
