"""Who leaves and what is taken away leaves nothing that waits for nobody, and shows nobody more than before."""

from __future__ import annotations

import pytest

from harken.community.actions.taking import take_question
from harken.community.models import Asking
from harken.inbox.actions.assigning import assign_conversation
from harken.inbox.lists import next_for
from harken.inbox.models import Conversation
from harken.inbox.permissions import channels_visible_to
from harken.team.actions import NotPossible, change_agent, remove_team
from harken.team.models import Agent, Team
from tests.factories import ask, echo_post, make_agent, make_brand, make_channel, make_team, receive
from tests.web.cast import client_of

pytestmark = pytest.mark.django_db


def leaves(agent: Agent) -> None:
    change_agent(agent, name=agent.name, role=agent.role, is_active=False, teams=[])


def test_what_somebody_had_who_leaves_is_the_next_persons():
    make_agent("Oskar Lind", role="admin")
    gone, stays = make_agent("Noor Haddad", role="agent"), make_agent("Tomasz Zielinski", role="agent")
    channel = make_channel("echo", name="Larkspur")
    receive(channel, echo_post("Where is my bag?", id="q1", thread="t1"))
    conversation, topic = Conversation.objects.get(), ask("May my cello fly?")
    assign_conversation(conversation, by=gone, agent=gone)
    take_question(topic, by=gone, agent=gone)
    assert next_for(stays) is None
    leaves(gone)
    assert (next_for(stays), Asking.objects.get(pk=topic.pk).agent) == (conversation.pk, None)
    conversation.refresh_from_db()
    assert conversation.assignee is None
    take_question(topic, by=stays, agent=stays)


def test_a_team_that_alone_sees_a_channel_is_not_removed_and_the_page_says_why():
    admin, other = make_agent("Oskar Lind", role="admin"), make_agent("Tomasz Zielinski", role="agent")
    team, second = make_team("Complaints"), make_team("Bags")
    second.agents.add(other)
    secret, shared = make_channel("echo", name="Complaints only"), make_channel("echo", name="Both")
    secret.teams.set([team])
    shared.teams.set([team, second])
    with pytest.raises(NotPossible, match="Complaints only") as why:
        remove_team(team)
    assert "Both" not in str(why.value)
    answer = client_of(admin).post(f"/setup/teams/{team.pk}/", {"do": "delete"}, follow=True)
    assert "Only this team sees Complaints only." in answer.content.decode()
    assert secret not in channels_visible_to(other)
    secret.teams.add(second)
    remove_team(team)
    assert not Team.objects.filter(pk=team.pk).exists()


def test_a_team_of_some_brands_is_not_removed_while_people_are_in_no_other():
    kittiwake = make_brand("Kittiwake")
    channel = make_channel("echo", name="Larkspur", brand=make_brand())
    team, wide = make_team("Kittiwake", brands=[kittiwake]), make_team("Everything")
    noor = make_agent("Noor Haddad", role="agent")
    team.agents.add(noor)
    assert channel not in channels_visible_to(noor)
    with pytest.raises(NotPossible, match="Noor Haddad"):
        remove_team(team)
    wide.agents.add(noor)
    remove_team(team)
    assert Agent.objects.get(pk=noor.pk).teams.get() == wide
