"""“You said, we did” goes to everybody who said so, wherever they did: written by one, approved by another, each told once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext_noop

from harken.base import journal, work
from harken.channels.account import connector_of
from harken.community.actions.weighing import mark_told, want_from_elsewhere, who_of
from harken.community.addresses import link_to_topic
from harken.community.models import Idea
from harken.community.weighing import Status
from harken.inbox.actions.changing import NotAllowed, lock
from harken.inbox.actions.replying import send_reply
from harken.inbox.models import Conversation
from harken.team.models import Agent
from harken.travel.events import TellingTurned
from harken.travel.models import Telling, Told, Wanting
from harken.travel.policy import in_language

BATCH = 20  # told in one round of the lane
LONGEST = 2_000


def count_customer(conversation: Conversation, *, idea: Idea, by: Agent, at: datetime | None = None) -> bool:
    """This customer wants it too: counted in the community as one person of that network, without their words or
    name; whether that changed anything."""
    at = at or now()
    with transaction.atomic():
        row = lock(conversation.pk)
        made = Wanting.objects.get_or_create(idea=idea, conversation=row, defaults={"by": by, "at": at})[1]
        if made:
            want_from_elsewhere(idea, who=who_of(person=row.person_id), said_on=row.channel.connector, at=at)
    return made


def count_customer_no_more(conversation: Conversation, *, idea: Idea, at: datetime | None = None) -> bool:
    """They don't want it after all, or it was another idea. Who said so in another conversation too stays counted."""
    with transaction.atomic():
        row = lock(conversation.pk)
        if not Wanting.objects.filter(idea=idea, conversation=row).delete()[0]:
            return False
        if not Wanting.objects.filter(idea=idea, conversation__person_id=row.person_id).exists():
            want_from_elsewhere(
                idea, who=who_of(person=row.person_id), said_on=row.channel.connector, is_wanted=False, at=at
            )
    return True


def write_telling(idea: Idea, *, by: Agent, texts: Mapping[str, str], at: datetime | None = None) -> Telling:
    """Write what everybody is told, by language ("" for all others; "{link}" is filled). Nothing leaves before a
    second person approves it. Written again before that, it replaces what was written."""
    at = at or now()
    given = {language: text.strip() for language, text in texts.items() if text.strip()}
    if not given.get(""):
        raise NotAllowed(gettext_noop("Write what they are told."))
    if max(map(len, given.values())) > LONGEST:
        raise NotAllowed(gettext_noop("Keep it shorter: it goes to many people at once."))
    with transaction.atomic():
        idea = Idea.objects.select_for_update().get(pk=idea.pk)
        if not Status(idea.status).is_settled:
            raise NotAllowed(gettext_noop("Say first what became of the idea; then everybody is told."))
        open_one = Telling.objects.filter(idea=idea, state__in=["written", "approved"]).first()
        if open_one is not None and open_one.state == Telling.State.APPROVED:
            raise NotAllowed(gettext_noop("They are being told already."))
        if Telling.objects.filter(idea=idea, status=idea.status, state=Telling.State.DONE).exists():
            raise NotAllowed(gettext_noop("They were told already. What is new can be said below the idea."))
        telling = open_one or Telling(idea=idea)
        telling.status, telling.texts, telling.written_by, telling.written_at = idea.status, given, by, at
        telling.save()
        _record(telling, by=by, at=at, state="written")
    return telling


def approve_telling(telling: Telling, *, by: Agent, at: datetime | None = None) -> None:
    """A lead who did not write it lets it go; where nobody else works, the one who wrote it does."""
    at = at or now()
    if not by.is_lead:
        raise NotAllowed(gettext_noop("A lead lets this go: it reaches many people at once."))
    with transaction.atomic():
        row = Telling.objects.select_for_update().get(pk=telling.pk)
        if row.state != Telling.State.WRITTEN:
            raise NotAllowed(gettext_noop("This was decided already."))
        others = Agent.objects.filter(is_active=True, role__in=["lead", "admin"]).exclude(
            pk=row.written_by_id
        )
        if row.written_by_id == by.pk and others.exists():
            raise NotAllowed(gettext_noop("Somebody else reads it first."))
        row.state, row.approved_by, row.approved_at = Telling.State.APPROVED, by, at
        row.save(update_fields=["state", "approved_by", "approved_at"])
        Told.objects.bulk_create(_recipients(row), ignore_conflicts=True)
        _record(row, by=by, at=at, state="approved")
        work.nudge("tellings")


