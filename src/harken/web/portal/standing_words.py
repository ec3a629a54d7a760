"""Where a question stands, in sentences that everybody reads: who was asked (never by name), who has it, by when."""

from __future__ import annotations

from datetime import datetime

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from harken.community.circles import WRITES_FOR, Step
from harken.community.invitation_words import first_name
from harken.community.models import Topic
from harken.community.queries.rows import Row
from harken.community.queries.topic_page import Carried
from harken.web.templatetags.harken import when

from .words import clock_shown

Sentence = str | SafeString


def asked_words(count: int) -> str:
    """How many members were asked; who said no is not told apart."""
    return ngettext("%(n)s member was asked.", "%(n)s members were asked.", count) % {"n": count}


def is_writing(since: datetime | None) -> bool:
    """Whether somebody's "I can help" is still news."""
    return since is not None and now() - since < WRITES_FOR


def waiting_words(topic: Topic, carried: Carried, *, asker_reads: bool = False) -> list[Sentence]:
    """Where a question stands that waits for its first answer. `asker_reads`: it is told to the one who asked."""
    assert topic.due_at is not None
    lines: list[Sentence] = []
    if is_writing(carried.writing_at):
        lines.append(_("%(name)s is writing.") % {"name": first_name(carried.writing)})
    if carried.is_answer_gone:
        lines.append(_("Its only answer was taken away, so it waits again."))
    late = clock_shown(topic.created_at, topic.due_at).level == "late"
    by = when(topic.due_at)
    name = first_name(carried.agent)
    if late and name:
        yours = _("It is taking longer than we said. {name} from the company has your question now.")
        theirs = _("It is taking longer than we said. {name} from the company has the question now.")
        lines.append(format_html(yours if asker_reads else theirs, name=name))
        return lines
    if late:
        lines.append(
            _("It is taking longer than we said. Our people see it first in their list until it is answered.")
        )
        return lines
    if carried.invited:
        lines.append(asked_words(carried.invited))
    if carried.handed_at is not None:
        lines.append(_("A member handed it to the company’s people."))
    if name:
        lines.append(format_html(_("{name} from the company has it and answers by {by}."), name=name, by=by))
    elif carried.step >= Step.STAFF:
        lines.append(
            format_html(_("It is with the company’s people now: one of them answers by {by}."), by=by)
        )
    elif carried.invited:
        lines.append(format_html(_("If nobody can, one of our people answers by {by}."), by=by))
    else:
        lines.append(
            format_html(
                _("Nobody has answered yet. If no customer can, one of our people does, by {by}."), by=by
            )
        )
    return lines


def row_words(row: Row) -> str:
    """The same in a few words, for a list."""
    if row.due_at is None:
        return ""
    if is_writing(row.writing_at):
        return _("%(name)s is writing") % {"name": first_name(row.writing_name or "")}
    if row.agent_name:
        return _("%(name)s from the company has it") % {"name": first_name(row.agent_name)}
    if row.invited:
        return ngettext("%(n)s member was asked", "%(n)s members were asked", row.invited) % {
            "n": row.invited
        }
    return ""
