"""A mail that came to the community: a member's reply to one of ours, or nothing for a topic, and why.

Two things must hold: the mail carries what only that member was sent (the signed reply address, or our signed Message-ID
among those it answers), and it comes from the address that this member confirmed. A sender that the border server proves wrong
is never believed. What cannot be taken is answered once, politely, without a return path, and never to a machine.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import translation
from django.utils.translation import gettext as _

from harken.accounts.models import normal_email
from harken.channels import dispatching
from harken.channels.contract import Post
from harken.channels.filing import Fates, Raw
from harken.channels.models import Channel
from harken.community.actions.arriving import (
    KnownAlready,
    NotUnderstood,
    Origin,
    Overtaken,
    TooMuch,
    keep_arrived,
)
from harken.community.admission import admit, form_of
from harken.community.letters import tokens
from harken.community.letters.boxes import may_mail
from harken.community.letters.policy import REPLY_FOR
from harken.community.letters.writing import is_quotable
from harken.community.models import ExternalPost, Letter, LetterBox, Member, Notice, Topic
from harken.community.models import Post as Said
from harken.community.permissions import may_write, topics_visible_to

from .carried import with_kept_files
from .reading import newcomer

NOTE_AGAIN = timedelta(days=1)  # to a member whose mail is no reply
MOST_NAMED = 20


class Refused(Exception):
    """The reply cannot be taken: `reason` for the ledger, `words` for who wrote it ("" where nobody is to be told)."""

    def __init__(self, reason: str, words: str = "") -> None:
        super().__init__(reason)
        self.reason, self.words = reason, words


def take_reply(raw: Raw, channel: Channel, post: Post, fates: Fates, now: datetime) -> None:
    """Give one mail its fate."""
    if post.is_automatic:
        fates.set("ignored", "written by a machine", raw.id)
        return
    known = ExternalPost.objects.filter(channel=channel, external_id=post.external_id[:500]).first()
    letter, is_by_address = letter_answered(channel, post)
    if letter is None:
        fates.set("ignored", "no reply to a mail of ours", raw.id)
        _note_stranger(channel, post, now)
        return
    if known is not None:
        is_theirs = known.author_key == _author_key(letter.member)
        if is_theirs:
            fates.duplicate.append(raw.id)
        else:
            fates.set("ignored", "claims the id of somebody else's mail", raw.id)
        return
    try:
        kept = _keep(raw, channel, post, letter, is_by_address=is_by_address, now=now)
    except KnownAlready:
        fates.duplicate.append(raw.id)
    except Refused as why:
        fates.set("ignored", why.reason, raw.id)
        if why.words:
            _note_reply(channel, letter, post, why.words, now)
    else:
        fates.set("shown", f"held for a look: {kept}" if kept else "", raw.id)


def letter_answered(channel: Channel, post: Post) -> tuple[Letter | None, bool]:
    """(the letter that a mail answers, whether its reply address says so). Without that address, where a program or a
    server lost it, our own Message-ID among those that the mail answers."""
    for tag in post.details.get("tags", ()):
        letter = tokens.letter_of(str(tag), channel_id=channel.pk)
        if letter is not None:
            return letter, True
    names = [name[:500] for name in (post.in_reply_to, *reversed(post.references)) if name][:MOST_NAMED]
    rows = Letter.objects.filter(dispatch__channel=channel, dispatch__external_id__in=names)
    found = {
        one.dispatch.external_id: one
        for one in rows.select_related("dispatch", "member__user__agent", "topic", "post")
    }
    return next((found[name] for name in names if name in found), None), False


def _author_key(member: Member) -> str:
    return f"member:{member.pk}"  # not the address: nothing private stands beside a public post


def _keep(
    raw: Raw, channel: Channel, post: Post, letter: Letter, *, is_by_address: bool, now: datetime
) -> str:
    """Keep the reply as what it is; returns why it is held, "" where it is shown. Raises Refused, KnownAlready."""
    member = letter.member
    box = LetterBox.objects.filter(member=member).first()
    if post.details.get("sender") == "failed":
        raise Refused("its sender is proven wrong")
    if not may_write(member) or member.user is None or box is None or box.confirmed_at is None:
        raise Refused("who it was sent to may not write here")
    sender = normal_email(post.author.key)
    with translation.override(member.language):
        if sender not in (normal_email(box.email),) or box.email != member.user.email:
            raise Refused(
                "not from the address it was sent to",
                _(
                    "your mail came from another address than the one that we write to, so it was not put into the community. Please reply from the address that got our mail, or write on the page."
                ),
            )
        if now - letter.at > REPLY_FOR:
            raise Refused(
                "a reply to a mail that is too old",
                _("the mail that you answered is too old to be answered by mail. Please write on the page."),
            )
        answered = _answered(letter, member)
        try:
            return _written(raw, channel, post, answered, member, is_by_address=is_by_address)
        except (Overtaken, NotUnderstood, TooMuch) as why:
            raise Refused(str(why), _(str(why))) from why


def _answered(letter: Letter, member: Member) -> Said:
    """The post that a reply to this letter answers, if this member may still read it."""
    topic = (
        topics_visible_to(member).filter(pk=letter.topic_id).select_related("space").first()
        if letter.topic_id
        else None
    )
    if topic is None:
        raise Refused(
            "a reply to a mail that is about no topic they may read",
            _("the mail that you answered cannot be answered by mail. Please write on the page."),
        )
    post = letter.post
    if post is None or post.state != Said.State.SHOWN:
        post = topic.said.get(kind=Said.Kind.OPENING)
    post.topic = topic
    return post


def _written(
    raw: Raw, channel: Channel, post: Post, answered: Said, member: Member, *, is_by_address: bool
) -> str:
    text = post.text.strip()
    topic = answered.topic
    admission = admit(newcomer(member, is_proven=post.is_verified or is_by_address), text)
    text = with_kept_files(text, post.attachments, by=member)
    form = form_of(
        answers=answered.kind,
        is_asker=member.pk == topic.author_id,
        is_question=topic.kind == Topic.Kind.QUESTION,
        length=len(text),
    )
    kept = keep_arrived(
        answered,
        by=member,
        text=text,
        form=form,
        origin=Origin(
            channel_id=channel.pk,
            external_id=post.external_id[:500],
            author_key=_author_key(member),
            network="",
            delivery_id=raw.id,
        ),
        admission=admission,
        at=post.at,
    )
    Notice.objects.filter(member=member, topic=topic, letter__isnull=False, seen_at=None).update(
        seen_at=post.at
    )
    if kept.state != Said.State.HELD:
        return ""
    return str(kept.elsewhere.values_list("held_because", flat=True).first())


# ---- the one polite word ---------------------------------------------------------------------------------


def _note_reply(channel: Channel, letter: Letter, post: Post, words: str, now: datetime) -> None:
    """Tell who replied that it was not taken, once a letter."""
    if post.details.get("no_machines"):
        return
    if Letter.objects.filter(pk=letter.pk, noted_at=None).update(noted_at=now):
        with translation.override(letter.member.language):
            name = letter.topic.title if letter.topic is not None and is_quotable(letter.topic) else ""
            _send_note(channel, post, words, now, about=name)


def _note_stranger(channel: Channel, post: Post, now: datetime) -> None:
    """A member wrote, but not in reply: told once a day where to write. Nobody else is answered: their address may be
    anybody's."""
    if post.details.get("no_machines") or post.details.get("sender") == "failed":
        return
    box = LetterBox.objects.filter(email=normal_email(post.author.key)).select_related("member__user").first()
    if box is None or not may_mail(box) or (box.noted_at and now - box.noted_at < NOTE_AGAIN):
        return
    LetterBox.objects.filter(pk=box.pk).update(noted_at=now)
    with translation.override(box.member.language):
        _send_note(
            channel,
            post,
            _(
                "nobody reads this mailbox: only replies to our mails go into the community. Please ask on the page."
            ),
            now,
        )


def _send_note(channel: Channel, post: Post, words: str, now: datetime, *, about: str = "") -> None:
    lines = [_("Hello,"), words, tokens.link("/community/")]
    if about:
        lines.insert(2, f"» {about}")
    dispatching.queue_dispatch(
        channel.pk,
        key=dispatching.new_key(),
        body={
            "text": "\n\n".join(lines),
            "is_public": False,
            "to": {"key": post.author.key, "name": post.author.name},
            "subject": post.subject,
            "in_reply_to": post.external_id,
            "is_automatic": True,
            "details": {"hops": post.details.get("hops", 0), "no_machines": False},
        },
        not_before=now,
    )
