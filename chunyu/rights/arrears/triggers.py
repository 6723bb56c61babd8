"""What the database keeps of owed and paid: columns that are sums of rows, and rows that are appended.

A worker's three amounts follow from claims, payments and write-offs; a case's follow from its workers. Statement
triggers write them, in the order of keys, and triggers of the rows refuse any other value.
"""

# ruff: noqa: S608 - statements put together from constants of this file, before any value from outside exists

from __future__ import annotations

import pgtrigger

from chunyu.federation.triggers import refuse

_OWED = """COALESCE((
    SELECT c.owed_fen FROM rights_arrearsclaim c WHERE c.worker_id = {worker} ORDER BY c.version DESC LIMIT 1
), 0)"""
_PAID = """COALESCE((
    SELECT sum(p.amount_fen) FROM rights_arrearspayment p
    LEFT JOIN rights_arrearsreturn r ON r.payment_id = p.id WHERE p.worker_id = {worker} AND r.id IS NULL
), 0)"""
_WRITTEN_OFF = "COALESCE((SELECT sum(o.amount_fen) FROM rights_arrearswriteoff o WHERE o.worker_id = {worker}), 0)"


def _moves_workers(name: str, workers: str) -> pgtrigger.Trigger:
    """New rows write the amounts of the workers that they are about. The rows are locked first, so that the statement
    after it sees what others have committed meanwhile."""
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        referencing=pgtrigger.Referencing(new="new_rows"),
        func=f"""
            PERFORM 1 FROM rights_arrearsworker WHERE id IN ({workers}) ORDER BY id FOR NO KEY UPDATE;
            UPDATE rights_arrearsworker AS w SET owed_fen = {_OWED.format(worker="w.id")},
                paid_fen = {_PAID.format(worker="w.id")}, written_off_fen = {_WRITTEN_OFF.format(worker="w.id")}
            WHERE w.id IN ({workers});
            RETURN NULL;
        """,
    )


CLAIMS_MOVE_WORKERS = _moves_workers("arrears_claims_move_workers", "SELECT worker_id FROM new_rows")
PAYMENTS_MOVE_WORKERS = _moves_workers("arrears_payments_move_workers", "SELECT worker_id FROM new_rows")
WRITE_OFFS_MOVE_WORKERS = _moves_workers("arrears_write_offs_move_workers", "SELECT worker_id FROM new_rows")
RETURNS_MOVE_WORKERS = _moves_workers(
    "arrears_returns_move_workers",
    "SELECT p.worker_id FROM new_rows JOIN rights_arrearspayment p ON p.id = new_rows.payment_id",
)

WORKER_IS_ITS_ROWS = pgtrigger.Trigger(
    name="arrears_worker_is_its_rows",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("owed_fen", "paid_fen", "written_off_fen"),
    func=f"""
        IF (NEW.owed_fen, NEW.paid_fen, NEW.written_off_fen) IS DISTINCT FROM (
            ({_OWED.format(worker="NEW.id")})::bigint, ({_PAID.format(worker="NEW.id")})::bigint,
            ({_WRITTEN_OFF.format(worker="NEW.id")})::bigint
        ) THEN
            {refuse("arrears_worker_is_its_rows", "amounts follow from claims and payments")}
        END IF;
        RETURN NEW;
    """,
)

WORKERS_MOVE_MATTERS = pgtrigger.Trigger(
    name="arrears_workers_move_matters",
    level=pgtrigger.Statement,
    when=pgtrigger.After,
    operation=pgtrigger.Update,
    referencing=pgtrigger.Referencing(new="new_rows"),
    func="""
        PERFORM 1 FROM rights_arrearsmatter WHERE id IN (SELECT matter_id FROM new_rows) ORDER BY id FOR NO KEY UPDATE;
        UPDATE rights_arrearsmatter AS m SET owed_fen = s.owed, paid_fen = s.paid, written_off_fen = s.written_off,
            owed_to = s.people
        FROM (
            SELECT matter_id, sum(owed_fen)::bigint AS owed, sum(paid_fen)::bigint AS paid,
                sum(written_off_fen)::bigint AS written_off, count(*) FILTER (WHERE owed_fen > 0) AS people
            FROM rights_arrearsworker WHERE matter_id IN (SELECT matter_id FROM new_rows) GROUP BY matter_id
        ) AS s
        WHERE m.id = s.matter_id AND (m.owed_fen, m.paid_fen, m.written_off_fen, m.owed_to)
            IS DISTINCT FROM (s.owed, s.paid, s.written_off, s.people);
        RETURN NULL;
    """,
)

