"""`chunyu begin`: from an empty installation to two keepers who can sign in."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from chunyu.federation.kinds import TOPS
from chunyu.federation.load_regions import load_regions
from chunyu.staff import actions

SYSTEM = "Account of the system keeper, who opens accounts and asks for posts"
SECURITY = "Account of the security keeper, who grants posts; another person"


@click.command()
@click.option("--name", prompt="Official name of the federation", help="As on its seal, such as 河北省总工会.")
@click.option("--kind", type=click.Choice(sorted(TOPS)), default="provincial_federation", show_default=True)
@click.option("--region", "code", prompt="Code of its region (GB/T 2260)", help="Such as 130000.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="The day on which it was founded.  [default: today]")
@click.option("--regions", type=click.Path(exists=True, path_type=Path), help="A list of regions, instead of Hebei's.")
@click.option("--keeper", prompt=SYSTEM, help="Account of the system keeper.")
@click.option("--keeper-name", prompt="Their name", help="Name of the system keeper.")
@click.option("--security", prompt=SECURITY, help="Account of the security keeper.")
@click.option("--security-name", prompt="Their name", help="Name of the security keeper.")
def begin(
    name: str,
    kind: str,
    code: str,
    since: date | None,
    regions: Path | None,
    keeper: str,
    keeper_name: str,
    security: str,
    security_name: str,
) -> None:
    """Enter the federation and its two keepers. Once; everything after is done on the pages.

    First passwords are printed here and kept nowhere. Each opens one page alone: the one on which another is chosen.
    """
    from chunyu.accounts.clock import today

    load_regions(regions) if regions else load_regions()
    passwords = actions.begin(
        name=name,
        kind=kind,
        region_code=code,
        on=date(since.year, since.month, since.day) if since else today(),
        keepers=((keeper, keeper_name), (security, security_name)),
    )
    console = Console()
    table = Table("account", "first password", box=None, pad_edge=False, header_style="dim")
    for account, password in passwords.items():
        table.add_row(account, password)
    console.print(f"{name} is entered. Hand these over in person:\n", highlight=False)
    console.print(table)
