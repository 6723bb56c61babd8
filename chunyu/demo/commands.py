"""`chunyu demo` and `chunyu figures`."""

import json
import sys
import time

import click
from rich.console import Console
from rich.table import Table

from chunyu.demo import load
from chunyu.demo.figures import compute


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print whether it was loaded now, and the accounts, as JSON.")
def demo(as_json: bool) -> None:
    """Load the demonstration: a fictional province with 2,000 hardship households. Harmless when it is there."""
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
