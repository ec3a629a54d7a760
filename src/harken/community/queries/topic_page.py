"""One topic with everything said in it: one statement, and one more for what belongs beside it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from django.db.models import Model
from django.db.models.functions import JSONArray

from harken.base import sql
from harken.base.statements import slot
from harken.clocks.policy import rule_of
from harken.community import policy
from harken.community.models import Member, Post, Space, Topic
from harken.community.permissions import posts_visible_to, topics_visible_to

from .readers import Reader, kept

MOST_RELATED = 4
MOST_WORDS = 6  # of those for whom an answer did not work, or did

_TOPIC = (
    "id", "version", "kind", "state", "title", "slug", "gist", "asked_on", "tag_names", "chosen_id", "chosen_as",
    "solved_at", "created_at", "last_at", "answered_at", "answered_voice", "due_at", "answers", "thanks",
    "same_question", "origin", "is_stale", "doubts", "author_id", "space_id",
)  # fmt: skip
_BESIDE_IT = (
    "author__name", "author__slug", "author__state", "chosen_by__name", "space__name", "space__slug",
    "space__audience", "space__is_open", "space__brand__name", "summarised_by__name", "asking__step",
    "asking__invited", "asking__agent__user__name", "asking__agent_id", "asking__writing_id",
    "asking__writing__name", "asking__writing_at", "asking__handed_at", "asking__handed_by__name",
    "asking__handed_why", "clock__reason",
)  # fmt: skip
_MOMENTS = ("solved_at", "created_at", "last_at", "answered_at", "due_at")
_POST = (
    "id", "parent_id", "kind", "state", "voice", "html", "created_at", "edits", "thanks", "worked", "failed",
    "said_on", "url", "author_id", "author__name", "author__slug", "author__line", "author__is_super_user",
    "author__state", "checked_by__name",
)  # fmt: skip


@dataclass(slots=True)
class Said:
    """A post as the topic's page shows it."""

    id: int
    parent_id: int | None
    kind: str
    state: str
    kept_voice: str
    html: str
    created_at: datetime
    edits: int
    thanks: int
    worked: int
    failed: int
    said_on: str
    url: str
    author_id: int
    author_name: str
    author_slug: str
    author_line: str
    author_is_super_user: bool
    author_state: str
    checked_by: str | None = None  # who of the company says that it is right
    topic_id: int = 0
    comments: list[Said] = field(default_factory=list)
    reason: str = ""  # of the last edit
    words: list[Tried] = field(default_factory=list)
    voice: str = field(init=False)  # who speaks, as it is shown

    @property
    def pk(self) -> int:
        return self.id

    @property
    def author(self) -> dict[str, str]:
        """The author as templates name them."""
        return {"name": self.author_name}

    def __post_init__(self) -> None:
        self.voice = policy.voice_to_show(self.kept_voice, is_super_user=self.author_is_super_user).value

    @property
    def outcome(self) -> tuple[int, int] | None:
        """(worked for, of how many), or None while too few said so."""
        told = self.worked + self.failed
        return (self.worked, told) if told >= policy.SHOW_SHARE_FROM else None


@dataclass(frozen=True, slots=True)
class Tried:
    """What somebody said who tried an answer."""

    worked: bool
    version: str
    words: str
    name: str


@dataclass(frozen=True, slots=True)
class Related:
    """A solved topic about the same."""

    id: int
    slug: str
    title: str
    worked: int
    failed: int
    answers: int

    @property
    def address(self) -> str:
        return f"/community/t/{self.id}/{self.slug}/"

    @property
    def outcome(self) -> tuple[int, int] | None:
        told = self.worked + self.failed
        return (self.worked, told) if told >= policy.SHOW_SHARE_FROM else None


@dataclass(frozen=True, slots=True)
class Carried:
    """How far a question that waits has been carried, as everybody may know it."""

    step: int = 0
    invited: int = 0
    agent: str = ""  # of the company, who has it
    agent_id: int | None = None
    writing: str = ""
    writing_id: int | None = None
    writing_at: datetime | None = None
    handed_at: datetime | None = None  # to the company's people, by a member
    handed_by: str = ""  # for these alone, as why
    handed_why: str = ""
    is_answer_gone: bool = False  # its only answer was taken away, and its clock runs on


@dataclass(frozen=True, slots=True)
class Asked:
    """That this reader was asked, and what they said."""

    state: str
    why: str
    like: int
    about: str
    others: int
    instead: str = ""  # who was asked in their place


@dataclass(slots=True)
class Mine:
    """What this reader did here."""

    thanked: set[int] = field(default_factory=set)  # ids of posts
    worked: set[int] = field(default_factory=set)  # posts that worked for them
    failed: set[int] = field(default_factory=set)
    same: bool = False
    follows: bool = False
    draft: str = ""  # of an answer that is being written


@dataclass(slots=True)
class Beside:
    """What belongs beside a topic's posts."""

    asked: Asked | None = None
    mine: Mine = field(default_factory=Mine)
    has_news: bool = False  # notices not seen yet, of whatever topic
    related: list[Related] = field(default_factory=list)
    words: dict[int, list[Tried]] = field(default_factory=dict)
    reasons: dict[int, str] = field(default_factory=dict)
    views: int = 0


