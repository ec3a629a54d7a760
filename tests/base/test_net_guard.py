"""Nothing forbidden is ever dialled: measured at the interpreter's own connect event, not by what a call
returned."""

from __future__ import annotations

import random
import socket
import threading
import time
from contextlib import ExitStack
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harken.base.net.addresses import is_never_a_host, is_public
from harken.base.net.allowances import allowances
from harken.base.net.errors import Ambiguous, NetError, NotSent, RedirectRefused, Refused, Unresolved
from harken.base.net.guard import Guard, configure, current, is_own
from harken.base.net.http import Client, request
from harken.base.net.urls import target_of
from tests.base.loopback import Authority, Server, answering, recorded_connects, request_head

PUBLIC = "93.184.215.14"  # never dialled by a test: only looked at

NAMES = {
    "one-private.example.com": [PUBLIC, "10.0.0.1"],
    "private-last.example.com": [PUBLIC, PUBLIC, "2606:4700::1", "192.168.1.1"],
    "private-aaaa.example.com": [PUBLIC, "fd00::1"],
    "mapped.example.com": ["::ffff:127.0.0.1"],
    "cname-to-private.example.com": ["127.0.0.1"],
    "127.0.0.1.wildcard-dns.example.com": ["127.0.0.1"],
    "7f000001.wildcard-dns.example.com": ["127.0.0.1"],
    "zoned.example.com": ["fe80::1%lo"],
    "metadata-by-name.example.com": ["169.254.169.254"],
    "unspecified.example.com": ["0.0.0.0"],
    "nat64.example.com": ["64:ff9b::7f00:1"],
    "xn--bcher-kva.example.com": ["127.0.0.1"],
    "localhost": ["127.0.0.1"],
    "metadata.google.internal": ["169.254.169.254"],
    "intranet": ["10.0.0.1"],
    "kubernetes.default.svc": ["10.0.0.1"],
}


def fake_dns(name: str) -> list[str]:
    """A border: the name servers of a hostile world. A name that is not listed should not even be asked for."""
    found = NAMES.get(name.removesuffix("."))
    assert found is not None, f"{name!r} was looked up"
    return found


# reliability: the hosts of URLs, each of which some parser, resolver or network takes for a forbidden
# address.
HOSTS = [
    # loopback and the unspecified address, in every way of writing
    "127.0.0.1", "127.1", "127.0.1", "127.255.255.254", "0", "0.0.0.0", "2130706433", "0x7f000001", "0X7F000001",
    "0x7f.1", "0x7f.0x0.0x0.0x1", "0177.0.0.1", "017700000001", "0x7f.0.0.01", "0177.0x0.0.1", "256.256.256.256",
    "127.0.0.1.", "127.000.000.001", "127.0.0.01", "1.0.0.127.in-addr.arpa", "4294967295", "4294967296",
    "localhost", "LOCALHOST", "localhost.", "LocalHost.", "a.localhost", "a.b.localhost", "localhost.localdomain",
    "127.0.0.1:443", "127.0.0.1:80",
    # IPv6 and what it can carry
    "[::]", "[::1]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::FFFF:127.0.0.1]",
    "[::127.0.0.1]", "[::ffff:0:127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b::127.0.0.1]", "[64:ff9b:1::7f00:1]",
    "[64:ff9b:1:ffff::]", "[2002:7f00:1::]", "[2002:7f00:0001::1]", "[2002:a00:1::]", "[2002:808:808::1]", "[2620:4f:8000::1]",
    "[2001:0:7f00:1::]", "[2001::1]", "[2001:0:c000:227:0:ffff:80ff:fffe]",
    "[fc00::1]", "[fdff:ffff::1]", "[fe80::1]", "[fe80::1%25eth0]", "[fe80::1%eth0]", "[fec0::1]", "[ff02::1]",
    "[ff0e::1]", "[fd00:ec2::254]", "[2001:db8::1]", "[3fff::1]", "[5f00::1]", "[100::1]", "[2001:10::1]",
    "[fe80::5efe:127.0.0.1]", "[2606:4700::5efe:7f00:1]", "[::1%25lo]", "[::1", "::1", "[::1]]", "[127.0.0.1]",
    # special IPv4 ranges, first and last of each
    "10.0.0.0", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.255.255", "100.64.0.1",
    "100.127.255.255", "169.254.0.1", "169.254.169.254", "169.254.170.2", "100.100.100.200", "192.0.0.1",
    "192.0.0.192", "192.0.2.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1",
    "239.255.255.255", "240.0.0.1", "255.255.255.255", "0.1.2.3", "192.88.99.1", "168.63.129.16",
    "192.31.196.1", "192.52.193.255", "192.175.48.0",
    # names
    *NAMES, "metadata", "metadata.google.internal.", "printer.local", "router.lan",
    "db.internal", "x.home.arpa", "abc.onion", "bücher.example.com", "BÜCHER.example.com",
    # letters and digits that only look like others
    "①②⑦.⓪.⓪.①", "１２７.０.０.１", "127。0。0。1", "127．0．0．1", "127｡0｡0｡1", "ｌｏｃａｌｈｏｓｔ", "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ", "loc\u00adalhost",
    "local\u200bhost", "𝟏𝟐𝟕.𝟎.𝟎.𝟏", "１27.0.0.1", "127.0.0.1\u3002", "℀.example.com",
    # encoded, endless, empty
    "%31%32%37.0.0.1", "127%2e0%2e0%2e1", "%6c%6f%63%61%6c%68%6f%73%74", "localhost%00.example.com", "127.0.0.1%00",
    "a" * 64 + ".example.com", ".".join(["abcdefgh"] * 29) + ".com", "", ".", "..", ".localhost", "a..example.com",
    "-.", "example.com..", "-a.example.com",
]  # fmt: skip

