"""Signatures: our own form, the draft's published example, and everything that must not pass."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from harken.connectors.activitypub import signature
from harken.connectors.activitypub.signature import Unsigned

from .elsewhere import keys

NOW = datetime(2026, 3, 3, 10, 5, tzinfo=UTC)

# draft-cavage-http-signatures-12, appendix C: the test key, the request and the signature of C.2 over all headers
DRAFT_KEY = """-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDCFENGw33yGihy92pDjZQhl0C3
6rPJj+CvfSC8+q28hxA161QFNUd13wuCTUcq0Qd2qsBe/2hFyc2DCJJg0h1L78+6
Z4UMR7EOcpfdUE9Hf3m/hs+FUR45uBJeDK1HSFHD8bHKD6kv8FPGfJTotc+2xjJw
oYi+1hqp1fIekaxsyQIDAQAB
-----END PUBLIC KEY-----"""
DRAFT_HEADERS = {
    "host": "example.com",
    "date": "Sun, 05 Jan 2014 21:31:40 GMT",
    "content-type": "application/json",
    "digest": "SHA-256=X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=",
    "content-length": "18",
}


def test_the_text_to_sign_is_that_of_the_draft() -> None:
    read = signature.read_header(
        'keyId="Test",algorithm="rsa-sha256",'
        'headers="(request-target) host date content-type digest content-length",signature="AAAA"'
    )
    text = signature.signed_text(read, method="POST", path="/foo?param=value&pet=dog", headers=DRAFT_HEADERS)
    assert text.decode() == (
        "(request-target): post /foo?param=value&pet=dog\nhost: example.com\ndate: Sun, 05 Jan 2014 21:31:40 GMT\n"
        "content-type: application/json\ndigest: SHA-256=X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=\ncontent-length: 18"
    )
    assert signature.is_digest(DRAFT_HEADERS["digest"], b'{"hello": "world"}')
    # the draft's own key has 1024 bits: too few for anybody to be believed by it
    assert not signature.is_signed_by(DRAFT_KEY, read, text)


def signed(body: bytes = b"{}", **changes: object) -> dict[str, str]:
    values = {"method": "post", "path": "/inbox", "host": "care.example", "body": body, "now": NOW, **changes}
    return {"host": "care.example"} | signature.sign(keys()[0], "https://a.example/u#main-key", **values)  # type: ignore[arg-type]


def holds(headers: dict[str, str], public: str = "", path: str = "/inbox") -> bool:
    read = signature.read_header(headers["signature"])
    return signature.is_signed_by(
        public or keys()[1], read, signature.signed_text(read, method="POST", path=path, headers=headers)
    )


def test_what_we_sign_holds_and_nothing_in_it_can_be_changed() -> None:
    headers = signed()
    assert headers["digest"] == "SHA-256=RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o="
    signature.check_covers(signature.read_header(headers["signature"]))
    assert holds(headers)
    assert not holds(headers, keys(1)[1])
    assert not holds(headers, path="/other")
    for name, value in (
        ("host", "b.example"),
        ("date", "Tue, 03 Mar 2026 10:05:01 GMT"),
        ("digest", "SHA-256=AA=="),
    ):
        assert not holds({**headers, name: value}), name
    assert signature.read_header(headers["signature"]).key_id == "https://a.example/u#main-key"


def test_a_get_is_signed_without_a_digest() -> None:
    headers = signed(body=None)
    assert "digest" not in headers
    read = signature.read_header(headers["signature"])
    assert read.headers == ("(request-target)", "host", "date")
    with pytest.raises(Unsigned):
        signature.check_covers(read)


@pytest.mark.parametrize(
    "header",
    [
        "", "x", 'keyId="a"', 'keyId="a",signature="%%"', 'keyId="a",keyId="b",signature="AAAA"',
        'keyId="",signature="AAAA"', 'keyId="a",algorithm="hmac-sha256",signature="AAAA"',
        'keyId="a",headers="date date",signature="AAAA"', 'keyId="a",headers="",signature="AAAA"',
        'keyId="a",created=99999999999999,signature="AAAA"', 'keyId="a",signature="AAAA"' + "," * 5000,
        'keyId="a" signature="AAAA"', 'keyId="a\\"b",signature="AAAA"',
    ],
)  # fmt: skip
def test_a_header_that_could_mean_two_things_is_none(header: str) -> None:
    with pytest.raises(Unsigned):
        signature.read_header(header)


@pytest.mark.parametrize(
    "names", ["date", "host date digest", "(request-target) date digest", "(request-target) host date", "(request-target) host digest"]
)  # fmt: skip
def test_too_little_signed_is_not_signed(names: str) -> None:
    with pytest.raises(Unsigned):
        signature.check_covers(signature.read_header(f'keyId="a",headers="{names}",signature="AAAA"'))


def test_a_call_is_of_today() -> None:
    read = signature.read_header('keyId="a",headers="(request-target) host date digest",signature="AAAA"')
    for at, is_fine in (
        (NOW, True),
        (NOW - timedelta(hours=11), True),
        (NOW + timedelta(minutes=50), True),
        (NOW - timedelta(hours=13), False),
        (NOW + timedelta(hours=2), False),
    ):
        header = {"date": at.strftime("%a, %d %b %Y %H:%M:%S GMT")}
        if is_fine:
            assert signature.check_date(read, header, NOW) == at
        else:
            with pytest.raises(Unsigned):
                signature.check_date(read, header, NOW)
    for wrong in ("", "yesterday", "Tue, 99 Mar 2026 10:05:01 GMT"):
        with pytest.raises(Unsigned):
            signature.check_date(read, {"date": wrong}, NOW)
    stamp = int(NOW.timestamp())
    form = 'keyId="a",headers="(request-target) host (created) digest",created={},expires={},signature="AAAA"'
    fresh = signature.read_header(form.format(stamp, stamp + 60))
    assert signature.check_date(fresh, {}, NOW) == NOW
    with pytest.raises(Unsigned):
        signature.check_date(signature.read_header(form.format(stamp - 100, stamp - 1)), {}, NOW)


def test_a_digest_is_the_bodys() -> None:
    right = signature.digest_of(b"abc")
    assert signature.is_digest(right, b"abc")
    assert signature.is_digest(f"md5=x, {right.replace('SHA', 'sha')}", b"abc")
    for wrong in ("", right, "SHA-256=", f"SHA-512={right[8:]}", f"{right},{right}"):
        assert not signature.is_digest(wrong, b"abcd")


def test_a_key_that_is_too_short_or_none_has_signed_nothing() -> None:
    read = signature.Signature("a", ("date",), base64.b64decode("AAAA"))
    short = rsa.generate_private_key(public_exponent=65537, key_size=1024).public_key()
    curve = ec.generate_private_key(ec.SECP256R1()).public_key()
    form = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    for pem in ("", "x", short.public_bytes(*form).decode(), curve.public_bytes(*form).decode(), keys()[1]):
        assert not signature.is_signed_by(pem, read, b"date: x")
