"""`chunyu import FILE --as USERNAME`: a workbook of households, members, employers or organisations."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chunyu.accounts.acting import Acting
from chunyu.accounts.clock import today
from chunyu.accounts.models import Post
from chunyu.accounts.refusal import Refusal
from chunyu.registry.importing.actions import HOUSEHOLDS, send_workbook
from chunyu.registry.importing.findings import Findings
from chunyu.registry.importing.job import run
from chunyu.registry.importing.kinds import kind_of, kinds
from chunyu.registry.importing.outcomes import outcome_sentence
from chunyu.registry.models import ImportBatch
from chunyu.registry.workbook.faults import Fault
from chunyu.registry.workbook.sentences import remedy, sentence
from chunyu.wall.scope import take_on, working


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--as", "username", required=True, help="Account of the person who imports.")
@click.option("--kind", default=HOUSEHOLDS, show_default=True, help="What the rows are; a wrong word lists them all.")
@click.option("--match", "match_key", default="", help="What a row is found by on file; as last time when left out.")
@click.option("--transfers", is_flag=True, help="Transfer members of other unions (kind members).")
@click.option("--dry-run", is_flag=True, help="Only say what would happen; write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Answer as one JSON object.")
@click.option("--result", type=click.Path(dir_okay=False, path_type=Path), help="Write the marked workbook here.")
def import_workbook(
    file: Path,
    username: str,
    kind: str,
    match_key: str,
    transfers: bool,
    dry_run: bool,
    as_json: bool,
    result: Path | None,
) -> None:
    """Import a workbook (.xlsx or .xls) of households or of another kind, all of it or nothing.

    Exit 0 when it was imported (or, with --dry-run, would be); 1 when it is refused, each fault named by sheet, row
    and column.
    """
    if kind not in kinds():
        raise click.BadParameter(f"there are: {', '.join(kinds())}", param_hint="--kind")
    acting = _acting(username, kind)
    with working():
        take_on(acting.path)
        batch = send_workbook(
            acting,
            name=file.name,
            content=file.read_bytes(),
            kind=kind,
            match_key=match_key,
            transfers=transfers,
            dry_run=dry_run,
            queue=False,
        )
        before = batch.status == ImportBatch.Status.IMPORTED
        if not before:
            run(batch.pk, ask=False)
            batch.refresh_from_db()
    findings = Findings.of(batch.findings)
    if result is not None and batch.result:
        from chunyu.privacy import vault

        result.write_bytes(vault.get(batch.result))
    refused = batch.faults > 0 or batch.status not in (ImportBatch.Status.IMPORTED, ImportBatch.Status.CHECKED)
    if as_json:
        click.echo(json.dumps(_plain(batch, findings, before), ensure_ascii=False))
    else:
        _tell(batch, findings, before)
    sys.exit(1 if refused else 0)


def _acting(username: str, kind: str) -> Acting:
    posts = Post.objects.held_on(today()).select_related("organisation__region", "user")
    post = posts.filter(user__username=username, role__in=kind_of(kind).senders).order_by("pk").first()
    if post is None:
        raise Refusal(_("“%(name)s” has no post that sends in workbooks of this kind.") % {"name": username}, "role")
    return Acting(post, today())


def _tell(batch: ImportBatch, findings: Findings, before: bool) -> None:
    for fault in findings.faults:
        click.echo(_line(fault), err=not fault.is_warning)
    if before:
        click.echo(
            _("This file was imported on %(when)s; nothing was changed.")
            % {"when": f"{batch.ended_at:%Y-%m-%d %H:%M}" if batch.ended_at else ""}
        )
        return
    click.echo(outcome_sentence(batch), err=batch.status == ImportBatch.Status.REFUSED)
    if findings.faults:
        count = len(findings.warnings)
        click.echo(ngettext("%(count)s warning", "%(count)s warnings", count) % {"count": count})


def _line(fault: Fault) -> str:
    where = " ".join(
        part
        for part in (
            fault.sheet,
            _("row %(row)s") % {"row": fault.row} if fault.row else "",
            f"“{' '.join(fault.header.split())}”" if fault.header else "",
            f"({fault.cell})" if fault.column >= 0 and fault.row else "",
        )
        if part
    )
    mark = _("warning") if fault.is_warning else _("fault")
    return f"{mark}: {where}: {sentence(fault)} {remedy(fault)}"


def _plain(batch: ImportBatch, findings: Findings, before: bool) -> dict[str, Any]:
    return {
        "batch": str(batch.pk),
        "kind": batch.kind,
        "match_key": batch.match_key,
        "status": batch.status,
        "dry_run": batch.dry_run,
        "imported_before": before,
        "sentence": outcome_sentence(batch),
        "rows": batch.households,
        "households": batch.households,
        "people": batch.people,
        "new": batch.new,
        "changed": batch.changed,
        "unchanged": batch.unchanged,
        "faults": [
            {
                "sheet": fault.sheet,
                "row": fault.row,
                "column": fault.header,
                "cell": fault.cell,
                "code": fault.code,
                "fault": sentence(fault),
                "remedy": remedy(fault),
                "severity": "warning" if fault.is_warning else "error",
            }
            for fault in findings.faults
        ],
        "left_out": findings.left_out,
    }
