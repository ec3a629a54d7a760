"""The list of conversations: its page, its fragment, and the search, which is the same list with words."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import quote_plus

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from harken.base.joints import joined
from harken.community.queries.waiting import MOST_LISTED, questions_waiting
from harken.inbox import lists
from harken.inbox.lists import Waiting
from harken.team.models import Agent
from harken.web import folding
from harken.web.access import for_agents
from harken.web.language import theme_of

from .looks import URGENCIES, View
from .questions import question_rows
from .rows import row_language, rows_html
from .surroundings import counts_of, rail_html, surroundings_of, view_named
from .words import words_html

FILTERS = (
    "visibility",
    "owner",
    "channel",
    "team",
    "brand",
    "tag",
    "urgency",
    "language",
    "state",
    "since",
    "until",
)


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter one can press."""

    label: str
    href: str
    is_chosen: bool = False
    is_drop: bool = False


@dataclass(slots=True)
class Listing:
    """What the list pane shows."""

    view: View
    filters: dict[str, str]
    rows: SafeString | str
    has_rows: bool
    count: str
    after: str
    agent: Agent
    query: str = ""
    is_search: bool = False
    longest: Waiting | None = None
    etag: str = ""
    _fields: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_community(self) -> bool:
        return self.view.key == "community"

    @property
    def title(self) -> str:
        return _("Search") if self.is_search else str(self.view.label)

    def address_of(self, path: str = "/desk/", **changes: str) -> str:
        """This list's address with some of its filters changed."""
        values = {"view": self.view.key, **self.filters}
        if self.query:
            values["q"] = self.query
        values |= changes
        kept = {key: value for key, value in values.items() if value and (key, value) != ("view", "needs")}
        return (
            f"{path}?{'&'.join([f'{key}={_quoted(value)}' for key, value in kept.items()])}" if kept else path
        )

    @property
    def query_string(self) -> str:
        """What an opened conversation keeps of this list in its address."""
        return self.address_of("").lstrip("?")

    @property
    def page(self) -> str:
        return "/desk/search/" if self.is_search else "/desk/"

    @property
    def address(self) -> str:
        return self.address_of("/desk/search/" if self.is_search else "/desk/list/")

    @property
    def more(self) -> str:
        return self.address_of(self.page, after=self.after) if self.after else ""

    @property
    def chips(self) -> list[Chip]:
        if self.is_community or (self.is_search and not self.query):
            return []

        def chip(label: str, name: str, value: str) -> Chip:
            is_on = self.filters.get(name) == value
            return Chip(label, self.address_of(self.page, **{name: "" if is_on else value}), is_on)

        bare = not self.filters
        shown = [Chip(_("All"), self.address_of(self.page, **dict.fromkeys(FILTERS, "")), bare)]
        if self.view.key != "mine":
            shown.append(chip(_("Mine"), "owner", str(self.agent.pk)))
        shown.append(chip(_("Nobody's"), "owner", "none"))
        shown.append(chip(_("Public"), "visibility", "public"))
        shown.append(chip(_("Private"), "visibility", "private"))
        for choice in self.filter_fields if self.filters else ():
            if choice["value"] and choice["name"] not in ("owner", "visibility"):
                label = str(dict(choice["choices"]).get(choice["value"], choice["value"]))
                shown.append(Chip(label, self.address_of(self.page, **{choice["name"]: ""}), True, True))
        return shown

    @property
    def filter_fields(self) -> list[dict[str, Any]]:
        """The filters of the menu, from what this agent has around them."""
        if not self._fields:
            found = surroundings_of(self.agent)
            choices: list[tuple[str, str, list[tuple[str, Any]]]] = [
                (
                    "channel",
                    _("Channel"),
                    [(str(c.pk), c.name) for c in found.channels if c.purpose != "guest"],
                ),
                ("team", _("Team"), [(str(t.pk), t.name) for t in found.teams]),
                ("urgency", _("Urgency"), list(URGENCIES.items())),
                ("tag", _("Tag"), [(tag, tag) for tag in found.tags]),
            ]
            self._fields = [
                {"name": name, "label": label, "choices": options, "value": self.filters.get(name, "")}
                for name, label, options in choices
                if options
            ]
        return self._fields

    @property
    def filter_html(self) -> SafeString:
        """The fields of the filter menu, rendered once for each choice of filters."""
        chosen = tuple(sorted(self.filters.items()))
        around = surroundings_of(self.agent)
        return around.part("desk/_filter_fields.html", chosen, fields=self.filter_fields)

    @property
    def filters_dropped(self) -> str:
        return self.address_of(self.page, **dict.fromkeys(FILTERS, "")) if self.filters else ""

    @property
    def filters_in_words(self) -> str:
        return joined(chip.label for chip in self.chips[1:] if chip.is_chosen)


@lru_cache(maxsize=512)
def _quoted(value: str) -> str:
    # a list has a dozen addresses, which differ by one value
    return quote_plus(value)


