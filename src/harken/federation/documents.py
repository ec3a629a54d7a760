"""What the Fediverse reads of us, as JSON of ActivityStreams: the space as a Group, its posts as Notes.

Members have no actor of their own: the space speaks, and the first line of each post says who wrote it and whether they
are a customer or of the company. A topic is a Note too, its title in bold above: Mastodon shows an Article or a Page as a
bare link.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from html import escape
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from harken.base import sql
from harken.base.foreign_json import as_bytes
from harken.base.net.errors import Refused
from harken.base.net.urls import target_of
from harken.community.models import File, Post, Topic
from harken.community.policy import NAMELESS, name_elsewhere
from harken.community.texts import OWN_FILE, with_whole_addresses

from .addresses import (
    handle_of,
    inbox_of,
    page_of_post,
    uri_of_actor,
    uri_of_followers,
    uri_of_post,
    uri_of_topic,
)
from .models import Acquaintance, SpaceActor

AS = "https://www.w3.org/ns/activitystreams"
PUBLIC = f"{AS}#Public"
CONTEXT = [AS, {"Hashtag": "as:Hashtag", "sensitive": "as:sensitive"}]
ACTOR_CONTEXT = [
    AS,
    "https://w3id.org/security/v1",
    {"discoverable": "http://joinmastodon.org/ns#discoverable"},
]
_IMAGE = re.compile(r"<img[^>]*>")
_SRC = re.compile(r' src="([^"]*)"')
_ALT = re.compile(r' alt="([^"]*)"')


def actor_document(actor: SpaceActor) -> dict[str, Any]:
    """The space itself."""
    space, uri = actor.space, uri_of_actor(actor)
    brand = space.brand.name
    return {
        "@context": ACTOR_CONTEXT,
        "id": uri,
        "type": "Group",
        "preferredUsername": actor.name,
        "name": f"{space.name} · {brand}",
        "summary": f"<p>{escape(space.intro)}</p>" if space.intro else "",
        "url": f"{actor.base}/community/s/{space.slug}/",
        "inbox": inbox_of(actor),
        "outbox": f"{uri}/outbox",
        "followers": uri_of_followers(actor),
        "published": actor.began_at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "manuallyApprovesFollowers": False,
        "discoverable": True,
        "publicKey": {"id": f"{uri}#main-key", "owner": uri, "publicKeyPem": actor.public_key},
    }


def credit_of(post: Post, topic: Topic, company: str) -> str:
    """Who speaks, in one line; never without what they are."""
    member = post.author
    with translation.override(settings.LANGUAGE_CODE):
        if member.state == "gone":
            name = _("Somebody who left")
        elif post.voice in ("employee", "brand"):
            name = member.name
        else:
            name = member.travels_as or name_elsewhere(member.name)
        values = {"name": name, "company": company}
        asks = post.kind == Post.Kind.OPENING and topic.kind == Topic.Kind.QUESTION
        answers = post.kind == Post.Kind.ANSWER and topic.kind == Topic.Kind.QUESTION
        if post.kind == Post.Kind.OPENING and topic.summarised_by_id:
            return _("Asked elsewhere, in the words of %(company)s:") % values
        if post.voice == "brand":
            return (_("%(company)s answers:") if answers else _("%(company)s says:")) % values
        if post.voice == "employee":
            return (
                _("%(name)s, who works at %(company)s, asks:") if asks
                else _("%(name)s, who works at %(company)s, answers:") if answers
                else _("%(name)s, who works at %(company)s, says:")
            ) % values  # fmt: skip
        if name == NAMELESS:
            return (
                _("A customer asks:") if asks
                else _("A customer answers:") if answers
                else _("A customer says:")
            )  # fmt: skip
        return (
            _("%(name)s, a customer, asks:") if asks
            else _("%(name)s, a customer, answers:") if answers
            else _("%(name)s, a customer, says:")
        ) % values  # fmt: skip


def note_document(
    actor: SpaceActor, post: Post, topic: Topic, *, parent: str = "", answered: Acquaintance | None = None
) -> dict[str, Any]:
    """One post. `parent`: the address of what it answers; `answered`: who wrote that, where they are elsewhere."""
    page, is_opening = page_of_post(actor, post, topic), post.kind == Post.Kind.OPENING
    content, files = _without_pictures(post.html, actor.base)
    parts = [f"<p><strong>{escape(topic.title)}</strong></p>"] if is_opening else []
    to_whom = f"{_mention(answered)} " if answered else ""
    parts.append(f"<p>{to_whom}{escape(credit_of(post, topic, actor.space.brand.name))}</p>")
    parts.append(content)
    if is_opening:
        parts.append(f'<p><a href="{escape(page)}">{escape(page)}</a></p>')
    note: dict[str, Any] = {
        "@context": CONTEXT,
        "id": uri_of_post(actor, post.pk),
        "type": "Note",
        "attributedTo": uri_of_actor(actor),
        "audience": uri_of_actor(actor),
        "to": [PUBLIC],
        "cc": [uri_of_followers(actor)] + ([answered.uri] if answered else []),
        "context": uri_of_topic(actor, topic.pk),
        "conversation": uri_of_topic(actor, topic.pk),
        "published": _stamp(post.created_at),
        "url": page,
        "content": "".join(parts),
        "sensitive": False,
        "tag": [{"type": "Mention", "href": answered.uri, "name": answered.handle or answered.uri}]
        if answered
        else [],
        "attachment": files,
        "inReplyTo": parent or None,
    }
    # no "name": snac2 takes a Note with one for a vote in a poll and shows it in no timeline
    if post.edited_at:
        note["updated"] = _stamp(post.edited_at)
    return note


def tombstone(actor: SpaceActor, post_id: int) -> dict[str, Any]:
    """What stands where a post was."""
    return {"@context": AS, "id": uri_of_post(actor, post_id), "type": "Tombstone"}


def activity(
    actor: SpaceActor, kind: str, uri: str, thing: Any, *, to: Sequence[str] = (), at: Any = None
) -> dict[str, Any]:
    """An act of the space. Without `to` it is for everybody and the followers."""
    made: dict[str, Any] = {
        "@context": thing.get("@context", AS) if isinstance(thing, dict) else AS,
        "id": uri,
        "type": kind,
        "actor": uri_of_actor(actor),
        "object": {key: value for key, value in thing.items() if key != "@context"}
        if isinstance(thing, dict)
        else thing,
        "to": list(to) or [PUBLIC],
    }
    if not to:
        made["cc"] = [uri_of_followers(actor)]
        if isinstance(thing, dict) and isinstance(thing.get("cc"), list):
            made["cc"] = thing["cc"]
    if at is not None:
        made["published"] = _stamp(at)
    return made


def digest_of(document: Mapping[str, Any]) -> str:
    """A short name of what a document says."""
    return sha256(as_bytes(dict(document))).hexdigest()


def finger(actor: SpaceActor) -> dict[str, Any]:
    """What WebFinger says of a space (RFC 7033)."""
    uri, page = uri_of_actor(actor), f"{actor.base}/community/s/{actor.space.slug}/"
    return {
        "subject": f"acct:{handle_of(actor)[1:]}",
        "aliases": [uri, page],
        "links": [
            {"rel": "self", "type": "application/activity+json", "href": uri},
            {"rel": "http://webfinger.net/rel/profile-page", "type": "text/html", "href": page},
        ],
    }


def host_of_uri(uri: str) -> str:
    """The host, and port where it is unusual, of an address: one form, however it is spelled there, so that who is kept out
    is, in any."""
    try:
        return target_of(uri).netloc
    except Refused:
        return ""


def _mention(person: Acquaintance) -> str:
    return f'<a href="{escape(person.url or person.uri)}" class="u-url mention">{escape(person.handle or person.name)}</a>'


def _stamp(at: Any) -> str:
    found = sql.moment(at)
    return found.isoformat(timespec="seconds").replace("+00:00", "Z") if found else ""


def _without_pictures(html: str, base: str) -> tuple[str, list[dict[str, Any]]]:
    """The HTML without its pictures, and these as attachments with their words; its other files are links from anywhere."""
    found: list[tuple[str, str, str]] = []
    for image in _IMAGE.findall(html):
        source, words = _SRC.search(image), _ALT.search(image)
        own = OWN_FILE.fullmatch(source[1]) if source else None
        if own:
            found.append((own[1], source[1] if source else "", words[1] if words else ""))
    types = (
        dict(
            File.objects.filter(stored_as__in=[name for name, _s, _w in found]).values_list(
                "stored_as", "content_type"
            )
        )
        if found
        else {}
    )
    files = [
        {"type": "Document", "mediaType": types[name], "url": f"{base}{source}", "name": words}
        for name, source, words in found
        if name in types
    ]
    return with_whole_addresses(_IMAGE.sub("", html), base), files
