"""The Bluesky network as the demo plays it: posts, numbers, deletions and direct messages in its own shape."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from harken.channels.contract import RawItem
from harken.connectors.bluesky import items
from harken.demo.acts import Act
from harken.demo.company import Channel, Customer

from .playing import Said, Stage, mark

# Where the network keeps pictures; what follows is the attachment's own name without its ending.
MEDIA = "https://cdn.sky.example/img/"
_SORTABLE = "234567abcdefghijklmnopqrstuvwxyz"


class BlueskyPlayer:
    def __init__(self, channel: Channel, stage: Stage) -> None:
        self.channel, self.stage = channel, stage
        self.us = "did:plc:" + mark("us", channel.address, length=24)

    def settings(self) -> tuple[dict[str, Any], dict[str, str]]:
        settings = {
            "identifier": self.channel.address,
            "host": f"https://{self.channel.address}",
            "direct_messages": True,
        }
        return settings, {
            "app_password": "-".join(mark("password", self.us, str(i), length=4) for i in range(4))
        }

    def id_of(self, act: Act) -> str:
        if act.private:
            return f"{self._convo(act)}/{_record_key(act.at, act.key)}"
        return f"at://{self._did(act)}/app.bsky.feed.post/{_record_key(act.at, act.key)}"

    def item(self, act: Act) -> RawItem | None:
        if act.kind == "post" and act.private:
            return items.chat_item(self.us, self._entry(act), [self._profile(act)], False)
        if act.kind == "post":
            return items.post_item(self.us, self._post(act))
        if act.kind == "delete":
            return items.gone_item(self.us, self.id_of(self.stage.acts[act.to]), act.at)
        return None

    def reach(self, act: Act, numbers: tuple[int, int, int], at: datetime) -> RawItem | None:
        replies, boosts, likes = numbers
        post = {"uri": self.id_of(act), "replyCount": replies, "repostCount": boosts, "likeCount": likes}
        return items.reach_item(self.us, post, at)

    def _did(self, act: Act) -> str:
        return self.us if self.stage.is_us(act) else "did:plc:" + mark("person", act.author, length=24)

    def _convo(self, act: Act) -> str:
        """The one running exchange of direct messages with the story's customer."""
        return mark(
            "convo", self.author_key(self.stage.company.customers[self.stage.root(act).author]), length=13
        )

    def _profile(self, act: Act) -> dict[str, str]:
        author = self.stage.author(act)
        handle = author.handles["bluesky"] if isinstance(author, Customer) else self.channel.address
        return {"did": self._did(act), "handle": handle, "displayName": author.name}

    def _post(self, act: Act) -> dict[str, Any]:
        record = self._record(act.text, act.at, act.language)
        public = [one for one in self.stage.before(act) if not one.private]
        if public:
            record["reply"] = {"root": self._reference(public[0]), "parent": self._reference(public[-1])}
        post = {
            **self._reference(act),
            "author": self._profile(act),
            "record": record,
            "indexedAt": items.stamp(act.at + timedelta(seconds=1)),
        }
        if act.files:
            images = [{"fullsize": MEDIA + name.replace(".png", "@png"), "alt": ""} for name in act.files]
            post["embed"] = {"$type": "app.bsky.embed.images#view", "images": images}
        return post

    def _record(self, text: str, at: datetime, language: str) -> dict[str, Any]:
        return {
            "$type": "app.bsky.feed.post",
            "text": text,
            "createdAt": items.stamp(at),
            "langs": [language],
            "facets": self._facets(text),
        }

    def _reference(self, act: Act) -> dict[str, str]:
        return _reference(self.id_of(act))

    def _facets(self, text: str) -> list[dict[str, Any]]:
        """Where the text names us; places are counted in bytes."""
        start = text.find(self.channel.mention)
        if start < 0:
            return []
        first = len(text[:start].encode())
        return [
            {
                "index": {"byteStart": first, "byteEnd": first + len(self.channel.mention.encode())},
                "features": [{"$type": "app.bsky.richtext.facet#mention", "did": self.us}],
            }
        ]

    def _entry(self, act: Act) -> dict[str, Any]:
        return _entry(_record_key(act.at, act.key), self._convo(act), self._did(act), act.text, act.at)

    def author_key(self, customer: Customer) -> str:
        return "did:plc:" + mark("person", customer.slug, length=24)

    def said(self, said: Said) -> RawItem | None:
        did, key = self.author_key(said.customer), _record_key(said.at, said.key)
        profile = {"did": did, "handle": said.customer.handles["bluesky"], "displayName": said.customer.name}
        if said.private:
            entry = _entry(key, said.thread or mark("convo", did, length=13), did, said.text, said.at)
            return items.chat_item(self.us, entry, [profile], False)
        record = self._record(said.text, said.at, said.language)
        if said.thread and said.answers:
            record["reply"] = {"root": _reference(said.thread), "parent": _reference(said.answers)}
        post = {
            **_reference(f"at://{did}/app.bsky.feed.post/{key}"),
            "author": profile,
            "record": record,
            "indexedAt": items.stamp(said.at + timedelta(seconds=1)),
        }
        return items.post_item(self.us, post)


def _reference(uri: str) -> dict[str, str]:
    return {"uri": uri, "cid": "bafyrei" + mark("cid", uri, length=52)}


def _entry(key: str, convo: str, did: str, text: str, at: datetime) -> dict[str, Any]:
    """A direct message as the log of the message service tells it."""
    message = {
        "$type": "chat.bsky.convo.defs#messageView",
        "id": key,
        "text": text,
        "sender": {"did": did},
        "sentAt": items.stamp(at),
    }
    return {
        "$type": "chat.bsky.convo.defs#logCreateMessage",
        "rev": key,
        "convoId": convo,
        "message": message,
    }


def _record_key(at: datetime, key: str) -> str:
    """Like the network's own: microseconds and ten more bits, in letters that sort by time."""
    low = int.from_bytes(mark(key).encode()[:2], "big") % 1024
    value = (int(at.timestamp() * 1_000_000) << 10) | low
    return "".join(_SORTABLE[value >> shift & 31] for shift in range(60, -1, -5))
