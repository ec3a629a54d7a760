"""Sessions in the database, as Django keeps them; reading one costs a single plain statement."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from harken.base import sql


class SessionStore(DatabaseStore):
    """Django's database sessions; only the reading is our own, since every page begins with it."""

    def load(self) -> dict[str, Any]:
        """The session's content; {} and no key for one that is over or never was."""
        found = sql.fetch(
            "SELECT session_data FROM django_session WHERE session_key = %s AND expire_date > %s",
            [self.session_key, sql.stamp(datetime.now(UTC))],
        )
        if not found:
            self._session_key = None
            return {}
        content: dict[str, Any] = self.decode(found[0][0])
        return content
