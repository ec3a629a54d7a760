"""Mail to members, as they steer it: the link that proves an address, the one click that ends all of it, what they chose."""

from __future__ import annotations

import time
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from harken.community.letters import boxes, policy, tokens
from harken.community.models import LetterBox
from harken.web.access import for_readers

GROUPS = {
    policy.Group.SAID: (gettext_lazy("Answers and comments"), gettext_lazy("in what you asked, wrote in or follow")),
    policy.Group.NAMED: (gettext_lazy("Somebody names you"), ""),
    policy.Group.THANKS: (gettext_lazy("Thanks"), gettext_lazy("also: it solved it, it worked, it travelled")),
    policy.Group.INVITED: (gettext_lazy("Questions you could answer"), gettext_lazy("when we ask you")),
    policy.Group.DECIDED: (
        gettext_lazy("What became of it"),
        gettext_lazy("decisions, ideas, what you may do here"),
    ),
}  # fmt: skip
RHYTHMS = {
    policy.Rhythm.EACH: gettext_lazy("each time"),
    policy.Rhythm.DAILY: gettext_lazy("once a day"),
    policy.Rhythm.NONE: gettext_lazy("never"),
}


KNOWN_FOR = 5.0  # seconds: that a mailbox was connected
_known: list[tuple[float, bool]] = []


def _sends_mail() -> bool:
    """Whether this community has a mailbox at all; some seconds old."""
    if not _known or time.monotonic() - _known[-1][0] > KNOWN_FOR:
        _known[:] = [(time.monotonic(), boxes.channel_for() is not None)]
    return _known[-1][1]


def forget_mailbox() -> None:
    """Look anew (between tests)."""
    _known.clear()


def mail_of(request: HttpRequest) -> dict[str, Any] | None:
    """How mail stands for who is signed in, for their own page; None where this community sends none."""
    if not _sends_mail():
        return None
    member = request.member  # type: ignore[attr-defined]  # set by AccessMiddleware
    box = LetterBox.objects.filter(member=member).first() if member is not None else None
    chosen = box.rhythms if box else {}
    return {
        "box": box,
        "state": boxes.state_words(box, request.user.email),  # type: ignore[union-attr]  # signed in
        "groups": [
            {
                "name": group.value,
                "label": label,
                "hint": hint,
                "rhythm": policy.rhythm_of(_a_kind_of(group), chosen).value,
            }
            for group, (label, hint) in GROUPS.items()
        ],
        "rhythms": [(rhythm.value, words) for rhythm, words in RHYTHMS.items()],
    }


def _a_kind_of(group: policy.Group) -> str:
    return next(kind for kind, its in policy.GROUP_OF.items() if its is group)


def _page(request: HttpRequest, status: int = 200, **page: Any) -> HttpResponse:
    answer = render(request, "portal/mail.html", {"place": "me", **page}, status=status)
    answer["Referrer-Policy"] = "no-referrer"  # the address is the key
    return answer


def _gone(request: HttpRequest) -> HttpResponse:
    return _page(
        request,
        404,
        title=_("This link does not hold any more"),
        words=_("Sign in and look on your own page: a new one can be sent from there."),
        done=True,
    )


# The token is the proof for both: it stands in a mail to this address only. A GET changes nothing, because mail programs
# and their guards open links.
@for_readers
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_page(request: HttpRequest, confirm_token: str) -> HttpResponse:
    """Says that the address is theirs, by a button."""
    box = tokens.box_of_confirm(confirm_token, at=now())
    if box is None:
        return _gone(request)
    if request.method == "POST":
        boxes.confirm(box)
        return _page(
            request,
            title=_("Thank you"),
            words=_("%(email)s gets mail now when somebody answers you. What and how often, you choose.")
            % {"email": box.email},
            done=True,
        )
    return _page(
        request,
        title=_("Is this your address?"),
        words=_("%(email)s, to be told when somebody answers %(name)s.")
        % {"email": box.email, "name": box.member.name},
        button=_("Yes, it is mine"),
    )


@for_readers
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def off_page(request: HttpRequest, off_token: str) -> HttpResponse:
    """Ends all mail to a member: at once by a POST (RFC 8058, also by the mail program), by a button for people."""
    member = tokens.member_of_off(off_token)
    if member is None or member.user is None:
        return _gone(request)
    if request.method == "POST":
        boxes.turn_off(member)
        return _page(
            request,
            title=_("No more mail"),
            words=_("What others say to you stands under Notices, as ever."),
            done=True,
        )
    return _page(
        request,
        title=_("No more mail?"),
        words=_("All mail of this community to you ends. To get less instead, choose on your own page."),
        button=_("End all mail"),
        is_ending=True,
    )
