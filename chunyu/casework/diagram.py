"""The reference documents of all processes, made from their tables.

python -m chunyu.casework.diagram     writes docs/reference/processes/, in Chinese and in English
"""

import os

import click
import django

from chunyu.running.catalogues import compile_all


@click.command(help="Write docs/reference/processes/ from the processes' tables.")
def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chunyu.settings")
    compile_all()
    django.setup()
    # The tables stand on models, which can be imported only now.
    from chunyu.casework.papers import write

    for path in write():
        click.echo(path.name)


if __name__ == "__main__":
    main()
