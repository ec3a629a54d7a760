"""Who is believed about where a request came from, and under which names this install answers."""

import pytest

from harken.web.front.hosts import Hosts, Origin, Proxies


def origin(trusted: str, peer: str, *headers: tuple[bytes, bytes]) -> Origin:
    scope = {"client": (peer, 1), "scheme": "http", "headers": [(b"host", b"desk.example"), *headers]}
    return Proxies(trusted).origin(scope)


FORWARDED = (
    (b"x-forwarded-for", b"198.51.100.7"),
    (b"x-forwarded-proto", b"https"),
    (b"x-forwarded-host", b"care.example.org"),
)


def test_without_proxies_what_is_forwarded_is_taken_off() -> None:
    seen = origin("", "203.0.113.9", *FORWARDED, (b"forwarded", b"for=1.2.3.4"), (b"x-real-ip", b"1.2.3.4"))
    assert (seen.client, seen.scheme, seen.host) == ("203.0.113.9", "http", "desk.example")
    assert seen.headers == [(b"host", b"desk.example")]


def test_a_stranger_is_not_believed_even_where_a_proxy_is_configured() -> None:
    seen = origin("10.0.0.0/8", "203.0.113.9", *FORWARDED)
    assert (seen.client, seen.scheme, seen.host) == ("203.0.113.9", "http", "desk.example")


def test_the_proxy_is_believed() -> None:
    seen = origin("10.0.0.0/8, 2001:db8::1", "10.1.2.3", *FORWARDED)
    assert (seen.client, seen.scheme, seen.host) == ("198.51.100.7", "https", "care.example.org")
    assert seen.headers == [(b"host", b"care.example.org")]


@pytest.mark.parametrize(
    ("chain", "client"),
    [
        (b"198.51.100.7", "198.51.100.7"),
        (b"6.6.6.6, 198.51.100.7", "198.51.100.7"),  # the client made up the first one
        (b"6.6.6.6, 198.51.100.7, 10.9.9.9", "198.51.100.7"),  # two of our proxies
        (b"10.9.9.9", "10.9.9.9"),
        (b"", "10.1.2.3"),
        (b"unknown", "unknown"),
    ],
)
def test_the_client_is_the_last_hop_that_is_not_ours(chain: bytes, client: str) -> None:
    assert origin("10.0.0.0/8", "10.1.2.3", (b"x-forwarded-for", chain)).client == client


def test_several_headers_are_one_chain() -> None:
    hops = ((b"x-forwarded-for", b"6.6.6.6"), (b"x-forwarded-for", b"198.51.100.7"))
    assert origin("10.0.0.0/8", "10.1.2.3", *hops).client == "198.51.100.7"


def test_a_wrong_setting_says_what_to_write() -> None:
    with pytest.raises(ValueError, match=r"HARKEN_TRUSTED_PROXIES: 'nginx' .* 10\.0\.0\.0/8"):
        Proxies("nginx")


@pytest.mark.parametrize(
    ("host", "is_allowed"),
    [
        ("care.example.org", True),
        ("CARE.example.org:443", True),
        ("care.example.org.", True),
        ("localhost:8000", True),
        ("127.0.0.1:8000", True),
        ("[::1]:8000", True),
        ("192.0.2.1", False),
        ("evil.example", False),
        ("care.example.org.evil.example", False),
        ("care.example.org@evil.example", False),
        ("", False),
        ("[", False),
    ],
)
def test_with_a_public_address_only_its_name_counts(host: str, is_allowed: bool) -> None:
    assert Hosts("https://care.example.org/desk").is_allowed(host) is is_allowed


@pytest.mark.parametrize(
    ("host", "is_allowed"),
    [
        ("localhost", True),
        ("192.0.2.1:8000", True),
        ("[2001:db8::1]:8000", True),
        ("evil.example", False),
        ("127.0.0.1.evil.example", False),
    ],
)
def test_without_one_any_bare_address_counts_and_no_stranger_s_name(host: str, is_allowed: bool) -> None:
    assert Hosts("").is_allowed(host) is is_allowed
