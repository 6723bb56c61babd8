"""How an import stands, as one sentence for its sender."""

from __future__ import annotations

from django.utils.translation import gettext as _

from chunyu.registry.importing.tables import ImportBatch
from chunyu.registry.workbook.sentences import OUTCOMES, UNREADABLE

Status = ImportBatch.Status


def _of_rows(batch: ImportBatch) -> str:
    """Of the kinds with one row to a thing."""
    if batch.status == Status.CHECKED:
        return _(
            "Nothing was written. An import would bring %(new)s new rows, change %(changed)s on file "
            "and leave %(unchanged)s as they are."
        )
    if batch.unchanged == batch.households:
        return _("All %(households)s rows were on file already just so. Nothing changed.")
    return _("All %(households)s rows were imported: %(new)s new, %(changed)s changed, %(unchanged)s as before.")


def outcome_sentence(batch: ImportBatch) -> str:
    counts = {
        "households": batch.households,
        "people": batch.people,
        "new": batch.new,
        "changed": batch.changed,
        "unchanged": batch.unchanged,
        "faults": batch.faults,
    }
    if batch.outcome:
        why = UNREADABLE.get(batch.outcome) or OUTCOMES.get(batch.outcome) or OUTCOMES["broken"]
        return str(why)
    if batch.undone_at is not None:
        return _("This import was undone: what it wrote is as it was before.")
    if batch.kind != "households" and batch.status in (Status.IMPORTED, Status.CHECKED) and not batch.faults:
        return _of_rows(batch) % counts
    if batch.status == Status.IMPORTED and batch.new == batch.households:
        return _("All %(households)s households (%(people)s people) were imported.") % counts
    if batch.status == Status.IMPORTED and batch.unchanged == batch.households:
        return _("All %(households)s households were on file already just so. Nothing changed.") % counts
    if batch.status == Status.IMPORTED:
        return (
            _("All %(households)s households were imported: %(new)s new, %(changed)s changed, %(unchanged)s as before.")
            % counts
        )
    if batch.status == Status.REFUSED or (batch.status == Status.CHECKED and batch.faults):
        return _("Nothing was imported: %(faults)s faults stand in the way. Each is marked in its cell.") % counts
    if batch.status == Status.CHECKED:
        return (
            _(
                "Nothing was written. An import would bring %(new)s new households, change %(changed)s "
                "and leave %(unchanged)s as they are."
            )
            % counts
        )
    if batch.status == Status.ASKING:
        return _("Some headers or unions are not known. Say what they mean, and the import goes on.")
    if batch.status == Status.CANCELLED:
        return _("The import was cancelled. Nothing was written.")
    return str(batch.get_stage_display())
