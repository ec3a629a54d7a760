"""Lists of topics: all questions, a space, a tag."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from harken.community.models import Space, Topic
from harken.community.queries.following import follows_space, follows_tag
from harken.community.queries.people import lounge_people
from harken.community.queries.rows import FILTERS, list_page
from harken.web.access import for_readers
from harken.web.portal.around import around_of
from harken.web.portal.fediverse.answering import lead_on
from harken.web.portal.framing import absolute, answer, reader
from harken.web.portal.rows import rows_html
from harken.web.portal.words import promised_words

TABS = {
    "latest": gettext_lazy("Latest"),
    "waiting": gettext_lazy("Waiting"),
    "unanswered": gettext_lazy("Unanswered"),
    "solved": gettext_lazy("Solved"),
}
KINDS = frozenset(Topic.Kind.values)


@for_readers
@require_safe
def questions(request: HttpRequest) -> HttpResponse:
    """All topics, or those that a figure counts."""
    return _list(request, "/community/questions/", title=_("Questions"))


@for_readers
@require_safe
def space(request: HttpRequest, space_slug: str) -> HttpResponse:
    """One space. Its address is the same for all; who may not read it is told that there is no such page."""
    found = next((one for one in around_of(reader(request)).spaces if one.slug == space_slug), None)
    if found is None:
        raise Http404
    if (elsewhere := lead_on(request, f"/ap/spaces/{found.pk}")) is not None:
        return elsewhere
    return _list(
        request,
        f"/community/s/{quote(space_slug)}/",
        title=found.name,
        lead=found.intro,
        space=found,
        crumb=found.name,
    )


@for_readers
@require_safe
def tag(request: HttpRequest, tag_name: str) -> HttpResponse:
    """What stands under a tag; one that nobody uses is not there."""
    return _list(
        request,
        f"/community/tags/{quote(tag_name)}/",
        title=_("About “%(tag)s”") % {"tag": tag_name},
        crumb=tag_name,
        tag=tag_name,
        has_tabs=False,
    )


def _list(
    request: HttpRequest,
    address: str,
    *,
    title: str,
    lead: str = "",
    crumb: str = "",
    space: Space | None = None,
    tag: str = "",
    has_tabs: bool = True,
) -> HttpResponse:
    who = reader(request)
    around = around_of(who)
    show, kind = request.GET.get("show", "latest"), request.GET.get("kind", "")
    after = request.GET.get("after", "")
    if show not in FILTERS or (kind and kind not in KINDS):
        raise Http404
    try:
        page = list_page(who, named=show, kind=kind, space_id=space.pk if space else 0, tag=tag, after=after)
    except ValueError:
        raise Http404 from None
    if tag and not page.rows and not after:
        raise Http404
    asked = {key: value for key, value in (("show", show), ("kind", kind)) if value not in ("", "latest")}
    here = f"{address}?{urlencode(asked)}" if asked else address
    is_of_figures = FILTERS[show].of_last_days
    values: dict[str, Any] = {
        "title": title,
        "lead": lead,
        "crumb": crumb,
        "space": space,
        "rows": rows_html(page.rows, may_help=show == "waiting"),
        "tabs": _tabs(address, show, kind) if has_tabs and not is_of_figures else [],
        "counted": _counted(who, show, len(page.rows), bool(page.after)) if is_of_figures else "",
        "next_page": f"{address}?{urlencode({**asked, 'after': page.after})}" if page.after else "",
        "first_page": here,
        "is_later": bool(after),
        "canonical": absolute(here),
        "hidden": bool(after) or is_of_figures,
        "fediverse": around.handle_of(space.pk) if space is not None else "",
        "ask_here": space is not None and space.is_open,
        "may_ask": space is None or space.is_open,
        "people_here": lounge_people()
        if space is not None and space.audience == Space.Audience.LOUNGE
        else [],
        **_following(request, address, space, tag),
        **_empty(show, space, promised_words(around.promised)),
    }
    return answer(
        request,
        "portal/list.html",
        keep=(f"space:{space.pk}" if space else "list", "spaces"),
        place="questions",
        around=around,
        **values,
    )


def _following(request: HttpRequest, address: str, space: Space | None, tag: str) -> dict[str, Any]:
    """The button with which who is signed in hears of what is new here, and whether they do."""
    member, agent = getattr(request, "member", None), getattr(request, "agent", None)
    if (space is None and not tag) or (member is None and agent is None):
        return {}
    if member is None:
        return {"follow_at": f"{address}follow/", "follows": False}
    is_on, has_news = follows_space(member, space.pk) if space else follows_tag(member, tag)
    return {"follow_at": f"{address}follow/", "follows": is_on, "has_news": has_news}


def _tabs(address: str, show: str, kind: str) -> list[dict[str, Any]]:
    out = []
    for name, label in TABS.items():
        asked = {key: value for key, value in (("show", name), ("kind", kind)) if value not in ("", "latest")}
        out.append(
            {
                "label": label,
                "address": f"{address}?{urlencode(asked)}" if asked else address,
                "is_here": name == show,
            }
        )
    return out


def _counted(who: object, show: str, shown: int, has_more: bool) -> str:
    """What a list that a figure opens counts, in words."""
    what = {
        "hour": _("Questions of the last 7 days that were answered within the hour."),
        "customers": _("Questions of the last 7 days that a customer answered first."),
        "never": _("Questions of the last 7 days that nobody has answered, though their hour is over."),
        "week": _("Questions of the last 7 days whose hour is over."),
    }[show]
    count = "" if has_more else ngettext("%(n)s of them.", "%(n)s of them.", shown) % {"n": shown}
    return f"{what} {count}".strip()


def _empty(show: str, space: Space | None, promised: str) -> dict[str, str]:
    if show == "waiting":
        return {
            "empty_title": _("Nobody waits for a promised answer"),
            "empty_text": _("What is asked here stands in this list until its first answer."),
        }
    if show in ("solved", "unanswered", "hour", "customers", "never", "week"):
        return {
            "empty_title": _("None of these"),
            "empty_text": _("There is nothing of this kind here at the moment."),
        }
    return {
        "empty_title": _("Ask the first question about %(space)s") % {"space": space.name}
        if space
        else _("Nothing has been asked yet"),
        "empty_text": _("If no customer can say, one of our people answers %(promised)s.")
        % {"promised": promised},
    }
