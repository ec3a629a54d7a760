"""Plays one act after the other: customers' through deliveries and intake, the staff's through the inbox's actions."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from harken.channels import dispatching, hot
from harken.channels.contract import RawItem, Refused, SendResult, Sent, Unknown
from harken.channels.files import store_file
from harken.channels.filing import Raw
from harken.channels.models import Delivery, Dispatch
from harken.community.addresses import link_to_topic
from harken.demo.acts import BY_CUSTOMERS, Act
from harken.demo.attachments import attachment
from harken.demo.border.mail import MailPlayer, request_key
from harken.demo.border.playing import Player, Stage
from harken.demo.carrying import ask_community, ask_for_consent, carry_answer
from harken.demo.founding import Founded
from harken.demo.gathering import Gathered
from harken.inbox.actions import assigning, putting_aside, replying
from harken.inbox.intake.filing import file_batch
from harken.inbox.models import Conversation, Message
from harken.team.models import Agent, Team

# Arrives so long after it was written, and a reply is on the network so long after it was sent.
_ON_THE_WAY = timedelta(seconds=3)
_MENTION = re.compile(r"@(\w+)")
# A batch looks ahead so far, for so many at most.
AHEAD = timedelta(hours=8)
MOST_WAITING = 200


class NotTaken(Exception):
    """Something that was said did not become a message; the message says what, and the ledger's reason."""


