"""The product's whole cause and effect on one page: {event: [reactions]}, and the lanes in which due rows are worked."""

from harken.base import journal
from harken.base.journal import Later, Now, Recorded
from harken.base.work import Lane
from harken.channels import dispatching
from harken.channels import forgetting as raw
from harken.channels.events import DispatchSettled
from harken.clocks import tasks as clocks
from harken.community import keeping_house
from harken.community import reactions as community
from harken.community import tasks as community_tasks
from harken.community.actions import clearing, inviting, learning, viewing
from harken.community.events import (
    AnswerChosen,
    MemberChanged,
    OutcomeTold,
    PostChecked,
    PostEdited,
    PostRemoved,
    PostThanked,
    PostWritten,
    SpaceChanged,
    TopicOpened,
    TopicTurned,
)
from harken.community.intake import filing as spaces
from harken.community.letters import boxes, sending
from harken.federation import hearing, shipping, telling
from harken.federation import reactions as federation
from harken.guests import forgetting
from harken.guests import intake as guests
from harken.inbox import fetching, tasks
from harken.inbox import reactions as inbox
from harken.inbox.actions import amending
from harken.inbox.events import MessageChanged, MessageReceived, ReplyAmended, ReplyQueued, ReplySettled
from harken.inbox.intake.filing import file_waiting
from harken.insight import changes
from harken.knowledge import reactions as knowledge
from harken.knowledge.actions.keeping import look_at_due
from harken.people.events import MergeUndone, PersonsMerged
from harken.team.events import AgentLeft
from harken.travel import honouring, merging
from harken.travel import reactions as travel
from harken.travel import tasks as departures
from harken.travel.actions import answering_ideas
from harken.travel.events import AnswerTravelled, ConsentSettled
from harken.web import keeping

REACTIONS: dict[type[Recorded], list[Now | Later]] = {
    DispatchSettled: [
        Now(inbox.follow_dispatches),
        Now(amending.follow_changes),
        Now(boxes.follow_dispatches),
    ],
    MessageReceived: [Now(travel.hear_customers), Now(knowledge.hear_outcomes)],
    MessageChanged: [Now(travel.follow_changes)],
    ReplyQueued: [Now(travel.follow_conversations), Now(knowledge.note_replies)],
    ReplySettled: [
        Now(travel.follow_replies),
        Now(honouring.honour_settled),
        Now(knowledge.settle_replies),
    ],
    ReplyAmended: [Now(honouring.follow_amendments), Now(travel.follow_conversations)],
    TopicOpened: [Now(federation.note_posts)],
    PostWritten: [Now(travel.follow_topics), Now(knowledge.follow_said), Now(federation.note_posts)],
    PostRemoved: [
        Now(travel.follow_removals),
        Now(honouring.honour_removals),
        Now(travel.plan_by_rules),
        Now(community.follow_help),
        Now(knowledge.follow_topics),
        Now(federation.note_posts),
    ],
    PostEdited: [
        Now(travel.plan_by_rules),
        Now(community.follow_help),
        Now(knowledge.follow_topics),
        Now(federation.note_posts),
    ],
    SpaceChanged: [Now(federation.note_spaces)],
    MemberChanged: [Now(federation.note_members)],
    PostChecked: [Now(travel.plan_by_rules), Now(community.follow_help)],
    AnswerChosen: [Now(travel.plan_by_rules), Now(community.follow_help), Now(knowledge.follow_topics)],
    PostThanked: [Now(community.follow_help)],
    OutcomeTold: [Now(travel.plan_by_rules), Now(community.follow_help), Now(knowledge.follow_topics)],
    TopicTurned: [Now(knowledge.follow_turns)],
    ConsentSettled: [Now(travel.follow_consent)],
    AnswerTravelled: [Now(honouring.begin_anew)],
    AgentLeft: [Now(inbox.release_conversations), Now(community.release)],
    PersonsMerged: [Now(inbox.follow_merges), Now(community.join_persons), Now(merging.join_travel)],
    MergeUndone: [Now(inbox.follow_merges), Now(community.part_persons), Now(merging.part_travel)],
}

LANES: list[Lane] = [
    Lane("intake", file_waiting),  # deliveries → messages
    Lane("attachments", fetching.fetch_due, threads=3),  # pictures that networks only linked
    Lane("spaces", spaces.file_waiting, every=1.0),  # deliveries → answers in the community
    Lane("guests", guests.file_waiting, every=5.0),  # deliveries → posts of places that are not ours
    Lane("guests-past", forgetting.forget_past, every=3600.0),  # what was said there, after its time
    Lane("letters", sending.write_letters, every=10.0),  # notices → mails
    Lane("dispatch", dispatching.send_due, every=1.0),  # replies whose undo window is over
    Lane("unknown", dispatching.resolve_unknown, every=5.0),  # what may have left is looked up
    Lane("prove", hearing.prove_waiting),  # calls from the Fediverse: who sent them, and what follows
    Lane("federate", telling.tell_due),  # what was said in a space → activities
    Lane("ship", shipping.ship_due),  # activities to the servers of those who follow
    Lane("shipped", shipping.forget_sent, every=3600.0),
    Lane("reactions", journal.run_reactions),
    Lane("snoozed", tasks.wake_snoozed, every=5.0),
    Lane("departures", departures.send_departures),  # answers that travel by a rule
    Lane("tellings", answering_ideas.tell_due),  # "you said, we did", to everybody who said so on a network
    Lane("late", clocks.tell_late, every=5.0),  # promised times that ran out
    Lane("rerank", tasks.rerank_due, every=15.0),  # points move with time
    Lane("standing", community_tasks.keep_standing, every=15.0),  # what members' help comes to, and opens
    Lane("circles", inviting.carry_due),  # questions put before members, then before the company's people
    Lane("experts", learning.learn_experts),  # what is known of who answers, counted anew
    Lane("held", tasks.give_up_held, every=600.0),
    Lane("house", keeping_house.keep_house, every=15.0),  # suspensions, votes and rules whose time has come
    Lane("solutions", look_at_due, every=60.0),  # of which time alone may have changed whether they hold
    Lane("raw", raw.forget_raw, every=3600.0),  # the raw form of what was filed long ago
    Lane("files", clearing.clear_files, every=3600.0),  # those that nobody put into anything
    Lane("views", viewing.forget_old, every=3600.0),  # how often topics were opened, after a year
    Lane("closed-days", changes.forget_days, every=3600.0),  # what is kept of days that are over
    Lane("kept-pages", keeping.forget_old, every=3600.0),  # rows and threads rendered in an earlier look
]
