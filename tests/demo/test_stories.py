"""The written stories: well formed, in the languages they claim, and nobody real in them."""

import re
from collections import Counter

import pytest

from harken.brain.language import language_of
from harken.demo.attachments import attachment
from harken.demo.company import company, read_toml
from harken.demo.pictures import PICTURES
from harken.demo.storylines import BadStory, _story, singles, stories

PLAIN = {
    "id": "a", "lang": "en", "channel": "form", "team": "booking", "turns": [["customer", "Hello there"]],
}  # fmt: skip


def _texts():
    """Every written text of a customer with its language."""
    for story in stories():
        for turn in story.turns:
            if turn.word in {"customer", "other", "member"} and turn.text:
                yield story.lang, turn.text
    for group in singles():
        for kind in ("mention", "praise", "complaint", "question"):
            for text in getattr(group, kind):
                yield group.lang, text if isinstance(text, str) else text[0]


def test_more_than_a_hundred_and_twenty_stories_of_several_turns():
    several = [story for story in stories() if len(story.turns) >= 2]
    assert len(several) >= 120
    assert len(stories()) >= 250


def test_each_language_has_its_own_stories():
    told = Counter(story.lang for story in stories())
    assert all(told[language] >= 12 for language in ("en", "es", "fr", "de", "pt", "ar"))
    assert all(told[language] >= 2 for language in ("ja", "zh", "th"))


def test_no_text_is_written_twice():
    written = Counter(text for _, text in _texts() if text != "{ref}")
    assert [text for text, times in written.items() if times > 1] == []


def test_texts_are_in_the_language_they_claim():
    clear = [(language, text, language_of(text)) for language, text in _texts()]
    clear = [(language, text, guess) for language, text, guess in clear if guess.language]
    wrong = [
        (language, guess.language, text) for language, text, guess in clear if guess.language != language
    ]
    assert len(clear) > 400
    # A few stories have a foreign word or two in a short text; more would be a text in the wrong place.
    assert len(wrong) <= len(clear) // 50, wrong


def test_only_addresses_that_cannot_exist():
    everything = "\n".join(
        [turn.text for story in stories() for turn in story.turns]
        + [handle for person in company().customers.values() for handle in person.handles.values()]
    )
    for host in re.findall(
        r"[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|ie|pt|es|fr|de|co|io|app|example)\b", everything
    ):
        assert host.endswith(".example"), host
    assert not re.search(r"https?://", everything)


# Companies that a story about flying might name by accident; the demo's world has only its own.
REAL = (
    "ryanair easyjet wizz lufthansa iberia vueling klm air_france british_airways aer_lingus norwegian_air transavia "
    "eurowings wideroe widerøe loganair tap_air emirates qatar_airways delta_air united_airlines boeing airbus embraer "
    "google facebook instagram whatsapp twitter tiktok youtube amazon apple microsoft paypal revolut airbnb uber booking_com "
    "expedia tripadvisor skyscanner visa_card mastercard airtag iphone samsung "
)


@pytest.mark.parametrize("name", REAL.split())
def test_no_real_company_is_named(name):
    found = re.compile(rf"(?<![\w-]){name.replace('_', '.')}(?!\w)", re.IGNORECASE)
    assert [text for _, text in _texts() if found.search(text)] == []
    assert [t.text for s in stories() for t in s.turns if found.search(t.text)] == []


def test_staff_sign_what_they_send():
    unsigned = [
        (story.id, turn.text)
        for story in stories()
        for turn in story.turns
        if turn.word in {"staff", "propose"} and not re.search(r"\{me\}|\{sign\}|رانيا|Nuno", turn.text)
    ]
    # Quick back-and-forth in a thread is signed once; it must stay the exception.
    assert len(unsigned) <= 3, unsigned


def test_every_attachment_can_be_made():
    named = {name for story in stories() for turn in story.turns for name in turn.attach}
    assert len(named) >= 40
    for name in named:
        kind, body = attachment(name)
        start = {"image/png": b"\x89PNG", "application/pdf": b"%PDF-1.4", "text/plain": b""}[kind]
        assert body.startswith(start)
        assert len(body) < 20_000, name


def test_no_picture_or_document_lies_about_unused():
    named = {name for story in stories() for turn in story.turns for name in turn.attach}
    assert {f"{name}.png" for name in PICTURES} - named == set()
    assert set(read_toml("documents.toml")) - named == set()


def test_the_company_has_a_desk_of_its_own():
    known = company()
    roles = Counter(agent.role for agent in known.agents.values())
    assert roles["agent"] >= 6
    assert roles["lead"] >= 1
    assert roles["admin"] >= 1
    assert {c.kind for c in known.channels.values()} == {"email", "mastodon", "bluesky", "echo", "archive"}
    assert 280 <= len(known.customers) <= 340
    for team in known.teams:
        assert any(team in agent.teams for agent in known.agents.values()), team


def test_nobody_shares_a_handle():
    handles = Counter(
        (network, handle)
        for person in company().customers.values()
        for network, handle in person.handles.items()
    )
    assert [handle for handle, times in handles.items() if times > 1] == []
    many = [p for p in company().customers.values() if len(set(p.handles.values())) > 1]
    assert len(many) > 80


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"turns": [["staff", "Hello"]]}, "begins with"),
        ({"turns": [["customer", "soon", "Hello"]]}, "not a delay"),
        ({"turns": [["customer", ""]]}, "says nothing"),
        ({"turns": [["shout", "Hello"]]}, "no such turn"),
        ({"turns": [["customer", "Hi", {"colour": "red"}]]}, "no such extra"),
        ({"turns": [["customer", "Hi"], ["staff bob", "Hi"]]}, "nobody called 'bob'"),
        ({"channel": "pigeon-post"}, "no channel"),
        ({"team": "catering"}, "no team"),
        ({"who": "nobody"}, "nobody called"),
        ({"who": "gethin-prosser", "channel": "bluesky"}, "no handle on bluesky"),
        ({"owner": "bob"}, "nobody called 'bob'"),
        ({"mood": "glad"}, "no such key"),
        ({"reach": [1, 2]}, "reach is"),
        ({"now": "soon"}, "not a span"),
    ],
)
def test_a_story_that_cannot_be_told_is_refused_with_its_reason(change, said):
    with pytest.raises(BadStory, match=said):
        _story(PLAIN | change, "test.toml")
