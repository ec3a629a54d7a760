"""Clearing out what the pages kept rendered: rows in an earlier look, threads that nobody opened for long."""

from __future__ import annotations

from django.utils.timezone import now

from .desk.rows import forget_old_rows
from .desk.threads import forget_old_threads


def forget_old() -> int:
    """One batch; returns how many were dropped. What is dropped is rendered again when somebody looks."""
    return forget_old_rows() + forget_old_threads(now=now())
