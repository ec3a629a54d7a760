"""The pure decisions of the community."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from harken.community import policy
from harken.community.policy import Chosen, Said, Voice, standing, who_may_choose

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_staff_never_speak_as_a_customer():
    for as_brand in (False, True):
        assert policy.voice_to_keep(is_staff=True, as_brand=as_brand).is_company


def test_only_staff_speak_for_the_brand():
    with pytest.raises(ValueError, match="company's people"):
        policy.voice_to_keep(is_staff=False, as_brand=True)


def test_a_customer_who_became_a_super_user_is_shown_as_one_and_an_employee_never_is():
    assert policy.voice_to_show(Voice.CUSTOMER, is_super_user=True) is Voice.SUPER_USER
    assert policy.voice_to_show(Voice.CUSTOMER, is_super_user=False) is Voice.CUSTOMER
    assert policy.voice_to_show("employee", is_super_user=True) is Voice.EMPLOYEE
    assert policy.voice_to_show("brand", is_super_user=True) is Voice.BRAND


@pytest.mark.parametrize(
    ("is_asker", "is_staff", "days", "chosen_as", "as_whom"),
    [
        (True, False, 0, "", Chosen.BY_ASKER),
        (True, False, 90, "staff", Chosen.BY_ASKER),
        (True, True, 0, "", Chosen.BY_ASKER),
        (False, True, 6.99, "", None),
        (False, True, 7, "", Chosen.BY_STAFF),
        (False, True, 30, "staff", Chosen.BY_STAFF),
        (False, True, 30, "asker", None),
        (False, False, 30, "", None),
    ],
)
def test_the_asker_chooses_and_staff_after_a_week_if_nobody_did(is_asker, is_staff, days, chosen_as, as_whom):
    found = who_may_choose(
        is_asker=is_asker,
        is_staff=is_staff,
        asked_at=NOON,
        chosen_as=chosen_as,
        at=NOON + timedelta(days=days),
    )
    assert found is as_whom


def said(id: int, kind: str, author: int, minutes: int, **fields: object) -> Said:
    return Said(
        id=id,
        author_id=author,
        kind=kind,
        voice=Voice(fields.pop("voice", "customer")),
        at=NOON + timedelta(minutes=minutes),
        **fields,
    )


def test_a_topic_stands_the_same_in_whatever_order_its_posts_came():
    posts = [
        said(1, "opening", 1, 0, thanks=1),
        said(2, "answer", 1, 2),  # the asker's own does not answer it
        said(3, "answer", 2, 9, voice="employee"),
        said(4, "comment", 1, 11),
        said(5, "answer", 3, 5, is_shown=False, thanks=9),
    ]
    found = {standing(order, asker_id=1) for order in itertools.permutations(posts)}
    assert found == {
        policy.Standing(
            answers=2,
            posts=4,
            thanks=1,
            last_at=NOON + timedelta(minutes=11),
            last_author_id=1,
            answered_at=NOON + timedelta(minutes=9),
            answered_voice="employee",
        )
    }


def test_an_update_by_the_company_is_no_answer():
    found = standing([said(1, "opening", 1, 0), said(2, "update", 2, 3, voice="brand")], asker_id=1)
    assert (found.answers, found.answered_at) == (0, None)


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Can a ¾ cello fly in the cabin?", "can-a-3-4-cello-fly-in-the-cabin"),
        ("Où est ma valise ?", "où-est-ma-valise"),
        ("هل يمكنني حمل التشيلو؟", "هل-يمكنني-حمل-التشيلو"),
        ("???", "topic"),
        ("x" * 300, "x" * 80),
    ],
)
def test_an_address_is_readable_in_its_own_script(title, slug):
    assert policy.slug_of(title) == slug


def test_tags_are_folded_each_once_and_five_at_most():
    assert policy.tag_names([" Extra Seat", "extra seat", "", "A", "b", "c", "d", "e"]) == [
        "extra-seat",
        "a",
        "b",
        "c",
        "d",
    ]


def test_names_in_code_mail_addresses_and_links_are_no_mentions():
    text = "@ines and @Tomasz-2, not me@mail.example, not `@code` nor https://x.example/@far @ines"
    assert policy.mentioned(text) == ["ines", "tomasz-2"]


def test_a_share_is_shown_from_five_reports_on():
    assert policy.outcome_in_words([True] * 4) is None
    assert policy.outcome_in_words([True, True, False, True, True]) == (4, 5)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ines  \n Rautio", "Ines Rautio"),
        ("Ines\u202e\u2066\u200b\ufeff\x07 R\u00adautio", "Ines Rautio"),
        ("نورا\u200cحداد", "نورا\u200cحداد"),
        ("\u200b\u202e", ""),
    ],
)
def test_a_name_holds_no_sign_that_turns_or_hides_the_words_around_it(name, shown):
    assert policy.shown_name(name) == shown


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("@larkspur@social.example Fan", "larkspur F."),
        ("spam.example", "spam e."),
        ("https://spam.example/a Now", "spam N."),
        ("#boycott Larkspur", "boycott L."),
        ("J.R. Ewing", "J.R. E."),
        ("@ #", policy.NAMELESS),
    ],
)
def test_a_name_calls_nobody_and_leads_nowhere_on_other_networks(name, said):
    assert policy.name_elsewhere(name) == said
