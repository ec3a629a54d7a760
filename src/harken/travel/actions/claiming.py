"""Who asked elsewhere makes the topic their own: a key in their thread, once, and in a public thread a word said there."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.timezone import now

from harken.base import journal
from harken.community.actions.changing import NotAllowed, Overtaken
from harken.community.actions.claiming import take_over
from harken.community.models import Member
from harken.community.permissions import is_staff, may_write
from harken.inbox.actions.correcting import message_needs_no_answer
from harken.inbox.models import Message
from harken.travel.events import TopicClaimed
from harken.travel.models import Claim, ClaimWord, Trip

GOOD_FOR = timedelta(days=30)
MOST_WORDS = 20  # members who ask for a word of one public claim
_LETTERS = "bcdfghjkmnpqrstvwxz23456789"  # nothing that is taken for something else, and no words
_WORD = re.compile(rf"\bclaim-([{_LETTERS}]{{6}})\b", re.IGNORECASE)


def offer_claim(trip: Trip, *, at: datetime | None = None) -> str:
    """A new key for the asker of this trip, as the address they open. Only its digest is kept."""
    at = at or now()
    # 128 bits: nobody finds one by trying; no "_" or "-", which some networks take for markup
    key = secrets.token_hex(16)
    Claim.objects.create(trip=trip, digest=digest_of(key), made_at=at, expires_at=at + GOOD_FOR)
    return f"{settings.PUBLIC_URL.rstrip('/')}/community/claim/{key}/"


def digest_of(key: str) -> str:
    """What is kept of a key."""
    return hashlib.sha256(b"harken claim:" + key.encode()).hexdigest()


def claim_of(key: str) -> Claim | None:
    """The claim that this key belongs to, whatever its state; None for a key nobody was given."""
    found = Claim.objects.select_related("trip__topic__space", "trip__topic__author", "trip__conversation")
    return found.filter(digest=digest_of(key)).first()


def why_not(claim: Claim | None, *, by: Member | None = None, at: datetime | None = None) -> str:
    """Why this key opens nothing (any more), in words for who holds it; "" where it does."""
    if claim is None:
        return "This link does not fit any question. Copy the whole of it from your thread."
    asker = claim.trip.topic.author
    if claim.state == Claim.State.USED or asker.user_id is not None:
        if by is not None and by.pk in (claim.used_by_id, asker.pk):
            return "The question is yours already."
        return "This link has been used: the question belongs to an account here."
    if claim.expires_at <= (at or now()):
        return "This link is too old. Write in your thread, and our people send you a new one."
    if claim.trip.state == Trip.State.ENDED:
        return "The question has been taken back, so there is nothing left to take over."
    return ""


def claim_topic(claim: Claim, *, by: Member, at: datetime | None = None) -> Claim:
    """Take the topic over with the key from one's own thread. Where the thread is private the key is proof enough;
    where it is public, everybody could read it: then a word is given out, to be said in the thread.

    Raises NotAllowed for staff, Overtaken for a key that opens nothing any more.
    """
    at = at or now()
    with transaction.atomic():
        row = Claim.objects.select_for_update().get(pk=claim.pk)
        row.trip = claim.trip
        if why := why_not(row, by=by, at=at):
            raise Overtaken(why)
        if row.trip.is_private:
            _settle(row, by=by, at=at)
        else:
            _give_word(row, by=by, at=at)
    return row


def word_for(claim: Claim, member: Member | None) -> str:
    """What this member says in the public thread to prove that they asked; "" until they wanted it."""
    word = ClaimWord.objects.filter(claim=claim, member=member).values_list("word", flat=True).first()
    return f"claim-{word}" if word else ""


def hear_words(messages: Sequence[Message]) -> None:
    """The asker said a word in their thread: it is the member's who was given it (caller's transaction)."""
    for message in messages:
        said = _WORD.search(message.text)
        if said is None:
            continue
        found = (
            ClaimWord.objects.filter(
                word=said[1].lower(),
                claim__trip__conversation_id=message.conversation_id,
                claim__state=Claim.State.WAITING,
                claim__expires_at__gt=message.happened_at,
            )
            .select_related("claim__trip__topic__author", "claim__trip__asked", "member__user")
            .first()
        )
        if found is None or not _is_the_asker(message, found.claim.trip):
            continue
        try:
            with transaction.atomic():
                _settle(found.claim, by=found.member, at=message.happened_at)
        except NotAllowed:  # suspended or taken over meanwhile: their page says so
            continue
        if (
            len(message.text) < 120 and message.needs_reply
        ):  # the word and hardly more: nobody waits for an answer to it
            message_needs_no_answer(message, by=None, at=message.happened_at)


def _is_the_asker(message: Message, trip: Trip) -> bool:
    """In a public thread others speak too."""
    return trip.asked is not None and message.handle_id == trip.asked.handle_id


def _give_word(row: Claim, *, by: Member, at: datetime) -> None:
    if not may_write(by) or is_staff(by):
        raise NotAllowed("This is for the one who asked, with an account of their own.")
    if row.words.exclude(member=by).count() >= MOST_WORDS:
        raise NotAllowed(
            "Too many have tried to take this question over. Write in your thread; our people help."
        )
    word = "".join(secrets.choice(_LETTERS) for _ in range(6))
    ClaimWord.objects.get_or_create(claim=row, member=by, defaults={"word": word, "at": at})
    if row.state != Claim.State.WAITING:
        row.state = Claim.State.WAITING
        row.save(update_fields=["state"])


def _settle(row: Claim, *, by: Member, at: datetime) -> None:
    trip = row.trip
    take_over(trip.topic.author, by=by, is_same_person=not trip.is_private, at=at)
    row.state, row.used_by, row.used_at = Claim.State.USED, by, at
    row.save(update_fields=["state", "used_by", "used_at"])
    row.words.all().delete()
    journal.record(
        TopicClaimed(
            subject_id=trip.pk,
            scope_id=trip.conversation.channel_id,
            actor_id=by.user_id,
            at=at,
            conversation_id=trip.conversation_id,
            topic_id=trip.topic_id,
        )
    )
