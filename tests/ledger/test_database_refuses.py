"""Each rule of the books, broken on purpose with raw SQL: the database itself must stop it."""

from uuid import uuid4

from django.apps import apps
from django.db import IntegrityError, connection, transaction

from chunyu.accounts.roles import Role
from chunyu.federation.models import Organisation
from chunyu.ledger import accounts, actions, budgets
from chunyu.ledger.checking import soundness
from chunyu.ledger.models import Reason, Transfer
from chunyu.ledger.posting import move, post
from chunyu.ledger.refusing import broken_rule, sentences
from chunyu.registry.models import Household
from tests.ledger.attacking import LEG, account, fund_row, line_row, order_row, transfer
from tests.ledger.fund_attacks import FUND_ATTACKS, approval, budget_line, earmark, mixed_order, statement
from tests.ledger.payout_attacks import PAYOUT_ATTACKS, situation
from tests.ledger.situations import (
    DAY,
    LIVING,
    MEDICAL,
    acting_as,
    close,
    fund_with,
    next_year,
    order,
    result_csv,
    sent_batch,
)


class Books:
    """The rows that the attacks below refer to by name."""

    def __init__(self, finance, second, approver):
        self.fund = fund_with(finance, 1_000, LIVING)
        self.other = fund_with(finance, 1_000)
        cash, committed = accounts.cash(self.fund), accounts.committed(self.fund, LIVING)
        [self.reserved] = post(
            finance,
            [move("r", Reason.RESERVATION, DAY, out_of=cash, into=committed, quantity=400, programme=LIVING)],
        )
        self._levels(finance, second, approver)
        first = Transfer.objects.get(reason=Reason.RECEIPT, legs__account=cash)
        self.reversed = fund_with(finance, 7)
        original = Transfer.objects.get(reason=Reason.RECEIPT, legs__account=accounts.cash(self.reversed))
        undone = actions.reverse(finance, transfer=original, day=DAY, reason="测试")
        waiting, other_order = order(approver, self.fund, 10), order(approver, self.fund, 20)
        draft = actions.prepare_batch(finance, fund=self.fund, orders=[waiting], day=DAY)
        sent = sent_batch(finance, second, self.fund, [order(approver, self.fund, 30), order(approver, self.fund, 40)])
        line = sent.lines.first()
        actions.import_result(second, sent, content=result_csv(sent, only={line.line_key}), day=DAY)
        cancelled = actions.cancel_order(finance, order(approver, self.fund, 5), day=DAY, reason="测试")
        submitted = actions.submit(
            finance, actions.prepare_batch(finance, fund=self.fund, orders=[order(approver, self.fund, 50)], day=DAY)
        )
        self.names |= {
            "waiting": waiting.pk,
            "planned": other_order.pk,
            "draft": draft.pk,
            "sent": sent.pk,
            "line": line.pk,
            "draft_line": draft.lines.get().pk,
            "cancelled": cancelled.pk,
            "submitted": submitted.pk,
            "submitted_line": submitted.lines.get().pk,
            "paid_order": line.order_id,
            "home": line.order.household_id,
            "fund": self.fund.pk,
            "other": self.other.pk,
            "cash": cash.pk,
            "source": accounts.source(self.fund).pk,
            "committed": committed.pk,
            "other_cash": accounts.cash(self.other).pk,
            "first": first.pk,
            "other_source": accounts.source(self.other).pk,
            "original": original.pk,
            "undone": undone.pk,
            "other_medical": accounts.committed(self.other, MEDICAL).pk,
            "post": finance.post.pk,
            "organisation": finance.organisation.pk,
            "path": finance.path,
            "day": DAY,
        }

    def _levels(self, finance, second, approver):
        """Money handed down, a closed year, and an order from two funds."""
        upper = acting_as(Role.FINANCE_OFFICER, Organisation.objects.get(path=finance.path[:7]))
        given = fund_with(upper, 1_000, LIVING)
        arrived, on_its_way = (
            actions.hand_down(
                upper,
                giver=given,
                organisation=finance.organisation,
                amount_fen=fen,
                day=DAY,
                document_no="拨",
                key=str(fen),
            )
            for fen in (300, 200)
        )
        actions.acknowledge(finance, arrived, day=DAY)
        back = actions.return_unspent(
            finance, arrived, amount_fen=10, day=DAY, document_no="退", reason="结余", key="1"
        )
        pool = fund_with(finance, 100, MEDICAL, source="mutual_aid_pool", rule_no="互助规则1号")
        closed = fund_with(finance, 50)
        closing = close(finance, second, closed)
        statement = actions.prepare_closing(next_year(finance), fund=pool, year=2026)
        union = fund_with(finance, 1_000, source="county_union")
        county = fund_with(finance, 100, source="county_fiscal")
        mixed = order(approver, self.fund, 100, also=[(union, 40)])
        self.names = {
            "given": given.pk, "given_cash": accounts.cash(given).pk, "taken": arrived.taker_id,
            "taken_cash": accounts.cash(arrived.taker).pk, "arriving": accounts.arriving(arrived.taker).pk,
            "arrived": arrived.pk, "on_its_way": on_its_way.pk, "back": back.pk, "pool_cash": accounts.cash(pool).pk,
            "pool": pool.pk, "county": county.pk, "closed": closed.pk, "closed_cash": accounts.cash(closed).pk,
            "closed_source": accounts.source(closed).pk,
            "statement": statement.pk, "closing": closing.pk, "union": union.pk, "union_cash": accounts.cash(union).pk,
            "mixed": mixed.pk, "upper": upper.post.pk, "second": second.post.pk,
            "successor_cash": accounts.cash(closing.successor).pk,
        }  # fmt: skip
        self._budgets(finance, second)
        Household.objects.filter(pk=mixed.household_id).update(status="exited", closed_on=DAY)

    def _budgets(self, finance, second):
        """One that is approved, of a year and organisation of its own, and one still prepared."""
        approved = actions.prepare_budget(
            finance,
            organisation=finance.organisation,
            year=2030,
            title="x",
            document_no="x",
            over="refuse",
            lines={("donation", "living"): 5},
        )
        actions.approve_budget(second, approved, shown=budgets.digest(approved))
        draft = actions.prepare_budget(
            finance,
            organisation=finance.organisation,
            year=2031,
            title="x",
            document_no="x",
            over="warn",
            lines={("donation", "living"): 5},
        )
        gifts, own = (
            actions.open_fund(
                finance, organisation=finance.organisation, name="x", source=source, document_no="x", year=2030, day=DAY
            )
            for source in ("donation", "county_union")
        )
        self.names |= {"approved": approved.pk, "budget": draft.pk, "gifts": gifts.pk, "own": own.pk}


