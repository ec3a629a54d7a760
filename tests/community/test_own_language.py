"""What members are told of decisions and ideas stands in each one's own language, whoever decided in which."""

from datetime import timedelta

import pytest
from django.utils import translation
from django.utils.timezone import localdate, now

from harken.community.actions.appealing import appeal, judge_appeal
from harken.community.actions.changing import NotAllowed, Overtaken
from harken.community.actions.deciding import decide
from harken.community.actions.flagging import flag_post
from harken.community.actions.keeping_rules import first_rules
from harken.community.actions.undoing import reverse_decision
from harken.community.actions.weighing import own_idea, turn_idea, want_idea
from harken.community.actions.writing import write_answer
from harken.community.models import Member, Notice
from tests.factories import ask, make_agent, make_member, make_space, make_team

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _rules():
    first_rules(by=None, at=now() - timedelta(days=30))


def speaking(language: str, name: str, **more) -> Member:
    """A member who chose this language."""
    member = make_member(name, **more)
    member.user.language = language
    member.user.save(update_fields=["language"])
    return member


def told(member: Member) -> list[str]:
    return list(
        Notice.objects.filter(member=member, kind="decided").order_by("pk").values_list("words", flat=True)
    )


def test_a_decision_is_told_to_its_author_and_who_reported_each_in_their_language():
    piet, ines = speaking("de", "Piet Kuyper"), speaking("fr", "Ines Rautio")
    post = write_answer(ask(), by=piet, text="I sell padded cases, ten off.")
    case = flag_post(post, by=ines, rule=4).case
    moderator = make_member("Tomasz Zielinski", powers=["moderate"])
    with translation.override("ar"):  # the moderator's own language is nobody else's
        decision = decide(case, by=moderator, act="remove", rule=4, reason="An offer.")
        assert "appeal" not in told(piet)[0]
        assert "entfernt" in told(piet)[0]
        assert "Merci" in told(ines)[0]
        reverse_decision(decision, by=moderator, reason="It was none.")
    assert told(piet)[1] == "Es wurde zurückgenommen: It was none."


def test_what_came_of_an_appeal_is_told_in_its_own_language():
    piet = speaking("de", "Piet Kuyper")
    post = write_answer(ask(), by=piet, text="I sell padded cases, ten off.")
    case = flag_post(post, by=make_member("Ines Rautio"), rule=4).case
    decision = decide(
        case,
        by=make_member("Tomasz Zielinski", powers=["moderate"]),
        act="remove",
        rule=4,
        reason="An offer.",
    )
    made = appeal(decision, by=piet, words="I gave it away for nothing.")
    judge_appeal(
        made, by=make_member("Sunniva", powers=["moderate"]), is_granted=False, reason="It was an offer."
    )
    assert told(piet)[1].startswith("Jemand anderes hat noch einmal nachgesehen")


def test_a_moderator_is_told_in_their_own_language_why_it_is_not_theirs():
    piet = make_member("Piet Kuyper", powers=["moderate"])
    case = flag_post(
        write_answer(ask(), by=piet, text="Nothing."), by=make_member("Ines Rautio"), rule=4
    ).case
    with translation.override("de"), pytest.raises(NotAllowed, match="Niemand entscheidet"):
        decide(case, by=piet, act="keep", rule=4, reason="Fine.")
    decide(case, by=make_member("Wanjiru", powers=["moderate"]), act="keep", rule=4, reason="Fine.")
    sunniva = make_member("Sunniva", powers=["moderate"])
    with translation.override("de"), pytest.raises(Overtaken, match="Wanjiru hat das inzwischen entschieden"):
        decide(case, by=sunniva, act="remove", rule=4, reason="An offer.")


def test_how_an_idea_stands_is_told_to_each_who_wants_it_in_their_language():
    space = make_space(kinds=["idea", "question"])
    idea = ask("Quiet rows at night", kind="idea", space=space, text="Four rows without trolley.").idea
    by = make_member(agent=make_agent("Delphine Marsh", role="agent"))
    own_idea(idea, by=by, team=make_team("Cabin"), owner=by.user.agent)
    wanting = {language: speaking(language, f"Speaks {language}") for language in ("de", "fr", "en")}
    for member in wanting.values():
        want_idea(idea, by=member)
    idea.refresh_from_db()
    turn_idea(idea, by=by, status="weighed", word="We look at it.", next_word_at=localdate())
    said = dict(Notice.objects.filter(kind="idea").values_list("member_id", "words"))
    assert {language: said[member.pk] for language, member in wanting.items()} == {
        "de": "„Quiet rows at night“ wird abgewogen",
        "fr": "«\N{NO-BREAK SPACE}Quiet rows at night\N{NO-BREAK SPACE}» est à l’étude",
        "en": "“Quiet rows at night” is being weighed",
    }
