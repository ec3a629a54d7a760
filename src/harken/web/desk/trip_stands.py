"""Where a question that went into the community stands: for its page, and in one line for the customer panel."""

from __future__ import annotations

from typing import Any

from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from harken.clocks.models import Clock
from harken.community.circles import Step
from harken.community.invitation_words import handed_words
from harken.community.models import Asking, Topic
from harken.inbox.models import Conversation
from harken.travel.models import Trip


def stands_of(trip: Trip) -> dict[str, Any]:
    """Where a question that waits stands: who was asked or has it, and until when an answer is promised. The clock is
    the conversation's. Empty once there is an answer."""
    asking = Asking.objects.select_related("agent__user", "handed_by").filter(pk=trip.topic_id).first()
    if trip.state != Trip.State.ASKED or asking is None:
        return {}
    clock, words = trip.conversation.clock, []
    if nobody := nobody_answers(trip.topic):
        return {"words": [nobody], "due_at": None, "is_late": False}
    if asking.invited:
        asked = ngettext("%(n)s member asked", "%(n)s members asked", asking.invited)
        words.append(asked % {"n": asking.invited})
    if asking.handed_at is not None:
        words.append(handed_words(asking.handed_by.name if asking.handed_by else "", asking.handed_why))
    if asking.agent is not None:
        words.append(_("%(name)s has it") % {"name": asking.agent.name})
    elif asking.step >= Step.STAFF:
        words.append(_("ours to answer"))
    due_at = clock.due_at if clock is not None and clock.state == Clock.State.RUNNING else None
    return {
        "words": words or [_("with the community")],
        "due_at": due_at,
        "is_late": due_at is not None and due_at <= now(),
    }


def nobody_answers(topic: Topic) -> str:
    """Why no answer can come in the community any more; "" while one can."""
    if topic.state != Topic.State.OPEN:
        return _("the topic is closed there: answer it yourself")
    if not topic.space.is_open:
        return _("its space is closed there: answer it yourself")
    return ""


def trip_line(c: Conversation) -> dict[str, str]:
    """One line for the customer panel: how far the question has come; empty where it never went."""
    trip = (
        Trip.objects.filter(conversation=c)
        .select_related("topic__asking__handed_by", "topic__space")
        .order_by("-opened_at")
        .first()
    )
    if trip is None:
        return {}
    asking = getattr(trip.topic, "asking", None)
    if trip.state == Trip.State.ASKED and asking is not None and asking.handed_at is not None:
        who = asking.handed_by.name if asking.handed_by else ""
        return {"title": trip.topic.title, "words": handed_words(who, asking.handed_why)}
    words = {
        Trip.State.ASKED: nobody_answers(trip.topic) or _("waits for an answer"),
        Trip.State.ANSWERED: _("an answer is there: send it"),
        Trip.State.SENDING: _("its answer is on its way"),
        Trip.State.SENT: _("its answer is in the thread"),
        Trip.State.STUCK: _("its answer did not leave"),
        Trip.State.THANKED: _("thanked"),
        Trip.State.FAILED: _("it didn’t work for them"),
        Trip.State.ENDED: _("ended"),
    }[Trip.State(trip.state)]
    return {"title": trip.topic.title, "words": words}
