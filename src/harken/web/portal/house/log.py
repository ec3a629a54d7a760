"""The public log: what was done, under which rule, by whom in which role, and whether it was taken back; and its feed."""

from __future__ import annotations

import re

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from harken.community.models import Decision, Rules
from harken.community.queries.house import PAGE, log_figures, log_rows, log_versions
from harken.community.queries.readers import NOBODY
from harken.web.access import for_readers, public
from harken.web.portal.around import around_of
from harken.web.portal.feeds.feeds import NEVER
from harken.web.portal.framing import KEEP, absolute, answer

from .queue import may_moderate_here
from .words import by_whom, logged, reversed_words

IN_FEED = 30
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def _row(together: list[Decision]) -> dict[str, object]:
    """A line: one decision, or all that were decided at once, each with what became of it."""
    one = together[0]
    back = sum(each.undone_at is not None for each in together)
    words = reversed_words(one)
    if len(together) > 1:
        words = _("%(n)s of %(all)s taken back") % {"n": back, "all": len(together)} if back else ""
    return {
        "id": one.pk,
        "at": one.at,
        "what": logged(one, others=len(together) - 1),
        "by": by_whom(one),
        "is_staff": one.by_staff,
        "rule": one.rule,
        "rule_title": one.rule_title,
        "reason": one.reason,
        "reversed": words,
        "parts": [
            {"id": each.pk, "what": logged(each), "reversed": reversed_words(each)}
            for each in together
            if len(together) > 1
        ],
        "changed_at": max([one.at, *(each.undone_at for each in together if each.undone_at)]),
    }


def _version(one: Rules) -> dict[str, object]:
    agreed = one.joined + one.wrote  # type: ignore[attr-defined]  # annotated
    words = ngettext(
        "%(n)s member has agreed to it: %(joined)s by joining, %(wrote)s by writing.",
        "%(n)s members have agreed to it: %(joined)s by joining, %(wrote)s by writing.",
        agreed,
    ) % {"n": agreed, "joined": one.joined, "wrote": one.wrote}  # type: ignore[attr-defined]  # as above
    by_vote = hasattr(one, "vote") and one.vote.is_binding
    return {
        "version": one.number,
        "at": one.in_force_at,
        "what": _("House rules, version %(n)s, in force") % {"n": one.number},
        "by": _("the members, by a vote") if by_vote else _("the moderators"),
        "note": one.note,
        "agreed": words if agreed else "",
    }


def _rows(found: list[list[Decision]], *, before: int, has_older: bool) -> list[dict[str, object]]:
    """A page of decisions with the versions of the rules that came into force between them."""
    until = Decision.objects.filter(pk=before).values_list("at", flat=True).first() if before else None
    versions = log_versions(after=found[-1][0].at if has_older else None, until=until)
    rows = [*map(_row, found), *map(_version, versions)]
    return sorted(rows, key=lambda one: (one["at"], one.get("id", 0)), reverse=True)  # type: ignore[arg-type, return-value]  # moments, then numbers


@for_readers
@require_safe
def log(request: HttpRequest) -> HttpResponse:
    """The newest first, `?before=` an id for older ones."""
    before = request.GET.get("before", "")
    if before and not (before.isdecimal() and len(before) < 18):
        raise Http404
    found = log_rows(before=int(before or 0), limit=PAGE + 1)
    has_older = len(found) > PAGE
    return answer(
        request,
        "portal/house/log.html",
        keep=("house",),
        place="house",
        tab="log",
        rows=_rows(found[:PAGE], before=int(before or 0), has_older=has_older),
        older=found[PAGE - 1][0].first_id or found[PAGE - 1][0].pk if has_older else None,
        is_later=bool(before),
        figures=log_figures(),
        may_moderate=may_moderate_here(request),
        canonical=absolute("/community/log/"),
    )


@public
@require_safe
def log_feed(request: HttpRequest) -> HttpResponse:
    """The log as Atom."""
    company = around_of(NOBODY).company
    rows = log_rows(limit=IN_FEED)
    feed = Atom1Feed(
        title=_NOT_XML.sub("", _("The house’s log at %(company)s") % {"company": company}),
        link=absolute("/community/log/"),
        description="",
        language=get_language(),
        feed_url=absolute("/community/log/feed.atom"),
        feed_guid=absolute("/community/log/"),
    )
    for together in rows:
        one, row = together[0], _row(together)
        rule = _("Rule %(n)s, %(title)s") % {"n": one.rule, "title": one.rule_title}
        words = f"{rule}: {one.reason}"
        if row["reversed"]:
            words = f"{words} — {row['reversed']}"
        feed.add_item(
            title=_NOT_XML.sub("", str(row["what"])),
            link=absolute(f"/community/log/#d{one.pk}"),
            description=_NOT_XML.sub("", words),
            author_name=str(row["by"]),
            unique_id=absolute(f"/community/log/#d{one.pk}"),
            pubdate=one.at,
            updateddate=row["changed_at"],
        )
    if not rows:
        feed.latest_post_date = lambda: NEVER  # type: ignore[method-assign]  # always the same, so that it can be told apart
    body = HttpResponse(feed.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")
    body[KEEP] = "house"
    return body
