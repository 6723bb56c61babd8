"""The `chunyu` command."""

import os

import click


@click.group()
def main() -> None:
    """Chunyu: worker services of a federation of trade unions."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chunyu.settings")
