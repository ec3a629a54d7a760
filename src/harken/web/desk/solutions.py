"""Solutions to look at: what may no longer hold, why, and the three things that a person can say of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from harken.community.actions.changing import NotAllowed as CommunityNotAllowed
from harken.community.models import Outcome, Post
from harken.community.texts import words_of
from harken.inbox.actions.changing import NotAllowed
from harken.knowledge.actions.looking import confirm_solution, replace_answer, withdraw_solution
from harken.knowledge.models import Solution
from harken.knowledge.queries import solutions_to_look_at, solutions_withdrawn
from harken.team.models import Agent
from harken.web.access import for_agents

ON_A_PAGE = 20
MOST_WITHDRAWN = 10
MOST_WORDS = 3  # of what people said, for each
LIST = "/desk/solutions/"


@for_agents
@require_safe
def solutions(request: HttpRequest) -> HttpResponse:
    """What is doubted or stale, and what was withdrawn last, in six statements however many."""
    page = Paginator(solutions_to_look_at(), ON_A_PAGE).get_page(request.GET.get("page", "1"))
    rows = list(page)
    said, others = _said_of(rows), _other_answers(rows)
    shown = [_row(one, said.get(one.answer_id or 0, []), others.get(one.topic_id, [])) for one in rows]
    withdrawn = list(solutions_withdrawn()[:MOST_WITHDRAWN]) if page.number == 1 else []
    found = {"place": "desk", "rows": shown, "page": page, "withdrawn": withdrawn}
    return render(request, "desk/solutions.html", found)


@for_agents
@require_POST
def solution(request: HttpRequest, solution_id: int) -> HttpResponse:
    """A person's word on one of them: it still works, another answer does, or it is withdrawn."""
    agent: Agent = request.agent  # type: ignore[attr-defined]  # set by AccessMiddleware
    found = Solution.objects.filter(pk=solution_id).select_related("topic").first()
    if found is None:
        raise Http404
    do, number = request.POST.get("do", ""), request.POST.get("post", "")
    try:
        if do == "confirm":
            confirm_solution(found, by=agent)
            said = _("It counts as working again, from today.")
        elif do == "withdraw":
            withdraw_solution(found, by=agent)
            said = _("Withdrawn: it is not offered any more. The topic stays as it is.")
        elif do == "replace":
            post = Post.objects.filter(topic=found.topic, pk=number).first() if number.isdigit() else None
            if post is None:
                raise NotAllowed("Choose the answer that works now.")
            replace_answer(found, post=post, by=agent)
            said = _("The other answer is what solves it now. Its author is told.")
        else:
            raise Http404
    except (NotAllowed, CommunityNotAllowed) as why:
        messages.error(request, _(str(why)))
    else:
        messages.info(request, said)
    return HttpResponseRedirect(LIST)


def _row(one: Solution, said: list[Outcome], others: list[Post]) -> dict[str, Any]:
    return {
        "one": one,
        "is_stale": one.state == "stale",
        "text": words_of(one.answer.html)[:400] if one.answer else "",
        "reasons": [reason_words(reason) for reason in one.reasons],
        "said": said,
        "others": [(post.pk, f"{post.author.name}: {words_of(post.html)[:80]}") for post in others],
    }


def reason_words(reason: dict[str, Any]) -> str:
    """One reason of knowledge.policy.Reason, kept as data, as a sentence."""
    count = int(reason.get("count", 0))
    since = reason.get("since")
    day = date_format(localtime(datetime.fromisoformat(since)), _("j F Y")) if since else ""
    if reason["why"] == "failed":
        words = ngettext(
            "%(n)s person said since %(day)s that it doesn’t work",
            "%(n)s people said since %(day)s that it doesn’t work",
            count,
        )
        return words % {"n": count, "day": day}
    if reason["why"] == "version":
        words = _("%(version)s is spoken of; it was said to work with up to %(known)s")
        return words % {"version": reason.get("version", ""), "known": reason.get("known", "")}
    if reason["why"] == "edited":
        return _("changed on %(day)s, after it was chosen, and not tried since") % {"day": day}
    if reason["why"] == "age":
        return _("nobody has said since %(day)s that it works") % {"day": day}
    return ""


def _said_of(rows: Iterable[Solution]) -> dict[int, list[Outcome]]:
    """What people said for whom it failed, the newest first."""
    found: dict[int, list[Outcome]] = {}
    told = Outcome.objects.filter(
        post_id__in=[one.answer_id for one in rows if one.answer_id], worked=False
    ).exclude(words="")
    for outcome in told.select_related("member").order_by("-at"):
        if len(kept := found.setdefault(outcome.post_id, [])) < MOST_WORDS:
            kept.append(outcome)
    return found


def _other_answers(rows: Iterable[Solution]) -> dict[int, list[Post]]:
    """The other answers of these topics, the most thanked first."""
    chosen = {one.topic_id: one.answer_id for one in rows}
    found: dict[int, list[Post]] = {}
    posts = Post.objects.filter(topic_id__in=chosen, kind=Post.Kind.ANSWER, state=Post.State.SHOWN)
    for post in posts.select_related("author").order_by("-thanks", "-created_at"):
        if post.pk != chosen[post.topic_id]:
            found.setdefault(post.topic_id, []).append(post)
    return found
