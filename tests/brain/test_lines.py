"""Lines of JSON in, lines of JSON out."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harken.brain.lines import judge_lines
from harken.brain.understand import LABELS


def answers(*lines: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in judge_lines(lines)]


def one(**given_: Any) -> dict[str, Any]:
    (answer,) = answers(json.dumps(given_))
    return answer


def test_a_judgement_has_every_label_priority_parts_and_reasons() -> None:
    answer = one(text="Where is my order 4471203? I have waited 5 days", waited=45, target=60, id="a-1")
    for name in LABELS:
        assert 0 <= answer[name]["p"] <= 1
        assert sum(reason["weight"] for reason in answer[name]["reasons"]) == pytest.approx(
            answer[name]["score"], abs=1e-3
        )
    assert answer["needs_reply"]["value"] is True
    assert answer["language"]["value"] == "en"
    assert answer["priority"] == sum(part["points"] for part in answer["parts"])
    assert {part["name"] for part in answer["parts"]} == {"urgency", "waiting"}
    assert answer["lane"] == "queue"
    assert {move["cause"] for move in answer["moves"]} >= {"answered", "top_lane"}
    assert len(answer["reasons"]) == len(LABELS)
    assert answer["reasons"][0].startswith("Needs a reply (")
    assert "4471203" in answer["reasons"][0] or "waited" in answer["reasons"][0]
    assert sum(answer["urgency"]["chances"].values()) == pytest.approx(1, abs=1e-3)
    assert len(answer["near_duplicate"]) == 16
    assert answer["id"] == "a-1"


def test_words_are_those_of_the_text() -> None:
    text = "Où est mon colis ? Toujours pas reçu"
    answer = one(text=text)
    for name in LABELS:
        for reason in answer[name]["reasons"]:
            assert reason["words"] == [text[start:end] for start, end in reason["spans"]]


@pytest.mark.parametrize(
    "thread",
    [
        [["us", "Could you send us the number?"]],
        [["agent", "Could you send us the number?"]],
        [{"speaker": "us", "text": "Could you send us the number?"}],
        [{"role": "brand", "text": "Could you send us the number?"}],
        ["where is my parcel", {"role": "support", "text": "Could you send us the number?"}],
    ],
)
def test_a_thread_in_any_of_its_forms(thread: list[Any]) -> None:
    codes = {reason["code"] for reason in one(text="it is 4471203", thread=thread)["needs_reply"]["reasons"]}
    assert "answers_our_question" in codes


def test_a_bad_line_is_told_with_its_number_and_the_rest_goes_on() -> None:
    found = answers('{"text": "hello"}', "{", "", '{"text": 5}', "[]", '{"text": "bye"}\n')
    assert [answer.get("line") for answer in found] == [None, 2, 4, 5, None]
    assert [("error" in answer) for answer in found] == [False, True, True, True, False]


@pytest.mark.parametrize(
    ("given_", "says"),
    [
        ({}, '"text"'),
        ({"text": None}, '"text"'),
        ({"text": "a", "thread": "b"}, '"thread"'),
        ({"text": "a", "thread": [5]}, "thread"),
        ({"text": "a", "thread": [["us", 5]]}, "thread"),
        ({"text": "a", "is_private": "yes"}, '"is_private" must be true or false'),
        ({"text": "a", "mentions_us": 1}, '"mentions_us"'),
        ({"text": "a", "language": 7}, '"language"'),
        ({"text": "a", "waited": "long"}, '"waited"'),
        ({"text": "a", "waited": True}, '"waited"'),
        ({"text": "a", "waited": 10**400}, '"waited"'),
        ({"text": "a", "waited": 5, "target": 0}, "target"),
        ({"text": "a", "reach": -3}, "reach"),
    ],
)
def test_what_is_wrong_is_said(given_: dict[str, Any], says: str) -> None:
    (answer,) = answers("", json.dumps(given_))
    assert says in answer["error"]
    assert answer["line"] == 2


def test_other_keys_are_left_alone() -> None:
    assert "error" not in one(text="hello", brand="Larkspur", label=3)


def test_private_and_priority_arguments_reach_their_place() -> None:
    assert one(text="the weather is nice", is_private=True)["needs_reply"]["value"] is True
    assert one(text="hello", author_is_us=True)["needs_reply"]["value"] is False
    parts = {
        part["name"]
        for part in one(text="hello", reach=50, typical_reach=5, is_repeat=True, is_in_incident=True)["parts"]
    }
    assert parts >= {"reach", "repeat", "incident"}
    assert one(text="hello", waited=200, target=60)["lane"] == "top"


def test_lone_surrogates_and_deep_nesting_do_not_stop_the_stream() -> None:
    found = list(
        judge_lines(
            ['{"text": "\\ud800 where is my order?"}', "[" * 100_000, '{"text": "hi \x00"}', '{"text": "ok"}']
        )
    )
    assert len(found) == 4
    for line in found:
        line.encode("utf-8")
        json.loads(line)


def test_it_streams() -> None:
    def endless() -> Any:
        yield '{"text": "hello"}'
        raise AssertionError("read too far")

    assert "needs_reply" in json.loads(next(judge_lines(endless())))


@given(
    st.one_of(
        st.text(),
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.text(),
            lambda x: st.lists(x) | st.dictionaries(st.text(), x),
        ).map(json.dumps),
    )
)
def test_any_line_gets_an_answer(line: str) -> None:
    for answer in judge_lines([line]):
        assert isinstance(json.loads(answer), dict)


@given(
    st.fixed_dictionaries(
        {"text": st.text()},
        optional={
            "thread": st.lists(st.text() | st.lists(st.text(), min_size=2, max_size=2)),
            "waited": st.floats(allow_nan=True),
            "target": st.floats(),
            "reach": st.floats(),
            "typical_reach": st.floats(),
            "is_private": st.booleans(),
            "language": st.text() | st.none(),
        },
    )
)
def test_any_message_gets_a_judgement_or_an_error(given_: dict[str, Any]) -> None:
    (answer,) = answers(json.dumps(given_))
    assert ("error" in answer) != ("needs_reply" in answer)
    if "parts" in answer:
        assert sum(part["points"] for part in answer["parts"]) == answer["priority"]
