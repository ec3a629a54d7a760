"""The front as a whole: routes, names, static files, health."""

from __future__ import annotations

import gzip
import http.client
import time
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from django.db import connection

import harken
from harken.base.heartbeats import Heart
from harken.base.models import Heartbeat
from harken.web import assets
from harken.web.front.app import build
from harken.web.front.hosts import Hosts
from harken.web.front.statics import with_stamp

from .places import Place, serving

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_whole_front_is_built_from_the_settings() -> None:
    from harken.web.front import app

    assert app.app is app.app
    with pytest.raises(AttributeError):
        _ = app.nothing


def test_a_page_of_the_product_comes_through_with_its_headers(place: Place) -> None:
    answer = httpx.get(place.url + "/sign-in/")
    assert answer.status_code == 200
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert httpx.get(place.url + "/").status_code == 302


def test_a_name_that_is_not_ours_gets_no_page(place: Place) -> None:
    for path in ("/", "/static/harken/base.css", "/live", "/doors/x"):
        answer = httpx.get(place.url + path, headers={"host": "evil.example"})
        assert answer.status_code == 400
        assert "HARKEN_PUBLIC_URL" in answer.text
    assert httpx.get(place.url + "/healthz", headers={"host": "10.1.1.1"}).status_code == 200


def test_an_answer_on_a_kept_connection_waits_for_no_acknowledgement(place: Place) -> None:
    took = []
    line = http.client.HTTPConnection("127.0.0.1", place.port, timeout=10)
    for _ in range(15):
        begun = time.monotonic()
        line.request("GET", "/healthz")
        line.getresponse().read()
        took.append(time.monotonic() - begun)
    line.close()
    assert sorted(took)[7] < 0.03, "the head and the body leave apart, and the body waits for its delayed ACK"


def test_nothing_speaks_websocket(place: Place) -> None:
    answer = httpx.get(
        place.url + "/sign-in/",
        headers={"connection": "upgrade", "upgrade": "websocket", "sec-websocket-version": "13"},
    )
    assert answer.status_code in (200, 400, 426)


# ---- static files ----


def test_a_static_file_under_its_stamp_is_kept_for_ever(place: Place) -> None:
    answer = httpx.get(place.url + assets.asset("harken/faces.css"), headers={"accept-encoding": "identity"})
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    written = (assets.FOLDER / "harken/faces.css").read_bytes()
    assert answer.content.replace(f"?v={assets.stamp()}".encode(), b"") == written
    assert f'url("vendor/inter/inter-latin-wght-normal.woff2?v={assets.stamp()}")' in answer.text


def test_what_a_stamped_script_imports_is_stamped_too(place: Place) -> None:
    script = httpx.get(place.url + assets.asset("harken/live.js")).text
    assert f'import {{ open_line }} from "./live-line.js?v={assets.stamp()}";' in script
    assert "?v=" not in httpx.get(place.url + "/static/harken/live.js").text


@pytest.mark.parametrize(
    ("ending", "written", "given"),
    [
        (".js", b'import "./a.js";', b'import "./a.js?v=1f";'),
        (".js", b"import { a } from './b/a.mjs'", b"import { a } from './b/a.mjs?v=1f'"),
        (".js", b'export * from "../a.js"', b'export * from "../a.js?v=1f"'),
        (".js", b'const m = await import("./a.js")', b'const m = await import("./a.js?v=1f")'),
        (".js", b'import "./a.js?v=2"; import "https://x.example/a.js"; say("./a.js")', None),
        (".css", b"a { background: url(b.svg) }", b"a { background: url(b.svg?v=1f) }"),
        (".css", b"@import 'c.css';", b"@import 'c.css?v=1f';"),
        (".css", b"a { fill: url(#g); b: url(data:image/png;base64,AA==); c: url(/x.png) }", None),
        (".svg", b'<use href="./a.js"/>', None),
    ],
)
def test_references_are_stamped_as_we_write_them(ending: str, written: bytes, given: bytes | None) -> None:
    assert with_stamp(written, ending, "1f") == (written if given is None else given)


