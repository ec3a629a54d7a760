"""What knowledge does about what happens in the community and in the inbox."""

from __future__ import annotations

from collections.abc import Sequence

from harken.community.events import PostWritten, TopicEvent, TopicTurned
from harken.inbox.events import MessageReceived, ReplyQueued, ReplySettled

from .actions.citing import hear_customers, note_citations, settle_citations
from .actions.keeping import keep_solutions
from .models import Solution


def follow_topics(events: Sequence[TopicEvent]) -> None:
    """Something was chosen, tried, edited or taken away: the solutions of these topics follow."""
    keep_solutions([event.subject_id for event in events], at=max(event.at for event in events))


def follow_said(events: list[PostWritten]) -> None:
    """Something was said in topics: only where there is a solution it may say something of it."""
    solved = Solution.objects.filter(topic_id__in={event.subject_id for event in events})
    keep_solutions(solved.values_list("topic_id", flat=True), at=max(event.at for event in events))


def follow_turns(events: list[TopicTurned]) -> None:
    """A topic was moved, renamed or tagged anew. What this package itself says of one is no news to it."""
    follow_topics_of = [event for event in events if event.what != "doubted"]
    if follow_topics_of:
        follow_topics(follow_topics_of)


def note_replies(events: list[ReplyQueued]) -> None:
    """Replies that lead to a solution."""
    note_citations([event.message_id for event in events])


def settle_replies(events: list[ReplySettled]) -> None:
    """Replies left, or did not."""
    settle_citations({event.message_id: event.state for event in events})


def hear_outcomes(events: list[MessageReceived]) -> None:
    """Customers to whom a solution was sent wrote again."""
    hear_customers(
        [event.message_id for event in events], conversation_ids={event.subject_id for event in events}
    )
