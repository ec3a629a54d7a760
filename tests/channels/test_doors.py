"""Signed doors: what is not proven is refused with a status and counted by its reason; nothing ever ends in a 500.

Every call goes through the batch that the front answers with, so that a status here is the status a network hears.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harken.channels import doors, hot
from harken.channels.actions import pause_channel
from harken.channels.models import Channel, Delivery, DoorRefusal
from harken.web.front.doors import Call, accept_calls
from tests.factories import SECRET, echo_post, make_channel, signed_headers

pytestmark = pytest.mark.django_db

OTHER = "whsec_" + base64.b64encode(b"another secret of thirty-two byte").decode()
SHORT = "whsec_" + base64.b64encode(b"short").decode()
BODY = json.dumps(echo_post("Where is my suitcase?", id="p1")).encode()


def call(
    channel: Channel | str, headers: dict[str, str], *, body: bytes = BODY, method: str = "POST", **query: str
) -> tuple[int, str]:
    """(status, words) of one call as the front answers it."""
    doors.forget_doors()
    token = channel if isinstance(channel, str) else channel.door_token
    status, _, words = accept_calls([Call(token, method, headers, query, body)])[0]
    return status, words.decode()


def refusals() -> dict[str, int]:
    return dict(DoorRefusal.objects.values_list("reason", "count"))


def raw_signature(
    body: bytes, *, key: bytes, digest: Any = hashlib.sha256, head: str = "msg-1.{at}.", at: int = 0
) -> str:
    signed = head.format(at=at).encode() + body
    return base64.b64encode(hmac.new(key, signed, digest).digest()).decode()


Change = Callable[[dict[str, str]], dict[str, str]]
KEY = base64.b64decode(SECRET.removeprefix("whsec_"))


def without(name: str) -> Change:
    return lambda given: {key: value for key, value in given.items() if key != name}


def replaced(**values: str) -> Change:
    return lambda given: {**given, **{name.replace("_", "-"): value for name, value in values.items()}}


def made(**options: Any) -> Change:
    """The right headers with a signature made another way."""
    prefix = options.pop("prefix", "v1,")

    def change(given: dict[str, str]) -> dict[str, str]:
        made_of = raw_signature(BODY, key=options.get("key", KEY), at=int(given["webhook-timestamp"]),
                                **{k: v for k, v in options.items() if k != "key"})  # fmt: skip
        return {**given, "webhook-signature": prefix + made_of}

    return change


def now(seconds: int = 0) -> str:
    return str(int(time.time()) + seconds)


def at(seconds: int) -> Change:
    return lambda given: signed_headers(BODY, at=int(time.time()) + seconds)


def signature(change: Callable[[str], str]) -> Change:
    return lambda given: {**given, "webhook-signature": change(given["webhook-signature"])}


REFUSED: dict[str, tuple[Change, str]] = {
    "no headers at all": (lambda given: {}, "unsigned"),
    "no signature": (without("webhook-signature"), "unsigned"),
    "no id": (without("webhook-id"), "unsigned"),
    "no timestamp": (without("webhook-timestamp"), "unsigned"),
    "empty signature": (replaced(webhook_signature=""), "unsigned"),
    "empty id": (replaced(webhook_id=""), "unsigned"),
    "empty timestamp": (replaced(webhook_timestamp=""), "unsigned"),
    "only an authorization header": (lambda given: {"authorization": f"Bearer {SECRET}"}, "unsigned"),
    "another scheme's headers": (
        lambda given: {"x-hub-signature-256": "sha256=" + hmac.new(KEY, BODY, "sha256").hexdigest()},
        "unsigned",
    ),
    "svix's header names": (
        lambda given: {k.replace("webhook", "svix"): v for k, v in given.items()},
        "unsigned",
    ),
    "wrong secret": (lambda given: signed_headers(BODY, secret=OTHER), "bad signature"),
    "secret without its decoding": (made(key=SECRET.encode()), "bad signature"),
    "empty key": (made(key=b""), "bad signature"),
    "signed the body alone": (made(head=""), "bad signature"),
    "signed without the id": (made(head="{at}."), "bad signature"),
    "signed without the dots": (made(head="msg-1{at}"), "bad signature"),
    "signed another id": (replaced(webhook_id="msg-2"), "bad signature"),
    "another timestamp than signed": (
        lambda given: {**given, "webhook-timestamp": str(int(given["webhook-timestamp"]) + 5)},
        "bad signature",
    ),
    "SHA-1": (made(digest=hashlib.sha1), "bad signature"),
    "SHA-1 under its name": (made(digest=hashlib.sha1, prefix="sha1="), "bad signature"),
    "MD5": (made(digest=hashlib.md5), "bad signature"),
    "SHA-512": (made(digest=hashlib.sha512), "bad signature"),
    "version two": (made(prefix="v2,"), "bad signature"),
    "version in capitals": (made(prefix="V1,"), "bad signature"),
    "version a of the asymmetric kind": (made(prefix="v1a,"), "bad signature"),
    "no version": (made(prefix=""), "bad signature"),
    "equals for a comma": (made(prefix="v1="), "bad signature"),
    "hexadecimal": (lambda given: {**given, "webhook-signature": "v1," + "ab" * 32}, "bad signature"),
    "no base64": (replaced(webhook_signature="v1,???"), "bad signature"),
    "nothing after the version": (replaced(webhook_signature="v1,"), "bad signature"),
    "a comma alone": (replaced(webhook_signature=","), "bad signature"),
    "spaces alone": (replaced(webhook_signature="   "), "bad signature"),
    "cut": (signature(lambda right: right[:-8]), "bad signature"),
    "longer": (signature(lambda right: right[:-1] + "AAAA="), "bad signature"),
    "one bit off": (
        signature(lambda right: right[:5] + ("A" if right[5] != "A" else "B") + right[6:]),
        "bad signature",
    ),
    "right one behind ten wrong": (signature(lambda right: "v1,AAAA " * 10 + right), "bad signature"),
    "glued to another": (signature(lambda right: right + right), "bad signature"),
    "letters beyond ASCII": (replaced(webhook_signature="v1,ä\ud800"), "bad signature"),
    "an id beyond ASCII": (replaced(webhook_id="mäg"), "bad signature"),
    "an id of half a character": (replaced(webhook_id="\ud800"), "bad signature"),
    "six minutes old": (at(-360), "old timestamp"),
    "a day old": (at(-86_400), "old timestamp"),
    "six minutes ahead": (at(360), "old timestamp"),
    "the year 33658": (replaced(webhook_timestamp="999999999999"), "old timestamp"),
    "zero": (replaced(webhook_timestamp="0"), "old timestamp"),
    "milliseconds": (replaced(webhook_timestamp=now() + "000"), "bad timestamp"),
    "a fraction": (replaced(webhook_timestamp=now() + ".0"), "bad timestamp"),
    "negative": (replaced(webhook_timestamp="-1"), "bad timestamp"),
    "with a sign": (replaced(webhook_timestamp="+" + now()), "bad timestamp"),
    "with a space": (replaced(webhook_timestamp=" " + now()), "bad timestamp"),
    "other digits": (replaced(webhook_timestamp="١٧٧٢٥٣٢٠٠٠"), "bad timestamp"),
    "superscript digits": (replaced(webhook_timestamp="¹²³"), "bad timestamp"),
    "underscores": (replaced(webhook_timestamp="1_772_532_000"), "bad timestamp"),
    "a date": (replaced(webhook_timestamp="2026-03-03T10:00:00Z"), "bad timestamp"),
    "a thousand digits": (replaced(webhook_timestamp="1" * 1000), "bad timestamp"),
    "not a number": (replaced(webhook_timestamp="NaN"), "bad timestamp"),
}


@pytest.mark.parametrize(("change", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_not_proven_is_refused_counted_and_not_kept(change: Change, reason: str) -> None:
    channel = make_channel()
    status, words = call(channel, change(signed_headers(BODY)))
    assert (status, refusals()) == (401, {reason: 1})
    assert words.strip()
    assert SECRET not in words
    assert Delivery.objects.count() == 0


@pytest.mark.parametrize(
    "body",
    [
        BODY + b" ",
        BODY + b"\n",
        BODY.replace(b": ", b":"),
        json.dumps(json.loads(BODY), indent=1).encode(),
        json.dumps(json.loads(BODY), sort_keys=True).encode(),
        BODY.replace(b"suitcase", b"Suitcase"),
        b"\xef\xbb\xbf" + BODY,
        b"",
    ],
    ids=["space", "newline", "tighter", "indented", "sorted", "altered", "marked", "empty"],
)
def test_a_body_that_is_not_the_signed_bytes_is_refused(body: bytes) -> None:
    status, _ = call(make_channel(), signed_headers(BODY), body=body)
    assert (status, refusals()) == (401, {"bad signature": 1})


@pytest.mark.parametrize(
    "secret", ["", "   ", "whsec_", SHORT, "not base64!", "whsec_" + base64.b64encode(b"x" * 65).decode(), "whsec_ä"],
    ids=["none", "spaces", "prefix", "short", "no base64", "long", "other letters"],
)  # fmt: skip
def test_a_door_without_a_usable_secret_is_closed(secret: str) -> None:
    channel = make_channel(secrets={"secret": secret})
    for headers in (signed_headers(BODY), {}, {**signed_headers(BODY), "webhook-signature": "v1,"}):
        assert call(channel, headers)[0] == 403
    assert refusals() == {"no secret": 3}
    assert Delivery.objects.count() == 0


@pytest.mark.parametrize(
    "change",
    [
        lambda given: given,
        at(-290),
        at(290),
        signature(lambda right: f"v1,AAAA {right}"),
        signature(lambda right: f"{right} v1,AAAA"),
        signature(lambda right: f"v1a,xyz v2,abc {right}"),
        signature(lambda right: f"{right}  {right}"),
        lambda given: {**given, "user-agent": "x", "content-type": "text/plain", "x-anything": "ä"},
        lambda given: signed_headers(BODY, message_id="a.b.c d"),
    ],
    ids=["plain", "nearly old", "nearly ahead", "second of two", "first of two", "among other kinds", "two spaces",
         "other headers", "dots in the id"],
)  # fmt: skip
def test_what_is_proven_is_kept(change: Change) -> None:
    channel = make_channel()
    assert call(channel, change(signed_headers(BODY))) == (200, "kept\n")
    assert Delivery.objects.get().key == "post:p1"
    assert refusals() == {}


def test_while_a_secret_is_changed_both_open_the_door() -> None:
    channel = make_channel(secrets={"secret": f"{OTHER} {SECRET} {SHORT}"})
    assert call(channel, signed_headers(BODY))[0] == 200
    assert call(channel, signed_headers(BODY, secret=OTHER))[0] == 200
    channel.keep_secrets({"secret": OTHER})
    channel.save()
    assert call(channel, signed_headers(BODY))[0] == 401


def test_a_call_that_is_played_again_is_counted_as_a_copy() -> None:
    channel = make_channel()
    headers = signed_headers(BODY)
    for _ in range(3):
        assert call(channel, headers)[0] == 200
    delivery = Delivery.objects.get()
    assert delivery.copies == 2


@pytest.mark.parametrize(
    ("method", "status"), [("GET", 405), ("PUT", 405), ("DELETE", 405), ("post", 405), ("", 405)]
)
def test_another_method_is_refused(method: str, status: int) -> None:
    assert call(make_channel(), signed_headers(BODY), method=method)[0] == status
    assert Delivery.objects.count() == 0


@pytest.mark.parametrize("token", ["", "nobody", "x" * 10_000, "../../etc", "ä", "%00"])
def test_a_door_that_is_not_there(token: str) -> None:
    make_channel()
    assert call(token, signed_headers(BODY))[0] == 404
    assert refusals() == {}


@pytest.mark.parametrize("connector", ["email", "archive"])
def test_a_channel_without_a_door_has_none(connector: str) -> None:
    assert call(make_channel(connector), signed_headers(BODY))[0] == 404


def test_a_paused_channel_asks_to_come_later_and_keeps_nothing() -> None:
    channel = make_channel()
    pause_channel(channel, actor_id=None)
    status, headers, _ = accept_calls([Call(channel.door_token, "POST", signed_headers(BODY), {}, BODY)])[0]
    assert (status, headers["retry-after"]) == (503, "300")
    assert Delivery.objects.count() == 0


def test_a_signature_for_one_door_does_not_open_another() -> None:
    make_channel()
    other = make_channel(secrets={"secret": OTHER})
    assert call(other, signed_headers(BODY))[0] == 401


def test_too_many_events_in_one_call_are_refused_whole() -> None:
    body = json.dumps({"events": [echo_post(id=f"e{n}") for n in range(1001)]}).encode()
    channel = make_channel()
    assert call(channel, signed_headers(body), body=body)[0] == 413
    assert refusals() == {"too many events": 1}
    assert Delivery.objects.count() == 0


ODD: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"hello",
    "cut": BODY[: len(BODY) // 2],
    "no object": b"[1, null, \"x\", [[]]]",
    "a number": b"12",
    "null": b"null",
    "not a number": b'{"type": "post", "id": NaN, "at": NaN}',
    "infinite": b'{"type": "post", "id": "a", "at": 1e999, "author": {"key": "i"}, "text": "x"}',
    "digits without end": b'{"id": ' + b"1" * 10_000 + b"}",
    "a long id": b'{"id": "' + b"1" * 10_000 + b'", "at": 1}',
    "NUL in the id": b'{"id": "a\\u0000b", "at": 1, "author": {"key": "i"}, "text": "x"}',
    "half a character in the id": b'{"id": "a\\ud800", "at": 1, "author": {"key": "i"}, "text": "x"}',
    "half a character in the kind": b'{"id": "a", "type": "\\ud800", "at": "\\udfff"}',
    "NUL in the words": b'{"id": "a", "at": 1, "author": {"key": "i\\u0000"}, "text": "x\\u0000\\ud800"}',
    "bad UTF-8": b'{"id": "\xff\xfe", "text": "\xc3"}',
    "UTF-16": json.dumps(echo_post(id="u16")).encode("utf-16"),
    "surrogates in UTF-8": b'{"id": "\xed\xa0\x80", "at": 1, "author": {"key": "i"}, "text": "x"}',
    "deep": b'{"id": "d", "a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "just deep enough": b'{"events": [{"id": "d", "a": ' + b"[" * 900 + b"]" * 900 + b"}]}",
    "same name twice": b'{"id": "a", "id": "b", "at": 1, "author": {"key": "i"}, "text": "x"}',
    "lists for words": b'{"id": "a", "at": [], "author": [], "text": {}, "type": []}',
    "events of nothing": b'{"events": []}',
    "events of a word": b'{"events": "x"}',
    "a megabyte": json.dumps(echo_post("x" * 1_000_000, id="mb")).encode(),
    "no moment": b'{"type": "post", "id": "nm", "author": {"key": "i"}, "text": "x"}',
}  # fmt: skip


@pytest.mark.parametrize("body", ODD.values(), ids=ODD.keys())
def test_odd_bodies_are_kept_and_filed_or_set_aside_never_a_500(body: bytes) -> None:
    from harken.channels.ledger import ledger
    from harken.inbox.intake.filing import file_waiting

    channel = make_channel()
    good = json.dumps(echo_post("Fine", id="good")).encode()
    doors.forget_doors()
    calls = [Call(channel.door_token, "POST", signed_headers(one), {}, one) for one in (body, good)]
    assert [status for status, _, _ in accept_calls(calls)] == [200, 200]
    while file_waiting():
        pass
    account = ledger([channel])[0]
    assert account.is_balanced
    assert Delivery.objects.get(key="post:good").state == "shown"
    assert account.waiting == 0


def test_an_event_without_a_moment_reads_the_same_for_ever() -> None:
    channel = make_channel()
    body = ODD["no moment"]
    call(channel, signed_headers(body), body=body)
    stored = bytes(Delivery.objects.get().body)
    connector = doors.find_door(channel.door_token).connector
    assert connector.parse(stored) == connector.parse(stored)


def test_when_nothing_can_be_stored_the_caller_hears_503(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import OperationalError

    def fail(batch: object) -> None:
        raise OperationalError("disk full")

    monkeypatch.setattr(hot, "store", fail)
    assert call(make_channel(), signed_headers(BODY))[0] == 503


def test_the_guides_own_example_opens_the_door() -> None:
    guide = (Path(__file__).resolve().parents[2] / "docs/channels/echo.md").read_text()
    script = guide.partition("```sh\n")[2].partition("```")[0]
    shown = subprocess.run(
        ["sh", "-eu", "-c", script + 'printf "%s\\n" "$secret" "$id" "$at" "$signature" "$body"'],
        capture_output=True, text=True, check=True, timeout=20,
    )  # fmt: skip
    secret, message_id, at, signature, body = shown.stdout.splitlines()
    channel = make_channel(secrets={"secret": secret})
    headers = {"webhook-id": message_id, "webhook-timestamp": at, "webhook-signature": f"v1,{signature}"}
    assert call(channel, headers, body=body.encode()) == (200, "kept\n")
    assert Delivery.objects.get().key == "post:form-4711"
