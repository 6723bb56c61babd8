"""The statements of which attacks on the database are made: raw SQL with the names of rows left open."""


def transfer(
    *legs: str,
    reason: str = "receipt",
    count: int = 2,
    programme: str = "",
    key: str = "attack",
    reverses: str = "NULL",
    day: str = "'{day}'",
) -> list[str]:
    """The statements that insert a transfer and its legs ("debit cash 5")."""
    rows = [
        f"""
        INSERT INTO ledger_transfer
            (id, key, digest, reason, programme, reference, day, posted_at, by_id, note, reverses_id, leg_count)
        VALUES
            ('{{new}}', '{key}', 'x', '{reason}', '{programme}', '', {day}, now(), {{post}}, '', {reverses}, {count})
        """
    ]
    for position, leg in enumerate(legs, start=1):
        side, account, quantity = leg.split()
        rows.append(
            "INSERT INTO ledger_leg (transfer_id, position, account_id, side, quantity) "
            f"VALUES ('{{new}}', {position}, {{{account}}}, '{side}', {quantity})"
        )
    return rows


def account(kind: str, programme: str = "", floor: str = "0", balance: int = 0, fund: str = "fund") -> list[str]:
    return [
        f"""
        INSERT INTO ledger_account
            (organisation_id, scope_path, fund_id, commodity_id, kind, programme, floor, balance)
        VALUES ({{organisation}}, '{{path}}', {{{fund}}}, 'CNY', '{kind}', '{programme}', {floor}, {balance})
        """
    ]


def fund_row(**changed: object) -> list[str]:
    values = {"source": "'donation'", "document_no": "'捐'", "year": 2026} | changed
    return [
        f"""
        INSERT INTO ledger_fund (organisation_id, scope_path, name, source, document_no, year, opened_on)
        VALUES (
            {{organisation}}, '{{path}}', 'x', {values["source"]}, {values["document_no"]}, {values["year"]}, '{{day}}'
        )
        """
    ]


LEG = "INSERT INTO ledger_leg (transfer_id, position, account_id, side, quantity) VALUES "


COPY_ORDER = """
    INSERT INTO ledger_paymentorder (id, organisation_id, scope_path, household_id, fund_id, programme,
        programme_label, amount_fen, reference, instalment, payee_name, bank_name, card, delivery, status, ordered_on,
        ordered_by_id, use, mixed)
    SELECT '{{new}}', organisation_id, scope_path, household_id, {fund}, {programme}, programme_label, {amount},
        {reference}, instalment, {payee}, bank_name, card, {delivery}, {status}, ordered_on, ordered_by_id, {use},
        {mixed}
    FROM ledger_paymentorder WHERE id = '{{{like}}}'
"""
COPY_LINE = """
    INSERT INTO ledger_batchline (id, batch_id, order_id, line_no, line_key, payee_name, bank_name, card, amount_fen,
        outcome, bank_reason)
    SELECT '{{new}}', '{batch}', id, {line_no}, {line_key}, payee_name, bank_name, card, amount_fen + {more}, '', ''
    FROM ledger_paymentorder WHERE id = '{order}'
"""


def order_row(**changed: str) -> list[str]:
    values = {
        "programme": "programme", "amount": "amount_fen", "reference": "'new'", "payee": "payee_name",
        "status": "'planned'", "delivery": "delivery", "fund": "fund_id", "use": "use", "mixed": "mixed",
        "like": "waiting",
    }  # fmt: skip
    return [COPY_ORDER.format(**(values | changed))]


def line_row(**changed: str) -> list[str]:
    values = {"batch": "{draft}", "line_no": "9", "line_key": "'new'", "more": "0", "order": "{planned}"}
    return [COPY_LINE.format(**(values | changed))]


def insert(table: str, **values: str) -> list[str]:
    return [f"INSERT INTO ledger_{table} ({', '.join(values)}) VALUES ({', '.join(values.values())})"]
