"""How a long-running process looks after its memory."""

from __future__ import annotations

import gc

# Containers made and not yet freed before the collector looks for cycles; Python's own 700 are reached within a
# dozen messages of a batch, whose rows then are looked through again and again though none is garbage.
YOUNG = 5_000


def settle() -> None:
    """Say that this process is loaded: what is there now stays for good, and the collector passes it by.

    Without it each full collection walks over some hundred thousand objects of code and settings, a sixth of what
    taking in a message cost. Call it once, when everything is loaded; more than once does no harm.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 10, 10)