def stop_telling(telling: Telling, *, by: Agent, at: datetime | None = None) -> None:
    """Tell nobody further; who has not been told yet is not."""
    with transaction.atomic():
        row = Telling.objects.select_for_update().get(pk=telling.pk)
        if row.state not in (Telling.State.WRITTEN, Telling.State.APPROVED):
            raise NotAllowed(gettext_noop("This was decided already."))
        row.state = Telling.State.STOPPED
        row.save(update_fields=["state"])
        _record(row, by=by, at=at or now(), state="stopped")


def recipients_of(idea: Idea) -> list[Conversation]:
    """Where each person who said so on a network is told: the conversation in which they spoke last. One each."""
    found: dict[int, Conversation] = {}
    wanted = Wanting.objects.filter(idea__in=[idea.pk, *idea.merged.values_list("pk", flat=True)])
    rows = Conversation.objects.filter(pk__in=wanted.values("conversation_id")).select_related(
        "channel", "person", "brand"
    )
    for row in rows.order_by("is_archive", "-last_customer_at", "-pk"):
        found.setdefault(row.person_id, row)
    return list(found.values())


def _recipients(telling: Telling) -> list[Told]:
    here = set(
        telling.idea.wants.filter(said_on="", member__user__isnull=False).values_list("who", flat=True)
    )
    rows = []
    for conversation in recipients_of(telling.idea):
        is_here = who_of(person=conversation.person_id) in here
        state = Told.State.HERE if is_here else Told.State.WAITING
        rows.append(
            Told(telling=telling, person_id=conversation.person_id, conversation=conversation, state=state)
        )
    return rows


def missing_recipients(telling: Telling) -> list[Told]:
    """Who had said so when it was approved and has no row: rows that nobody has written yet."""
    told = set(telling.told.values_list("person_id", flat=True))
    asked = Wanting.objects.filter(at__lte=telling.approved_at)
    then = set(asked.values_list("conversation__person_id", flat=True))
    return [one for one in _recipients(telling) if one.person_id in then - told]


def tell_due() -> int:
    """Tell the next ones of what was approved, each in a transaction of its own; returns how many."""
    waiting = list(
        Told.objects.filter(state=Told.State.WAITING, telling__state=Telling.State.APPROVED)
        .order_by("telling_id", "pk")
        .values_list("pk", flat=True)[:BATCH]
    )
    for told_id in waiting:
        with transaction.atomic():
            row = (
                Told.objects.select_for_update(skip_locked=True, of=("self",))
                .filter(pk=told_id, state=Told.State.WAITING, telling__state=Telling.State.APPROVED)
                .select_related("telling__idea__topic", "telling__approved_by__user", "conversation__channel")
                .first()
            )
            if row is not None:
                _tell(row)
    for telling in Telling.objects.filter(state=Telling.State.APPROVED).exclude(
        told__state=Told.State.WAITING
    ):
        with transaction.atomic():
            if Telling.objects.filter(pk=telling.pk, state=Telling.State.APPROVED).update(
                state=Telling.State.DONE
            ):
                mark_told(telling.idea)
                _record(telling, by=None, at=now(), state="done")
    return len(waiting)


def text_for(telling: Telling, conversation: Conversation) -> str:
    """What this customer is told, in their language where it was written."""
    texts = {name: text for name, text in telling.texts.items() if name}
    words = in_language({**texts, "en": texts.get("en", telling.texts[""])}, conversation.language)
    link = link_to_topic(telling.idea.topic)
    return words.replace("{link}", link) if "{link}" in words else f"{words}\n{link}"


def _tell(told: Told) -> None:
    telling, conversation = told.telling, told.conversation
    window = connector_of(conversation.channel).manifest.reply_window
    last = conversation.last_customer_at
    if window is not None and (last is None or last + window < now()):
        told.state, told.why = Told.State.COULD_NOT, gettext_noop("The network lets us write only soon after the customer did.")  # fmt: skip
    else:
        assert telling.approved_by is not None  # it was approved
        try:
            with transaction.atomic():
                told.message = send_reply(
                    conversation,
                    by=telling.approved_by,
                    text=text_for(telling, conversation),
                    is_public=conversation.is_public,
                    request_key=f"told-{telling.pk}-{told.pk}",
                    is_notice=True,
                    assigns=False,
                )
            told.state = Told.State.SENT
        except NotAllowed as why:
            told.state, told.why = Told.State.COULD_NOT, str(why)[:300]
    told.save(update_fields=["message", "state", "why"])


def _record(telling: Telling, *, by: Agent | None, at: datetime, state: str) -> None:
    journal.record(
        TellingTurned(
            subject_id=telling.pk,
            actor_id=by.user_id if by else None,
            at=at,
            state=state,
            idea_id=telling.idea_id,
        )
    )
