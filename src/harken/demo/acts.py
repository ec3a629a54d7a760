"""What can happen in the demo: one frozen record per thing, with its moment and who did it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Kind = Literal[
    "post",  # a customer writes: a post, a private message, a mail, a review
    "edit",  # a customer changes the message `to` into `text`
    "delete",  # a customer takes the message `to` back
    "auto",  # a customer's mailbox answers by itself
    "bounce",  # the network gives our message `to` back; `text` is its reason
    "like",  # a customer likes our message `to`
    "reply",  # one of the staff answers
    "propose",  # one of the staff answers and waits for a second person
    "note",  # one of the staff writes to the team
    "assign",  # `text` is the agent's slug
    "team",  # `text` is the team's slug
    "tag",  # `text` has the tags' names, with commas between
    "snooze",  # until `until`
    "close",
    "consent",  # the customer is asked whether the community may be
    "ask",  # the community is asked; `text` is the trip's name in trips.toml
    "carry",  # the answer of the trip is posted in the thread
]
BY_CUSTOMERS = frozenset({"post", "edit", "delete", "auto", "bounce", "like"})


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that happens.

    at        aware, UTC
    story     the conversation it belongs to; all its acts share it
    key       names this act; the message of a post, reply or note is known by it
    channel   slug of the company's channel
    author    slug of a customer for what is in BY_CUSTOMERS, else of an agent
    to        key of the message that this answers, changes, takes back or likes; empty for the first
    private   not for the public, on a channel that is public otherwise
    reach     replies, boosts and likes that a public post has gathered
    asks      whether the writer wants an answer: the story's own word, not a judgement
    until     for a snooze its end, for a reply the time that it promises
    fate      of a reply that did not get through: "refused: why" or "unknown: why"
    cites     of a reply: the id of the topic in topics.toml to whose solution it leads
    """

    at: datetime
    kind: Kind
    story: str
    key: str
    channel: str
    author: str
    text: str = ""
    to: str = ""
    private: bool = False
    subject: str = ""
    files: tuple[str, ...] = ()
    reach: tuple[int, int, int] = (0, 0, 0)
    stars: int = 0
    language: str = ""
    asks: bool = False
    until: datetime | None = None
    fate: str = ""
    cites: str = ""
