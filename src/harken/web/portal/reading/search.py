"""What a search finds."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from harken.community.queries.search import LONGEST_QUERY, HitPage, search_topics
from harken.web.access import for_readers
from harken.web.knowing import LONG_KNOWN_FOR
from harken.web.portal.around import around_of
from harken.web.portal.framing import absolute, answer, as_member, reader
from harken.web.portal.hits import hits_html


@for_readers
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Topics in which all the words stand."""
    query = " ".join(request.GET.get("q", "").split())[:LONGEST_QUERY]
    before = request.GET.get("before", "")
    page = search_topics(query, member=as_member(request), before=before) if query else HitPage([], "")
    return answer(
        request,
        "portal/search.html",
        keep=("list", "spaces") if query else ("spaces",),
        place="search",
        news_known_for=LONG_KNOWN_FOR,
        around=around_of(reader(request)),
        title=_("Search: %(query)s") % {"query": query} if query else _("Search"),
        query=query,
        hits=bool(page.hits),
        rows=hits_html(page.hits),
        is_later=bool(before),
        next_page=f"/community/search/?{urlencode({'q': query, 'before': page.before})}"
        if page.before
        else "",
        ask=f"/community/ask/?{urlencode({'title': query})}",
        canonical=absolute("/community/search/"),
    )
