"""What was decided about somebody's own words: the rule, the reason, the way back; and taking a decision back."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from harken.community import judging
from harken.community.actions.appealing import appeal as make_appeal
from harken.community.actions.changing import NotAllowed, NotUnderstood
from harken.community.actions.undoing import reverse_decision
from harken.community.judging import Act
from harken.community.models import Appeal, Decision, Post
from harken.community.permissions import decisions_visible_to
from harken.web.access import for_members
from harken.web.portal.acting.acts import reader_of, status_of, writer_of

from .queue import may_moderate_here, moderator_of
from .words import ACTS, KINDS, by_whom


def _decision(request: HttpRequest, decision_id: int) -> Decision:
    found = (
        decisions_visible_to(reader_of(request))
        .select_related("post__topic__space", "about", "by")
        .filter(pk=decision_id)
        .first()
    )
    if found is None:
        raise Http404
    return found


@for_members
@require_http_methods(["GET", "POST"])
def decision(request: HttpRequest, decision_id: int) -> HttpResponse:
    """A decision about oneself, with the way back; a post appeals. Moderators see it too, to take it back."""
    found = _decision(request, decision_id)
    member = reader_of(request)
    is_mine = member is not None and member.pk is not None and found.about_id == member.pk
    why: Exception | None = None
    if request.method == "POST":
        try:
            make_appeal(found, by=writer_of(request), words=request.POST.get("words", ""))
            return HttpResponseRedirect(f"/community/house/decisions/{found.pk}/")
        except (NotAllowed, NotUnderstood) as refused:
            why = refused
    return _page(request, found, is_mine=is_mine, why=why)


@for_members
@require_POST
def reverse(request: HttpRequest, decision_id: int) -> HttpResponse:
    """Take a decision back, with a reason."""
    found, member = _decision(request, decision_id), moderator_of(request)
    try:
        reverse_decision(found, by=member, reason=request.POST.get("reason", ""))
    except (NotAllowed, NotUnderstood) as why:
        return _page(request, found, is_mine=False, why=why)
    return HttpResponseRedirect(f"/community/house/decisions/{found.pk}/")


def _page(request: HttpRequest, found: Decision, *, is_mine: bool, why: Exception | None) -> HttpResponse:
    post = found.post
    appeal = Appeal.objects.filter(decision=found).first()
    act = Act(found.act)
    may_appeal = (
        is_mine
        and appeal is None
        and found.undone_at is None
        and act not in (Act.KEEP, Act.MOVE)
        and now() - found.at <= judging.APPEAL_WITHIN
    )
    page = {
        "place": "house",
        "decision": found,
        "act": ACTS[act],
        "kind": KINDS.get(found.kind, found.kind),
        "by_whom": by_whom(found),
        "is_mine": is_mine,
        "appeal": appeal,
        "may_appeal": may_appeal,
        "may_edit": is_mine
        and post is not None
        and post.state != Post.State.REMOVED
        and act in (Act.ASK_EDIT, Act.HOLD),
        "may_reverse": not is_mine and found.undone_at is None and may_moderate_here(request),
        "typed": request.POST.get("words") or request.POST.get("reason") or "",
        "problem": _(str(why)) if why else "",
        "may_moderate": may_moderate_here(request),
    }
    return render(request, "portal/house/decision.html", page, status=status_of(why) if why else 200)
