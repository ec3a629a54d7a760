"""Whose stream it is: the session behind a cookie, the agent it belongs to, and the channels that agent may
see."""

from __future__ import annotations

from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib import auth
from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who may hear of changes. `channels` None: of all."""

    user_id: int
    session_key: str
    channels: frozenset[int] | None


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
    """The viewer behind a session; None when it is over, revoked, or not an active agent's. Reads the
    database."""
    if not session_key:
        return None
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user: Any = auth.get_user(request)  # checks that the password was not changed since
    agent = getattr(user, "agent", None) if user.is_authenticated and user.is_active else None
    if agent is None or not agent.is_active:
        return None
    return Viewer(user.pk, session_key, visible_channels(agent))


def visible_channels(agent: Any) -> frozenset[int] | None:
    """The ids of the channels whose conversations this agent may see; None: all."""
    from harken.inbox.permissions import channels_visible_to  # needs the apps

    if agent.is_admin:
        return None
    return frozenset(channels_visible_to(agent).values_list("id", flat=True))
