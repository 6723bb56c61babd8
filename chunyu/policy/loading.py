"""Reading a pack from its folder, refusing it with every fault at once.

pack.toml            what the pack is, which rules play a named part, and how grants add up ([stacking.x])
facts.toml           [household.x] and [member.x]
parameters.toml      what each parameter is; parameters/*.csv what it is worth, where and when
                     (a rulebook about unions, `subject = "union"`, writes [union.x] instead, in all its files)
rules/*.toml         [household.x], [member.x]; [[household.x]] for versions with their own validity
programmes/*.toml    [programme] and the rules that belong to it alone
examples/*.yaml      named cases with expected results
"""

from __future__ import annotations

import csv
import hashlib
import io
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, cast

from chunyu.policy.checking import check
from chunyu.policy.kinds import FACT_KINDS, KIND_WORDS, NUMBERS, Kind, Type
from chunyu.policy.language import Names
from chunyu.policy.limits import DEEPEST_FILE, refuse_depth, refuse_dotted, refuse_number, refuse_size
from chunyu.policy.loading_rules import read_programme, read_rules, written_as
from chunyu.policy.nodes import Entity
from chunyu.policy.pack import (
    ENTITIES,
    HOUSEHOLD,
    SUBJECTS,
    Fact,
    Label,
    Pack,
    Parameter,
    Programme,
    Roles,
    Setting,
    parameter_value,
)
from chunyu.policy.positions import Positions
from chunyu.policy.problems import PackRefused, PolicyError, Problem, Span, nearest
from chunyu.policy.reading import Source, Table, tables_of
from chunyu.policy.reading_examples import read_examples
from chunyu.policy.stacking import read_stacking
from chunyu.policy.units import Unit, UnitError

PACKS = Path(__file__).resolve().parent.parent / "packs"

FACT_KEYS = frozenset(
    [
        "label",
        "label_en",
        "type",
        "unit",
        "values",
        "source",
        "sensitivity",
        "kept_for",
        "declaration",
        "declaration_en",
        "question",
        "help",
    ]
)
PARAMETER_KEYS = frozenset(["label", "label_en", "type", "unit", "of", "values"])
PACK_KEYS = frozenset(
    [
        "id",
        "title",
        "title_en",
        "source",
        "valid_from",
        "valid_to",
        "regions",
        "subject",
        "category",
        "figure",
        "example_fact",
        "on_file",
        "programmes",
        "blockers",
        "notices",
        "stacking",
    ]
)
NATIONAL = "national"  # the last region of every chain
COLUMNS = ("name", "region", "valid_from", "valid_to", "value", "source")


def find_pack(name: str) -> Path:
    """The folder of a pack: a path, or the name of one that ships with Chunyu. Raises PolicyError."""
    for folder in (Path(name), PACKS / name):
        if (folder / "pack.toml").is_file():
            return folder
    shipped = "、".join(sorted(p.parent.name for p in PACKS.glob("*/pack.toml")))
    raise PolicyError(
        f"“{name}”不是规则包：没有 pack.toml。随附的规则包：{shipped}",
        f'"{name}" is no pack: it has no pack.toml. Packs that ship with Chunyu: {shipped}',
    )


def load_pack(path: str | Path) -> Pack:
    """Read and check a pack. Raises PackRefused with every fault, PolicyError when there is no pack."""
    return read_pack(pack_files(find_pack(str(path))))


def pack_files(root: Path) -> dict[str, bytes]:
    """The contents of the files that make a pack, by their names relative to its folder."""
    return {
        str(file.relative_to(root)): file.read_bytes()
        for pattern in ("*.toml", "parameters/*.csv", "rules/*.toml", "programmes/*.toml", "examples/*.yaml")
        for file in sorted(root.glob(pattern))
    }


@cache
def installed_packs() -> tuple[Pack, ...]:
    """Every rulebook that ships with this installation, the newest first. Read once."""
    found = (load_pack(file.parent) for file in PACKS.glob("*/pack.toml"))
    return tuple(sorted(found, key=lambda pack: pack.valid_from, reverse=True))