def read_topic(reader: Reader, topic_id: int) -> tuple[Topic, list[Said]] | None:
    """The topic (with space, brand name and asker; never to be saved) and its posts, oldest first; None where this
    reader may not see it. One statement: the topic is its first row, as JSON where posts have what they say, so that
    its columns are not read once a post."""
    topic, given = kept(
        ("community topic", reader.kind),
        lambda: (
            topics_visible_to(reader.stand_in)
            .filter(pk=slot(1))
            .annotate(packed=JSONArray(*_TOPIC, *_BESIDE_IT))
            .values_list("packed")
        ),
        reader.member_id,
        topic_id,
    )
    posts, more = kept(
        ("community posts of", reader.kind),
        lambda: posts_visible_to(reader.stand_in).filter(topic_id=slot(1)).values_list(*_POST),
        reader.member_id,
        topic_id,
    )
    found = sql.fetch(
        "SELECT 0, NULL, '', '', '', CAST(t.packed AS TEXT), NULL, 0, 0, 0, 0, '', '', 0, '', '', '', FALSE, '', '' "  # noqa: S608 - our own statements
        f"FROM ({topic}) AS t UNION ALL SELECT * FROM ({posts}) AS p",
        [*given, *more],
    )
    said = [_said(row, topic_id) for row in found if row[0]]
    if not said:
        return None
    said.sort(key=lambda post: (post.created_at, post.id))
    return _topic(next(row[5] for row in found if not row[0])), said


def _topic(packed: str) -> Topic:
    values = json.loads(packed)
    of = dict(zip((*_TOPIC, *_BESIDE_IT), values, strict=True))
    for name in _MOMENTS:
        of[name] = sql.moment(of[name])
    of["tag_names"] = sql.from_json(of["tag_names"]) or []
    of["is_stale"] = bool(of["is_stale"])
    topic = _made(Topic, {name: of[name] for name in _TOPIC})
    topic.author = _made(Member, {"id": of["author_id"]} | _below("author__", of))
    topic.space = _made(Space, {"id": of["space_id"]} | _below("space__", of))
    topic.space.is_open = bool(topic.space.is_open)
    topic.brand_name = of["space__brand__name"]
    topic.chosen_by_name = of["chosen_by__name"] or ""
    topic.summed_up_by = of["summarised_by__name"] or ""
    topic.carried = Carried(
        step=of["asking__step"] or 0,
        invited=of["asking__invited"] or 0,
        agent=of["asking__agent__user__name"] or "",
        agent_id=of["asking__agent_id"],
        writing=of["asking__writing__name"] or "",
        writing_id=of["asking__writing_id"],
        writing_at=sql.moment(of["asking__writing_at"]),
        handed_at=sql.moment(of["asking__handed_at"]),
        handed_by=of["asking__handed_by__name"] or "",
        handed_why=of["asking__handed_why"] or "",
        # the clock of a conversation tells of what was said there
        is_answer_gone=not topic.asked_on and rule_of(of["clock__reason"] or "") == "answer_taken_away",
    )
    return topic


def _below(path: str, of: dict[str, Any]) -> dict[str, Any]:
    return {name.removeprefix(path): of[name] for name in _BESIDE_IT if name.startswith(path)}


def _made(model: type[Model], values: dict[str, Any]) -> Any:
    """A model instance that holds these values and no others."""
    names = [one.attname for one in model._meta.concrete_fields if one.attname in values]
    return model.from_db("default", names, [values[name] for name in names])


def _said(row: Sequence[Any], topic_id: int) -> Said:
    return Said(*row[:6], sql.moment(row[6]), *row[7:], topic_id)  # type: ignore[arg-type]  # never null


_RELATED = """
SELECT * FROM (SELECT 'related', t.id, p.worked, p.failed, t.slug, t.title, '', t.answers
FROM community_tagging tg JOIN community_topic t ON t.id = tg.topic_id JOIN community_post p ON p.id = t.chosen_id
JOIN community_space s ON s.id = t.space_id
WHERE tg.tag_id = (SELECT one.tag_id FROM community_tagging one JOIN community_tag tag ON tag.id = one.tag_id
                   WHERE one.topic_id = %s ORDER BY tag.topic_count, tag.id LIMIT 1)
AND t.id <> %s AND t.is_shown AND (s.audience = 'everyone' OR s.id = %s)
ORDER BY tg.topic_id DESC LIMIT %s) AS related"""
_WORDS = """
SELECT * FROM (SELECT 'tried', o.post_id, CASE WHEN o.worked THEN 1 ELSE 0 END, 0, o.version, o.words, m.name, 0
FROM community_outcome o JOIN community_post p ON p.id = o.post_id JOIN community_member m ON m.id = o.member_id
WHERE p.topic_id = %s AND (o.words <> '' OR o.version <> '') ORDER BY o.worked, o.at DESC LIMIT 60) AS tried"""
_REASONS = """
SELECT 'reason', r.post_id, 0, 0, r.reason, '', '', 0 FROM community_revision r
WHERE r.id IN (SELECT max(v.id) FROM community_revision v JOIN community_post p ON p.id = v.post_id
               WHERE p.topic_id = %s AND p.edits > 0 GROUP BY v.post_id)"""
