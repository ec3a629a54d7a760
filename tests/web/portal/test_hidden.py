"""What is not for everybody is in no answer to anybody else: every address of the community, asked by strangers and members."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import product
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.timezone import now

from harken.community.actions.changing import lock
from harken.community.actions.choosing import choose_answer, tell_outcome, thank_post
from harken.community.actions.deciding import decide
from harken.community.actions.editing import turn_post
from harken.community.actions.flagging import flag_post
from harken.community.actions.keeping_rules import first_rules
from harken.community.actions.writing import open_topic, write_answer, write_comment
from harken.community.models import Decision, Following, Invitation, Member, Notice, Post, Topic
from tests.factories import ask, make_agent, make_member, make_space, make_space_actor

pytestmark = pytest.mark.django_db
HIDDEN = "quasicello"  # stands in everything that is not for everybody, and nowhere else
ASKED = ("community", "ap/", "sitemap", ".well-known", "nodeinfo", "robots")


def hide(post: Post, state: str) -> None:
    turn_post(lock(post.topic_id), post, state, at=now())


def furnish() -> tuple[Member, Mapping[str, Sequence[object]]]:
    """A lounge with everything in it, a space for everybody with what is held and removed; and a member who follows all
    of it and may read none. With the values that addresses take."""
    first_rules(by=None, at=now() - timedelta(days=30))
    public = make_space("Baggage", kinds=["question", "discussion", "idea"])
    make_space_actor(public, "baggage")
    lounge = make_space(
        f"{HIDDEN} lounge", audience="lounge", intro=f"{HIDDEN} intro", kinds=["question", "idea"]
    )
    wren, yuki = (make_member(name, is_super_user=True) for name in ("Wren", "Yuki"))
    noor, reader = make_member("Noor"), make_member("Reader")
    inside = ask(f"{HIDDEN} title", by=wren, space=lounge, text=f"{HIDDEN} text", tags=[f"{HIDDEN}-tag"])
    answer = write_answer(inside, by=yuki, text=f"{HIDDEN} answer")
    write_comment(answer, by=wren, text=f"{HIDDEN} comment")
    tell_outcome(answer, by=wren, worked=True, words=f"{HIDDEN} words", version=HIDDEN)
    choose_answer(answer, by=wren)
    thank_post(answer, by=wren)
    idea = open_topic(lounge, by=wren, title=f"{HIDDEN} idea", text=f"{HIDDEN} idea", kind="idea")
    topic = ask("A cello?", by=noor, space=public, text="May it fly?", tags=["cello"])
    good = write_answer(topic, by=wren, text="It may.")
    choose_answer(good, by=noor)
    hide(write_answer(topic, by=yuki, text=f"{HIDDEN} held"), "held")
    hide(write_answer(topic, by=yuki, text=f"{HIDDEN} removed"), "removed")
    hide(write_comment(good, by=yuki, text=f"{HIDDEN} held comment"), "held")
    held = ask(f"{HIDDEN} held", by=noor, space=public, text=f"{HIDDEN} held", tags=[f"{HIDDEN}-two"])
    hide(held.said.get(), "held")
    removed = ask(f"{HIDDEN} removed", by=noor, space=public, text=f"{HIDDEN} removed")
    write_answer(removed, by=wren, text=f"{HIDDEN} in what is removed")
    hide(removed.said.get(kind="opening"), "removed")
    case = flag_post(answer, by=wren, rule=1, words=f"{HIDDEN} report").case
    staff = make_member(agent=make_agent("Delphine Marsh"))
    decide(case, by=staff, act="remove", rule=1, reason=f"{HIDDEN} reason")
    for one in (inside, held, removed, idea):
        Notice.objects.create(member=reader, kind="opened", topic=one, post=one.said.first(), actor=wren)
        Following.objects.create(member=reader, topic=one)
    Following.objects.create(member=reader, space=lounge)
    Invitation.objects.create(topic=inside, member=reader, circle=1)
    tags = [f"{HIDDEN}-tag", f"{HIDDEN}-two"]
    return reader, {
        "topic_id": [*Topic.objects.values_list("pk", flat=True)],
        "post_id": [*Post.objects.values_list("pk", flat=True)],
        "space_id": [public.pk, lounge.pk], "space_slug": [public.slug, lounge.slug], "topic_slug": ["x"],
        "member_slug": [wren.slug, yuki.slug, noor.slug], "tag_name": tags, "tag": tags, "name": tags,
        "decision_id": [*Decision.objects.values_list("pk", flat=True)], "item_key": [f"c{case.pk}"],
        "notice_id": [*Notice.objects.values_list("pk", flat=True)], "number": [0, 1], "part": [0, 1],
    }  # fmt: skip


def patterns(found: Sequence[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    for one in found:
        if isinstance(one, URLResolver):
            yield from patterns(one.url_patterns, before + str(one.pattern))
        else:
            yield before + str(one.pattern)


def addresses(values: Mapping[str, Sequence[object]]) -> Iterator[str]:
    for pattern in patterns(get_resolver().url_patterns):
        names = re.findall(r"<(?:\w+:)?(\w+)>", pattern)
        if not pattern.startswith(ASKED) or not values.keys() >= set(names):
            continue
        for chosen in product(*(values[name] for name in names)):
            address = f"/{pattern}"
            for value in chosen:
                address = re.sub(r"<[^>]+>", str(value), address, count=1)
            yield address
    yield from ("/community/search/?q=fly", "/community/search/?q=held", "/community/search/?q=lounge")
    yield from ("/community/suggest/?q=A+cello+in+the+lounge+removed", "/community/?show=waiting")


def said(client: Client, address: str, **headers: Any) -> str:
    """All that an answer says, but for the address that was asked."""
    answer = client.get(address, **headers)
    assert answer.status_code < 500, address
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    found = body.decode("utf-8", "replace") + str(answer.headers)
    return found.replace(address, "").replace(quote(address, safe=""), "")  # the way back after signing in


def test_what_is_not_for_everybody_is_in_no_answer_to_anybody_else():
    reader, values = furnish()
    member = Client()
    member.force_login(reader.user)
    asked = list(addresses(values))
    assert len(asked) > 150
    for client in (Client(), member):
        told = [address for address in asked if HIDDEN in said(client, address)]
        assert told == []
    machine = {"HTTP_ACCEPT": "application/activity+json"}
    told = [address for address in asked if HIDDEN in said(Client(), address, **machine)]
    assert told == []
    wren = Client()
    wren.force_login(Member.objects.get(slug="wren").user)
    assert HIDDEN in said(wren, "/community/questions/"), "who may read it finds it"
