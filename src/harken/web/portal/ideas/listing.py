"""All ideas by how many people want them, what became of them, and who owes a word."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.feedgenerator import Atom1Feed
from django.utils.timezone import now
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from harken.community.queries.ideas import count_tabs, list_ideas, owing, settled_lately, wanted_by
from harken.community.queries.readers import NOBODY
from harken.community.weighing import Status
from harken.web.access import for_readers, public
from harken.web.portal.around import around_of
from harken.web.portal.feeds.feeds import NEVER, clean
from harken.web.portal.framing import KEEP, absolute, answer, as_member, reader

from .shown import shown

LIST = "/community/ideas/"
TABS = {
    "people": gettext_lazy("Most people"),
    "new": gettext_lazy("New"),
    "doing": gettext_lazy("Being done"),
    "done": gettext_lazy("Done"),
    "not-done": gettext_lazy("Not done, and why"),
}
IN_FEED = 30


@for_readers
@require_safe
def ideas(request: HttpRequest) -> HttpResponse:
    """Ideas under one of the tabs (`?tab=`), wanted by most first; `?after=` goes on."""
    who = reader(request)
    member = as_member(request)
    tab, after = request.GET.get("tab", "people"), request.GET.get("after", "")
    try:
        page = list_ideas(member, tab=tab, after=after)
    except ValueError:
        raise Http404 from None
    counts, today = count_tabs(member), now().date()
    wanted = wanted_by(getattr(request, "member", None), page.rows)
    asked = {"tab": tab} if tab != "people" else {}
    here = f"{LIST}?{urlencode(asked)}" if asked else LIST
    return answer(
        request,
        "portal/ideas.html",
        keep=("list", "spaces"),
        place="ideas",
        around=around_of(who),
        rows=[shown(one, is_wanted=one.pk in wanted, today=today) for one in page.rows],
        tabs=[
            {
                "label": label,
                "count": counts[name],
                "address": LIST if name == "people" else f"{LIST}?tab={name}",
                "is_here": name == tab,
            }
            for name, label in TABS.items()
        ],
        next_page=f"{LIST}?{urlencode({**asked, 'after': page.after})}" if page.after else "",
        is_later=bool(after),
        first_page=here,
        owing=[{"name": n, "owned": owned, "late": late} for n, owned, late in owing(member, today)],
        settled=[] if after else settled_lately(member),
        canonical=absolute(here),
        hidden=bool(after),
        total=counts["people"],
    )


@public
@require_safe
def feed(request: HttpRequest) -> HttpResponse:
    """“You said, we did” as Atom: what became of ideas that everybody may read, newest first."""
    company = around_of(NOBODY).company
    rows = settled_lately(None, limit=IN_FEED)
    atom = Atom1Feed(
        title=clean(_("You said, we did, at %(company)s") % {"company": company}),
        link=absolute(LIST),
        description="",
        language=get_language(),
        feed_url=absolute(f"{LIST}feed.atom"),
        feed_guid=absolute(f"{LIST}feed.atom"),
        author_name=clean(company),  # whoever speaks last on an idea does so for the company
    )
    for one in rows:
        words = _("You said: %(said)s We did: %(did)s") if one.status == Status.DONE else _(
            "You said: %(said)s We won’t, because: %(did)s"
        )  # fmt: skip
        told: dict[str, Any] = {"said": one.said, "did": one.did}
        atom.add_item(
            title=clean(one.topic.title),
            link=absolute(f"/community/t/{one.topic_id}/{one.topic.slug}/"),
            description=clean(words % told),
            unique_id=absolute(f"{LIST}{one.pk}/{one.status}/"),
            pubdate=one.settled_at,
            updateddate=one.word_at or one.settled_at,
        )
    if not rows:
        atom.latest_post_date = lambda: NEVER  # type: ignore[method-assign]
    given = HttpResponse(atom.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")
    given[KEEP] = "list spaces"
    return given
