"""How the house's things are called on its pages: acts, reasons, who decided, what was decided about."""

from __future__ import annotations

import json
from dataclasses import dataclass

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext, pgettext_lazy

from harken.base.joints import joined
from harken.community.judging import Act
from harken.community.models import Decision
from harken.community.queries.house import Item

Words = str | Promise


@dataclass(frozen=True, slots=True)
class ActLook:
    """A decision as a button: its key, icon and name, what the log calls it, and the reason it begins with."""

    act: Act
    key: str
    icon: str
    label: Words
    logged: Words
    template: Words  # %(rule)s is the rule by its name

    @property
    def value(self) -> str:
        return self.act.value


ACTS = {
    look.act: look
    for look in (
        ActLook(Act.ASK_EDIT, "e", "pencil", lazy("Ask to edit"), lazy("Asked to edit"),
                lazy("The rest is good and stays. Please take out what goes against “%(rule)s”.")),
        ActLook(Act.KEEP, "a", "check", lazy("Keep"), lazy("Kept"),
                lazy("It does not go against “%(rule)s”.")),
        ActLook(Act.HOLD, "h", "pause", lazy("Hide"), lazy("Hid"),
                lazy("Hidden for “%(rule)s” until it is changed; then somebody looks again.")),
        ActLook(Act.REMOVE, "d", "trash-2", lazy("Remove"), lazy("Removed"),
                lazy("It goes against “%(rule)s” as a whole.")),
        ActLook(Act.CLOSE, "c", "lock", lazy("Close the topic"), pgettext_lazy("it was decided", "Closed"),
                lazy("Nothing new comes up here; see “%(rule)s”. What was said stays.")),
        ActLook(Act.LOCK, "l", "lock", lazy("Close it for good"), lazy("Closed for good"),
                lazy("It went round in circles; see “%(rule)s”. What was said stays.")),
        ActLook(Act.MOVE, "m", "replace", lazy("Move the topic"), lazy("Moved"),
                lazy("It belongs there: “%(rule)s”.")),
        ActLook(Act.WARN, "w", "circle-alert", lazy("Warn"), lazy("Warned the author of"),
                lazy("Please mind “%(rule)s” from now on.")),
        ActLook(Act.SUSPEND, "u", "hourglass", lazy("Suspend"), lazy("Suspended the author of"),
                lazy("Several times against “%(rule)s”.")),
        ActLook(Act.BAN, "b", "user-round-x", lazy("Ban"), lazy("Banned the author of"),
                lazy("Here only to go against “%(rule)s”.")),
    )
}  # fmt: skip
FIRST = (Act.ASK_EDIT, Act.KEEP, Act.HOLD, Act.REMOVE)
ON_POSTS = (Act.CLOSE, Act.LOCK, Act.MOVE)
ON_MEMBERS = (Act.WARN, Act.SUSPEND, Act.BAN)

REASONS = {
    "links": lazy("links"),
    "only_a_link": lazy("hardly more than a link"),
    "asks_to_click": lazy("asks to click or follow"),
    "their_own": lazy("something of their own"),
    "money": lazy("promises money or prizes"),
    "talk_elsewhere": lazy("wants to talk elsewhere"),
    "begs": lazy("asks for likes or gifts"),
    "shouting": lazy("written in capitals"),
    "repeats_itself": lazy("repeats itself"),
    "much_said": lazy("says a lot besides"),
    "link_in_first_posts": lazy("a link in a first post"),
    "file_in_first_posts": lazy("a file in a first post"),
    "first_post": lazy("a first post"),
    "burst": lazy("many posts within minutes"),
    "same_as_others": lazy("the same as other new accounts"),
    "again_and_again": lazy("the same text again and again"),
    "too_fast": lazy("sent faster than anybody types"),
    "trapped": lazy("a field was filled in that people don’t see"),
    "removed_before": lazy("something of theirs was removed before"),
    "posts_that_stayed": lazy("earlier posts stayed"),
    "from_outside": lazy("came from outside"),
    "first": lazy("the first thing they say here, from outside"),
    "machine": lazy("the account says that a program writes"),
    "removed": lazy("something of theirs was removed before"),
    "unproven": lazy("the mail’s sender is not known for sure"),
    "reported": lazy("hidden by reports until somebody looks"),
}
KINDS = {
    "opening": lazy("a topic"),
    "answer": lazy("an answer"),
    "comment": lazy("a comment"),
    "update": lazy("an update"),
    "profile": lazy("a profile"),
}


