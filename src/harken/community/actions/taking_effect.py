"""What a decision does to a post, a topic or a member, and what taking it back does."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext

from harken.base import journal
from harken.community import judging
from harken.community.events import PostRemoved, SpaceChanged, TopicTurned
from harken.community.judging import Act
from harken.community.models import Case, Decision, Member, Post, Space, Topic
from harken.community.permissions import is_staff, spaces_visible_to

from .changing import NotAllowed, NotUnderstood, Overtaken, count_space, derive, lock, touch
from .editing import turn_post
from .holding import tell_shown
from .suspending import suspend, suspensions_of


def carry_out(
    case: Case, act: Act, *, by: Member, until: datetime | None, space: Space | None, at: datetime
) -> dict[str, Any]:
    """Does it; returns what it changed, for `carry_back`."""
    if act in judging.ON_MEMBERS:
        return _turn_member(case.about, act, until=until, at=at)
    if case.post is None:
        if act is Act.KEEP or act is Act.ASK_EDIT:
            return {}
        raise NotUnderstood(
            "act", gettext("A profile is kept, asked to be changed, or its member warned or suspended.")
        )
    topic = lock(case.post.topic_id)
    post = Post.objects.get(pk=case.post_id)
    if act in judging.ON_TOPICS:
        _show_again(topic, post, case, by=by, at=at)
        if not topic.is_shown:
            raise Overtaken(gettext("It is not shown any more."))
        return _turn_topic(topic, act, by=by, space=space, at=at)
    before = {"state": post.state, "topic_state": topic.state, "is_fresh": case.is_fresh}
    if act is Act.KEEP:
        _show_again(topic, post, case, by=by, at=at)
    elif act is Act.HOLD or act is Act.REMOVE:
        state = Post.State.HELD if act is Act.HOLD else Post.State.REMOVED
        if post.state != state:
            turn_post(topic, post, state, at=at)
            touch(topic, PostRemoved, by=by, at=at, post_id=post.pk, member_id=post.author_id, state=state)
    return before


def _show_again(topic: Topic, post: Post, case: Case, *, by: Member, at: datetime) -> None:
    if post.state == Post.State.HELD:
        turn_post(topic, post, Post.State.SHOWN, at=at)
        topic.refresh_from_db()
        tell_shown(topic, post, is_fresh=case.is_fresh, by=by, at=at)
        Case.objects.filter(pk=case.pk).update(is_fresh=False)


def _turn_member(member: Member, act: Act, *, until: datetime | None, at: datetime) -> dict[str, Any]:
    if act is Act.WARN:
        return {}
    if is_staff(member):
        raise NotAllowed(
            gettext(
                "Somebody who works here can’t be suspended from here; their posts can be judged like any."
            )
        )
    before = {
        "member_state": member.state,
        "until": member.suspended_until.isoformat() if member.suspended_until else "",
    }
    if member.state == Member.State.GONE:
        raise Overtaken(gettext("They have left."))
    suspend(member, [*suspensions_of(member, at), until])
    return before


def _turn_topic(topic: Topic, act: Act, *, by: Member, space: Space | None, at: datetime) -> dict[str, Any]:
    before = {"topic_state": topic.state, "is_locked": topic.is_locked, "space": topic.space_id}
    if act is Act.MOVE:
        if space is None or space.pk == topic.space_id or not space.is_open:
            raise NotUnderstood("space", gettext("Choose where it belongs."))
        if not spaces_visible_to(by).filter(pk=space.pk).exists():
            raise NotUnderstood("space", gettext("Choose where it belongs."))
        if space.audience != topic.space.audience:
            raise NotAllowed(gettext("A topic moves between spaces for the same readers only."))
        _move(topic, space, at=at)
        touch(topic, TopicTurned, by=by, at=at, member_id=by.pk, what="moved")
        return before
    topic.state, topic.is_locked = Topic.State.CLOSED, act is Act.LOCK
    topic.save(update_fields=["state", "is_locked"])
    derive(topic, at=at)
    touch(topic, TopicTurned, by=by, at=at, member_id=by.pk, what="closed")
    return before


def _move(topic: Topic, space: Space, *, at: datetime) -> None:
    old = topic.space_id
    topic.space = space
    topic.save(update_fields=["space"])
    derive(topic, at=at)
    for space_id in sorted((old, space.pk)):
        count_space(space_id)
    version = Space.objects.values_list("version", flat=True).get(pk=old)
    journal.record(SpaceChanged(subject_id=old, version=version, actor_id=None))


def carry_back(row: Decision, *, by: Member, at: datetime) -> None:
    before, act = row.before, Act(row.act)
    if "member_state" in before:
        if row.about.state == Member.State.SUSPENDED:
            row.undone_at = at
            row.save(update_fields=["undone_at"])  # the others are asked what still stands
            suspend(row.about, suspensions_of(row.about, at))
        return
    if row.post is None:
        return
    topic = lock(row.post.topic_id)
    post = Post.objects.get(pk=row.post_id)
    if act is Act.MOVE:
        space = Space.objects.get(pk=before["space"])
        _move(topic, space, at=at)
        touch(topic, TopicTurned, by=by, at=at, member_id=by.pk, what="moved")
    elif act in judging.ON_TOPICS:
        if topic.is_shown:
            topic.state, topic.is_locked = before["topic_state"], before["is_locked"]
            topic.save(update_fields=["state", "is_locked"])
            derive(topic, at=at)
            touch(topic, TopicTurned, by=by, at=at, member_id=by.pk, what="opened")
    elif "state" in before and post.state != before["state"]:
        was_held_unseen = before["state"] == Post.State.HELD and act in (Act.HOLD, Act.REMOVE)
        # a slip leads back to what was; taken back later it is shown
        state = (
            before["state"] if act is Act.KEEP or at - row.at <= timedelta(minutes=1) else Post.State.SHOWN
        )
        turn_post(topic, post, state, at=at)
        if post.kind == Post.Kind.OPENING and state == Post.State.SHOWN and before["topic_state"] == "closed":
            topic.state = Topic.State.CLOSED
            topic.save(update_fields=["state"])
            derive(topic, at=at)
        if state == Post.State.SHOWN:
            is_fresh = was_held_unseen and bool(before.get("is_fresh"))
            tell_shown(topic, post, is_fresh=is_fresh, by=by, at=at)
        else:
            touch(topic, PostRemoved, by=by, at=at, post_id=post.pk, member_id=post.author_id, state=state)
