"""Each rule about funds, broken on purpose: the matrix, levels, years, parts and budgets."""

from tests.ledger.attacking import fund_row, insert, order_row


def earmark(use: str, *, rule_no: str = "") -> list[str]:
    """An earmark of a new fund of fiscal money of the county."""
    return [
        *fund_row(source="'county_fiscal'", document_no=f"'{use}'"),
        f"""INSERT INTO ledger_earmark (fund_id, programme, label, use, rule_no)
        SELECT max(id), 'a', '', '{use}', '{rule_no}' FROM ledger_fund""",
    ]


def allocation(**changed: str) -> list[str]:
    values = {
        "id": "'{new}'", "organisation_id": "(SELECT organisation_id FROM ledger_fund WHERE id = {given})",
        "scope_path": "''", "giver_id": "{given}", "taker_id": "{taken}", "amount_fen": "5", "document_no": "'x'",
        "day": "'{day}'", "by_id": "{upper}", "at": "now()", "key": "'new'",
    }  # fmt: skip
    return insert("allocation", **(values | changed))


def step(kind: str, fen: int, *, of: str = "arrived", by: str = "post", **changed: str) -> list[str]:
    values = {
        "id": "'{new}'", "allocation_id": f"'{{{of}}}'", "kind": f"'{kind}'", "amount_fen": str(fen),
        "document_no": "''", "reason": "'x'", "day": "'{day}'", "by_id": f"{{{by}}}", "at": "now()", "key": "'new'",
    }  # fmt: skip
    return insert("allocationstep", **(values | changed))


def statement(year: int = 2026, on: str = "2027-01-12", digest: str = "'" + "a" * 64 + "'") -> list[str]:
    return insert(
        "closingstatement", organisation_id="{organisation}", scope_path="''", fund_id="{pool}", year=str(year),
        text="''", digest=digest, prepared_by_id="{post}", prepared_on=f"'{on}'",
    )  # fmt: skip


def closing(fund: str = "pool", by: str = "second", year: int = 2026) -> list[str]:
    return insert(
        "yearclosing", fund_id=f"{{{fund}}}", year=str(year), closed_at="now()", by_id=f"{{{by}}}",
        statement_id="{statement}",
    )  # fmt: skip


def part(order: str, fund: str, fen: int) -> list[str]:
    return insert("orderpart", order_id=f"'{{{order}}}'", fund_id=f"{{{fund}}}", amount_fen=str(fen))


def mixed_order(*parts: tuple[str, int], **changed: str) -> list[str]:
    """A new order of 10 from several funds, with its parts."""
    return order_row(reference="'mixed'", mixed="true", **changed) + [
        statement for fund, fen in parts for statement in part("new", fund, fen)
    ]


def budget(**changed: str) -> list[str]:
    values = {
        "organisation_id": "{organisation}", "scope_path": "''", "year": "2032", "number": "0", "title": "'x'",
        "document_no": "'x'", "over": "'warn'", "prepared_by_id": "{post}", "prepared_on": "'{day}'", "digest": "''",
    }  # fmt: skip
    return insert("budget", **(values | changed))


def approval(by: str = "second", digest: str = "a" * 64) -> str:
    return (
        f"UPDATE ledger_budget SET approved_by_id = {{{by}}}, approved_on = '{{day}}', digest = '{digest}' "
        "WHERE id = {budget}"
    )


def budget_line(of: str = "budget", fen: int = 5, use: str = "medical") -> list[str]:
    return insert("budgetline", budget_id=f"{{{of}}}", source="'donation'", use=f"'{use}'", amount_fen=str(fen))


FUND_ATTACKS = {
    "ledger_budget_once": budget(year="2031"),
    "ledger_budget_bound_when_approved": [approval(digest="x")],
    "ledger_budget_over_known": budget(over="'pray'"),
    "ledger_budget_in_its_order": budget(year="2031", number="1"),
    "ledger_budget_approved_by_another": [approval(by="post")],
    "ledger_budget_not_below_nothing": [*budget_line(fen=-1), approval()],
    "ledger_budget_approved_is_kept": ["UPDATE ledger_budget SET over = 'warn' WHERE id = {approved}"],
    "ledger_budget_lines_until_approved": budget_line("approved"),
    "ledger_budget_line_once": budget_line(use="living"),
    "ledger_budget_line_says_something": budget_line(fen=0),
    "ledger_order_within_budget": order_row(fund="{gifts}", amount="6"),
    "ledger_part_within_budget": mixed_order(("own", 4), ("gifts", 6), fund="{own}"),
    "ledger_earmark_in_the_matrix": earmark("office"),
    "ledger_earmark_states_its_rule": earmark("visit"),
    "ledger_order_in_the_matrix": order_row(use="'visit'"),
    "ledger_order_states_its_rule": order_row(fund="{pool}", use="'living'"),
    "ledger_order_no_file_no_money": order_row(like="mixed", mixed="false"),
    "ledger_allocation_is_posted": allocation(),
    "ledger_allocation_key_once": allocation(key="(SELECT key FROM ledger_allocation LIMIT 1)"),
    "ledger_allocation_amount_positive": allocation(amount_fen="0"),
    "ledger_allocation_has_a_document": allocation(document_no="''"),
    "ledger_allocation_is_kept": ["UPDATE ledger_allocation SET amount_fen = 1"],
    "ledger_allocation_down_the_tree": allocation(giver_id="{taken}", taker_id="{given}"),
    "ledger_allocation_carries_its_document": allocation(taker_id="{fund}"),
    "ledger_allocation_step_is_posted": step("returned", 5),
    "ledger_allocation_step_key_once": step("returned", 5, key="(SELECT key FROM ledger_allocationstep LIMIT 1)"),
    "ledger_allocation_step_positive": step("returned", 0),
    "ledger_allocation_step_says_why": step("returned", 5, reason="''"),
    "ledger_allocation_step_known": step("lost", 200, of="on_its_way"),
    "ledger_allocation_step_is_kept": ["DELETE FROM ledger_allocationstep"],
    "ledger_allocation_step_in_its_order": step("arrived", 300),
    "ledger_allocation_step_to_the_fen": step("returned", 291),
    "ledger_allocation_arrives_by_another": step("arrived", 200, of="on_its_way", by="upper"),
    "ledger_statement_has_a_digest": statement(digest="'x'"),
    "ledger_statement_is_kept": ["UPDATE ledger_closingstatement SET text = ''"],
    "ledger_statement_after_its_year": statement(on="2026-12-31"),
    "ledger_yearclosing_as_stated": closing(fund="fund"),
    "ledger_yearclosing_by_another": closing(by="post"),
    "ledger_yearclosing_leaves_nothing": closing(),
    "ledger_part_of_a_mixed_order": part("waiting", "union", 1),
    "ledger_part_is_kept": ["UPDATE ledger_orderpart SET amount_fen = 1"],
    "ledger_part_once_per_fund": mixed_order(("fund", 4), ("fund", 6)),
    "ledger_part_amount_positive": mixed_order(("fund", 0)),
    "ledger_part_of_one_payer": mixed_order(("given", 4)),
    "ledger_part_of_aid_money": mixed_order(("pool", 4)),
    "ledger_part_in_the_matrix": mixed_order(("union", 4), ("fund", 6), use="'visit'", fund="{union}"),
    "ledger_part_no_file_no_money": mixed_order(("union", 4), ("fund", 6), like="mixed", fund="{union}"),
    "ledger_part_states_its_rule": mixed_order(("county", 4), use="'other'", fund="{union}"),
    "ledger_order_has_its_parts": mixed_order(("fund", 4), ("union", 5)),
}
