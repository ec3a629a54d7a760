"""Who hears of a decision, and in which words."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_noop as _  # shown in the reader's language

from harken.community import judging
from harken.community.judging import Act
from harken.community.models import Case, Decision, Notice, Post


def tell_decision(decision: Decision, case: Case) -> None:
    """The author hears what was decided and where the way back is; who reported hears that it was looked at."""
    act, rule = Act(decision.act), f"{decision.rule}, {decision.rule_title}"
    if act is not Act.KEEP or ("state" in decision.before and decision.before["state"] == Post.State.HELD):
        words = {
            Act.KEEP: _("Somebody looked at what you wrote: it is shown now."),
            Act.ASK_EDIT: _(
                "Thank you for writing. Rule %s, asks for a change; it stands until you make it."
            ),
            Act.HOLD: _("Thank you for writing. Rule %s, asks for a change; it is hidden until you make it."),
            Act.REMOVE: _("What you wrote was removed under rule %s. You can read why, and appeal."),
            Act.CLOSE: _("Your topic was closed under rule %s. What was said in it stays."),
            Act.LOCK: _("Your topic was closed for good under rule %s. What was said in it stays."),
            Act.MOVE: _("Your topic was moved to where it belongs (rule %s)."),
            Act.WARN: _("A moderator has a word for you, about rule %s."),
            Act.SUSPEND: _("You may read but not write for a while, under rule %s. You can appeal."),
            Act.BAN: _("You may read but not write here any more, under rule %s. You can appeal."),
        }[act]
        tell_author(decision, "author", words % rule if "%s" in words else words, at=decision.at)
    upheld = act in judging.UPHOLDS
    words = (
        _("Thank you for reporting: somebody looked, and acted on it.")
        if upheld
        else _("Thank you for reporting: somebody looked, and it stays.")
    )
    for member_id in case.flags.values_list("member_id", flat=True):
        Notice.objects.get_or_create(
            key=f"decision:{decision.pk}:{member_id}",
            defaults={
                "member_id": member_id,
                "kind": Notice.Kind.DECIDED,
                "words": words,
                "address": "/community/log/",
                "at": decision.at,
            },
        )


def tell_author(decision: Decision, what: str, words: str, *, at: datetime) -> None:
    Notice.objects.get_or_create(
        key=f"decision:{decision.pk}:{what}",
        defaults={
            "member_id": decision.about_id,
            "kind": Notice.Kind.DECIDED,
            "words": words[:300],
            "address": f"/community/house/decisions/{decision.pk}/",
            "at": at,
        },
    )
