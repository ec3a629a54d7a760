"""Loads the demo company through the doors that real customers use, and has its staff answer by the inbox's own acts.

One transaction: there is either the whole demo or none of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import transaction
from django.utils.timezone import now as this_moment

from harken.channels.models import Channel
from harken.community.models import Topic
from harken.demo.border.archive import ArchivePlayer
from harken.demo.border.bluesky import BlueskyPlayer
from harken.demo.border.echo import EchoPlayer
from harken.demo.border.mail import MailPlayer
from harken.demo.border.mastodon import MastodonPlayer
from harken.demo.border.playing import Player, Stage
from harken.demo.company import company
from harken.demo.founding import SignIn, found_company
from harken.demo.gathering import SHOWN_MEMBER, gather, see_old_notices
from harken.demo.inviting import put_before_members
from harken.demo.proposing import propose_ideas
from harken.demo.script import build_script
from harken.demo.staging import Staging
from harken.demo.tidying import tidy
from harken.demo.viewing import open_topics
from harken.demo.visiting import visit_places
from harken.inbox.models import Conversation, Message

PLAYERS: dict[str, type[Player]] = {
    "archive": ArchivePlayer,
    "bluesky": BlueskyPlayer,
    "echo": EchoPlayer,
    "email": MailPlayer,
    "mastodon": MastodonPlayer,
}


class AlreadyLoaded(Exception):
    """The demo company is there; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was loaded, and how to sign in."""

    conversations: int
    messages: int
    sign_ins: tuple[SignIn, ...]


def is_loaded() -> bool:
    """Whether this install has the demo company."""
    return Channel.objects.filter(is_demo=True).exists()


def load_demo(
    *,
    now: datetime | None = None,
    seed: int = 1,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Loaded:
    """Load the company, its people and five weeks up to `now`. Raises AlreadyLoaded.

    `progress` is called with how many acts of how many are done. Nothing is dialled, nothing leaves the house.
    """
    if is_loaded():
        raise AlreadyLoaded("The demo company is loaded already. Remove it first: harken demo remove.")
    known = company()
    acts = build_script(now or datetime.now(UTC), seed)
    stage = Stage(known, {act.key: act for act in acts})
    players = {slug: PLAYERS[c.kind](c, stage) for slug, c in known.channels.items()}
    with transaction.atomic():
        tags = [tag for act in acts if act.kind == "tag" for tag in act.text.split(", ")]
        founded = found_company(known, player=players.__getitem__, tags=tags)
        at = now or this_moment()
        gathered = gather(founded.brands, founded.agents, now=at, sign_ins=founded.sign_ins)
        staging = Staging(stage, players, founded, gathered, now=at)
        staging.play(acts, progress=progress)
        tidy(stage, founded)
        propose_ideas(gathered, founded, now=at)
        visit_places(founded, now=at)
        put_before_members(gathered.members[SHOWN_MEMBER], now=at)
        see_old_notices(now=at)
        open_topics(now=at, seed=seed)
    progress(len(acts), len(acts))
    rows = Conversation.objects.filter(channel__is_demo=True)
    return Loaded(
        conversations=rows.count(),
        messages=Message.objects.filter(conversation__in=rows).count(),
        sign_ins=(*founded.sign_ins, *gathered.sign_ins),
    )


def counts() -> dict[str, int]:
    """How much of the demo there is, by what it is called."""
    found: dict[str, int] = defaultdict(int)
    for name, rows in (
        ("channels", Channel.objects.filter(is_demo=True)),
        ("conversations", Conversation.objects.filter(channel__is_demo=True)),
        ("messages", Message.objects.filter(channel__is_demo=True)),
        ("topics", Topic.objects.filter(is_demo=True)),
    ):
        found[name] = rows.count()
    return dict(found)
