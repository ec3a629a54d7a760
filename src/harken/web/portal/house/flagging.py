"""Reporting a post or a member: a rule, and words if one likes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from harken.community.actions.changing import NotAllowed, NotUnderstood
from harken.community.actions.flagging import flag_member, flag_post
from harken.community.models import Member
from harken.community.queries.people import member_called
from harken.community.queries.ruling import current_rules
from harken.federation.reporting import server_to_tell, tell_their_server
from harken.web.access import for_members
from harken.web.portal.acting.acts import address, once, post_here, status_of, writer_of


@for_members
@require_http_methods(["GET", "POST"])
def flag(request: HttpRequest, post_id: int) -> HttpResponse:
    """Report a post."""
    post = post_here(request, post_id)
    page = {
        "post": post,
        "topic": post.topic,
        "back": address(post.topic, f"p{post.pk}"),
        "form_id": f"flag-{post.pk}",
        "their_server": server_to_tell(post),
    }

    def act(by: Member, rule: int, words: str) -> None:
        flag = once(lambda: flag_post(post, by=by, rule=rule, words=words))
        rules = current_rules()
        if request.POST.get("tell") == "1" and rules is not None:
            titles = {one.number: one.title for one in rules.rules.all()}
            tell_their_server(post, rule=titles.get(flag.rule, ""))

    return _page(request, page, act)


@for_members
@require_http_methods(["GET", "POST"])
def flag_profile(request: HttpRequest, member_slug: str) -> HttpResponse:
    """Report a member's name or profile."""
    about = member_called(member_slug)
    if about is None:
        raise Http404
    page = {"about": about, "back": f"/community/p/{about.slug}/", "form_id": f"flag-{about.slug}"}

    def act(by: Member, rule: int, words: str) -> None:
        once(lambda: flag_member(about, by=by, rule=rule, words=words))

    return _page(request, page, act)


def _page(
    request: HttpRequest, page: dict[str, Any], act: Callable[[Member, int, str], object]
) -> HttpResponse:
    rules = current_rules()
    why: Exception | None = None
    rule = request.POST.get("rule", "")
    if request.method == "POST":
        try:
            act(
                writer_of(request),
                int(rule) if rule.isdecimal() and len(rule) < 6 else 0,
                request.POST.get("words", ""),
            )
            return HttpResponseRedirect(f"{request.path}?said=1")
        except (NotAllowed, NotUnderstood) as refused:
            why = refused
    values = {
        "place": "house",
        "rules": list(rules.rules.all()) if rules else [],
        "typed": request.POST.get("words", ""),
        "rule": rule,
        "tells": request.POST.get("tell") == "1",
        "is_said": request.method == "GET" and request.GET.get("said") == "1",
        "problem": _(str(why)) if why else "",
        "problem_at": why.field if isinstance(why, NotUnderstood) else "",
        **page,
    }
    return render(request, "portal/house/flag.html", values, status=status_of(why) if why else 200)
