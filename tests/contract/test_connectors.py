"""What every connector promises, asked of every connector that this install has."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import random
import socket
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from harken.base.net import guard
from harken.channels.contract import (
    Ability,
    AccessLost,
    Author,
    Busy,
    CannotTell,
    Change,
    CheckStep,
    Connector,
    Deletion,
    DoorRefused,
    DoorRequest,
    Edit,
    Flagged,
    Follow,
    Ignored,
    Malformed,
    NotSent,
    NotThere,
    Outbound,
    Post,
    Reach,
    Receipt,
    Refused,
    Sent,
    SignInFailed,
)
from harken.channels.registry import connector_class

from .samples import ACCOUNTS, ITEMS

NAMES = list(settings.CONNECTORS)
ROOT = Path(__file__).resolve().parents[2]
PARSED = (Post, Edit, Deletion, Reach, Receipt, Follow, Flagged, Ignored)
each = pytest.mark.parametrize("name", NAMES)


@pytest.fixture(autouse=True)
def dialled(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """No name leads anywhere; every look-up is noted, and a connection is a failure."""
    asked: list[str] = []

    def resolve(host: str) -> list[str]:
        asked.append(host)
        raise OSError("no such name")

    def connect(self: socket.socket, address: Any) -> None:
        raise AssertionError(f"dialled {address}")

    before = guard.current()
    guard.configure(resolver=resolve)
    monkeypatch.setattr(socket.socket, "connect", connect)
    yield asked
    guard._guard = before


def made(name: str) -> Connector:
    return connector_class(name)(ACCOUNTS[name])


# ---- the manifest ---------------------------------------------------------------------------------------


@each
def test_a_manifest_is_whole(name: str) -> None:
    manifest = connector_class(name).manifest
    assert manifest.name == name
    assert manifest.label
    assert f'id="{manifest.icon}"' in (ROOT / "src/harken/web/static/harken/icons.svg").read_text()
    assert manifest.poll_every >= 5
    fields = [field.name for field in manifest.settings]
    assert len(set(fields)) == len(fields)
    assert all(field.label for field in manifest.settings)
    assert all(field.choices for field in manifest.settings if field.kind == "choice")
    for field in manifest.settings:
        assert not field.choices or field.default in dict(field.choices)
    assert (Ability.ATTACH in manifest.abilities) == (manifest.limits.attachments > 0)
    sends = {Ability.SEND_PUBLIC, Ability.SEND_PRIVATE} & manifest.abilities
    assert bool(sends) == (manifest.limits.text > 0)


@each
def test_its_guide_is_there_and_explains_every_field(name: str) -> None:
    manifest = connector_class(name).manifest
    guide = (ROOT / "docs" / manifest.guide).read_text()
    assert guide.startswith("# ")
    assert len(guide.split()) > 150
    missing = [field.label for field in manifest.settings if field.label.casefold() not in guide.casefold()]
    assert missing == []
    if manifest.not_seen_on_real_server:
        assert "not seen on a real server" in guide.casefold()


# ---- cheap and quiet ------------------------------------------------------------------------------------


@each
def test_making_one_is_cheap_and_dials_nobody(name: str, dialled: list[str]) -> None:
    made(name)  # what is imported late
    began = time.thread_time()
    for _ in range(100):
        made(name)
    assert time.thread_time() - began < 0.2
    assert dialled == []


@each
def test_its_account_is_never_shown_with_its_secrets(name: str) -> None:
    connector = made(name)
    for secret in ACCOUNTS[name].secrets.values():
        assert secret == "x" or secret not in repr(connector) + repr(ACCOUNTS[name])  # "x" is in every text


@each
@pytest.mark.parametrize("is_filled", [True, False])
def test_the_connection_test_never_raises(name: str, is_filled: bool) -> None:
    connector = (
        made(name)
        if is_filled
        else connector_class(name)(dataclasses.replace(ACCOUNTS[name], settings={}, secrets={}))
    )
    steps = connector.check()
    assert steps
    assert all(isinstance(step, CheckStep) and step.name for step in steps)
    for step in steps:
        assert step.is_ok or (step.detail and step.what_to_do)
    if dials := {Ability.POLL, Ability.STREAM} & connector.manifest.abilities:
        assert not all(step.is_ok for step in steps), dials


# ---- reading --------------------------------------------------------------------------------------------


@each
def test_its_own_items_are_read_the_same_way_every_time(name: str, dialled: list[str]) -> None:
    kinds = set()
    for body in ITEMS[name]:
        first = _read(made(name), body)
        assert _read(made(name), body) == first
        kinds.add(type(first).__name__)
    assert "Post" in kinds
    assert dialled == []


@each
def test_two_hundred_mutated_items_are_read_or_malformed_and_nothing_else(name: str) -> None:
    mutants = _mutants(ITEMS[name], seed=20260303)
    assert len(mutants) >= 200
    connector, malformed = made(name), 0
    for body in mutants:
        began = time.thread_time()
        found = _read(connector, body)
        assert time.thread_time() - began < 2, body[:100]
        assert _read(made(name), body) == found
        if isinstance(found, str):
            assert len("malformed: ") < len(found) < 1000
            malformed += 1
        else:
            _check_storable(found)
    assert 0 < malformed < len(mutants)


def _read(connector: Connector, body: bytes) -> Any:
    """What it reads, or the words of its Malformed."""
    try:
        found = connector.parse(body)
    except Malformed as wrong:
        return f"malformed: {wrong}"
    assert isinstance(found, PARSED)
    return found


def _check_storable(found: Any) -> None:
    """A database takes it: no NUL, no half of a surrogate pair, moments with a zone, details that are JSON."""
    assert len(found.external_id) > 0 if not isinstance(found, Ignored) else found.reason
    if isinstance(found, Post):
        assert found.author.key or found.author.is_us
        json.dumps(dict(found.details))
    for value in _values(found):
        if isinstance(value, str):
            assert "\x00" not in value
            value.encode("utf-8")
        elif isinstance(value, datetime):
            assert value.tzinfo is not None
            value.astimezone(UTC)


def _values(found: Any) -> Iterator[Any]:
    if dataclasses.is_dataclass(found):
        for field in dataclasses.fields(found):
            yield from _values(getattr(found, field.name))
    elif isinstance(found, Mapping):
        for key, value in found.items():
            yield from _values(key)
            yield from _values(value)
    elif isinstance(found, list | tuple):
        for one in found:
            yield from _values(one)
    else:
        yield found


ODD: list[Any] = [
    None, True, False, 0, -1, 1.5, 1e308, 10**30, "", " ", "x", "\x00", "a\x00b", "\ud800", "é\udfff", "x" * 100_000, [], {},
    [None], [[]], [{}], {"a": None}, ["\ud800"], "2026-13-99T99:99:99Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z",
    "<b>", "at://", "https://[", "1" * 400, "\u202e", "<a@b>", -(10**18),
]  # fmt: skip


def _mutants(items: list[bytes], *, seed: int) -> list[bytes]:
    chance = random.Random(seed)
    found = [
        b"",
        b"\x00",
        b"null",
        b"[]",
        b"{}",
        b"0",
        b'""',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"x" * 1_000_000,
    ]
    for body in items:
        found += [body[: chance.randrange(len(body))] for _ in range(6)]
        for junk in (b"\x00", b"\xed\xa0\x80", b"\xff", b"\r\n\r\n", b'"', b"}", b"\\ud800"):
            at = chance.randrange(len(body))
            found.append(body[:at] + junk + body[at:])
        found.append(body + b"\x00" * 1000)
        found.append(body * 2)
        found.append(body.replace(b"a", b"\xc3"))
        found.append(body + b" " * 1_000_000)
        with contextlib.suppress(ValueError):
            found += [_changed(json.loads(body), chance) for _ in range(170 // len(items) + 1)]
    while len(found) < 200:  # items that are no JSON: bytes changed at random
        body = bytearray(chance.choice(items))
        for _ in range(chance.randrange(1, 12)):
            body[chance.randrange(len(body))] = chance.randrange(256)
        found.append(bytes(body))
    return found


def _changed(whole: Any, chance: random.Random) -> bytes:
    """A JSON value with one value somewhere replaced or taken away."""
    places: list[tuple[Any, Any]] = []

    def gather(value: Any) -> None:
        steps = (
            value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        )
        for key, inner in list(steps):
            places.append((value, key))
            gather(inner)

    gather(whole)
    if places:
        inside, key = chance.choice(places)
        if chance.random() < 0.2:
            del inside[key]
        else:
            inside[key] = chance.choice(ODD)
    return json.dumps(whole).encode()


# ---- text -----------------------------------------------------------------------------------------------

TEXTS = [
    "", "Thanks!", "word " * 1000, "x" * 5000, "鞄" * 3000, "👩‍👩‍👧‍👦" * 700, "e\u0301" * 2000, "حقيبة " * 900,
    "see https://larkspur.example/" + "a" * 900 + " and @ines@fjord.example " * 50, "\n\n".join(["A paragraph of words."] * 200),
    " " * 2000, "\u200d" * 2000, "a\u0000b " * 600,
]  # fmt: skip


@each
@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_every_part_of_a_text_fits(name: str, text: str) -> None:
    connector = made(name)
    limit = connector.manifest.limits.text
    parts = connector.split_text(text)
    assert parts or not text.strip()
    if Ability.SPLIT not in connector.manifest.abilities:
        assert list(parts) == [text]
        return
    bound = connector.manifest.limits.text_bytes
    if (
        text.strip()
        and connector.measure_text(text) <= limit
        and (bound is None or len(text.encode()) <= bound)
    ):
        assert len(parts) == 1
    for part in parts:
        assert connector.measure_text(part) <= limit
        assert bound is None or len(part.encode()) <= bound


# ---- abilities ------------------------------------------------------------------------------------------


@each
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_an_unsigned_call_is_refused(name: str, method: str) -> None:
    for headers, body in (({}, b""), ({"authorization": "Bearer x"}, b'{"id": "1"}')):
        with pytest.raises(DoorRefused) as refused:
            made(name).verify(DoorRequest(method, headers, {"hub.challenge": "x"}, body))
        assert 400 <= refused.value.status < 500
        assert refused.value.reason


@each
def test_what_is_not_declared_is_not_done_and_what_is_fails_politely(name: str) -> None:
    connector = made(name)
    abilities = connector.manifest.abilities
    if Ability.POLL in abilities:
        with pytest.raises((Busy, AccessLost)):
            connector.poll({})
    else:
        page = connector.poll({"a": 1})
        assert (list(page.items), dict(page.cursor), page.has_more) == ([], {"a": 1}, False)
    if Ability.SIGN_IN in abilities:
        with pytest.raises(SignInFailed) as failed:
            connector_class(name).open_sign_in({})  # type: ignore[attr-defined]  # SigningIn
        assert failed.value.what_to_do
    else:
        assert not hasattr(connector, "open_sign_in")
    if Ability.NATIVE_KEY not in abilities:
        for is_public in (True, False):
            assert connector.is_key_proven(Outbound(key="k1", text="Hello", is_public=is_public)) is False


@each
def test_where_nobody_answers_nothing_has_left_and_nothing_is_called_sent(name: str) -> None:
    connector = made(name)
    is_public = Ability.SEND_PUBLIC in connector.manifest.abilities
    outbound = Outbound(
        key="reply-0001",
        text="Hello",
        is_public=is_public,
        to=Author("ines@fjord.example"),
        in_reply_to="1",
        thread_key="1",
    )

    def left() -> None:
        pytest.fail("said that a byte leaves, though nobody was reached")

    found = connector.send(outbound, left)
    if {Ability.SEND_PUBLIC, Ability.SEND_PRIVATE} & connector.manifest.abilities:
        assert isinstance(found, NotSent | Refused)
    else:
        assert isinstance(found, Refused)
    assert found.reason
    looked = connector.look_up(outbound, datetime.now(UTC))
    assert not isinstance(looked, Sent)
    if Ability.LOOK_UP in connector.manifest.abilities:
        assert isinstance(looked, CannotTell), "nobody was asked"
    else:
        assert isinstance(looked, CannotTell | NotThere)


@each
@pytest.mark.parametrize(
    ("kind", "ability"), [("edit", Ability.SEND_EDITS), ("delete", Ability.SEND_DELETIONS)]
)
def test_a_change_is_refused_where_it_is_not_declared_and_never_called_done_where_nobody_answers(
    name: str, kind: str, ability: Ability
) -> None:
    connector = made(name)
    external_id = "at://did:plc:larkspur/app.bsky.feed.post/3abc" if name == "bluesky" else "4711"
    outbound = Outbound(
        key="change-0001", text="Hello again", is_public=True, to=Author("ines@fjord.example")
    )
    change = Change(kind, external_id, outbound)  # type: ignore[arg-type]  # one of the two

    found = connector.change(
        change, lambda: pytest.fail("said that a byte leaves, though nobody was reached")
    )
    looked = connector.look_up_change(change)
    if ability in connector.manifest.abilities:
        assert isinstance(found, NotSent)
        assert isinstance(looked, CannotTell), "nobody was asked"
    else:
        assert isinstance(found, Refused)
        assert isinstance(looked, CannotTell | NotThere)
    assert found.reason
