"""What an agent does about a conversation and the community: asks for consent, asks there, sends an answer, uses a solution."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from harken.base.joints import parted
from harken.community.actions.changing import NotAllowed as CommunityNotAllowed
from harken.community.actions.changing import NotUnderstood
from harken.community.models import Post
from harken.inbox.actions.changing import NotAllowed
from harken.inbox.actions.replying import Changed, save_draft
from harken.inbox.models import Conversation, Draft, Message
from harken.inbox.permissions import conversations_visible_to
from harken.team.models import Agent
from harken.travel.actions.asking import Stopped, ask_consent, begin_trip, settle_consent
from harken.travel.actions.sending import send_answer
from harken.travel.models import Consent
from harken.travel.solved import solved_before
from harken.web.access import for_agents

from .trip_page import cleaned_words, community_page, open_spaces, trip_of

REFUSALS = (NotAllowed, CommunityNotAllowed, NotUnderstood)


def conversation_here(request: HttpRequest, conversation_id: int) -> Conversation:
    agent: Agent = request.agent  # type: ignore[attr-defined]  # set by AccessMiddleware
    found = (
        conversations_visible_to(agent)
        .filter(pk=conversation_id)
        .select_related("channel", "brand", "person", "handle", "clock")
        .first()
    )
    if found is None:
        raise Http404
    return found


@for_agents
@require_http_methods(["GET", "POST"])
def community(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """What the community has to do with this conversation. A POST asks it. "do" = look only shows what
    would be; clean does so with everything taken out that could tell who they are."""
    c = conversation_here(request, conversation_id)
    if request.method == "GET":
        return community_page(request, c)
    agent: Agent = request.agent  # type: ignore[attr-defined]  # as above
    typed = {name: request.POST.get(name, "") for name in ("space", "title", "text", "tags", "tell", "key")}
    is_confirmed = request.POST.get("confirmed") == "1"
    if request.POST.get("do") == "clean" and (cleaned := cleaned_words(c, typed["title"], typed["text"])):
        typed |= {"title": cleaned["title"], "text": cleaned["text"]}
    if request.POST.get("do") in ("look", "clean"):
        return community_page(request, c, typed=typed, is_looked=True, is_confirmed=is_confirmed)
    space = open_spaces().filter(pk=typed["space"] if typed["space"].isdigit() else 0).first()
    if space is None:
        return community_page(request, c, typed=typed, problem=_("Choose a space."), status=422)
    try:
        begin_trip(
            c,
            by=agent,
            space=space,
            title=typed["title"],
            text=typed["text"],
            tags=parted(typed["tags"]),
            request_key=typed["key"],
            is_confirmed=is_confirmed,
            tell=typed["tell"] if request.POST.get("tells") == "1" else "",
        )
    except Stopped as why:
        stops = [_(str(barrier)) for barrier in why.barriers]
        return community_page(request, c, typed=typed, stops=stops, is_confirmed=is_confirmed, status=409)
    except REFUSALS as why:
        return community_page(
            request, c, typed=typed, problem=_(str(why)), is_confirmed=is_confirmed, status=422
        )
    messages.info(request, _("The community is asked. You see its answers here."))
    return back_to(c)


@for_agents
@require_POST
def consent(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Ask the customer for their yes, or keep what a person read in the customer's own message."""
    c = conversation_here(request, conversation_id)
    agent: Agent = request.agent  # type: ignore[attr-defined]  # as above
    try:
        if request.POST.get("do") == "ask":
            ask_consent(
                c, by=agent, text=request.POST.get("text", ""), request_key=request.POST.get("key", "")
            )
            messages.info(request, _("The customer is asked. Their answer shows here."))
        else:
            found = Consent.objects.filter(conversation=c).select_related("conversation").first()
            if found is None:
                raise NotAllowed("The customer was not asked yet.")
            words = request.POST.get("message", "")
            message = Message.objects.filter(conversation=c, pk=words).first() if words.isdigit() else None
            state = "given" if request.POST.get("do") == "given" else "refused"
            settle_consent(found, state, words=message, by=agent)
    except (NotAllowed, ValueError) as why:
        messages.error(request, _(str(why)))
    return back_to(c)


@for_agents
@require_POST
def send(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Post an answer in the customer's thread, as it was previewed."""
    c = conversation_here(request, conversation_id)
    agent: Agent = request.agent  # type: ignore[attr-defined]  # as above
    trip = trip_of(c)
    number = request.POST.get("post", "")
    post = (
        Post.objects.filter(pk=number, topic_id=trip.topic_id).first() if trip and number.isdigit() else None
    )
    if trip is None or post is None:
        raise Http404
    text, version = request.POST.get("text", "").replace("\r\n", "\n"), request.POST.get("version", "")
    try:
        send_answer(
            trip,
            post=post,
            by=agent,
            text=text,
            request_key=request.POST.get("key", ""),
            seen_version=int(version) if version.isdigit() else None,
        )
    except Changed:
        said = _("Somebody spoke in the thread meanwhile. Read it, then send.")
        return community_page(request, c, problem=said, texts={post.pk: text}, status=409)
    except (NotAllowed, ValueError) as why:
        return community_page(request, c, problem=_(str(why)), texts={post.pk: text}, status=422)
    messages.info(request, _("On its way. It can be taken back in the thread until it leaves."))
    return HttpResponseRedirect(f"/desk/c/{c.pk}/")


@for_agents
@require_POST
def use(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Put a solution into the reply that is being written, below what stands there; nothing is sent."""
    c = conversation_here(request, conversation_id)
    agent: Agent = request.agent  # type: ignore[attr-defined]  # as above
    number = request.POST.get("topic", "")
    chosen = next((one for one in solved_before(c) if str(one.topic.pk) == number), None)
    if chosen is None:
        messages.error(request, _("This topic does not fit any more. Look again."))
        return back_to(c)
    mode = "public" if c.is_public else "private"
    draft = (
        Draft.objects.filter(conversation=c, agent=agent, mode=mode).values_list("text", flat=True).first()
    )
    save_draft(c, by=agent, mode=mode, text=f"{draft}\n\n{chosen.text}" if draft else chosen.text)
    return HttpResponseRedirect(f"/desk/c/{c.pk}/")


def back_to(c: Conversation) -> HttpResponse:
    return HttpResponseRedirect(f"/desk/c/{c.pk}/community/")