ATTACKS = {
    "ledger_transfer_balanced": transfer("debit cash 5", "credit source 4"),
    "ledger_transfer_whole": transfer("debit cash 5", "credit source 5", count=3),
    "ledger_transfer_two_legs": transfer("debit cash 5", count=1),
    "ledger_transfer_key_once": transfer("debit cash 5", "credit source 5", key="r"),
    "ledger_transfer_reason_known": transfer("debit cash 5", "credit source 5", reason="gift"),
    "ledger_transfer_reversal_names_original": transfer("debit cash 5", "credit source 5", reason="reversal"),
    "ledger_transfer_reversed_once": transfer(
        "debit other_cash 5", "credit other_source 5", reason="reversal", reverses="'{original}'"
    ),
    "ledger_transfer_mirrors": transfer("credit cash 99", "debit source 99", reason="reversal", reverses="'{first}'"),
    "ledger_transfer_in_one_programme": transfer("debit cash 5", "credit committed 5", programme=MEDICAL),
    "ledger_transfer_keeps_purpose": transfer("debit other_cash 5", "credit cash 5", reason="allocation"),
    "ledger_transfer_in_one_book": transfer("debit pool_cash 5", "credit cash 5", reason="allocation"),
    "ledger_transfer_level_by_level": transfer("debit taken_cash 5", "credit given_cash 5", reason="allocation"),
    "ledger_transfer_next_year": transfer("debit taken_cash 5", "credit given_cash 5", reason="carry"),
    "ledger_transfer_in_open_year": transfer("debit closed_cash 5", "credit closed_source 5", day="'2026-06-01'"),
    "ledger_transfer_is_kept": ["UPDATE ledger_transfer SET note = 'x' WHERE id = '{first}'"],
    "ledger_leg_is_kept": ["UPDATE ledger_leg SET quantity = quantity + 1"],
    "ledger_leg_in_its_place": [LEG + "('{first}', 3, {cash}, 'debit', 5), ('{first}', 4, {source}, 'credit', 5)"],
    "ledger_leg_position_once": [LEG + "('{first}', 2, {cash}, 'debit', 5)"],
    "ledger_leg_position_from_one": [LEG + "('{first}', 0, {cash}, 'debit', 5)"],
    "ledger_leg_quantity_positive": transfer("debit cash 0", "credit source 0"),
    "ledger_leg_side_known": transfer("both cash 5", "credit source 5"),
    "ledger_account_not_below_floor": transfer("credit cash 601", "debit source 601", reason="give_back"),
    "ledger_account_source_only_gives": transfer("debit other_source 1001", "credit other_cash 1001"),
    "ledger_account_moves_by_legs": ["UPDATE ledger_account SET balance = balance + 1 WHERE id = {cash}"],
    "ledger_account_keeps_its_nature": ["UPDATE ledger_account SET floor = NULL WHERE id = {cash}"],
    "ledger_account_is_kept": ["DELETE FROM ledger_account WHERE id = {other_medical}"],
    "ledger_account_opens_empty": account("committed", MEDICAL, balance=5, fund="other"),
    "ledger_account_opens_in_its_earmark": account("committed", MEDICAL),
    "ledger_account_once": account("cash"),
    "ledger_account_has_floor": account("in_transit", LIVING, floor="NULL"),
    "ledger_account_programme_where_promised": account("in_transit", ""),
    "ledger_earmark_before_money": [
        "INSERT INTO ledger_earmark (fund_id, programme, label) VALUES ({fund}, '" + MEDICAL + "', '')"
    ],
    "ledger_earmark_is_kept": ["DELETE FROM ledger_earmark WHERE fund_id = {fund}"],
    "ledger_fund_keeps_its_nature": ["UPDATE ledger_fund SET source = 'donation' WHERE id = {fund}"],
    "ledger_fund_is_kept": ["DELETE FROM ledger_fund WHERE id = {fund}"],
    "ledger_fund_source_known": fund_row(source="'lottery'"),
    "ledger_fund_year_plausible": fund_row(year=26),
    "ledger_fund_once_per_document": fund_row() + fund_row(),
    "ledger_yearclosing_is_kept": ["DELETE FROM ledger_yearclosing"],
    "ledger_yearclosing_once": [
        # Under another statement, since one is used once.
        """INSERT INTO ledger_closingstatement
            (organisation_id, scope_path, fund_id, year, text, digest, prepared_by_id, prepared_on)
        SELECT said.organisation_id, said.scope_path, said.fund_id, said.year, said.text, said.digest,
            said.prepared_by_id, said.prepared_on
        FROM ledger_closingstatement AS said JOIN ledger_yearclosing AS closed ON closed.statement_id = said.id""",
        """INSERT INTO ledger_yearclosing (fund_id, year, closed_at, by_id, statement_id)
        SELECT fund_id, year, now(), by_id, (SELECT max(id) FROM ledger_closingstatement) FROM ledger_yearclosing""",
    ],
    # The earmarks of a new fund, before any account.
    "ledger_earmark_once": [
        *fund_row(),
        *["INSERT INTO ledger_earmark (fund_id, programme, label) SELECT max(id), 'a', '' FROM ledger_fund"] * 2,
    ],
    "ledger_earmark_programme_code": [
        *fund_row(),
        "INSERT INTO ledger_earmark (fund_id, programme, label) SELECT max(id), '=1+1', '' FROM ledger_fund",
    ],
}


