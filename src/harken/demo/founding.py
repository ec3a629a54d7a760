"""Makes the demo company itself: brands, teams, agents with their shifts, channels, tags and promises. All marked."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time

from django.contrib.auth.hashers import make_password
from django.utils.timezone import now

from harken.accounts.actions import keep_brand
from harken.accounts.models import Brand, User
from harken.base.time.calendar import Calendar, Holiday, Span
from harken.channels.actions import create_channel
from harken.channels.models import Channel
from harken.clocks.models import BusinessCalendar, Target
from harken.clocks.setting import keep_calendar, keep_target
from harken.demo.border.playing import Player
from harken.demo.company import Company
from harken.inbox.models import Tag
from harken.team.actions import create_agent, keep_team
from harken.team.models import Agent, Shift, Team

# Whose sign-ins are shown: one of each role. All three have the same password, made at loading.
SHOWN = ("noor", "delphine", "oskar")
MAIL_HOST = "larkspur.example"
# Promises besides the hour that holds everywhere: seconds by channel or, under "", by urgency.
HOURS = 3600
PROMISED_ON = {"form": 4 * HOURS}
PROMISED_FOR = {"low": 8 * HOURS}  # of office hours
OPEN = ((Span(time(8), time(20)),),) * 5 + ((Span(time(9), time(17)),),) * 2  # Monday first


@dataclass(frozen=True, slots=True)
class SignIn:
    """A way into the demo, shown once: the password is stored nowhere but hashed."""

    role: str
    name: str
    email: str
    password: str


@dataclass(frozen=True, slots=True)
class Founded:
    """The company's rows by slug, and how to sign in."""

    brands: Mapping[str, Brand]
    teams: Mapping[str, Team]
    agents: Mapping[str, Agent]
    channels: Mapping[str, Channel]
    sign_ins: tuple[SignIn, ...]


def found_company(known: Company, *, player: Callable[[str], Player], tags: Iterable[str]) -> Founded:
    """Make the rows of the company, each marked as demo. `player` gives a channel's player by slug."""
    brands = {}
    for brand in known.brands.values():
        row = Brand(name=brand.name, zone=brand.zone, signature=brand.name, is_demo=True)
        keep_brand(row)
        brands[brand.slug] = row
    teams = {}
    for team in known.teams.values():
        row_ = Team(name=team.name, is_demo=True)
        keep_team(row_, brands=(), agents=())
        teams[team.slug] = row_
    agents, sign_ins = _agents(known, teams)
    channels = {}
    for channel in known.channels.values():
        settings, hidden = player(channel.slug).settings()
        channels[channel.slug] = create_channel(
            channel.kind,
            name=channel.name,
            brand=brands[channel.brand],
            settings=settings,
            secrets=hidden,
            team=teams["kittiwake"] if channel.brand == "kittiwake" else None,
            is_archive=channel.kind == "archive",
            is_demo=True,
        )
    for name in sorted(set(tags)):
        Tag.objects.get_or_create(name=name, defaults={"is_demo": True})
    office = BusinessCalendar(name="Larkspur office hours", is_demo=True)
    keep_calendar(office, office_hours(now().year))
    for kind in ("first", "next"):
        for slug, seconds in PROMISED_ON.items():
            keep_target(Target(kind=kind, channel_id=channels[slug].pk, seconds=seconds, is_demo=True))
        for urgency, seconds in PROMISED_FOR.items():
            for row in brands.values():
                keep_target(
                    Target(
                        kind=kind, brand=row, urgency=urgency, seconds=seconds, calendar=office, is_demo=True
                    )
                )
    return Founded(brands, teams, agents, channels, sign_ins)


def office_hours(year: int) -> Calendar:
    """When the desk is staffed, with the days it is shut in that year and the next."""
    shut = [(12, 25, "Christmas Day"), (1, 1, "New Year's Day")]
    days = [Holiday(date(y, month, day), name) for y in (year, year + 1) for month, day, name in shut]
    return Calendar("Europe/Dublin", OPEN, tuple(sorted(days, key=lambda one: one.day)))


def _agents(known: Company, teams: Mapping[str, Team]) -> tuple[dict[str, Agent], tuple[SignIn, ...]]:
    agents, sign_ins = {}, []
    password = secrets.token_urlsafe(9)
    stored = make_password(password)  # once: it takes half a second by design
    for person in known.agents.values():
        email = f"{person.slug}@{MAIL_HOST}"
        agent = create_agent(
            email=email,
            name=person.name,
            role=person.role,
            password=None,
            teams=[teams[slug] for slug in person.teams],
            is_demo=True,
        )
        Shift.objects.bulk_create(
            Shift(agent=agent, weekday=day, starts=time(person.shift[0]), ends=time(person.shift[1]))
            for day in range(5)
        )
        agents[person.slug] = agent
        if person.slug in SHOWN:
            User.objects.filter(pk=agent.user_id).update(password=stored)
            sign_ins.append(SignIn(person.role, person.name, email, password))
    return agents, tuple(sign_ins)
