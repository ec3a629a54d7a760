"""Who and what the tests of the house need: moderators, settled members, something that waits, something reported."""

from __future__ import annotations

from datetime import timedelta

from django.utils.timezone import now

from harken.base.models import Event
from harken.community.actions.flagging import flag_post
from harken.community.actions.writing import write_answer
from harken.community.models import Case, House, Member, Post
from tests.factories import ask, make_member

AD = "Hey guys, check out my channel and subscribe to me http://a.example.com"
LONG_AGO = now() - timedelta(days=400)


def moderator(name: str = "Tomasz Zielinski") -> Member:
    return make_member(name, powers=["moderate"], joined_at=LONG_AGO)


def settled(name: str) -> Member:
    """Here for long, and has written something: counted among those who may hide and vote."""
    member = make_member(name, joined_at=LONG_AGO)
    write_answer(ask(by=make_member("Somebody")), by=member, text="I was here.", at=LONG_AGO)
    return member


def waiting_ad(author: Member | None = None) -> tuple[Post, Case]:
    make_member("Setup")  # sets the house up
    House.objects.update(strictness="normal")
    topic = ask(
        by=make_member("Noor Haddad", joined_at=LONG_AGO), text="Bergen to Porto by air, with a child"
    )
    post = write_answer(topic, by=author or make_member("Ad Vert"), text=AD)
    return post, Case.objects.get(post=post)


def kinds(since: int = 0) -> list[str]:
    return list(Event.objects.filter(pk__gt=since).order_by("pk").values_list("kind", flat=True))


def reported(author: Member | None = None, **how) -> tuple[Post, Case]:
    post = write_answer(
        ask(), by=author or make_member("Piet Kuyper"), text="I sell padded cases, ten off.", **how
    )
    return post, flag_post(post, by=make_member("Ines Rautio"), rule=4).case
