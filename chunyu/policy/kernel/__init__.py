"""The second executor of the rules: the same tree as `interpret`, over columns of many households at once.

``decide_many(pack, facts, on) -> Results``
    Decides every household of `columns.Facts`; `Results[rule]` is a `Column`, `Results.programme(code)` says who is
    entitled to how much.
``prepare(...)``, ``blocks_of(...)``, ``decide_blocks(...)``
    The same in steps, for callers that keep the layout and change the rules.

How it works: `blocks` lays households out by size and people position by position; `plan` turns the rules into steps,
each different expression once; `evaluation` works steps out when they are asked for and lets go of them after their
last use; `truth`, `arithmetic`, `choosing` and `members` are the steps. Values that depend on the place alone are
worked out once for every place; a condition that a place switches off takes what hangs on it along.
"""

from chunyu.policy.kernel.blocks import Block, blocks_of
from chunyu.policy.kernel.deciding import Prepared, Results, decide_blocks, decide_many, needed_rules, prepare

__all__ = ["Block", "Prepared", "Results", "blocks_of", "decide_blocks", "decide_many", "needed_rules", "prepare"]