def read_pack(files: Mapping[str, bytes]) -> Pack:
    """The same from file contents by relative name, so that a draft can be checked before it is saved."""
    problems: list[Problem] = []
    refuse_size(files, problems)
    if problems:
        raise PackRefused(problems)
    tables = {
        name: source
        for name, content in sorted(files.items())
        if name.endswith(".toml") and (source := _toml(name, content, problems))
    }
    problems += [
        Problem("missing_file", Span(name), {"name": name})
        for name in ("pack.toml", "facts.toml", "parameters.toml")
        if name not in files
    ]
    sources = [s for name, s in tables.items() if name.startswith(("rules/", "programmes/"))]
    refuse_number({source.file: source.data for source in sources}, problems)
    if problems:
        raise PackRefused(problems)
    head = Table(tables["pack.toml"], "", tables["pack.toml"].data)
    subject = _subject(head, problems)
    facts = _facts(tables["facts.toml"], subject, problems)
    parameters = _parameters(tables["parameters.toml"], files, problems)
    fact_types = {key: fact.type for key, fact in facts.items()}
    names = Names(fact_types, {}, {name: parameter.type for name, parameter in parameters.items()})
    rules, declared = read_rules(sources, names, subject, problems)
    programmes: dict[str, Programme] = {}
    for source in sources:
        if source.file.startswith("programmes/"):
            programme = read_programme(source, declared, problems)
            if programme is not None:
                programmes[programme.code] = programme
    examples = tuple(
        example
        for name, content in sorted(files.items())
        if name.startswith("examples/")
        for example in read_examples(name, content, subject, problems)
    )
    programmes = _in_order(programmes, head, problems)
    pack = _pack(head, subject, problems, _digest(files))
    pack = replace(
        pack,
        facts=facts,
        parameters=parameters,
        rules=rules,
        programmes=programmes,
        examples=examples,
        stacking=read_stacking(tables["pack.toml"], programmes, declared, problems),
    )
    check(pack, declared, problems)
    if problems:
        raise PackRefused(problems)
    return pack


def _digest(files: Mapping[str, bytes]) -> str:
    """SHA-256 over names and contents, line ends apart: a pack checked out on another system is the same
    pack.
    """
    total = hashlib.sha256()
    for name, content in sorted(files.items()):
        body = content.replace(b"\r\n", b"\n")
        total.update(f"{name}\0{len(body)}\0".encode())
        total.update(body)
    return total.hexdigest()


def _toml(name: str, content: bytes, problems: list[Problem]) -> Source | None:
    try:
        text = content.decode()
        if refuse_dotted(name, text, problems):
            return None
        data = tomllib.loads(text)
    except (UnicodeDecodeError, ValueError) as error:  # also a number of more digits than Python reads
        problems.append(Problem("toml", Span(name), {"detail": str(error)}))
        return None
    except RecursionError:
        problems.append(Problem("nested_too_deep", Span(name), {"limit": str(DEEPEST_FILE)}))
        return None
    if refuse_depth(name, data, problems):
        return None
    return Source(name, data, Positions(name, text))


def _pack(head: Table, subject: str, problems: list[Problem], digest: str) -> Pack:
    head.refuse_unknown(PACK_KEYS, problems)
    return Pack(
        id=head.text("id", problems),
        title=head.label("title", problems),
        source=head.source_text(problems),
        valid_from=head.day("valid_from", problems) or date.min,
        valid_to=head.day("valid_to", problems),
        regions=head.texts("regions", problems) or (NATIONAL,),
        roles=Roles(
            head.text("category", problems),
            head.text("figure", problems),
            head.text("example_fact", problems) if subject == HOUSEHOLD or "example_fact" in head.data else "",
            head.text("on_file", problems) if "on_file" in head.data else "",
            head.texts("blockers", problems),
            head.texts("notices", problems),
        ),
        facts={},
        parameters={},
        rules={},
        programmes={},
        examples=(),
        digest=digest,
        subject=subject,
    )


def _subject(head: Table, problems: list[Problem]) -> str:
    """What the rulebook is about: households, where it does not say."""
    written = str(head.data.get("subject", HOUSEHOLD))
    if written not in SUBJECTS:
        head.problem(problems, "no_subject", "subject", subject=written, **nearest(written, SUBJECTS))
        return HOUSEHOLD
    return written


def _in_order(programmes: dict[str, Programme], head: Table, problems: list[Problem]) -> dict[str, Programme]:
    """As the pack lists them; those that it does not list come after, by their files."""
    listed = head.texts("programmes", problems)
    for code in listed:
        if code not in programmes:
            head.problem(problems, "no_programme", "programmes", code=code, **nearest(code, programmes))
    return {code: programmes[code] for code in dict.fromkeys((*listed, *programmes)) if code in programmes}


