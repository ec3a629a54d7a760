"""Who waits for a look: pure."""

from __future__ import annotations

from harken.brain.normalise import near_duplicate_hash
from harken.community.screening import Author, Strictness, most_an_hour, most_links, screen

AD = "Hey guys, check out my channel and subscribe to me http://a.example.com"
PLAIN = "Can a cello fly in the cabin? Bergen to Porto with my daughter."
NEW, KNOWN = Author(days=0, shown=0), Author(days=400, shown=20)


def codes(found) -> set[str]:
    return {reason.code for reason in found.reasons}


def test_an_advertisement_as_a_first_post_waits_and_the_parts_sum_up():
    found = screen(AD, author=NEW)
    assert found.is_held
    assert found.points == sum(reason.points for reason in found.reasons)
    assert {"links", "link_in_first_posts", "asks_to_click"} <= codes(found)


def test_a_plain_first_post_is_shown_but_where_every_first_one_waits():
    assert not screen(PLAIN, author=NEW).is_held
    assert screen(PLAIN, author=NEW, strictness=Strictness.STRICT).is_held
    assert not screen(PLAIN, author=Author(days=0, shown=1), strictness=Strictness.STRICT).is_held
    assert not screen(AD, author=NEW, strictness=Strictness.OFF).is_held


def test_a_document_in_a_first_post_weighs_and_a_picture_does_not():
    own = "/community/files/09c1f7e25ab84d360e1b7723c5d94fa08b6612ed"
    log, photo = f"{PLAIN} [router.log (3 kB)]({own})", f"{PLAIN} ![my seat]({own})"
    assert codes(screen(log, author=NEW)) == {"file_in_first_posts"}
    assert not screen(log, author=NEW).is_held
    assert not screen(photo, author=NEW).reasons
    assert "file_in_first_posts" in codes(screen(f"{photo} {own}", author=NEW))
    assert not screen(log, author=KNOWN).reasons


def test_who_is_known_is_not_held_for_words_only_for_the_same_again_and_again():
    assert not screen(AD, author=KNOWN).is_held
    mark = near_duplicate_hash(AD)
    assert not screen(AD, author=KNOWN, own=[mark] * 2).is_held
    assert screen(AD, author=KNOWN, own=[mark] * 3).is_held


def test_what_other_new_accounts_just_said_and_a_burst_and_haste_weigh():
    mark = near_duplicate_hash(PLAIN)
    assert screen(PLAIN, author=NEW, others=[mark, mark]).is_held
    assert screen(PLAIN, author=NEW, others=[mark, mark]).copies == 2
    assert not screen(PLAIN, author=NEW, others=[mark]).is_held
    assert screen(PLAIN, author=NEW, others=[mark], lately=5).is_held
    assert not screen(PLAIN, author=NEW, lately=9).is_held  # many plain posts alone are only fast
    assert codes(screen(PLAIN, author=NEW, seconds=1.2)) == {"too_fast"}
    assert not screen(PLAIN, author=NEW, seconds=1.2).is_held  # haste alone holds nothing
    assert screen(PLAIN, author=NEW, is_trapped=True).is_held


def test_what_was_removed_before_weighs_and_outlives_the_time_here():
    once = Author(days=400, shown=20, removed=1)
    assert not once.is_known
    assert screen(AD, author=once).is_held


def test_the_company_is_not_held_by_machine():
    assert not screen(AD, author=Author(days=0, shown=0, is_company=True), is_trapped=True).is_held


def test_limits_grow_with_standing():
    settled = Author(days=10, shown=4)
    assert most_an_hour(NEW) < most_an_hour(settled) < most_an_hour(KNOWN)
    assert most_links(NEW) < most_links(settled) < most_links(KNOWN)