@pytest.mark.parametrize("query", ["", "?v=", "?v=0123456789ab", "?v=old&v=older"])
def test_without_the_right_stamp_a_browser_asks_again(place: Place, query: str) -> None:
    first = httpx.get(f"{place.url}/static/harken/base.css{query}")
    assert first.headers["cache-control"] == "no-cache"
    again = httpx.get(f"{place.url}/static/harken/base.css", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]


def test_text_is_compressed_for_who_takes_it_and_fonts_are_not(place: Place) -> None:
    with httpx.stream(
        "GET", place.url + "/static/harken/base.css", headers={"accept-encoding": "gzip, br"}
    ) as answer:
        raw = b"".join(answer.iter_raw())
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.headers["vary"] == "accept-encoding"
    assert gzip.decompress(raw) == (assets.FOLDER / "harken/base.css").read_bytes()
    fonts = sorted(path.relative_to(assets.FOLDER).as_posix() for path in assets.FOLDER.rglob("*.woff2"))
    font = httpx.get(f"{place.url}/static/{fonts[0]}", headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in font.headers
    assert font.headers["content-type"] == "font/woff2"


def test_a_head_of_a_static_file_has_its_length_and_no_body(place: Place) -> None:
    answer = httpx.head(place.url + "/static/harken/base.css", headers={"accept-encoding": "identity"})
    assert int(answer.headers["content-length"]) == (assets.FOLDER / "harken/base.css").stat().st_size
    assert answer.content == b""


@pytest.mark.parametrize(
    "path",
    [
        "/static/nothing.css",
        "/static/",
        "/static/harken",
        "/static/harken/",
        "/static/../apps.py",
        "/static/%2e%2e/apps.py",
        "/static/harken/..%2f..%2f..%2fapps.py",
        "/static//etc/passwd",
        "/static/%2fetc%2fpasswd",
        "/static/harken/base.css%00.js",
    ],
)
def test_nothing_outside_of_the_static_folders_is_given(place: Place, path: str) -> None:
    raw = place.ask(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    assert raw.startswith((b"HTTP/1.1 404 ", b"HTTP/1.1 400 "))
    assert b"AppConfig" not in raw
    assert b"root:" not in raw


def test_static_files_are_only_read(place: Place) -> None:
    assert httpx.post(place.url + "/static/harken/base.css").status_code == 405


# ---- health ----


def test_healthy_with_a_worker(place: Place) -> None:
    heart = Heart("work", lambda: {"lanes": {"intake": {"failures_in_a_row": 0}}})
    heart.beat()
    answer = httpx.get(place.url + "/healthz")
    assert answer.status_code == 200
    found = answer.json()
    assert found["status"] == "ok"
    assert found["database"] == "ok"
    assert found["version"] == harken.__version__
    assert found["workers"]["alive"] == 1
    assert found["workers"]["last_seen_s"] < 5
    assert found["warnings"] == []
    assert answer.headers["cache-control"] == "no-store"
    assert httpx.head(place.url + "/healthz").status_code == 200
    assert httpx.post(place.url + "/healthz").status_code == 405


def test_what_is_wrong_is_said(place: Place) -> None:
    Heart("web", lambda: {"lanes": {"intake": {"failures_in_a_row": 4}}}).beat()
    seen_at = datetime.now(UTC) - timedelta(minutes=2)
    Heartbeat.objects.create(process="gone:1:work", kind="work", seen_at=seen_at)
    found = httpx.get(place.url + "/healthz").json()
    assert found["workers"]["alive"] == 0
    assert found["warnings"] == [
        "The lane intake has failed 4 times in a row.",
        "A work process was last seen 120 s ago.",
        "No worker runs: nothing is filed or sent. Start `harken up` or `harken work`.",
    ]


def test_without_its_database_it_is_down(place: Place) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE base_heartbeat RENAME TO base_heartbeat_away")
    try:
        answer = httpx.get(place.url + "/healthz")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE base_heartbeat_away RENAME TO base_heartbeat")
    assert answer.status_code == 503
    assert answer.json()["status"] == "down"
    assert "base_heartbeat" not in answer.text


def test_an_install_with_a_public_name(settings: object) -> None:
    with serving(build(hosts=Hosts("https://care.example.org"))) as place:
        assert httpx.get(place.url + "/sign-in/", headers={"host": "care.example.org"}).status_code == 200
        assert httpx.get(place.url + "/sign-in/", headers={"host": "192.0.2.7"}).status_code == 400
