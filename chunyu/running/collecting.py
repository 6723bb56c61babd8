"""How often Python looks for objects that nothing names any more but that name each other.

By its own measure it does so at every seven hundred new objects and walks through all older ones again and again: over
a batch of twenty thousand payments that was two fifths of the program's time, and found nothing. What is loaded when
a process begins stays until it ends, and is left out.
"""

import gc

NEW_OBJECTS = 50_000


def collect_seldom() -> None:
    """For a process that has loaded everything and begins its work."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, 20, 50)
