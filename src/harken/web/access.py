"""Who may reach which page: every view says its class, the middleware enforces it, a test walks all routes.

What is seen *inside* a page (which conversations, which channels) is not decided here but in the queries.
A page one may not see answers exactly as a page that does not exist.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import urlencode

from harken.base import live
from harken.community.models import Member
from harken.team.models import Agent

from .unsent import BACK, keep_unsent

View = TypeVar("View", bound=Callable[..., HttpResponse])


class Access(StrEnum):
    """The classes of routes, from open to closed."""

    PUBLIC = "public"  # anybody, without a session
    READER = "reader"  # anybody; a member who is signed in is known (`request.member`)
    DOOR = "door"  # other machines; the view proves the caller itself (signature, token)
    MEMBER = "member"  # somebody signed in: a member, or an agent, who becomes one by speaking
    AGENT = "agent"  # a signed-in, active agent
    LEAD = "lead"  # a lead or an admin
    ADMIN = "admin"  # an admin


def _classified(access: Access) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.access = access  # type: ignore[attr-defined]  # read back by access_of
        return view

    return mark


public = _classified(Access.PUBLIC)
for_readers = _classified(Access.READER)
for_members = _classified(Access.MEMBER)
door = _classified(Access.DOOR)
for_agents = _classified(Access.AGENT)
for_leads = _classified(Access.LEAD)
for_admins = _classified(Access.ADMIN)


def access_of(view: Callable[..., Any]) -> Access | None:
    """The class of a view (or of a class-based view's class); None when nobody said."""
    found = getattr(view, "access", None) or getattr(getattr(view, "view_class", None), "access", None)
    return Access(found) if found else None


def may_reach(access: Access, agent: Agent | None, member: Member | None = None) -> bool:
    """Whether this agent or member (None: nobody signed in) may open a route of this class."""
    if access in (Access.PUBLIC, Access.READER, Access.DOOR):
        return True
    if access is Access.MEMBER:
        return agent is not None or member is not None
    if agent is None:
        return False
    return {Access.AGENT: True, Access.LEAD: agent.is_lead, Access.ADMIN: agent.is_admin}[access]


def agent_of(request: HttpRequest) -> Agent | None:
    """The active agent who is signed in, or None."""
    user = request.user
    if not user.is_authenticated:
        return None
    agent: Agent | None = getattr(user, "agent", None)
    if agent is None or not agent.is_active:
        return None
    agent.user = user  # so that the name costs no query
    return agent


def member_of(request: HttpRequest) -> Member | None:
    """The member who is signed in, or None; who left is nobody here."""
    user = request.user
    if not user.is_authenticated:
        return None
    member: Member | None = getattr(user, "member", None)
    if member is None or member.state == Member.State.GONE:
        return None
    member.user = user
    return member


class AccessMiddleware:
    """Sets `request.agent` and, on the community's pages, `request.member`; turns away who may not reach the view; refuses a view that nobody classified."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        access = access_of(view)
        if access is None:
            name = f"{view.__module__}.{getattr(view, '__qualname__', view)}"
            raise ImproperlyConfigured(
                f"{name} has no access class: decorate it with one of harken.web.access."
            )
        if access is Access.DOOR:
            return None
        request.live_since = live.position()  # type: ignore[attr-defined]  # before anything is read
        request.agent = agent_of(request) if access is not Access.PUBLIC else None  # type: ignore[attr-defined]
        is_community = access in (Access.READER, Access.MEMBER)
        request.member = member_of(request) if is_community else None  # type: ignore[attr-defined]
        if may_reach(access, request.agent, request.member):  # type: ignore[attr-defined]
            return None
        if request.agent is None:  # type: ignore[attr-defined]
            return to_sign_in(request, BACK if access is Access.MEMBER and keep_unsent(request) else "")
        raise Http404


def to_sign_in(request: HttpRequest, back: str = "") -> HttpResponse:
    """Leads to the sign-in page and back, or to `back`; a fragment's request makes the whole page go there."""
    is_fragment = request.headers.get("HX-Request") == "true"
    came_from = back or (
        request.headers.get("HX-Current-URL", "") if is_fragment else request.get_full_path()
    )
    if is_fragment and not back:
        came_from = "/" + came_from.split("://", 1)[-1].partition("/")[2]
    where = (
        f"{settings.LOGIN_URL}?{urlencode({'next': came_from})}"
        if came_from not in ("", "/")
        else settings.LOGIN_URL
    )
    if is_fragment:
        answer = HttpResponse(status=401)
        answer["HX-Redirect"] = where
        return answer
    return HttpResponseRedirect(where)
