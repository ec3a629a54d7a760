"""Coroutines in a thread of their own: a browser of another test may keep an event loop in the main thread."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def run_apart(work: Coroutine[Any, Any, T]) -> T:
    """asyncio.run in a thread of its own; returns or raises what the coroutine does."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()
