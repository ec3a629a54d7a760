"""Who reads: the few kinds of readers whose statements differ, and how a kept statement is run for one of them."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from harken.accounts.models import User
from harken.base import sql, statements
from harken.base.statements import slot
from harken.community.models import Member, Space, Topic
from harken.community.permissions import is_staff, spaces_visible_to, topics_visible_to
from harken.team.models import Agent

# Stands in a queryset for a moment that is given with each call, as `slot` does for a number.
AT = datetime(1971, 9, 7, 1, 2, 3, 456_789, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who reads: nobody known, a member, a super user, one of the company's people."""

    kind: str  # nobody | member | super_user | staff; also the part of a statement's key
    member_id: int = 0

    @property
    def stand_in(self) -> Member | None:
        """A member of this kind for the permissions' querysets; its id is a slot."""
        if self.kind == "nobody":
            return None
        user = User()
        if self.kind == "staff":
            user.agent = Agent(is_active=True)  # type: ignore[attr-defined]  # the reverse of a key
        return Member(pk=slot(), user=user, is_super_user=self.kind == "super_user")

    def spaces(self) -> QuerySet[Space]:
        """The spaces they may read, for a statement that is kept."""
        return spaces_visible_to(self.stand_in)

    def topics(self) -> QuerySet[Topic]:
        """The shown topics they may read, for a statement that is kept."""
        return topics_visible_to(self.stand_in).filter(is_shown=True)


NOBODY = Reader("nobody")


def reader_of(member: Member | None, *, agent: Agent | None = None) -> Reader:
    """Which reader a signed-in member or agent is; an agent reads as staff before they have spoken here."""
    if agent is not None or is_staff(member):
        return Reader("staff", member.pk if member else 0)
    if member is None or member.state != Member.State.ACTIVE:
        return Reader("nobody") if member is None else Reader("nobody", member.pk)
    return Reader("super_user" if member.is_super_user else "member", member.pk)


def kept(
    key: Hashable, make: Callable[[], QuerySet[Any]], *given: int, at: datetime | None = None
) -> tuple[str, list[Any]]:
    """A statement kept under a key with its parameters: `slot(n)` is the n-th of `given`, `AT` is `at`."""
    text, params = statements.text(key, make)
    stands_for_at = connection.ops.adapt_datetimefield_value(AT)
    return text, [
        given[slot() - one]
        if isinstance(one, int) and one <= slot()
        else sql.stamp(at)
        if one == stands_for_at
        else one
        for one in params
    ]