def read_type(table: Table, problems: list[Problem], kinds: Iterable[Kind]) -> Type | None:
    """The type that `type`, `unit`, `of` and `values` of a table declare."""
    name = table.name
    written = table.text("type", problems)
    if written not in set(kinds):
        if written:
            table.problem(problems, "bad_kind", "type", kind=written)
        return None
    kind = Kind(written)
    try:
        unit = Unit.parse(str(table.data.get("unit", "")))
    except UnitError as error:
        table.problem(problems, "bad_unit", "unit", unit=str(error))
        return None
    of = None
    if kind is Kind.TABLE:
        if table.data.get("of") not in ("money", "count", "ratio"):
            table.problem(problems, "bad_kind", "of", kind=str(table.data.get("of", "")))
            return None
        of = Kind(table.data["of"])
    if (of or kind) in (Kind.MONEY, Kind.BRACKETS) and unit.power_of("yuan") != 1:
        table.problem(problems, "money_unit", "unit", name=name)
        return None
    if (unit.powers and not (kind in NUMBERS or kind in (Kind.TABLE, Kind.BRACKETS))) or (
        kind is Kind.RATIO and unit.powers
    ):
        words = KIND_WORDS[kind]
        table.problem(problems, "pure_unit", "unit", kind_zh=words[0], kind_en=words[1])
        return None
    codes = tuple(table.value_labels())
    if kind is Kind.CODE and not codes:
        table.problem(problems, "missing_key", "type", key="values")
    return Type(kind, unit, codes, of)


def _facts(source: Source, subject: str, problems: list[Problem]) -> dict[tuple[Entity, str], Fact]:
    facts: dict[tuple[Entity, str], Fact] = {}
    for entity in ENTITIES:
        for name, (table,) in tables_of(source, written_as(entity, subject), problems):
            data = table.data
            table.refuse_unknown(FACT_KEYS, problems)
            type_ = read_type(table, problems, FACT_KINDS)
            declared = data.get("declaration")
            label, stated = table.label("label", problems), table.source_text(problems)
            if type_ is not None:
                facts[entity, name] = Fact(
                    entity,
                    name,
                    type_,
                    label,
                    stated,
                    str(data.get("sensitivity", "personal")),
                    table.value_labels(),
                    str(data.get("kept_for", "")),
                    Label(declared, str(data.get("declaration_en", declared))) if declared else None,
                    _both(table, "question", problems),
                    _both(table, "help", problems),
                    table.span(),
                )
    return facts


def _both(table: Table, key: str, problems: list[Problem]) -> Label | None:
    """An optional sentence, written as a list: in Chinese and in English."""
    written = table.texts(key, problems)
    return Label(written[0], written[-1]) if written else None


def _parameters(source: Source, files: Mapping[str, bytes], problems: list[Problem]) -> dict[str, Parameter]:
    found: dict[str, Parameter] = {}
    kinds = tuple(Kind)
    for name, (table,) in tables_of(source, "", problems):
        table.refuse_unknown(PARAMETER_KEYS, problems)
        type_, label = read_type(table, problems, kinds), table.label("label", problems)
        if type_ is not None:
            found[name] = Parameter(name, type_, label, (), table.value_labels(), table.span())
    settings: dict[str, list[Setting]] = {name: [] for name in found}
    for file, content in sorted(files.items()):
        if file.startswith("parameters/"):
            _settings(file, content, found, settings, problems)
    for name, parameter in found.items():
        if not settings[name] and not any(problem.code.startswith("csv") for problem in problems):
            problems.append(Problem("valueless_parameter", parameter.span, {"name": name}))
        found[name] = replace(parameter, settings=tuple(settings[name]))
    return found


def _settings(
    file: str,
    content: bytes,
    known: Mapping[str, Parameter],
    settings: dict[str, list[Setting]],
    problems: list[Problem],
) -> None:
    try:
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig")))
        missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
        rows = [(reader.line_num, {key: (row[key] or "").strip() for key in COLUMNS}) for row in reader if not missing]
    except (UnicodeDecodeError, csv.Error) as error:
        problems.append(Problem("csv_unreadable", Span(file), {"detail": str(error)}))
        return
    if missing:
        problems.append(Problem("csv", Span(file), {"column": missing[0]}))
    for line, row in rows:
        span = Span(file, line, 1, line, 2)
        name = row["name"]
        if name not in known:
            problems.append(Problem("undeclared_parameter", span, {"name": name} | nearest(name, known)))
            continue
        setting = _setting(row, known[name], span, problems)
        if setting is not None:
            settings[name].append(setting)


def _setting(row: Mapping[str, str], parameter: Parameter, span: Span, problems: list[Problem]) -> Setting | None:
    name, text = parameter.name, row["value"]
    days: list[date | None] = []
    for column in ("valid_from", "valid_to"):
        written = row[column]
        try:
            days.append(date.fromisoformat(written) if written else None)
        except ValueError:
            problems.append(Problem("bad_date", span, {"text": written}))
            return None
    if not row["source"]:
        problems.append(Problem("missing_source", span, {"name": name}))
    try:
        value = parameter_value(text, parameter.type)
    except ValueError:
        words = KIND_WORDS[parameter.type.kind]
        params = {"text": text, "name": name, "expected_zh": words[0], "expected_en": words[1]}
        problems.append(Problem("bad_value", span, params))
        return None
    start, end = days
    return Setting(row["region"], start or date.min, end, cast(Any, value), text, row["source"], span)