_MINE = """
SELECT 'thanked', k.post_id, 0, 0, '', '', '', 0 FROM community_thanks k JOIN community_post p ON p.id = k.post_id
WHERE p.topic_id = %s AND k.member_id = %s
UNION ALL SELECT 'outcome', o.post_id, CASE WHEN o.worked THEN 1 ELSE 0 END, 0, '', '', '', 0
FROM community_outcome o JOIN community_post p ON p.id = o.post_id WHERE p.topic_id = %s AND o.member_id = %s
UNION ALL SELECT 'same', 0, 0, 0, '', '', '', 0 FROM community_samequestion WHERE topic_id = %s AND member_id = %s
UNION ALL SELECT 'follows', 0, 0, 0, '', '', '', 0 FROM community_following WHERE topic_id = %s AND member_id = %s
UNION ALL SELECT 'draft', 0, 0, 0, text, '', '', 0 FROM community_draft WHERE topic_id = %s AND member_id = %s
UNION ALL SELECT * FROM (SELECT 'news', 0, 0, 0, '', '', '', 0 FROM community_notice
                         WHERE member_id = %s AND seen_at IS NULL LIMIT 1) AS news"""

_ASKED = """
SELECT 'asked', i."like", i.others, 0, i.state, i.why, i.about, 0 FROM community_invitation i
WHERE i.topic_id = %s AND i.member_id = %s
UNION ALL SELECT 'instead', 0, 0, 0, m.name, '', '', 0 FROM community_invitation i
JOIN community_invitation o ON o.id = i.instead_id JOIN community_member m ON m.id = o.member_id
WHERE i.topic_id = %s AND i.member_id = %s"""

_VIEWS = """
SELECT 'views', COALESCE(SUM(v.views), 0), 0, 0, '', '', '', 0 FROM community_topicviews v
WHERE v.topic_id = %s AND v.day >= %s AND v.day <= %s"""


def beside(reader: Reader, topic: Topic, *, viewed: tuple[date, date] | None = None) -> Beside:
    """Related topics, what those said who tried an answer, reasons of edits, and what the reader did: one statement.
    `viewed`: the first and last day of which its views are counted, too.

    Related are solved topics under the rarest of its tags, which everybody may read or which stand in the same space.
    """
    parts = [_RELATED, _WORDS, _REASONS]
    given: list[Any] = [topic.pk, topic.pk, topic.space_id, MOST_RELATED, topic.pk, topic.pk]
    if reader.member_id:
        parts.append(_MINE)
        given += [topic.pk, reader.member_id] * 5 + [reader.member_id]
        if topic.due_at is not None:  # while it waits
            parts.append(_ASKED)
            given += [topic.pk, reader.member_id] * 2
    if viewed is not None:
        parts.append(_VIEWS)
        given += [topic.pk, viewed[0].isoformat(), viewed[1].isoformat()]
    out = Beside()
    instead = ""
    for what, number, worked, failed, text, more, name, answers in sql.fetch(
        " UNION ALL ".join(parts), given
    ):
        if what == "related":
            out.related.append(Related(number, text, more, worked, failed, answers))
        elif what == "tried":
            out.words.setdefault(number, []).append(Tried(bool(worked), text, more, name))
        elif what == "reason":
            out.reasons[number] = text
        elif what == "thanked":
            out.mine.thanked.add(number)
        elif what == "outcome":
            (out.mine.worked if worked else out.mine.failed).add(number)
        elif what == "views":
            out.views = int(number)
        elif what == "draft":
            out.mine.draft = text
        elif what == "news":
            out.has_news = True
        elif what == "asked":
            out.asked = Asked(text, more, number, name, worked)
        elif what == "instead":
            instead = text
        else:
            setattr(out.mine, what, True)
    if out.asked is not None and instead:
        out.asked = replace(out.asked, instead=instead)
    return out


def in_order(topic: Topic, posts: Sequence[Said]) -> tuple[Said | None, list[Said]]:
    """The opening, and what was answered: what solved it first, then by thanks and by for whom it worked, then by
    time; updates by the company stand at the end, discussions in the order in which they were said. Comments hang
    under what they are about."""
    by_id = {post.id: post for post in posts}
    opening: Said | None = None
    answers: list[Said] = []
    for post in posts:
        if post.kind == Post.Kind.OPENING:
            opening = post
        elif post.kind == Post.Kind.COMMENT:
            above = by_id.get(post.parent_id or 0)
            if above is not None:
                above.comments.append(post)
        else:
            answers.append(post)
    if topic.kind == Topic.Kind.QUESTION:
        answers.sort(
            key=lambda post: (
                post.id != topic.chosen_id,
                post.kind == Post.Kind.UPDATE,
                -(post.thanks + post.worked - post.failed),
                post.created_at,
                post.id,
            )
        )
    return opening, answers