# Whole URLs (S is the scheme) on whose host two parsers do not agree, or that are no web address at all.
URLS = [
    "S://ok@127.0.0.1/", "S://ok:pw@127.0.0.1/", "S://127.0.0.1#@ok.example.com/", "S://127.0.0.1?@ok.example.com/",
    "S://ok.example.com\\@127.0.0.1/", "S://ok:80@127.0.0.1:22/", "S://ok@ok@127.0.0.1/", "S://@127.0.0.1/",
    "S://127.0.0.1\\@ok.example.com/", "S://127.0.0.1\\.ok.example.com/", "S:\\\\127.0.0.1/", "S:/\\127.0.0.1/",
    "S:127.0.0.1", "S:/127.0.0.1/", "S:///127.0.0.1/", "S:////127.0.0.1/", "S://", "S:", "://127.0.0.1", "//127.0.0.1/",
    "S://127.0.0.1\t/", "S://127.0.\t0.1/", "S://127.0.0.1\r\n/", "S://127.0.0.1\n.ok.example.com/", "S://127.0.0.1\0/",
    "S://127.0.0.1 .ok.example.com/", " S://127.0.0.1/", "S://127.0.0.1 /", "S\t://127.0.0.1/", "S://\u3000127.0.0.1/",
    "S://127.0.0.1:/", "S://127.0.0.1:99999/", "S://127.0.0.1:0/", "S://127.0.0.1:-1/", "S://127.0.0.1:80:80/",
    "S://127.0.0.1:８０/", "S://127.0.0.1:0x50/", "S://[::1]:80:80/", "S://[::1]x/", "S://x[::1]/", "S://[::1", "S://]/",
    "S://127.0.0.1;ok.example.com/", "S://127.0.0.1,ok.example.com/", "S://{127.0.0.1}/", "S://<127.0.0.1>/",
    "file:///etc/passwd", "file://127.0.0.1/etc/passwd", "gopher://127.0.0.1:6379/_INFO", "ftp://127.0.0.1/",
    "dict://127.0.0.1:11211/stats", "data:text/html,x", "unix:///var/run/docker.sock", "http+unix://%2Fvar%2Frun/",
    "ldap://127.0.0.1/", "jar:S://127.0.0.1!/", "javascript:alert(1)", "ws://127.0.0.1/", "view-source:S://127.0.0.1/",
]  # fmt: skip

