"""The demo's community: spaces, members, what was asked and answered, through the community's own actions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from harken.accounts.models import Brand, User
from harken.clocks.actions import follow_wait
from harken.community.actions.changing import promise_of
from harken.community.actions.choosing import choose_answer, have_same_question, tell_outcome, thank_post
from harken.community.actions.editing import edit_post
from harken.community.actions.elsewhere import hear_outcome, hear_thanks, open_topic_for, show_clock
from harken.community.actions.joining import join, meet
from harken.community.actions.spaces import keep_space
from harken.community.actions.writing import open_topic, write_answer, write_comment
from harken.community.models import Member, Notice, Post, SameQuestion, Space, Tag, Topic
from harken.community.tasks import keep_standing
from harken.demo.company import read_toml
from harken.demo.founding import MAIL_HOST, SignIn
from harken.demo.housing import keep_house
from harken.demo.inviting import ask_members, may_be_asked
from harken.demo.remembering import join_early, remember
from harken.demo.spans import span as _span
from harken.team.models import Agent

SHOWN_MEMBER = "ines"  # whose sign-in is shown, with the password of the staff's
RECENT = timedelta(days=8)  # questions since then were put before members as they came


@dataclass(slots=True)
class Gathered:
    """The community's rows by the names that the files give them."""

    spaces: dict[str, Space] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)
    topics: dict[str, Topic] = field(default_factory=dict)  # those that the file names
    sign_ins: tuple[SignIn, ...] = ()


def gather(
    brands: Mapping[str, Brand],
    agents: Mapping[str, Agent],
    *,
    now: datetime,
    sign_ins: tuple[SignIn, ...] = (),
) -> Gathered:
    """Make the community (caller's transaction), everything marked as demo. `sign_ins` are the staff's, whose
    password the shown member shares."""
    found = Gathered()
    raw = read_toml("community.toml")
    for position, one in enumerate(raw["space"]):
        space = Space(
            name=one["name"],
            icon=one["icon"],
            intro=one["intro"],
            brand=brands[one["brand"]],
            audience=one.get("audience", "everyone"),
            kinds=one.get("kinds", ["question", "discussion", "idea"]),
            position=position,
            is_demo=True,
        )
        found.spaces[one["name"]] = keep_space(space, by=None)
    for one in raw["member"]:
        found.members[one["slug"]] = _member(one, now)
    for one in raw["staff"]:
        member = join(agents[one["slug"]].user)
        _mark(member, line=one["line"], joined_at=now - timedelta(days=700))
        found.members[one["slug"]] = _fresh(member)
    found.members.update(join_early(now=now))
    remember(found.members, found.spaces, now=now)
    may_be_asked(found.members, found.spaces, now=now)
    for one in read_toml("topics.toml")["topic"]:
        _tell(one, found, now)
    while keep_standing():  # what helping opened to whom: the house below is kept by them
        pass
    keep_house({slug: _fresh(member) for slug, member in found.members.items()}, now=now)
    Tag.objects.filter(taggings__topic__is_demo=True).update(is_demo=True)
    if sign_ins:
        found.sign_ins = (_shown(found.members[SHOWN_MEMBER], sign_ins[0], agents),)
    return found


def see_old_notices(*, now: datetime) -> None:
    """What members were told before yesterday they have seen (caller's transaction)."""
    old = Notice.objects.filter(member__is_demo=True, seen_at=None, at__lt=now - timedelta(days=1))
    old.update(seen_at=now - timedelta(days=1))


def _member(one: Mapping[str, Any], now: datetime) -> Member:
    if one.get("elsewhere"):
        member = meet(one["name"], origin=f"demo:{one['slug']}")
    else:
        user = User.objects.create_user(f"{one['slug']}@members.{MAIL_HOST}", name=one["name"])
        member = join(user, name=one["name"])
    _mark(
        member,
        line=one.get("line", ""),
        about=one.get("about", ""),
        is_super_user=one.get("super", False),
        joined_at=now - timedelta(days=one["joined"], hours=2),
    )
    return _fresh(member)


def _mark(member: Member, **fields: Any) -> None:
    Member.objects.filter(pk=member.pk).update(is_demo=True, **fields)


def _fresh(member: Member) -> Member:
    return Member.objects.select_related("user__agent").get(pk=member.pk)


