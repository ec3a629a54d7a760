"""Changing and taking away what was said. Every earlier text is kept, with who changed it and why."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _

from harken.community import policy, search, texts
from harken.community.events import PostEdited, PostRemoved, TopicTurned
from harken.community.models import Case, Decision, Member, Post, Revision, Topic
from harken.community.permissions import is_improving, is_staff, may_edit, powers_of
from harken.community.queries.named import html_naming

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
from .choosing import count_member
from .holding import HERE, Written, look_over, open_case
from .notifying import tell_edited
from .powers import use_power
from .tagging import count_tags
from .writing import count_answers


def edit_post(
    post: Post,
    *,
    by: Member,
    text: str,
    title: str | None = None,
    reason: str = "",
    seen_edits: int | None = None,
    how: Written = HERE,
    at: datetime | None = None,
) -> bool:
    """Change a post's text, and the topic's title with an opening; whether anything changed. What waits for a look goes
    on waiting for one, and what was shown may come to wait again.

    `seen_edits`: how often it had been edited when the text was taken up; raises Overtaken when somebody edited it
    since. Somebody else's wording takes a reason, and they are told.
    """
    check_writer(by)
    longest = policy.LONGEST_COMMENT if post.kind == Post.Kind.COMMENT else policy.LONGEST_TEXT
    text, at = text_of(text, longest=longest), at or now()
    found = look_over(by, text, how=how, at=at)
    with transaction.atomic():
        topic = lock(post.topic_id)
        row = Post.objects.get(pk=post.pk)
        is_others = _check_edit(row, by=by, reason=reason, seen_edits=seen_edits)
        is_opening = row.kind == Post.Kind.OPENING
        new_title = title_of(title) if title is not None and is_opening else topic.title
        if (row.text, topic.title) == (text, new_title):
            return False
        Revision.objects.create(
            post=row,
            title=topic.title if is_opening else "",
            text=row.text,
            by=by,
            reason=" ".join(reason.split())[:200],
            at=at,
        )
        _reword(topic, row, text=text, title=new_title, at=at)
        touch(topic, PostEdited, by=by, at=at, post_id=row.pk, member_id=by.pk)
        if is_others:
            use_power(by, policy.Power.EDIT, at=at)
            tell_edited(row, topic=topic, by=by, reason=reason, at=at)
        if row.state == Post.State.HELD:
            open_case(row, reasons=found.reasons, at=at)
        elif found.is_held and by.pk == row.author_id:
            turn_post(topic, row, Post.State.HELD, at=at)
            open_case(row, reasons=found.reasons, at=at)
            touch(topic, PostRemoved, by=by, at=at, post_id=row.pk, member_id=by.pk, state=row.state)
    return True


def _check_edit(row: Post, *, by: Member, reason: str, seen_edits: int | None) -> bool:
    """Whether it is somebody else's wording that they improve. Raises what stands against any edit of theirs."""
    if not may_edit(by, post=row):
        raise NotAllowed(_("This is not yours to change."))
    if seen_edits is not None and seen_edits != row.edits:
        raise Overtaken(
            _("It was edited meanwhile. Your text is below; compare it with what stands there now.")
        )
    is_others = is_improving(by, post=row)
    if is_others and not reason.strip():
        raise NotUnderstood(
            "reason", _("Say why: the one who wrote it is told, and it stands beside “edited”.")
        )
    return is_others


def _reword(topic: Topic, row: Post, *, text: str, title: str, at: datetime) -> None:
    """The post with its new text, and with an opening its topic, everywhere: as it is shown, found and summed up."""
    is_opening = row.kind == Post.Kind.OPENING
    _take_out(row)
    row.text, row.html = text, texts.html_of(text) if row.said_on else html_naming(text)
    if not texts.words_of(row.html) and "<img" not in row.html:
        raise NotUnderstood("text", _("Nothing of this can be shown. Write it in words."))
    row.edited_at, row.edits = at, row.edits + 1
    row.checked_by = row.checked_at = None  # it was the earlier text that was checked
    row.indexed = search.indexed_form(title if is_opening else "", texts.words_of(row.html))
    row.save(update_fields=["text", "html", "edited_at", "edits", "indexed", "checked_by", "checked_at"])
    _put_in(row)
    if is_opening:
        topic.title, topic.slug, topic.gist = title, policy.topic_slug_of(title), texts.gist_of(row.html)
        topic.save(update_fields=["title", "slug", "gist"])


def remove_post(post: Post, *, by: Member, at: datetime | None = None) -> bool:
    """Take a post of one's own (staff: any of the company's) out of sight; an opening takes its topic with it,
    unless somebody answered: what others wrote stays readable."""
    return _turn(post, Post.State.REMOVED, by=by, at=at)


