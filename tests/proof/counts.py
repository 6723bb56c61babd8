"""How much a proof does: little in the daily gate, much when CHUNYU_PROOF=full."""

import os


def count(gate: int, full: int) -> int:
    return full if os.environ.get("CHUNYU_PROOF") == "full" else gate
