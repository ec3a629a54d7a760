"""Makes conversations that asked, with what the report reads of them, without the pipeline."""

from datetime import UTC, datetime, timedelta
from itertools import count

from harken.accounts.models import Brand, User
from harken.channels.models import Channel
from harken.inbox.models import Conversation
from harken.people.models import Handle, Person
from harken.team.models import Agent, Team

NOON = datetime(2026, 3, 16, 12, tzinfo=UTC)  # a Monday
_number = count(1)


class Company:
    """One company: brands, channels, teams and agents by name, made when first named."""

    def __init__(self):
        person = Person.objects.create(name="Ada")
        self.handle = Handle.objects.create(person=person, network="echo", key="ada", shown="@ada")

    def brand(self, name="Larkspur", zone="Europe/Dublin"):
        return Brand.objects.get_or_create(name=name, defaults={"slug": name.lower(), "zone": zone})[0]

    def channel(self, name="Mail", brand="Larkspur", **more):
        return Channel.objects.get_or_create(
            name=name, defaults={"connector": "echo", "brand": self.brand(brand), **more}
        )[0]

    def team(self, name):
        return Team.objects.get_or_create(name=name)[0]

    def agent(self, role="admin", teams=()):
        number = next(_number)
        user = User.objects.create_user(
            f"agent{number}@larkspur.example", "a long password", name=f"Agent {number}"
        )
        agent = Agent.objects.create(user=user, role=role)
        agent.teams.set([self.team(name) for name in teams])
        return agent

    def conversation(self, asked, *, after=None, closed=False, channel="Mail", team=None, **more):
        """A conversation that asked at that moment, answered `after` so long (None: not answered), not saved."""
        row = self.channel(channel) if isinstance(channel, str) else channel
        answered = asked + after if after is not None and asked is not None else None
        return Conversation(
            channel=row,
            brand_id=row.brand_id,
            person=self.handle.person,
            handle=self.handle,
            thread_key=f"t{next(_number)}",
            asked_at=asked,
            answered_at=answered,
            state="closed" if closed else "open",
            team=self.team(team) if isinstance(team, str) else team,
            first_message_at=more.pop("first_message_at", asked or NOON),
            last_message_at=more.pop("last_message_at", answered or asked or NOON),
            last_customer_at=asked or NOON,
            **more,
        )

    def ask(self, asked, **more):
        row = self.conversation(asked, **more)
        row.save()
        return row


def minutes(value):
    return timedelta(minutes=value)


def days(value):
    return timedelta(days=value)
