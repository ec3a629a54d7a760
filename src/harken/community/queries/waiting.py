"""Questions of the community that wait, for the company's people: one statement along the order of their clocks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from harken.base import sql
from harken.community.circles import Step
from harken.team.models import Agent

MOST_LISTED = 50


@dataclass(frozen=True, slots=True)
class Waiting:
    """A question that waits, as the desk's list shows it."""

    id: int
    version: int
    slug: str
    title: str
    gist: str
    asked_on: str
    created_at: datetime
    due_at: datetime
    space: str
    asker: str
    invited: int
    is_ours: bool  # put before the company's people
    agent_id: int | None
    agent: str
    handed_by: str  # a member who handed it to them; "" nobody
    handed_why: str

    @property
    def address(self) -> str:
        return f"/community/t/{self.id}/{self.slug}/"


def questions_waiting(*, limit: int = MOST_LISTED) -> list[Waiting]:
    """Those that wait for a first answer, least time left first. All of the company's people may read every space."""
    rows = sql.fetch(
        "SELECT t.id, t.version, t.slug, t.title, t.gist, t.asked_on, t.created_at, t.due_at, s.name, m.name, a.invited, "
        "a.step, a.agent_id, u.name, CASE WHEN a.handed_at IS NULL THEN '' ELSE COALESCE(h.name, '?') END, a.handed_why FROM community_asking a JOIN community_topic t ON t.id = a.topic_id "
        "JOIN community_space s ON s.id = t.space_id JOIN community_member m ON m.id = t.author_id "
        "LEFT JOIN team_agent g ON g.id = a.agent_id LEFT JOIN accounts_user u ON u.id = g.user_id "
        "LEFT JOIN community_member h ON h.id = a.handed_by_id "
        "WHERE a.is_waiting AND t.is_shown AND t.due_at IS NOT NULL ORDER BY a.promised_at, a.topic_id LIMIT %s",
        [limit],
    )
    return [
        Waiting(
            *row[:6], sql.moment(row[6]), sql.moment(row[7]), row[8], row[9], row[10],  # type: ignore[arg-type]  # never null
            row[11] >= Step.STAFF, row[12], row[13] or "", row[14], row[15],
        )
        for row in rows
    ]  # fmt: skip


def counting(agent: Agent, *, most: int) -> tuple[str, list[Any]]:
    """A statement of the questions that this agent may take or has: what is before the company's people and nobody's,
    and what is theirs."""
    text = (
        "SELECT a.topic_id FROM community_asking a WHERE a.is_waiting AND (a.agent_id = %s "
        "OR (a.agent_id IS NULL AND a.step >= %s)) LIMIT %s"
    )
    return text, [agent.pk, int(Step.STAFF), most]
