"""Pages through the front: what HTTP clients do, well or badly, against a real server on a real port."""

from __future__ import annotations

import hashlib
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from .places import Place, front_of, serving

SEEN: list[dict[str, Any]] = []
GATE = threading.Event()
CLOSED: list[str] = []


class Endless:
    """A streaming answer that would never end by itself."""

    streaming = True

    def __iter__(self) -> Iterator[bytes]:
        while True:
            yield b"x" * 65536

    def close(self) -> None:
        CLOSED.append("endless")


def application(environ: dict[str, Any], start_response: Any) -> Any:
    """What stands behind the front in these tests: a WSGI application that shows what reached it."""
    SEEN.append(environ)
    path = environ["PATH_INFO"]
    if path == "/hash":
        body = environ["wsgi.input"].read()
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [f"{len(body)} {environ.get('CONTENT_LENGTH')} {hashlib.sha256(body).hexdigest()}".encode()]
    if path == "/stream":
        start_response("200 OK", [("Content-Type", "application/octet-stream")])
        return (b"%05d" % n * 2000 for n in range(300))
    if path == "/endless":
        start_response("200 OK", [("Content-Type", "application/octet-stream")])
        return Endless()
    if path == "/breaks":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return breaking()
    if path == "/wait":
        GATE.wait(10)
    if path == "/raises":
        raise RuntimeError("not a Django error")
    if path == "/none":
        start_response("204 No Content", [])
        return []
    start_response("200 OK", [("Content-Type", "text/plain"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
    return [b"hello ", threading.current_thread().name.encode()]


def breaking() -> Iterator[bytes]:
    yield b"a beginning"
    raise OSError("the file is gone")


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    with serving(front_of(application)) as found:
        yield found


@pytest.fixture(autouse=True)
def forget() -> None:
    SEEN.clear()
    CLOSED.clear()


def test_a_page_has_its_length_its_cookies_and_comes_from_the_pool(place: Place) -> None:
    answer = httpx.get(place.url + "/any?q=1")
    assert answer.status_code == 200
    assert answer.text.startswith("hello page-")
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert SEEN[0]["QUERY_STRING"] == "q=1"


def test_head_is_the_head_of_get(place: Place) -> None:
    raw = place.ask(b"HEAD /any HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    head, _, body = raw.partition(b"\r\n\r\n")
    assert b"200 OK" in head
    assert b"content-length: " in head
    assert body == b""


def test_a_connection_is_kept_for_the_next_request(place: Place) -> None:
    two = b"GET /any HTTP/1.1\r\nHost: localhost\r\n\r\n" * 2
    raw = place.ask(two + b"GET /none HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert raw.count(b"HTTP/1.1 200 OK") == 2
    assert raw.count(b"HTTP/1.1 204 No Content") == 1
    assert raw.endswith(b"\r\n\r\n")


def test_a_path_keeps_its_bytes_whatever_they_are(place: Place) -> None:
    place.ask(b"GET /%E4%F6/%c3%a9%2F HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert SEEN[0]["PATH_INFO"].encode("latin-1") == b"/\xe4\xf6/\xc3\xa9/"


@pytest.mark.parametrize("size", [0, 1, 200_000, 262_144, 262_145, 3_000_000])
def test_a_body_arrives_whole_small_or_spooled(place: Place, size: int) -> None:
    body = bytes(range(256)) * (size // 256) + b"z" * (size % 256)
    answer = httpx.post(place.url + "/hash", content=body)
    assert answer.text == f"{size} {size} {hashlib.sha256(body).hexdigest()}"


def test_a_chunked_body_arrives_whole_with_its_length(place: Place) -> None:
    pieces = [b"a" * 100_000, b"b" * 100_000, b"c" * 100_000, b"d"]
    answer = httpx.post(place.url + "/hash", content=iter(pieces))
    assert answer.text == f"300001 300001 {hashlib.sha256(b''.join(pieces)).hexdigest()}"
    assert "HTTP_TRANSFER_ENCODING" not in SEEN[0]


def test_a_body_over_the_limit_is_refused_before_it_is_read(place: Place) -> None:
    raw = place.ask(
        b"POST /hash HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4000001\r\nExpect: 100-continue\r\n\r\n"
    )
    assert raw.startswith(b"HTTP/1.1 413 ")  # and not "100 Continue" first
    assert b"connection: close" in raw
    assert SEEN == []


def test_a_chunked_body_over_the_limit_is_cut_while_it_is_read(place: Place) -> None:
    with socket.create_connection(("127.0.0.1", place.port), 10) as line:
        line.sendall(b"POST /hash HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
        chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
        sent = 0
        try:
            for _ in range(400):
                line.sendall(chunk)
                sent += 65536
        except OSError:
            pass
        assert sent < 20_000_000
    assert SEEN == []


def test_a_client_that_stops_in_the_middle_of_its_body_is_given_up(place: Place, monkeypatch) -> None:
    from harken.web.front import bodies, pages

    async def impatient(receive: Any, *, limit: int) -> Any:
        return await bodies.read_file(receive, limit=limit, silent_for=0.2)

    monkeypatch.setattr(pages, "read_file", impatient)
    raw = place.ask(b"POST /hash HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc")
    assert raw.startswith(b"HTTP/1.1 408 ")
    assert SEEN == []


def test_a_large_answer_is_streamed_whole(place: Place) -> None:
    answer = httpx.get(place.url + "/stream")
    assert answer.content == b"".join(b"%05d" % n * 2000 for n in range(300))


def test_a_client_that_leaves_ends_the_stream_and_frees_its_thread(place: Place) -> None:
    for _ in range(6):  # more than there are threads
        with httpx.stream("GET", place.url + "/endless") as answer:
            next(answer.iter_raw())
    end = time.monotonic() + 5
    while len(CLOSED) < 6 and time.monotonic() < end:
        time.sleep(0.01)
    assert CLOSED == ["endless"] * 6
    assert httpx.get(place.url + "/any").status_code == 200


def test_an_answer_that_breaks_off_looks_broken_to_the_client(place: Place) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(place.url + "/breaks")


def test_an_error_outside_of_django_is_a_plain_500(place: Place) -> None:
    answer = httpx.get(place.url + "/raises")
    assert answer.status_code == 500
    assert "not a Django error" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_headers_with_underscores_are_dropped_and_doubles_joined(place: Place) -> None:
    place.ask(
        b"GET /any HTTP/1.1\r\nHost: localhost\r\nRemote_User: admin\r\nX-A: 1\r\nX-A: 2\r\n"
        b"Cookie: a=1\r\nCookie: b=2\r\nConnection: close\r\n\r\n"
    )
    assert "HTTP_REMOTE_USER" not in SEEN[0]
    assert SEEN[0]["HTTP_X_A"] == "1,2"
    assert SEEN[0]["HTTP_COOKIE"] == "a=1; b=2"


@pytest.mark.parametrize(
    "raw",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n",
    ],
)
def test_what_is_not_http_never_reaches_a_page(place: Place, raw: bytes) -> None:
    assert place.ask(raw, timeout=2).startswith(b"HTTP/1.1 400 ")
    assert SEEN == []


def test_a_head_that_never_ends_is_refused(place: Place) -> None:
    raw = place.ask(b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X-Long: " + b"a" * 80_000)
    assert raw.startswith((b"HTTP/1.1 431 ", b"HTTP/1.1 400 "))
    assert SEEN == []


def test_a_client_that_never_asks_is_closed(place: Place, monkeypatch) -> None:
    monkeypatch.setattr("harken.web.front.server.HEAD_WITHIN", 0.2)
    start = time.monotonic()
    assert place.ask(b"GET / HTTP/1.1\r\nHost: loc", timeout=5) == b""
    assert time.monotonic() - start < 3


def test_when_all_threads_are_busy_requests_wait_and_too_many_are_told_to_come_back() -> None:
    GATE.clear()
    with serving(front_of(application, threads=2, most_waiting=2)) as place:
        answers: list[int] = []

        def ask() -> None:
            answers.append(httpx.get(place.url + "/wait", timeout=20).status_code)

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        end = time.monotonic() + 5
        while place.front._page_pool.waiting < 2:
            assert time.monotonic() < end
            time.sleep(0.01)
        refused = httpx.get(place.url + "/wait")
        assert refused.status_code == 503
        assert refused.headers["retry-after"] == "2"
        GATE.set()
        for thread in threads:
            thread.join()
        assert answers == [200] * 4


def test_a_client_that_leaves_while_it_waits_costs_no_page() -> None:
    GATE.clear()
    with serving(front_of(application, threads=1)) as place:
        busy = threading.Thread(target=lambda: httpx.get(place.url + "/wait", timeout=20))
        busy.start()
        end = time.monotonic() + 5
        while not SEEN:
            assert time.monotonic() < end
            time.sleep(0.01)
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(place.url + "/hash", timeout=0.3)
        time.sleep(0.2)
        GATE.set()
        busy.join()
        httpx.get(place.url + "/any")
        assert [environ["PATH_INFO"] for environ in SEEN] == ["/wait", "/any"]
