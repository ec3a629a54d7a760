"""One's own standing: what one has, why, and what comes next; and the few things to be done about it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from harken.community.actions.changing import NotAllowed
from harken.community.actions.powers import take_up_power
from harken.community.actions.super_users import answer_call, step_down
from harken.community.models import Member, Space, SuperUserCall
from harken.community.permissions import is_staff, spaces_visible_to
from harken.community.policy import Power
from harken.community.queries.standing import earned_by, known_by, people_helped, said_to, way_of
from harken.web.access import for_members

from .shown import band_words, known_rows, signed, step_rows, sum_rows, super_words, way_rows

HERE = "/community/me/standing/"


@for_members
@never_cache
@require_http_methods(["GET", "POST"])
def my_standing(request: HttpRequest) -> HttpResponse:
    """The page; a post does what its `do` says."""
    member: Member | None = request.member  # type: ignore[attr-defined]  # set by AccessMiddleware
    if request.method == "POST" and member is not None:
        try:
            _act(request, member)
        except NotAllowed as why:
            messages.error(request, _(str(why)))
        return HttpResponseRedirect(HERE)
    if member is None or is_staff(member):
        return render(request, "portal/standing_staff.html", {"place": "me"})
    found = earned_by(member)
    is_asked = found.call is not None and found.call.state == SuperUserCall.State.INVITED
    page = {
        "place": "me",
        "person": member,
        "found": found,
        "people": people_helped(member, reader=member),
        "credit": signed(found.row.credit),
        "frozen": signed(found.row.frozen) if found.row.frozen >= 0.05 else "",
        "quality_words": band_words(found.quality),
        "steps": step_rows(found.steps),
        "sum": sum_rows(found.row.parts),
        "known": known_rows(known_by(member, reader=member)),
        "way": way_rows(way_of(member)),
        "said": said_to(member),
        "super_rows": super_words(found),
        "is_asked": is_asked,
        "lounge": spaces_visible_to(member).filter(audience=Space.Audience.LOUNGE).first()
        if member.is_super_user
        else None,
    }
    return render(request, "portal/standing.html", page)


def _act(request: HttpRequest, member: Member) -> None:
    do = request.POST.get("do", "")
    if do == "take_up" and request.POST.get("power", "") in set(Power):
        take_up_power(member, Power(request.POST["power"]))
        messages.success(request, _("It is yours again."))
    elif do in ("yes", "no"):
        call = SuperUserCall.objects.filter(member=member, state=SuperUserCall.State.INVITED).first()
        if call is None:
            raise NotAllowed("There is no question open to you any more.")
        answer_call(call, by=member, is_yes=do == "yes")
        messages.success(
            request,
            _("Thank you. You are shown as a super user from now on.")
            if do == "yes"
            else _("Thank you for saying so. Nothing changes."),
        )
    elif do == "step_down":
        step_down(member)
        messages.success(
            request, _("You are shown as a customer like the others. Thank you for what you gave.")
        )
