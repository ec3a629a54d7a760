"""What was said elsewhere becomes part of a topic: kept, changed, taken away, as its author there wants it.

These members have no sign-in here, so that nothing here asks what they may on a page: who calls decides whether a post is
shown at once (community.admission). Nothing held is told to anybody but those who look at it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _

from harken.community import policy, search, texts
from harken.community.admission import Admission, Form
from harken.community.events import PostEdited, PostRemoved, PostWritten
from harken.community.models import ExternalPost, Following, Member, Post, Revision, Topic
from harken.community.permissions import is_staff
from harken.community.screening import Reason, Screened

from .changing import NotUnderstood, Overtaken, TooMuch, derive, lock, text_of, touch
from .editing import turn_post
from .holding import Written, hold_new, look_over, open_case
from .notifying import notify_post
from .writing import count_answers, keep_post, lock_open

HELD_BY_ITSELF = 4.0  # points of a reason of admission: one is enough


@dataclass(frozen=True, slots=True)
class Origin:
    """Where something that arrived stands there."""

    channel_id: int
    external_id: str
    author_key: str
    network: str  # shown as where it was said; "" for a member who writes by mail: that is here
    url: str = ""
    delivery_id: int | None = None


class KnownAlready(Exception):
    """This very post is here; `post` is the one."""

    def __init__(self, post: Post) -> None:
        super().__init__("it is here already")
        self.post = post


def note_sent(post: Post, *, channel_id: int, external_id: str, url: str = "") -> ExternalPost:
    """A post of ours stands there under this id from now on: what answers it there is found. Doing it again is harmless."""
    return ExternalPost.objects.get_or_create(
        channel_id=channel_id,
        external_id=external_id[:500],
        defaults={"post": post, "is_ours": True, "url": url[:1000]},
    )[0]


def keep_arrived(
    answered: Post,
    *,
    by: Member,
    text: str,
    form: Form,
    origin: Origin,
    admission: Admission,
    at: datetime | None = None,
) -> Post:
    """Keep what somebody said in reply to `answered`: shown, or held for a look where `admission` or the house's own
    screening says so, each with its reasons.

    Raises KnownAlready for a copy, Overtaken where the topic takes nothing new, NotUnderstood where nothing of it can
    be shown, TooMuch over the limits of their standing.
    """
    at = min(at or now(), now())
    found = _looked_over(by, text, admission)
    is_comment = form is Form.COMMENT
    text = text_of(text, longest=policy.LONGEST_COMMENT if is_comment else policy.LONGEST_TEXT)
    with transaction.atomic():
        topic = lock_open(answered.topic_id)
        known = ExternalPost.objects.filter(channel_id=origin.channel_id, external_id=origin.external_id)
        if (copy := known.select_related("post").first()) is not None:
            raise KnownAlready(copy.post)
        above = Post.objects.get(pk=answered.parent_id or answered.pk) if is_comment else None
        for needed in {answered.pk, above.pk if above else answered.pk}:
            if not Post.objects.filter(pk=needed, state=Post.State.SHOWN).exists():
                raise Overtaken(_("What it answers is not shown any more."))
        post = keep_post(
            topic,
            by=by,
            kind=Post.Kind.COMMENT if is_comment else Post.Kind.ANSWER,
            text=text,
            voice=policy.voice_to_keep(is_staff=is_staff(by), as_brand=False),
            at=max(at, topic.created_at),
            parent=above,
            said_on=origin.network,
            url=origin.url[:1000],
            state=Post.State.HELD if found.is_held else Post.State.SHOWN,
        )
        ExternalPost.objects.create(
            channel_id=origin.channel_id,
            external_id=origin.external_id,
            post=post,
            author_key=origin.author_key[:500],
            delivery_id=origin.delivery_id,
            url=origin.url[:1000],
            held_because=because(found)[:200] if found.is_held else "",
        )
        if by.user_id is not None:
            Following.objects.get_or_create(member=by, topic=topic)
        if found.is_held:
            hold_new(topic, post, found=found, by=by, at=now())
        else:
            _tell(topic, post, at=now())
    return post


def _looked_over(by: Member, text: str, admission: Admission) -> Screened:
    """What the house's screening finds in it, with what admission adds."""
    found = look_over(by, text, how=Written(is_outside=by.user_id is None), at=now())
    if admission.is_shown:
        return found
    reasons = (*found.reasons, *(Reason(code.value, HELD_BY_ITSELF) for code in admission.reasons))
    return Screened(True, found.points + HELD_BY_ITSELF * len(admission.reasons), reasons, found.copies)


