"""What every act of a member shares: who acts, on what, where it leads, and how a refusal is shown with nothing lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from harken.community.actions.changing import NotAllowed, NotUnderstood, Overtaken, TooMuch
from harken.community.actions.joining import join
from harken.community.models import Member, Post, Topic
from harken.community.permissions import May, may_in, posts_visible_to, topics_visible_to
from harken.web.portal.form_times import new_key

Found = TypeVar("Found")


def writer_of(request: HttpRequest) -> Member:
    """The member who acts; an agent becomes one by their first act."""
    known: Member | None = request.member  # type: ignore[attr-defined]  # set by AccessMiddleware, as below
    if known is not None:
        return known
    made = join(request.user)  # type: ignore[arg-type]  # signed in
    made.user = request.user  # type: ignore[assignment]  # with its agent, so that nothing is asked twice
    return made


def reader_of(request: HttpRequest) -> Member | None:
    """Through whose eyes is read; an agent who has not spoken yet reads as the member they would be."""
    if request.member is not None or request.agent is None:  # type: ignore[attr-defined]
        return request.member  # type: ignore[attr-defined]
    return Member(user=request.user)  # type: ignore[misc]  # never saved


def topic_here(request: HttpRequest, topic_id: int) -> Topic:
    """The topic, if this reader may see it."""
    found = (
        topics_visible_to(reader_of(request)).select_related("space", "author").filter(pk=topic_id).first()
    )
    if found is None:
        raise Http404
    return found


def post_here(request: HttpRequest, post_id: int, *, also_own_removed: bool = False) -> Post:
    """The post with its topic, if this reader may see it; `also_own_removed`: what they took away themselves too."""
    rows = Post.objects.select_related("topic", "topic__space", "author")
    found = rows.filter(pk__in=posts_visible_to(reader_of(request)).filter(pk=post_id).values("pk")).first()
    if found is None and also_own_removed and request.member is not None:  # type: ignore[attr-defined]
        found = rows.filter(pk=post_id, author=request.member, state=Post.State.REMOVED).first()  # type: ignore[attr-defined]
    if found is None:
        raise Http404
    return found


def may_here(request: HttpRequest, topic: Topic) -> May:
    """What who is signed in may do in this topic."""
    return may_in(topic, request.member, agent=request.agent)  # type: ignore[attr-defined]


def address(topic: Topic, anchor: str = "") -> str:
    """Where a topic stands, at a place in it."""
    return f"/community/t/{topic.pk}/{topic.slug}/" + (f"#{anchor}" if anchor else "")


def key_of(request: HttpRequest, member: Member) -> str:
    """The form's key as it is kept: nobody can take another member's."""
    return f"{member.pk}:{request.POST.get('key', '')[:40] or new_key()}"


def once(act: Callable[[], Found]) -> Found:
    """Does what two sendings of one form may do at the same moment: the second finds what the first kept."""
    try:
        return act()
    except IntegrityError:
        return act()


def status_of(why: Exception) -> int:
    """422: what was typed; 409: overtaken by somebody else; 429: more than their standing allows for now; 403: not theirs
    to do."""
    if isinstance(why, TooMuch):
        return 429
    return 422 if isinstance(why, NotUnderstood) else 409 if isinstance(why, Overtaken) else 403


def form_page(
    request: HttpRequest, topic: Topic, form: str, page: dict[str, Any], *, why: Exception | None = None
) -> HttpResponse:
    """One form on a page of its own under its topic: without a script, or when something has to be put right."""
    values = {
        "place": "questions",
        "topic": topic,
        "form_template": f"portal/_{form}.html",
        "may": may_here(request, topic),
        "key": request.POST.get("key", "")[:40] or new_key(),
        "problem": _(str(why)) if why else "",
        "problem_at": why.field if isinstance(why, NotUnderstood) else "",
        **page,
    }
    return render(request, "portal/act.html", values, status=status_of(why) if why else 200)


def act_and_return(
    request: HttpRequest, topic: Topic, act: Callable[[], object], *, anchor: str = ""
) -> HttpResponse:
    """Does it and leads back to its place in the topic; a refusal is said on a page with the way back."""
    try:
        act()
    except NotAllowed as why:
        page = {"place": "questions", "topic": topic, "problem": _(str(why)), "back": address(topic, anchor)}
        return render(request, "portal/refused.html", page, status=status_of(why))
    return HttpResponseRedirect(address(topic, anchor))
