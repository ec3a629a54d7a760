"""Reports between servers: theirs open a case and name nobody, ours say which post and never who reported it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.test import Client

from harken.channels.ledger import ledger
from harken.channels.models import Delivery, DoorRefusal
from harken.community.actions.editing import remove_post
from harken.community.actions.spaces import keep_space
from harken.community.actions.writing import write_answer
from harken.community.models import Case, Flag, Member, Post, ServerReport, Space
from harken.community.queries.house import waiting_for
from harken.community.queries.ruling import current_rules
from harken.federation import reporting
from harken.federation.actions.ruling import add_rule
from harken.federation.addresses import uri_of_actor, uri_of_post
from harken.federation.models import Acquaintance, Parcel, SpaceActor
from harken.federation.reporting import server_to_tell, tell_their_server
from tests.connectors.activitypub.elsewhere import Person
from tests.connectors.activitypub.elsewhere import Server as Elsewhere
from tests.factories import make_agent, make_member, make_space
from tests.web.cast import client_of

from .space_cast import ask, follow, knock, show, told, work

pytestmark = [pytest.mark.django_db(transaction=False), pytest.mark.usefixtures("rules", "quick_passwords")]


def report(
    person: Person, actor: SpaceActor, *posts: Post, words: str = "This is <b>spam</b>.", **more: Any
) -> Any:
    """As Mastodon sends it: the account, then the posts, and a comment."""
    things = [uri_of_actor(actor), *(uri_of_post(actor, post.pk) for post in posts)]
    return person.does("Flag", things, content=words, **more)


def fate() -> tuple[str, str]:
    last = Delivery.objects.latest("pk")
    return last.state, last.reason


# ---- theirs ------------------------------------------------------------------------------------------------


def test_a_servers_report_opens_a_case_and_names_nobody(
    actor: SpaceActor, space: Space, server: Elsewhere
) -> None:
    reporter, topic = server.person("nosy-neighbour"), ask(space)
    answer = write_answer(topic, by=make_member("Bo Lind"), text="Buy my cellos.")
    assert knock(actor, reporter, report(reporter, actor, answer)) == 200
    work()
    assert fate() == ("merged", "")
    case = Case.objects.get()
    assert (case.post, case.about, case.decided_at) == (answer, answer.author, None)
    kept = ServerReport.objects.get()
    assert (kept.case, kept.server, kept.words) == (case, server.host, "This is spam.")
    answer.refresh_from_db()
    assert answer.state == "shown", "a server hides nothing"
    assert not Flag.objects.exists()
    assert not Acquaintance.objects.exists(), "who reported it is not remembered"
    assert bytes(Delivery.objects.latest("pk").body) == b""
    assert not Member.objects.filter(name__icontains="nosy").exists()
    for row in ledger([actor.channel]):
        assert row.is_balanced

    moderator = make_agent("Delphine Marsh")
    (item,) = waiting_for(make_member(agent=moderator))
    assert [one.server for one in item.from_servers] == [server.host]
    page = client_of(moderator).get("/community/house/").content.decode()
    assert "Reported by another server" in page
    assert f"reported by the server {server.host}" in page
    assert "This is spam." in page
    assert "nosy" not in page
    assert "0 people" not in page


def test_the_same_server_asks_once_a_post_and_not_without_end(
    actor: SpaceActor, space: Space, server: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reporting, "MOST_REPORTS_A_DAY", 3)
    one, two = server.person("one"), server.person("two", 2)
    topic = ask(space)
    answers = [write_answer(topic, by=make_member(f"Member {n}"), text=f"Words {n}.") for n in range(5)]
    knock(actor, one, report(one, actor, answers[0]))
    knock(actor, two, report(two, actor, answers[0]))
    work()
    assert fate() == ("duplicate", "")
    assert ServerReport.objects.count() == Case.objects.count() == 1
    knock(actor, one, report(one, actor, *answers))
    work()
    assert ServerReport.objects.count() == 3, "what is left of today"
    knock(actor, two, report(two, actor, answers[4]))
    work()
    assert fate() == ("ignored", "too many reports from one server")
    ServerReport.objects.update(at=F("at") - timedelta(days=1))
    knock(actor, two, report(two, actor, answers[4]))
    work()
    assert fate() == ("merged", "")


def test_only_posts_that_everybody_reads_here_are_looked_at(
    actor: SpaceActor, space: Space, server: Elsewhere
) -> None:
    reporter, other = server.person("ines"), make_space("Seats")
    gone = write_answer(ask(space), by=make_member("Bo"), text="Gone.")
    remove_post(gone, by=gone.author)
    elsewhere = ask(other).said.get()
    hidden = ask(keep_space(Space(name="Lounge", brand=space.brand, audience="members"), by=None)).said.get()
    for posts in ((), (gone,), (elsewhere,), (hidden,)):
        knock(actor, reporter, report(reporter, actor, *posts))
        work()
        assert fate() == ("ignored", "a report that names no post of ours")
    assert not Case.objects.exists()
    knock(actor, reporter, reporter.does("Flag", {"id": 7}, content=["no words"]))
    work()
    assert fate()[0] == "ignored"


def test_from_a_blocked_server_nothing_comes(actor: SpaceActor, space: Space, server: Elsewhere) -> None:
    reporter, answer = server.person("ines"), ask(space).said.get()
    assert (
        knock(actor, reporter, report(reporter, actor, answer)) == 200
    )  # kept, then blocked before it is proven
    add_rule("block", server.host, by=None)
    work()
    assert fate() == ("ignored", "blocked")
    assert bytes(Delivery.objects.latest("pk").body) == b""
    assert knock(actor, reporter, report(reporter, actor, answer)) == 403
    assert DoorRefusal.objects.filter(reason="blocked").exists()
    assert not Case.objects.exists()


def test_a_report_that_is_not_proven_opens_nothing(
    actor: SpaceActor, space: Space, server: Elsewhere
) -> None:
    reporter, answer = server.person("ines"), ask(space).said.get()
    knock(actor, reporter, report(reporter, actor, answer), number=5)  # with somebody else's key
    work()
    assert fate()[1].startswith("not proven")
    assert not Case.objects.exists()


# ---- ours --------------------------------------------------------------------------------------------------


def heard(actor: SpaceActor, space: Space, server: Elsewhere) -> Post:
    """A post that came from there and is shown here."""
    bo, topic = server.person("bo"), ask(space)
    follow(actor, bo)
    work()
    note = bo.note("<p>Buy my cellos.</p>", answers=uri_of_post(actor, topic.said.get().pk))
    assert knock(actor, bo, bo.does("Create", note)) == 200
    work()
    post = Post.objects.get(said_on="activitypub")
    show(post)
    work()
    return post


def test_a_member_may_have_their_server_told_and_is_never_named(
    actor: SpaceActor, space: Space, server: Elsewhere
) -> None:
    post, noor = heard(actor, space, server), make_member("Noor Haddad")
    client, address = client_of(noor), f"/community/posts/{post.pk}/flag/"
    page = client.get(address).content.decode()
    assert f"Tell their server too ({server.host})" in page
    assert client.post(address, {"rule": "1", "words": "I know him", "tell": "1"}).status_code == 302
    work()
    (flag,) = told(server, "Flag")
    assert flag["actor"] == uri_of_actor(actor)
    assert flag["object"] == [f"{server.url}/users/bo", f"{server.url}/users/bo/notes/1"]
    assert flag["to"] == [f"{server.url}/users/bo"]
    assert flag["content"] == current_rules().rules.get(number=1).title
    said = json.dumps(flag)
    for private in ("Noor", noor.slug, "I know him"):
        assert private not in said
    assert Flag.objects.get().member == noor, "here it is a report like any other"
    ines = client_of(make_member("Ines Rautio"))
    ines.post(address, {"rule": "1", "tell": "1"})
    work()
    assert len(told(server, "Flag")) == 1, "their server hears of a post once"
    assert Flag.objects.count() == 2


def test_nobody_is_told_unless_it_is_wished_and_they_are_dealt_with(
    actor: SpaceActor, space: Space, server: Elsewhere
) -> None:
    post = heard(actor, space, server)
    ours = post.topic.said.get(kind="opening")
    client = client_of(make_member("Noor Haddad"))
    client.post(f"/community/posts/{post.pk}/flag/", {"rule": "1"})
    assert "Tell their server" not in client.get(f"/community/posts/{ours.pk}/flag/").content.decode()
    client.post(f"/community/posts/{ours.pk}/flag/", {"rule": "1", "tell": "1"})
    work()
    assert not told(server, "Flag")
    assert server_to_tell(post) == server.host
    add_rule("block", server.host, by=None)
    assert server_to_tell(post) == ""
    assert not tell_their_server(post, rule="No advertising")
    assert not Parcel.objects.filter(activity__body__type="Flag").exists()


# ---- what a form says --------------------------------------------------------------------------------------


def test_a_form_says_that_the_words_leave_and_where_to(actor: SpaceActor, space: Space) -> None:
    other, noor = make_space("Seats"), make_member("Noor Haddad")
    client = client_of(noor)
    page = client.get("/community/ask/").content.decode()
    assert "leaves this place" in page
    assert f'<a href="/community/s/{space.slug}/#fediverse">' in page
    assert f"/community/s/{other.slug}/#fediverse" not in page
    assert "leaves this place" not in client.get(f"/community/ask/?space={other.slug}").content.decode()
    assert "leaves this place" in client.get(f"/community/ask/?space={space.slug}").content.decode()
    there, here = ask(space), ask(other)
    shown = client.get(f"/community/t/{there.pk}/{there.slug}/").content.decode()
    assert "leaves this place" in shown
    assert f'<a href="/community/s/{space.slug}/#fediverse">@baggage@' in shown
    assert "leaves this place" not in client.get(f"/community/t/{here.pk}/{here.slug}/").content.decode()
    assert 'id="fediverse"' in Client().get(f"/community/s/{space.slug}/").content.decode()
