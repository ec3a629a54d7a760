"""HTTP's promise: a response, or `NotSent`, or `Ambiguous`, and never the wrong one of them."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
import zlib
from pathlib import Path

import pytest

from harken.base.net.errors import Ambiguous, NotSent, RedirectRefused, Refused, TooLarge
from harken.base.net.guard import Guard
from harken.base.net.http import Client, fetch, request
from harken.base.net.streams import StreamRefused, stream_lines
from tests.base.loopback import Authority, Server, answering, recorded_connects, request_head

OK = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: 11\r\n\r\n"
    b'{"a": "\xc3\xa9"}'
)


def allowing(*servers: Server, use: str = "", **options: object) -> Guard:
    prefix = f"{use}=" if use else ""
    return Guard(allow=[f"{prefix}{server.netloc}" for server in servers], **options)  # type: ignore[arg-type]


def test_a_request_carries_what_it_was_given_and_brings_the_answer():
    seen: list[bytes] = []

    def handle(sock: socket.socket) -> None:
        seen.append(request_head(sock))
        sock.sendall(OK)

    with Server(handle) as server:
        response = request(
            "post",
            f"{server.url}/api/v1?x=1",
            params={"y": [2, 3], "z": None, "flag": True},
            json={"text": "grüezi"},
            headers={"Authorization": "Bearer abc"},
            guard=allowing(server),
        )
    head, _, body = seen[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /api/v1?x=1&y=2&y=3&flag=true HTTP/1.1\r\n")
    assert f"Host: {server.netloc}".encode() in head
    assert b"Authorization: Bearer abc" in head
    assert json.loads(body) == {"text": "grüezi"}
    assert (response.status, response.json(), response.is_success) == (200, {"a": "é"}, True)


def test_files_and_forms_are_encoded():
    seen: list[bytes] = []

    def handle(sock: socket.socket) -> None:
        seen.append(request_head(sock))
        sock.sendall(OK)

    with Server(handle) as server:
        guard = allowing(server)
        request(
            "POST",
            server.url,
            data={"a": "1"},
            files={"file": ("a.png", b"\x89PNG", "image/png")},
            guard=guard,
        )
        request("POST", server.url, data={"a": "1 2"}, guard=guard)
    assert b'name="file"; filename="a.png"' in seen[0]
    assert b"\x89PNG" in seen[0]
    assert seen[1].endswith(b"\r\n\r\na=1+2")


def test_environment_proxies_are_ignored(monkeypatch: pytest.MonkeyPatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with Server(answering(OK)) as server, recorded_connects() as connects:
        assert request("GET", server.url, guard=allowing(server)).status == 200
    assert connects == [("127.0.0.1", server.port)]


def test_the_hook_is_called_once_right_before_the_first_byte():
    order: list[str] = []

    def handle(sock: socket.socket) -> None:
        time.sleep(0.05)
        order.append("accepted")
        request_head(sock)
        sock.sendall(OK)

    def hook() -> None:
        time.sleep(0.15)
        order.append("hook")

    with Server(handle) as server:
        request("POST", server.url, json={}, on_first_byte=hook, guard=allowing(server))
    assert order == ["accepted", "hook"]


def test_a_hook_that_raises_keeps_every_byte_back():
    got: list[bytes] = []

    class CannotCommit(Exception):
        pass

    def hook() -> None:
        raise CannotCommit

    done = threading.Event()

    def handle(sock: socket.socket) -> None:
        got.append(sock.recv(100))
        done.set()

    with Server(handle) as server:
        with pytest.raises(CannotCommit):
            request("POST", server.url, json={}, on_first_byte=hook, guard=allowing(server))
        assert done.wait(5)
    assert got == [b""]


def test_no_connection_is_not_sent():
    calls: list[int] = []
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with pytest.raises(NotSent) as failure:
            request(
                "POST",
                f"http://127.0.0.1:{port}/",
                on_first_byte=lambda: calls.append(1),
                guard=Guard(allow=f"127.0.0.1:{port}"),
            )
    assert "refused" in str(failure.value)
    assert calls == []


def _reset(sock: socket.socket) -> None:
    request_head(sock)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


AMBIGUOUS = {
    "closed after the request": lambda sock: request_head(sock),
    "reset after the request": _reset,
    "closed before reading": lambda sock: None,
    "half a status line": answering(b"HTTP/1.1 20"),
    "half the headers": answering(b"HTTP/1.1 200 OK\r\nContent-Le"),
    "short body": answering(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"),
    "broken chunk": answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"),
    "two lengths": answering(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"),
    "negative length": answering(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nabcd"),
    "not http": answering(b"220 mail.example.com ESMTP\r\n"),
    "broken gzip": answering(
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"x" * 99)[:-9]
    ),
    "unasked encoding": answering(b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\nxx"),
    "header of 1 MB": answering(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 1_000_000 + b"\r\n\r\n"),
}


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_whatever_breaks_after_the_first_byte_is_ambiguous(name: str):
    with Server(AMBIGUOUS[name]) as server, pytest.raises(Ambiguous):
        request("POST", server.url, json={"a": "b" * 100}, guard=allowing(server))
    assert server.connections == 1


@pytest.mark.parametrize("status", [400, 404, 409, 429, 500, 503])
def test_a_status_is_an_answer(status: int):
    with Server(
        answering(b"HTTP/1.1 %d X\r\nContent-Length: 0\r\nRetry-After: 7\r\n\r\n" % status)
    ) as server:
        response = request("POST", server.url, guard=allowing(server))
    assert (response.status, response.is_success, response.headers["retry-after"]) == (status, False, "7")


def test_the_total_time_is_kept_against_one_byte_a_second():
    def drip(sock: socket.socket) -> None:
        request_head(sock)
        for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"x" * 1000:
            sock.sendall(bytes([byte]))
            time.sleep(0.05)

    with Server(drip) as server:
        began = time.monotonic()
        with pytest.raises(Ambiguous, match="time limit"):
            request("GET", server.url, timeout=1.0, guard=allowing(server))
        assert time.monotonic() - began < 2.0


def test_a_silent_tls_handshake_is_not_sent_and_bounded(tmp_path: Path):
    with Server(lambda sock: sock.recv(100_000) and sock.recv(1)) as server:
        began = time.monotonic()
        with pytest.raises(NotSent):
            request("GET", f"https://{server.netloc}/", connect_timeout=0.5, guard=allowing(server))
        assert time.monotonic() - began < 1.5


def _endless(sock: socket.socket) -> None:
    request_head(sock)
    sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        sock.sendall(b"x" * 65536)


def _endless_headers(sock: socket.socket) -> None:
    request_head(sock)
    sock.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        sock.sendall(b"X-Y: " + b"z" * 60000 + b"\r\n")


def _endless_informational(sock: socket.socket) -> None:
    request_head(sock)
    while True:
        sock.sendall(b"HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n" * 100)


def _endless_chunk_extensions(sock: socket.socket) -> None:
    request_head(sock)
    sock.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        sock.sendall((b"1;" + b"e" * 1000 + b"\r\nx\r\n") * 100)


def _bomb(packed: bytes, encoding: bytes) -> object:
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\nContent-Length: %d\r\n\r\n" % (encoding, len(packed))
    return answering(head + packed)


RAW = zlib.compressobj(9, wbits=-15)
TOO_LARGE = {
    "endless body": _endless,
    "endless headers": _endless_headers,
    "endless informational": _endless_informational,
    "endless chunk extensions": _endless_chunk_extensions,
    "announced": answering(b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n"),
    "gzip bomb": _bomb(gzip.compress(bytes(200_000_000), 9), b"gzip"),
    "zlib bomb": _bomb(zlib.compress(bytes(50_000_000), 9), b"deflate"),
    "raw deflate bomb": _bomb(RAW.compress(bytes(50_000_000)) + RAW.flush(), b"deflate"),
    "many small members": _bomb(gzip.compress(bytes(100_000)) * 60, b"gzip"),
}


@pytest.mark.parametrize("name", TOO_LARGE)
def test_size_is_capped_before_it_is_in_memory(name: str):
    import tracemalloc

    with Server(TOO_LARGE[name]) as server:  # type: ignore[arg-type]
        tracemalloc.start()
        try:
            # Headers without end are stopped earlier, by the parser's own limit.
            with pytest.raises(Ambiguous if name == "endless headers" else TooLarge):
                request("GET", server.url, max_bytes=1_000_000, guard=allowing(server))
            assert tracemalloc.get_traced_memory()[1] < 16_000_000
        finally:
            tracemalloc.stop()


def test_packed_answers_are_unpacked():
    for encoding, packed in {
        b"gzip": gzip.compress(b"hello " * 1000),
        b"deflate": zlib.compress(b"hello " * 1000),
        b"x-gzip": gzip.compress(b"hello " * 500) + gzip.compress(b"hello " * 500),
    }.items():
        with Server(_bomb(packed, encoding)) as server:  # type: ignore[arg-type]
            assert request("GET", server.url, guard=allowing(server)).text == "hello " * 1000


def test_exactly_the_limit_is_allowed():
    with Server(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"x" * 1000)) as server:
        assert len(request("GET", server.url, max_bytes=1000, guard=allowing(server)).content) == 1000
        with pytest.raises(TooLarge) as failure:
            request("GET", server.url, max_bytes=999, guard=allowing(server))
        assert failure.value.status == 200


def redirecting(location: str, status: int = 302) -> object:
    return answering(f"HTTP/1.1 {status} X\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode())


def test_a_redirect_is_followed_without_the_keys():
    seen: list[bytes] = []

    def handle(sock: socket.socket) -> None:
        seen.append(request_head(sock))
        sock.sendall(OK)

    with Server(handle) as target, Server(redirecting(f"{target.url}/b?c=d")) as first:  # type: ignore[arg-type]
        response = request(
            "GET",
            first.url,
            headers={"Authorization": "Bearer k", "Cookie": "a=b", "X-Api-Key": "k", "Accept": "text/plain"},
            params={"secret": "1"},
            follow_redirects=True,
            guard=allowing(first, target),
        )
    assert response.url == f"{target.url}/b?c=d"
    head = seen[0].lower()
    assert b"accept: text/plain" in head
    assert b"secret" not in head
    for header in (b"authorization", b"cookie", b"x-api-key"):
        assert header not in head


def test_within_one_host_the_key_goes_along():
    seen: list[bytes] = []

    def handle(sock: socket.socket) -> None:
        seen.append(request_head(sock))
        sock.sendall(
            OK if len(seen) > 1 else b"HTTP/1.1 301 X\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n"
        )

    with Server(handle) as server:
        request(
            "GET", server.url, headers={"Authorization": "k"}, follow_redirects=True, guard=allowing(server)
        )
    assert b"GET /next " in seen[1]
    assert b"authorization: k" in seen[1].lower()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_post_is_never_redirected(status: int):
    with Server(redirecting("http://203.0.113.1/", status)) as server:  # type: ignore[arg-type]
        response = request("POST", server.url, follow_redirects=True, guard=allowing(server))
    assert response.status == status
    assert server.connections == 1


def test_no_more_than_three_hops():
    count = []

    def handle(sock: socket.socket) -> None:
        request_head(sock)
        count.append(1)
        sock.sendall(b"HTTP/1.1 302 X\r\nLocation: /%d\r\nContent-Length: 0\r\n\r\n" % len(count))

    with Server(handle) as server, pytest.raises(RedirectRefused) as failure:
        request("GET", server.url, follow_redirects=True, guard=allowing(server))
    assert failure.value.reason == "redirects"
    assert len(count) == 4


def test_https_is_never_left_by_a_redirect(tmp_path: Path):
    authority = Authority(tmp_path)
    with (
        Server(answering(OK)) as plain,
        Server(redirecting(plain.url), tls=authority.server("127.0.0.1")) as first,  # type: ignore[arg-type]
        pytest.raises(RedirectRefused) as failure,
    ):
        request("GET", first.url, follow_redirects=True, guard=allowing(first, plain, ca_file=authority.file))
    assert failure.value.reason == "downgrade"
    assert plain.connections == 0


def test_certificates_are_verified(tmp_path: Path):
    authority = Authority(tmp_path)
    with (
        Server(answering(OK), tls=authority.server("127.0.0.1")) as right,
        Server(answering(OK), tls=authority.server("other.example.com")) as wrong,
    ):
        guard = allowing(right, wrong)
        assert request("GET", right.url, ca_file=authority.file, guard=guard).status == 200
        for url, ca_file in ((right.url, None), (wrong.url, authority.file)):
            with pytest.raises(NotSent, match="certificate"):
                request("POST", url, ca_file=ca_file, guard=guard)


def test_name_is_resolved_once_and_kept_for_host_and_certificate(tmp_path: Path):
    authority = Authority(tmp_path)
    asked: list[str] = []
    seen: list[bytes] = []

    def handle(sock: socket.socket) -> None:
        seen.append(request_head(sock))
        sock.sendall(OK)

    def resolver(name: str) -> list[str]:
        asked.append(name)
        return ["127.0.0.1"]

    with Server(handle, tls=authority.server("social.corp.example")) as server:
        guard = Guard(allow=f"social.corp.example:{server.port}", ca_file=authority.file, resolver=resolver)
        assert request("GET", f"https://Social.CORP.example:{server.port}/", guard=guard).status == 200
    assert asked == ["social.corp.example"]
    assert f"Host: social.corp.example:{server.port}".encode() in seen[0]


class TestKeptConnections:
    def _serving(self, seen: list[bytes]) -> object:
        def handle(sock: socket.socket) -> None:
            while True:
                seen.append(request_head(sock))
                sock.sendall(OK)

        return handle

    def test_reads_share_a_connection_and_writes_never_do(self):
        seen: list[bytes] = []
        with Server(self._serving(seen)) as server, Client(guard=allowing(server)) as client:  # type: ignore[arg-type]
            for _ in range(3):
                client.get(server.url)
            assert server.connections == 1
            client.post(server.url, json={})
            client.post(server.url, json={})
            assert server.connections == 3
            client.get(server.url, on_first_byte=lambda: None)
            assert server.connections == 4
        assert len(seen) == 6

    def test_a_connection_that_the_server_closed_is_noticed(self):
        def once(sock: socket.socket) -> None:
            request_head(sock)
            sock.sendall(OK)

        with Server(once) as server, Client(guard=allowing(server)) as client:
            for _ in range(3):
                assert client.get(server.url).status == 200
                time.sleep(0.05)
            assert server.connections == 3

    def test_a_read_is_repeated_once_when_a_kept_connection_breaks(self):
        answers = []

        def handle(sock: socket.socket) -> None:
            request_head(sock)
            sock.sendall(OK)
            answers.append(1)
            request_head(sock)  # reads the second request and hangs up on it

        with Server(handle) as server, Client(guard=allowing(server)) as client:
            assert client.get(server.url).status == 200
            assert client.get(server.url).status == 200
            assert server.connections == 2

    def test_an_unasked_answer_is_never_taken_for_ours(self):
        def handle(sock: socket.socket) -> None:
            request_head(sock)
            sock.sendall(OK + b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged")
            sock.recv(10)

        with Server(handle) as server, Client(guard=allowing(server)) as client:
            client.get(server.url)
            time.sleep(0.05)
            assert client.get(server.url).json() == {"a": "é"}
            assert server.connections == 2

    def test_an_unasked_answer_that_comes_later_is_not_taken_either(self):
        def handle(sock: socket.socket) -> None:
            request_head(sock)
            sock.sendall(OK)
            time.sleep(0.05)
            sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged")
            sock.recv(10)

        with Server(handle) as server, Client(guard=allowing(server)) as client:
            client.get(server.url)
            time.sleep(0.2)
            assert client.get(server.url).json() == {"a": "é"}
            assert server.connections == 2

    def test_threads_share_a_client(self):
        seen: list[bytes] = []
        failures: list[Exception] = []

        def work(client: Client, url: str) -> None:
            try:
                for _ in range(20):
                    assert client.get(url).status == 200
            except Exception as error:  # noqa: BLE001  # shown below
                failures.append(error)

        with Server(self._serving(seen)) as server, Client(guard=allowing(server)) as client:  # type: ignore[arg-type]
            threads = [threading.Thread(target=work, args=(client, server.url)) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert failures == []
        assert len(seen) == 160


def test_cookies_are_never_kept():
    seen: list[bytes] = []

    def handle(sock: socket.socket) -> None:
        while True:
            seen.append(request_head(sock))
            sock.sendall(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b; Path=/\r\nContent-Length: 0\r\n\r\n")

    with Server(handle) as server, Client(guard=allowing(server)) as client:
        client.get(server.url)
        client.get(server.url)
    assert b"cookie" not in seen[1].lower()


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\0b"])
def test_a_header_cannot_be_broken_out_of(value: str):
    with Server(answering(OK)) as server, pytest.raises((NotSent, ValueError)):
        request("GET", server.url, headers={"X-Name": value}, guard=allowing(server))


def test_what_a_customer_wrote_does_not_reach_what_the_operator_allowed():
    with Server(answering(OK)) as server:
        with pytest.raises(Refused):
            fetch(server.url, guard=allowing(server))
        assert fetch(server.url, guard=allowing(server, use="media")).status == 200


@pytest.mark.parametrize("is_kept", [False, True])
def test_a_redirect_to_another_host_does_not_reach_what_the_operator_allowed(is_kept: bool):
    """Somebody's feed says where to go next: that is a stranger's word, whoever entered the feed's address."""
    with Server(answering(OK)) as inside:
        allowed = f"127.0.0.1:{inside.port}"
        there = redirecting(f"http://{allowed}/secret")
        with Server(there, address="127.0.0.2") as stranger:  # type: ignore[arg-type]
            guard = Guard(allow=f"{allowed}, 127.0.0.2:{stranger.port}")
            with Client(guard=guard) as client:
                if is_kept:  # a connection to it lies ready, since the operator's own word led there
                    assert client.get(f"http://{allowed}/feed").status == 200
                before = inside.connections
                with recorded_connects() as connects, pytest.raises(RedirectRefused) as failure:
                    client.get(f"http://127.0.0.2:{stranger.port}/feed", follow_redirects=True)
    assert failure.value.reason in ("private", "port")
    assert (connects, inside.connections) == ([("127.0.0.2", stranger.port)], before)


