"""Ideas and the desk: which ideas a conversation counts for, and the one word to everybody who wanted one."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language_info, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from harken.community.models import Idea
from harken.community.queries.ideas import where_wanted
from harken.community.weighing import Status
from harken.inbox.actions.changing import NotAllowed
from harken.inbox.models import Conversation
from harken.inbox.permissions import conversations_visible_to
from harken.team.models import Agent
from harken.travel.actions.answering_ideas import (
    approve_telling,
    count_customer,
    count_customer_no_more,
    recipients_of,
    stop_telling,
    text_for,
    write_telling,
)
from harken.travel.models import Telling, Told, Wanting
from harken.web.access import for_agents
from harken.web.portal.ideas.shown import places, shown

from .looks import look_of

OFFERED = 50  # open ideas to choose from
SHOWN = 200  # of those who are told, each with what became of it
STATES = {
    Told.State.WAITING: gettext_lazy("waits"),
    Told.State.SENT: gettext_lazy("on its way"),
    Told.State.HERE: gettext_lazy("has a notice in the community"),
    Told.State.COULD_NOT: gettext_lazy("could not be told"),
}


def idea_part(conversation: Conversation) -> dict[str, Any]:
    """Which ideas this customer counts for, and which there are."""
    counted = list(
        Idea.objects.filter(
            pk__in=Wanting.objects.filter(conversation=conversation).values("idea_id")
        ).select_related("topic")
    )
    open_ones = (
        Idea.objects.filter(merged_into=None, topic__is_shown=True)
        .exclude(status__in=[Status.DONE, Status.NOT_DONE])
        .exclude(pk__in=[one.pk for one in counted])
    )
    return {
        "counted": counted,
        "open": list(open_ones.select_related("topic").order_by("-people", "-id")[:OFFERED]),
    }


@for_agents
@require_POST
def want(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Count this customer for an idea, or no more (`do=back`)."""
    agent: Agent = request.agent  # type: ignore[attr-defined]  # set by AccessMiddleware
    c = get_object_or_404(conversations_visible_to(agent).select_related("channel"), pk=conversation_id)
    number = request.POST.get("idea", "")
    idea = Idea.objects.filter(pk=int(number)).first() if number.isdecimal() and len(number) < 18 else None
    if idea is None:
        messages.error(request, _("Choose an idea."))
    elif request.POST.get("do") == "back":
        count_customer_no_more(c, idea=idea)
        messages.info(request, _("They do not count for it any more."))
    else:
        count_customer(c, idea=idea, by=agent)
        messages.info(request, _("They count for it, and hear what becomes of it."))
    return HttpResponseRedirect(f"/desk/c/{c.pk}/community/#ideas")


@for_agents
@require_http_methods(["GET", "POST"])
def idea(request: HttpRequest, idea_id: int) -> HttpResponse:
    """Who wanted an idea, and the word to all of them; `do` is write, approve or stop."""
    agent: Agent = request.agent  # type: ignore[attr-defined]  # as above
    found = (
        Idea.objects.select_related("topic__space", "team", "owner__user", "word_by")
        .filter(pk=idea_id)
        .first()
    )
    if found is None:
        raise Http404
    if request.method == "GET":
        return _page(request, found)
    telling = _newest(found)
    do = request.POST.get("do", "")
    try:
        if do == "write":
            texts = {name[5:]: text for name, text in request.POST.items() if name.startswith("text-")}
            write_telling(found, by=agent, texts={n: t.replace("\r\n", "\n") for n, t in texts.items()})
            messages.info(request, _("Kept. A second person reads it, then it goes."))
        elif telling is None:
            raise NotAllowed(_("Write first what they are told."))
        elif do == "approve":
            approve_telling(telling, by=agent)
            messages.info(request, _("On its way, some at a time. Each can be taken back until it leaves."))
        elif do == "stop":
            stop_telling(telling, by=agent)
            messages.info(request, _("Stopped. Who had not been told yet is not."))
    except NotAllowed as why:
        return _page(request, found, problem=_(str(why)), status=409)
    return HttpResponseRedirect(f"/desk/ideas/{found.pk}/")


def _newest(found: Idea) -> Telling | None:
    return (
        Telling.objects.filter(idea=found)
        .select_related("written_by__user", "approved_by__user", "idea__topic")
        .order_by("-pk")
        .first()
    )


def _page(request: HttpRequest, found: Idea, *, problem: str = "", status: int = 200) -> HttpResponse:
    agent: Agent = request.agent  # type: ignore[attr-defined]  # as above
    telling = _newest(found)
    conversations = recipients_of(found)
    languages = sorted({one.language for one in conversations if one.language} - {"en"})
    is_written = telling is not None and telling.state == Telling.State.WRITTEN
    typed = {name[5:]: text for name, text in request.POST.items() if name.startswith("text-")}
    texts = typed or (telling.texts if telling is not None and is_written else {})
    seen = conversations_visible_to(agent).values_list("pk", flat=True)
    told = (
        list(
            telling.told.filter(conversation__in=seen)
            .select_related("conversation__channel", "person")
            .order_by("pk")[:SHOWN]
        )
        if telling is not None
        else []
    )
    for row in told:
        row.words = STATES[Told.State(row.state)]  # type: ignore[attr-defined]  # for the page
        row.why = _(row.why) if row.why else ""
        row.network = look_of(row.conversation.channel).label  # type: ignore[attr-defined]  # as above
    page = {
        "place": "desk",
        "idea": found,
        "one": shown(found),
        "places": places(where_wanted(found)),
        "people": len(conversations),
        "telling": telling,
        "is_written": is_written,
        "previews": _previews(telling, conversations) if telling is not None and is_written else [],
        "fields": [
            {"language": name, "words": _language_words(name), "text": texts.get(name, "")}
            for name in ("", *languages)
        ],
        "begun": texts.get("") or _begun(found),
        "told": told,
        "may_write": Status(found.status).is_settled
        and (telling is None or telling.state in (Telling.State.WRITTEN, Telling.State.STOPPED)),
        "is_settled": Status(found.status).is_settled,
        "problem": problem,
    }
    return render(request, "desk/idea.html", page, status=status)


def _begun(found: Idea) -> str:
    words = _("You told us: %(said)s We did: %(did)s {link}") if found.status == Status.DONE else _(
        "You told us: %(said)s We won’t, because: %(did)s {link}"
    )  # fmt: skip
    return words % {"said": found.said, "did": found.did}


def _language_words(code: str) -> str:
    """What a language is called in the reader's own; its code where that is not known."""
    try:
        return str(get_language_info(code)["name_translated"]) if code else ""
    except KeyError:
        return code


def _previews(telling: Telling, conversations: list[Conversation]) -> list[dict[str, Any]]:
    """The very texts, each once, with how many read it and where."""
    found: dict[tuple[str, str], Counter[str]] = {}
    for one in conversations:
        language = one.language if one.language in telling.texts else ""
        where = found.setdefault((language, text_for(telling, one)), Counter())
        where[str(look_of(one.channel).label)] += 1
    return [
        {
            "language": language,
            "language_words": _language_words(language),
            "text": text,
            "count": where.total(),
            "networks": where.most_common(),
        }
        for (language, text), where in found.items()
    ]
