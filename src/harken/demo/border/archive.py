"""The travellers' forum, as an archive that was read from a file."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from harken.channels.contract import RawItem
from harken.demo.acts import Act
from harken.demo.company import Channel, Customer

from .playing import Said, Stage, mark


class ArchivePlayer:
    def __init__(self, channel: Channel, stage: Stage) -> None:
        self.channel, self.stage = channel, stage

    def settings(self) -> tuple[dict[str, Any], dict[str, str]]:
        return {}, {}

    def id_of(self, act: Act) -> str:
        return f"f{mark(act.key, length=10)}"

    def item(self, act: Act) -> RawItem | None:
        if act.kind not in {"post", "reply"}:
            return None
        author = self.stage.author(act)
        handle = author.handles["forum"] if isinstance(author, Customer) else author.slug
        read = {
            "id": self.id_of(act),
            "at": act.at.timestamp(),
            "author": f"forum:{handle}",
            "name": author.name,
            "handle": handle,
            "us": self.stage.is_us(act),
            "text": act.text,
            "public": True,
            "thread": f"t{mark(act.story, length=10)}",
            "parent": self.id_of(self.stage.acts[act.to]) if act.to else "",
            "subject": act.subject,
            "language": act.language,
        }
        body = json.dumps(read, ensure_ascii=False, separators=(",", ":")).encode()
        return RawItem(str(read["id"]), body, act.at)

    def reach(self, act: Act, numbers: tuple[int, int, int], at: datetime) -> RawItem | None:
        return None

    def author_key(self, customer: Customer) -> str:
        return f"forum:{customer.handles['forum']}"

    def said(self, said: Said) -> RawItem | None:
        return None
