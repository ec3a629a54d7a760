"""Who plays which part: a customer for each story, onlookers, and the one of the staff who answers."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from harken.demo.company import Agent, Channel, Customer, company
from harken.demo.storylines import Story

# The same person does not begin two things on one channel within this time: they would be one conversation.
APART = timedelta(days=4)
_RETURNING = 0.3


class Cast:
    """Gives out parts, remembers who had one, and lets some people come back."""

    def __init__(self, dice: random.Random, *, apart: timedelta = APART) -> None:
        self._dice, self._apart = dice, apart
        self._company = company()
        self._named = frozenset(s for s in self._company.customers if not s[3:].isdigit())
        self._busy: dict[tuple[str, str], list[datetime]] = {}
        self._parts: Counter[str] = Counter()

    def channel(self, story: Story) -> Channel:
        """The channel it happens on; `social` is one of the two open networks."""
        if story.channel != "social":
            return self._company.channels[story.channel]
        names = ["mastodon", "bluesky"]
        if story.who:
            handles = self._company.customers[story.who].handles
            names = [name for name in names if name in handles]
        return self._company.channels[self._dice.choice(names)]

    def book(self, customer: Customer, channel: Channel, at: datetime) -> Customer:
        """Notes that this customer begins something there at that time."""
        self._parts[customer.slug] += 1
        self._busy.setdefault((customer.slug, channel.slug), []).append(at)
        return customer

    def writer(self, story: Story, channel: Channel, at: datetime) -> Customer:
        """The customer who begins the story: the one it names, else somebody who fits and is free."""
        if story.who:
            return self.book(self._company.customers[story.who], channel, at)
        able = [
            person
            for person in self._fitting(story.lang, channel.network, story.gender)
            if all(abs(at - then) >= self._apart for then in self._busy.get((person.slug, channel.slug), ()))
        ]
        fresh = [person for person in able if not self._parts[person.slug]]
        known = [person for person in able if 0 < self._parts[person.slug] < 4]
        returns = story.is_past and self._dice.random() < _RETURNING
        pool = known if known and (returns or not fresh) else fresh or able
        if not pool:
            raise LookupError(f"{story.id}: nobody left who writes {story.lang} on {channel.network}")
        return self.book(self._dice.choice(pool), channel, at)

    def onlooker(self, story: Story, channel: Channel, but: Iterable[str]) -> Customer:
        """Somebody else who joins in."""
        left = set(but)
        pool = [p for p in self._fitting(story.lang, channel.network, "") if p.slug not in left]
        return self._dice.choice(pool)

    def _fitting(self, language: str, network: str, gender: str) -> list[Customer]:
        return [
            person
            for slug, person in self._company.customers.items()
            if slug not in self._named
            and person.languages[0] == language
            and network in person.handles
            and gender in {"", person.gender}
        ]

    def agent(self, story: Story, at: datetime, zone: str) -> Agent:
        """Who answers: speaks the language, is in the team if any such is, and is on shift if any such is."""
        if story.staff or story.owner:
            return self._company.agents[story.staff or story.owner]
        language = story.lang if story.lang in {"es", "fr", "de", "pt", "ar"} else "en"
        able = [a for a in self._company.agents.values() if language in a.languages and a.role == "agent"]
        able = [a for a in able if story.team in a.teams] or able
        hour = at.astimezone(ZoneInfo(zone)).hour
        on_shift = [a for a in able if a.shift[0] <= hour < a.shift[1]]
        return self._dice.choice(on_shift or able)
