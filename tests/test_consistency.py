"""The taste of the house, written as tests: what reviewers would otherwise have to say twice."""

import ast
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.urls import URLPattern, URLResolver, get_resolver

from chunyu.accounts.access import rule_of
from chunyu.running import catalogues

ROOT: Path = settings.ROOT
LOCKS = {"uv.lock", "package-lock.json"}
LONGEST = 500
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "base", "manager", "managers"}
# What only means something on one machine, to one tool, or for a while.
LEFT_OVER = {
    "a path of one machine": re.compile(r"/(work|farm|root|home/\w+)/"),
    "a package registry's address": re.compile(r"registry\.npmjs|files\.pythonhosted|pypi\.org/simple|npmmirror"),
    "unfinished work": re.compile(r"\b(TODO|FIXME|XXX|HACK)\b"),
}
CHINESE = re.compile(r"[\u4e00-\u9fff]")
# Names; and what the switch of languages says, which has to be understood by those who cannot read the page.
SHOWN_IN_EVERY_LANGUAGE = {"Chunyu", "CSV", "Excel", "Language", "English"}
# Found by Django under these names.
FOUND_BY_NAME = {"400.html", "403.html", "404.html", "500.html"}
ROOMS_THAT_ACT = ("registry", "rulebooks", "casework", "ledger", "hardship", "organising", "voice")
THIS_FILE = "tests/test_consistency.py"


