"""Proposals to rectification: from what a worker says to what was put right, and what came of it."""
