"""Takes the demo company away again: every row, every file, every trace in the index. What is real stays."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.sessions.models import Session
from django.db import models, transaction

from harken.accounts.models import Brand, User
from harken.base.models import Lease, Switch
from harken.channels import doors
from harken.channels.files import file_path
from harken.channels.models import Channel, Dispatch
from harken.clocks.models import BusinessCalendar, Clock, Target
from harken.clocks.promises import forget_promises
from harken.demo.disbanding import count_in, disband
from harken.demo.forgetting import forget_facts, parts
from harken.demo.trickle import LEASE, STOPPED
from harken.inbox.intake.messages import indexed_text
from harken.inbox.models import Attachment, Conversation, Message, Tag
from harken.inbox.search import forget_messages
from harken.insight import changes
from harken.people.models import Person
from harken.team.models import Agent, Team
from harken.travel.actions.following import TAKEN_AWAY
from harken.travel.models import Telling, Trip
from harken.travel.reactions import ANSWER_IS_THERE


class WouldLockOut(Exception):
    """Nobody real could sign in as admin afterwards; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Removed:
    """How much was taken away, and which brands stay because something real speaks under their name."""

    conversations: int
    messages: int
    kept_brands: tuple[str, ...]


def remove_demo(*, anyway: bool = False) -> Removed:
    """Remove the whole demo in one transaction; without a demo it does nothing.

    Raises WouldLockOut where no real admin is there to go on (not with `anyway`).
    """
    admins = Agent.objects.filter(is_active=True, role=Agent.Role.ADMIN)
    if admins.filter(is_demo=True).exists() and not admins.filter(is_demo=False).exists() and not anyway:
        raise WouldLockOut(
            "Nobody but the demo's people could sign in as admin. Make an admin of your own first: "
            "harken createagent you@your.example --role admin"
        )
    with transaction.atomic():
        removed, files = _remove_rows()
        changes.renew()  # what was counted by day with the demo in it
        transaction.on_commit(lambda: _remove_files(files))
    doors.forget_doors()
    forget_promises()
    return removed


def _remove_rows() -> tuple[Removed, list[str]]:
    channels = list(Channel.objects.filter(is_demo=True).values_list("pk", flat=True))
    conversations = list(Conversation.objects.filter(channel__in=channels).values_list("pk", flat=True))
    messages = Message.objects.filter(channel__in=channels)
    files = list(
        Attachment.objects.filter(message__in=messages)
        .exclude(stored_as="")
        .values_list("stored_as", flat=True)
    )
    persons = list(
        Person.objects.filter(is_demo=True)
        .exclude(conversations__in=Conversation.objects.exclude(channel__in=channels))
        .values_list("pk", flat=True)
    )
    counted = Removed(len(conversations), messages.count(), ())
    _forget(messages)
    moments = list(messages.values_list("happened_at", flat=True))
    dispatches = list(Dispatch.objects.filter(channel__in=channels).values_list("pk", flat=True))
    count_in(conversations)
    trips = list(Trip.objects.filter(conversation__in=conversations).values_list("pk", flat=True))
    tellings = list(Telling.objects.filter(idea__is_demo=True).values_list("pk", flat=True))
    forget_facts(
        {
            "conversation": conversations, "channel": channels, "dispatch": dispatches, "person": persons,
            "trip": trips, "telling": tellings,
        }
    )  # fmt: skip
    Dispatch.objects.filter(channel__in=channels).exclude(changes=None).delete()
    Dispatch.objects.filter(channel__in=channels).update(after=None)  # parts would protect one another
    held = list(
        Conversation.objects.filter(pk__in=conversations, clock__isnull=False).values_list(
            "clock_id", flat=True
        )
    )
    Conversation.objects.filter(channel__in=channels).delete()
    _remove_clocks(held, moments)
    Target.objects.filter(is_demo=True).delete()
    Target.objects.filter(channel_id__in=channels).delete()
    Channel.objects.filter(pk__in=channels).delete()
    Lease.objects.filter(name__in=[LEASE, *(f"channel:{pk}" for pk in channels)]).delete()
    Switch.objects.filter(name=STOPPED).delete()
    Person.objects.filter(pk__in=persons).delete()
    Tag.objects.filter(is_demo=True, taggings=None).delete()
    Tag.objects.filter(name__in=[ANSWER_IS_THERE, TAKEN_AWAY], taggings=None).delete()  # made when needed
    disband()
    _remove_staff()
    Team.objects.filter(is_demo=True).delete()
    BusinessCalendar.objects.filter(is_demo=True).delete()
    kept = _remove_brands()
    # what is real now was shown to be so by use
    Person.objects.filter(is_demo=True).update(is_demo=False)
    Tag.objects.filter(is_demo=True).update(is_demo=False)
    return Removed(counted.conversations, counted.messages, kept), files


def _forget(messages: models.QuerySet[Message]) -> None:
    """Out of the search index, by the words they were put in with; deleted ones are out already."""
    rows = messages.filter(deleted_at=None).values_list("pk", "subject", "text")
    forget_messages([(pk, indexed_text(subject, text)) for pk, subject, text in rows])


def _remove_clocks(held: Collection[int], moments: Iterable[object]) -> None:
    """The clocks that conversations held, and earlier ones of theirs, told by the message that started them."""
    for part in parts(list(held)):
        Clock.objects.filter(pk__in=part).delete()
    in_use = Conversation.objects.filter(clock__isnull=False).values("clock_id")
    for part in parts(list(dict.fromkeys(moments))):
        Clock.objects.filter(started_at__in=part).exclude(pk__in=in_use).delete()


def _remove_staff() -> None:
    users = list(User.objects.filter(agent__is_demo=True).values_list("pk", "email"))
    names = {str(pk) for pk, _ in users}
    emails = [email for _, email in users]
    for session in Session.objects.iterator():
        if session.get_decoded().get("_auth_user_id") in names:
            session.delete()
    for log in (AccessAttempt, AccessFailureLog, AccessLog):
        log.objects.filter(username__in=emails).delete()
    User.objects.filter(pk__in=[pk for pk, _ in users]).delete()


def _remove_brands() -> tuple[str, ...]:
    """Brands under which something real speaks by now stay, and are real from now on."""
    kept = []
    for brand in Brand.objects.filter(is_demo=True):
        if brand.channels.exists() or brand.spaces.exists():
            Brand.objects.filter(pk=brand.pk).update(is_demo=False)
            kept.append(brand.name)
        else:
            brand.delete()
    return tuple(kept)


def _remove_files(names: Iterable[str]) -> None:
    for name in names:
        path = Path(file_path(name))
        path.unlink(missing_ok=True)
        if path.parent.is_dir() and not any(path.parent.iterdir()):
            path.parent.rmdir()
