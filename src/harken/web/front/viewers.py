"""Whose stream it is: the session behind a cookie, the agent or member it belongs to, and what they may hear of."""

from __future__ import annotations

from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib import auth
from django.http import HttpRequest

from harken.base.live import OWN_KINDS, Change


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who may hear of changes. An agent: `channels`, None: of all. A member of the community: of topics of the
    `spaces` they may read, of the house's cases there if they moderate, and nothing of the desk."""

    user_id: int
    session_key: str
    channels: frozenset[int] | None
    spaces: frozenset[int] | None = None  # None: an agent, who reads everywhere
    member_id: int | None = None
    moderates: bool = False  # a member who hears of what waits for a look, in those spaces

    def may_hear(self, change: Change) -> bool:
        """Whether they may hear of it; of notices only of their own."""
        if change.kind in OWN_KINDS:
            return change.id == self.member_id
        return self.may_hear_with_others(change)

    def may_hear_with_others(self, change: Change) -> bool:
        """The same of what is told to all who see the same channels and spaces."""
        if self.spaces is not None:
            if change.kind == "house":  # without a space: profiles and rules
                return self.moderates and (change.scope_id is None or change.scope_id in self.spaces)
            return change.kind == "topic" and change.scope_id in self.spaces
        return change.is_visible_to(self.channels)


def session_key_of(cookie_header: str) -> str:
    """The session key in a Cookie header; "" without one."""
    if settings.SESSION_COOKIE_NAME not in cookie_header:
        return ""
    try:
        found = SimpleCookie(cookie_header).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        return ""
    return found.value if found else ""


def find_viewer(session_key: str) -> Viewer | None:
    """The viewer behind a session; None when it is over, revoked, or neither an active agent's nor a member's. Reads
    the database."""
    if not session_key:
        return None
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user: Any = auth.get_user(request)  # checks that the password was not changed since
    if not (user.is_authenticated and user.is_active):
        return None
    agent, member = getattr(user, "agent", None), getattr(user, "member", None)
    member_id = member.pk if member is not None else None
    if agent is not None and agent.is_active:
        return Viewer(user.pk, session_key, visible_channels(agent), member_id=member_id)
    if member is None or member.state == "gone":
        return None
    return Viewer(
        user.pk, session_key, frozenset(), visible_spaces(member), member_id, moderates=moderates(member)
    )


def moderates(member: Any) -> bool:
    """Whether this member looks at what waits."""
    from harken.community.permissions import may_moderate  # needs the apps

    return may_moderate(member)


def visible_spaces(member: Any) -> frozenset[int]:
    """The ids of the spaces that this member may read."""
    from harken.community.permissions import spaces_visible_to  # needs the apps

    return frozenset(spaces_visible_to(member).values_list("id", flat=True))


def visible_channels(agent: Any) -> frozenset[int] | None:
    """The ids of the channels whose conversations this agent may see; None: all."""
    from harken.inbox.permissions import channels_visible_to  # needs the apps

    if agent.is_admin:
        return None
    return frozenset(channels_visible_to(agent).values_list("id", flat=True))
