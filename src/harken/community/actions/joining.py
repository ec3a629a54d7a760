"""Becoming a member, and being shown under a name of one's own."""

from __future__ import annotations

import re

from django.db import IntegrityError, transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _

from harken.accounts.models import User
from harken.base import journal
from harken.community.events import MemberChanged
from harken.community.letters import boxes
from harken.community.models import Member
from harken.community.policy import NAMELESS, plain_elsewhere, shown_name, slug_of
from harken.people.models import Person

from .changing import NotAllowed, NotUnderstood
from .reaching import ask_no_more

LONGEST_NAME = 80
NAME_OF_GONE = "Somebody who left"
_RESERVED = frozenset({"admin", "company", "harken", "moderator", "staff", "support", "team"})
_PLAIN = re.compile(r"[^a-z0-9]+")


def join(user: User, *, name: str = "") -> Member:
    """The member that this user is; made on first use. Doing it again changes nothing."""
    found = Member.objects.filter(user=user).first()
    if found is not None:
        return found
    return _make(name or user.name or "Member", user=user)


def meet(name: str, *, person: Person | None = None, origin: str | None = None) -> Member:
    """A member without a sign-in: somebody whose question came from a network or an import."""
    if person is not None and (known := Member.objects.filter(person=person).order_by("pk").first()):
        return known
    if origin is not None and (known := Member.objects.filter(origin=origin).first()):
        return known
    return _make(name or "Somebody", person=person, origin=origin)


def meet_anew(name: str, *, is_demo: bool = False) -> Member:
    """A member without a sign-in who is nobody we know: somebody who speaks here from another network."""
    return _make(name, is_demo=is_demo)


def change_profile(member: Member, *, name: str, line: str = "", about: str = "") -> None:
    """What a member is shown as. The @name stays, so that links and mentions do."""
    shown = shown_name(name)
    if not shown or len(shown) > LONGEST_NAME:
        raise NotUnderstood("name", _("A name of 1 to %(most)s characters, please.") % {"most": LONGEST_NAME})
    if len(line) > 80:
        raise NotUnderstood("line", _("Keep the line beside your name under 80 characters."))
    if len(about) > 2000:
        raise NotUnderstood("about", _("Keep what you say about yourself under 2,000 characters."))
    with transaction.atomic():
        member.name, member.line, member.about = shown, shown_name(line), about.strip()
        member.save(update_fields=["name", "line", "about"])
        journal.record(MemberChanged(subject_id=member.pk, actor_id=member.user_id, what="named"))


def change_travel_name(member: Member, *, travels_as: str) -> None:
    """How a member is named where their answers travel to; "" their first name and initial.

    They are always called a customer there; the company's people answer under their own names.
    """
    shown = shown_name(travels_as)
    if shown != NAMELESS and shown != plain_elsewhere(shown):
        raise NotUnderstood(
            "travels_as", _("A name, please: without @, # and addresses, which networks make into links.")
        )
    if len(shown) > 60:
        raise NotUnderstood("travels_as", _("Keep it under 60 characters."))
    with transaction.atomic():
        member.travels_as = shown
        member.save(update_fields=["travels_as"])
        journal.record(MemberChanged(subject_id=member.pk, actor_id=member.user_id, what="named"))


def _make(name: str, **fields: object) -> Member:
    shown = shown_name(name)[:LONGEST_NAME] or "Member"
    stem = _PLAIN.sub("-", slug_of(shown, longest=30)).strip("-") or "member"
    if len(stem) < 2 or stem in _RESERVED:
        stem = f"member-{stem}" if len(stem) > 1 else "member"
    for number in range(1, 10_000):
        slug = stem if number == 1 else f"{stem}-{number}"
        if Member.objects.filter(slug=slug).exists():
            continue
        try:
            with transaction.atomic():
                member = Member.objects.create(name=shown, slug=slug, joined_at=now(), **fields)
                journal.record(MemberChanged(subject_id=member.pk, actor_id=member.user_id, what="joined"))
            return member
        except IntegrityError:
            user = fields.get("user")
            if user is not None and (found := Member.objects.filter(user=user).first()):
                return found  # the same person, in two tabs
    raise NotUnderstood("name", _("Choose another name."))


def leave(member: Member) -> None:
    """Leave for good: the sign-in, the name and all that is private are gone; what was said stays, without the name.

    Raises NotAllowed for the company's people: their account is not theirs alone.
    """
    user = member.user
    if user is not None and hasattr(user, "agent"):
        raise NotAllowed(_("You work here: an admin ends your account in the setup."))
    with transaction.atomic():
        for kept in (member.drafts, member.notices, member.following):
            kept.all().delete()
        ask_no_more(member)
        boxes.forget(member)
        member.user = member.person = None
        member.state, member.is_super_user = Member.State.GONE, False
        member.name, member.line, member.about, member.travels_as = NAME_OF_GONE, "", "", ""
        member.slug = f"left.{member.pk}"  # no name makes such a slug
        member.save(
            update_fields=[
                "user", "person", "state", "is_super_user", "name", "line", "about", "travels_as", "slug",
            ]
        )  # fmt: skip
        if user is not None:
            user.delete()
        journal.record(MemberChanged(subject_id=member.pk, actor_id=None, what="left"))
