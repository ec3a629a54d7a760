"""A server that answers in the shapes which Mastodon's API documentation gives, for what no real server here does.

Written for these tests; what only it has shown is called "not seen on a real server" in docs/channels/mastodon.md.
"""

from __future__ import annotations

import json
import queue
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

US = "1"
BEGAN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass
class Call:
    """One request as it came."""

    method: str
    path: str
    query: dict[str, list[str]]
    form: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes

    def first(self, name: str, default: str = "") -> str:
        return (self.form.get(name) or self.query.get(name) or [default])[0]


@dataclass
class Reply:
    status: int
    data: Any
    headers: dict[str, str] = field(default_factory=dict)


Override = Callable[[Call], Reply | None]


class WrittenServer:
    """Holds statuses and notifications; `override` may answer a call in another way."""

    def __init__(self) -> None:
        self.software = "mastodon"
        self.version = "4.4.2"
        self.has_streaming = True
        self.gives_many = True
        self.most_characters = 500
        self.page_most = 80
        self.media_waits = 0  # how often a new file is "still being worked on"
        self.policy: dict[str, Any] | None = None
        self.scopes: list[str] | None = ["read", "write"]
        self.calls: list[Call] = []
        self.override: Override | None = None
        self.statuses: dict[str, dict[str, Any]] = {}
        self.notifications: list[dict[str, Any]] = []  # oldest first
        self.filtered: set[str] = set()
        self.keys: dict[str, str] = {}
        self.files: dict[str, int] = {}
        self.lines: list[queue.SimpleQueue[str | None]] = []
        self._next = 100
        self._http = _Http(("127.0.0.1", 0), _Handler)
        self._http.written = self
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        self.address = f"127.0.0.1:{self._http.server_port}"
        self.url = f"http://{self.address}"

    def close(self) -> None:
        for line in self.lines:
            line.put(None)
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(5)

    # ---- what people do ----

    def new_id(self) -> str:
        self._next += 1
        return f"11400000000000{self._next}"

    def now(self) -> datetime:
        return BEGAN + timedelta(seconds=self._next)

    def account(self, id_: str, name: str, host: str = "", **more: Any) -> dict[str, Any]:
        local = {
            "id": id_,
            "username": name,
            "acct": f"{name}@{host}" if host else name,
            "display_name": name.title(),
        }
        page = f"https://{host or 'larkspur.example'}/@{name}"
        return {**local, "url": page, "uri": page.replace("@", "users/"), "bot": False, **more}

    @property
    def brand(self) -> dict[str, Any]:
        return self.account(US, "help")

    def post(self, by: dict[str, Any] | None = None, text: str = "hello", **more: Any) -> dict[str, Any]:
        """Somebody posts; more: fields of a status."""
        id_ = self.new_id()
        by = by or self.account("77", "ines", "fjord.example")
        status = {
            "id": id_,
            "created_at": self.now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "in_reply_to_id": None,
            "in_reply_to_account_id": None,
            "sensitive": False,
            "spoiler_text": "",
            "visibility": "public",
            "language": "en",
            "uri": f"https://fjord.example/users/ines/statuses/{id_}",
            "url": f"https://fjord.example/@ines/{id_}",
            "replies_count": 0,
            "reblogs_count": 0,
            "favourites_count": 0,
            "edited_at": None,
            "content": f"<p>{text}</p>",
            "reblog": None,
            "account": by,
            "media_attachments": [],
            "mentions": [],
            "tags": [],
            "emojis": [],
            "poll": None,
            **more,
        }
        self.statuses[id_] = status
        return status

    def notify(
        self, kind: str, status: dict[str, Any] | None, by: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """The brand is told."""
        notice = {
            "id": self.new_id(),
            "type": kind,
            "created_at": self.now().isoformat(),
            "account": by or (status or {}).get("account") or self.account("77", "ines", "fjord.example"),
            **({"status": status} if status else {}),
        }
        self.notifications.append(notice)
        return notice

    def mention(self, text: str = "hello", **more: Any) -> dict[str, Any]:
        """A customer names the brand."""
        us = [{"id": US, "username": "help", "acct": "help", "url": "https://larkspur.example/@help"}]
        status = self.post(text=text, mentions=us, **more)
        self.notify("mention", status)
        return status

    def tell(self, event: str, data: str) -> None:
        """Say something on every open live line."""
        for line in self.lines:
            line.put(f"event: {event}\ndata: {data}\n\n")

    def hang_up(self) -> None:
        for line in self.lines:
            line.put(None)
        self.lines.clear()

    def called(self, path: str, method: str = "GET") -> list[Call]:
        return [call for call in self.calls if call.path == path and call.method == method]

    # ---- what the server answers ----

    def answer(self, call: Call) -> Reply:
        self.calls.append(call)
        if self.override and (other := self.override(call)):
            return other
        needs_token = call.path.startswith(("/api/", "/oauth")) and not _is_open(call)
        if needs_token and call.headers.get("authorization") != "Bearer token":
            return Reply(401, {"error": "The access token is invalid"})
        for pattern, method, handler in _ROUTES:
            found = re.fullmatch(pattern, call.path)
            if found and method == call.method:
                return handler(self, call, *found.groups())
        return Reply(404, {"error": "Record not found"})

    def page(self, call: Call, rows: list[dict[str, Any]]) -> Reply:
        """A page as Mastodon gives it: after min_id from the old end, else from the newest; newest first."""
        limit = min(int(call.first("limit", "20")), self.page_most)
        low, top = call.first("min_id"), call.first("max_id")
        rows = [row for row in rows if (not low or _n(row) > int(low)) and (not top or _n(row) < int(top))]
        if since := call.first("since_id"):
            rows = [row for row in rows if _n(row) > int(since)]
        rows = sorted(rows, key=_n)
        return Reply(200, (rows[:limit] if low else rows[-limit:])[::-1])

    def instance(self, call: Call) -> Reply:
        urls = {"streaming": f"ws://{self.address}" if self.has_streaming else ""}
        return Reply(
            200,
            {
                "domain": "larkspur.example",
                "title": "Larkspur",
                "version": self.version,
                "configuration": {
                    "urls": urls,
                    "statuses": {
                        "max_characters": self.most_characters,
                        "max_media_attachments": 4,
                        "characters_reserved_per_url": 23,
                    },
                    "media_attachments": {
                        "description_limit": 1500,
                        "image_size_limit": 1000,
                        "video_size_limit": 2000,
                        "supported_mime_types": ["image/png", "image/jpeg", "video/mp4"],
                    },
                },
                **({"api_versions": {"mastodon": 6}} if self.gives_many else {}),
            },
        )

    def nodeinfo(self, call: Call) -> Reply:
        link = {"rel": "http://nodeinfo.diaspora.software/ns/schema/2.0", "href": f"{self.url}/nodeinfo/2.0"}
        return Reply(200, {"links": [link]})

    def nodeinfo_2(self, call: Call) -> Reply:
        return Reply(200, {"version": "2.0", "software": {"name": self.software, "version": self.version}})

    def me(self, call: Call) -> Reply:
        return Reply(200, self.brand)

    def list_notifications(self, call: Call) -> Reply:
        wants_all = call.first("include_filtered") == "true"
        return self.page(
            call, [one for one in self.notifications if wants_all or one["id"] not in self.filtered]
        )

    def list_own(self, call: Call, id_: str) -> Reply:
        return self.page(call, [one for one in self.statuses.values() if one["account"]["id"] == id_])

    def tag(self, call: Call, tag: str) -> Reply:
        return self.page(call, [one for one in self.statuses.values() if f"#{tag}" in one["content"]])

    def search(self, call: Call) -> Reply:
        word = call.first("q")
        found = self.page(call, [one for one in self.statuses.values() if word in one["content"]])
        return Reply(200, {"accounts": [], "hashtags": [], "statuses": found.data})

    def show(self, call: Call, id_: str) -> Reply:
        found = self.statuses.get(id_)
        return Reply(200, found) if found else Reply(404, {"error": "Record not found"})

    def edit(self, call: Call, id_: str) -> Reply:
        """As Mastodon: what is not said again is gone."""
        found = self.statuses.get(id_)
        if found is None:
            return Reply(404, {"error": "Record not found"})
        found["content"] = f"<p>{call.first('status')}</p>"
        found["spoiler_text"] = call.first("spoiler_text")
        found["language"] = call.first("language") or None
        found["media_attachments"] = [
            {"id": one, "type": "image"} for one in call.form.get("media_ids[]", [])
        ]
        found["edited_at"] = datetime.now(UTC).isoformat()
        return Reply(200, found)

    def delete(self, call: Call, id_: str) -> Reply:
        found = self.statuses.pop(id_, None)
        return Reply(200, found) if found else Reply(404, {"error": "Record not found"})

    def show_many(self, call: Call) -> Reply:
        if not self.gives_many:
            return Reply(404, {"error": "Record not found"})
        ids = call.query.get("id[]", [])[:20]
        return Reply(200, [self.statuses[id_] for id_ in ids if id_ in self.statuses])

    def context(self, call: Call, id_: str) -> Reply:
        above: list[dict[str, Any]] = []
        here = self.statuses.get(id_)
        while here and here["in_reply_to_id"]:
            here = self.statuses.get(here["in_reply_to_id"])
            above[:0] = [here] if here else []
        below = [one for one in self.statuses.values() if one["in_reply_to_id"] == id_]
        return Reply(200, {"ancestors": above, "descendants": below})

    def create(self, call: Call) -> Reply:
        key = call.headers.get("idempotency-key", "")
        if key in self.keys:
            return Reply(200, self.statuses[self.keys[key]])
        if not call.first("status") and "media_ids[]" not in call.form:
            return Reply(422, {"error": "Validation failed: Text can't be blank"})
        status = self.post(
            by=self.brand,
            text=call.first("status"),
            visibility=call.first("visibility", "public"),
            in_reply_to_id=call.first("in_reply_to_id") or None,
            spoiler_text=call.first("spoiler_text"),
            created_at=datetime.now(UTC).isoformat(),
            media_attachments=[{"id": one, "type": "image"} for one in call.form.get("media_ids[]", [])],
        )
        self.keys[key] = status["id"]
        return Reply(200, status)

    def upload(self, call: Call) -> Reply:
        id_ = self.new_id()
        self.files[id_] = self.media_waits
        return Reply(202 if self.media_waits else 200, {"id": id_, "type": "image", "url": None})

    def show_file(self, call: Call, id_: str) -> Reply:
        self.files[id_] -= 1
        return Reply(
            206 if self.files[id_] > 0 else 200, {"id": id_, "type": "video", "url": "https://x.example/v"}
        )

    def notification_policy(self, call: Call) -> Reply:
        return Reply(200, self.policy) if self.policy else Reply(404, {"error": "Record not found"})

    def app(self, call: Call) -> Reply:
        return Reply(200, {"name": "Harken", **({"scopes": self.scopes} if self.scopes is not None else {})})

    def register(self, call: Call) -> Reply:
        return Reply(200, {"id": "5", "client_id": "client", "client_secret": "secret"})

    def token(self, call: Call) -> Reply:
        if call.first("code") != "right":
            return Reply(
                400, {"error": "invalid_grant", "error_description": "The authorization grant is invalid."}
            )
        return Reply(200, {"access_token": "token", "token_type": "Bearer", "scope": "read write"})


_ROUTES: list[tuple[str, str, Callable[..., Reply]]] = [
    (r"/api/v2/instance", "GET", WrittenServer.instance),
    (r"/\.well-known/nodeinfo", "GET", WrittenServer.nodeinfo),
    (r"/nodeinfo/2\.0", "GET", WrittenServer.nodeinfo_2),
    (r"/api/v1/accounts/verify_credentials", "GET", WrittenServer.me),
    (r"/api/v1/notifications", "GET", WrittenServer.list_notifications),
    (r"/api/v1/accounts/(\d+)/statuses", "GET", WrittenServer.list_own),
    (r"/api/v1/timelines/tag/(\w+)", "GET", WrittenServer.tag),
    (r"/api/v2/search", "GET", WrittenServer.search),
    (r"/api/v1/statuses", "GET", WrittenServer.show_many),
    (r"/api/v1/statuses", "POST", WrittenServer.create),
    (r"/api/v1/statuses/(\d+)", "GET", WrittenServer.show),
    (r"/api/v1/statuses/(\d+)", "PUT", WrittenServer.edit),
    (r"/api/v1/statuses/(\d+)", "DELETE", WrittenServer.delete),
    (r"/api/v1/statuses/(\d+)/context", "GET", WrittenServer.context),
    (r"/api/v2/media", "POST", WrittenServer.upload),
    (r"/api/v1/media/(\d+)", "GET", WrittenServer.show_file),
    (r"/api/v2/notifications/policy", "GET", WrittenServer.notification_policy),
    (r"/api/v1/apps/verify_credentials", "GET", WrittenServer.app),
    (r"/api/v1/apps", "POST", WrittenServer.register),
    (r"/oauth/token", "POST", WrittenServer.token),
]


def _is_open(call: Call) -> bool:
    return call.path in ("/api/v2/instance", "/api/v1/instance", "/oauth/token") or (
        call.path == "/api/v1/apps" and call.method == "POST"
    )


def _n(row: dict[str, Any]) -> int:
    return int(row["id"])


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    written: WrittenServer


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Http

    def do_GET(self) -> None:
        if urlsplit(self.path).path == "/api/v1/streaming/user":
            return self._line()
        return self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_PUT(self) -> None:
        self._answer()

    def do_DELETE(self) -> None:
        self._answer()

    def _answer(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length)
        parts = urlsplit(self.path)
        form = body.decode() if "urlencoded" in (self.headers.get("content-type") or "") else ""
        headers = {name.lower(): value for name, value in self.headers.items()}
        call = Call(self.command, parts.path, _many(parts.query), _many(form), headers, body)
        reply = self.server.written.answer(call)
        if reply.status == 0:  # hang up without a word
            self.close_connection = True
            return
        content = reply.data if isinstance(reply.data, bytes) else json.dumps(reply.data).encode()
        self.send_response(reply.status)
        for name, value in {"content-type": "application/json", **reply.headers}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _line(self) -> None:
        written = self.server.written
        self.close_connection = True
        if self.headers.get("authorization") != "Bearer token":
            self.send_response(401)
            self.send_header("content-length", "0")
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        self.wfile.write(b":)\n\n")
        line: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        written.lines.append(line)
        while (said := line.get()) is not None:
            self.wfile.write(said.encode())

    def log_message(self, *args: Any) -> None:
        """Quiet: the test knows every call from `calls`."""


def _many(query: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        found.setdefault(name, []).append(value)
    return found
