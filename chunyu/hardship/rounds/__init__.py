"""Rounds of allocation: a planner shares earmarked funds out over everybody entitled, with reasons and a proof; a
second person publishes the round, and every line with an amount becomes an application."""
