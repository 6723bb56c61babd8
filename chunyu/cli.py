"""The `chunyu` command. Each subcommand is loaded when it is called, and Django only for those that need it.

Exit codes: 0 done; 1 refused or failed, with one sentence on stderr; 2 used wrongly.
"""

import os
import sys
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NamedTuple

import click


class Entry(NamedTuple):
    """Where a subcommand lives (module:attribute, a click command), what it does, and whether it uses the database."""

    target: str
    summary: str
    database: bool = True

    @property
    def is_offered(self) -> bool:
        """Whether the room is part of this installation; measurements are only in a source checkout."""
        try:
            return find_spec(self.target.split(":")[0]) is not None
        except ModuleNotFoundError:
            return False


COMMANDS = {
    "up": Entry("chunyu.running.commands:up", "Prepare everything and start the site and its worker.", False),
    "stop": Entry("chunyu.running.commands:stop", "Stop the site, its worker and the embedded database.", False),
    "doctor": Entry("chunyu.running.commands:doctor", "Check this machine and its database, with remedies.", False),
    "backup": Entry("chunyu.backup.commands:backup", "Copy database and files, or look the copies over.", False),
    "restore": Entry("chunyu.backup.commands:restore", "Bring the database back as of a moment.", False),
    "record": Entry("chunyu.audit.commands:record", "Check that the record of acts is as it was written."),
    "migrate": Entry("chunyu.running.commands:migrate", "Bring the database's tables up to date.", False),
    "begin": Entry("chunyu.staff.commands:begin", "Enter the federation and its two keepers, once."),
    "demo": Entry("chunyu.demo.commands:demo", "Load the demonstration data set."),
    "figures": Entry("chunyu.demo.commands:figures", "Compute the golden figures and compare them."),
    "import": Entry("chunyu.registry.commands:import_workbook", "Import a workbook of households."),
    "decide": Entry("chunyu.hardship.commands:decide", "Decide every household by the rules in force."),
    "explain": Entry("chunyu.policy.commands:explain", "Explain a decision on a household file.", False),
    "verify": Entry("chunyu.policy.decision_commands:verify_decision", "Check a decision file by itself.", False),
    "whatif": Entry("chunyu.policy.many_commands:whatif", "Who gains and loses when rules are changed.", False),
    "allocate": Entry(
        "chunyu.policy.allocation.commands:allocate_command", "Share a budget out, with a proof and reasons.", False
    ),
    "policy": Entry("chunyu.policy.commands:policy", "Check rule packs, and run them over many households.", False),
    "proof": Entry("tests.proof.commands:proof", "Prove with counted faults what the documentation promises.", False),
    "bench": Entry("bench.commands:bench", "Measure side by side with peers and limits.", False),
}

# What a user's mistake raises; anything else is a fault of the program and shows its traceback.
MISTAKES = (
    ("chunyu.accounts.refusal", "Refusal"),
    ("chunyu.backup.shelf", "Unusable"),
    ("chunyu.running.embedded_postgres", "ServerFailed"),
    ("chunyu.running.fitness", "Unfit"),
    ("chunyu.running.processes", "NotRunning"),
    ("chunyu.policy.problems", "PolicyError"),
)


class Commands(click.Group):
    """Subcommands by table, so that help is quick and a command without database never waits for one."""

    def list_commands(self, context: click.Context) -> list[str]:
        return [name for name, entry in COMMANDS.items() if entry.is_offered]

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name].summary) for name in self.list_commands(context)])

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        entry = COMMANDS.get(name)
        if entry is None or not entry.is_offered:
            return None
        if entry.database:
            _set_up_django()
        module, attribute = entry.target.split(":")
        command = getattr(import_module(module), attribute)
        if entry.database and command.callback:
            command.callback = _with_database(command.callback)
        return command

    def invoke(self, context: click.Context) -> Any:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chunyu.settings")
        try:
            return super().invoke(context)
        except Exception as error:
            sentence = _sentence(error)
            if sentence is None:
                raise
            raise click.ClickException(sentence) from error


def _sentence(error: Exception) -> str | None:
    """What to tell the user, or None when it is not theirs to mend."""
    for module, name in MISTAKES:
        kind = getattr(sys.modules.get(module), name, None)
        if kind and isinstance(error, kind):
            # Rulebooks are checked without Django, so their faults carry both languages.
            return getattr(error, "chinese", str(error)) if speaks_chinese() else str(error)
    database = sys.modules.get("django.db")
    if database and isinstance(error, database.OperationalError):
        first = str(error).strip().split("\n")[0]
        return f"The database does not answer: {first}\nRun `chunyu doctor` to see why."
    if database and isinstance(error, database.ProgrammingError):
        from chunyu.running import diagnosis

        if not diagnosis.tables().holds:
            return "The database's tables are not up to date. Run `chunyu migrate`."
    return None


def _set_up_django() -> None:
    import django
    from django.utils import translation

    django.setup()
    translation.activate("zh-hans" if speaks_chinese() else "en")


def speaks_chinese() -> bool:
    """Whether the terminal's user has set Chinese as their language."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    return next((os.environ[name] for name in names if os.environ.get(name)), "").startswith("zh")


def _with_database(callback: Callable[..., Any]) -> Callable[..., Any]:
    """Start the embedded server, where it is the one in use, once the arguments are known to be right."""

    @wraps(callback)
    def started(*args: Any, **kwargs: Any) -> Any:
        from chunyu.running.site import ensure_database

        ensure_database()
        return callback(*args, **kwargs)

    return started


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="chunyu")
def main() -> None:
    """Chunyu: worker services of a federation of trade unions.

    `chunyu up` starts the site. Where data are kept, which database is used and on which port the site listens
    follow CHUNYU_HOME, DATABASE_URL and CHUNYU_PORT.
    """


if __name__ == "__main__":
    main()
