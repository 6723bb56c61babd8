"""`chunyu decide`: decide the households on file by the rulebook in force."""

from __future__ import annotations

import json

import click
from rich.progress import Progress

from chunyu.accounts.acting import Acting
from chunyu.accounts.clock import today
from chunyu.accounts.models import Post
from chunyu.accounts.refusal import Refusal
from chunyu.hardship.deciding import Tally, decide_households
from chunyu.hardship.wording import categories_on
from chunyu.registry.models import Household
from chunyu.wall.scope import working


@click.command("decide")
@click.option("--as", "username", required=True, help="The account that decides; it sees its own subtree.")
@click.option("--household", "file_number", help="Only the household of this file number.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
def decide(username: str, file_number: str | None, as_json: bool) -> None:
    """Decide the households on file by the rulebook in force today."""
    day = today()
    post = Post.objects.as_of(day).filter(user__username=username, user__is_active=True).first()
    if post is None:
        raise Refusal(f"The account {username!r} holds no post today.")
    with working():
        tally = _decide(Acting.through(post, day), file_number, quietly=as_json)
    categories = categories_on(day)
    counts = {each.code: tally.categories[each.code] for each in categories}
    if as_json:
        click.echo(json.dumps({"day": day.isoformat(), "households": tally.households, "changed": tally.changed,
                               "categories": counts}))  # fmt: skip
        return
    click.echo(f"{tally.households} households decided as of {day}, {tally.changed} stand differently than before.")
    for each in categories:
        click.echo(f"  {each.label}: {counts[each.code]}")


def _decide(acting: Acting, file_number: str | None, *, quietly: bool) -> Tally:
    households = Household.objects.within(acting.path).filter(status=Household.Status.ON_FILE)
    if file_number:
        households = households.filter(file_number=file_number)
        if not households.exists():
            raise Refusal(f"There is no household {file_number} on file in your area.")
    with Progress(disable=quietly) as shown:
        bar = shown.add_task("households", total=households.count())
        return decide_households(acting, households, lambda done: shown.update(bar, completed=done))