PORTS = [
    1,
    22,
    23,
    25,
    53,
    110,
    143,
    389,
    445,
    465,
    587,
    993,
    2375,
    3306,
    5432,
    5672,
    6379,
    8000,
    8080,
    8443,
    9200,
    11211,
]


def every_url(scheme: str) -> list[str]:
    return [
        *(f"{scheme}://{host}/" for host in HOSTS),
        *(url.replace("S:", f"{scheme}:").replace("S\t", f"{scheme}\t") for url in URLS),
        *(f"{scheme}://{PUBLIC}:{port}/" for port in PORTS),
        *(f"{scheme}://127.0.0.1:{port}/" for port in PORTS),
    ]


def test_the_list_is_as_long_as_it_should_be():
    assert len(set(every_url("http"))) >= 200


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_no_forbidden_url_is_dialled(scheme: str):
    guard = Guard(resolver=fake_dns)
    for url in every_url(scheme):
        with recorded_connects() as connects:
            try:
                request("GET", url, guard=guard)
            except NotSent:
                pass
            else:
                pytest.fail(f"{url!r} was let through")
            assert connects == [], url


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_forbidden_url_is_dialled_by_a_redirect(scheme: str, status: int, tmp_path: Path):
    authority = Authority(tmp_path)
    tls = authority.server("127.0.0.1") if scheme == "https" else None
    # The redirecting server stands on loopback itself and is allowed by name: the allowance must not spread.
    urls = [url for url in every_url(scheme) if not set(url) & set("\r\n\0")]
    if status not in (302, 308):
        urls = urls[::7]

    def handle(sock: socket.socket) -> None:
        path = request_head(sock).split(b" ")[1].decode()
        number = path.removeprefix("/case/")
        location = urls[int(number)] if number.isdigit() else None
        if location is None:
            sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        else:
            moved = b"HTTP/1.1 %d X\r\nLocation: %b\r\nContent-Length: 0\r\n\r\n" % (
                status,
                location.encode(),
            )
            sock.sendall(moved)

    with Server(handle, tls=tls) as server:
        guard = Guard(allow=server.netloc, resolver=fake_dns, ca_file=authority.file)
        own_port = [
            f"{scheme}://{host}:{server.port}/"
            for host in (
                "127.1",
                "[::ffff:127.0.0.1]",
                "2130706433",
                "localhost",
                "cname-to-private.example.com",
            )
        ]
        urls += [
            *own_port,
            "//10.0.0.1/",
            "///10.0.0.1/",
            "\\\\10.0.0.1/",
            "/\\10.0.0.1/",
            f"{scheme}:10.0.0.1",
        ]
        urls += [f"//10.0.0.1:{server.port}/", f"//u:p@127.0.0.1:{server.port}/", "//[::1/", "http://[::1/"]
        refused = 0
        for number, url in enumerate(urls):
            with recorded_connects() as connects:
                try:
                    answer = request("GET", f"{server.url}/case/{number}", follow_redirects=True, guard=guard)
                    # Some are relative: they lead to the redirecting server itself, which may be reached.
                    assert answer.url.startswith(f"{server.url}/"), url
                except Ambiguous:
                    refused += 1
            assert set(connects) == {("127.0.0.1", server.port)}, url
        assert refused >= len(urls) - 3


def test_other_ways_to_redirect_are_not_followed():
    body = b'<meta http-equiv="refresh" content="0; url=http://127.0.0.1:1/">'
    head = (
        b"HTTP/1.1 200 OK\r\nRefresh: 0; url=http://127.0.0.1:1/\r\nContent-Location: http://127.0.0.1:1/\r\n"
    )
    reply = head + b"Content-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    with Server(answering(reply)) as server, recorded_connects() as connects:
        response = request("GET", server.url, follow_redirects=True, guard=Guard(allow=server.netloc))
    assert response.content == body
    assert connects == [("127.0.0.1", server.port)]


