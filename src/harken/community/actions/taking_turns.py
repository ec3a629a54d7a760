"""What several topics share is counted by one act after the other, so that none is left out of a count."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.db.models import QuerySet


def take_turn(rows: QuerySet[Any]) -> None:
    """Wait for whoever counts for these rows at this moment, before counting for them (caller's transaction; SQLite has one
    writer in any case). A topic is locked before its case, then tags, spaces, experts and members, each in the order of
    their ids: so nobody waits in a ring."""
    if connection.features.has_select_for_update:
        list(rows.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))
