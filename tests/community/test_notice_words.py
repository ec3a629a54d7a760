"""What a notice says is said in the language of who reads it then, on the page and in a mail; old rows keep their words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation

from harken.brain.standing import Met
from harken.community import notice_words
from harken.community.actions.deciding import decide
from harken.community.actions.flagging import flag_post
from harken.community.actions.keeping_rules import first_rules
from harken.community.actions.super_users import tell_super, thank_member
from harken.community.actions.weighing import own_idea, turn_idea
from harken.community.actions.writing import write_answer
from harken.community.letters.writing import what
from harken.community.models import Invitation, Member, Notice
from harken.web.language import LANGUAGE_COOKIE
from tests.factories import ask, make_agent, make_member, make_space, make_team
from tests.web.cast import client_of

AT = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


def speak(member: Member, language: str) -> None:
    member.user.language = language
    member.user.save(update_fields=["language"])


@pytest.mark.parametrize(
    ("said", "english", "german"),
    [
        (notice_words.doubted(2, is_author=True), "Your answer solved this once. 2 people said", "2 Personen"),
        (notice_words.doubted(0, is_author=False), "What solved this may no longer hold.", ""),
        (notice_words.standing("opened", "tag", conditions=[Met("people", 3, 3, True)], leaves_at=None, why=""), "You can now put tags on the topics of others: 3 of 3 people helped.", "3"),
        (notice_words.standing("leaving", "edit", conditions=[Met("credit", 1.5, 5, False)], leaves_at=AT, why="unmet"), "Until May 4, 2026 you can improve the wording of others.", "1,5"),
        (notice_words.asked(Invitation(why="solved", like=2, about="cello", others=1), Member(name="Ines Rautio"), "May it fly?", due=AT + timedelta(minutes=30), at=AT), "Ines, somebody asks “May it fly?”. You solved 2 about “cello”. 30 minutes are left, and 1 other was asked.", "cello"),
        (notice_words.said("“{title}” is done", title="100 % {quiet}"), "“100 % {quiet}” is done", "100 % {quiet}"),
    ],
)  # fmt: skip
def test_each_kind_is_said_in_any_language(said, english, german):
    with translation.override("en"):
        assert notice_words.in_words(said).startswith(english)
    with translation.override("de"):
        words = notice_words.in_words(said)
    assert german in words
    assert not words.startswith(english[:12]) or english.startswith("“100")


@pytest.fixture
def told() -> dict[str, object]:
    """Somebody who has a notice of several kinds, all written while they read English."""
    first_rules(by=None, at=datetime.now(UTC) - timedelta(days=30))
    piet, staff = make_member("Piet Kuyper"), make_member(agent=make_agent())
    speak(piet, "en")
    idea = ask("Quiet rows", kind="idea", space=make_space("Ideas", kinds=["idea"]), by=piet).idea
    own_idea(idea, by=staff, team=make_team("Cabin"), owner=staff.user.agent)
    turn_idea(idea, by=staff, status="done", word="There.", said="Quiet rows.", did="Four.")
    post = write_answer(ask(space=make_space("Baggage")), by=piet, text="I sell cases.")
    decide(
        flag_post(post, by=make_member("Ines"), rule=4).case,
        by=staff,
        act="remove",
        rule=4,
        reason="An offer.",
    )
    tell_super(piet, "leaving", day="4 May", at=datetime.now(UTC))
    thank_member(piet, by=staff, words="Well said.")
    return {"member": piet}


@pytest.mark.django_db
def test_who_changes_their_language_reads_all_their_notices_in_it(told):
    piet = told["member"]
    client = client_of(piet)
    page = client.get("/community/notices/").content.decode()
    for words in (
        "“Quiet rows” is done",
        "What you wrote was removed under rule 4,",
        "Until 4 May you are a super user.",
    ):
        assert words in page
    client.cookies[LANGUAGE_COOKIE] = "de"
    page = client.get("/community/notices/").content.decode()
    assert '<html lang="de"' in page
    for words in ("is done", "What you wrote was removed", "you are a super user"):
        assert words not in page
    assert "„Quiet rows“" in page
    assert "Well said." in page, "what a person wrote stays as they wrote it"
    with translation.override("fr"):
        assert all(
            not what(one).startswith(("What", "Until", "“Quiet")) for one in piet.notices.exclude(said={})
        )


@pytest.mark.django_db
def test_old_rows_keep_their_words():
    piet = make_member("Piet Kuyper")
    old = Notice.objects.create(
        member=piet, kind="decided", words="Your topic was closed under rule 4.", key="old"
    )
    speak(piet, "de")
    assert notice_words.words_of(old) == "Your topic was closed under rule 4."
    assert (
        "Your topic was closed under rule 4." in client_of(piet).get("/community/notices/").content.decode()
    )
