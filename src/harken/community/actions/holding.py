"""What is written is looked over before it is shown: some of it waits for a person's look, and then is shown or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models.functions import Substr

from harken.base import journal
from harken.brain.normalise import near_duplicate_hash
from harken.brain.spam import read_spam
from harken.community import judging, policy, screening
from harken.community.events import CaseOpened, PostHeld, PostRemoved, PostWritten, TopicOpened
from harken.community.judging import LOOK_WITHIN
from harken.community.models import Case, Decision, House, Member, Post, Topic
from harken.community.permissions import is_staff, powers_of
from harken.community.screening import Author, Screened, Strictness

from .changing import TooMuch, touch
from .notifying import notify_post

A_DAY = timedelta(days=1)
READ = 130  # of an author's newest posts; more than anybody may write in an hour
COMPARED_CHARACTERS = 2000


@dataclass(frozen=True, slots=True)
class Written:
    """How something was written: `seconds` its form was open, `is_trapped`: a field was filled in that people do not
    see, `is_outside`: it came by mail or from another server."""

    seconds: float | None = None
    is_trapped: bool = False
    is_outside: bool = False


HERE = Written()


def strictness() -> Strictness:
    """How strict the house is with first posts."""
    kept = House.objects.values_list("strictness", flat=True).first()
    return Strictness(kept) if kept else Strictness.NORMAL


def look_over(by: Member, text: str, *, how: Written = HERE, at: datetime) -> Screened:
    """Whether what this member wrote is shown at once; raises TooMuch over the limits of their standing."""
    if is_staff(by) or (strict := strictness()) is Strictness.OFF:
        return screening.CLEAN
    rows = list(
        Post.objects.filter(author=by, created_at__lte=at)
        .order_by("-created_at")
        .values_list("state", "created_at", Substr("text", 1, COMPARED_CHARACTERS))[:READ]
    )
    author = Author(
        days=(at - by.joined_at).total_seconds() / 86_400,
        shown=sum(state == Post.State.SHOWN for state, _at, _text in rows),
        removed=_removed(by),
        is_trusted=by.is_super_user or policy.Power.MODERATE in powers_of(by),
        is_outside=how.is_outside,
    )
    _check_limits(rows, author, text, at)
    today = [text for _state, when, text in rows if when > at - A_DAY][:20]
    return screening.screen(
        text,
        author=author,
        strictness=strict,
        lately=sum(when > at - screening.BURST for _state, when, _text in rows),
        own=[near_duplicate_hash(text) for text in today],
        others=_of_other_new(by, at) if author.is_new and not author.is_known else (),
        seconds=how.seconds,
        is_trapped=how.is_trapped,
    )


def _check_limits(rows: Sequence[tuple[str, datetime, str]], author: Author, text: str, at: datetime) -> None:
    most = screening.most_an_hour(author)
    within = [when for _state, when, _text in rows if when > at - screening.AN_HOUR]
    if len(within) >= most:
        minutes = max(1, round((within[most - 1] + screening.AN_HOUR - at).total_seconds() / 60))
        raise TooMuch(
            f"You wrote {len(within)} times in the last hour, and that is the most for now. Go on in {minutes} min; "
            "your text is kept."
        )
    links, allowed = read_spam(text).links, screening.most_links(author)
    if links > allowed:
        raise TooMuch(f"This has {links} links; {allowed} is the most until more of your posts have stayed.")


def _removed(by: Member) -> int:
    return Decision.objects.filter(
        about=by, undone_at=None, act__in=["remove", "hold", "suspend", "ban"]
    ).count()


def _of_other_new(by: Member, at: datetime) -> list[int]:
    """Hashes of what other new accounts said in the last day, of the newest posts anywhere."""
    newest = (
        Post.objects.filter(created_at__lte=at)
        .order_by("-pk")
        .values_list("author_id", "created_at", "author__joined_at", Substr("text", 1, COMPARED_CHARACTERS))[
            : screening.MOST_COMPARED
        ]
    )
    return [
        near_duplicate_hash(text)
        for author_id, when, joined, text in newest
        if author_id != by.pk and when > at - A_DAY and joined > when - screening.NEW_FOR
    ]


def hold_new(topic: Topic, post: Post, *, found: Screened, by: Member, at: datetime) -> None:
    """What was just kept as held waits for its look; nobody hears of it before (caller's transaction)."""
    open_case(post, reasons=found.reasons, is_fresh=True, at=at)
    touch(topic, PostHeld, by=by, at=at, post_id=post.pk, member_id=by.pk)


def open_case(
    post: Post, *, reasons: Sequence[screening.Reason] = (), is_fresh: bool = False, at: datetime
) -> Case:
    """The open case of this post; made where none is (caller's transaction)."""
    kind = "held" if post.state == Post.State.HELD else "flagged"
    text = f"{post.topic.title}\n{post.text}" if post.kind == Post.Kind.OPENING else post.text
    urgent = judging.urgency(text, is_shown=post.state == Post.State.SHOWN)
    due_at = at + LOOK_WITHIN[kind]
    case, is_new = Case.objects.get_or_create(
        post=post,
        decided_at=None,
        defaults={
            "about_id": post.author_id,
            "reasons": [[reason.code, reason.points] for reason in reasons],
            "mark": near_duplicate_hash(post.text[:COMPARED_CHARACTERS]),
            "is_fresh": is_fresh,
            "opened_at": at,
            "due_at": due_at,
            "urgent": urgent,
            "tell_at": judging.tell_at(urgent=urgent, opened_at=at, due_at=due_at),
            "is_demo": post.is_demo,
        },
    )
    if is_new:
        journal.record(CaseOpened(subject_id=case.pk, scope_id=post.topic.space_id, at=at))
    elif reasons and not case.reasons:  # reported before; now it waits unseen, too
        case.reasons = [[reason.code, reason.points] for reason in reasons]
        case.save(update_fields=["reasons"])
    return case


def tell_shown(topic: Topic, post: Post, *, is_fresh: bool, by: Member | None, at: datetime) -> None:
    """Record what a post that waited is, now that it is shown: new to everybody, or there again (caller's transaction,
    the post turned already)."""
    if not is_fresh:
        touch(topic, PostRemoved, by=by, at=at, post_id=post.pk, member_id=post.author_id, state="shown")
        return
    if post.kind == Post.Kind.OPENING:
        touch(topic, TopicOpened, by=by, at=at, post_id=post.pk, kind=topic.kind, member_id=post.author_id)
    else:
        touch(
            topic,
            PostWritten,
            by=by,
            at=at,
            post_id=post.pk,
            kind=post.kind,
            member_id=post.author_id,
            voice=post.voice,
        )
    notify_post(post, topic=topic)
