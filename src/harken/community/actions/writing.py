"""Saying something: opening a topic, answering, commenting, an update by the company. A form sent twice says it once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.timezone import now
from django.utils.translation import gettext as _

from harken.community import policy, search, texts
from harken.community.events import PostWritten, TopicOpened
from harken.community.models import Draft, Following, Member, Post, Space, Topic
from harken.community.permissions import is_staff, may_open
from harken.community.queries.named import html_naming
from harken.community.screening import Screened

from .changing import (
    NotAllowed,
    NotUnderstood,
    Overtaken,
    check_writer,
    count_space,
    derive,
    lock,
    text_of,
    title_of,
    touch,
)
from .holding import HERE, Written, hold_new, look_over
from .learning import mark_stale
from .notifying import notify_post
from .tagging import put_tags
from .taking_turns import take_turn
from .weighing import begin_idea


def open_topic(
    space: Space,
    *,
    by: Member,
    title: str,
    text: str,
    kind: str = Topic.Kind.QUESTION,
    tags: Iterable[str] = (),
    as_brand: bool = False,
    key: str | None = None,
    how: Written = HERE,
    at: datetime | None = None,
) -> Topic:
    """Ask a question, begin a discussion, announce something. `key`: the form's own, so that a second sending is
    the same topic. Held for a look where `screening` says so: then only its author and moderators see it."""
    check_writer(by)
    if key and (known := Topic.objects.filter(key=key, author=by).first()):
        return known
    if not may_open(by, space=space, kind=kind):
        raise NotAllowed(
            _("A new %(kind)s can't be opened in %(space)s.") % {"kind": kind, "space": space.name}
        )
    title, text, at = title_of(title), text_of(text), at or now()
    voice = policy.voice_to_keep(is_staff=is_staff(by), as_brand=as_brand)
    found = look_over(by, f"{title}\n{text}", how=how, at=at)
    with transaction.atomic():
        topic = Topic.objects.create(
            space=space,
            kind=kind,
            state=Topic.State.HELD if found.is_held else Topic.State.OPEN,
            is_shown=not found.is_held,
            title=title,
            slug=policy.topic_slug_of(title),
            author=by,
            key=key,
            created_at=at,
            last_at=at,
        )
        state = Post.State.HELD if found.is_held else Post.State.SHOWN
        post = keep_post(topic, by=by, kind=Post.Kind.OPENING, text=text, voice=voice, at=at, state=state)
        topic.gist = texts.gist_of(post.html)
        topic.save(update_fields=["gist"])
        put_tags(topic, tags)
        if topic.kind == Topic.Kind.IDEA:
            begin_idea(topic, by=by, at=at)
        derive(topic, at=at)
        count_space(space.pk)
        Following.objects.get_or_create(member=by, topic=topic)
        Draft.objects.filter(member=by, topic=None).delete()
        if found.is_held:
            hold_new(topic, post, found=found, by=by, at=at)
        else:
            touch(topic, TopicOpened, by=by, at=at, post_id=post.pk, kind=kind, member_id=by.pk)
            notify_post(post, topic=topic)
    return topic


def write_answer(
    topic: Topic,
    *,
    by: Member,
    text: str,
    as_brand: bool = False,
    as_update: bool = False,
    may_travel: bool = False,
    key: str | None = None,
    how: Written = HERE,
    at: datetime | None = None,
) -> Post:
    """Answer a question, or say something in a discussion. `as_update`: news by the company, not an answer.
    `may_travel`: the author lets it go to the thread in which the question was asked."""
    check_writer(by)
    if key and (known := Post.objects.filter(key=key, author=by).first()):
        return known
    voice = policy.voice_to_keep(is_staff=is_staff(by), as_brand=as_brand or as_update)
    text, at = text_of(text), at or now()
    found = look_over(by, text, how=how, at=at)
    with transaction.atomic():
        row = lock_open(topic.pk)
        post = keep_post(
            row,
            by=by,
            kind=Post.Kind.UPDATE if as_update else Post.Kind.ANSWER,
            text=text,
            voice=voice,
            key=key,
            at=at,
            may_travel=may_travel,
            state=Post.State.HELD if found.is_held else Post.State.SHOWN,
        )
        return _said(row, post, by=by, found=found, at=at)


def write_comment(
    parent: Post,
    *,
    by: Member,
    text: str,
    key: str | None = None,
    how: Written = HERE,
    at: datetime | None = None,
) -> Post:
    """Comment on the opening or on an answer; a comment on a comment joins the same line of comments."""
    check_writer(by)
    if key and (known := Post.objects.filter(key=key, author=by).first()):
        return known
    text, at = text_of(text, longest=policy.LONGEST_COMMENT), at or now()
    voice = policy.voice_to_keep(is_staff=is_staff(by), as_brand=False)
    found = look_over(by, text, how=how, at=at)
    with transaction.atomic():
        row = lock_open(parent.topic_id)
        above = Post.objects.get(pk=parent.parent_id or parent.pk)
        if above.state != Post.State.SHOWN:
            raise Overtaken(_("What you comment on is not shown any more."))
        post = keep_post(
            row,
            by=by,
            kind=Post.Kind.COMMENT,
            text=text,
            voice=voice,
            parent=above,
            key=key,
            at=at,
            state=Post.State.HELD if found.is_held else Post.State.SHOWN,
        )
        return _said(row, post, by=by, found=found, at=at)


def lock_open(topic_id: int) -> Topic:
    """The topic, locked; raises Overtaken where nothing new may be said."""
    row = lock(topic_id)
    if row.state != Topic.State.OPEN:
        raise Overtaken(_("This topic is closed: it can be read, and nothing new is said in it."))
    if not row.space.is_open:
        raise Overtaken(_("This space is closed: it can be read, and nothing new is said in it."))
    return row


def keep_post(
    topic: Topic,
    *,
    by: Member,
    kind: str,
    text: str,
    voice: policy.Voice,
    at: datetime,
    parent: Post | None = None,
    key: str | None = None,
    said_on: str = "",
    url: str = "",
    state: str = Post.State.SHOWN,
    may_travel: bool = False,
) -> Post:
    """Keep a post, rendered once and in the index (caller's transaction; the topic is derived by the caller)."""
    # an @name elsewhere is somebody there, whatever a member here is called
    html = texts.html_of(text) if said_on else html_naming(text)
    if not texts.words_of(html) and "<img" not in html:
        raise NotUnderstood("text", _("Nothing of this can be shown. Write it in words."))
    is_opening = kind == Post.Kind.OPENING
    indexed = search.indexed_form(topic.title if is_opening else "", texts.words_of(html))
    post = Post.objects.create(
        topic=topic,
        parent=parent,
        kind=kind,
        author=by,
        voice=voice,
        text=text,
        html=html,
        indexed=indexed,
        key=key,
        created_at=at,
        said_on=said_on,
        url=url,
        state=state,
        may_travel=may_travel,
    )
    if state == Post.State.SHOWN:
        search.index_posts([(post.pk, *search.parts_of(indexed))])
    return post


def _said(topic: Topic, post: Post, *, by: Member, found: Screened, at: datetime) -> Post:
    derive(topic, at=at)
    if post.kind == Post.Kind.ANSWER:
        Draft.objects.filter(member=by, topic=topic).delete()
    Following.objects.get_or_create(member=by, topic=topic)
    if found.is_held:
        hold_new(topic, post, found=found, by=by, at=at)
        return post
    count_answers(by.pk)
    touch(
        topic, PostWritten, by=by, at=at, post_id=post.pk, kind=post.kind, member_id=by.pk, voice=post.voice
    )
    notify_post(post, topic=topic)
    return post


def count_answers(member_id: int) -> None:
    """Bring a member's count of shown answers to others' topics in line."""
    mark_stale([member_id])
    take_turn(Member.objects.filter(pk=member_id))
    count = (
        Post.objects.filter(author_id=member_id, kind=Post.Kind.ANSWER, state=Post.State.SHOWN)
        .exclude(topic__author_id=F("author_id"))
        .count()
    )
    Member.objects.filter(pk=member_id).update(answers=count)
