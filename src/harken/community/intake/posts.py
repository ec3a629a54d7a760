"""A post that arrived: which of ours it answers, who wrote it, whether it is shown at once."""

from __future__ import annotations

from datetime import datetime

from harken.channels import dispatching
from harken.channels.contract import Post
from harken.channels.filing import Fates, Raw
from harken.community.actions.arriving import (
    KnownAlready,
    NotUnderstood,
    Origin,
    Overtaken,
    TooMuch,
    keep_arrived,
)
from harken.community.admission import admit, form_of, words_of_post
from harken.community.models import ExternalPost, Member, Space, Topic
from harken.community.models import Post as Said

from . import replies
from .carried import with_files_in_words
from .reading import Line, member_behind, newcomer

MOST_NAMED = 20  # ids of a thread that are looked up


def take_post(raw: Raw, line: Line, post: Post, fates: Fates, now: datetime) -> None:
    """Give one post its fate: shown (perhaps held for a look), merged (our own), duplicate, or ignored with a reason."""
    if post.author.is_us:
        dispatching.recognise_own(line.id, post)
        fates.merged.append(raw.id)
        return
    if not line.is_public:
        replies.take_reply(raw, line.channel, post, fates, now)
        return
    if not post.is_public:
        # what is said to us alone is never shown to all
        fates.set("ignored", "not public", raw.id)
        return
    known = ExternalPost.objects.filter(channel_id=line.id, external_id=post.external_id[:500]).first()
    if known is not None:
        if known.author_key == post.author.key[:500]:
            fates.duplicate.append(raw.id)
        else:
            fates.set("ignored", "claims the id of somebody else's post", raw.id)
        return
    answered = answered_by(line, post)
    if answered is None:
        fates.set("ignored", "answers nothing of ours", raw.id)
        return
    if not is_open_to_all(answered):
        fates.set("ignored", "what it answers is not shown to everyone", raw.id)
        return
    by = member_behind(line.network, post.author, is_demo=line.channel.is_demo)
    if by.state != Member.State.ACTIVE:
        fates.set("ignored", "its author may not write here", raw.id)
        return
    text = words_of_post(post.text)
    admission = admit(newcomer(by, is_machine=post.author.is_bot or post.is_automatic), text)
    text = with_files_in_words(text, post.attachments)
    form = form_of(
        answers=answered.kind,
        is_asker=by.pk == answered.topic.author_id,
        is_question=answered.topic.kind == Topic.Kind.QUESTION,
        length=len(text),
    )
    try:
        kept = keep_arrived(
            answered,
            by=by,
            text=text,
            form=form,
            origin=Origin(
                channel_id=line.id,
                external_id=post.external_id[:500],
                author_key=post.author.key,
                network=line.network,
                url=post.url,
                delivery_id=raw.id,
            ),
            admission=admission,
            at=post.at,
        )
    except KnownAlready:
        fates.duplicate.append(raw.id)
    except TooMuch:
        fates.set("ignored", "more than its author may write here in an hour, or too many links", raw.id)
    except (Overtaken, NotUnderstood) as why:
        fates.set("ignored", str(why), raw.id)
    else:
        fates.set("shown", fate_of(kept), raw.id)


def fate_of(post: Said) -> str:
    """What the ledger says beside "shown": why it is held, nothing where all see it."""
    if post.state != Said.State.HELD:
        return ""
    return f"held for a look: {post.elsewhere.values_list('held_because', flat=True).first()}"


def answered_by(line: Line, post: Post) -> Said | None:
    """The post of ours that it answers: what it says it answers first, then the nearest of its thread."""
    names = [name[:500] for name in (post.in_reply_to, *reversed(post.references)) if name][:MOST_NAMED]
    if not names:
        return None
    rows = ExternalPost.objects.filter(channel_id=line.id, external_id__in=names)
    found = {
        row.external_id: row.post for row in rows.select_related("post", "post__topic", "post__topic__space")
    }
    return next((found[name] for name in names if name in found), None)


def is_open_to_all(post: Said) -> bool:
    """Whether anybody may read it: only such a post can be answered from where everybody speaks."""
    topic = post.topic
    return (
        post.state == Said.State.SHOWN
        and topic.is_shown
        and topic.space.audience == Space.Audience.EVERYONE.value
    )
