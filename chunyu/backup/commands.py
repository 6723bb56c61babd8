"""`chunyu backup` and `chunyu restore`."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import click
from rich.console import Console

from chunyu.backup.shelf import Shelf, Unusable, shelf_of
from chunyu.running import embedded_postgres, site
from chunyu.running.commands import print_checks, reporter
from chunyu.running.places import Places

Report = Callable[[str], None]
FORMATS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%d %H:%M", "%Y-%m-%d")


@click.command()
@click.option("--check", is_flag=True, help="Take none: see that every copy is whole and opens.")
@click.option("--drill", is_flag=True, help="Take none: try to bring the last one back, beside.")
@click.option("--list", "as_list", is_flag=True, help="Take none: say which there are.")
@click.option("--keep", type=click.IntRange(min=1), help="How many copies stay; older ones go.  [default: 7]")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
def backup(check: bool, drill: bool, as_list: bool, keep: int | None, as_json: bool) -> None:
    """Copy the database, its journal and its files, sealed, while the site goes on.

    After the first copy the worker seals the journal every minute and takes a copy every night. Copies lie in the home
    folder, or in CHUNYU_BACKUPS: set that to a disk of another machine. Without the keys in the home's folder `keys`
    they open to nobody, so keep the keys elsewhere too.
    """
    places, shelf = _embedded(), shelf_of(site.places())
    if check:
        from chunyu.backup.checking import examine

        sys.exit(print_checks(examine(shelf), as_json))
    if as_list:
        _list(shelf, as_json)
    elif drill:
        _drill(places, shelf, reporter(Console(stderr=as_json)), as_json)
    else:
        _take(places, shelf, keep, reporter(Console(stderr=as_json)), as_json)


@click.command()
@click.option("--to", "moment", help="Local time, such as “2026-11-26 15:04:05”. Without it, the last thing known.")
@click.option("--into", type=click.Path(path_type=Path), help="A new home folder; the present one stays as it is.")
@click.option("--yes", is_flag=True, help="Ask nothing.")
def restore(moment: str | None, into: Path | None, yes: bool) -> None:
    """Bring the database back as of a moment: all that was committed by then, and nothing after.

    In place it stops the site first; the present database is kept beside the new one until you remove it.
    """
    places = _embedded()
    shelf, until, report = shelf_of(places), _moment(moment), reporter(Console())
    if into is None and not yes:
        when = moment or "the last moment known"
        click.confirm(f"The site stops, and the database goes back to {when}. Go on?", abort=True)
    if into is None:
        _in_place(places, shelf, until, report)
    else:
        from chunyu.backup import restoring

        restored = restoring.recover(shelf, into.absolute(), until, report)
        _say(restored.last_commit, f"It lies in {into}: CHUNYU_HOME={into} names it, with a copy of keys and vault.")


def _embedded() -> Places:
    if os.environ.get("DATABASE_URL"):
        raise Unusable(
            "DATABASE_URL names a server of its own, whose administrator copies it (docs/how-to/back-up.md says how). "
            "`chunyu backup` and `chunyu restore` are for the embedded database."
        )
    import django

    django.setup()
    return site.places()


def _take(places: Places, shelf: Shelf, keep: int | None, report: Report, as_json: bool) -> None:
    from chunyu.backup import taking

    site.ensure_database()
    manifest = taking.take(places, shelf, report)
    gone = taking.keep(shelf, keep or taking.KEPT)
    report(f"Copy {manifest.copy}, {sum(manifest.sizes) / 1024**2:.0f} MiB, in {shelf.folder}")
    if gone:
        report(f"Older ones removed: {', '.join(gone)}")
    if as_json:
        click.echo(json.dumps({"copy": manifest.copy, "folder": str(shelf.folder), "removed": gone}))


def _list(shelf: Shelf, as_json: bool) -> None:
    manifests = shelf.manifests()
    if as_json:
        click.echo(json.dumps([json.loads(manifest.as_json()) for manifest in manifests]))
    elif not manifests:
        click.echo(f"There is no copy in {shelf.folder}.")
    for manifest in [] if as_json else manifests:
        size = sum(manifest.sizes) / 1024**2
        click.echo(f"{manifest.copy}  {manifest.ended_at.astimezone():%Y-%m-%d %H:%M:%S}  {size:8.0f} MiB")


def _drill(places: Places, shelf: Shelf, report: Report, as_json: bool) -> None:
    """The record that a restore works is worth more than any copy."""
    from chunyu.backup import archiving, drills, restoring

    begun = time.monotonic()
    if embedded_postgres.is_running(places):
        archiving.ship(places, shelf)
    restored = restoring.recover(shelf, places.home / f"drill-{secrets.token_hex(4)}", None, report)
    try:
        drill = drills.look_over(restored, time.monotonic() - begun)
    finally:
        shutil.rmtree(restored.places.server, ignore_errors=True)
        shutil.rmtree(restored.places.home, ignore_errors=True)
    drills.note(shelf, drill)
    report(f"Brought back {drill.rows} rows in {drill.tables} tables in {drill.seconds:.1f} s")
    _say(restored.last_commit, f"Noted in {shelf.folder / drills.RECORD}.") if not as_json else click.echo(
        drill.as_json()
    )


def _in_place(places: Places, shelf: Shelf, until: datetime | None, report: Report) -> None:
    from chunyu.audit import looking
    from chunyu.backup import archiving, restoring, taking

    report("Stopping the site")
    site.stop()
    with site.one_at_a_time():
        archiving.ship(places, shelf)
        into = places.home / f"restoring-{secrets.token_hex(4)}"
        restored = restoring.recover(shelf, into, until, report, rescued=places.database / "pg_wal")
        restoring.keep_histories(shelf, restored)
        before = restoring.put_in_place(restored, places)
        looking.brought_back()
        files = restoring.bring_back_vault(shelf)
        report(f"In place; {files} files brought back into the vault")
        embedded_postgres.start(places)
        from chunyu.privacy import own_keys

        own_keys.verify()
        # On from here runs another history: a copy of it is needed before anything can be reached in it.
        taking.take(places, shelf, report)
    kept = f"The database of before is kept in {before}: remove it when all is well. " if before else ""
    _say(restored.last_commit, f"{kept}`chunyu up` starts the site.")


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    for written in FORMATS:
        try:
            return datetime.strptime(text.strip(), written).astimezone()
        except ValueError:
            continue
    raise click.BadParameter(f"“{text}” is no time: write it as 2026-11-26 15:04:05.", param_hint="--to")


def _say(last_commit: datetime | None, rest: str) -> None:
    last = (
        f"The last thing in it was committed at {last_commit.astimezone():%Y-%m-%d %H:%M:%S}. " if last_commit else ""
    )
    click.echo(f"{last}{rest}")