class TestRebinding:
    """127.0.0.2 plays the public address here (its network is allowed), 127.0.0.1 the forbidden one."""

    def _resolver(self, *answers: list[str]) -> tuple[list[str], object]:
        asked: list[str] = []
        waiting = list(answers)

        def resolver(name: str) -> list[str]:
            asked.append(name)
            return waiting.pop(0) if len(waiting) > 1 else waiting[0]

        return asked, resolver

    def test_the_checked_address_is_the_dialled_one(self):
        with Server(
            answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), address="127.0.0.2"
        ) as server:
            asked, resolver = self._resolver(["127.0.0.2"], ["127.0.0.1"])
            guard = Guard(allow=f"127.0.0.2/32:{server.port}", resolver=resolver)  # type: ignore[arg-type]
            with recorded_connects() as connects:
                assert request("GET", f"http://rebind.example.com:{server.port}/", guard=guard).status == 200
                with pytest.raises(Refused) as failure:
                    request("GET", f"http://rebind.example.com:{server.port}/", guard=guard)
        assert connects == [("127.0.0.2", server.port)]
        assert failure.value.reason == "private"
        assert asked == ["rebind.example.com."] * 2

    def test_every_hop_is_looked_up_and_checked_anew(self):
        moved = answering(b"HTTP/1.1 302 X\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n")
        with Server(moved, address="127.0.0.2") as server:
            _, resolver = self._resolver(["127.0.0.2"], ["127.0.0.1"])
            guard = Guard(allow=f"127.0.0.2/32:{server.port}", resolver=resolver)  # type: ignore[arg-type]
            with recorded_connects() as connects, pytest.raises(RedirectRefused) as failure:
                request(
                    "GET", f"http://rebind.example.com:{server.port}/", follow_redirects=True, guard=guard
                )
        assert connects == [("127.0.0.2", server.port)]
        assert failure.value.reason == "private"

    def test_a_name_that_flips_a_thousand_times(self):
        chance = random.Random(20260201)
        with Server(
            answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), address="127.0.0.2"
        ) as server:
            port = server.port
            guard = Guard(
                allow=f"127.0.0.2/32:{port}",
                resolver=lambda _name: chance.choices(
                    ["127.0.0.2", "127.0.0.1", "10.0.0.1"], k=chance.randint(1, 3)
                ),
            )
            with recorded_connects() as connects, Client(guard=guard, keep=False) as client:
                for _ in range(1000):
                    try:
                        client.get(f"http://rebind.example.com:{port}/")
                    except NetError:
                        continue
        assert set(connects) == {("127.0.0.2", port)}

    def test_a_dead_address_is_passed_over_for_the_next_checked_one(self):
        with Server(
            answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), address="127.0.0.2"
        ) as server:
            guard = Guard(
                allow=f"127.0.0.0/8:{server.port}", resolver=lambda _name: ["127.0.0.3", "127.0.0.2"]
            )
            with recorded_connects() as connects:
                assert request("GET", f"http://two.example.com:{server.port}/", guard=guard).status == 200
        assert connects == [("127.0.0.3", server.port), ("127.0.0.2", server.port)]


class TestLookups:
    def test_a_refused_port_or_name_is_not_even_looked_up(self):
        for host, port in (("shop.example.com", 22), ("localhost", 80), ("db.internal", 443), ("127.1", 80)):
            with pytest.raises(Refused):
                Guard(resolver=lambda name: pytest.fail(f"{name} was looked up")).check(
                    host, port, use="http"
                )

    def test_a_mapped_answer_means_the_address_inside(self):
        public = Guard(resolver=lambda _name: ["::ffff:8.8.8.8", "2606:4700::1111"])
        assert public.check("a.example.com", 443, use="http") == [
            ip_address("8.8.8.8"),
            ip_address("2606:4700::1111"),
        ]
        inside = Guard(allow="10.0.0.0/8", resolver=lambda _name: ["::ffff:10.0.0.1"])
        assert inside.check("a.example.com", 443, use="http") == [ip_address("10.0.0.1")]

    @pytest.mark.parametrize("answer", [[], ["not an address"], ["1.2.3"], ["8.8.8.8", ""]])
    def test_an_empty_or_senseless_answer_is_none(self, answer: list[str]):
        with pytest.raises(Unresolved):
            Guard(resolver=lambda _name: answer).check("a.example.com", 443, use="http")

    def test_a_name_that_does_not_exist_is_told(self):
        def nobody(_name: str) -> list[str]:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

        with pytest.raises(Unresolved, match="Name or service not known"):
            Guard(resolver=nobody).check("nobody.example.com", 443, use="http")

    def test_the_systems_own_resolver_is_used_by_default(self):
        assert ip_address("127.0.0.1") in Guard(allow="localhost").check("localhost", 80, use="http")


