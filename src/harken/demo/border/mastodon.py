"""A Mastodon server as the demo plays it: statuses, edits, deletions and numbers in the API's own shape."""

from __future__ import annotations

from datetime import datetime
from html import escape
from typing import Any

from harken.channels.contract import RawItem
from harken.connectors.mastodon import items
from harken.demo.acts import Act
from harken.demo.attachments import attachment
from harken.demo.company import Channel, Customer

from .playing import Stage, mark

# Where the server keeps pictures; the path ends in the attachment's own name.
MEDIA = "https://media.larkspur.example/"


class MastodonPlayer:
    def __init__(self, channel: Channel, stage: Stage) -> None:
        self.channel, self.stage = channel, stage
        self.us = channel.address.lstrip("@")
        self.domain = self.us.partition("@")[2]
        self.here = items.Here(self.us, self.domain)

    def settings(self) -> tuple[dict[str, Any], dict[str, str]]:
        settings = {"server": f"https://{self.domain}", "answers_as": "public", "search": ""}
        return settings, {"access_token": mark("token", self.us, length=40)}

    def id_of(self, act: Act) -> str:
        """Like the server's own: the moment in milliseconds, then sixteen bits."""
        low = int.from_bytes(mark(act.key).encode()[:2], "big")
        return str((int(act.at.timestamp() * 1000) << 16) | low)

    def item(self, act: Act) -> RawItem | None:
        if act.kind == "post":
            before = [self.id_of(one) for one in self.stage.before(act)]
            root = before[0] if before else self.id_of(act)
            via = "mention" if self._names_us(act) else "search"
            return items.status_item(self.here, self._status(act), via, items.Trail(root, tuple(before[1:])))
        if act.kind == "edit":
            changed = self.stage.acts[act.to]
            status = self._status(changed) | {"content": self._html(act.text), "edited_at": _moment(act.at)}
            return items.edit_item(self.here, status)
        if act.kind == "delete":
            return items.gone_item(self.here, self.id_of(self.stage.acts[act.to]), act.at)
        return None

    def reach(self, act: Act, numbers: tuple[int, int, int], at: datetime) -> RawItem | None:
        replies, boosts, likes = numbers
        status = {
            "id": self.id_of(act), "replies_count": replies, "reblogs_count": boosts, "favourites_count": likes,
        }  # fmt: skip
        return items.reach_item(self.here, status, at)

    def _status(self, act: Act) -> dict[str, Any]:
        account, parent = self._account(act), self.stage.answered(act)
        return {
            "id": self.id_of(act),
            "created_at": _moment(act.at),
            "edited_at": None,
            "in_reply_to_id": self.id_of(parent) if parent else None,
            "visibility": "direct" if act.private else "public",
            "language": act.language,
            "spoiler_text": "",
            "uri": f"{account['url']}/{self.id_of(act)}",
            "url": f"{account['url']}/{self.id_of(act)}",
            "account": account,
            "content": self._html(act.text),
            "mentions": [self._mention()] if self._names_us(act) else [],
            "media_attachments": [
                {
                    "type": "image",
                    "url": MEDIA + name,
                    "description": "",
                    "meta": {"bytes": len(attachment(name)[1])},
                }
                for name in act.files
            ],
            "replies_count": 0,
            "reblogs_count": 0,
            "favourites_count": 0,
        }

    def _account(self, act: Act) -> dict[str, Any]:
        author = self.stage.author(act)
        acct = author.handles["mastodon"] if isinstance(author, Customer) else self.us
        name, _, host = acct.partition("@")
        return {
            "acct": acct, "username": name, "display_name": author.name, "url": f"https://{host}/@{name}", "bot": False,
        }  # fmt: skip

    def _names_us(self, act: Act) -> bool:
        """The writer of a thread speaks to us; who only joins in does not, unless by name."""
        return act.author == self.stage.root(act).author or self.channel.mention in act.text

    def _mention(self) -> dict[str, str]:
        name = self.us.partition("@")[0]
        return {"acct": self.us, "username": name, "url": f"https://{self.domain}/@{name}"}

    def _html(self, text: str) -> str:
        mention = self._mention()
        link = f'<a href="{mention["url"]}" class="u-url mention">@<span>{mention["username"]}</span></a>'
        paragraphs = escape(text, quote=False).replace(self.channel.mention, link).split("\n\n")
        return "".join(f"<p>{part.replace(chr(10), '<br>')}</p>" for part in paragraphs)


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
