"""Answers that go by themselves, answers that one of us checks, and a new link for who asked; from the desk."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from harken.community.actions.changing import NotAllowed, NotUnderstood
from harken.community.actions.checking import check_post
from harken.community.actions.joining import join
from harken.community.models import Post
from harken.inbox.actions.changing import NotAllowed as InboxNotAllowed
from harken.inbox.actions.replying import save_draft
from harken.inbox.models import Draft
from harken.team.models import Agent
from harken.travel import policy
from harken.travel.actions.asking import put_in_queue
from harken.travel.actions.claiming import offer_claim
from harken.travel.actions.planning import stop_departure
from harken.travel.models import Departure
from harken.web.access import for_agents

from .looks import look_of
from .travelling import back_to, conversation_here
from .trip_page import open_spaces, trip_of


@for_agents
@require_POST
def stop(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Stop an answer that would go by itself."""
    c = conversation_here(request, conversation_id)
    agent: Agent = request.agent  # type: ignore[attr-defined]  # set by AccessMiddleware
    number = request.POST.get("departure", "")
    found = Departure.objects.filter(pk=number if number.isdigit() else 0, trip__conversation=c).first()
    if found is None:
        raise Http404
    if stop_departure(found, by=agent):
        messages.info(request, _("Stopped. A person sends it, or nobody."))
    else:
        messages.error(request, _("It does not wait any more: see what became of it below."))
    return back_to(c)


@for_agents
@require_POST
def check(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Say that an answer is right as it stands, or take that back (`do=back`)."""
    c = conversation_here(request, conversation_id)
    agent: Agent = request.agent  # type: ignore[attr-defined]  # set by AccessMiddleware
    trip, number = trip_of(c), request.POST.get("post", "")
    post = (
        Post.objects.filter(pk=number, topic_id=trip.topic_id).first() if trip and number.isdigit() else None
    )
    if post is None:
        raise Http404
    try:
        check_post(post, by=join(agent.user), is_checked=request.POST.get("do") != "back")
    except NotAllowed as why:
        messages.error(request, _(str(why)))
    return back_to(c)


@for_agents
@require_POST
def queue(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Put a public post before the members who answer elsewhere, with its link, in one press."""
    c = conversation_here(request, conversation_id)
    agent: Agent = request.agent  # type: ignore[attr-defined]  # set by AccessMiddleware
    number = request.POST.get("space", "")
    space = open_spaces().filter(pk=number).first() if number.isdigit() else None
    if space is None:
        messages.error(request, _("Choose a space."))
        return back_to(c)
    network = str(look_of(c.channel).label)
    with translation.override(c.language or "en"):
        title = _("Somebody asks on %(network)s") % {"network": network}
        text = _("Their question stands in their own post; the link is beside this.")
    try:
        put_in_queue(
            c, by=agent, space=space, title=title, text=text, request_key=request.POST.get("key", "")
        )
    except (NotAllowed, InboxNotAllowed, NotUnderstood) as why:
        messages.error(request, _(str(why)))
    else:
        messages.info(request, _("It is with the members now. You see their answers here."))
    return back_to(c)


@for_agents
@require_POST
def offer(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Put a new link, by which the asker makes the topic theirs, into the reply that is being written."""
    c = conversation_here(request, conversation_id)
    agent: Agent = request.agent  # type: ignore[attr-defined]  # set by AccessMiddleware
    trip = trip_of(c)
    if trip is None or trip.topic.author.user_id is not None:
        raise Http404
    words = policy.in_language(policy.TELL_CLAIM, c.language).format(claim=offer_claim(trip))
    mode = "public" if c.is_public else "private"
    draft = (
        Draft.objects.filter(conversation=c, agent=agent, mode=mode).values_list("text", flat=True).first()
    )
    save_draft(c, by=agent, mode=mode, text=f"{draft}\n\n{words}" if draft else words)
    return HttpResponseRedirect(f"/desk/c/{c.pk}/")
