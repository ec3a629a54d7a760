"""Rows of the community's questions on the desk: the same rings and waits as conversations have."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from harken.community.invitation_words import handed_words
from harken.community.queries.waiting import Waiting
from harken.team.models import Agent
from harken.web import folding
from harken.web.portal.looks import initials_of, place_of


def question_rows(found: Sequence[Waiting], agent: Agent) -> SafeString:
    """The rows in their order; who of us has each, or how many members were asked."""
    return mark_safe("".join(_row(one, agent) for one in found))  # noqa: S308 - our own template's output


def _row(one: Waiting, agent: Agent) -> str:
    values = {
        "one": one,
        "place": place_of(one.asked_on),
        "initials": initials_of(one.agent) if one.agent else "",
        "is_mine": one.agent_id == agent.pk,
        "stands": _stands(one),
        "handed": handed_words(one.handed_by.strip("?"), one.handed_why) if one.handed_by else "",
    }
    return folding.fragment("desk/_question_row.html", values).strip()


def _stands(one: Waiting) -> str:
    if one.is_ours or one.agent:
        return "" if one.agent else _("ours to answer")
    if one.invited:
        return ngettext("%(n)s member asked", "%(n)s members asked", one.invited) % {"n": one.invited}
    return _("with the community")
