"""Mails to members as they read them: plain text and simple HTML, in the member's language.

A mail passes through servers that are nobody's here. What was said is therefore quoted only from spaces that everybody
reads; of any other space a mail says that there is news and where, no title, no name, no word of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import translation
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from harken.channels.models import Channel
from harken.community import texts
from harken.community.addresses import link_to_topic
from harken.community.models import Member, Notice, Space, Topic
from harken.community.notice_words import words_of

from . import policy, tokens

RTL = {"ar", "fa", "he", "ur"}


def host() -> str:
    """This install's name, for ids that must be its own."""
    return urlsplit(settings.PUBLIC_URL).hostname or "localhost"


def thread_id(topic_id: int, channel_id: int) -> str:
    """What holds all mails of one topic together in a mail program; no mail has this id itself."""
    return f"<topic.{topic_id}.{channel_id}@{host()}>"


def is_quotable(topic: Topic) -> bool:
    """Whether what is said there may stand in a mail."""
    return topic.space.audience == Space.Audience.EVERYONE.value


def what(notice: Notice) -> str:
    """What happened, in one line."""
    who = notice.actor.name if notice.actor else _("Somebody")
    if words := words_of(notice):
        return words
    kinds = {
        "opened": _("%(who)s began a topic"),
        "answered": _("%(who)s answered"),
        "commented": _("%(who)s commented"),
        "mentioned": _("%(who)s named you"),
        "thanked": _("%(who)s thanked you"),
        "solved": _("%(who)s says that your answer solved it"),
        "outcome": _("%(who)s tried your answer"),
        "invited": _("%(who)s asks whether you can answer"),
    }
    return kinds.get(notice.kind, _("There is news")) % {"who": who}


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing that happened, as it stands in a mail."""

    line: str
    words: str = ""
    html: str = ""
    link: str = ""


def pieces_of(notices: Sequence[Notice], *, with_words: bool = True) -> list[Piece]:
    """The notices as they may be told: the words of others only from where everybody reads."""
    found: list[Piece] = []
    for one in notices:
        if one.topic is not None and not is_quotable(one.topic):
            hidden = Piece(
                _("There is news in a space that not everybody reads"), link=link_to_topic(one.topic)
            )
            if hidden not in found:
                found.append(hidden)
            continue
        link = one.address
        if not link and one.topic is not None:
            link = link_to_topic(one.topic) + (f"#p{one.post_id}" if one.post_id else "")
        words = html = ""
        if with_words and one.post is not None and one.kind not in ("thanked", "solved", "outcome"):
            words, is_cut = policy.excerpt(texts.words_of(one.post.html))
            html = (
                str(format_html("<p>{}</p>", words))
                if is_cut
                else texts.with_whole_addresses(one.post.html, settings.PUBLIC_URL.rstrip("/"))
            )
        found.append(Piece(what(one), words, html, tokens.link(link) if link.startswith("/") else link))
    return found


def news(
    channel: Channel, member: Member, notices: Sequence[Notice], *, topic: Topic | None, is_first: bool
) -> dict[str, object]:
    """A mail on what happened in one topic, or on one thing without a topic; without its reply address."""
    pieces = pieces_of(notices)
    if topic is None:
        subject = " ".join(pieces[0].line.split())[:120]
        why = _("You get this because it is about you.")
    elif is_quotable(topic):
        subject = topic.title if is_first else f"Re: {topic.title}"
        why = _("You get this because you follow it, wrote in it, were named or asked.")
    else:
        subject = _("News in a space that not everybody reads")
        why = _("What is said there is not put into mails. Sign in to read it.")
    can_reply = topic is not None and topic.state == Topic.State.OPEN and topic.space.is_open
    return _body(channel, member, subject, pieces, why=why, can_reply=can_reply)


def day(channel: Channel, member: Member, notices: Sequence[Notice]) -> dict[str, object]:
    """A mail with all that came together in a day: a line for each, with the topic it is of."""
    pieces = []
    for one in notices:
        (piece,) = pieces_of([one], with_words=False)
        if one.topic is not None and is_quotable(one.topic):
            piece = Piece(f"{piece.line}: {one.topic.title}", link=piece.link)
        if piece not in pieces:
            pieces.append(piece)
    subject = ngettext("%(n)s thing in the community", "%(n)s things in the community", len(pieces)) % {
        "n": len(pieces)
    }
    return _body(channel, member, subject, pieces, why=_("You chose to get this once a day."))


def confirmation(channel: Channel, member: Member, link: str) -> dict[str, object]:
    """The mail with the link that proves an address."""
    lines = [
        _("Hello %(name)s,") % {"name": member.name},
        _(
            "open this link to get mail when somebody answers you. It holds for seven days. If you did not join here, do nothing: no other mail comes."
        ),
    ]
    text = "\n\n".join([*lines, link])
    html = format_html(
        "{}<p><a href='{}'>{}</a></p>",
        format_html_join("", "<p>{}</p>", ((line,) for line in lines)),
        link,
        _("Confirm this address"),
    )
    return _outbound(
        channel, member, _("Is this your address?"), text, _page(html), {"list_id": _list_id(channel)}
    )


def _body(
    channel: Channel,
    member: Member,
    subject: str,
    pieces: Sequence[Piece],
    *,
    why: str,
    can_reply: bool = False,
) -> dict[str, object]:
    off, me = tokens.off_link(member), tokens.link("/community/me/#mail")
    text, html = [], []
    for piece in pieces:
        text.append(
            "\n".join(
                part for part in (f"{piece.line}", piece.words and f"\n{piece.words}\n", piece.link) if part
            )
        )
        html.append(
            format_html(
                "<h2 style='font-size:1.05em'><bdi>{}</bdi></h2>{}{}",
                piece.line,
                mark_safe(piece.html),  # noqa: S308 - made by community.texts through the allow-list
                format_html("<p><a href='{}'>{}</a></p>", piece.link, _("Read it there")) if piece.link else "",
            )
        )  # fmt: skip
    foot = [why]
    if can_reply:
        foot.insert(
            0, _("Reply to this mail and your words stand there, with your name, as if you wrote them there.")
        )
    text.append("-- \n" + "\n".join([*foot, _("What you get: %(link)s") % {"link": me}, _("No more mail: %(link)s") % {"link": off}]))  # fmt: skip
    html.append(
        format_html(
            "<hr><p style='opacity:.75;font-size:.9em'>{}<br><a href='{}'>{}</a> · <a href='{}'>{}</a></p>",
            format_html_join(mark_safe("<br>"), "{}", ((line,) for line in foot)),
            me,
            _("What you get"),
            off,
            _("No more mail"),
        )
    )
    return _outbound(
        channel, member, subject, "\n\n".join(text), _page(mark_safe("".join(html))),  # noqa: S308 - of safe parts
        {"list_id": _list_id(channel), "unsubscribe_url": off},
    )  # fmt: skip


def _page(html: SafeString) -> str:
    language = translation.get_language() or "en"
    direction = "rtl" if language.split("-")[0] in RTL else "ltr"
    return (
        f'<!doctype html><html lang="{conditional_escape(language)}" dir="{direction}"><meta charset="utf-8"><meta name="color-scheme" content="light dark">'
        f'<body style="font-family:sans-serif;line-height:1.5;max-width:40em">{html}</body></html>'
    )


def _list_id(channel: Channel) -> str:
    return f"community-{channel.brand_id}.{host()}"


def _outbound(
    channel: Channel, member: Member, subject: str, text: str, html: str, circular: dict[str, str]
) -> dict[str, object]:
    assert member.user is not None  # who has no sign-in has no address
    return {
        "text": text,
        "is_public": False,
        "subject": subject,
        "to": {"key": member.user.email, "name": member.name},
        "circular": {"html": html, **circular},
    }
