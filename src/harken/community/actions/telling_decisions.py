"""Who hears of a decision: its author and who reported it, each in their own language."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_noop

from harken.community import judging, notice_words
from harken.community.judging import Act
from harken.community.models import Case, Decision, Notice, Post

TO_AUTHOR = {
    Act.KEEP: gettext_noop("Somebody looked at what you wrote: it is shown now."),
    Act.ASK_EDIT: gettext_noop(
        "Thank you for writing. Rule %s, asks for a change; it stands until you make it."
    ),
    Act.HOLD: gettext_noop(
        "Thank you for writing. Rule %s, asks for a change; it is hidden until you make it."
    ),
    Act.REMOVE: gettext_noop("What you wrote was removed under rule %s. You can read why, and appeal."),
    Act.CLOSE: gettext_noop("Your topic was closed under rule %s. What was said in it stays."),
    Act.LOCK: gettext_noop("Your topic was closed for good under rule %s. What was said in it stays."),
    Act.MOVE: gettext_noop("Your topic was moved to where it belongs (rule %s)."),
    Act.WARN: gettext_noop("A moderator has a word for you, about rule %s."),
    Act.SUSPEND: gettext_noop("You may read but not write for a while, under rule %s. You can appeal."),
    Act.BAN: gettext_noop("You may read but not write here any more, under rule %s. You can appeal."),
}
TAKEN_BACK = gettext_noop("It was taken back: %s")
ACTED = gettext_noop("Thank you for reporting: somebody looked, and acted on it.")
IT_STAYS = gettext_noop("Thank you for reporting: somebody looked, and it stays.")
PUT_RIGHT = gettext_noop("Your appeal was heard: it was put right.")
STANDS = gettext_noop("Somebody else looked again, and the decision stands. This ends it.")


def tell_decision(decision: Decision, case: Case) -> None:
    """The author hears what was decided and where the way back is; who reported hears that it was looked at. Told
    once each, whenever it is called again."""
    act = Act(decision.act)
    rule = notice_words.parts(str(decision.rule), decision.rule_title)
    if act is not Act.KEEP or ("state" in decision.before and decision.before["state"] == Post.State.HELD):
        tell_author(decision, "author", TO_AUTHOR[act], rule, at=decision.at)
    is_upheld = act in judging.UPHOLDS
    for flag in case.flags.select_related("member__user"):
        said = notice_words.said(ACTED if is_upheld else IT_STAYS)
        Notice.objects.get_or_create(
            key=f"decision:{decision.pk}:{flag.member_id}",
            defaults={
                "member_id": flag.member_id,
                "kind": Notice.Kind.DECIDED,
                "said": said,
                "words": notice_words.words_for(flag.member, said),
                "address": "/community/log/",
                "at": decision.at,
            },
        )


def tell_author(
    decision: Decision, what: str, words: str, filled: str | notice_words.Said = "", *, at: datetime
) -> None:
    """A notice to whom it is about, in their language, once for each `what`: `words` are marked for translation, and
    `filled` stands where they have a %s."""
    said = notice_words.said(words, filled) if "%s" in words else notice_words.said(words)
    Notice.objects.get_or_create(
        key=f"decision:{decision.pk}:{what}",
        defaults={
            "member_id": decision.about_id,
            "kind": Notice.Kind.DECIDED,
            "said": said,
            "words": notice_words.words_for(decision.about, said),
            "address": f"/community/house/decisions/{decision.pk}/",
            "at": at,
        },
    )