def because(found: Screened) -> str:
    """The reasons for holding, for the ledger."""
    return ", ".join(reason.code for reason in found.reasons if reason.points > 0)


def _tell(topic: Topic, post: Post, *, at: datetime) -> None:
    derive(topic, at=at)
    count_answers(post.author_id)
    touch(
        topic,
        PostWritten,
        by=post.author,
        at=at,
        post_id=post.pk,
        kind=post.kind,
        member_id=post.author_id,
        voice=post.voice,
    )
    notify_post(post, topic=topic)


def change_arrived(known: ExternalPost, *, text: str, admission: Admission, at: datetime) -> bool:
    """Follow an edit made there; whether it changed anything. An older one than what is known changes nothing. What it
    said before is kept, as with every edit; what `admission` holds waits for a look again."""
    with transaction.atomic():
        topic = lock(known.post.topic_id)
        known.refresh_from_db(fields=["changed_at", "deleted_at"])
        post = Post.objects.get(pk=known.post_id)
        if known.is_ours or known.deleted_at or (known.changed_at and known.changed_at >= at):
            return False
        known.changed_at = at
        known.save(update_fields=["changed_at"])
        html = texts.html_of(text)
        if post.text == text or not texts.words_of(html):
            return False
        Revision.objects.create(post=post, text=post.text, by=post.author, at=at)
        was_shown = post.state == Post.State.SHOWN
        if was_shown:
            search.forget_posts([(post.pk, *search.parts_of(post.indexed))])
        post.text, post.html, post.edited_at, post.edits = text, html, at, post.edits + 1
        post.checked_by = post.checked_at = None  # it was the earlier text that was checked
        post.indexed = search.indexed_form("", texts.words_of(html))
        post.save(update_fields=["text", "html", "edited_at", "edits", "indexed", "checked_by", "checked_at"])
        if post.state == Post.State.HELD:
            open_case(post, at=now())
        if was_shown:
            search.index_posts([(post.pk, *search.parts_of(post.indexed))])
        touch(topic, PostEdited, by=None, at=now(), post_id=post.pk, member_id=post.author_id)
        if was_shown and not admission.is_shown:
            turn_post(topic, post, Post.State.HELD, at=now())
            reasons = [Reason(code.value, HELD_BY_ITSELF) for code in admission.reasons]
            open_case(post, reasons=reasons, at=now())
            touch(
                topic, PostRemoved, by=None, at=now(), post_id=post.pk, member_id=post.author_id, state="held"
            )
    return True


def withdraw_arrived(known: ExternalPost, *, at: datetime) -> bool:
    """Its author took it away there: it is gone here too, with its text and earlier texts; whether it was here still."""
    with transaction.atomic():
        topic = lock(known.post.topic_id)
        known.refresh_from_db(fields=["deleted_at"])
        if known.is_ours or known.deleted_at is not None:
            return False
        known.deleted_at = at
        known.url = ""
        known.save(update_fields=["deleted_at", "url"])
        post = Post.objects.get(pk=known.post_id)
        was_known = post.state != Post.State.REMOVED
        if post.state == Post.State.SHOWN:
            turn_post(topic, post, Post.State.REMOVED, at=now())
        Revision.objects.filter(post=post).delete()
        post.state, post.text, post.html, post.indexed, post.url = Post.State.REMOVED, "", "", "", ""
        post.save(update_fields=["state", "text", "html", "indexed", "url"])
        touch(
            topic, PostRemoved, by=None, at=now(), post_id=post.pk, member_id=post.author_id, state="removed"
        )
    return was_known


__all__ = [
    "KnownAlready",
    "NotUnderstood",
    "Origin",
    "Overtaken",
    "TooMuch",
    "change_arrived",
    "keep_arrived",
    "note_sent",
    "withdraw_arrived",
]