def read_listing(
    agent: Agent, asked: Mapping[str, str], *, is_search: bool = False, default_view: str = "needs"
) -> Listing:
    """The list that an address asks for: two queries (the rows, who waits longest). Raises Http404."""
    view = view_named(asked.get("view") or ("all" if is_search else default_view), agent)
    if view is None:
        raise Http404
    if view.key == "community" and not is_search:
        return community_listing(agent, view)
    filters = {name: asked[name][:60] for name in FILTERS if asked.get(name)}
    query = asked.get("q", "").strip()[:200] if is_search else ""
    if is_search and not query:
        return Listing(view, filters, "", False, "", "", agent, "", True)
    language = translation.get_language() or "en"
    kept, after = row_language(language), asked.get("after", "")
    if query:
        page = lists.search_page(agent, query, filters, language=kept, after=after)
    else:
        page = lists.list_page(agent, view.key, filters, language=kept, after=after)
    longest = lists.longest_waiting(agent) if view.key == "needs" and not is_search else None
    stamp = f"{language}{view.key}{[(row.id, row.version) for row in page.rows]}{longest and longest.id}"
    listing = Listing(
        view=view,
        filters=filters,
        rows=rows_html(page.rows, language=language, words=query),
        has_rows=bool(page.rows),
        count=f"{len(page.rows)}+" if page.after else str(len(page.rows)),
        after=page.after,
        agent=agent,
        query=query,
        is_search=is_search,
        longest=longest,
        etag=f'"{hashlib.sha256(stamp.encode()).hexdigest()[:20]}"',
    )
    if page.after and not filters and not query:
        known = counts_of(agent).get(view.key)
        if known and known > len(page.rows):
            listing.count = f"{known - 1}+" if known >= lists.MOST_COUNTED else str(known)
    return listing


def community_listing(agent: Agent, view: View) -> Listing:
    """Questions of the community, by the same clock: one query."""
    found = questions_waiting()
    html = question_rows(found, agent)
    stamp = f"{translation.get_language()}community{agent.pk}{[(row.id, row.version, row.agent_id, row.due_at) for row in found]}"
    return Listing(
        view=view,
        filters={},
        rows=html,
        has_rows=bool(found),
        count=f"{len(found)}+" if len(found) == MOST_LISTED else str(len(found)),
        after="",
        agent=agent,
        etag=f'"{hashlib.sha256(stamp.encode()).hexdigest()[:20]}"',
    )


def list_answer(request: HttpRequest, listing: Listing, *, template: str = "desk/_list.html") -> HttpResponse:
    """The list pane alone; 304 when the asker has it already."""
    if listing.etag and request.headers.get("If-None-Match") == listing.etag:
        answer = HttpResponse(status=304)
    else:
        page = {"listing": listing, "rail": surroundings_of(listing.agent), "agent": listing.agent}
        answer = HttpResponse(folding.fragment(template, page))
    if listing.etag:
        answer["ETag"] = listing.etag
    return answer


def desk_answer(request: HttpRequest, listing: Listing, *, pane: str = "list", **more: Any) -> HttpResponse:
    """The whole desk around a list, with a conversation if one is given."""
    page = {
        "listing": listing,
        "rail": surroundings_of(listing.agent),
        "rail_html": rail_html(
            listing.agent, "" if listing.is_search else listing.view.key, theme=theme_of(request)
        ),
        "pane": pane,
        "words": words_html(),
        **more,
    }
    return HttpResponse(folding.page("desk/desk.html", page, request))


def _asked(request: HttpRequest) -> dict[str, str]:
    return {key: value for key, value in request.GET.items() if isinstance(value, str)}


@for_agents
@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """The desk on a view; only the list pane when htmx asks for that."""
    listing = read_listing(request.agent, _asked(request))  # type: ignore[attr-defined]  # set by AccessMiddleware
    if request.headers.get("HX-Target") == "list":
        return list_answer(request, listing)
    return desk_answer(request, listing, pane="views" if request.GET.get("pane") == "views" else "list")


@for_agents
@require_safe
def list_fragment(request: HttpRequest) -> HttpResponse:
    """What of the list may change while one looks at it: the number, who waits longest, the rows."""
    listing = read_listing(request.agent, _asked(request))  # type: ignore[attr-defined]  # as above
    return list_answer(request, listing, template="desk/_list_live.html")


@for_agents
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """The list under words: full text, in all that the agent may see, newest first, with the same filters."""
    listing = read_listing(request.agent, _asked(request), is_search=True)  # type: ignore[attr-defined]  # as above
    if request.headers.get("HX-Target") == "list":
        return list_answer(request, listing)
    return desk_answer(request, listing)


@for_agents
@require_safe
def rail_fragment(request: HttpRequest) -> HttpResponse:
    """The rail with its counts, for live renewal."""
    agent: Agent = request.agent  # type: ignore[attr-defined]  # as above
    return HttpResponse(rail_html(agent, request.GET.get("view", "needs"), theme=theme_of(request)))
