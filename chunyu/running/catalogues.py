"""The rooms' translations, kept without gettext's own tools: extract, check and compile with Babel.

    python -m chunyu.running.catalogues update [ROOM ...]   collect the texts into each room's .po, translations kept
    python -m chunyu.running.catalogues check               list what is missing, stale or wrong; exit 1 if anything is
    python -m chunyu.running.catalogues compile             write the .mo files that the program reads

A text belongs to the room whose file holds it; texts of files outside the rooms belong to `ui`. English texts are the
message ids, so only Chinese has catalogues: chunyu/<room>/locale/zh_Hans/LC_MESSAGES/django.po.
"""

from __future__ import annotations

import io
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

PACKAGE = Path(__file__).resolve().parent.parent
CATALOGUE = Path("locale/zh_Hans/LC_MESSAGES/django.po")
COMMON_ROOM = "ui"
HEADER = """\
# Chinese texts of this room. Collected by `python -m chunyu.running.catalogues update`.
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Language: zh_Hans\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

"""
KEYWORDS = {
    "_": None,
    "_now": None,  # gettext beside a lazy _ in one file
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|(?<!%)(?:%%)*(%[sd])|\{\w*\}")

Key = tuple[str | None, str]


@dataclass(frozen=True)
class Text:
    """One text that the program shows: its English, its plural, what tells it apart, and the file that holds it."""

    singular: str
    plural: str | None
    context: str | None
    file: str

    @property
    def key(self) -> Key:
        return self.context, self.singular


def rooms() -> list[str]:
    return sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py"))


def catalogue_path(room: str) -> Path:
    return PACKAGE / room / CATALOGUE


def texts_by_room() -> dict[str, list[Text]]:
    """Every text of the sources, under the room that keeps its translation."""
    found: dict[str, list[Text]] = defaultdict(list)
    known = set(rooms())
    sources = [path for suffix in ("py", "html", "txt") for path in PACKAGE.rglob(f"*.{suffix}")]
    for path in sorted(sources):
        inside = path.relative_to(PACKAGE)
        if "migrations" in inside.parts or (path.suffix != ".py" and "templates" not in inside.parts):
            continue
        room = inside.parts[0] if inside.parts[0] in known else COMMON_ROOM
        found[room] += texts_of(path)
    return found


def texts_of(path: Path) -> Iterator[Text]:
    source = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        source = _as_python(source, path)
    name = path.relative_to(PACKAGE.parent).as_posix()
    for _line, message, _comments, context in extract("python", io.BytesIO(source.encode()), keywords=KEYWORDS):
        singular, plural = message if isinstance(message, tuple) else (message, None)
        if singular:
            yield Text(singular, plural, context, name)


def _as_python(source: str, path: Path) -> str:
    """A template as Python calls of gettext, everything else blotted out, as Django's own makemessages reads it."""
    from django.conf import settings
    from django.utils.translation.template import templatize

    if not settings.configured:
        settings.configure()
    # The blotted text has the template's indentation, which is none that Python would accept.
    return "\n".join(line.lstrip() for line in templatize(source, origin=str(path)).splitlines())


def read(room: str) -> Catalog:
    path = catalogue_path(room)
    if not path.exists():
        return Catalog(locale="zh_Hans")
    with path.open("rb") as file:
        return read_po(file, locale="zh_Hans", charset="utf-8", abort_invalid=True)


def translations(catalogue: Catalog) -> dict[Key, Message]:
    found = {}
    for message in catalogue:
        if message.id:
            singular = message.id[0] if isinstance(message.id, tuple) else message.id
            found[message.context, singular] = message
    return found


def _chinese(message: Message) -> list[str]:
    return [each or "" for each in message.string] if isinstance(message.string, tuple) else [message.string or ""]


def update(room: str, texts: list[Text]) -> Path | None:
    """Write the room's .po anew from its texts, with the translations it had; None where it has no texts."""
    if not texts:
        catalogue_path(room).unlink(missing_ok=True)
        return None
    before = translations(read(room))
    files, plurals = defaultdict(set), {}
    for text in texts:
        files[text.key].add(text.file)
        plurals[text.key] = text.plural or plurals.get(text.key)
    fresh = Catalog(locale="zh_Hans", charset="utf-8")
    for key in sorted(files, key=lambda key: (min(files[key]), key[1], key[0] or "")):
        context, singular = key
        chinese = _chinese(before[key])[0] if key in before else ""
        many = plurals[key]
        fresh.add(
            (singular, many) if many else singular,
            (chinese,) if many else chinese,
            locations=[(file, None) for file in sorted(files[key])],
            context=context,
        )
    written = io.BytesIO()
    write_po(written, fresh, omit_header=True, width=110)
    path = catalogue_path(room)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEADER + written.getvalue().decode().lstrip("\n"), encoding="utf-8")
    return path


