"""Community questions on the desk: what waits there, by the same clock, and who of us has it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from harken.community.actions.changing import NotAllowed
from harken.community.actions.taking import take_question
from harken.community.models import Member
from harken.community.permissions import topics_visible_to
from harken.team.models import Agent
from harken.web.access import for_agents

from .surroundings import forget_counts, surroundings_of


@for_agents
@require_POST
def take(request: HttpRequest, topic_id: int) -> HttpResponse:
    """Take a question, give it to a colleague (`agent=to`, `to` their id) or to nobody (`to` empty). `from`: only
    while it is still theirs to whom it was given, which is how that is undone."""
    me: Agent = request.agent  # type: ignore[attr-defined]  # set by AccessMiddleware
    as_staff = Member(user=request.user)  # type: ignore[misc]  # never saved; reads as the staff they are
    topic = topics_visible_to(as_staff).filter(pk=topic_id).first()
    if topic is None:
        raise Http404
    agent: Agent | None = me
    if request.POST.get("agent") == "to":
        to = request.POST.get("to", "")
        known = {str(one.id) for one in surroundings_of(me).colleagues}
        agent = Agent.objects.filter(pk=to, is_active=True).first() if to in known else None
    had = request.POST.get("from", "")
    said, before = "", 0
    try:
        before = take_question(
            topic, by=me, agent=agent, only_from=int(had) if had.isdecimal() and len(had) < 18 else None
        )
    except NotAllowed as why:
        said = _(str(why))
    forget_counts(me)
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(said, status=409 if said else 204)
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(
        back, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        back = "/desk/?view=community"
    elif said:
        messages.error(request, said)
    else:
        _tell(request, agent, before, is_undone=bool(had))
    return HttpResponseRedirect(back)


def _tell(request: HttpRequest, agent: Agent | None, before: int, *, is_undone: bool) -> None:
    """Who has it now, on the page that it was given from; from there it can be given back to who had it `before`."""
    if agent is None:
        said = _("Nobody of you has this question now.")
    elif agent == request.agent:  # type: ignore[attr-defined]  # set by AccessMiddleware
        said = _("This question is yours now.")
    else:
        said = _("%(name)s has this question now.") % {"name": agent.name}
    has = agent.pk if agent else 0
    is_news = has != before and not is_undone
    messages.info(request, said, extra_tags=f"{has} {before}" if is_news else "")
