"""The second wall: the database itself shows a session only the rows under the path that it was given.

Every page and every job names its path once (`scoped`); the policies of chunyu.wall.policies compare it with
each row. A session that named none sees nothing, so a page that forgot shows too little and never too much.

What must look further does so by name (`beyond_scope`), and the names with their reasons are here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar

from django.db import Error, connection

from chunyu.wall import APPLICATION, is_the_application, is_up

# Everything that looks beyond the acting post's subtree, and why it must. A test counts the places.
BEYOND: dict[str, str] = {
    "begin-job": "A job is given the key of what it is to do; through which post it acts stands in that very row.",
    "nightly-orders": "The night goes through the orders of all organisations, and takes on the scope of each in turn.",
    "deadlines": "What is overdue is looked for every morning, by nobody's order: in every county.",
    "duplicate-stop": "One person, one open file and one membership in the whole province: by the ID number's digest.",
    "own-matter": "Whoever holds the number and code of a slip, letter or application reads that one.",
    "public-notices": "What hangs in a county is for everybody to read, masked, as long as it hangs.",
    "daily-limits": "How much one sender has sent in today, and whether the same person waits, in all counties.",
    "paid-once": "A family is not paid twice, by whichever union: its other files, orders and cards are compared.",
    "handed-over": "A union that is offered another one's case reads what it is offered before it answers.",
    "record": "What was done to another union's row, for one of the reasons here, is on record where that row stands.",
    "record-chain": "The record of acts is one chain over the whole federation, sealed and read over by the minute.",
    "transfer-member": "A member who changes unions: the spell with the former union, in whichever county, is ended.",
    "move-union": "When a union moves in the tree, all of its rows get the new path, which may lie elsewhere.",
    "aid-adds-up": "What a family already has, from unions of any level and on files joined to its own.",
    "coupon-counter": "A coupon of the county is good at every counter below it, for whoever shows its code.",
    "lock-above": "Those below lock the row of what is planned above while they write beneath it, and change nothing.",
    "fund-above": "Families are paid from funds above, and money goes up and down; the books' rules hold for each leg.",
    "answers-without-a-name": "Answers of a visit are kept with the county and not with the place.",
    "project-places": "How many places of a project are taken, and its money, by all the counties that share it.",
    "sweep-vault": "A sealed file may go only when no row of any county names it.",
}

Bounds = tuple[str, str]
NOBODY: Bounds = ("", "")  # no path lies between these
EVERYBODY: Bounds = ("", ":")  # paths are digits and dots, and each of them sorts before the colon

_bounds: ContextVar[Bounds] = ContextVar("bounds", default=NOBODY)
_depth: ContextVar[int] = ContextVar("depth", default=0)
_in_a_job: ContextVar[bool] = ContextVar("in_a_job", default=False)
_as_application: ContextVar[bool] = ContextVar("as_application", default=False)


def path_end(path: str) -> str:
    """The first path after the whole subtree of `path`: its closing dot becomes the next character.

    ValueError on anything but a whole path: half of one would be the range of another subtree, or of none.
    """
    if not path.endswith("."):
        raise ValueError(f"Not the path of an organisation: {path!r}")
    return path[:-1] + "/"


@contextmanager
def scoped(path: str | None) -> Iterator[None]:
    """See and write the subtree of `path` inside; with None nothing at all. What held before holds again after it."""
    with _within((path, path_end(path)) if path else NOBODY):
        yield


@contextmanager
def beyond_scope(name: str) -> Iterator[None]:
    """See and write everything inside. `name` is one of BEYOND; the code inside answers for what it lets out."""
    if name not in BEYOND:
        raise LookupError(f"No reason is given in {__name__} for looking beyond the scope as {name!r}.")
    with _within(EVERYBODY):
        yield


@contextmanager
def working() -> Iterator[None]:
    """A job: it sees nothing until it knows through which post it acts (`take_on`)."""
    mark = _in_a_job.set(True)
    try:
        with as_application(), _within(NOBODY):
            yield
    finally:
        _in_a_job.reset(mark)


def in_a_job() -> bool:
    return _in_a_job.get()


def take_on(path: str) -> None:
    """See the subtree of `path` from here until the block around this ends: that of a request, of a job or another one.
    For those who prove in the middle what is theirs; without a block around it nothing changes."""
    if _depth.get():
        _bounds.set((path, path_end(path)))
        _tell(_bounds.get())


@contextmanager
def as_application() -> Iterator[None]:
    """Give up the owner's rights for what is done inside: for commands that act, which are logged in as the owner.

    Harmless where the login has no such rights, as that of pages and of the worker. A connection that is opened anew
    inside has them again, so this is no guard against a program that means harm; the login is.
    """
    if not is_up() or _as_application.get() or is_the_application():
        yield
        return
    _execute(f"SET {'LOCAL ' if connection.in_atomic_block else ''}ROLE {APPLICATION}")
    mark = _as_application.set(True)
    try:
        yield
    finally:
        _as_application.reset(mark)
        _undo("RESET ROLE")


@contextmanager
def _within(bounds: Bounds) -> Iterator[None]:
    before = _bounds.get()
    mark, deeper = _bounds.set(bounds), _depth.set(_depth.get() + 1)
    try:
        _tell(bounds)
        yield
    finally:
        _depth.reset(deeper)
        _bounds.reset(mark)
        _undo(*_setting(before))


def _setting(bounds: Bounds) -> tuple[str, list[str | bool]]:
    """Inside a transaction for its length only: then it ends with it, whatever becomes of this program."""
    here = connection.in_atomic_block
    return (
        "SELECT set_config('chunyu.scope', %s, %s), set_config('chunyu.scope_end', %s, %s)",
        [bounds[0], here, bounds[1], here],
    )


def _tell(bounds: Bounds) -> None:
    _execute(*_setting(bounds))


def _execute(statement: str, values: list[str | bool] | None = None) -> None:
    # Past Django's own log of statements: it is the same for every page, and no work of it.
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.cursor() as cursor:
        cursor.execute(statement, values)


def _undo(statement: str, values: list[str | bool] | None = None) -> None:
    """Bring back what held before. A transaction that was refused brings it back itself when it is rolled back; a
    connection outside one on which this fails is given up, so that its next user cannot inherit anything."""
    if connection.connection is None:
        return
    if connection.in_atomic_block:
        with suppress(Error):
            _execute(statement, values)
        return
    try:
        _execute(statement, values)
    except Error:
        connection.close()