def restore_post(post: Post, *, by: Member, at: datetime | None = None) -> bool:
    """Put a removed post back: the undo of `remove_post`, for the one who removed it. What waited for a look when it was
    taken away waits again."""
    return _turn(post, Post.State.SHOWN, by=by, at=at)


def _turn(post: Post, state: str, *, by: Member, at: datetime | None) -> bool:
    check_writer(by)
    at = at or now()
    with transaction.atomic():
        topic = lock(post.topic_id)
        row = Post.objects.get(pk=post.pk)
        if row.author_id != by.pk and not (is_staff(by) and row.voice == policy.Voice.BRAND):
            raise NotAllowed(_("This is not yours to take away."))
        if row.state == state:
            return False
        if row.state == Post.State.HELD and state == Post.State.SHOWN:
            raise NotAllowed(_("This waits for a look by a moderator."))
        if state == Post.State.SHOWN and _was_judged(row):
            raise NotAllowed(_("A moderator took this away. You can appeal."))
        if state == Post.State.SHOWN and not row.text:
            raise NotAllowed(
                _("Nothing of this can be shown. Write it in words.")
            )  # gone where it was written
        if state == Post.State.SHOWN and _waited(row):
            state = Post.State.HELD
        is_opening = row.kind == Post.Kind.OPENING
        if is_opening and state == Post.State.REMOVED and topic.answers:
            raise NotAllowed(_("Others have answered. You can edit the question; their answers stay."))
        turn_post(topic, row, state, at=at)
        touch(topic, PostRemoved, by=by, at=at, post_id=row.pk, member_id=by.pk, state=state)
    return True


def _was_judged(post: Post) -> bool:
    return Decision.objects.filter(post=post, act__in=["remove", "hold"], undone_at=None).exists()


def _waited(post: Post) -> bool:
    """Whether it was taken away by its author while it waited for a look: nobody has looked yet, and there are reasons."""
    return any(
        is_fresh or reasons
        for is_fresh, reasons in Case.objects.filter(post=post, decided_at=None).values_list(
            "is_fresh", "reasons"
        )
    )


def turn_post(topic: Topic, post: Post, state: str, *, at: datetime) -> None:
    """Bring a post into another state, with the index, the topic and the counts (caller's transaction and event)."""
    was_shown = post.state == Post.State.SHOWN
    post.state = state
    post.save(update_fields=["state"])
    if was_shown:
        _take_out(post, always=True)
    else:
        _put_in(post)
    if post.kind == Post.Kind.OPENING:
        # what a moderator closed for good does not open by being taken away and put back
        shown_as = "closed" if topic.is_locked else "open"
        topic.state = {"shown": shown_as, "held": "held", "removed": "removed"}[state]
        topic.is_shown = state == Post.State.SHOWN
        topic.save(update_fields=["state", "is_shown"])
        count_tags(topic.tag_names)
        count_space(topic.space_id)
    if state != Post.State.SHOWN and topic.chosen_id == post.pk:
        topic.chosen, topic.chosen_as, topic.chosen_by, topic.solved_at = None, "", None, None
        topic.save(update_fields=["chosen", "chosen_as", "chosen_by", "solved_at"])
    derive(topic, at=at)
    count_answers(post.author_id)
    count_member(post.author_id)


def set_open(topic: Topic, *, is_open: bool, by: Member, at: datetime | None = None) -> bool:
    """Close a topic (readable, nothing new) or open it again: the asker's, the staff's, and by standing others' to do."""
    check_writer(by)
    at = at or now()
    wanted = Topic.State.OPEN if is_open else Topic.State.CLOSED
    with transaction.atomic():
        row = lock(topic.pk)
        if row.author_id != by.pk and policy.Power.CLOSE not in powers_of(by):
            raise NotAllowed(
                _("Closing is for the one who asked, for staff, and for members whose standing opens it.")
            )
        if row.state == wanted or not row.is_shown:
            return False
        if is_open and row.is_locked and policy.Power.MODERATE not in powers_of(by):
            raise NotAllowed(_("A moderator closed this topic for good."))
        if row.author_id != by.pk:
            use_power(by, policy.Power.CLOSE, at=at)
        row.is_locked = row.is_locked and not is_open
        row.state = wanted
        row.save(update_fields=["state", "is_locked"])
        derive(row, at=at)
        touch(row, TopicTurned, by=by, at=at, member_id=by.pk, what="opened" if is_open else "closed")
    return True


def _take_out(post: Post, *, always: bool = False) -> None:
    if always or post.state == Post.State.SHOWN:
        search.forget_posts([(post.pk, *search.parts_of(post.indexed))])


def _put_in(post: Post) -> None:
    if post.state == Post.State.SHOWN:
        search.index_posts([(post.pk, *search.parts_of(post.indexed))])
