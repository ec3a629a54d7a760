"""Recorded facts of the community. The subject is the topic; its version rises with each."""

from dataclasses import dataclass
from typing import ClassVar

from harken.base.journal import Recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicEvent(Recorded):
    """About one topic; `space_id` lets a reader of the space's list know. It is the event's scope too, so that kept
    pages of the space's rows are dropped: a topic that moves records a SpaceChanged of where it was."""

    subject_kind: ClassVar[str] = "topic"

    space_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicOpened(TopicEvent):
    """Somebody asked, began a discussion or announced something."""

    post_id: int
    kind: str
    member_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PostWritten(TopicEvent):
    """An answer, a comment or an update by the company."""

    post_id: int
    kind: str
    member_id: int
    voice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PostEdited(TopicEvent):
    post_id: int
    member_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PostRemoved(TopicEvent):
    """A post is not shown any more; `state` says what it is now (removed | held), "shown" when it came back."""

    post_id: int
    member_id: int
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerChosen(TopicEvent):
    """An answer solved it; without a post the choice was taken back."""

    post_id: int | None
    member_id: int
    chosen_as: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PostThanked(TopicEvent):
    """A member thanked for a post, or took it back."""

    post_id: int
    member_id: int
    is_thanked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PostChecked(TopicEvent):
    """One of the company's people read an answer and says that it is right, or took that back."""

    post_id: int
    member_id: int
    is_checked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeTold(TopicEvent):
    """A member said whether an answer worked for them; None: took it back."""

    post_id: int
    member_id: int
    worked: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SameQuestionTold(TopicEvent):
    """A member has this question too, or has it no more."""

    member_id: int
    is_same: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicTurned(TopicEvent):
    """A topic was closed, opened again, moved, renamed or tagged anew."""

    member_id: int
    what: str  # closed | opened | moved | renamed | tagged


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionCarried(TopicEvent):
    """A question was put before members, or before the company's people; or somebody began to write. Says nothing of
    who was asked or who said no."""

    what: str  # asked | widened | staff | taken | writing | over


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicTravelled(TopicEvent):
    """Its answer, or what came back from where it was asked, took a step: the topic's page shows it."""

    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IdeaTurned(TopicEvent):
    """Something about an idea: wanted by one more or fewer, owned, joined with another, or how it stands now."""

    what: str  # wanted | owned | merged | told | new | weighed | doing | done | not_done


@dataclass(frozen=True, slots=True, kw_only=True)
class SpaceChanged(Recorded):
    """A space was made or changed."""

    subject_kind: ClassVar[str] = "space"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticesChanged(Recorded):
    """A member has something new to hear of, or has seen it. The subject is the member, who alone is told; the version
    is the moment in milliseconds."""

    subject_kind: ClassVar[str] = "notice"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberChanged(Recorded):
    """A member joined, or what is shown of them changed."""

    subject_kind: ClassVar[str] = "member"

    what: str  # joined | named | standing | left


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditFreezeTurned(Recorded):
    """A group's credit was held back, or somebody looked at it and decided."""

    subject_kind: ClassVar[str] = "credit_freeze"

    what: str  # found | cleared | confirmed | suspected


@dataclass(frozen=True, slots=True, kw_only=True)
class PostHeld(TopicEvent):
    """Something was written that waits for a look; its `TopicOpened` or `PostWritten` comes when it is shown."""

    post_id: int
    member_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseEvent(Recorded):
    """About how the house is kept. It names no reporter, and nothing that is hidden. Its scope is the space of what it is
    about, where there is one: who may not read that hears nothing."""

    subject_kind: ClassVar[str] = "house"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOpened(HouseEvent):
    """Something should be looked at; the subject is the case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFlagged(HouseEvent):
    """It was reported once more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLookedAt(HouseEvent):
    """A moderator has it open now; whoever else opens it is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionMade(HouseEvent):
    """A moderator decided; the subject is the decision."""

    act: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionReversed(HouseEvent):
    """A decision was taken back, by who made it, by another moderator, or after an appeal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealMade(HouseEvent):
    """Somebody disagrees with a decision about theirs; the subject is the appeal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealJudged(HouseEvent):
    """What became of an appeal."""

    is_granted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesAgreed(Recorded):
    """A member agreed to a version of the house rules; the subject is the version."""

    subject_kind: ClassVar[str] = "rules"


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesChanged(HouseEvent):
    """A version of the house rules was drafted, announced, put to a vote, or came into force; the subject is the version."""

    what: str  # drafted | announced | vote_called | vote_counted | in_force
