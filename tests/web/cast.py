"""The fixed cast of the pages' tests: who works in which team, and one conversation of the baggage team."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.test import Client

from harken.channels.files import store_file
from harken.channels.models import Channel, Delivery
from harken.clocks.models import BusinessCalendar, Target
from harken.community.actions.choosing import thank_post
from harken.community.actions.deciding import decide
from harken.community.actions.filing import keep_file
from harken.community.actions.flagging import flag_member, flag_post
from harken.community.actions.keeping_rules import first_rules
from harken.community.actions.writing import write_answer
from harken.community.models import Case, Decision, File, Member, Notice, Post, Rules, Topic
from harken.inbox.actions.replying import send_reply
from harken.inbox.models import Attachment, Conversation, Message
from harken.people.actions import merge_persons
from harken.people.models import Merge, Person
from harken.team.models import Agent, Team
from harken.travel.actions.ruling import keep_rule
from harken.travel.models import TravelRule
from tests.factories import (
    ask,
    echo_post,
    make_agent,
    make_brand,
    make_channel,
    make_member,
    make_space,
    make_space_actor,
    make_team,
    receive,
)
from tests.pictures import PNG


@dataclass
class Cast:
    """Everybody and everything, by name."""

    channel: Channel
    team: Team
    other_team: Team
    noor: Agent  # agent of the team
    tomas: Agent  # colleague in the team
    otto: Agent  # agent of another team
    lead: Agent  # lead of the team
    admin: Agent
    gone: Agent  # may not sign in any more
    conversation: Conversation
    asked: Message
    reply: Message
    attachment: Attachment
    person: Person
    merge: Merge
    delivery: Delivery
    target: Target
    calendar: BusinessCalendar
    customer: Member  # of the community; no agent
    topic: Topic  # asked by somebody else, in a space that everybody reads
    answer: Post  # by the customer
    notice: Notice  # for the customer
    file: File  # by the customer
    rule: TravelRule
    rules: Rules  # of the house
    case: Case  # the customer's answer, which somebody reported
    decision: Decision  # about the customer's profile, which was reported too: it was kept


def make_cast() -> Cast:
    """Make them, through the product's own actions."""
    brand = make_brand()
    team, other = make_team("Baggage"), make_team("Refunds")
    channel = make_channel("echo", name="Larkspur", teams=[team])
    make_channel("echo", name="Refund desk", teams=[other])
    noor = make_agent("Noor Bakker", role="agent", teams=[team])
    tomas = make_agent("Tomas Ek", role="agent", teams=[team])
    otto = make_agent("Otto Fremd", role="agent", teams=[other])
    lead = make_agent("Ada Kofoed", role="lead", teams=[team])
    admin = make_agent("Ines Moreau", role="admin")
    gone = make_agent("Jorun Wexel", role="agent", teams=[team], is_active=False)
    begin = datetime.now(UTC) - timedelta(minutes=20)
    receive(
        channel,
        echo_post("Where is my suitcase?", id="p1", author="ines", at=begin, thread="t1"),
        echo_post("My brother asks the same, where is it?", id="p2", author="ines2", at=begin, thread="t2"),
    )
    asked = Message.objects.get(external_id="p1")
    Message.objects.filter(pk=asked.pk).update(html="<p>Where is my <b>suitcase</b>?</p>")
    conversation = Conversation.objects.get(pk=asked.conversation_id)
    other_person = Message.objects.get(external_id="p2").conversation.person
    merge = merge_persons(
        conversation.person, merged=other_person, evidence="the same mail address", by=admin.user
    )
    reply = send_reply(conversation, by=noor, text="We look for it.", is_public=True, request_key="k" * 32)
    attachment = Attachment.objects.create(
        message=asked, name="tag.png", content_type="image/png", size=len(PNG), stored_as=store_file(PNG)
    )
    calendar = BusinessCalendar.objects.create(
        name="Office", zone="Europe/Dublin", hours={"0": [["09:00", "17:00"]]}
    )
    target = Target.objects.create(kind="first", seconds=3600, brand=brand)
    conversation.refresh_from_db()
    customer = make_member("Wanjiru Odhiambo")
    topic = ask(by=make_member("Yuki Abe"), tags=["instruments"], space=make_space(brand=brand))
    make_space_actor(topic.space)
    answer = write_answer(topic, by=customer, text="Yes, with a seat of its own.")
    thank_post(answer, by=topic.author)
    rules, piet = first_rules(by=None), make_member("Piet Kuyper")
    decision = decide(
        flag_member(customer, by=piet, rule=4).case,
        by=make_member("Tomasz Zielinski", powers=["moderate"]),
        act="keep",
        rule=4,
        reason="A line about oneself is no offer.",
    )
    return Cast(
        channel, team, other, noor, tomas, otto, lead, admin, gone, conversation, asked, reply, attachment,
        conversation.person, merge, Delivery.objects.get(key__contains="p1"), target, calendar, customer, topic, answer,
        Notice.objects.get(member=customer), keep_file(PNG, by=customer), keep_rule(TravelRule(brand=brand, when_checked=True), by=admin),
        rules, flag_post(answer, by=piet, rule=1).case, decision,
    )  # fmt: skip


def client_of(agent: Agent | Member | None, **headers: str) -> Client:
    """A browser in which this agent or member is signed in (None: nobody)."""
    client = Client(headers=headers or None)
    if agent is not None:
        client.force_login(agent.user, backend="harken.accounts.backends.EmailBackend")
    return client
