"""The screens of the ledger: funds, payments in batches, and what was paid to whom."""
