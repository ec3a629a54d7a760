"""The script: five weeks up to this minute, the same each time, at the pace of a real desk."""

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from harken.demo.acts import BY_CUSTOMERS
from harken.demo.company import company
from harken.demo.script import build_script

NOW = datetime(2026, 3, 17, 14, 42, tzinfo=UTC)
DUBLIN = ZoneInfo("Europe/Dublin")


@pytest.fixture(scope="module")
def acts():
    return build_script(NOW, 1)


@pytest.fixture(scope="module")
def by_story(acts):
    told = defaultdict(list)
    for act in acts:
        told[act.story].append(act)
    return told


def test_the_same_moment_and_seed_tell_the_same(acts):
    assert build_script(NOW, 1) == acts


def test_another_seed_tells_it_differently(acts):
    other = build_script(NOW, 2)
    assert [a.at for a in other] != [a.at for a in acts]
    assert {a.story for a in other if a.kind == "note"} == {a.story for a in acts if a.kind == "note"}


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="aware"):
        build_script(datetime(2026, 3, 17, 14, 42))


@pytest.mark.parametrize("hour", [0, 3, 8, 14, 23])
@pytest.mark.parametrize("day", [1, 29])
def test_nothing_lies_ahead_of_now_and_little_before_five_weeks(day, hour):
    now = datetime(2026, 3, day, hour, 30, tzinfo=UTC)
    acts = build_script(now, 5)
    assert max(act.at for act in acts) <= now
    assert min(act.at for act in acts) >= now - timedelta(days=42)
    assert acts == sorted(acts, key=lambda act: (act.at, act.key))


def test_keys_name_one_act_and_answers_point_back(acts):
    seen = {}
    for act in acts:
        assert act.key not in seen
        if act.to:
            assert seen[act.to].story == act.story
            assert seen[act.to].at <= act.at
        seen[act.key] = act


def test_authors_are_known_and_can_write_there(acts):
    known = company()
    for act in acts:
        if act.kind in BY_CUSTOMERS:
            network = known.channels[act.channel].network
            assert network in known.customers[act.author].handles, act
        else:
            assert act.author in known.agents, act


def test_amounts(acts, by_story):
    messages = [a for a in acts if a.kind in {"post", "reply", "note", "propose", "auto"}]
    assert 1400 <= len(messages) <= 1900
    assert 350 <= len(by_story) <= 560
    assert len({a.author for a in acts if a.kind == "post"}) >= 250
    assert {c.kind for c in company().channels.values()} == {
        company().channels[a.channel].kind for a in acts if a.kind == "post"
    }
    languages = Counter(a.language for a in acts if a.kind == "post")
    assert all(languages[code] >= 35 for code in ("en", "es", "fr", "de", "pt", "ar"))
    assert all(languages[code] >= 4 for code in ("ja", "zh", "th"))


def test_every_kind_of_act_happens(acts):
    kinds = Counter(a.kind for a in acts)
    assert all(
        kinds[k] for k in ("edit", "delete", "auto", "bounce", "like", "propose", "snooze", "tag", "close")
    )
    assert kinds["note"] >= 12


def test_hardly_a_text_comes_twice(acts):
    texts = Counter(a.text for a in acts if a.kind in {"post", "reply", "note"})
    again = sum(times - 1 for times in texts.values())
    assert again <= len(texts) // 100


def test_no_gap_is_left_unfilled(acts):
    assert [a.text for a in acts if "{" in a.text or "{" in a.subject] == []


def test_texts_keep_the_length_of_their_network(acts):
    for act in acts:
        limit = company().channels[act.channel].limit
        if limit and act.kind in {"post", "reply", "propose", "edit"}:
            # Room for the name of whom one answers, which Mastodon counts.
            assert len(act.text) <= limit - (40 if limit == 500 else 0), (len(act.text), act.text)


