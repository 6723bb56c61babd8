"""Commands that run the installation: up, stop, doctor, migrate."""

import json
import sys
import time
from collections.abc import Callable
from importlib import import_module

import click
from rich.console import Console

from chunyu.running import diagnosis, site
from chunyu.running.fitness import Check


def reporter(console: Console) -> Callable[[str], None]:
    """A line for each step, with the seconds since the beginning."""
    begun = time.monotonic()

    def report(step: str) -> None:
        console.print(f"[dim]{time.monotonic() - begun:5.1f} s[/dim]  {step}", highlight=False)

    return report


@click.command()
@click.option("--demo", is_flag=True, help="Load the demonstration data set first, once.")
@click.option("--stay", is_flag=True, help="Stay until it ends: for systemd and containers. SIGTERM stops all of it.")
@click.option("--json", "as_json", is_flag=True, help="Print address and accounts as JSON.")
def up(demo: bool, stay: bool, as_json: bool) -> None:
    """Prepare everything and start the site and its worker.

    Safe to repeat: what is ready is left alone, and a site that runs is restarted only when the program or its
    settings changed. Ends when the site answers; `chunyu stop` stops it.
    """
    console = Console(stderr=as_json)
    report = reporter(console)
    asked = site.asked_to_end() if stay else []
    with site.one_at_a_time():
        site.require_port()
        site.prepare(report)
        accounts, main_accounts = _load_demonstration(report) if demo else ([], [])
        address, started = site.start(report)
    report("Ready" if started else "Ready: it was running already")
    if as_json:
        click.echo(json.dumps({"address": address, "started": started, "accounts": accounts}, ensure_ascii=False))
    else:
        _welcome(console, address, main_accounts)
    if stay:
        sys.stdout.flush()
        sys.exit(site.stay(asked))


def _load_demonstration(report: Callable[[str], None]) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """All accounts, and those to begin with."""
    # The demonstration stands above this room; it is only known here when it is asked for.
    demonstration = import_module("chunyu.demo.load")
    report("Demonstration data")
    site.places().demonstration.touch()
    demonstration.load_demo(report=lambda step: report(f"  {step}"))
    return demonstration.accounts(), demonstration.main_accounts()


def _welcome(console: Console, address: str, accounts: list[dict[str, str]]) -> None:
    from rich.table import Table

    console.print(f"\nChunyu answers at [bold]{address}[/bold]", highlight=False)
    if accounts:
        passwords = " or ".join(sorted({each["password"] for each in accounts}))
        console.print(f"Accounts to try, with the password [bold]{passwords}[/bold]:\n", highlight=False)
        table = Table("account", "name", "post", box=None, pad_edge=False, header_style="dim")
        for each in accounts:
            table.add_row(each["account"], each["name"], each["post"])
        console.print(table)
        console.print("\n[dim]All others: docs/reference/demo-data.md[/dim]", highlight=False)
    console.print("\n[dim]`make stop` (or `chunyu stop`) ends it.[/dim]", highlight=False)


@click.command()
def stop() -> None:
    """Stop the site, its worker and the embedded database. Harmless when nothing runs."""
    ended = site.stop()
    click.echo(f"Stopped: {', '.join(ended)}." if ended else "Nothing was running.")


@click.command()
def migrate() -> None:
    """Bring the database's tables up to date."""
    site.ensure_database()
    site.migrate()
    click.echo("The tables are up to date.")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the checks as a JSON list of name, holds, found, remedy.")
def doctor(as_json: bool) -> None:
    """Check this machine and its database. Exit code 1 when something must be mended."""
    checks = diagnosis.examine(site.places())
    sys.exit(print_checks(checks, as_json))


def print_checks(checks: list[Check], as_json: bool) -> int:
    """Each check with its remedy where it does not hold; the exit code."""
    if as_json:
        click.echo(json.dumps([check.as_json() for check in checks], ensure_ascii=False, indent=2))
    else:
        console = Console()
        for check in checks:
            mark = "[green]ok  [/green]" if check.holds else "[red bold]MEND[/red bold]"
            console.print(f"{mark}  {check.name}: {check.found}", highlight=False)
            if not check.holds:
                console.print(f"      {check.remedy}", highlight=False, style="bold")
    return 0 if all(check.holds for check in checks) else 1
