"""The house's pages: who sees what, what they cost, and what must stand on none that the public reads."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from harken.base.live import Change
from harken.base.models import Event
from harken.community.actions.appealing import appeal, judge_appeal
from harken.community.actions.deciding import decide, decide_alike
from harken.community.actions.flagging import flag_member, flag_post
from harken.community.actions.keeping_rules import call_vote, draft_rules, first_rules
from harken.community.actions.spaces import keep_space
from harken.community.actions.undoing import undo_decision
from harken.community.actions.writing import write_answer, write_comment
from harken.community.models import Appeal, Ballot, Case, Decision, House, Member, Post, Rules, Space
from harken.community.queries.house import log_figures
from harken.web.front.kept import touched_by
from tests.factories import ask, make_agent, make_member, make_space
from tests.web.cast import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]

LONG_AGO = now() - timedelta(days=400)


@pytest.fixture(autouse=True)
def rules():
    cache.clear()
    return first_rules(by=None, at=now() - timedelta(days=30))


def moderator(name: str = "Tomasz Zielinski") -> Member:
    return make_member(name, powers=["moderate"], joined_at=LONG_AGO)


def reported(
    text: str = "I sell padded cases, write to me.", *, by: str = "Ines Rautio", words: str = ""
) -> Case:
    post = write_answer(ask(), by=make_member("Piet Kuyper"), text=text)
    return flag_post(post, by=make_member(by), rule=4, words=words).case


def html(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, (address, answer.status_code)
    return answer.content.decode()


def test_the_queue_is_not_there_for_who_may_not_moderate():
    case = reported()
    for who in (make_member("Plain"), case.about):
        for address in ("/community/house/", f"/community/house/c{case.pk}/"):
            assert client_of(who).get(address).status_code == 404
        assert client_of(who).post(f"/community/house/c{case.pk}/decide/", {"act": "keep"}).status_code == 404
    assert Client().get("/community/house/")["Location"].startswith("/sign-in/")
    assert "Piet Kuyper" in html(client_of(make_agent()), "/community/house/")


def test_a_case_is_decided_without_a_script_and_the_next_one_stands_there_with_an_undo():
    first, second = reported("I sell cases."), reported("I sell bows.")
    tomasz = moderator()
    client = client_of(tomasz)
    page = html(client, f"/community/house/c{first.pk}/")
    assert 'value="4" selected' in page
    assert "The rest is good and stays" in page
    fields = {"act": "remove", "rule": "4", "reason": "An offer."}
    refused = client.post(f"/community/house/c{first.pk}/decide/", {**fields, "reason": ""})
    assert (refused.status_code, b"Give a reason" in refused.content) == (422, True)
    led = client.post(f"/community/house/c{first.pk}/decide/", fields)
    assert led["Location"].startswith(f"/community/house/c{second.pk}/?done=")
    page = html(client, led["Location"])
    assert "Undo" in page
    assert "I sell bows." in page
    undo = re.search(r'action="(/community/house/decisions/\d+/undo/)"', page)[1]
    back = client.post(undo)
    assert back["Location"] == f"/community/house/c{first.pk}/?said=undone"
    assert "I sell cases." in html(client, back["Location"])
    assert Post.objects.filter(state="removed").count() == 0


def test_who_comes_second_is_told_by_whom_and_what():
    case = reported()
    decide(case, by=moderator("Wanjiru Odhiambo"), act="keep", rule=4, reason="Fine.")
    answer = client_of(moderator()).post(
        f"/community/house/c{case.pk}/decide/", {"act": "remove", "rule": "4", "reason": "No."}
    )
    assert answer.status_code == 409
    assert "Wanjiru Odhiambo decided this meanwhile: Keep." in answer.content.decode()


def test_who_looks_is_told_to_the_other():
    case = reported()
    assert "is looking at this" not in html(client_of(moderator()), f"/community/house/c{case.pk}/")
    assert "Tomasz Zielinski is looking at this" in html(
        client_of(moderator("Sunniva")), f"/community/house/c{case.pk}/"
    )


def test_an_author_reads_the_reason_and_appeals_also_while_suspended_and_another_puts_it_right():
    case = reported()
    decision = decide(case, by=moderator(), act="suspend", rule=4, reason="Three times an offer.", days=3)
    piet = Member.objects.get(pk=case.about_id)
    client = client_of(piet)
    notices = html(client, "/community/notices/")
    assert "You may read but not write for a while" in notices
    where = f"/community/house/decisions/{decision.pk}/"
    page = html(client, where)
    assert "Three times an offer." in page
    assert "Tomasz" not in page
    assert client.post(where, {"words": ""}).status_code == 422
    assert client.post(where, {"words": "It was one."})["Location"] == where
    assert "An answer is promised by" in html(client, where)
    made = Appeal.objects.get()
    assert client_of(make_member("Curious")).get(where).status_code == 404
    sunniva = client_of(moderator("Sunniva Dahl"))
    assert "It was one." in html(sunniva, f"/community/house/a{made.pk}/")
    assert client_of(decision.by).get(f"/community/house/a{made.pk}/").status_code == 409
    sunniva.post(f"/community/house/a{made.pk}/decide/", {"act": "grant", "reason": "It was once."})
    assert "It was put right" in html(client, where)
    assert Member.objects.get(pk=piet.pk).state == "active"
    assert "put right after an appeal: It was once." in html(Client(), "/community/log/")


def test_reports_decisions_and_ballots_tell_the_public_nothing_of_who():
    """The canary: who reported or voted, and what is hidden, is in no page, feed, event or notice of anybody else."""
    canary, secret = "Zebulon Quagga", "xylophonic secretive words"
    post = write_answer(
        ask("How is it packed?"), by=make_member("Piet Kuyper"), text=f"Some {secret} stand here."
    )
    reporter = make_member(canary, joined_at=LONG_AGO)
    write_answer(ask("Another?"), by=reporter, text="Harmless.", at=LONG_AGO)
    case = flag_post(post, by=reporter, rule=4, words="canary words of a report").case
    flag_member(post.author, by=reporter, rule=1, words="canary words of a report")
    tomasz = moderator()
    vote = call_vote(draft_rules([("Be kind", "")], by=tomasz), by=tomasz, days=7, is_binding=True)
    ballot = client_of(reporter).post("/community/rules/vote/", {"do": "against"})
    assert (ballot.status_code, Ballot.objects.get().is_for) == (302, False)
    decision = decide(case, by=tomasz, act="remove", rule=4, reason="Not for here.")
    appeal(decision, by=post.author, words="canary of an appeal")
    everywhere = [
        "/community/", "/community/questions/", "/community/log/", "/community/log/feed.atom", "/community/rules/",
        f"/community/rules/{vote.rules.number}/", "/community/feed.atom", "/community/feed.json", "/sitemap.xml",
        f"/community/p/{post.author.slug}/", f"/community/t/{post.topic_id}/{post.topic.slug}/",
        "/community/search/?q=xylophonic", f"/community/s/{post.topic.space.slug}/",
    ]  # fmt: skip
    for who in (Client(), client_of(make_member("Reader")), client_of(post.author)):
        for address in [*everywhere, "/community/notices/"]:
            answer = who.get(address)
            if answer.status_code in (302, 404):
                continue
            said = answer.content.decode()
            assert "canary" not in said, address
            assert secret not in said, address
            assert canary not in said, address
    mine = html(client_of(post.author), f"/community/house/decisions/{decision.pk}/")
    assert canary not in mine
    assert "canary words" not in mine
    told = Event.objects.filter(kind__in=["CaseFlagged", "CaseOpened", "RulesChanged", "AppealMade"])
    assert not told.filter(actor_id=reporter.user_id).exists()
    assert all(canary not in str(one.data) for one in Event.objects.all())
    log = html(Client(), "/community/log/")
    assert "Piet" not in log
    assert "Tomasz" not in log
    assert "a member moderator" in log
    assert "Not for here." in log


def test_what_is_decided_drops_the_pages_that_show_the_log():
    assert touched_by(Change("house", 1, 1)) == {"house"}
    assert "house" in touched_by(Change("space", 1, 1)), "who reads a space reads its log"
    for address in ("/community/log/", "/community/log/feed.atom", "/community/rules/"):
        assert Client().get(address)["X-Harken-Keep"] == "house"


def test_the_log_shows_the_companys_share_and_how_much_its_people_decided():
    topic = ask(by=make_member("Asker"))
    staff = make_member(agent=make_agent("Delphine Marsh", role="agent"))
    write_answer(topic, by=staff, text="We looked.")
    decide(reported(), by=staff, act="remove", rule=4, reason="An offer.")
    page = html(Client(), "/community/log/")
    figures = re.findall(r"<dt>([^<]+)</dt><dd>([^<]+)</dd>", page)
    assert dict(figures) == {
        "posts": "3", "of 100 posts by the company": "33", "decisions": "1",
        "of these by the company’s people": "1", "appeals": "0", "of these put right": "0",
    }  # fmt: skip
    assert "one of the company’s people" in page


def wave(*, closed: int = 0) -> list[Case]:
    """Three answers of one author that were reported, the first so many in a closed space."""
    author, reporter = make_member("Ad Vert", is_super_user=True), make_member("Ines Rautio")
    cases = []
    for n in range(3):
        space = make_space(f"Space {n}", audience="lounge" if n < closed else "everyone")
        post = write_answer(ask(space=space), by=author, text=f"I sell bows {n}.")
        cases.append(flag_post(post, by=reporter, rule=4).case)
    return cases


def test_what_was_decided_together_is_one_line_that_opens_and_stays_apart_in_what_becomes_of_it():
    tomasz = moderator()
    decide(reported("Alone."), by=tomasz, act="remove", rule=4, reason="Another offer.")
    made = decide_alike(wave(), by=tomasz, act="remove", rule=4, reason="Offers.")
    page = html(Client(), "/community/log/")
    assert page.count("Offers.") == 1
    assert "Removed an answer, and 2 alike" in page
    line = page[page.index('<details class="together">') : page.index("</details>")]
    assert re.findall(r'<li id="p(\d+)">Removed an answer: it stands</li>', line) == [
        str(one.pk) for one in made
    ]
    assert "/community/house/decisions/" not in page
    assert f'href="/community/house/decisions/{made[1].pk}/"' in html(client_of(tomasz), "/community/log/")
    asked = appeal(made[1], by=made[1].about, words="It was none.")
    judge_appeal(asked, by=moderator("Sunniva"), is_granted=True, reason="Only once.")
    page = html(Client(), "/community/log/")
    assert "1 of 3 taken back" in page
    assert "put right after an appeal: Only once." in page
    assert page.count("it stands") == 2
    assert [one.state for one in Post.objects.filter(text__startswith="I sell bows").order_by("pk")] == [
        "removed", "shown", "removed",
    ]  # fmt: skip
    feed = Client().get("/community/log/feed.atom").content.decode()
    assert feed.count("<entry>") == 2
    assert "1 of 3 taken back" in feed


def test_of_what_was_decided_together_only_what_everybody_reads_is_in_the_line():
    staff = make_member(agent=make_agent())
    decide_alike(wave(closed=1), by=staff, act="remove", rule=4, reason="Offers.")
    page = html(Client(), "/community/log/")
    assert page.count("Offers.") == 1
    assert "Removed an answer, and 1 alike" in page


def test_a_slip_of_a_wave_is_one_line_that_says_so():
    tomasz = moderator()
    undo_decision(decide_alike(wave(), by=tomasz, act="remove", rule=4, reason="Offers.")[0], by=tomasz)
    page = html(Client(), "/community/log/")
    assert "3 of 3 taken back" in page
    assert page.count("a slip, undone at once") == 3


def test_the_log_costs_the_same_for_waves_as_for_one_decision():
    client, taken = Client(), []
    for n in range(3):
        for _ in range(n):
            decide_alike(wave(), by=moderator(f"M{n}{_}"), act="warn", rule=4, reason="Offers.")
        if not n:
            decide(reported(), by=moderator(), act="warn", rule=4, reason="An offer.")
        client.get("/community/log/")
        with CaptureQueriesContext(connection) as asked:
            html(client, "/community/log/")
        taken.append(len(asked))
    assert len(set(taken)) == 1, taken


def test_what_was_decided_in_a_closed_space_is_in_no_public_log():
    case = reported()
    Member.objects.filter(pk=case.about_id).update(is_super_user=True)
    case.post.topic.space.audience = "lounge"
    case.post.topic.space.save()
    decide(case, by=make_member(agent=make_agent()), act="remove", rule=4, reason="An offer.")
    assert "An offer." not in html(Client(), "/community/log/")
    assert (
        client_of(moderator()).get(f"/community/house/decisions/{Decision.objects.get().pk}/").status_code
        == 404
    )


def test_a_report_is_made_on_a_page_of_its_own_and_said_once():
    post = write_answer(ask(), by=make_member("Piet Kuyper"), text="I sell.")
    ines = client_of(make_member("Ines Rautio"))
    topic = html(ines, f"/community/t/{post.topic_id}/{post.topic.slug}/")
    assert f'href="/community/posts/{post.pk}/flag/"' in topic
    assert ines.post(f"/community/posts/{post.pk}/flag/", {"words": "x"}).status_code == 422
    led = ines.post(f"/community/posts/{post.pk}/flag/", {"rule": "4", "words": "sells"})
    assert "Thank you. A moderator looks at it" in html(ines, led["Location"])
    ines.post(f"/community/posts/{post.pk}/flag/", {"rule": "4"})
    assert Case.objects.get().flags.count() == 1
    led = ines.post(f"/community/p/{post.author.slug}/flag/", {"rule": "1"})
    assert led.status_code == 302
    assert client_of(post.author).post(f"/community/posts/{post.pk}/flag/", {"rule": "4"}).status_code == 403


def test_what_waits_is_seen_by_its_author_with_how_long_it_usually_takes():
    make_member("Setup")
    House.objects.update(strictness="normal")
    topic, author = ask(by=make_member("Asker")), make_member("Ad Vert")
    write_answer(topic, by=author, text="Hey guys, check out my channel and subscribe http://a.example.com")
    where = f"/community/t/{topic.pk}/{topic.slug}/"
    assert "usually takes 12 h" in html(client_of(author), where)
    assert "subscribe" not in html(client_of(make_member("Reader")), where)
    assert "subscribe" not in html(Client(), where)


def test_rules_are_drafted_and_versions_compared(rules):
    client = client_of(moderator())
    fields = {
        "title": ["Be kind first", "No selling"],
        "words": ["Everyone.", "Nobody."],
        "note": "Shorter",
        "days": "0",
        "do": "announce",
    }
    assert (
        client.post("/community/rules/draft/", {**fields, "title": ["", ""], "words": ["", ""]}).status_code
        == 422
    )
    assert client.post("/community/rules/draft/", fields).status_code == 302
    assert "Version 2, in force since" in html(Client(), "/community/rules/")
    page = html(Client(), "/community/rules/2/")
    assert "<ins" in page
    assert "<del" in page
    assert "Be kind first" in html(Client(), "/community/rules/1/")
    assert client_of(make_member("Plain")).get("/community/rules/draft/").status_code == 404
    draft_rules([("Hidden as yet", "")], by=moderator("Other"))
    assert Client().get(f"/community/rules/{Rules.objects.get(state='draft').number}/").status_code == 404


def test_staff_see_no_ballot_and_their_vote_is_refused():
    tomasz = moderator()
    call_vote(draft_rules([("Be kind", "")], by=tomasz), by=tomasz, days=7, is_binding=False)
    staff = client_of(make_agent())
    assert 'value="against"' not in html(staff, "/community/rules/")
    assert staff.post("/community/rules/vote/", {"do": "for"}).status_code == 403


def close_to_the_public(space: Space, audience: str = "members") -> None:
    space.audience = audience
    keep_space(space, by=None)


@pytest.mark.parametrize("audience", ["members", "lounge"])
def test_a_space_that_is_closed_later_takes_its_lines_out_of_the_log(audience):
    case = reported()
    decided = decide(case, by=moderator(), act="remove", rule=4, reason="An offer.")
    appeal(decided, by=case.about, words="No offer.")
    space = case.post.topic.space
    assert "An offer." in html(Client(), "/community/log/")
    assert (log_figures().acts, log_figures().appeals) == (1, 1)
    close_to_the_public(space, audience)
    for client in (Client(), client_of(make_member("Ada Kofoed"))):
        assert "An offer." not in html(client, "/community/log/")
        assert "An offer." not in client.get("/community/log/feed.atom").content.decode()
    assert (log_figures().acts, log_figures().appeals) == (0, 0)
    close_to_the_public(space, "everyone")
    assert "An offer." in html(Client(), "/community/log/"), "nothing is lost"


def test_of_a_wave_what_stands_in_a_space_that_was_closed_later_is_in_no_line():
    cases = wave()
    decide_alike(cases, by=make_member(agent=make_agent()), act="remove", rule=4, reason="Offers.")
    assert "Removed an answer, and 2 alike" in html(Client(), "/community/log/")
    first = Decision.objects.filter(first=None).get()
    space = make_space("Among us")
    first.post.topic.space = space
    first.post.topic.save(update_fields=["space"])
    close_to_the_public(space)
    elsewhere = Decision.objects.exclude(post__topic__space=space).count()
    assert elsewhere, "the others stand where everybody reads"
    page = html(Client(), "/community/log/")
    assert (page.count("Offers."), f"and {elsewhere - 1} alike" in page) == (1, elsewhere > 1)


@pytest.mark.parametrize("count", [1, 3])
def test_the_queue_and_the_log_cost_the_same_at_three_rows_as_at_one(count):
    by = moderator("Decider")
    for n in range(count):
        reported(f"Sells {n}", by=f"Reporter {n}")
        decision = decide(reported(f"Sold {n}"), by=by, act="remove", rule=4, reason="An offer.")
        appeal(decision, by=decision.about, words="Please.")
        write_comment(ask().said.get(), by=make_member(f"C{n}"), text="Words")
    client = client_of(moderator())
    for address, most in (("/community/house/", 19), ("/community/log/", 7)):
        client.get(address)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(address).status_code == 200
        assert len(asked) <= most, [one["sql"][:120] for one in asked]