def templates_of(rules: list[tuple[int, str]]) -> str:
    """The reasons that acts begin with, for the page's script, as JSON: {act: {rule number: words}}."""
    return json.dumps(
        {
            look.value: {str(number): str(look.template) % {"rule": title} for number, title in rules}
            for look in ACTS.values()
        },
        ensure_ascii=False,
    )


def title_of(item: Item, rules: dict[int, str]) -> str:
    """What an item of the queue is called."""
    if item.appeal is not None:
        return _("An appeal")
    codes = {code for code, _points in item.case.reasons}
    if item.flags:
        title = rules.get(item.rule)
        return title or _("Reported")
    if item.from_servers:
        return _("Reported by another server")
    if "same_as_others" in codes or "again_and_again" in codes:
        return _("The same text several times")
    if "from_outside" in codes:
        return _("From outside")
    if codes & {"asks_to_click", "their_own", "money", "talk_elsewhere", "begs"}:
        return _("Reads like an advertisement")
    return _("A first post")


def line_of(item: Item) -> str:
    """The second line: how many reported it, or why it waits."""
    if item.appeal is not None:
        return _("against “%(act)s”") % {"act": ACTS[Act(item.appeal.decision.act)].label}
    if item.flags:
        count = len(item.flags)
        parts = [
            ngettext("%(n)s report", "%(n)s reports", count) % {"n": count},
            _("rule %(n)s") % {"n": item.rule},
        ]
        return " · ".join([*parts, _("hidden")] if item.is_held else parts)
    if item.from_servers:
        return joined(sorted(report.server for report in item.from_servers)[:3])
    reasons = sorted(item.case.reasons, key=lambda one: -one[1])[:2]
    return " · ".join(str(REASONS.get(code, code)) for code, _points in reasons)


def logged(decision: Decision, *, others: int = 0) -> str:
    """What the public log says was done, to this and so many others at once: without who it was about."""
    what = str(KINDS.get(decision.kind, decision.kind))
    if decision.on_company:
        what = _("%(what)s by the company") % {"what": what}
    act = Act(decision.act)
    if act in (Act.CLOSE, Act.LOCK, Act.MOVE):
        what = _("a topic")
    words = f"{ACTS[act].logged} {what}"
    if others:
        words = ngettext("%(words)s, and %(n)s alike", "%(words)s, and %(n)s alike", others) % {
            "words": words,
            "n": others,
        }
    if decision.until:
        days = max(1, (decision.until - decision.at).days)
        words += " · " + ngettext("%(n)s day", "%(n)s days", days) % {"n": days}
    return words


def by_whom(decision: Decision) -> str:
    """Who decided, by their role: the log shows members' work, not their names."""
    return _("one of the company’s people") if decision.by_staff else _("a member moderator")


def reversed_words(decision: Decision) -> str:
    """Whether and how it was taken back; "" where it stands."""
    if decision.undone_at is None:
        return ""
    appeal = getattr(decision, "appeal", None)
    if appeal is not None and appeal.is_granted:
        return _("put right after an appeal: %(why)s") % {"why": _own_way(decision.undone_why)}
    if not decision.undone_why:
        return _("a slip, undone at once")
    return _("taken back: %(why)s") % {"why": _own_way(decision.undone_why)}


def _own_way(words: str) -> str:
    """Somebody's words within a line that runs from right to left: in their own direction, with their own end."""
    return f"\u2068{words}\u2069" if translation.get_language_bidi() else words
