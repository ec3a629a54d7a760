"""How a member is asked, in their own language: the reason, the time that is left, the freedom. Never "only you"."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from harken.community.models import Invitation

LONGEST = 300


def first_name(name: str) -> str:
    return name.split()[0] if name.split() else name


def reason_words(invitation: Invitation) -> str:
    """Why this member, in a sentence."""
    count, about = invitation.like, invitation.about
    if invitation.why == "solved":
        return ngettext("You solved one about “%(about)s”.", "You solved %(n)s about “%(about)s”.", count) % {
            "n": count,
            "about": about,
        }
    if invitation.why == "answered":
        return ngettext(
            "You answered one about “%(about)s”.", "You answered %(n)s about “%(about)s”.", count
        ) % {"n": count, "about": about}
    if invitation.why == "wished":
        return _("You said that you know about “%(about)s”.") % {"about": about}
    if invitation.why == "like":
        return ngettext("You answered one like it.", "You answered %(n)s like it.", count) % {"n": count}
    return _("You have helped here lately.")


def left_words(due: datetime | None, at: datetime) -> str:
    """How much time is left."""
    if due is None or due <= at:
        return ""
    minutes = max(1, int((due - at).total_seconds() // 60))  # as the clock beside it says
    if minutes < 100:
        return ngettext("%(n)s minute is left", "%(n)s minutes are left", minutes) % {"n": minutes}
    hours = round(minutes / 60)
    return ngettext("%(n)s hour is left", "%(n)s hours are left", hours) % {"n": hours}


def freedom_words(left: str, others: int) -> str:
    """The time that is left, and that others were asked too."""
    if not others:
        return f"{left}." if left else ""
    too = ngettext("%(n)s other was asked", "%(n)s others were asked", others) % {"n": others}
    return _("%(left)s, and %(too)s.") % {"left": left, "too": too} if left else f"{too}."


def handed_words(name: str, why: str) -> str:
    """That a member handed a question to the company's people, and why; for these."""
    who = name or _("A member")
    if why:
        return _("%(name)s hands it to you: %(why)s") % {"name": who, "why": why}
    return _("%(name)s hands it to you.") % {"name": who}


def asked_words(invitation: Invitation, name: str, title: str, *, due: datetime | None, at: datetime) -> str:
    """The whole of a notice, in the language that is spoken now."""
    title = title if len(title) <= 120 else title[:119].rstrip() + "…"
    words = [
        _("%(name)s, somebody asks “%(title)s”.") % {"name": first_name(name), "title": title},
        reason_words(invitation),
        freedom_words(left_words(due, at), invitation.others),
    ]
    return " ".join(part for part in words if part)[:LONGEST]
