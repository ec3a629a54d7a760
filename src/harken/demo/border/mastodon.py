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

from .playing import Said, Stage, mark

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
        return _id(act.at, act.key)

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

    def author_key(self, customer: Customer) -> str:
        return customer.handles["mastodon"]

    def said(self, said: Said) -> RawItem | None:
        id_ = _id(said.at, said.key)
        status = {
            **_bare(id_, said.at, self._customer(said.customer), said.answers, said.private, said.language),
            "content": self._html(said.text),
            "mentions": [self._mention()],
        }
        before = (said.answers,) if said.answers and said.answers != said.thread else ()
        return items.status_item(self.here, status, "mention", items.Trail(said.thread or id_, before))

    def _status(self, act: Act) -> dict[str, Any]:
        author, parent = self.stage.author(act), self.stage.answered(act)
        account = self._customer(author) if isinstance(author, Customer) else _account(self.us, author.name)
        answers = self.id_of(parent) if parent else ""
        return {
            **_bare(self.id_of(act), act.at, account, answers, act.private, act.language),
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
        }

    def _customer(self, customer: Customer) -> dict[str, Any]:
        return _account(customer.handles["mastodon"], customer.name)

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


def _id(at: datetime, key: str) -> str:
    low = int.from_bytes(mark(key).encode()[:2], "big")
    return str((int(at.timestamp() * 1000) << 16) | low)


def _account(acct: str, shown: str) -> dict[str, Any]:
    name, _, host = acct.partition("@")
    return {
        "acct": acct,
        "username": name,
        "display_name": shown,
        "url": f"https://{host}/@{name}",
        "bot": False,
    }


def _bare(
    id_: str, at: datetime, account: dict[str, Any], answers: str, is_private: bool, language: str
) -> dict[str, Any]:
    """A status without its words."""
    return {
        "id": id_,
        "created_at": _moment(at),
        "edited_at": None,
        "in_reply_to_id": answers or None,
        "visibility": "direct" if is_private else "public",
        "language": language,
        "spoiler_text": "",
        "uri": f"{account['url']}/{id_}",
        "url": f"{account['url']}/{id_}",
        "account": account,
        "media_attachments": [],
        "replies_count": 0,
        "reblogs_count": 0,
        "favourites_count": 0,
    }


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