class TestPatience:
    def test_a_lookup_that_hangs_is_left(self):
        release = threading.Event()

        def hang(_name: str) -> list[str]:
            release.wait(20)
            return [PUBLIC]

        began = time.monotonic()
        with pytest.raises(Unresolved, match="within"):
            request("GET", "http://slow.example.com/", connect_timeout=0.3, guard=Guard(resolver=hang))
        release.set()
        assert time.monotonic() - began < 2

    def test_lookups_at_once_are_bounded(self):
        release = threading.Event()

        def hang(_name: str) -> list[str]:
            release.wait(20)
            return [PUBLIC]

        guard = Guard(resolver=hang)
        before = threading.active_count()
        outcomes: list[Exception] = []

        def ask() -> None:
            try:
                guard.check("slow.example.com", 80, use="http", timeout=0.5)
            except Unresolved as error:
                outcomes.append(error)

        askers = [threading.Thread(target=ask) for _ in range(100)]
        for asker in askers:
            asker.start()
        time.sleep(0.3)
        assert threading.active_count() - before <= 100 + 64
        for asker in askers:
            asker.join()
        release.set()
        assert len(outcomes) == 100
        assert sum("at once" in str(outcome) for outcome in outcomes) >= 36

    def test_a_server_that_never_accepts_is_left(self):
        with ExitStack() as stack:
            full = stack.enter_context(socket.socket())
            full.bind(("127.0.0.1", 0))
            full.listen(0)
            port = full.getsockname()[1]
            for _ in range(4):  # fill the queue of those who wait to be accepted
                waiting = stack.enter_context(socket.socket())
                waiting.setblocking(False)
                waiting.connect_ex(("127.0.0.1", port))
            began = time.monotonic()
            with pytest.raises(NetError):
                request("GET", f"http://127.0.0.1:{port}/", connect_timeout=0.5, timeout=1.0, guard=Guard(allow=f"127.0.0.1:{port}"))  # fmt: skip
            assert time.monotonic() - began < 2.5


