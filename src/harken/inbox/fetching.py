"""The lane that fetches what networks only linked: pictures and files at addresses that strangers wrote.

The one guarded way out is the only one used, under its rule for strangers' words (`media`): no private place, also not
by a redirect, no cookies, bounded in bytes and seconds. Nobody waits in a transaction: a row is claimed for some
minutes by a conditional write and settled by another, which finds nothing where the message was taken away meanwhile.

No host keeps others waiting: a drain is for one host that nobody else is at, chosen by lot among those that are due,
and takes a few of its files; the lane runs in several threads.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils.timezone import now

from harken.base import journal, work
from harken.base.net import http
from harken.base.net.errors import NetError, NotSent, RedirectRefused, Refused, TooLarge
from harken.channels.files import MOST_BYTES, remove_files, removed_on_failure, store_file, type_of

from . import linked
from .events import MessageChanged
from .intake.attachments import LANE
from .intake.recount import raise_version
from .models import Attachment

log = logging.getLogger(__name__)

MOST_OF_A_HOST = 4  # files in one drain, one after the other
MOST_HOSTS = 200  # among which the lot is drawn
SECONDS = 30.0  # for one file, redirects and all
CLAIM = timedelta(minutes=5)  # longer than a drain takes; then somebody else may take them up


@dataclass(frozen=True, slots=True)
class Came:
    """Its bytes."""

    content: bytes


@dataclass(frozen=True, slots=True)
class NotNow:
    """It may come later. `is_host`: nothing else would come from there now either."""

    asked: timedelta = timedelta()
    is_host: bool = False


@dataclass(frozen=True, slots=True)
class Never:
    """It won't come, and why."""

    problem: str


Outcome = Came | NotNow | Never


def fetch_due() -> int:
    """Fetch a few of the files that are due of one host; returns how many were settled or put off."""
    at = now()
    for host in _free_hosts(at):
        mine = _claim(host, at)
        if mine:
            return _fetch_all(mine)
    return 0


def _free_hosts(at: datetime) -> list[str]:
    due = Attachment.objects.filter(fetch_at__lte=at).values_list("fetch_host", flat=True)
    hosts = list(due.distinct()[:MOST_HOSTS])
    if not hosts:
        return []
    busy = Attachment.objects.filter(claimed_until__gt=at).values_list("fetch_host", flat=True)
    free = sorted(set(hosts) - set(busy))
    random.shuffle(free)  # in whatever order they came, each has the same chance
    return free


def _claim(host: str, at: datetime) -> list[Attachment]:
    """Some files of this host, ours for a while; none where another process was faster."""
    until = at + CLAIM
    is_free = Q(claimed_until=None) | Q(claimed_until__lte=at)
    due = Attachment.objects.filter(is_free, fetch_at__lte=at, fetch_host=host)
    ids = list(due.order_by("fetch_at", "pk").values_list("pk", flat=True)[:MOST_OF_A_HOST])
    with transaction.atomic():
        mine = [
            pk
            for pk in sorted(ids)
            if Attachment.objects.filter(is_free, pk=pk, fetch_at__lte=at).update(
                claimed_until=until, fetch_tries=F("fetch_tries") + 1
            )
        ]
    return list(Attachment.objects.filter(pk__in=mine).select_related("message").order_by("fetch_at", "pk"))


def _fetch_all(mine: Sequence[Attachment]) -> int:
    """One after the other, until the host says, or shows by its silence, that it has nothing for us now."""
    for number, row in enumerate(mine):
        outcome = _fetch(row)
        _settle(row, outcome, at=now())
        if isinstance(outcome, NotNow):
            for other in mine[number + 1 :]:
                if outcome.is_host:
                    _settle(other, outcome, at=now())
                else:  # this one took all the time there is; nothing is known of the others
                    _give_back(other)
            break
    return len(mine)


def _fetch(row: Attachment) -> Outcome:
    """Ask for it. Never raises: what nobody thought of is tried again like a server that is down."""
    try:
        answer = http.fetch(row.url, timeout=SECONDS, max_bytes=MOST_BYTES)
    except TooLarge:
        return Never(linked.TOO_LARGE)
    except (Refused, RedirectRefused) as refusal:
        log.info("a linked file is not fetched: %s", refusal)
        return Never(linked.REFUSED)
    except NotSent:
        return NotNow(is_host=True)
    except NetError:
        return NotNow()
    except Exception:
        log.exception("attachment %s", row.pk)
        return NotNow()
    if answer.status in (404, 410):
        return Never(linked.GONE)
    if answer.status in (408, 425, 429) or answer.status >= 500:
        asked = linked.asked_to_wait(answer.headers, now())
        return NotNow(asked, is_host=answer.status in (429, 503))
    if answer.status != 200:
        return Never(linked.WITHHELD)
    return Came(answer.content) if answer.content else Never(linked.EMPTY)


def _settle(row: Attachment, outcome: Outcome, *, at: datetime) -> None:
    """Write what became of it, unless it is not ours any more: its message is gone, or our time was over."""
    if isinstance(outcome, NotNow):
        wait = linked.wait_after(row.fetch_tries, outcome.asked)
        if wait is not None:
            _ours(row).update(fetch_at=at + wait, claimed_until=None)
            return
        outcome = Never(linked.GIVEN_UP)
    stored = []
    if isinstance(outcome, Came):
        stored = [store_file(outcome.content)]
        fields = {
            "stored_as": stored[0],
            "size": len(outcome.content),
            "content_type": type_of(outcome.content, row.content_type),
            "problem": "",
        }
    else:
        fields = {"problem": outcome.problem}
    with transaction.atomic(), removed_on_failure(stored):
        is_ours = _ours(row).update(fetch_at=None, claimed_until=None, **fields)
        if is_ours:
            tell_changed(row)
    if not is_ours:
        remove_files(stored)


def _ours(row: Attachment):  # type: ignore[no-untyped-def]  # a QuerySet
    return Attachment.objects.filter(pk=row.pk, claimed_until=row.claimed_until)


def _give_back(row: Attachment) -> None:
    _ours(row).update(claimed_until=None, fetch_tries=F("fetch_tries") - 1)


def tell_changed(row: Attachment) -> None:
    """Its conversation shows it anew, wherever it is open (caller's transaction)."""
    message = row.message
    versions = raise_version([message.conversation_id])
    journal.record(
        MessageChanged(
            subject_id=message.conversation_id,
            version=versions[message.conversation_id],
            scope_id=message.channel_id,
            message_id=message.pk,
            what="file",
        )
    )


def fetch_again(row: Attachment) -> bool:
    """A person asks for one that was given up; False where it is here, on its way, or nowhere on the web."""
    if not linked.is_on_the_web(row.url):
        return False
    with transaction.atomic():
        lacking = Attachment.objects.filter(pk=row.pk, stored_as="", fetch_at=None)
        is_due = lacking.filter(message__deleted_at=None).update(
            fetch_at=now(), fetch_host=linked.host_of(row.url), fetch_tries=0, problem=""
        )
        if is_due:
            tell_changed(row)
            work.nudge(LANE)
    return bool(is_due)