def run(statements: list[str], names: dict[str, object]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement.format(**names))
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


DECIDE = (
    "INSERT INTO ledger_batchdecision (batch_id, kind, digest, by_id, day, at, note) "
    "VALUES ('{submitted}', 'approve', 'x', {post}, '{day}', now(), '')"
)

ATTACKS |= {
    "ledger_account_once_per_household": [
        """INSERT INTO ledger_account (organisation_id, scope_path, fund_id, commodity_id, kind, programme, floor,
            balance, household_id)
        SELECT organisation_id, scope_path, fund_id, commodity_id, kind, programme, floor, 0, household_id
        FROM ledger_account WHERE kind = 'household'"""
    ],
    "ledger_account_household_where_received": account("household", LIVING),
    "ledger_order_once_per_decision": order_row(reference="reference"),
    "ledger_order_amount_positive": order_row(amount="0"),
    "ledger_order_delivery_known": order_row(delivery="'by post'"),
    "ledger_order_programme_code": order_row(programme="'=x'"),
    "ledger_order_plain_text": order_row(payee="'=1+1'"),
    "ledger_order_starts_planned": order_row(status="'paid'"),
    "ledger_order_steps": ["UPDATE ledger_paymentorder SET status = 'planned' WHERE id = '{cancelled}'"],
    "ledger_order_keeps_its_decision": ["UPDATE ledger_paymentorder SET amount_fen = 11 WHERE id = '{waiting}'"],
    "ledger_order_is_kept": ["DELETE FROM ledger_paymentorder WHERE id = '{planned}'"],
    "ledger_batch_bound_when_submitted": [
        "UPDATE ledger_payoutbatch SET status = 'submitted', digest = 'x' WHERE id = '{draft}'"
    ],
    "ledger_batch_keeps_its_nature": ["UPDATE ledger_payoutbatch SET number = 'x' WHERE id = '{draft}'"],
    "ledger_batch_starts_as_draft": [
        """INSERT INTO ledger_payoutbatch (id, organisation_id, scope_path, number, fund_id, status, day,
            prepared_by_id, digest)
        SELECT '{new}', organisation_id, scope_path, 'new', fund_id, 'settled', day, prepared_by_id, ''
        FROM ledger_payoutbatch WHERE id = '{draft}'"""
    ],
    "ledger_batch_steps": ["UPDATE ledger_payoutbatch SET status = 'draft', digest = '' WHERE id = '{sent}'"],
    "ledger_batch_approved_by_decision": ["UPDATE ledger_payoutbatch SET status = 'approved' WHERE id = '{submitted}'"],
    "ledger_batch_is_kept": ["DELETE FROM ledger_payoutbatch WHERE id = '{draft}'"],
    "ledger_line_order_once": line_row(order="{paid_order}", batch="{draft}"),
    "ledger_line_key_once": line_row(line_key="(SELECT line_key FROM ledger_batchline LIMIT 1)"),
    "ledger_line_number_once": line_row(line_no="1"),
    "ledger_line_as_ordered": line_row(more="1"),
    "ledger_line_of_draft": ["DELETE FROM ledger_batchline WHERE id = '{submitted_line}'"],
    "ledger_line_keeps_its_content": ["UPDATE ledger_batchline SET amount_fen = 999 WHERE id = '{draft_line}'"],
    "ledger_line_settled_with_answer": ["UPDATE ledger_batchline SET outcome = 'paid' WHERE id = '{draft_line}'"],
    "ledger_line_steps": ["UPDATE ledger_batchline SET outcome = '', settled_on = NULL WHERE id = '{line}'"],
    "ledger_line_starts_open": [line_row()[0].replace("'', ''", "'paid', ''")],
    "ledger_fundsum_follows_legs": ["UPDATE ledger_fundsum SET debit = debit + 1"],
    "ledger_paidsum_follows_lines": ["DELETE FROM ledger_paidsum"],
    "ledger_reached_follows_lines": [
        """INSERT INTO ledger_reached (organisation_id, household_id, year, source, programme, payments)
        SELECT organisation_id, household_id, year + 1, source, programme, payments FROM ledger_reached"""
    ],
    "ledger_decision_of_another": [DECIDE],
    "ledger_decision_is_kept": ["UPDATE ledger_batchdecision SET note = 'x'"],
    "ledger_bankfile_is_kept": ["UPDATE ledger_bankfile SET size = 0"],
    "ledger_resultfile_is_kept": ["DELETE FROM ledger_resultfile"],
    "ledger_resultfile_once": [
        """INSERT INTO ledger_resultfile (batch_id, vault_name, digest, day, at, by_id, paid_count, paid_fen,
            returned_count, returned_fen)
        SELECT batch_id, vault_name, digest, day, at, by_id, 0, 0, 0, 0 FROM ledger_resultfile"""
    ],
}

