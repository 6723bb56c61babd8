"""Rules and programmes out of their TOML files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from chunyu.policy.kinds import FACT_KINDS, KIND_WORDS, Kind, Type
from chunyu.policy.language import Names, Reader
from chunyu.policy.nodes import Choose, Entity, Literal, Node
from chunyu.policy.pack import ENTITIES, HOUSEHOLD, Calendar, Document, Label, Programme, Rule, RuleVersion
from chunyu.policy.problems import PER_MONTH_HINT, Problem, ShapeError, Span, nearest
from chunyu.policy.reading import Source, Table, tables_of
from chunyu.policy.units import Unit, UnitError

RULE_KEYS = frozenset(
    [
        "label",
        "label_en",
        "label_not",
        "label_not_en",
        "type",
        "unit",
        "values",
        "formula",
        "cases",
        "otherwise",
        "source",
        "valid_from",
        "valid_to",
    ]
)
PROGRAMME_KEYS = frozenset(
    [
        "code",
        "label",
        "label_en",
        "for_whom",
        "for_whom_en",
        "conditions",
        "amount",
        "gives",
        "gives_en",
        "apply_at",
        "apply_at_en",
        "on_request",
        "documents",
        "calendar",
        "fund_use",
        "fund_sources",
        "conflicts",
        "retention_years",
        "payment",
        "source",
    ]
)

MOST_FAULTS = 100  # told of at one reading
MOST_CASES = 100  # of one rule; more of them are a table
PAID = ("once", "monthly", "quarterly", "half_yearly")

Rules = dict[tuple[Entity, str], Rule]
Types = dict[tuple[Entity, str], Type]


def written_as(entity: Entity, subject: str) -> str:
    """The table under which the files of a rulebook about this subject write facts and rules of an entity."""
    return subject if entity == HOUSEHOLD else entity


def read_rules(sources: Sequence[Source], names: Names, subject: str, problems: list[Problem]) -> tuple[Rules, Types]:
    """All rules of the pack, and the types of all that are declared, broken ones too.

    Because types are declared, rules may stand in any order, and one broken rule does not break those that name it.
    """
    tables: dict[tuple[Entity, str], list[Table]] = {}
    types: dict[tuple[Entity, str], Type] = {}
    for source in sources:
        for entity in ENTITIES:
            for name, made in tables_of(source, written_as(entity, subject), problems, arrays=True):
                _refuse_twice(entity, name, made[0], tables, names, problems)
                type_ = _declared(made[0], problems)
                if type_ is not None:
                    tables[entity, name] = made
                    types[entity, name] = type_
    known = Names(names.facts, types, names.parameters)
    rules: Rules = {}
    for (entity, name), versions in tables.items():
        if len(problems) > MOST_FAULTS:
            break  # enough to put right before the next reading
        rule = _rule(entity, name, types[entity, name], versions, known, problems)
        if rule is not None:
            rules[entity, name] = rule
    return rules, types


def _refuse_twice(
    entity: Entity,
    name: str,
    table: Table,
    tables: Mapping[tuple[Entity, str], list[Table]],
    names: Names,
    problems: list[Problem],
) -> None:
    if (entity, name) in tables:
        table.problem(problems, "duplicate", other=tables[entity, name][0].source.file)
    elif (entity, name) in names.facts:
        table.problem(problems, "duplicate", other="facts.toml")
    elif entity == "household" and name in names.parameters:
        table.problem(problems, "duplicate", other="parameters.toml")


def _declared(table: Table, problems: list[Problem]) -> Type | None:
    written = table.text("type", problems)
    if written not in set(FACT_KINDS):
        if written:
            table.problem(problems, "bad_kind", "type", kind=written, **nearest(written, FACT_KINDS))
        return None
    kind = Kind(written)
    try:
        unit = Unit.parse(str(table.data.get("unit", "")))
    except UnitError as error:
        table.problem(problems, "bad_unit", "unit", unit=str(error))
        return None
    if kind is Kind.MONEY and unit.power_of("yuan") != 1:
        table.problem(problems, "money_unit", "unit")
        return None
    if kind not in (Kind.MONEY, Kind.COUNT) and unit.powers:
        table.problem(problems, "pure_unit", "unit", kind_zh=KIND_WORDS[kind][0], kind_en=KIND_WORDS[kind][1])
        return None
    return Type(kind, unit, tuple(table.value_labels()))


def _rule(
    entity: Entity, name: str, type_: Type, tables: list[Table], names: Names, problems: list[Problem]
) -> Rule | None:
    head = tables[0]
    versions = []
    for table in tables:
        table.refuse_unknown(RULE_KEYS, problems)
        version = _version(entity, name, type_, table, names, problems)
        if version is not None:
            versions.append(version)
    label = head.label("label", problems)
    label_not = head.data.get("label_not")
    if not versions:
        return None
    return Rule(
        entity,
        name,
        type_,
        label,
        tuple(versions),
        Label(label_not, str(head.data.get("label_not_en", label_not))) if label_not else None,
        head.value_labels(),
        head.span(),
    )


def _version(
    entity: Entity, name: str, type_: Type, table: Table, names: Names, problems: list[Problem]
) -> RuleVersion | None:
    source = table.source_text(problems)
    data = table.data
    has_formula, has_cases = "formula" in data, "cases" in data and "otherwise" in data
    if has_formula == has_cases:
        table.problem(problems, "formula_or_cases", rule=name)
        return None
    formula = (
        _formula(entity, table, str(data["formula"]), names, problems)
        if has_formula
        else _cases(entity, table, names, problems)
    )
    if formula is None:
        return None
    _agree(name, type_, formula, table, problems)
    text = str(data["formula"]).strip() if has_formula else _cases_text(data)
    valid_from, valid_to = table.day("valid_from", problems), table.day("valid_to", problems)
    return RuleVersion(formula, text, source, valid_from, valid_to, table.span())


def _cases_text(data: Mapping[str, Any]) -> str:
    lines = [f"{case['then']}: {case['when']}" for case in data["cases"]]
    return "\n".join([*lines, f"otherwise: {data['otherwise']}"])


def _formula(
    entity: Entity, table: Table, text: str, names: Names, problems: list[Problem], after: Span | None = None
) -> Node | None:
    place = table.source.positions.string(table.path, text, table.index, after)
    reader = Reader(names, entity, place, text)
    node = reader.read()
    problems.extend(reader.problems)
    return node


def _cases(entity: Entity, table: Table, names: Names, problems: list[Problem]) -> Node | None:
    conditions, values, broken = [], [], False
    after: Span | None = None
    is_code = table.data.get("type") == "code"
    written = table.tables("cases", problems)
    if len(written) > MOST_CASES:
        params = {"count": str(len(written)), "limit": str(MOST_CASES)}
        table.problem(problems, "too_many_cases", "cases", **params)
        return None
    for case in written:
        if set(case) != {"when", "then"}:
            table.problem(problems, "missing_key", "cases", key="when, then")
            return None
        place = table.source.positions.string(table.path, str(case["when"]), table.index, after)
        when = _formula(entity, table, str(case["when"]), names, problems, after)
        after = place
        then = _result(entity, table, case["then"], is_code, names, problems, after)
        broken = broken or when is None or then is None
        if when is not None and then is not None:
            conditions.append(when)
            values.append(then)
    otherwise = _result(entity, table, table.data["otherwise"], is_code, names, problems, after)
    if broken or not conditions or otherwise is None:
        return None
    try:
        return Choose(tuple(conditions), tuple(values), otherwise, span=table.span("cases"))
    except ShapeError as error:
        table.problem(problems, error.code, "cases", **error.params)
        return None


def _result(
    entity: Entity,
    table: Table,
    written: object,
    is_code: bool,
    names: Names,
    problems: list[Problem],
    after: Span | None,
) -> Node | None:
    """The `then` of a case: a code as it stands, anything else a formula."""
    text = str(written)
    if is_code:
        span = table.source.positions.string(table.path, text, table.index, after)
        return Literal(text, Kind.CODE, text=text, span=span)
    if isinstance(written, bool):
        return Literal(written, Kind.FLAG, text=text, span=table.span("cases"))
    return _formula(entity, table, text, names, problems, after)


def _agree(name: str, declared: Type, formula: Node, table: Table, problems: list[Problem]) -> None:
    """The formula must give what the rule declares."""
    found = formula.type
    if declared.kind is Kind.CODE and found.kind is Kind.CODE:
        for code in found.codes:
            if code not in declared.codes:
                table.problem(problems, "unknown_code", "cases", code=code, **nearest(code, declared.codes))
        return
    if isinstance(formula, Literal) and formula.is_zero and declared.is_number:
        return
    if found.kind is declared.kind and found.unit == declared.unit:
        return
    apart = {n for n, _ in (found.unit / declared.unit).powers} == {"month", "year"}
    table.problem(
        problems,
        "rule_type",
        "formula" if "formula" in table.data else "cases",
        rule=name,
        declared_zh=declared.words("zh"),
        declared_en=declared.words("en"),
        found_zh=found.words("zh"),
        found_en=found.words("en"),
        **({"hint_zh": PER_MONTH_HINT[0], "hint_en": PER_MONTH_HINT[1]} if apart else {}),
    )


def read_programme(source: Source, rules: Types, problems: list[Problem]) -> Programme | None:
    data = source.data.get("programme")
    if not isinstance(data, dict):
        table = Table(source, "", source.data)
        table.problem(problems, "missing_key", key="[programme]")
        return None
    table = Table(source, "programme", data)
    table.refuse_unknown(PROGRAMME_KEYS, problems)
    before = len(problems)
    conditions = table.texts("conditions", problems)
    for name in conditions:
        _need_rule(table, "conditions", name, Kind.FLAG, rules, problems)
    amount = str(data["amount"]) if "amount" in data else None
    if (amount is None) == ("gives" not in data):
        table.problem(problems, "amount_or_gives", "amount" if amount else "")
    if amount is not None:
        _need_rule(table, "amount", amount, Kind.MONEY, rules, problems)
    if type(data.get("on_request", False)) is not bool:
        expected = {"expected_zh": "true 或 false", "expected_en": "true or false"}
        table.problem(problems, "shape", "on_request", key="on_request", **expected)
    documents = tuple(_document(table, one, rules, problems) for one in table.tables("documents", problems))
    years = data.get("retention_years")
    if type(years) is not int:
        expected = {"expected_zh": "整数", "expected_en": "a whole number"}
        table.problem(problems, "shape", "retention_years", key="retention_years", **expected)
    for key in ("conditions", "documents", "calendar", "fund_sources"):
        if not data.get(key):
            table.problem(problems, "missing_key", key=key)
    programme = Programme(
        code=table.text("code", problems),
        label=table.label("label", problems),
        for_whom=table.label("for_whom", problems),
        conditions=conditions,
        amount=amount,
        gives=table.label("gives", problems) if "gives" in data else None,
        apply_at=table.label("apply_at", problems) if "apply_at" in data else None,
        on_request=data.get("on_request") is True,
        documents=documents,
        calendar=_calendar(table, problems),
        fund_use=table.text("fund_use", problems),
        fund_sources=table.texts("fund_sources", problems),
        conflicts=table.texts("conflicts", problems),
        retention_years=years if isinstance(years, int) else 0,
        payment=table.text("payment", problems),
        source=table.source_text(problems),
        span=table.span(),
    )
    return programme if len(problems) == before else None


def _calendar(table: Table, problems: list[Problem]) -> Calendar:
    written = table.data.get("calendar", {})
    if not isinstance(written, dict):
        table.problem(problems, "shape", "calendar", key="calendar", expected_zh="表格", expected_en="a table")
        written = {}
    calendar = Calendar(
        str(written.get("opens", "01-01")), str(written.get("closes", "12-31")), str(written.get("paid", "once"))
    )
    for text in (calendar.opens, calendar.closes):
        try:
            # In a year without a leap day, so that the season opens in every year.
            date.fromisoformat(f"2023-{text}")
        except ValueError:
            table.problem(problems, "bad_month_day", "calendar", text=text)
    if calendar.paid not in PAID:
        table.problem(problems, "bad_paid", "calendar", text=calendar.paid, known=", ".join(PAID))
    return calendar


def _need_rule(table: Table, key: str, name: str, kind: Kind, rules: Types, problems: list[Problem]) -> None:
    rule = rules.get(("household", name))
    if rule is None or rule.kind is not kind:
        words = KIND_WORDS[kind]
        known = [n for (e, n), r in rules.items() if e == "household" and r.kind is kind]
        table.problem(
            problems, "not_a_rule", key, rule=name, kind_zh=words[0], kind_en=words[1], **nearest(name, known)
        )


def _document(table: Table, data: Mapping[str, Any], rules: Types, problems: list[Problem]) -> Document:
    for key in ("code", "label", "label_en"):
        if key not in data:
            table.problem(problems, "missing_key", "documents", key=key)
    when = data.get("when")
    if when is not None:
        _need_rule(table, "documents", str(when), Kind.FLAG, rules, problems)
    label = Label(str(data.get("label", "")), str(data.get("label_en", "")))
    return Document(str(data.get("code", "")), label, when)