class TestAllowances:
    def checked(
        self, allow: str, host: str, port: int, use: str = "http", answer: list[str] | None = None
    ) -> bool:
        guard = Guard(allow=allow, resolver=lambda _name: answer or ["10.1.2.3"])
        try:
            guard.check(host, port, use=use)
        except Refused:
            return False
        return True

    @pytest.mark.parametrize(
        ("allow", "host", "port", "use", "may"),
        [
            ("127.0.0.1:10143", "127.0.0.1", 10143, "imap", True),
            ("127.0.0.1:10143", "127.0.0.1", 10143, "http", True),
            ("127.0.0.1:10143", "127.0.0.1", 143, "imap", False),
            ("127.0.0.1:10143", "127.0.0.2", 10143, "imap", False),
            ("imap=127.0.0.1:10143", "127.0.0.1", 10143, "imap", True),
            ("imap=127.0.0.1:10143", "127.0.0.1", 10143, "http", False),
            ("127.0.0.1", "127.0.0.1", 993, "imap", True),
            ("127.0.0.1", "127.0.0.1", 443, "http", True),
            ("127.0.0.1", "127.0.0.1", 993, "http", False),
            ("127.0.0.1:8001", "127.0.0.1", 8001, "media", False),
            ("media=127.0.0.1:8001", "127.0.0.1", 8001, "media", True),
            ("media=127.0.0.1:8001", "127.0.0.1", 8001, "http", False),
            ("mail.internal", "mail.internal", 993, "imap", True),
            ("mail.internal", "MAIL.internal.", 993, "imap", True),
            ("mail.internal", "other.internal", 993, "imap", False),
            ("mail.internal", "x.mail.internal", 993, "imap", False),
            ("*.internal", "x.mail.internal", 993, "imap", True),
            ("*.internal", "internal", 993, "imap", False),
            ("*.internal", "evilinternal", 993, "imap", False),
            ("mailhost", "mailhost", 25, "smtp", True),
            ("localhost:8080", "localhost", 8080, "http", True),
            ("10.0.0.0/8:443", "name.example.com", 443, "http", True),
            ("10.0.0.0/8:443", "10.9.9.9", 443, "http", True),
            ("10.0.0.0/8:443", "10.9.9.9", 80, "http", False),
            ("10.0.0.0/8", "name", 443, "http", False),
            ("10.1.2.3", "name.example.com", 443, "http", False),
            ("192.168.0.0/16", "name.example.com", 443, "http", False),
            ("::1", "::1", 443, "http", True),
            ("[::1]:8443", "::1", 8443, "http", True),
            ("[fd00::]/8", "fd12::1", 443, "http", True),
            ("[fd00::/8]:8443", "fd12::1", 8443, "http", True),
            ("fd00::/8", "fe80::1", 443, "http", False),
            ("0.0.0.0/0", "127.0.0.1", 80, "http", True),
            ("0.0.0.0/0", "0.0.0.0", 80, "http", False),
            ("0.0.0.0", "0.0.0.0", 80, "http", False),
            ("224.0.0.0/4", "224.0.0.1", 80, "http", False),
            ("169.254.0.0/16", "169.254.169.254", 80, "http", False),
            ("169.254.169.254", "169.254.169.254", 80, "http", True),
            ("127.0.0.1:80", "::ffff:127.0.0.1", 80, "http", False),
            ("social.example.com:8443", "social.example.com", 8443, "http", True),
            ("a.internal, b.internal\n c.internal", "c.internal", 80, "http", True),
            ("bücher.internal", "xn--bcher-kva.internal", 80, "http", True),
        ],
    )  # fmt: skip
    def test_an_entry_opens_what_it_says_and_no_more(
        self, allow: str, host: str, port: int, use: str, may: bool
    ):
        assert self.checked(allow, host, port, use) is may

    def test_an_allowed_name_may_not_lead_to_the_metadata_service(self):
        assert not self.checked("mail.internal", "mail.internal", 80, answer=["169.254.169.254"])
        assert not self.checked("mail.internal", "mail.internal", 80, answer=["10.0.0.1", "0.0.0.0"])
        assert not self.checked("10.0.0.0/8", "name.example.com", 80, answer=["10.0.0.1", "127.0.0.1"])

    def test_an_unusual_port_of_a_public_host_needs_naming(self):
        assert not self.checked("", "social.example.com", 8443, answer=[PUBLIC])
        assert self.checked("social.example.com:8443", "social.example.com", 8443, answer=[PUBLIC])
        assert not self.checked("10.0.0.0/8:8443", "social.example.com", 8443, answer=[PUBLIC])

    @pytest.mark.parametrize(
        "entry", ["http://mail.internal", "mail.internal:", "mail.internal:99999", "10.0.0.1/8", "10.0.0.0/33", "ftp=x.y",
                  "127.1", "a b..c", "user@mail.internal", "[::1", "10.0.0.0/8:x", "=", "imap=", "*.", "10.0.0.0/8:0"]
    )  # fmt: skip
    def test_a_wrong_entry_is_told(self, entry: str):
        with pytest.raises(ValueError, match="not understood"):
            allowances([entry])

    def test_an_empty_list_is_empty(self):
        assert allowances("") == allowances(" , ,") == ()

    def test_the_process_starts_closed_and_takes_what_it_is_given(self):
        before = current()
        try:
            assert configure(allow_private_hosts="127.0.0.1:99") is current()
            current().check("127.0.0.1", 99, use="http")
            configure()
            with pytest.raises(Refused):
                current().check("127.0.0.1", 99, use="http")
        finally:
            configure(allow_private_hosts=[e.text for e in before.allowed], own_hosts=before.own_hosts)

    def test_a_refusal_says_how_to_allow(self):
        with pytest.raises(Refused, match=r"add '10\.0\.0\.5:8080' to HARKEN_ALLOW_PRIVATE_HOSTS"):
            Guard().check("10.0.0.5", 8080, use="http")


