"""Whom a space deals with: servers and people kept out, only listed ones, and turned off."""

from __future__ import annotations

import pytest

from harken.channels.models import DoorRefusal
from harken.community.actions.changing import NotUnderstood
from harken.community.actions.writing import write_answer
from harken.community.models import Topic
from harken.federation.actions.ruling import add_rule, remove_rule, set_listed_only
from harken.federation.actions.turning import turn_off
from harken.federation.addresses import uri_of_actor
from harken.federation.models import Acquaintance, Follower, SpaceActor
from tests.connectors.activitypub.elsewhere import Server as Elsewhere
from tests.factories import make_agent, make_member

from .space_cast import follow, knock, opening, work

pytestmark = pytest.mark.django_db(transaction=False)


def test_a_blocked_server_gets_and_gives_nothing(actor: SpaceActor, topic: Topic, server: Elsewhere) -> None:
    ines = server.person("ines")
    follow(actor, ines)
    by = make_agent().user
    rule = add_rule("block", f"https://{server.host}/", by=by, why="Spam")
    assert not Follower.objects.exists()
    assert knock(actor, ines, ines.does("Create", ines.note("<p>Yes</p>", opening(topic)))) == 403
    assert DoorRefusal.objects.get(reason="blocked").count == 1
    server.received.clear()
    write_answer(topic, by=make_member("Tom Krull"), text="One seat.")
    work()
    assert server.received == []
    remove_rule(rule, by=by)
    follow(actor, ines)
    assert Follower.objects.count() == 1


def test_one_person_is_blocked_and_their_neighbours_are_not(
    actor: SpaceActor, topic: Topic, server: Elsewhere
) -> None:
    ines, max_ = server.person("ines"), server.person("max", number=2)
    follow(actor, ines)
    follow(actor, max_)
    with pytest.raises(NotUnderstood):
        add_rule("block", "not a server!", by=None)
    with pytest.raises(NotUnderstood):
        add_rule("block", "@nobody@elsewhere.example", by=None)
    add_rule("block", f"@ines@{server.host}", by=None)
    assert list(Follower.objects.values_list("uri", flat=True)) == [max_.uri]
    assert knock(actor, ines, ines.does("Like", opening(topic))) == 403
    assert knock(actor, max_, max_.does("Like", opening(topic))) == 200


def test_only_listed_servers(actor: SpaceActor, topic: Topic, server: Elsewhere) -> None:
    ines = server.person("ines")
    set_listed_only(True, by=None)
    assert knock(actor, ines, ines.does("Follow", uri_of_actor(actor))) == 403
    add_rule("allow", server.host, by=None)
    follow(actor, ines)
    assert Follower.objects.count() == 1
    set_listed_only(False, by=None)
    assert Acquaintance.objects.get().handle == f"@ines@{server.host}"


def test_a_space_that_is_turned_off_takes_nothing(actor: SpaceActor, topic: Topic, server: Elsewhere) -> None:
    ines = server.person("ines")
    turn_off(actor, by=None)
    assert knock(actor, ines, ines.does("Follow", uri_of_actor(actor))) == 503
