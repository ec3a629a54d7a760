"""Files of messages: never runnable here, named as sent only for saving; pictures shown only when they are pictures."""

from __future__ import annotations

from base64 import b64encode

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from harken.channels.files import file_path, picture_type
from harken.inbox.fetching import fetch_again
from harken.inbox.models import Attachment, Message
from harken.inbox.permissions import messages_visible_to
from harken.team.models import Agent
from harken.web.access import for_agents

from .answers import acted
from .texts import mail_html

MOST_INLINE = 4 * 1024 * 1024  # bytes of pictures shown inside one mail; the rest stands below it as files
NOTHING_RUNS = "default-src 'none'; sandbox; frame-ancestors 'none'"


def _visible(agent: Agent, attachment_id: int) -> Attachment:
    found = (
        Attachment.objects.filter(pk=attachment_id, message__in=messages_visible_to(agent).values("pk"))
        .exclude(stored_as="")
        .first()
    )
    if found is None:
        raise Http404
    return found


@for_agents
@require_safe
def file(request: HttpRequest, attachment_id: int) -> HttpResponseBase:
    """One file, to save; `?inline=1` shows it if its bytes are a picture's, else 404."""
    found = _visible(request.agent, attachment_id)  # type: ignore[attr-defined]  # set by AccessMiddleware
    try:
        content = file_path(found.stored_as).open("rb")
    except (FileNotFoundError, ValueError):
        raise Http404 from None
    kind = picture_type(content.read(16))
    content.seek(0)
    is_inline = bool(request.GET.get("inline")) or bool(kind and not request.GET.get("save"))
    if request.GET.get("inline") and not kind:
        content.close()
        raise Http404
    answer = FileResponse(content, content_type=kind or "application/octet-stream")
    name = found.name.replace("\\", "/").rpartition("/")[2] or "file"
    answer["Content-Disposition"] = content_disposition_header(not (is_inline and kind), name) or "attachment"
    answer["Content-Security-Policy"] = NOTHING_RUNS
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, max-age=3600"
    return answer


@for_agents
@require_POST
def fetch(request: HttpRequest, attachment_id: int) -> HttpResponse:
    """Have one that was given up fetched again."""
    visible = messages_visible_to(request.agent).values("pk")  # type: ignore[attr-defined]  # as above
    found = Attachment.objects.filter(pk=attachment_id, message__in=visible).select_related("message").first()
    if found is None:
        raise Http404
    is_done = fetch_again(found)
    said = "" if is_done else _("It is here, or on its way.")
    return acted(request, found.message.conversation_id, "fetch", said=said, is_refused=not is_done)


@for_agents
@require_safe
def mail_page(request: HttpRequest, message_id: int) -> HttpResponse:
    """A mail as it was laid out, cleaned, for the sandboxed frame: nothing runs, nothing is fetched from elsewhere."""
    agent: Agent = request.agent  # type: ignore[attr-defined]  # as above
    message: Message | None = messages_visible_to(agent).filter(pk=message_id).exclude(html="").first()
    if message is None:
        raise Http404
    inline = _inline_pictures(message)
    page = (
        '<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer"><title>-</title>'
        f"<body>{mail_html(message.html, inline=inline)}"
    )
    answer = HttpResponse(page)
    answer["Content-Security-Policy"] = (
        "default-src 'none'; img-src data:; style-src 'none'; form-action 'none'; base-uri 'none'; "
        "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
    )
    answer["X-Frame-Options"] = "SAMEORIGIN"
    return answer


def _inline_pictures(message: Message) -> dict[str, str]:
    """The mail's own pictures by content id, as data: addresses: the frame has no right to ask us for anything."""
    found: dict[str, str] = {}
    room = MOST_INLINE
    for a in message.attachments.exclude(content_id="").exclude(stored_as="").order_by("size")[:50]:
        try:
            content = file_path(a.stored_as).read_bytes()
        except (FileNotFoundError, ValueError):
            continue
        kind = picture_type(content[:16])
        if not kind or len(content) > room:
            continue
        room -= len(content)
        found[a.content_id.strip("<>")] = f"data:{kind};base64,{b64encode(content).decode()}"
    return found