TOTAL_IS_ITS_LINES = pgtrigger.Trigger(
    name="arrears_total_is_its_lines",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("owed_fen", "paid_fen", "written_off_fen", "owed_to"),
    func=f"""
        IF EXISTS (
            SELECT 1 FROM (
                SELECT COALESCE(sum(owed_fen), 0)::bigint AS owed, COALESCE(sum(paid_fen), 0)::bigint AS paid,
                    COALESCE(sum(written_off_fen), 0)::bigint AS written_off,
                    (count(*) FILTER (WHERE owed_fen > 0))::integer AS people
                FROM rights_arrearsworker WHERE matter_id = NEW.id
            ) AS s
            WHERE (NEW.owed_fen, NEW.paid_fen, NEW.written_off_fen, NEW.owed_to)
                IS DISTINCT FROM (s.owed, s.paid, s.written_off, s.people)
        ) THEN
            {refuse("arrears_total_is_its_lines", "the total is the sum of the lines")}
        END IF;
        RETURN NEW;
    """,
)

NAME_STAYS_LOCKED = pgtrigger.Trigger(
    name="arrears_name_stays_locked",
    when=pgtrigger.Before,
    operation=pgtrigger.UpdateOf("name_locked"),
    condition=pgtrigger.Condition("OLD.name_locked AND NOT NEW.name_locked"),
    func=refuse("arrears_name_stays_locked", "a locked name stays locked"),
)

CLAIM_FOLLOWS = pgtrigger.Trigger(
    name="arrears_claim_follows",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    func=f"""
        IF NEW.half_days > 2 * (NEW.to_day - NEW.from_day + 1) THEN
            {refuse("arrears_claim_days_fit", "more days than the period has")}
        END IF;
        IF NEW.version <> 1 + (SELECT count(*) FROM rights_arrearsclaim WHERE worker_id = NEW.worker_id)
            OR (NEW.version > 1 AND NEW.reason = '')
        THEN
            {refuse("arrears_claim_follows", "versions follow one another, and each gives its reason")}
        END IF;
        RETURN NEW;
    """,
)

PAYMENT_FITS = pgtrigger.Trigger(
    name="arrears_payment_fits",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    func=f"""
        IF NOT EXISTS (
            SELECT 1 FROM rights_arrearspayout o JOIN rights_arrearsworker w ON w.matter_id = o.matter_id
            WHERE o.id = NEW.payout_id AND w.id = NEW.worker_id
        ) THEN
            {refuse("arrears_payment_of_its_matter", "a worker of another case")}
        END IF;
        IF NEW.signed = 'paper'
            AND EXISTS (SELECT 1 FROM rights_arrearspayout WHERE id = NEW.payout_id AND sheet_id IS NULL)
        THEN
            {refuse("arrears_payment_signed", "the signed sheet is missing")}
        END IF;
        RETURN NEW;
    """,
)

WITNESSED_BY_TWO = pgtrigger.Trigger(
    name="arrears_payout_witnessed_by_two",
    when=pgtrigger.After,
    operation=pgtrigger.Insert,
    timing=pgtrigger.Deferred,
    func=f"""
        IF NOT NEW.unwitnessed
            AND (SELECT count(DISTINCT department) FROM rights_arrearswitness WHERE payout_id = NEW.id) < 2
        THEN
            {refuse("arrears_payout_witnessed_by_two", "fewer than two departments witnessed")}
        END IF;
        RETURN NULL;
    """,
)


def kept(name: str) -> pgtrigger.Protect:
    """Rows that are appended, and neither changed nor removed."""
    return pgtrigger.Protect(name=name, operation=pgtrigger.Update | pgtrigger.Delete)