def _answers(by_story, since):
    """For each conversation that asks and is old enough: how long the first answer took, or None."""
    for told in by_story.values():
        first = told[0]
        if not first.asks or first.at > since or company().channels[first.channel].kind == "archive":
            continue
        answer = next((a for a in told if a.kind == "reply"), None)
        yield first, answer


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_answers_come_at_the_pace_of_a_real_desk(seed):
    told = defaultdict(list)
    for act in build_script(NOW, seed):
        told[act.story].append(act)
    pairs = list(_answers(told, NOW - timedelta(days=1)))
    hour = sum(1 for q, a in pairs if a and a.at - q.at <= timedelta(hours=1))
    day = sum(1 for q, a in pairs if a and a.at.astimezone(DUBLIN).date() == q.at.astimezone(DUBLIN).date())
    never = sum(1 for _, a in pairs if a is None)
    assert 0.35 <= hour / len(pairs) <= 0.45
    # A little over three quarters: what the judgement takes for a question besides brings it there.
    assert 0.72 <= day / len(pairs) <= 0.84
    assert 0.05 <= never / len(pairs) <= 0.16


def test_nights_are_quiet(acts):
    hours = Counter(a.at.astimezone(DUBLIN).hour for a in acts if a.kind == "post")
    night = sum(hours[h] for h in range(1, 5))
    assert night < sum(hours.values()) * 0.05
    assert hours[12] > 5 * max(hours[2], 1)


def _waiting(by_story):
    """Conversations whose last words are a customer's, not closed, that want an answer; with their wait."""
    for told in by_story.values():
        words = [a for a in told if a.kind in {"post", "edit", "reply", "propose"}]
        if words[-1].kind == "reply" or any(a.kind in {"close", "snooze"} for a in told) or not told[0].asks:
            continue
        if company().channels[told[0].channel].kind != "archive":
            yield told, NOW - words[-1].at


def test_the_desk_has_somebody_waiting_at_every_stage(by_story):
    waits = sorted(wait for _, wait in _waiting(by_story))
    assert 25 <= len(waits) <= 48
    assert timedelta(hours=3) < waits[-1] < timedelta(hours=4)
    assert sum(wait > timedelta(hours=1) for wait in waits) <= 8
    assert sum(timedelta(minutes=45) < wait <= timedelta(hours=1) for wait in waits) >= 4
    assert sum(wait < timedelta(minutes=30) for wait in waits) >= 12


def test_promises_are_kept_and_some_are_broken(acts, by_story):
    kept = broken = 0
    for told in by_story.values():
        for act in told:
            if act.kind == "reply" and act.until:
                then = [
                    a for a in told if a.kind == "reply" and act.at < a.at <= act.until + timedelta(hours=1)
                ]
                kept += bool(then)
                broken += not then and act.until < NOW
    assert kept >= 8
    assert broken >= 2


def test_what_is_private_is_private(acts):
    for act in acts:
        if not company().channels[act.channel].public and act.kind in {"post", "reply", "propose", "auto"}:
            assert act.private
    followed = [a for a in acts if a.private and company().channels[a.channel].public]
    assert len(followed) >= 30


def test_people_come_back_and_write_on_several_networks(acts):
    first = [a for a in acts if a.kind == "post" and not a.to]
    times = Counter(a.author for a in first)
    assert sum(count > 1 for count in times.values()) >= 60
    networks = defaultdict(set)
    for act in first:
        networks[act.author].add(company().channels[act.channel].network)
    assert sum(len(seen) > 1 for seen in networks.values()) >= 20


def test_one_person_does_not_begin_two_things_at_once_on_a_channel(acts):
    begun = defaultdict(list)
    for act in acts:
        if act.kind == "post" and not act.to and act.author.count("-") == 1 and act.author[3:].isdigit():
            begun[act.author, act.channel].append(act.at)
    for times in begun.values():
        assert all(b - a >= timedelta(days=4) for a, b in pairwise(times))


def test_the_storm_grows_within_an_hour(acts):
    hail = NOW - timedelta(minutes=310)
    cluster = [a for a in acts if a.story.startswith("ice-") and a.kind == "post"]
    assert len({a.story for a in cluster}) >= 40
    assert min(a.at for a in cluster) >= hail
    before = [a for a in acts if a.kind == "post" and hail - timedelta(hours=2) < a.at < hail]
    during = [a for a in cluster if a.at < hail + timedelta(hours=3)]
    assert len(during) > 3 * len(before)
