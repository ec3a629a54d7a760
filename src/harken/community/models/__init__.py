"""The community: members, spaces, topics, posts, and what members say of them."""

from .hearing import Following, Notice
from .members import Member
from .places import Space, Tag
from .posts import Draft, Picture, Post, Revision
from .reach import ExternalAuthor, ExternalPost
from .replies import Outcome, Thanks
from .topics import VOICES, SameQuestion, Tagging, Topic

__all__ = [
    "VOICES",
    "Draft",
    "ExternalAuthor",
    "ExternalPost",
    "Following",
    "Member",
    "Notice",
    "Outcome",
    "Picture",
    "Post",
    "Revision",
    "SameQuestion",
    "Space",
    "Tag",
    "Tagging",
    "Thanks",
    "Topic",
]