class Staging:
    """The demo being played, act by act, in order of time.

    What customers do is kept as deliveries and filed in batches, before one of the staff touches a story of which
    something waits. A batch takes along what other customers say within the next hours, as long as nothing lies
    between that it could be an answer to: it costs little more to file, and each keeps its own moment.
    """

    def __init__(
        self,
        stage: Stage,
        players: Mapping[str, Player],
        founded: Founded,
        gathered: Gathered,
        *,
        now: datetime,
    ) -> None:
        self.stage, self.players, self.founded, self.now = stage, players, founded, now
        self.gathered = gathered
        for slug, player in players.items():
            if isinstance(player, MailPlayer):
                player.account = founded.channels[slug].pk
        self._waiting: list[Act] = []
        self._waiting_stories: set[str] = set()
        self._delivered: set[str] = set()
        self._arrived_at: datetime | None = None
        self._messages: dict[str, tuple[int, int]] = {}  # key of an act → message, conversation
        self._of_story: dict[str, list[int]] = defaultdict(list)
        self._onlookers: list[tuple[Act, int]] = []
        self._teams: dict[str, Team] = {}
        self._assigned = {act.story for act in stage.acts.values() if act.kind == "assign"}

    def play(self, acts: Sequence[Act], *, progress: Callable[[int, int], None]) -> None:
        """Let it all happen. Acts come in order of time."""
        done: set[str] = set()
        for number, act in enumerate(acts):
            if number % 25 == 0:
                progress(number, len(acts))
            if act.key in done:
                continue
            if self._is_said(act):
                self._deliver(act)
                continue
            if act.story in self._waiting_stories:
                done.update(self._take_along(acts, number))
                self.file()
            getattr(self, f"_{act.kind}")(act, self.founded.agents[act.author])
        self.finish()

    def _take_along(self, acts: Sequence[Act], number: int) -> Iterable[str]:
        """Deliver what customers say soon in stories that the staff does not touch before; returns their keys."""
        touched: set[str] = set()
        for act in acts[number:]:
            if act.at - acts[number].at > AHEAD or len(self._waiting) >= MOST_WAITING:
                return
            if not self._is_said(act):
                touched.add(act.story)
            elif act.story not in touched and act.kind == "post" and act.key not in self._delivered:
                self._deliver(act)
                yield act.key

    def finish(self) -> None:
        """File what still waits, and let the networks tell how many look on."""
        self.file()
        self._let_onlookers_go()
        for act in self.stage.acts.values():
            if any(act.reach) and act.key in self._messages:
                player = self.players[act.channel]
                self._keep(act, player.reach(act, act.reach, min(act.at + timedelta(hours=2), self.now)))
        self.file()

    def file(self) -> None:
        """File what has been delivered, and learn which message and conversation each act became."""
        raws = [
            Raw(row.id, row.channel_id, bytes(row.body), row.received_at, row.attempts)
            for row in Delivery.objects.filter(state="waiting", reason="", channel__is_demo=True).order_by(
                "id"
            )
        ]
        if raws:
            file_batch(raws, now=self._arrived_at)
        self._learn()

    # ---- customers ----

    def _is_said(self, act: Act) -> bool:
        return act.kind in BY_CUSTOMERS or self._is_archived(act)

    def _is_archived(self, act: Act) -> bool:
        return self.stage.company.channels[act.channel].kind == "archive" and act.kind == "reply"

    def _deliver(self, act: Act) -> None:
        player = self.players[act.channel]
        if act.kind == "like":
            liked = self.stage.acts[act.to]
            self.file()
            self._keep(act, player.reach(liked, (0, 0, 1), act.at))
            return
        self._keep(act, player.item(act))
        self._delivered.add(act.key)
        self._waiting.append(act)
        self._waiting_stories.add(act.story)

    def _keep(self, act: Act, item: RawItem | None) -> None:
        if item is not None:
            self._arrived_at = act.at + _ON_THE_WAY
            new = hot.NewDelivery(self.founded.channels[act.channel].pk, item)
            hot.write_deliveries([new], at=self._arrived_at)

    def _learn(self) -> None:
        names = {self.players[act.channel].id_of(act): act for act in self._waiting}
        rows = Message.objects.filter(channel__is_demo=True, external_id__in=list(names))
        for pk, conversation_id, name in rows.values_list("pk", "conversation_id", "external_id"):
            self._became(names.pop(str(name)), pk, conversation_id)
        for act in names.values():
            if act.kind in {"post", "auto"} or self._is_archived(act):
                raise NotTaken(f"{act.key} did not arrive: {self._why_not()}")
        self._waiting.clear()
        self._waiting_stories.clear()

    def _why_not(self) -> str:
        rows = Delivery.objects.filter(channel__is_demo=True, state__in=["failed", "ignored", "duplicate"])
        last = rows.order_by("-pk").first()
        return f"delivery {last.key} is {last.state}: {last.reason}" if last else "nobody knows why"

    def _became(self, act: Act, message_id: int, conversation_id: int) -> None:
        self._messages[act.key] = (message_id, conversation_id)
        known = self._of_story[act.story]
        if conversation_id in known:
            return
        known.append(conversation_id)
        first = self.stage.root(act)
        if len(known) == 1:
            return
        if act.author == first.author:
            # The same customer in another place (a direct message): the same people look after it.
            before = Conversation.objects.get(pk=known[0])
            after = Conversation(pk=conversation_id)
            assigning.assign_conversation(after, by=None, agent=before.assignee, team=before.team, at=act.at)
        else:
            self._onlookers.append((act, conversation_id))

    def _let_onlookers_go(self) -> None:
        """Who only looked on in somebody else's thread has a conversation too; a lead has put it away."""
        by = self.founded.agents["delphine"]
        for act, conversation_id in self._onlookers:
            at = act.at + timedelta(minutes=7)
            if at < self.now:
                putting_aside.close_conversation(Conversation(pk=conversation_id), by=by, at=at)

    # ---- staff ----

    def _place(self, act: Act) -> Conversation:
        """The conversation that a reply belongs to: that of the message it answers, else the story's first."""
        found = self._messages.get(act.to)
        # Actions lock and read the row themselves: its number is enough.
        return Conversation(pk=found[1] if found else self._of_story[act.story][0])

    def _first(self, act: Act) -> Conversation:
        return Conversation(pk=self._of_story[act.story][0])

    def _reply(self, act: Act, by: Agent) -> None:
        conversation = self._place(act)
        message = replying.send_reply(
            conversation,
            by=by,
            text=f"{act.text}\n{link_to_topic(self.gathered.topics[act.cites])}" if act.cites else act.text,
            is_public=not act.private,
            request_key=request_key(act),
            files=[_file(name) for name in act.files],
            at=act.at,
            undo=timedelta(0),
        )
        self._settle(act, message)
        if act.until:
            putting_aside.set_promise(conversation, at=act.until, by=by, noted_at=act.at)
        self._messages[act.key] = (message.pk, conversation.pk)

    def _consent(self, act: Act, by: Agent) -> None:
        self._leave(act, ask_for_consent(act, self._place(act), by=by, request_key=request_key(act)))

    def _ask(self, act: Act, by: Agent) -> None:
        conversation = self._place(act)
        self._leave(
            act,
            ask_community(act, conversation, by=by, gathered=self.gathered, request_key=request_key(act)),
        )

    def _carry(self, act: Act, by: Agent) -> None:
        self._leave(act, carry_answer(act, self._place(act), by=by, request_key=request_key(act)))

    def _leave(self, act: Act, message: Message) -> None:
        self._settle(act, message)
        self._messages[act.key] = (message.pk, message.conversation_id)

    def _settle(self, act: Act, message: Message) -> None:
        """The reply leaves as it would have: requested, then settled by what the network says."""
        rows = Dispatch.objects.filter(pk=message.dispatch_id)
        rows.update(
            state=Dispatch.State.REQUESTING,
            fence=1,
            created_at=act.at,
            not_before=act.at,
            requested_at=act.at,
        )
        dispatching.settle(rows.get(), self._said(act), fence=1, at=act.at + _ON_THE_WAY)

    def _said(self, act: Act) -> SendResult:
        outcome, _, why = act.fate.partition(": ")
        if outcome == "refused":
            return Refused(why, "Answer in public, or by another channel.")
        if outcome == "unknown":
            return Unknown(why)
        return Sent(self.players[act.channel].id_of(act), act.at)

    def _propose(self, act: Act, by: Agent) -> None:
        by.needs_approval = True
        by.save(update_fields=["needs_approval"])
        replying.send_reply(
            self._place(act),
            by=by,
            text=act.text,
            is_public=not act.private,
            request_key=request_key(act),
            at=act.at,
        )

    def _note(self, act: Act, by: Agent) -> None:
        named = {name.casefold() for name in _MENTION.findall(act.text)}
        mentions = [
            self.founded.agents[slug]
            for slug, agent in self.stage.company.agents.items()
            if agent.first.casefold() in named
        ]
        replying.add_note(self._first(act), by=by, text=act.text, mentions=mentions, at=act.at)

    def _assign(self, act: Act, by: Agent) -> None:
        agent, team = self.founded.agents[act.text], self._teams.pop(act.story, None)
        assigning.assign_conversation(self._first(act), by=by, agent=agent, team=team, at=act.at)

    def _team(self, act: Act, by: Agent) -> None:
        team = self.founded.teams[act.text]
        if act.story in self._assigned:
            self._teams[act.story] = team  # goes along with the assignment that follows
        else:
            assigning.assign_conversation(self._first(act), by=None, team=team, at=act.at)

    def _tag(self, act: Act, by: Agent) -> None:
        assigning.set_tags(self._first(act), act.text.split(", "), by=by, at=act.at)

    def _snooze(self, act: Act, by: Agent) -> None:
        if act.until and act.until > self.now:
            putting_aside.snooze_conversation(self._first(act), until=act.until, by=by, at=act.at)

    def _close(self, act: Act, by: Agent) -> None:
        for number in self._of_story[act.story]:
            putting_aside.close_conversation(Conversation(pk=number), by=by, at=act.at)


def _file(name: str) -> replying.File:
    kind, content = attachment(name)
    return replying.File(name=name, content_type=kind, size=len(content), stored_as=store_file(content))