def test_a_redirect_within_the_host_that_was_allowed_is_followed():
    answers = [b"HTTP/1.1 302 X\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n", OK]

    def handle(sock: socket.socket) -> None:
        request_head(sock)
        sock.sendall(answers.pop(0))

    with Server(handle) as server:
        assert request("GET", server.url, follow_redirects=True, guard=allowing(server)).status == 200


def test_json_that_is_none_says_what_came():
    deep = b"[" * 100_000
    for body in (b"<html>Bad gateway</html>", deep):
        head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
        with Server(answering(head + body)) as server, pytest.raises(ValueError, match="not JSON"):
            request("GET", server.url, guard=allowing(server)).json()


def test_links_to_the_next_page():
    head = (
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"
        b'Link: <https://a.b/x?max_id=1,2>; rel="next", <https://a.b/y>; rel=prev\r\n\r\n'
    )
    with Server(answering(head)) as server:
        response = request("GET", server.url, guard=allowing(server))
    assert response.link("next") == "https://a.b/x?max_id=1,2"
    assert response.link("prev") == "https://a.b/y"
    assert response.link("last") is None


class TestStreams:
    HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"

    def test_events_arrive_while_the_stream_is_open(self):
        go_on = threading.Event()

        def handle(sock: socket.socket) -> None:
            request_head(sock)
            sock.sendall(self.HEAD + b":hello\n\nevent: update\ndata: {\ndata: }\nid: 7\n\n")
            go_on.wait(5)
            sock.sendall("data: grüße\r\n\r\n".encode())
            sock.recv(1)

        with Server(handle) as server, stream_lines(server.url, guard=allowing(server)) as stream:
            events = stream.events()
            first = next(events)
            assert (first.name, first.data, first.id) == ("update", "{\n}", "7")
            go_on.set()
            assert next(events).data == "grüße"

    def test_another_thread_can_stop_it(self):
        def handle(sock: socket.socket) -> None:
            request_head(sock)
            sock.sendall(self.HEAD + b"data: 1\n\n")
            sock.recv(1)

        lines: list[str] = []
        with Server(handle) as server:
            stream = stream_lines(server.url, idle_timeout=60, guard=allowing(server))
            reader = threading.Thread(target=lambda: lines.extend(stream))
            reader.start()
            time.sleep(0.2)
            began = time.monotonic()
            stream.close()
            reader.join(5)
            assert not reader.is_alive()
            assert time.monotonic() - began < 1
        assert lines == ["data: 1", ""]

    def test_over_tls_another_thread_can_stop_it(self, tmp_path: Path):
        authority = Authority(tmp_path)

        def handle(sock: socket.socket) -> None:
            request_head(sock)
            sock.sendall(self.HEAD + b"data: 1\n\n")
            sock.recv(1)

        with Server(handle, tls=authority.server("127.0.0.1")) as server:
            stream = stream_lines(server.url, guard=allowing(server, ca_file=authority.file))
            reader = threading.Thread(target=lambda: list(stream))
            reader.start()
            time.sleep(0.2)
            stream.close()
            reader.join(5)
            assert not reader.is_alive()

    def test_silence_ends_it(self):
        def handle(sock: socket.socket) -> None:
            request_head(sock)
            sock.sendall(self.HEAD + b"data: 1\n\n")
            sock.recv(1)

        with Server(handle) as server:
            stream = stream_lines(server.url, idle_timeout=0.3, guard=allowing(server))
            with pytest.raises(Ambiguous, match="no byte came"):
                list(stream)

    def test_a_line_has_a_limit(self):
        def handle(sock: socket.socket) -> None:
            request_head(sock)
            sock.sendall(self.HEAD)
            while True:
                sock.sendall(b"x" * 65536)

        with Server(handle) as server, stream_lines(server.url, guard=allowing(server)) as stream:
            lines = iter(stream)
            with pytest.raises(TooLarge):
                list(lines)

    def test_another_status_says_why(self):
        body = b'{"error":"invalid token"}'
        head = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: %d\r\n\r\n" % len(body)
        with Server(answering(head + body)) as server, pytest.raises(StreamRefused) as failure:
            stream_lines(server.url, guard=allowing(server))
        assert failure.value.status == 401
        assert "invalid token" in failure.value.text

    def test_a_private_address_is_refused(self):
        with Server(_endless) as server, pytest.raises(Refused):
            stream_lines(server.url, guard=Guard())
        assert server.connections == 0
