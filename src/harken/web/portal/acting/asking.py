"""Asking: what may have been answered already is shown before anything is sent; nothing typed is lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from harken.base.joints import parted
from harken.community import policy, texts
from harken.community.actions.changing import NotAllowed, NotUnderstood
from harken.community.actions.choosing import have_same_question
from harken.community.actions.keeping import keep_draft
from harken.community.actions.writing import open_topic
from harken.community.models import Draft, Member, Post, Space, Topic
from harken.community.permissions import may_write, spaces_visible_to
from harken.community.queries.named import html_naming
from harken.community.queries.suggesting import suggest_topics
from harken.web.access import for_members
from harken.web.portal.agreeing import agreed_by_sending
from harken.web.portal.form_times import written

from .acts import address, key_of, new_key, once, reader_of, status_of, topic_here, writer_of

MOST_SUGGESTED = 3
SHORTEST = 6  # characters of a title from which it is looked up


@dataclass(frozen=True, slots=True)
class Suggested:
    """A topic that may answer it, with what solved it."""

    topic: Topic
    solution: Post | None

    @property
    def gist(self) -> str:
        return texts.gist_of(self.solution.html, longest=160) if self.solution else self.topic.gist

    @property
    def worked(self) -> tuple[int, int] | None:
        """(worked for, of how many who tried it), where enough have said so."""
        if self.solution is None:
            return None
        tried = [True] * self.solution.worked + [False] * self.solution.failed
        return policy.outcome_in_words(tried)


def suggested(member: Member | None, *, title: str, text: str) -> list[Suggested]:
    """What may answer this already; at most three."""
    title = title.strip()
    if len(title) < SHORTEST:
        return []
    found = suggest_topics(
        text[:4000], member=member, limit=MOST_SUGGESTED, title=title[: policy.LONGEST_TITLE]
    )
    return [Suggested(one.topic, one.topic.chosen) for one in found]


def has_solved(known: list[Suggested]) -> bool:
    """Whether one of them has its answer: of the others cannot be said that one has it now."""
    return any(one.solution is not None for one in known)


@for_members
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Ask a question or begin a discussion. `?space=` and `?title=` are filled in."""
    if request.method == "GET":
        return _page(request, _begun(request))
    typed: dict[str, Any] = {
        name: request.POST.get(name, "") for name in ("title", "text", "space", "tags", "kind")
    }
    do = request.POST.get("do", "ask")
    by = writer_of(request)
    if do == "preview":
        _keep(request, by)  # who looks and goes back finds it in the form
        return _page(request, typed, preview=html_naming(typed["text"]))
    if do == "draft":
        _keep(request, by)
        return HttpResponseRedirect("/community/ask/")
    if not request.POST.get("sure") and may_write(by):
        known = suggested(by, title=typed["title"], text=typed["text"])
        if known:
            _keep(request, by)
            return _page(request, typed, known=known, is_confirming=True)
    try:
        space = _space(by, typed["space"])
        if space is None:
            raise NotUnderstood("space", "Choose where it belongs.")
        topic = once(
            lambda: open_topic(
                space,
                by=by,
                title=typed["title"],
                text=typed["text"] or typed["title"],
                kind=typed["kind"] or Topic.Kind.QUESTION,
                tags=parted(typed["tags"]),
                key=key_of(request, by),
                how=written(request),
            )
        )
    except (NotAllowed, NotUnderstood) as why:
        _keep(request, by)
        return _page(request, typed, why=why)
    agreed_by_sending(request, by)
    return HttpResponseRedirect(address(topic))


def _begun(request: HttpRequest) -> dict[str, Any]:
    """What stands in the form at first: the draft, or what the address brings."""
    brought = {
        "title": request.GET.get("title", "")[: policy.LONGEST_TITLE],
        "space": request.GET.get("space", ""),
    }
    kind = request.GET.get("kind", "")
    kind = kind if kind in Topic.Kind.values else ""
    kept = Draft.objects.filter(member=request.member, topic=None).first() if request.member else None  # type: ignore[attr-defined]  # set by AccessMiddleware
    if kept is None or (brought["title"] and brought["title"] != kept.title):
        return {**brought, "text": "", "tags": "", "kind": kind}
    return {
        "title": kept.title,
        "text": kept.text,
        "space": brought["space"] or str(kept.space_id or ""),
        "tags": ", ".join(kept.tag_names),
        "kind": kind,
        "is_kept": True,
    }


def _page(
    request: HttpRequest, typed: dict[str, Any], *, why: Exception | None = None, **more: Any
) -> HttpResponse:
    spaces = list(
        spaces_visible_to(reader_of(request))
        .filter(is_open=True)
        .select_related("actor")
        .order_by("position", "id")
    )
    wanted = typed.get("space", "")
    chosen = next((s for s in spaces if wanted in (str(s.pk), s.slug)), None)
    page = {
        "place": "ask",
        "typed": typed,
        "spaces": spaces,
        "may_suggest": any(Topic.Kind.IDEA in one.kinds for one in spaces),
        "followed": [one for one in spaces if is_followed(one) and chosen in (None, one)],
        "space_id": chosen.pk if chosen else None,
        "key": request.POST.get("key", "")[:40] or new_key(),
        "has_solved": has_solved(more.get("known", [])),
        "problem": _(str(why)) if why else "",
        "problem_at": why.field if isinstance(why, NotUnderstood) else "",
        **more,
    }
    return render(request, "portal/ask.html", page, status=status_of(why) if why else 200)


def is_followed(space: Space) -> bool:
    """Whether what is written in a space (read with its actor) is sent to those who follow it elsewhere."""
    actor = getattr(space, "actor", None)
    return actor is not None and actor.is_on and space.audience == Space.Audience.EVERYONE


def _space(member: Member, wanted: str) -> Space | None:
    """The space that was chosen, by its number."""
    if not (wanted.isdecimal() and len(wanted) < 18):
        return None
    return spaces_visible_to(member).filter(pk=int(wanted)).first()


def _keep(request: HttpRequest, by: Member) -> None:
    keep_draft(
        by,
        text=request.POST.get("text", ""),
        title=request.POST.get("title", ""),
        space=_space(by, request.POST.get("space", "")),
        tags=parted(request.POST.get("tags", "")),
    )


@for_members
@require_POST
def ask_draft(request: HttpRequest) -> HttpResponse:
    """Keep the question that is being written, as it is written."""
    _keep(request, writer_of(request))
    return HttpResponse(status=204)


@for_members
@require_safe
def suggest(request: HttpRequest) -> HttpResponse:
    """What may answer `?q=` already, as a part of the page; empty where nothing fits."""
    known = suggested(reader_of(request), title=request.GET.get("q", ""), text=request.GET.get("text", ""))
    return render(request, "portal/_suggest.html", {"known": known, "has_solved": has_solved(known)})


@for_members
@require_POST
def answers_it(request: HttpRequest, topic_id: int) -> HttpResponse:
    """“This answers it”: the question is not asked again, one has it too, and its answer opens."""
    topic = topic_here(request, topic_id)
    by = writer_of(request)
    if topic.author_id != by.pk and may_write(by):
        have_same_question(topic, by=by)
    Draft.objects.filter(member=by, topic=None).delete()
    return HttpResponseRedirect(address(topic, f"p{topic.chosen_id}" if topic.chosen_id else ""))
