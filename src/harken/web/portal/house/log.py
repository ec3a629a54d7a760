"""The public log: what was done, under which rule, by whom in which role, and whether it was taken back; and its feed."""

from __future__ import annotations

import re

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from harken.community.models import Decision
from harken.community.queries.house import PAGE, log_figures, log_rows
from harken.community.queries.readers import NOBODY
from harken.web.access import for_readers, public
from harken.web.portal.around import around_of
from harken.web.portal.feeds.feeds import NEVER
from harken.web.portal.framing import KEEP, absolute, answer

from .queue import may_moderate_here
from .words import by_whom, logged, reversed_words

IN_FEED = 30
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def _row(one: Decision) -> dict[str, object]:
    return {
        "id": one.pk,
        "at": one.at,
        "what": logged(one),
        "by": by_whom(one),
        "is_staff": one.by_staff,
        "rule": one.rule,
        "rule_title": one.rule_title,
        "reason": one.reason,
        "reversed": reversed_words(one),
    }


@for_readers
@require_safe
def log(request: HttpRequest) -> HttpResponse:
    """The newest first, `?before=` an id for older ones."""
    before = request.GET.get("before", "")
    if before and not (before.isdecimal() and len(before) < 18):
        raise Http404
    rows = log_rows(before=int(before or 0), limit=PAGE + 1)
    return answer(
        request,
        "portal/house/log.html",
        keep=("house",),
        place="house",
        tab="log",
        rows=[_row(one) for one in rows[:PAGE]],
        older=rows[PAGE - 1].pk if len(rows) > PAGE else None,
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
    for one in rows:
        row = _row(one)
        words = f"{_('Rule %(n)s, %(title)s') % {'n': one.rule, 'title': one.rule_title}}: {one.reason}"
        if row["reversed"]:
            words = f"{words} — {row['reversed']}"
        feed.add_item(
            title=_NOT_XML.sub("", str(row["what"])),
            link=absolute(f"/community/log/#d{one.pk}"),
            description=_NOT_XML.sub("", words),
            author_name=str(row["by"]),
            unique_id=absolute(f"/community/log/#d{one.pk}"),
            pubdate=one.at,
            updateddate=one.undone_at or one.at,
        )
    if not rows:
        feed.latest_post_date = lambda: NEVER  # type: ignore[method-assign]  # always the same, so that it can be told apart
    body = HttpResponse(feed.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")
    body[KEEP] = "house"
    return body