class TestOwn:
    def test_every_address_of_this_machine_is_known_as_its_own(self):
        for addresses in psutil.net_if_addrs().values():
            for each in addresses:
                if each.family in (socket.AF_INET, socket.AF_INET6) and "%" not in each.address:
                    assert is_own(ip_address(each.address)) or each.address.startswith("fe80")
        assert not is_own(ip_address(PUBLIC))
        assert not is_own(ip_address("2606:4700::1111"))

    def test_an_own_public_address_is_refused_unless_named(self):
        address = ip_address(PUBLIC)
        for allow, may in (("", False), (PUBLIC, True), (f"{PUBLIC}/32", True), ("other.example.org", False)):
            guard = Guard(allow=allow, own=address.__eq__, resolver=lambda _name: [PUBLIC])
            if may:
                assert guard.check(PUBLIC, 443, use="http") == [address]
                continue
            for host in (PUBLIC, "name.example.org"):
                with pytest.raises(Refused) as failure:
                    guard.check(host, 443, use="http")
                assert failure.value.reason == "own"

    def test_the_sites_own_name_and_what_leads_to_the_same_place_are_refused(self):
        zone = {
            "desk.example.com": [PUBLIC],
            "alias.example.org.": [PUBLIC],
            "other.example.org.": ["93.184.215.15"],
        }
        guard = Guard(own_hosts=["Desk.Example.com"], resolver=lambda name: zone[name])
        for host in ("desk.example.com", "desk.example.com.", "alias.example.org", PUBLIC):
            with pytest.raises(Refused) as failure:
                guard.check(host, 443, use="http")
            assert failure.value.reason == "own"
        assert guard.check("other.example.org", 443, use="http") == [ip_address("93.184.215.15")]
        allowed = Guard(
            own_hosts=["desk.example.com"], allow="alias.example.org", resolver=lambda _name: [PUBLIC]
        )
        assert allowed.check("alias.example.org", 443, use="http") == [ip_address(PUBLIC)]


class TestAddresses:
    @given(st.integers(0, 2**32 - 1))
    @settings(max_examples=1000, deadline=None)
    def test_ipv4_is_never_more_open_than_the_registry(self, number: int):
        address = IPv4Address(number)
        if is_public(address):
            assert address.is_global
            assert not address.is_multicast

    @given(
        st.one_of(
            st.integers(0, 2**128 - 1), st.integers(0, 2**32), st.integers(0x2001 << 112, 0x2003 << 112)
        )
    )
    @settings(max_examples=1000, deadline=None)
    def test_ipv6_is_never_more_open_than_the_registry(self, number: int):
        address = IPv6Address(number)
        if is_public(address) and address.ipv4_mapped is None:
            assert address.is_global
            assert not address.is_multicast

    @given(
        st.sampled_from(["::ffff:%s", "64:ff9b::%s", "::%s", "::ffff:0:%s", "2606:4700::5efe:%s"]),
        st.integers(0, 2**32 - 1),
    )
    @settings(max_examples=1000, deadline=None)
    def test_a_wrapped_address_is_never_more_open_than_what_is_inside(self, form: str, number: int):
        inner = IPv4Address(number)
        wrapped = IPv6Address(form % inner)
        assert not is_public(wrapped) or is_public(inner)

    @pytest.mark.parametrize("text", [PUBLIC, "1.1.1.1", "8.8.8.8", "2606:4700::1111", "2a00:1450:4001::64", "64:ff9b::808:808", "::ffff:8.8.8.8"])  # fmt: skip
    def test_the_public_is_open(self, text: str):
        assert is_public(ip_address(text))
        assert not is_never_a_host(ip_address(text))

    def test_a_zoned_address_is_never_public(self):
        assert not is_public(ip_address("2606:4700::1111%eth0"))
        assert is_never_a_host(ip_address("2606:4700::1111%eth0"))

    def test_the_edges_of_the_ranges(self):
        for text in ("9.255.255.255", "11.0.0.0", "172.15.255.255", "172.32.0.0", "100.63.255.255", "100.128.0.0",
                     "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255"):  # fmt: skip
            assert is_public(ip_address(text)), text


