"""The verbs of the ledger. Each is one transaction, given who acts and the day."""

from chunyu.ledger.actions.funds import allocate, close_year, give_back, open_fund, receive, reverse

__all__ = ["allocate", "close_year", "give_back", "open_fund", "receive", "reverse"]
