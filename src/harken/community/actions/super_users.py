"""Super users: invited by a person of the company, in words of their own; named only once the member has said yes."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.timezone import now
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _  # told in the member's language, in `_tell`

from harken.base import journal
from harken.community import notice_words
from harken.community.events import MemberChanged
from harken.community.models import Member, Notice, SuperUserCall
from harken.community.permissions import is_staff, may_write

from .changing import NotAllowed, NotUnderstood, Overtaken
from .earning import HERE

LONGEST_WORDS = 500


def invite_super_user(member: Member, *, by: Member, words: str, at: datetime | None = None) -> SuperUserCall:
    """Ask a member to be a super user, in words that a person wrote. They say yes or no on their own page."""
    at, said = at or now(), words.strip()
    if not is_staff(by):
        raise NotAllowed(gettext("Super users are invited by the company's people."))
    if is_staff(member) or not may_write(member):
        raise NotAllowed(gettext("Only a customer with a sign-in here can be a super user."))
    if not said or len(said) > LONGEST_WORDS:
        raise NotUnderstood(
            "words",
            gettext("Write to them in 1 to %(most)s characters: it is you who asks.")
            % {"most": LONGEST_WORDS},
        )
    with transaction.atomic():
        if member.is_super_user:
            raise Overtaken(gettext("They are a super user already."))
        try:
            with transaction.atomic():
                call = SuperUserCall.objects.create(member=member, by=by, words=said, at=at)
        except IntegrityError:
            raise Overtaken(gettext("They have been asked already.")) from None
        _tell(member, _("%(name)s asks you to be a super user here. Yes or no, both are fine."), {"name": by.name},
              key=f"call:{call.pk}", at=at, actor=by)  # fmt: skip
    return call


def answer_call(call: SuperUserCall, *, by: Member, is_yes: bool, at: datetime | None = None) -> None:
    """The member's own yes or no. Only a yes changes their label, from then on."""
    at = at or now()
    state = SuperUserCall.State.ACCEPTED if is_yes else SuperUserCall.State.DECLINED
    with transaction.atomic():
        turned = SuperUserCall.objects.filter(
            pk=call.pk, member=by, state=SuperUserCall.State.INVITED
        ).update(state=state, answered_at=at)
        if not turned:
            raise Overtaken(gettext("There is no question open to you any more."))
        if is_yes:
            _label(by, is_super_user=True, at=at)


def withdraw_call(call: SuperUserCall, *, by: Member, at: datetime | None = None) -> None:
    """Take an invitation back that nobody has answered: the undo of inviting."""
    if not is_staff(by):
        raise NotAllowed(gettext("Super users are invited by the company's people."))
    turned = SuperUserCall.objects.filter(pk=call.pk, state=SuperUserCall.State.INVITED).update(
        state=SuperUserCall.State.WITHDRAWN, ended_at=at or now()
    )
    if not turned:
        raise Overtaken(gettext("They have answered already."))
    Notice.objects.filter(key=f"call:{call.pk}").delete()


def step_down(member: Member, *, at: datetime | None = None) -> None:
    """A super user is none any more, by their own wish."""
    at = at or now()
    if not member.is_super_user:
        raise Overtaken(gettext("You are no super user."))
    with transaction.atomic():
        SuperUserCall.objects.filter(member=member, state=SuperUserCall.State.ACCEPTED).update(
            state=SuperUserCall.State.ENDED, ended_at=at, ended_why="stepped_down"
        )
        _label(member, is_super_user=False, at=at)


def thank_member(member: Member, *, by: Member, words: str, at: datetime | None = None) -> None:
    """A word of thanks by one of the company's people; it stands among their notices."""
    at, said = at or now(), " ".join(words.split())
    if not is_staff(by):
        raise NotAllowed(gettext("This is for the company's people to say."))
    if not said or len(said) > 200:
        raise NotUnderstood("words", gettext("Say it in 1 to 200 characters."))
    Notice.objects.create(
        member=member,
        kind=Notice.Kind.THANKED,
        actor=by,
        words=f"{by.name}: {said}"[:300],
        address=HERE,
        at=at,
    )


def end_unmet(call: SuperUserCall, *, at: datetime) -> None:
    """The month after it was told is over (caller's transaction)."""
    SuperUserCall.objects.filter(pk=call.pk).update(
        state=SuperUserCall.State.ENDED, ended_at=at, ended_why="unmet", leaves_at=None
    )
    _label(call.member, is_super_user=False, at=at)
    tell_super(call.member, "gone", at=at)


def tell_super(member: Member, what: str, *, day: str = "", at: datetime) -> None:
    """Tell a super user, plainly, that it will end, ends, or stays."""
    words = {
        "leaving": _("Until %(day)s you are a super user. After that others carry more; help that closes a question keeps it."),
        "stays": _("You stay a super user."),
        "gone": _("You are no super user any more: others carry more now. Thank you for what you gave."),
    }[what]  # fmt: skip
    _tell(member, words, {"day": day}, key=f"super:{member.pk}:{what}:{at:%Y%m%d}", at=at)


def _label(member: Member, *, is_super_user: bool, at: datetime) -> None:
    Member.objects.filter(pk=member.pk).update(is_super_user=is_super_user)
    member.is_super_user = is_super_user
    journal.record(MemberChanged(subject_id=member.pk, actor_id=member.user_id, what="standing", at=at))


def _tell(
    member: Member, words: str, values: dict[str, str], *, key: str, at: datetime, actor: Member | None = None
) -> None:
    if member.user is None:
        return
    said = notice_words.said(words, **values)
    Notice.objects.get_or_create(
        key=key,
        defaults={
            "member": member, "kind": Notice.Kind.STANDING, "actor": actor, "said": said,
            "words": notice_words.words_for(member, said), "address": HERE, "at": at,
        },
    )  # fmt: skip