ATTACKS |= FUND_ATTACKS


def broken_by(statements: list[str], names: dict[str, object]) -> str:
    try:
        run(statements, names)
    except IntegrityError as error:
        return broken_rule(error)
    return "nothing"


def test_the_database_refuses(finance, second, approver):
    """Each attack is stopped by the rule it is named after, and leaves the books sound."""
    names = Books(finance, second, approver).names
    stopped = {rule: broken_by(attack, names | {"new": uuid4()}) for rule, attack in ATTACKS.items()}
    assert stopped == {rule: rule for rule in ATTACKS}
    assert set(ATTACKS) <= set(sentences())
    assert soundness().holds


def test_what_is_sound_of_the_new_rules_passes(finance, second, approver):
    """The control for levels, years and parts."""
    names = Books(finance, second, approver).names
    for sound in (
        # First: what waits for the end of a transaction waits in this one only until it is asked for once.
        mixed_order(("fund", 4), ("union", 6)),
        earmark("visit", rule_no="县政发〔2026〕1号"),
        earmark("living"),
        statement(),
        [*budget_line(), approval()],
        order_row(fund="{gifts}", amount="5"),
    ):
        assert broken_by(sound, names | {"new": uuid4()}) == "nothing"


def test_the_database_refuses_about_payouts_and_goods(finance, second, approver):
    names = situation(finance, second, approver)
    stopped = {rule: broken_by(attack, names | {"new": uuid4()}) for rule, attack in PAYOUT_ATTACKS.items()}
    assert stopped == {rule: rule for rule in PAYOUT_ATTACKS}
    assert set(PAYOUT_ATTACKS) <= set(sentences())
    assert soundness().holds


def test_every_rule_is_attacked():
    """No rule without an attack that shows it biting."""
    rules = set()
    for model in apps.get_app_config("ledger").get_models():
        rules |= {constraint.name for constraint in model._meta.constraints}
        rules |= {trigger.name for trigger in getattr(model._meta, "triggers", [])}
    rules -= {"ledger_transfer_holds"}  # asks six rules, each attacked under its own name
    # They move balances and sums: asked after by every other test.
    rules -= {"ledger_legs_move_balances", "ledger_lines_move_sums"}
    rules -= {"ledger_order_of_a_file_that_goes_on"}  # attacked where files are joined: hardship/test_joined_files.py
    assert rules - set(ATTACKS) - set(PAYOUT_ATTACKS) == set()


def test_what_is_sound_passes(finance, second, approver):
    """The control: the same statements with nothing wrong go through, so it is the rule that stops the others."""
    names = Books(finance, second, approver).names | {"new": uuid4()}
    run(transfer("debit cash 5", "credit source 5"), names)
    assert soundness().holds
    assert accounts.cash(Transfer.objects.get(key="attack").legs.first().account.fund).balance > 5
