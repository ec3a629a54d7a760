"""Turns the written stories into five weeks of a company's mail and posts, up to this very minute.

Pure and deterministic: the same moment and seed give the same acts.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from harken.demo.acts import Act, Kind
from harken.demo.casting import Cast
from harken.demo.company import Agent, Channel, Customer, company
from harken.demo.slots import Filling
from harken.demo.storylines import Singles, Story, Turn, singles, stories
from harken.demo.timing import Start, days, in_hours, moment_of_day, paces, play

# The hail over Lisbon began so long ago.
HAIL = timedelta(minutes=310)
# Shares of the short messages that are told; the rest is kept for what happens while one looks on.
_TOLD = {"mention": 0.65, "praise": 0.65, "complaint": 0.16, "question": 0.16, "answered": 1.0}
_WORDS: dict[str, Kind] = {
    "customer": "post", "other": "post", "member": "post", "staff": "reply", "note": "note", "note2": "note",
    "edit": "edit", "delete": "delete", "like": "like", "close": "close", "snooze": "snooze",
    "propose": "propose", "bounce": "bounce", "auto": "auto", "consent": "consent", "ask": "ask", "carry": "carry",
}  # fmt: skip
_ANSWERS = {"reply", "propose", "note", "carry"}
_LETTERS = "ABCDEFGHJKMNPQRTUVWXYZ2346789"


def build_script(now: datetime, seed: int = 1) -> list[Act]:
    """Everything that has happened up to `now` (aware), in order of time.

    Stories tell about five weeks: those written as waiting end exactly so long ago, the incident began
    310 minutes ago, all others lie before, most of them answered and closed.
    """
    if now.tzinfo is None:
        raise ValueError("build_script needs an aware moment: datetime.now(UTC)")
    now = now.astimezone(UTC).replace(microsecond=0)
    dice = random.Random(f"script {seed}")  # noqa: S311 — a story, not a secret
    told = [*stories(), *told_singles(seed)]
    cast, acts = Cast(dice), []
    for story, start in _starts(told, now, dice):
        acts += _Telling(story, start, now, cast, dice).acts()
    acts.sort(key=lambda act: (act.at, act.key))
    return acts


def told_singles(seed: int, *, kept: bool = False) -> list[Story]:
    """The short messages that the script tells as stories of one or two turns, or (`kept`) all the others."""
    chosen = []
    for group in singles():
        for kind, share in _TOLD.items():
            texts = list(getattr(group, kind))
            random.Random(f"{kind} {group.lang} {seed}").shuffle(texts)  # noqa: S311 — a story, not a secret
            cut = max(1, round(share * len(texts))) if texts else 0
            for number, text in enumerate(texts):
                if (number < cut) != kept:
                    chosen.append(_single(group, kind, text, number))
    return chosen


def _single(group: Singles, kind: str, text: str | tuple[str, str], number: int) -> Story:
    words = (text,) if isinstance(text, str) else text
    public = "{@}" in words[0]
    channel = "social" if public else "reviews" if kind in {"praise", "mention"} else "form"
    praised = {"praise": 5, "mention": 4}.get(kind, 0)
    return Story(
        id=f"{group.lang}-{kind}-{number:02d}",
        lang=group.lang,
        channel=channel,
        team="iberia" if group.lang in {"es", "pt"} else "travel-day",
        turns=tuple(Turn(word, words[i]) for i, word in enumerate(("customer", "staff")[: len(words)])),
        topic=kind,
        stars=0 if public else praised,
        asks=kind in {"complaint", "question", "answered"},
        single=kind,
    )


def _starts(told: Sequence[Story], now: datetime, dice: random.Random) -> Iterable[tuple[Story, Start]]:
    """When each story begins. Fixed ones come first, so that their people are taken before others are drawn."""
    pace, brands = paces(told, dice), company().brands
    free = [story for story in told if story.is_past and story.past is None]
    midnights = dict(zip((s.id for s in free), days(len(free), now, "Europe/Dublin", dice), strict=True))
    for story in sorted(told, key=lambda s: (s.is_past, not s.who, s.id)):
        zone, tempo = brands[story.brand].zone, pace.get(story.id, "")
        if not story.is_past:
            yield story, Start(_fixed(story, now, zone), "now")
            continue
        if story.past is not None:
            today = now.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0)
            at = moment_of_day(today - timedelta(days=story.past), tempo or "hour", dice, story.hours)
        else:
            at = moment_of_day(midnights[story.id], tempo, dice)
        yield story, Start(_early_enough(story, at.astimezone(UTC), tempo, now, zone), tempo)


def _fixed(story: Story, now: datetime, zone: str) -> datetime:
    """The beginning from which a waiting or recent story reaches its last words at the written moment."""
    if story.ice is not None:
        return now - HAIL + story.ice
    trial = list(play(story, Start(now, "now"), zone, _own_dice(story)))
    if story.now is not None:
        last = max(at for at, turn in trial if turn.word in {"customer", "other", "edit"})
        return now - story.now - (last - now)
    return now - (story.answered or timedelta()) - (trial[-1][0] - now)


def _own_dice(story: Story, start: Start | None = None) -> random.Random:
    """A story's waits are its own, so that telling it twice takes equally long; the past's differ by start."""
    begun = start.at.isoformat() if start and start.pace != "now" else ""
    return random.Random(f"{story.id} {begun}")  # noqa: S311 — a story, not a secret


def _early_enough(story: Story, at: datetime, pace: str, now: datetime, zone: str) -> datetime:
    """Whole days earlier until the story has ended by now, and what nobody answered has been closed since."""
    spare = timedelta(hours=2)
    if not any(turn.word == "staff" for turn in story.turns) and story.asks:
        spare = timedelta(days=6)
    elif pace == "later":
        spare = timedelta(days=3)
    # Drawn waits are bounded; the longest that can be is counted for each of them.
    for turn in story.turns[1:]:
        spare += (turn.delay.span or timedelta(days=1.2)) if turn.delay else timedelta(hours=10)
    while at + spare > now:
        at -= timedelta(days=1)
    return at


def _our_name_last(story: Story, text: str) -> str:
    """Half of those who begin with our name put it at the end instead: people do both."""
    begins, name = text.startswith("{@} "), "{@}"
    if not begins or text.count(name) > 1 or random.Random(story.id).random() < 0.45:  # noqa: S311 — a story
        return text
    rest = text.removeprefix("{@} ")
    return f"{rest} {name}"


class _Telling:
    """One story being told: its people, its filled gaps, and the acts that come of it."""

    def __init__(self, story: Story, start: Start, now: datetime, cast: Cast, dice: random.Random) -> None:
        self.story, self.start, self.now, self.cast, self.dice = story, start, now, cast, dice
        known = company()
        self.channel: Channel = cast.channel(story)
        self.brand = known.brands[self.channel.brand]
        self.writer: Customer = cast.writer(story, self.channel, start.at)
        legs = known.routes[self.brand.slug]
        leg = next((leg for leg in legs if leg[0] == story.route), None) or dice.choice(legs)
        self.filling = Filling(
            language=story.lang,
            begun=start.at,
            brand=self.brand,
            customer=self.writer,
            mention=self.channel.mention,
            flight=leg[0],
            cities=(known.cities[leg[1]], known.cities[leg[2]]),
            reference="".join(dice.choice(_LETTERS) for _ in range(6)),
            tag=f"0784 {dice.randrange(100000, 999999)}",
        )
        self.agent: Agent | None = None
        self.answerer: Agent | None = None
        self.told: list[Act] = []

    def acts(self) -> list[Act]:
        """All acts of this story, with what the desk did around the words: assigned, tagged, closed."""
        for at, turn in play(self.story, self.start, self.brand.zone, _own_dice(self.story, self.start)):
            self._tell(at.astimezone(UTC).replace(microsecond=0), turn)
        self._dress()
        return self.told

    def _tell(self, at: datetime, turn: Turn) -> None:
        kind = _WORDS[turn.word]
        author = self._author(at, turn)
        # A customer who writes {me} means the one who answered last.
        speaker = company().agents.get(author) or self.answerer
        if kind in {"reply", "carry"}:
            self.answerer = speaker
        first = not self.told
        words = _our_name_last(self.story, turn.text) if first else turn.text
        text = self.filling.fill(words, at=at, agent=speaker) if kind != "snooze" else ""
        act = Act(
            at=at,
            kind=kind,
            story=self.story.id,
            key=f"{self.story.id}/{len(self.told)}",
            channel=self.channel.slug,
            author=author,
            text=text,
            to=self._target(turn, author),
            private=turn.private or not self.channel.public,
            subject=self._subject(at) if kind in {"post", "reply", "auto"} else "",
            files=turn.attach,
            reach=turn.reach or (self._reach() if first else (0, 0, 0)),
            stars=self.story.stars if first else 0,
            language=self.story.lang,
            asks=self.story.asks and first,
            until=self._until(at, turn),
            fate=turn.fate,
            cites=turn.cites,
        )
        self.told.append(act)

    def _until(self, at: datetime, turn: Turn) -> datetime | None:
        if turn.word == "snooze":
            unit = {"m": "minutes", "h": "hours", "d": "days"}[turn.text[-1]]
            return at + timedelta(**{unit: int(turn.text[:-1])})
        if not turn.promise:
            return None
        # On five minutes, as the text says it.
        until = (at + turn.promise).replace(second=0)
        return until + timedelta(minutes=-until.minute % 5)

    def _author(self, at: datetime, turn: Turn) -> str:
        if turn.who:
            return turn.who
        if turn.word in {"staff", "propose", "note", "close", "snooze", "consent", "ask", "carry"}:
            if self.agent is None:
                self.agent = self.cast.agent(self.story, at, self.brand.zone)
            return self.agent.slug
        if turn.word == "note2":
            return "delphine"
        if turn.word == "other":
            return self.cast.onlooker(self.story, self.channel, {act.author for act in self.told}).slug
        return self.writer.slug

    def _target(self, turn: Turn, author: str) -> str:
        """What it answers: an edit its own last words, a like ours, a reply the customer's last, a post the thread."""
        if turn.word in {"note", "note2", "close", "snooze"} or not self.told:
            return ""
        staff = [act for act in self.told if act.kind in {"reply", "carry", "consent"}]
        own = [act for act in self.told if act.kind == "post" and act.author == author]
        theirs = [act for act in self.told if act.kind == "post" and act.author == self.writer.slug]
        if turn.word in {"edit", "delete"}:
            return own[-1].key
        if turn.word in {"like", "bounce", "auto"}:
            return staff[-1].key
        if turn.word in {"staff", "propose", "consent", "ask", "carry"}:
            return theirs[-1].key
        if turn.word in {"other", "member"}:
            return self.told[0].key
        return (staff or self.told)[-1].key if staff else self.told[0].key

    def _subject(self, at: datetime) -> str:
        if not self.story.subject:
            return ""
        subject = self.filling.fill(self.story.subject, at=at)
        return f"Re: {subject}" if self.told and self.channel.kind == "email" else subject

    def _reach(self) -> tuple[int, int, int]:
        """What a public post gathers when the story does not say: mostly little, sometimes more."""
        if self.story.reach:
            return self.story.reach
        if not self.channel.mention:
            return (0, 0, 0)
        likes = int(self.dice.paretovariate(1.1)) - 1
        return (min(likes // 4, 9), min(likes // 3, 20), min(likes, 60))

    def _dress(self) -> None:
        """Adds what agents do around their words: team, tags, owner, and closing it in the end."""
        first = self.told[0]
        if self.channel.kind == "archive":
            return
        self._aside(first.at + timedelta(seconds=40), "team", "delphine", self.story.team)
        if self.story.tags:
            self._aside(first.at + timedelta(seconds=55), "tag", "delphine", ", ".join(self.story.tags))
        answer = next((act for act in self.told if act.kind in _ANSWERS), None)
        owner = self.story.owner or (answer.author if answer else "")
        if owner:
            at = answer.at - timedelta(seconds=20) if answer else first.at + timedelta(minutes=2)
            self._aside(max(at, first.at + timedelta(seconds=58)), "assign", owner, owner)
        if any(act.kind == "close" for act in self.told):
            return
        # What the incident's customers thanked for is put away at once: others wait.
        if self.story.is_past or (self.story.ice is not None and answer):
            self._close(owner or "delphine", answered=answer is not None)

    def _close(self, agent: str, *, answered: bool) -> None:
        words = max((act for act in self.told if act.text or act.kind == "like"), key=lambda act: act.at)
        last = words.at
        if self.story.ice is not None:
            if words.author == self.writer.slug and last + timedelta(minutes=12) < self.now:
                self._aside(last + timedelta(minutes=12), "close", agent, "")
            return
        if not self.story.asks and not answered:
            wait = timedelta(minutes=self.dice.uniform(6, 40))
        elif answered:
            wait = timedelta(hours=self.dice.uniform(0.5, 20))
        else:
            wait = timedelta(days=self.dice.uniform(3.5, 5.5))
        at = in_hours(last + wait, self.brand.zone, self.dice).astimezone(UTC).replace(microsecond=0)
        if at >= self.now and words.author == self.writer.slug:
            at = last + (self.now - last) / 2
        if at < self.now:
            self._aside(at, "close", agent, "")

    def _aside(self, at: datetime, kind: Kind, author: str, text: str) -> None:
        blank = Act(at=at, kind=kind, story=self.story.id, key="", channel=self.channel.slug, author=author)
        self.told.append(replace(blank, key=f"{self.story.id}/{len(self.told)}", text=text))
