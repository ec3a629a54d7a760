"""A server of the AT protocol that says what a test wants: waits, breaks off, forgets sessions, answers in pages.

Only for what the real network cannot be made to do; everything else is tested on the network itself.
"""

from __future__ import annotations

import base64
import json
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

US = "did:plc:brand234567890123456789ab"
HANDLE = "larkspur.test"


@dataclass(frozen=True)
class Call:
    """One request as it came."""

    nsid: str
    params: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def token(self) -> str:
        return self.headers.get("authorization", "").removeprefix("Bearer ")

    def param(self, name: str) -> str:
        return self.params.get(name, [""])[0]


@dataclass(frozen=True)
class Says:
    """An answer. `cuts` ends the connection after the request was read, without one."""

    body: Any = field(default_factory=dict)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cuts: bool = False


def error(status: int, name: str, message: str = "", **headers: str) -> Says:
    """A refusal in the protocol's form."""
    return Says({"error": name, "message": message or name}, status, headers)


Answering = Callable[[Call], Says]


class FakeServer:
    """Answers by method name; `on` sets an answer, `calls` lists what came. Sessions are given and checked."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.valid: set[str] = set()  # access tokens in force
        self.refreshing: set[str] = set()  # refresh tokens in force: each works once
        self.token_lasts = 7200
        self._made = 0
        self._answers: dict[str, Answering] = {
            "com.atproto.server.createSession": self._sign_in,
            "com.atproto.server.refreshSession": self._refresh,
        }
        self._open = {"com.atproto.server.createSession", "com.atproto.server.describeServer"}
        self._lock = threading.Lock()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # head and body in one packet
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                owner._serve(self)

            do_POST = do_GET

            def log_message(self, *_args: Any) -> None:
                """Silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"127.0.0.1:{self._server.server_address[1]}"
        self.url = f"http://{self.address}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def on(self, nsid: str, answer: Answering | Says | dict[str, Any]) -> None:
        """What `nsid` is answered with from now on."""
        if isinstance(answer, dict):
            answer = Says(answer)
        self._answers[nsid] = answer if callable(answer) else lambda call, fixed=answer: fixed

    def called(self, nsid: str) -> list[Call]:
        return [call for call in self.calls if call.nsid == nsid]

    def expire(self) -> None:
        """Every access token given so far has ended."""
        self.valid.clear()

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        url = urlsplit(handler.path)
        length = int(handler.headers.get("content-length") or 0)
        call = Call(
            nsid=url.path.removeprefix("/xrpc/"),
            params=parse_qs(url.query),
            headers={name.lower(): value for name, value in handler.headers.items()},
            body=handler.rfile.read(length),
        )
        with self._lock:
            self.calls.append(call)
            says = self._answer(call)
        if says.cuts:
            handler.close_connection = True
            handler.connection.shutdown(socket.SHUT_RDWR)
            return
        body = says.body if isinstance(says.body, bytes) else json.dumps(says.body).encode()
        handler.send_response(says.status)
        for name, value in {"content-type": "application/json", **says.headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def _answer(self, call: Call) -> Says:
        is_refresh = call.nsid == "com.atproto.server.refreshSession"
        if call.nsid not in self._open and not is_refresh and call.token not in self.valid:
            return error(400, "ExpiredToken", "Token has expired")
        answering = self._answers.get(call.nsid)
        return answering(call) if answering else error(501, "MethodNotImplemented", call.nsid)

    def _sign_in(self, call: Call) -> Says:
        if call.json != {"identifier": HANDLE, "password": "app-pass"}:
            return error(401, "AuthenticationRequired", "Invalid identifier or password")
        return self._session()

    def _refresh(self, call: Call) -> Says:
        if call.token not in self.refreshing:
            return error(400, "ExpiredToken", "Token has been revoked")
        self.refreshing.discard(call.token)
        return self._session()

    def _session(self) -> Says:
        self._made += 1
        access, refresh = self._token("access"), self._token("refresh")
        self.valid.add(access)
        self.refreshing.add(refresh)
        return Says({"did": US, "handle": HANDLE, "accessJwt": access, "refreshJwt": refresh, "active": True})

    def _token(self, kind: str) -> str:
        claims = {
            "scope": kind,
            "iat": 1_700_000_000,
            "exp": 1_700_000_000 + self.token_lasts,
            "jti": self._made,
        }
        middle = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
        return f"e30.{middle}.c2ln"