def faults() -> list[str]:
    """What is wrong with the catalogues, a sentence each."""
    found, seen = [], defaultdict(set)
    collected = texts_by_room()
    for room in rooms():
        name = catalogue_path(room).relative_to(PACKAGE.parent).as_posix()
        kept = translations(read(room))
        wanted = {text.key: text for text in collected.get(room, [])}
        found += [f"{name}: {_shown(key)} is not in the sources any more" for key in kept.keys() - wanted.keys()]
        for key, text in wanted.items():
            message = kept.get(key)
            chinese = _chinese(message) if message else [""]
            if not all(chinese):
                found.append(f"{name}: {_shown(key)} ({text.file}) has no Chinese")
            elif message.fuzzy:
                found.append(f"{name}: {_shown(key)} is marked fuzzy")
            elif not _same_placeholders(text, chinese):
                found.append(f"{name}: {_shown(key)} and its Chinese differ in placeholders")
            else:
                seen[key].add((chinese[0], room))
    for key, variants in seen.items():
        if len({chinese for chinese, _room in variants}) > 1:
            told = ", ".join(f"{chinese} ({room})" for chinese, room in sorted(variants))
            found.append(f"{_shown(key)} is translated in several ways, and one would win: {told}. Use pgettext.")
    return sorted(found)


def _shown(key: Key) -> str:
    context, singular = key
    return f"“{singular[:80]}”" + (f" [{context}]" if context else "")


def _same_placeholders(text: Text, chinese: list[str]) -> bool:
    """Each translation uses exactly the placeholders of the English; a plural may leave its number out."""
    allowed = _placeholders(text.plural or text.singular)
    needed = allowed & _placeholders(text.singular)
    return all(needed <= _placeholders(each) <= allowed for each in chinese)


def _placeholders(text: str) -> set[str]:
    return {match.group(1) or match.group(0) for match in PLACEHOLDER.finditer(text)}


def compile_all() -> list[Path]:
    """Write each .mo that is missing or older than its .po; the list of those written."""
    written = []
    for room in rooms():
        source = catalogue_path(room)
        target = source.with_suffix(".mo")
        if not source.exists():
            target.unlink(missing_ok=True)
        elif not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            fresh = target.with_suffix(".mo.fresh")
            with fresh.open("wb") as file:
                write_mo(file, read(room))
            fresh.replace(target)
            written.append(target)
    return written


@click.group(help=__doc__)
def main() -> None:
    pass


@main.command("update", help="Collect the texts into each room's .po.")
@click.argument("only", nargs=-1, metavar="[ROOM]...")
def update_command(only: tuple[str, ...]) -> None:
    collected = texts_by_room()
    for room in only or rooms():
        if room not in rooms():
            raise click.UsageError(f"There is no room {room}.")
        path = update(room, collected.get(room, []))
        if path:
            missing = sum(not all(_chinese(message)) for message in translations(read(room)).values())
            click.echo(f"{path.relative_to(PACKAGE.parent)}: {missing} without Chinese")


@main.command("check", help="List what is missing, stale or wrong.")
def check_command() -> None:
    found = faults()
    for sentence in found:
        click.echo(sentence)
    if found:
        click.echo(f"{len(found)} faults in the translations. Collect texts with `update`, then write the Chinese.")
        sys.exit(1)


@main.command("compile", help="Write the .mo files.")
def compile_command() -> None:
    click.echo(f"{len(compile_all())} catalogues compiled")


if __name__ == "__main__":
    main()
