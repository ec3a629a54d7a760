"""One topic: what was asked, what was answered, what solved it, and what belongs beside it."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from harken.community.models import Member, Topic
from harken.community.permissions import May, may_in
from harken.community.queries.house import usual_wait
from harken.community.queries.ideas import idea_of, wanted_by, where_wanted
from harken.community.queries.topic_page import Beside, Said, beside, in_order, read_topic
from harken.travel.paths import read_path
from harken.web.access import for_readers
from harken.web.portal.around import Around, around_of
from harken.web.portal.asked import asked_shown, takers
from harken.web.portal.fediverse.answering import lead_on
from harken.web.portal.framing import absolute, answer, reader
from harken.web.portal.ideas.shown import places
from harken.web.portal.ideas.shown import shown as idea_shown
from harken.web.portal.looks import name_shown, place_of
from harken.web.portal.marking_up import question_page
from harken.web.portal.paths import Step, steps_of
from harken.web.portal.posts import Reading, article_html, reading_of
from harken.web.portal.standing_words import Sentence, waiting_words
from harken.web.portal.viewed import viewed_in, views_shown
from harken.web.portal.words import clock_shown, span

ON_A_PAGE = 40  # answers
A_HOUR = 3600


@for_readers
@require_safe
def topic(request: HttpRequest, topic_id: int, topic_slug: str) -> HttpResponse:
    """A topic with its posts; an old title in the address leads to the one it has now."""
    who = reader(request)
    found = read_topic(who, topic_id)
    if found is None:
        raise Http404
    one, posts = found
    address = f"/community/t/{one.pk}/{one.slug}/"
    first = next((post.id for post in posts if post.kind == "opening"), 0)
    if (elsewhere := lead_on(request, f"/ap/posts/{first}")) is not None:
        return elsewhere
    if one.slug != topic_slug:
        return HttpResponsePermanentRedirect(address)
    opening, answers = in_order(one, posts)
    number = _page(request)
    shown = answers[(number - 1) * ON_A_PAGE : number * ON_A_PAGE]
    if number > 1 and not shown:
        raise Http404
    member, agent = getattr(request, "member", None), getattr(request, "agent", None)
    period = viewed_in() if agent is not None else None
    around, side = around_of(who), beside(who, one, viewed=period)
    for post in posts:
        post.reason, post.words = side.reasons.get(post.id, ""), side.words.get(post.id, [])
    asker = name_shown(one.author.name, one.author.state)
    company: str = one.brand_name  # type: ignore[attr-defined]  # set by read_topic
    may = may_in(one, member, agent=agent) if member is not None or agent is not None else None
    reading = reading_of(one, company=company, may=may, mine=side.mine)
    values: dict[str, Any] = {
        "topic": one,
        "beginning": [mark_safe(part) for part in article_html(opening, reading)] if opening else None,  # noqa: S308 - our own templates' output
        "answers": mark_safe(_articles(one, shown, reading, asker)),  # noqa: S308 - as above
        "answers_heading": _answers_heading(one, answers),
        "solved_here": member is not None and _is_solved_by(member, one, answers),
        "related": side.related,
        "place_asked": place_of(one.asked_on),
        "asker": asker,
        "takers": takers(one, agent) if agent is not None and one.due_at is not None else None,
        "viewed": views_shown(one.pk, side.views, period) if period is not None else None,
        "last_post": max(post.id for post in posts),
        "company_speaks": company,
        "waits": span(usual_wait().total_seconds()) if any(post.state == "held" for post in posts) else "",
        "hidden": one.space.audience != "everyone",
        "steps": _steps(one),
        **_how_it_stands(one, answers, around, may),
        **_place_in(address, number, len(answers)),
        **_for_reader(one, side, around, may, member),
        **_idea(one, member),
    }
    if may is None and opening is not None and one.kind == Topic.Kind.QUESTION:
        values["structured"] = question_page(one, opening, answers, absolute, company)
    return answer(
        request,
        "portal/topic.html",
        # a space that is not for everybody any more takes its topics along
        keep=(f"topic:{one.pk}", *(f"topic:{other.id}" for other in side.related), "spaces"),
        is_view_of=one.pk if number == 1 else 0,  # a further page of it is not a second view
        place="topic",
        around=around,
        **values,
    )


def _page(request: HttpRequest) -> int:
    asked = request.GET.get("page", "1")
    if not asked.isdigit() or not 1 <= int(asked[:6]) <= 100_000:
        raise Http404
    return int(asked[:6])


def _numbered(address: str, number: int) -> str:
    return address if number == 1 else f"{address}?page={number}"


def _articles(one: Topic, shown: list[Said], reading: Reading, asker: str) -> str:
    parts: list[str] = []
    for post in shown:
        parts += article_html(post, reading, chosen_by=chosen_words(one, post, asker))
    return "".join(parts)


def _place_in(address: str, number: int, answers: int) -> dict[str, Any]:
    """Which of its pages this is, and where the ones before and after it are."""
    return {
        "canonical": absolute(_numbered(address, number)),
        "previous_page": _numbered(address, number - 1) if number > 1 else "",
        "next_page": _numbered(address, number + 1) if answers > number * ON_A_PAGE else "",
        "page_number": number,
        "page_count": -(-answers // ON_A_PAGE),
    }


def _how_it_stands(one: Topic, answers: list[Said], around: Around, may: May | None) -> dict[str, Any]:
    """How far it has come: the line under its title, its clock, and where it stands in sentences."""
    return {
        "pill": _pill(one, answers, around.promised),
        "stale": _stale_words(one),
        "clock": clock_shown(one.created_at, one.due_at) if one.due_at else None,
        "stands": _stands(one, asker_reads=may is not None and may.is_asker),
    }


def _for_reader(
    one: Topic, side: Beside, around: Around, may: May | None, member: Member | None
) -> dict[str, Any]:
    """What this reader alone sees: what they did here, may do here, and were asked."""
    may_write = may is not None and may.write
    return {
        "may": may,
        "mine": side.mine,
        "has_news": side.has_news,
        "fediverse": around.handle_of(one.space_id) if may_write else "",
        "asked": asked_shown(one, side.asked, member) if side.asked is not None and may_write else None,
    }


def _steps(one: Topic) -> list[Step]:
    """The way of a question that was asked elsewhere; empty for one that was asked here."""
    path = read_path(one.pk) if one.asked_on else None
    return steps_of(path, one) if path is not None else []


def _idea(one: Topic, member: Member | None) -> dict[str, Any]:
    """How an idea stands and where it was wanted; empty for what is none."""
    if one.kind != Topic.Kind.IDEA or (idea := idea_of(one)) is None:
        return {}
    wanted = bool(wanted_by(member, [idea]))
    return {"idea": idea_shown(idea, is_wanted=wanted), "places": places(where_wanted(idea))}


def _answers_heading(one: Topic, answers: list[Said]) -> str:
    count = sum(post.kind == "answer" for post in answers)
    if one.kind == Topic.Kind.QUESTION:
        return (
            ngettext("%(n)s answer", "%(n)s answers", count) % {"n": count} if count else _("No answer yet")
        )
    return ngettext("%(n)s reply", "%(n)s replies", count) % {"n": count} if count else _("No reply yet")


def chosen_words(one: Topic, post: Said, asker: str) -> str:
    """Who says that this answer solved it; "" for one that nobody chose."""
    if post.id != one.chosen_id:
        return ""
    if one.chosen_as == "asker":
        return _("chosen by %(name)s, who asked") % {"name": asker}
    name: str = one.chosen_by_name  # type: ignore[attr-defined]  # set by read_topic
    if one.chosen_as == "replaced":
        words = _("chosen by %(name)s of the company, since what was chosen before no longer works")
        return words % {"name": name}
    return _("chosen by %(name)s of the company, since the one who asked had not for a week") % {"name": name}


def _stale_words(one: Topic) -> str:
    """Why what solved it may no longer hold; "" where it does."""
    if not one.chosen_id or not (one.is_stale or one.doubts):
        return ""
    if one.doubts:
        words = ngettext(
            "%(n)s person said lately that this no longer works.",
            "%(n)s people said lately that this no longer works.",
            one.doubts,
        )
        return words % {"n": one.doubts}
    return _("Nobody has said for a long time that this still works.")


def _solved_by(one: Topic, answers: list[Said]) -> Said | None:
    return next((post for post in answers if post.id == one.chosen_id), None)


def _is_solved_by(member: Member, one: Topic, answers: list[Said]) -> bool:
    solved = _solved_by(one, answers)
    return solved is not None and solved.author_id == member.pk


def _pill(one: Topic, answers: list[Said], promised: int) -> dict[str, Any] | None:
    """The one line under the title that says how the question stands."""
    if one.kind != Topic.Kind.QUESTION:
        return None
    solved = _solved_by(one, answers)
    if solved is not None:
        seconds = max(0.0, (solved.created_at - one.created_at).total_seconds())
        words = (
            _("Solved in %(time)s of the promised hour")
            if seconds <= promised == A_HOUR
            else _("Solved in %(time)s")
        )
        share = min(100, max(1, round(100 * seconds / promised)))
        return {"level": "solved", "share": share, "sentence": words % {"time": span(seconds)}}
    if one.answered_at is not None:
        return None
    if one.due_at is not None:
        clock = clock_shown(one.created_at, one.due_at)
        return {"level": clock.level, "share": clock.share, "sentence": clock.sentence, "runs": True}
    return None


def _stands(one: Topic, *, asker_reads: bool) -> list[Sentence]:
    """Where it stands, in sentences."""
    if one.state == Topic.State.CLOSED:
        return [_("This topic is closed: it can be read, and nothing new is said in it.")]
    if one.kind == Topic.Kind.ANNOUNCEMENT:
        return [_("News by the company. Members may say what they think of it.")]
    if one.kind == Topic.Kind.IDEA:
        return [_("An idea: the company says by a day what becomes of it, and why.")]
    if one.kind == Topic.Kind.DISCUSSION:
        return [_("A discussion: there is no answer to choose, and no clock.")]
    if one.due_at is not None:
        return waiting_words(one, one.carried, asker_reads=asker_reads)  # type: ignore[attr-defined]  # set by read_topic
    if one.answered_at is not None:
        took = span((one.answered_at - one.created_at).total_seconds())
        first = _("First answered after %(time)s.") % {"time": took}
        if one.chosen_id is not None:
            return [first, _("Still open for better answers.")]
        return [first, _("What solved it is for the one who asked to say.")]
    return [_("Nobody has answered yet.")]