class TestUrls:
    @pytest.mark.parametrize(
        ("url", "reason"),
        [
            ("http://user@shop.example.com/", "credentials"),
            ("http://user:pw@shop.example.com/", "credentials"),
            ("http://@shop.example.com/", "credentials"),
            ("http://shop.example.com:0/", "port"),
            ("http://shop.example.com:65536/", "port"),
            ("http://shop。example。com/", "host"),
            ("http://shop｡example｡com/", "host"),
            ("http://shop．example．com/", "host"),
            ("http://shop.ex\uff41mple.com/", "host"),
            ("http://shop%2eexample.com/", "host"),
            ("http://8.8.8.8./", "host"),
            ("http://0x08080808/", "host"),
            ("http://shop.example.com\\x/", "url"),
            ("ftp://shop.example.com/", "scheme"),
            (f"http://{'a.' * 125}abcd/", "host"),
            ("http://x.com/" + "a" * 9000, "url"),
            (None, "url"),
        ],
    )  # fmt: skip
    def test_what_is_unclear_is_refused_even_if_it_is_public(self, url: str, reason: str):
        with pytest.raises(Refused) as failure:
            target_of(url)
        assert failure.value.reason == reason
        assert "user@" not in str(failure.value)
        assert "pw" not in str(failure.value)

    @pytest.mark.parametrize(
        ("url", "means"),
        [
            ("HTTP://Shop.Example.COM", ("http", "shop.example.com", 80, "/")),
            ("https://shop.example.com./a?b=c#d", ("https", "shop.example.com", 443, "/a?b=c")),
            ("https://bücher.example.com:8443?x", ("https", "xn--bcher-kva.example.com", 8443, "/?x")),
            ("http://[2606:4700:0::1111]/", ("http", "2606:4700::1111", 80, "/")),
            (f"http://{'a.' * 124}abcde/", ("http", f"{'a.' * 124}abcde", 80, "/")),
            ("http://a_b.example.com/ä", ("http", "a_b.example.com", 80, "/ä")),
        ],
    )
    def test_what_is_clear_is_read(self, url: str, means: tuple[str, str, int, str]):
        target = target_of(url)
        assert (target.scheme, target.host, target.port, target.path) == means


_PIECES = st.sampled_from(
    ["http://", "https://", "//", "/", "\\", "@", ":", "#", "?", "%", "%2e", "%00", ".", "。", "[", "]", "::1", "127.0.0.1",
     "localhost", "example.com", "xn--", "0x7f", "017", "1", "80", "8080", "\t", "\n", " ", "é", "①", "ｌ", "-", "_", "&", ";",
     "a", "B", "\u200b", "\u00ad"]
)  # fmt: skip


@given(st.lists(_PIECES, min_size=1, max_size=9).map("".join))
@settings(max_examples=2000, deadline=None)
def test_what_is_accepted_means_the_same_to_every_parser(tail: str):
    url = f"http://{tail}"
    try:
        target = target_of(url)
    except Refused:
        return
    reference, theirs = urlsplit(url), httpx.URL(url)
    assert reference.username is None
    assert reference.hostname is not None
    assert httpx.URL(f"http://{target.netloc}/").raw_host.decode() == target.host
    assert target.host in {reference.hostname.removesuffix("."), theirs.raw_host.decode().removesuffix(".")}
    assert (reference.port or 80) == target.port == (theirs.port or 80)
    assert target.host.isascii()
    assert target_of(target.url) == target
