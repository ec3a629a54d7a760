"""The community that a bench reads: made-up topics in four spaces, taken in as another community's archive is."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Final

from harken.accounts.models import Brand, User
from harken.community.actions.joining import join
from harken.community.actions.spaces import keep_space
from harken.community.importing.keeping import import_community
from harken.community.importing.lines import Said
from harken.community.models import Member, Space, Topic
from harken.community.tasks import tidy

from .corpus import vocabulary

SPACES: Final = ("Baggage", "Bookings", "On board", "Lounge talk")
LONG_TOPIC: Final = 30  # answers of topic 0
SPAN: Final = timedelta(days=900)
COMMON: Final = "refund"
RARE: Final = "zyxomma"  # said in every thousandth topic
_ANSWERS: Final = (0, 1, 1, 2, 2, 3)


def lines_of(size: int, space: int, members: int = 0) -> Iterator[Said]:
    """What was said in every fourth of `size` topics: a question, up to three answers, half of them chosen, comments."""
    chance = random.Random(space)  # noqa: S311 - the same words everywhere, no secret
    words = vocabulary()
    weights = list(accumulate(1.0 / (rank + 2.7) for rank in range(len(words))))
    members = members or max(20, size // 20)
    end = datetime.now(UTC) - timedelta(minutes=5)

    def text(count: int) -> str:
        return " ".join(chance.choices(words, cum_weights=weights, k=count)) + "."

    def somebody() -> str:
        return str(min(int(chance.expovariate(1 / (members / 8))), members))

    for topic in range(space, size, len(SPACES)):
        at = end - SPAN * (1 - topic / size)
        answers = LONG_TOPIC if topic == 0 else chance.choice(_ANSWERS)
        chosen = f"{topic}a0" if answers and topic % 2 else ""
        said = f"{text(35)}\n\n{text(25)}"
        if topic % 4 < 2:
            said += f" {COMMON}"
        if topic % 1000 == 0:
            said += f" {RARE}"
        yield Said(
            0, f"{topic}q", "question", somebody(), at, said, title=f"{text(8).capitalize()} {topic}", chosen=chosen,
            tags=(words[40 + topic % 60], words[120 + topic % 200]), views=topic % 97,
        )  # fmt: skip
        for number in range(answers):
            at += timedelta(minutes=20)
            key = f"{topic}a{number}"
            yield Said(0, key, "answer", somebody(), at, text(40), parent=f"{topic}q")
            if chance.random() < 0.2:
                yield Said(
                    0, f"{key}c", "comment", somebody(), at + timedelta(minutes=3), text(12), parent=key
                )


def make_forum(size: int, *, members: int = 0) -> Member:
    """The community of this bench's home, made where it lacks; returns the member who reads it signed in."""
    brand = Brand.objects.get_or_create(slug="bench", defaults={"name": "Bench"})[0]
    if Topic.objects.count() < size:
        for number, name in enumerate(SPACES):
            space = Space.objects.filter(name=name).first() or keep_space(
                Space(name=name, brand=brand), by=None
            )
            import_community(lines_of(size, number, members), space=space, source=f"bench/{number}")
        while tidy():  # as the first night does
            pass
    user = User.objects.filter(email="reader@example.org").first()
    if user is None:
        user = User.objects.create_user("reader@example.org", "bench passphrase", name="Reader")
    return join(user)
