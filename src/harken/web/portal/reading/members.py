"""Members as others see them, and the page that says who speaks here."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from harken.community.queries.people import ANSWERS_SHOWN, Answer, done_by, member_called, voice_of
from harken.community.texts import gist_of
from harken.web import folding
from harken.web.access import for_readers
from harken.web.portal.around import around_of
from harken.web.portal.framing import absolute, answer, reader
from harken.web.portal.looks import VOICES
from harken.web.portal.standing.shown import known_rows


@for_readers
@require_safe
def profile(request: HttpRequest, member_slug: str) -> HttpResponse:
    """What a member answered and asked, and how many they helped. Only what this reader may see."""
    member = member_called(member_slug)
    if member is None:
        raise Http404
    who, before = reader(request), _moment(request.GET.get("before", ""))
    voice = voice_of(member)
    is_company = VOICES[voice].is_company
    done = done_by(who, member, before=before, limit=ANSWERS_SHOWN + 1, with_help=not is_company)
    is_more = len(done.answers) > ANSWERS_SHOWN
    shown = done.answers[:ANSWERS_SHOWN]
    around = around_of(who)
    known = getattr(request, "member", None)
    return answer(
        request,
        "portal/profile.html",
        # what is counted of a member moves with topics of any space
        keep=(f"member:{member.pk}", "list"),
        place="member",
        around=around,
        person=member,
        voice=voice,
        is_company=is_company,
        is_me=known is not None and known.pk == member.pk,
        answers=_rows(shown),
        people=done.people,
        known=known_rows(done.known) if done.people else [],
        questions=done.questions if before is None else [],
        has_news=done.has_news,
        next_page=f"/community/p/{member.slug}/?before={_stamp(shown[-1].at)}" if is_more else "",
        is_later=before is not None,
        canonical=absolute(f"/community/p/{member.slug}/"),
        lead=_("%(name)s in the community of %(company)s") % {"name": member.name, "company": around.company},
    )


def _rows(answers: list[Answer]) -> SafeString:
    language, zone = translation.get_language() or "en", str(timezone.get_current_timezone())
    return mark_safe("".join([_row(one, language, zone) for one in answers]))  # noqa: S308 - our own template's output


@lru_cache(maxsize=2000)
def _row(one: Answer, language: str, zone: str) -> str:
    return folding.fragment("portal/_answered.html", {"one": one, "gist": gist_of(one.html, longest=200)})


def _stamp(at: datetime) -> str:
    return f"{int(at.timestamp())}.{at.microsecond:06d}"


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    seconds, _dot, micros = text.partition(".")
    if not (seconds.isdigit() and len(seconds) <= 11 and micros.isdigit() and len(micros) == 6):
        raise Http404
    return datetime.fromtimestamp(int(seconds), UTC).replace(microsecond=int(micros))


@for_readers
@require_safe
def who_speaks(request: HttpRequest) -> HttpResponse:
    """What the labels mean, and why nobody can take theirs off."""
    return answer(
        request,
        "portal/who_speaks.html",
        keep=("spaces",),
        place="who",
        around=around_of(reader(request)),
        canonical=absolute("/community/who-speaks/"),
    )