@cache
def tracked(*suffixes: str) -> list[Path]:
    """The repository's own files with these suffixes (all without any), new ones included."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    paths = [ROOT / name for name in listed if name not in LOCKS]
    return [path for path in paths if path.is_file() and (not suffixes or path.suffix in suffixes)]


def none_of(faults: list[str] | dict[str, object]) -> None:
    """Fail with all of them, a line each."""
    lines = [f"{name}: {each}" for name, each in faults.items()] if isinstance(faults, dict) else faults
    assert not lines, "\n" + "\n".join(lines)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""  # a workbook, a picture


def pages(patterns=None, prefix: str = "") -> list[tuple[str, object]]:
    found = []
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        address = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            found += pages(pattern.url_patterns, address)
        elif isinstance(pattern, URLPattern):
            found.append((address, pattern.callback))
    return found


def test_every_page_states_who_may_open_it():
    none_of([address for address, page in pages() if rule_of(page) is None])


# The developers' own page: it shows every component with sample data.
SAMPLES = "ui/catalogue.html"


def templates() -> dict[str, Path]:
    """Templates by the name that a page calls them by."""
    return {
        path.as_posix().split("/templates/", 1)[1]: path
        for path in tracked(".html", ".txt")
        if "/templates/" in path.as_posix() and path.is_relative_to(ROOT / "chunyu")
    }


def test_every_template_is_used():
    sources = "\n".join(text_of(path) for path in tracked(".py", ".html", ".txt") if name_of(path) != THIS_FILE)
    unused = []
    for name in templates():
        if name.startswith("cotton/"):
            tag = name.removeprefix("cotton/").removesuffix(".html").removesuffix("/index").replace("/", ".")
            used = re.search(rf"<c-{re.escape(tag.replace('_', '-'))}[\s/>]", sources) or f'"{name}"' in sources
        else:
            used = name in FOUND_BY_NAME or f'"{name}"' in sources or f"'{name}'" in sources
        if not used:
            unused.append(name)
    none_of(unused)


def words_outside_gettext(source: str) -> list[str]:
    """English that a template shows as it stands."""
    source = re.sub(r"\{#.*?#\}|<!--.*?-->|<(script|style|svg)\b.*?</\1>", " ", source, flags=re.DOTALL)
    source = re.sub(r"\{% block \w*class %\}.*?\{% endblock %\}", " ", source)
    source = re.sub(r"\{% (comment) .*?\{% endcomment %\}", " ", source, flags=re.DOTALL)
    source = re.sub(r"\{% blocktrans.*?\{% endblocktrans(late)? %\}", " ", source, flags=re.DOTALL)
    source = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", " ", source, flags=re.DOTALL)
    told = re.findall(r"(?<![:\w-])(?:title|aria-label|placeholder|alt)=\"([^\"]*)\"", source)
    shown = re.sub(r"<[^>]*>", " ", source)
    return re.findall(r"[A-Za-z]{2,}(?:[ ,.'’-]+[A-Za-z]+)*", "\n".join([shown, *told]).replace("&nbsp;", " "))


def test_templates_show_no_text_that_cannot_be_translated():
    found = {}
    for name, path in templates().items():
        source = text_of(path) if name != SAMPLES else ""
        words = [word for word in words_outside_gettext(source) if word not in SHOWN_IN_EVERY_LANGUAGE]
        words += CHINESE.findall(re.sub(r"\{#.*?#\}|\{%.*?%\}|语言|中文", "", source))
        if words:
            found[name] = words[:5]
    none_of(found)


def test_english_texts_are_written_alike():
    faults = []
    for texts in catalogues.texts_by_room().values():
        for text in texts:
            for each in filter(None, (text.singular, text.plural)):
                # Words of a file's own form are quoted as they stand there.
                if CHINESE.search(each) and not re.search(r"[A-Za-z]{2,}", each):
                    faults.append(f"{text.file}: “{each}” is not English")
                if "  " in each or "\n" in each:
                    faults.append(f"{text.file}: “{each}” holds spare space (use trimmed)")
                if "..." in each:
                    faults.append(f"{text.file}: “{each}” writes … as three dots")
    none_of(faults)


def test_every_text_has_its_chinese():
    none_of(catalogues.faults())


@pytest.mark.django_db
def test_every_change_of_a_model_has_its_migration():
    call_command("makemigrations", check=True, dry_run=True, verbosity=1)


def test_no_file_is_too_long_to_keep_in_mind():
    measured = {
        name_of(path): text_of(path).count("\n")
        for path in tracked(".py", ".html", ".css", ".js", ".md", ".toml", ".sh")
        if "/migrations/" not in path.as_posix()
    }
    none_of({name: lines for name, lines in measured.items() if lines > LONGEST})


def test_no_name_says_nothing():
    none_of(
        [
            name_of(path)
            for path in tracked()
            if path.suffix == ".py" and EMPTY_NAMES & {*path.relative_to(ROOT).parts[:-1], path.stem}
        ]
    )


@pytest.mark.parametrize("what", LEFT_OVER)
def test_nothing_is_left_over(what):
    found = [
        f"{name_of(path)}:{number}: {line.strip()[:100]}"
        for path in tracked()
        if name_of(path) != THIS_FILE
        for number, line in enumerate(text_of(path).splitlines(), 1)
        if LEFT_OVER[what].search(line)
    ]
    none_of(found)


def test_every_exception_to_a_check_gives_its_reason():
    bare = re.compile(r"#\s*(?:noqa: [A-Z]+\d+(?:, ?[A-Z]+\d+)*|noqa|type: ignore(?:\[[\w, -]+\])?)\s*$")
    found = [
        f"{name_of(path)}:{number}"
        for path in tracked(".py")
        if name_of(path) != THIS_FILE
        for number, line in enumerate(text_of(path).splitlines(), 1)
        if bare.search(line)
    ]
    none_of(found)


def writes(node: ast.stmt) -> bool:
    """A public function with a transaction of its own; one that only wraps others' (a context manager) is none."""
    if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
        return False
    return "atomic" in ast.unparse(node) and not any("contextmanager" in ast.unparse(d) for d in node.decorator_list)


def test_every_action_says_through_which_post_it_is_done():
    """Functions that write take the acting post first, so that nothing is done by nobody."""
    faults = []
    for room in ROOMS_THAT_ACT:
        for path in (ROOT / "chunyu" / room).glob("actions*.py"):
            for node in filter(writes, ast.parse(text_of(path)).body):
                arguments = [*node.args.posonlyargs, *node.args.args]
                if not arguments or arguments[0].arg != "acting":
                    faults.append(f"{name_of(path)}: {node.name}")
    none_of(faults)


def test_both_readmes_say_the_same():
    """Chapters and commands of the two languages match one to one."""

    def shape(name: str) -> tuple[list[int], list[str]]:
        content = text_of(ROOT / name)
        chapters = [len(marks) for marks in re.findall(r"^(#+) ", content, flags=re.MULTILINE)]
        return chapters, re.findall(r"^    (.*)$|`([^`\n]+)`", content, flags=re.MULTILINE)

    assert shape("README.md") == shape("README.zh-CN.md")
