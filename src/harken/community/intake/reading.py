"""The channels of a batch as filing needs them, and who is behind an author's key."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from harken.channels.account import connector_of
from harken.channels.contract import Author, Connector
from harken.channels.models import Channel
from harken.community.actions.joining import meet_anew
from harken.community.admission import Newcomer
from harken.community.models import ExternalAuthor, Member, Post


@dataclass(frozen=True, slots=True)
class Line:
    """A channel of a space. `is_public`: what arrives can be read by anyone there, and may be shown here; else only
    members speak over it, and only those who are known to be them (letters)."""

    channel: Channel
    connector: Connector
    is_public: bool

    @property
    def id(self) -> int:
        return int(self.channel.pk)

    @property
    def network(self) -> str:
        return str(self.channel.connector)


def lines_of(channel_ids: Iterable[int]) -> dict[int, Line]:
    """The channels of a batch with a connector each; one query."""
    found = {}
    for channel in Channel.objects.filter(pk__in=set(channel_ids)).select_related("brand"):
        made = connector_of(channel)
        found[channel.pk] = Line(channel, made, made.manifest.is_public)
    return found


def member_behind(network: str, author: Author, *, is_demo: bool = False) -> Member:
    """The member who stands for this author: the one who claimed the account, else one without a sign-in, made now."""
    known = _known(network, author.key)
    if known is not None:
        return known
    shown = author.name.strip() or author.handle.strip() or "Somebody"
    try:
        with transaction.atomic():
            member = meet_anew(shown, is_demo=is_demo)
            ExternalAuthor.objects.create(
                network=network,
                key=author.key[:500],
                member=member,
                handle=author.handle[:300],
                url=author.url[:500],
            )
        return member
    except IntegrityError:  # another worker met them a moment ago
        found = _known(network, author.key)
        if found is None:
            raise
        return found


def _known(network: str, key: str) -> Member | None:
    rows = ExternalAuthor.objects.filter(network=network, key=key[:500])
    found = rows.select_related("member__user__agent").first()
    return found.member if found else None


def newcomer(member: Member, *, is_machine: bool = False, is_proven: bool = True) -> Newcomer:
    """What is known of them now; one query."""
    states = list(member.posts.exclude(kind=Post.Kind.OPENING).values_list("state", "elsewhere__deleted_at"))
    return Newcomer(
        shown=sum(1 for state, _ in states if state == Post.State.SHOWN),
        removed=sum(1 for state, taken in states if state == Post.State.REMOVED and taken is None),
        is_member=member.user_id is not None,
        is_machine=is_machine,
        is_proven=is_proven,
    )
