"""`chunyu demo` and `chunyu figures`."""

import json
import os
import sys
import time

import click
from django.conf import settings
from rich.console import Console
from rich.table import Table

from chunyu.demo import load
from chunyu.demo.federation import PASSWORD
from chunyu.demo.figures import compute


@click.command()
@click.option("--scale", type=click.Choice(["county", "province"]), default="county", show_default=True)
@click.option("--members", type=int, help="Of a province: how many union members (16 million).")
@click.option("--organisations", type=int, help="Of a province: how many union organisations (150,000).")
@click.option("--households", type=int, help="Of a province: how many hardship households (1 for 800 members).")
@click.option("--seed", type=int, default=load.SEED, show_default=True, help="Another seed makes other people.")
@click.option("--processes", type=int, help="How many make people at once (one for each core).")
@click.option("--json", "as_json", is_flag=True, help="Print whether it was loaded now, and the accounts, as JSON.")
def demo(scale: str, as_json: bool, seed: int, **sizes: int | None) -> None:
    """Load the demonstration: a fictional province with 2,000 hardship households. Harmless when it is there.

    With --scale province: 16 million members of 150,000 organisations and 20,000 households, into an empty database.
    It goes on where it was interrupted.
    """
    settings.PLACES.demonstration.touch()
    if scale == "province":
        _province(as_json, seed, sizes)
        return
    console, begun = Console(stderr=True), time.monotonic()
    loaded = load.load_demo(report=lambda step: console.print(f"{time.monotonic() - begun:5.1f} s  {step}"))
    accounts = load.accounts()
    if as_json:
        click.echo(json.dumps({"loaded": loaded, "accounts": accounts}, ensure_ascii=False))
        return
    click.echo("The demonstration is loaded." if loaded else "The demonstration was loaded already.")
    table = Table(*accounts[0], box=None, pad_edge=False)
    for each in accounts:
        table.add_row(*each.values())
    Console().print(table)


def _province(as_json: bool, seed: int, sizes: dict[str, int | None]) -> None:
    from chunyu.demo.province import loading

    console, begun = Console(stderr=True), time.monotonic()
    done = loading.load(
        loading.asked(seed, sizes["members"], sizes["organisations"], sizes["households"]),
        sizes["processes"] or os.cpu_count() or 1,
        lambda step: console.print(f"{time.monotonic() - begun:6.1f} s  {step}"),
    )
    if as_json:
        click.echo(json.dumps(done.as_json()))
        return
    click.echo("The province is loaded." if done.loaded else "The province was loaded already.")
    click.echo(f"{done.words}: {done.seconds / 60:.1f} minutes, {done.bytes / 1e9:.1f} GB of disk.")
    click.echo(f"Sign in as analyst, or as 139101.organiser for a county; the password is {PASSWORD}")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a list of id, title, expected, computed, holds.")
def figures(as_json: bool) -> None:
    """Compute the golden figures from the database. Exit code 1 when one does not hold."""
    computed = compute()
    if as_json:
        click.echo(json.dumps([figure.as_json() for figure in computed], ensure_ascii=False, indent=1))
    else:
        table = Table("", "id", "figure", box=None, pad_edge=False)
        table.add_column("expected", justify="right")
        table.add_column("computed", justify="right")
        for each in computed:
            mark = "[green]ok[/green]" if each.holds else "[red bold]WRONG[/red bold]"
            table.add_row(mark, each.id, each.title, f"{each.expected:,}", f"{each.computed:,}")
        Console().print(table)
    sys.exit(0 if all(figure.holds for figure in computed) else 1)
