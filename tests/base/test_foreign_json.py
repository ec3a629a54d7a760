"""JSON from outside becomes what a database takes, or a ValueError."""

import json

import pytest

from harken.base.foreign_json import as_bytes, read_json


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": [1, "x", null]}', {"a": [1, "x", None]}),
        (b'{"a\\u0000b": ["c\\u0000", {"d": "\\ud800"}]}', {"ab": ["c", {"d": "?"}]}),
        (b'"\\ud83d\\ude00 \\uDC00"', "😀 ?"),
        (b'"\xed\xa0\x80"', "???"),
        ('"Grüße 鞄"'.encode(), "Grüße 鞄"),
    ],
)
def test_text_is_cleaned_and_the_rest_is_left(body: bytes, value: object) -> None:
    found = read_json(body)
    if body.startswith(b'"\xed'):
        assert "\ud800" not in found
        found.encode()
    else:
        assert found == value


@pytest.mark.parametrize(
    "body", [b"", b"x", b"\xff", b"[" * 100_000, b'{"a":' * 100_000, b"1" * 10_000], ids=range(6)
)
def test_what_is_no_json_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_json(body)


def test_writing_never_fails_on_a_text() -> None:
    assert as_bytes({"a": "\ud800 ü"}) == '{"a":"? ü"}'.encode()
    assert read_json(as_bytes({"a": "\x00b"})) == {"a": "b"}
    assert json.loads(as_bytes([1, None])) == [1, None]
