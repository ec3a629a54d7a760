"""How the tests of the reading pages read them."""

from __future__ import annotations

from datetime import UTC, datetime

from harken.community.models import Topic
from tests.web.cast import client_of

NOW = datetime.now(UTC)


def get(address: str, who=None, **headers: str):
    return client_of(who, **headers).get(address)


def html(address: str, who=None, status: int = 200) -> str:
    answer = get(address, who)
    assert answer.status_code == status, (address, answer.status_code)
    return answer.content.decode()


def body(address: str, who=None) -> str:
    """What stands in the page itself."""
    return html(address, who).split("<main", 1)[1]


def topic_address(topic: Topic) -> str:
    return f"/community/t/{topic.pk}/{topic.slug}/"
