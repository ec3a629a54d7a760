"""The community's frame around a page, for whoever reads it; and what lets a page be kept for readers unknown to us."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from harken.community.actions.reaching import is_reach_offered
from harken.community.models import Member
from harken.community.permissions import may_moderate
from harken.community.policy import Power
from harken.community.queries.people import has_news, voice_of
from harken.community.queries.readers import Reader, reader_of
from harken.web import folding
from harken.web.knowing import KNOWN_FOR, knows_news
from harken.web.tokens import form_token

from .agreeing import agreeing
from .around import Around, around_of
from .looks import VOICES, initials_of
from .words import clock_words

# Stands for a form's token in parts of a page that are kept; nobody outside can write it.
TOKEN_MARK = f"token-{secrets.token_hex(24)}"
KEEP = "X-Harken-Keep"  # names what a page shows; the front keeps it until one of these changes
VIEW = "X-Harken-View"  # names the topic that is read, and the member who reads; the front counts it


def reader(request: HttpRequest) -> Reader:
    """Which reader this is."""
    return reader_of(getattr(request, "member", None), agent=getattr(request, "agent", None))


def me_of(request: HttpRequest) -> dict[str, str] | None:
    """The face of who is signed in; None for nobody."""
    member: Member | None = getattr(request, "member", None)
    agent = getattr(request, "agent", None)
    if member is None and agent is None:
        return None
    name = member.name if member is not None else agent.name
    voice = "employee" if agent is not None or member is None else voice_of(member)
    me = {"name": name, "initials": initials_of(name), "look": VOICES[voice].name}
    if member is not None and agent is None and Power.ANSWER_ELSEWHERE in member.powers:
        me["queue"] = "/community/queue/"
    return me


def frame(request: HttpRequest, **values: Any) -> dict[str, Any]:
    """What the frame needs beside a page's own values; nothing that the page has said already is asked again."""
    around: Around = values.get("around") or around_of(reader(request))
    me = me_of(request)
    if me is not None and "has_news" not in values:
        member = getattr(request, "member", None)
        values["has_news"] = (
            knows_news(member.pk, has_news, known_for=values.pop("news_known_for", KNOWN_FOR))
            if member
            else False
        )
    return {
        "around": around,
        "company": around.company,
        "me": me,
        "moderates": me is not None
        and (getattr(request, "agent", None) is not None or may_moderate(getattr(request, "member", None))),
        "offers_reach": getattr(request, "agent", None) is None
        and is_reach_offered(getattr(request, "member", None)),
        "agree": agreeing(getattr(request, "member", None), around.versions),
        "here": request.get_full_path(),
        "languages": settings.LANGUAGES,
        "clock_words": clock_words(),
        **values,
    }


def answer(
    request: HttpRequest,
    template: str,
    *,
    keep: Iterable[str] = (),
    is_view_of: int = 0,
    status: int = 200,
    **values: Any,
) -> HttpResponse:
    """A whole page. `keep`: what it shows, where it may be kept for everybody who is not signed in. `is_view_of`: the
    topic of which it is a view, unless one of the company's people reads."""
    html: str = folding.page(template, frame(request, **values), request)
    if TOKEN_MARK in html:
        html = html.replace(TOKEN_MARK, form_token(request))
    response = HttpResponse(html, status=status)
    member, agent = getattr(request, "member", None), getattr(request, "agent", None)
    if keep and member is None and agent is None:
        response[KEEP] = " ".join(dict.fromkeys(keep))
    if is_view_of and agent is None:
        response[VIEW] = f"{is_view_of} {member.pk}" if member is not None else str(is_view_of)
    return response


def absolute(path: str) -> str:
    """An address as others may keep it."""
    return f"{settings.PUBLIC_URL.rstrip('/')}{path}"


def as_member(request: HttpRequest) -> Member | None:
    """Through whose eyes is read; an agent who has not spoken here yet reads as the member they would be."""
    member: Member | None = getattr(request, "member", None)
    if member is None and getattr(request, "agent", None) is not None:
        return Member(user=request.user)  # type: ignore[misc]  # never saved
    return member
