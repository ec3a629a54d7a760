"""A network on loopback that writes down every reply it takes, and misbehaves as told."""

from __future__ import annotations

import http.server
import json
import threading
from typing import Any, Literal

Mode = Literal["fine", "accept-then-cut", "500-after-accepting", "hang", "refuse", "wait"]


class RecordingNetwork:
    """Takes replies as the echo connector posts them. `received` has one entry for each time a reply was taken."""

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        self.mode: Mode = "fine"
        self.is_silent = False  # whether look-ups are refused, so that nothing can be settled by asking
        self.let_go = threading.Event()  # ends a hang
        network = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                if network.mode == "refuse":
                    return self.answer(422, {"error": "no"})
                if network.mode == "wait":
                    return self.answer(429, {"error": "slow"}, **{"retry-after": "7"})
                network.received.append(body)
                if network.mode == "accept-then-cut":
                    self.close_connection = True
                    self.connection.close()
                    return None
                if network.mode == "hang":
                    network.let_go.wait(30)
                    self.close_connection = True
                    return None
                if network.mode == "500-after-accepting":
                    return self.answer(500, {})
                return self.answer(200, {"id": "net-" + body["key"]})

            def do_GET(self) -> None:
                key = self.path.partition("key=")[2]
                if network.is_silent:
                    return self.answer(503, {})
                if any(body["key"] == key for body in network.received):
                    return self.answer(200, {"id": "net-" + key})
                return self.answer(404, {})

            def answer(self, status: int, body: dict[str, Any], **headers: str) -> None:
                raw = json.dumps(body).encode()
                try:
                    self.send_response(status)
                    for name, value in headers.items():
                        self.send_header(name, value)
                    self.send_header("content-length", str(len(raw)))
                    self.end_headers()
                    self.wfile.write(raw)
                except OSError:
                    self.close_connection = True  # the asker was killed: what this drill is for

            def log_message(self, *args: Any) -> None:
                return None

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                return None  # a killed asker cuts the line: not an error of this server

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        self.url = f"http://127.0.0.1:{self.port}/replies"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def times_sent(self, key: str) -> int:
        """How often the network took the reply of that key."""
        return sum(1 for body in self.received if body["key"] == key)

    def stop(self) -> None:
        """End the server; a hanging call is let go."""
        self.let_go.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
