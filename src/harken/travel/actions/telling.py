"""What an answer's author hears of its trip: that it was posted, who thanked for it there, that it could not travel."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import override

from harken.channels.account import connector_of
from harken.community.actions.elsewhere import tell_travelled, word_thanks
from harken.community.models import Member
from harken.travel.models import Trip


def tell_author(trip: Trip, *, at: datetime) -> None:
    """One notice for each step that the author wants to know of (caller's transaction)."""
    if trip.answer is None or trip.state not in (Trip.State.SENT, Trip.State.STUCK):
        return
    with _tongue_of(trip.answer.author):
        if trip.state == Trip.State.STUCK:
            words = _("Your answer could not be posted where the question was asked. Our people look at it.")
        elif trip.is_private:
            words = _("Your answer has reached the one who asked, with your name as you chose it.")
        else:
            words = _("Your answer was posted where it was asked, on %(network)s, with your name as you chose it.") % {
                "network": _network(trip)
            }  # fmt: skip
    tell_travelled(
        trip.answer, words=words, key=f"trip:{trip.pk}:{trip.answer.pk}:{trip.state}:{trip.reply_id}", at=at
    )


def tell_thanks(trip: Trip) -> None:
    """The notice of thanks says where they were said."""
    if trip.answer is None or trip.is_private:
        return
    with _tongue_of(trip.answer.author):
        words = _("%(name)s thanked you, on %(network)s.")
    name = trip.topic.author.name
    word_thanks(trip.answer, from_=trip.topic.author, words=words % {"name": name, "network": _network(trip)})


def _network(trip: Trip) -> str:
    return connector_of(trip.conversation.channel).manifest.label


@contextmanager
def _tongue_of(member: Member) -> Iterator[None]:
    language = getattr(member.user, "language", "")
    if not language:
        yield
        return
    with override(language):
        yield
