"""What the community learns from where else customers speak: a question put into our words, thanks, whether it worked.

These members have no sign-in here; what they said elsewhere counts as theirs. Nobody's words are repeated by this
module: who calls it decides what may be.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _

from harken.clocks.models import Clock
from harken.community import policy, texts
from harken.community.events import (
    AnswerChosen,
    OutcomeTold,
    PostEdited,
    PostThanked,
    TopicOpened,
    TopicTravelled,
)
from harken.community.models import Following, Member, Notice, Outcome, Post, Revision, Space, Thanks, Topic
from harken.community.notice_words import Said, words_for
from harken.community.permissions import is_staff
from harken.community.policy import Chosen

from .carrying import follow_asking
from .changing import NotAllowed, count_space, derive, lock, text_of, title_of, touch
from .choosing import count_member
from .editing import turn_post
from .notifying import notify_one
from .tagging import count_tags, put_tags
from .writing import keep_post


def open_topic_for(
    asker: Member,
    *,
    by: Member,
    space: Space,
    title: str,
    text: str,
    asked_on: str,
    url: str = "",
    tags: Iterable[str] = (),
    clock: Clock | None = None,
    due_at: datetime | None = None,
    key: str | None = None,
    at: datetime | None = None,
) -> Topic:
    """Ask in the community what somebody asked elsewhere, in the words of `by`, who is staff and named as the one
    who summed it up. `clock` is the one that runs where it was asked; it is shown here and led there."""
    if not is_staff(by):
        raise NotAllowed(_("Only the company's people bring questions from elsewhere."))
    if not space.is_open or space.audience != Space.Audience.EVERYONE:
        raise NotAllowed(_("%(name)s is not a place where everybody can answer.") % {"name": space.name})
    if key and (known := Topic.objects.filter(key=key).first()):
        return known
    title, text, at = title_of(title), text_of(text), at or now()
    with transaction.atomic():
        topic = Topic.objects.create(
            space=space,
            kind=Topic.Kind.QUESTION,
            title=title,
            slug=policy.topic_slug_of(title),
            author=asker,
            summarised_by=by,
            asked_on=asked_on,
            key=key,
            clock=clock,
            leads_clock=False,
            created_at=at,
            last_at=at,
        )
        post = keep_post(
            topic,
            by=asker,
            kind=Post.Kind.OPENING,
            text=text,
            voice=policy.Voice.CUSTOMER,
            at=at,
            said_on=asked_on,
            url=url,
        )
        topic.gist = texts.gist_of(post.html)
        topic.save(update_fields=["gist"])
        put_tags(topic, tags)
        derive(topic, at=at)
        show_clock(topic, clock=clock, due_at=due_at)
        count_space(space.pk)
        Following.objects.get_or_create(member=by, topic=topic)
        touch(topic, TopicOpened, by=by, at=at, post_id=post.pk, kind=topic.kind, member_id=asker.pk)
    return topic


def show_clock(topic: Topic, *, clock: Clock | None, due_at: datetime | None) -> bool:
    """Show the clock that runs where the question was asked; whether that changed anything."""
    waits = (
        topic.is_shown
        and topic.state == Topic.State.OPEN
        and topic.space.is_open
        and not topic.answered_at
        and not topic.chosen_id
    )
    due_at = due_at if waits else None
    clock_id = clock.pk if clock else None
    is_same = (topic.clock_id, topic.due_at) == (clock_id, due_at)
    if not is_same:
        topic.clock_id, topic.due_at = clock_id, due_at
        topic.save(update_fields=["clock", "due_at"])
    follow_asking(topic, at=now())
    return not is_same


def hear_thanks(post: Post, *, from_: Member, at: datetime | None = None) -> bool:
    """Somebody thanked for an answer where they had asked; whether it was new."""
    at = at or now()
    if post.author_id == from_.pk or post.state != Post.State.SHOWN or from_.state != Member.State.ACTIVE:
        return False
    with transaction.atomic():
        topic = lock(post.topic_id)
        if not Thanks.objects.get_or_create(post=post, member=from_, defaults={"at": at})[1]:
            return False
        post.thanks = post.thanked.count()
        post.save(update_fields=["thanks"])
        derive(topic, at=at)
        count_member(post.author_id)
        touch(topic, PostThanked, by=None, at=at, post_id=post.pk, member_id=from_.pk, is_thanked=True)
        notify_one(post.author_id, kind="thanked", topic=topic, post=post, actor=from_, at=at)
    return True


def hear_solved(post: Post, *, from_: Member, at: datetime) -> bool:
    """Who asked said where they had asked that this answer solved it; whether it stands so now. What was chosen already
    stays, and what is not shown any more solves nothing."""
    with transaction.atomic():
        topic = lock(post.topic_id)
        row = Post.objects.get(pk=post.pk)
        is_answer = row.kind == Post.Kind.ANSWER and topic.kind == Topic.Kind.QUESTION
        if topic.chosen_id is not None or not is_answer or row.state != Post.State.SHOWN:
            return False
        topic.chosen, topic.chosen_as, topic.chosen_by, topic.solved_at = row, Chosen.BY_ASKER, from_, at
        topic.save(update_fields=["chosen", "chosen_as", "chosen_by", "solved_at"])
        derive(topic, at=at)
        count_member(row.author_id)
        touch(
            topic, AnswerChosen, by=None, at=at, post_id=row.pk, member_id=from_.pk, chosen_as=Chosen.BY_ASKER
        )
    return True


def hear_outcome(post: Post, *, from_: Member, worked: bool, at: datetime | None = None) -> None:
    """Somebody said where they had asked whether it worked. The last word counts."""
    at = at or now()
    if post.author_id == from_.pk or post.state != Post.State.SHOWN:
        return
    with transaction.atomic():
        topic = lock(post.topic_id)
        Outcome.objects.update_or_create(post=post, member=from_, defaults={"worked": worked, "at": at})
        post.worked = post.outcomes.filter(worked=True).count()
        post.failed = post.outcomes.filter(worked=False).count()
        post.save(update_fields=["worked", "failed"])
        touch(topic, OutcomeTold, by=None, at=at, post_id=post.pk, member_id=from_.pk, worked=worked)
        notify_one(post.author_id, kind="outcome", topic=topic, post=post, actor=from_, at=at)


def show_travel(topic: Topic, *, state: str, at: datetime) -> None:
    """The topic's page shows how far its answer has come; `state` is the trip's (caller's transaction)."""
    touch(topic, TopicTravelled, by=None, at=at, state=state)


def tell_travelled(post: Post, *, said: Said, key: str, at: datetime) -> None:
    """Tell the author what became of their answer where it was asked; each fact once (caller's transaction)."""
    if post.author.user_id is not None:
        Notice.objects.get_or_create(
            key=key,
            defaults={
                "member": post.author, "kind": Notice.Kind.TRAVELLED, "topic_id": post.topic_id, "post": post,
                "said": said, "words": words_for(post.author, said), "at": at,
            },
        )  # fmt: skip


def word_thanks(post: Post, *, from_: Member, said: Said) -> None:
    """Say in the author's notice of these thanks where they were said."""
    Notice.objects.filter(member_id=post.author_id, kind=Notice.Kind.THANKED, post=post, actor=from_).update(
        said=said, words=words_for(post.author, said)
    )


TAKEN_BACK = "The one who asked this has taken the question back."


def withdraw_opening(topic: Topic, *, at: datetime | None = None) -> None:
    """The question is gone where it was asked: what we made of it goes too, with its earlier texts, link and name.

    Without answers the topic goes as a whole; what members answered stays readable under a line that says so.
    """
    at = at or now()
    with transaction.atomic():
        row = lock(topic.pk)
        opening = row.said.get(kind=Post.Kind.OPENING)
        is_answered = row.said.exclude(pk=opening.pk).filter(state=Post.State.SHOWN).exists()
        was_shown = row.is_shown
        if opening.state != Post.State.REMOVED:
            turn_post(row, opening, Post.State.REMOVED, at=at)
        row.title = row.gist = TAKEN_BACK
        row.slug = policy.slug_of(TAKEN_BACK)
        if was_shown and is_answered:  # what was hidden here stays hidden
            row.state, row.is_shown = Topic.State.CLOSED, True
        Revision.objects.filter(post=opening).delete()
        opening.text = opening.indexed = opening.url = ""
        opening.html = ""
        opening.save(update_fields=["text", "indexed", "url", "html"])
        row.save(update_fields=["title", "gist", "slug", "state", "is_shown"])
        derive(row, at=at)
        count_tags(row.tag_names)
        count_space(row.space_id)
        touch(row, PostEdited, by=None, at=at, post_id=opening.pk, member_id=row.author_id)
