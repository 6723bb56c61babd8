"""From the name of a broken rule to the sentence that the user reads."""

from contextlib import AbstractContextManager
from functools import cache

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chunyu.accounts.refusing import broken_rule, constraint_sentences, refusing_by

__all__ = ["broken_rule", "refusing", "sentences"]

TRIGGER_SENTENCES: dict[str, Promise] = {
    # Rooms above put their own rule on transfers under this name.
    "ledger_transfer_built_on": _(
        "Something rests on this transfer already, as the use of a grant that was reported: it cannot be reversed."
    ),
    "ledger_account_opens_empty": _("An account opens empty; only transfers move its balance."),
    "ledger_account_opens_in_its_earmark": _(
        "This fund is earmarked for other programmes. Choose a fund that serves this one."
    ),
    "ledger_account_moves_by_legs": _("A balance is moved by transfers only."),
    "ledger_account_keeps_its_nature": _("What an account stands for cannot be changed."),
    "ledger_account_is_kept": _("An account is never removed."),
    "ledger_earmark_before_money": _("The earmarks of a fund are fixed before it holds money. Open another fund."),
    "ledger_earmark_is_kept": _("Earmarks are neither changed nor removed."),
    "ledger_fund_keeps_its_nature": _("Source, document and year of a fund cannot be changed."),
    "ledger_fund_is_kept": _("A fund is never removed."),
    "ledger_fundsum_follows_legs": _("What a fund moved is summed by the database, from what was posted."),
    "ledger_paidsum_follows_lines": _("What was paid is summed by the database, from the lines of the batches."),
    "ledger_reached_follows_lines": _("Who was reached is told by the database, from the lines of the batches."),
    "ledger_line_starts_open": _("A line has no answer of the bank when it is put into a batch."),
    "ledger_leg_in_its_place": _("A posted transfer takes no further leg."),
    "ledger_leg_is_kept": _("What is posted is never changed. Reverse the transfer instead."),
    "ledger_transfer_is_kept": _("What is posted is never changed. Reverse the transfer instead."),
    "ledger_transfer_whole": _("The transfer is incomplete."),
    "ledger_transfer_balanced": _("Debits and credits of the transfer are not equal."),
    "ledger_transfer_in_one_programme": _("Money set aside for one programme cannot serve another."),
    "ledger_transfer_keeps_purpose": _("Earmarked money must stay within its source and its purposes."),
    "ledger_transfer_in_open_year": _(
        "The books of this fund are closed for that year. Post on a day of an open year."
    ),
    "ledger_transfer_mirrors": _("A reversal must mirror an original transfer."),
    "ledger_earmark_in_the_matrix": _("The earmark matrix does not let money of this source serve this use."),
    "ledger_earmark_states_its_rule": _("This use needs the number of the document that allows it."),
    "ledger_order_in_the_matrix": _("The earmark matrix does not let money of this source pay for this use."),
    "ledger_order_states_its_rule": _(
        "This source pays for this use only under a document. Choose a fund that states its number for the programme."
    ),
    "ledger_order_no_file_no_money": _("No file, no central money: this household is not on file."),
    "ledger_part_in_the_matrix": _("The earmark matrix does not let money of this source pay for this use."),
    "ledger_part_states_its_rule": _(
        "This source pays for this use only under a document. Choose a fund that states its number for the programme."
    ),
    "ledger_part_no_file_no_money": _("No file, no central money: this household is not on file."),
    "ledger_part_of_a_mixed_order": _("The parts of an order are written with it and are no more than it."),
    "ledger_part_of_one_payer": _("All parts of a payment are of funds of one organisation."),
    "ledger_part_of_aid_money": _("A mutual aid pool or a foundation pays on its own, not beside other funds."),
    "ledger_part_is_kept": _("The parts of an order cannot be changed. Cancel it and make another."),
    "ledger_order_has_its_parts": _("The parts of an order must be two or more and add up to it."),
    "ledger_transfer_in_one_book": _("Money does not pass from one book into another."),
    "ledger_transfer_level_by_level": _("Money changes levels only as its allocation says."),
    "ledger_transfer_next_year": _("Money is carried over into a later year of the same fund."),
    "ledger_allocation_is_posted": _("An allocation moves its money."),
    "ledger_allocation_is_kept": _("An allocation cannot be changed. Hand the money back instead."),
    "ledger_allocation_down_the_tree": _("Money is handed down to an organisation under the giver."),
    "ledger_allocation_carries_its_document": _(
        "The fund of the receiver carries the document number of the giver's fund or of the allocation."
    ),
    "ledger_allocation_step_is_kept": _("A step of an allocation cannot be changed."),
    "ledger_allocation_step_is_posted": _("A step of an allocation moves its money."),
    "ledger_allocation_step_in_its_order": _(
        "Money arrives, is refused or is taken back once; it is handed back after it arrived."
    ),
    "ledger_allocation_step_to_the_fen": _("What arrives is what was given, and no more comes back than arrived."),
    "ledger_allocation_arrives_by_another": _("Who handed the money down does not say that it arrived."),
    "ledger_statement_is_kept": _("A closing statement cannot be changed. Prepare another."),
    "ledger_statement_after_its_year": _("A year of the fund is closed when it is over."),
    "ledger_yearclosing_as_stated": _("A year is closed by the closing statement of its fund."),
    "ledger_yearclosing_by_another": _("You prepared this statement. Another person must close the year."),
    "ledger_yearclosing_leaves_nothing": _("Nothing may stand free, set aside or on its way in a closed year."),
    "ledger_budget_in_its_order": _("A supplement follows once everything before it is approved."),
    "ledger_budget_approved_by_another": _("You prepared this budget. Another person must approve it."),
    "ledger_budget_not_below_nothing": _("A budget plans something, and a supplement takes away no more than that."),
    "ledger_budget_approved_is_kept": _("An approved budget cannot be changed. Prepare a supplement."),
    "ledger_budget_lines_until_approved": _("The lines of an approved budget stay. Prepare a supplement."),
    "ledger_order_within_budget": _(
        "This year's budget for this source and use is used up. Prepare a supplement first."
    ),
    "ledger_part_within_budget": _(
        "This year's budget for this source and use is used up. Prepare a supplement first."
    ),
    "ledger_yearclosing_is_kept": _("A closed year stays closed."),
    "ledger_order_keeps_its_decision": _("What was decided cannot be changed. Cancel the order and make another."),
    "ledger_order_of_a_file_that_goes_on": _(
        "This file was joined to another one. Order the payment from the file that goes on."
    ),
    "ledger_order_starts_planned": _("A payment order begins as ready to pay."),
    "ledger_order_steps": _("A payment order cannot make this step."),
    "ledger_order_is_kept": _("A payment order is never removed. Cancel it instead."),
    "ledger_order_held_for_a_reason": _(
        "A payment is held for a reason, and while it is in no batch. Take it out of its batch first."
    ),
    "ledger_order_released": _("Something still holds this payment. Another person releases it first."),
    "ledger_hold_keeps_its_reason": _("Why a payment was held cannot be changed."),
    "ledger_hold_released_by_another": _("Whoever held a payment cannot release it. Another person must."),
    "ledger_hold_is_kept": _("A hold is never removed. Release it instead."),
    "ledger_finding_of_draft": _("What the checks found is bound to the batch when it is submitted."),
    "ledger_finding_is_kept": _("What the checks found is never changed."),
    "ledger_line_has_its_card": _("There is no card for this payment: it can only be paid in cash."),
    "ledger_line_in_cash_with_receipt": _("Cash counts as paid when there is a signed receipt."),
    "ledger_line_cleared": _("An unclear line is settled by a later result file, or by two people."),
    "ledger_receipt_by_two": _("Two different people hand over cash that was drawn for this line."),
    "ledger_receipt_is_kept": _("A receipt is never changed."),
    "ledger_clearing_by_two": _("Whoever found it in the statement cannot confirm it. Another person must."),
    "ledger_clearing_keeps_its_word": _("What was found in the statement cannot be changed. Drop it instead."),
    "ledger_clearing_is_kept": _("What was found in the statement is never removed."),
    "ledger_good_keeps_its_nature": _("What a good is cannot be changed. List another one."),
    "ledger_good_is_kept": _("A good is never removed. Close it instead."),
    "ledger_basket_keeps_its_nature": _("What a basket is for cannot be changed. Make another one."),
    "ledger_basket_is_kept": _("A basket is never removed. Close it instead."),
    "ledger_basket_content_is_kept": _("What is in a basket cannot be changed. Make another one."),
    "ledger_basket_filled_before_use": _("This basket is in use. Make another one."),
    "ledger_stock_by_two": _("The second person must be another one."),
    "ledger_stock_second_works_here": _("The second person must hold a post here, or above it, on that day."),
    "ledger_stock_moves_goods": _("A paper about goods belongs to a transfer of goods of its place."),
    "ledger_stock_movement_is_kept": _("A movement of goods is never changed. Enter another one."),
    "ledger_coupon_keeps_its_promise": _("What a coupon promises cannot be changed. Revoke it and make another."),
    "ledger_coupon_not_revoked_after_use": _("A coupon that was used or revoked stays as it is."),
    "ledger_coupon_is_kept": _("A coupon is never removed. Revoke it instead."),
    "ledger_redemption_as_promised": _("The coupon does not hold for this family, these goods and this day."),
    "ledger_redemption_is_kept": _("The use of a coupon is never taken back."),
    "ledger_batch_keeps_its_nature": _("Number, fund and preparer of a batch cannot be changed."),
    "ledger_batch_starts_as_draft": _("A batch begins as a draft."),
    "ledger_batch_steps": _("A batch cannot make this step."),
    "ledger_batch_approved_by_decision": _("A batch goes on only as a second person approved it."),
    "ledger_batch_is_kept": _("A batch is never removed. Dissolve it instead."),
    "ledger_line_keeps_its_content": _(
        "The lines of a batch cannot be changed. Take the line out of the draft instead."
    ),
    "ledger_line_of_draft": _("Lines can be put in or taken out only while the batch is being prepared."),
    "ledger_line_as_ordered": _("A line pays exactly what was ordered, from the fund of the batch."),
    "ledger_line_steps": _("The bank has already answered for this line."),
    "ledger_decision_of_another": _(
        "You had a hand in this batch or in one of its cases. Another person must approve it."
    ),
    "ledger_decision_is_kept": _("A decision is never changed."),
    "ledger_bankfile_is_kept": _("A bank file is never replaced."),
    "ledger_resultfile_is_kept": _("A result file is never replaced."),
}


@cache
def sentences() -> dict[str, "str | Promise"]:
    """Every named rule of the ledger's tables with its sentence."""
    return constraint_sentences("ledger") | TRIGGER_SENTENCES


def refusing(savepoint: bool = True) -> AbstractContextManager[None]:
    """Run a piece of work whole or not at all; a rule broken in it becomes a Refusal with the rule's own sentence.

    Without a `savepoint` the refusal undoes the whole transaction that the work is a part of.
    """
    return refusing_by(sentences, savepoint=savepoint)
