"""A line between Harken and a real server that a test can cut, stop and open again."""

from __future__ import annotations

import contextlib
import socket
import threading

FINAL_DOT = b"\r\n.\r\n"


class Relay:
    """Passes bytes on to 127.0.0.1:`target`. `cut` names when the client's line is cut: "" never, "before-dot" as soon as
    the mail's text came, "after-dot" once the server has the whole mail and before its answer is passed on."""

    def __init__(self, target: int) -> None:
        self.target, self.cut, self.seen = target, "", 0
        self._lines: list[socket.socket] = []
        self._socket: socket.socket | None = None
        self.port = 0
        self.open()

    def open(self) -> None:
        """Listen, on the same port as before."""
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", self.port))
        listening.listen(10)
        self.port, self._socket = listening.getsockname()[1], listening
        threading.Thread(target=self._accept, args=[listening], daemon=True).start()

    def close(self) -> None:
        """Nobody answers any more, and open lines are cut."""
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
            self._socket.close()
            self._socket = None
        for line in self._lines:
            _end(line)
        self._lines.clear()

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                client, _ = listening.accept()
            except OSError:
                return
            self.seen += 1
            server = socket.create_connection(("127.0.0.1", self.target), timeout=20)
            self._lines += [client, server]
            threading.Thread(target=self._pass, args=[client, server, True], daemon=True).start()
            threading.Thread(target=self._pass, args=[server, client, False], daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, is_client: bool) -> None:
        tail, is_text = b"", False
        with contextlib.suppress(OSError):
            while chunk := source.recv(65536):
                if is_client and self.cut:
                    tail = (tail + chunk)[-100_000:]
                    is_text = is_text or b"\r\nMessage-ID:" in tail
                    if self.cut == "before-dot" and is_text:
                        break
                    if self.cut == "after-dot" and is_text and tail.endswith(FINAL_DOT):
                        _end(source)  # the client hears nothing any more …
                        target.sendall(chunk)  # … and the server takes the mail
                        target.recv(4096)
                        break
                target.sendall(chunk)
        _end(source)
        _end(target)


def _end(line: socket.socket) -> None:
    with contextlib.suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)
    line.close()