def _tell(one: Mapping[str, Any], found: Gathered, now: datetime) -> None:
    """One topic with everything said and done in it, in the order of its moments."""
    at, members = now - _span(one["ago"]), found.members
    topic = _open(one, found, at)
    Topic.objects.filter(pk=topic.pk).update(is_demo=True)
    if "id" in one:
        found.topics[one["id"]] = topic
    if now - at < RECENT:
        first = min((_span(said["after"]) for said in one.get("said", ())), default=None)
        ask_members(topic, now=now, until=None if first is None else at + first)
    answers: list[Post] = [topic.said.get(kind=Post.Kind.OPENING)]
    for said in sorted(one.get("said", ()), key=lambda said: _span(said["after"])):
        when = min(at + _span(said["after"]), now)
        by = members[said["by"]]
        if by.user_id is None:  # who asked elsewhere has no sign-in: their words come as thanks
            if "below" in said:
                hear_thanks(answers[said["below"]], from_=by, at=when)
            continue
        if "below" in said:
            post = write_comment(answers[said["below"]], by=by, text=said["text"], at=when)
        else:
            how = said.get("as", "")
            post = write_answer(
                topic,
                by=by,
                text=_before(said),
                as_brand=how == "brand",
                as_update=how == "update",
                at=when,
            )
            answers.append(post)
        if "edit" in said:
            edit_post(
                post, by=by, text=said["text"], reason=said["edit"], at=min(when + timedelta(hours=3), now)
            )
        for name in said.get("thanks", ()):
            _thank(post, members[name], at=min(when + timedelta(minutes=7), now))
        for name, words in said.get("failed", ()):
            tell_outcome(
                post, by=members[name], worked=False, words=words, at=min(when + timedelta(hours=1), now)
            )
        for number, name in enumerate(said.get("worked", ())):
            _worked(post, members[name], at=min(when + timedelta(minutes=65 + 20 * number), now))
        for name, words, ago in said.get("lately", ()):
            tell_outcome(post, by=members[name], worked=False, words=words, at=now - _span(ago))
    for name in one.get("same", ()):
        have_same_question(topic, by=members[name])
    SameQuestion.objects.filter(topic=topic).update(at=min(at + timedelta(minutes=30), now))
    if "chosen" in one:
        chooser = members[one.get("chosen_by", one["by"])]
        if chooser.user_id is not None:
            choose_answer(answers[one["chosen"]], by=chooser, at=min(at + _span(one["chosen_after"]), now))
    Post.objects.filter(topic=topic).update(is_demo=True)


def _open(one: Mapping[str, Any], found: Gathered, at: datetime) -> Topic:
    asker, space = found.members[one["by"]], found.spaces[one["space"]]
    if "on" not in one:
        return open_topic(
            space,
            by=asker,
            title=one["title"],
            text=one["text"],
            kind=one.get("kind", "question"),
            tags=one.get("tags", ()),
            as_brand=one.get("as_brand", False),
            at=at,
        )
    topic = open_topic_for(
        asker,
        by=found.members["delphine"],
        space=space,
        title=one["title"],
        text=one["text"],
        asked_on=one["on"],
        tags=one.get("tags", ()),
        at=at,
    )
    if not one.get("said"):
        promise = promise_of(topic)
        clock = follow_wait(None, waiting_since=at, promise=promise, at=at, answered_at=None)
        show_clock(topic, clock=clock, due_at=clock.due_at if clock else None)
    return topic


def _before(said: Mapping[str, Any]) -> str:
    """What an edited answer said at first: some words were others."""
    now_said, then_said = said.get("before", ("", ""))
    text: str = said["text"]
    return text.replace(now_said, then_said) if now_said else text


def _thank(post: Post, member: Member, *, at: datetime) -> None:
    if member.user_id is None:
        hear_thanks(post, from_=member, at=at)
    else:
        thank_post(post, by=member, at=at)


def _worked(post: Post, member: Member, *, at: datetime) -> None:
    if member.user_id is None:
        hear_outcome(post, from_=member, worked=True, at=at)
    else:
        tell_outcome(post, by=member, worked=True, at=at)


def _shown(member: Member, like: SignIn, agents: Mapping[str, Agent]) -> SignIn:
    """Lets a member in with the password that was made for the staff's shown sign-ins."""
    stored = User.objects.get(email=like.email).password
    User.objects.filter(pk=member.user_id).update(password=stored)
    assert member.user is not None
    return SignIn("member", member.name, member.user.email, like.password)
