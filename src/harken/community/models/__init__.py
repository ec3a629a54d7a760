"""The community: members, spaces, topics, posts, and what members say of them."""

from .hearing import Following, Notice
from .house import Agreement, Ballot, House, Rule, Rules, Vote
from .ideas import Idea, Want
from .invitations import Asking, Circles, Expert, Invitation, TagAnswers, Wish
from .judged import Appeal, Case, Decision, Flag, ServerReport
from .letters import Letter, LetterBox
from .members import Member
from .places import Space, Tag
from .posts import Draft, File, Post, Revision
from .reach import ExternalAuthor, ExternalPost
from .replies import Outcome, Thanks
from .standing import CreditFreeze, HeldPower, HelpItem, Round, Standing, SuperUserCall
from .topics import VOICES, SameQuestion, Tagging, Topic
from .views import TopicViews

__all__ = [
    "VOICES",
    "Agreement",
    "Appeal",
    "Asking",
    "Ballot",
    "Case",
    "Circles",
    "CreditFreeze",
    "Decision",
    "Draft",
    "Expert",
    "ExternalAuthor",
    "ExternalPost",
    "File",
    "Flag",
    "Following",
    "HeldPower",
    "HelpItem",
    "House",
    "Idea",
    "Invitation",
    "Letter",
    "LetterBox",
    "Member",
    "Notice",
    "Outcome",
    "Post",
    "Revision",
    "Round",
    "Rule",
    "Rules",
    "SameQuestion",
    "ServerReport",
    "Space",
    "Standing",
    "SuperUserCall",
    "Tag",
    "TagAnswers",
    "Tagging",
    "Thanks",
    "Topic",
    "TopicViews",
    "Vote",
    "Want",
    "Wish",
]
