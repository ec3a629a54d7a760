"""What an answer's author hears of its trip: that it was posted, who thanked for it there, that it could not travel."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_noop

from harken.channels.account import connector_of
from harken.community import notice_words
from harken.community.actions.elsewhere import tell_travelled, word_thanks
from harken.travel.models import Trip

STUCK = gettext_noop("Your answer could not be posted where the question was asked. Our people look at it.")
REACHED = gettext_noop("Your answer has reached the one who asked, with your name as you chose it.")
POSTED = gettext_noop(
    "Your answer was posted where it was asked, on %(network)s, with your name as you chose it."
)
THANKED = gettext_noop("%(name)s thanked you, on %(network)s.")


def tell_author(trip: Trip, *, at: datetime) -> None:
    """One notice for each step that the author wants to know of (caller's transaction)."""
    if trip.answer is None or trip.state not in (Trip.State.SENT, Trip.State.STUCK):
        return
    if trip.state == Trip.State.STUCK:
        said = notice_words.said(STUCK)
    elif trip.is_private:
        said = notice_words.said(REACHED)
    else:
        said = notice_words.said(POSTED, network=_network(trip))
    tell_travelled(
        trip.answer, said=said, key=f"trip:{trip.pk}:{trip.answer.pk}:{trip.state}:{trip.reply_id}", at=at
    )


def tell_thanks(trip: Trip) -> None:
    """The notice of thanks says where they were said."""
    if trip.answer is None or trip.is_private:
        return
    said = notice_words.said(THANKED, name=trip.topic.author.name, network=_network(trip))
    word_thanks(trip.answer, from_=trip.topic.author, said=said)


def _network(trip: Trip) -> str:
    return connector_of(trip.conversation.channel).manifest.label
