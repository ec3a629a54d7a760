"""App reviews and the web form, in the echo door's own events."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import datetime
from hashlib import sha256
from typing import Any

from harken.channels.contract import RawItem
from harken.connectors.echo import payloads
from harken.demo.acts import Act
from harken.demo.attachments import attachment
from harken.demo.company import Channel, Customer

from .playing import Said, Stage, mark

STARS = "★★★★★☆☆☆☆☆"


class EchoPlayer:
    def __init__(self, channel: Channel, stage: Stage) -> None:
        self.channel, self.stage = channel, stage

    def settings(self) -> tuple[dict[str, Any], dict[str, str]]:
        key = sha256(f"demo door {self.channel.slug}".encode()).digest()
        settings = {
            "label": self.channel.name,
            "is_public": self.channel.public,
            "send_url": "",
            "honours_key": False,
        }
        return settings, {"secret": "whsec_" + b64encode(key).decode()}

    def id_of(self, act: Act) -> str:
        return f"{self.channel.slug}-{mark(act.key)}"

    def event(self, act: Act) -> dict[str, Any]:
        """The act as one event of the door."""
        name = self.id_of(self.stage.acts[act.to] if act.kind in {"edit", "delete"} else act)
        event: dict[str, Any] = {"type": act.kind, "id": name, "at": act.at.isoformat()}
        if act.kind == "delete":
            return event
        event["text"] = act.text
        if act.kind == "edit":
            return event
        return event | {
            "type": "post",
            "author": self._author(self.stage.company.customers[act.author]),
            "public": not act.private,
            "thread": f"{self.channel.slug}-{mark(act.story)}",
            "in_reply_to": self.id_of(self.stage.acts[act.to]) if act.to else "",
            "subject": _subject(act.stars, act.subject),
            "language": act.language,
            "attachments": [_file(name) for name in act.files],
        }

    def item(self, act: Act) -> RawItem | None:
        if act.kind not in {"post", "edit", "delete"}:
            return None
        event = self.event(act)
        return payloads.item_of(event, json.dumps(event, ensure_ascii=False).encode())

    def reach(self, act: Act, numbers: tuple[int, int, int], at: datetime) -> RawItem | None:
        replies, boosts, likes = numbers
        event = {
            "type": "reach", "id": self.id_of(act), "at": at.isoformat(),
            "replies": replies, "boosts": boosts, "likes": likes,
        }  # fmt: skip
        return payloads.item_of(event, json.dumps(event).encode())

    def author_key(self, customer: Customer) -> str:
        return f"{self.channel.slug}:{customer.handles[self.channel.network]}"

    def said(self, said: Said) -> RawItem | None:
        event = self.said_event(said)
        return payloads.item_of(event, json.dumps(event, ensure_ascii=False).encode())

    def said_event(self, said: Said) -> dict[str, Any]:
        """What is said just now, as one event of the door."""
        return {
            "type": "post",
            "id": f"{self.channel.slug}-{said.key}",
            "at": said.at.isoformat(),
            "author": self._author(said.customer),
            "text": said.text,
            "public": not said.private,
            "thread": said.thread or f"{self.channel.slug}-{said.key}",
            "in_reply_to": said.answers,
            "subject": "" if said.thread else _subject(said.stars, ""),
            "language": said.language,
        }

    def _author(self, customer: Customer) -> dict[str, str]:
        handle = customer.handles[self.channel.network]
        return {"key": self.author_key(customer), "name": customer.name, "handle": handle}


def _subject(stars: int, subject: str) -> str:
    shown = STARS[5 - stars : 10 - stars] if stars else ""
    return " ".join(part for part in (shown, subject) if part)


def _file(name: str) -> dict[str, str]:
    kind, content = attachment(name)
    return {"name": name, "content_type": kind, "content": b64encode(content).decode()}
