"""The policy language, specified by example: what goes in, the formula, what comes out.

Each family of operators is a file with its `CHAPTER`. The tables are run through both executors (test_specification.py)
and printed as docs/reference/policy.md:

    .venv/bin/python -m tests.policy.spec
"""
