"""Answering: reply, note, draft, taking back; what became of a sent thing; and the second person."""

from __future__ import annotations

import re

from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from harken.channels import dispatching
from harken.channels.contract import NotThere, Sent
from harken.channels.files import MOST_BYTES, remove_files, store_file
from harken.inbox.actions.approving import approve_reply, return_reply
from harken.inbox.actions.changing import NotAllowed
from harken.inbox.actions.putting_aside import set_promise
from harken.inbox.actions.replying import (
    Changed,
    File,
    add_note,
    hurry_reply,
    save_draft,
    send_reply,
    take_back_reply,
)
from harken.inbox.models import Conversation, Message
from harken.inbox.permissions import may_approve, messages_visible_to
from harken.team.models import Agent
from harken.web.access import for_agents

from .acting import local_moment
from .answers import acted
from .conversation import opened_or_404
from .surroundings import surroundings_of
from .writing import composer_of

MODES = ("public", "private", "note")
MOST_FILES = 20  # of one answer, whatever the network
_NAMED = re.compile(r"@([\w'-]+(?: [\w'-]+)?)")


@for_agents
@require_POST
def reply(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Send what the composer holds: in public, in private, or as a note. Nothing typed is ever lost."""
    c = opened_or_404(request, conversation_id).c
    me: Agent = request.agent  # type: ignore[attr-defined]  # set by AccessMiddleware
    text, mode = request.POST.get("text", "").replace("\r\n", "\n"), request.POST.get("mode", "")
    way = request.POST.get("way", "")
    if way == "drop":
        save_draft(c, by=me, mode=mode if mode in MODES else "note", text="")
        return acted(request, c.pk, "drop", composer=composer_of(c, me, mode=mode))
    if way == "keep" or mode not in MODES:
        save_draft(c, by=me, mode=mode if mode in MODES else "note", text=text)
        return acted(request, c.pk, "keep", composer=composer_of(c, me, mode=mode, text=text))
    promised = local_moment(request.POST.get("promised_at", ""))
    try:
        if promised is not None and promised <= timezone.now():
            raise NotAllowed("The promise must be for a moment still to come.")
        if mode == "note":
            add_note(c, by=me, text=text, mentions=named_in(text, me))
        else:
            _send(request, c, text=text, is_public=mode == "public")
        if promised is not None:
            set_promise(c, at=promised, by=me)
    except Changed as changed:
        save_draft(c, by=me, mode=mode, text=text)
        return _stopped(request, changed, mode, text)
    except NotAllowed as why:
        save_draft(c, by=me, mode=mode, text=text)
        composer = composer_of(c, me, mode=mode, text=text)
        composer.problem, composer.focus = _(str(why)), True
        if request.FILES:
            composer.problem += " " + _("Attach the files again.")
        return acted(request, c.pk, "reply", composer=composer, said="", is_refused=True, status=422)
    goes_next = request.POST.get("then") == "next" and mode != "note"
    return acted(request, c.pk, "reply", composer=composer_of(c, me), goes_next=goes_next)


def _send(request: HttpRequest, c: Conversation, *, text: str, is_public: bool) -> None:
    """Queue the reply with its files; what was uploaded with one that is stopped is not kept."""
    seen = request.POST.get("version", "")
    files = _files(request)
    try:
        send_reply(
            c,
            by=request.agent,  # type: ignore[attr-defined]  # as above
            text=text,
            is_public=is_public,
            request_key=_key(request),
            seen_version=int(seen) if seen.isdigit() else None,
            files=files,
        )
    except (Changed, NotAllowed):
        remove_files([file.stored_as for file in files])
        raise


def _stopped(request: HttpRequest, changed: Changed, mode: str, text: str) -> HttpResponse:
    """The send was stopped: what was said meanwhile stands inside the composer, with the three ways on."""
    c = opened_or_404(request, changed.conversation.pk).c
    me: Agent = request.agent  # type: ignore[attr-defined]  # as above
    composer = composer_of(c, me, mode=mode, text=text)
    last = changed.newer[-1]
    name = (
        last.author.name
        if last.author
        else (last.handle.name or last.handle.shown if last.handle else c.brand.name)
    )
    words = (
        _("Not sent: %(name)s answered meanwhile.")
        if last.direction == "out"
        else _("Not sent: %(name)s wrote meanwhile.")
    )
    composer.conflict = {
        "title": words % {"name": name},
        "messages": [
            {
                "name": m.author.name
                if m.author
                else (m.handle.name or m.handle.shown if m.handle else c.brand.name),
                "text": m.text[:600],
            }
            for m in changed.newer[-3:]
        ],
    }
    composer.focus = True
    return acted(request, c.pk, "reply", composer=composer, is_refused=True, status=409)


def _key(request: HttpRequest) -> str:
    """The form's own key, so that a double click is one reply."""
    key = request.POST.get("key", "")
    return key if len(key) == 32 and key.isalnum() else dispatching.new_key()


def _files(request: HttpRequest) -> list[File]:
    found: list[File] = []
    uploads: list[UploadedFile] = request.FILES.getlist("files")
    if sum(upload.size or 0 for upload in uploads) > MOST_BYTES:
        raise NotAllowed("The files are larger than 25 MB together.")
    if len(uploads) > MOST_FILES:
        raise NotAllowed("Too many files for one answer.")
    for upload in uploads:
        content = upload.read()
        name = (upload.name or "file").replace("\\", "/").rpartition("/")[2]
        kind = upload.content_type or "application/octet-stream"
        found.append(File(name[:300], kind[:120], len(content), store_file(content)))
    return found


def named_in(text: str, me: Agent) -> list[Agent]:
    """The colleagues whom a note names with @: by full name, or by first name where only one has it."""
    by_name: dict[str, list[int]] = {}
    for one in surroundings_of(me).colleagues:
        for name in {one.name.casefold(), one.name.split(" ")[0].casefold()}:
            by_name.setdefault(name, []).append(one.id)
    wanted: set[int] = set()
    for found in _NAMED.findall(text):
        full, first = found.casefold(), found.split(" ")[0].casefold()
        ids = by_name.get(full) or by_name.get(first) or []
        if len(ids) == 1:
            wanted.add(ids[0])
    return list(Agent.objects.filter(pk__in=wanted, is_active=True))


@for_agents
@require_POST
def draft(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Keep what is being typed."""
    c = opened_or_404(request, conversation_id).c
    mode = request.POST.get("mode", "note")
    text = request.POST.get("text", "").replace("\r\n", "\n")
    save_draft(c, by=request.agent, mode=mode if mode in MODES else "note", text=text)  # type: ignore[attr-defined]
    return HttpResponse(status=204)


# ---- what was sent ---------------------------------------------------------------------------------------


def _message_or_404(request: HttpRequest, message_id: int) -> Message:
    rows = messages_visible_to(request.agent)  # type: ignore[attr-defined]  # as above
    found: Message | None = (
        rows.filter(pk=message_id, dispatch__isnull=False)
        .select_related("conversation__channel", "author__user", "dispatch")
        .first()
    )
    if found is None:
        raise Http404
    return found


@for_agents
@require_POST
def undo(request: HttpRequest, message_id: int) -> HttpResponse:
    """Take back a reply that has not left; its text is in the composer again."""
    m = _message_or_404(request, message_id)
    me: Agent = request.agent  # type: ignore[attr-defined]  # as above
    if m.author_id != me.pk and not me.is_lead:
        raise Http404
    mode = "public" if m.is_public else "private"
    if not take_back_reply(m, by=me):
        return acted(
            request, m.conversation_id, "undo", said=_("Too late: it is on its way."), is_refused=True
        )
    c = opened_or_404(request, m.conversation_id).c
    composer = composer_of(c, me, mode=mode, text=m.text)
    composer.focus = True
    return acted(request, c.pk, "undo", composer=composer)


@for_agents
@require_POST
def send_now(request: HttpRequest, message_id: int) -> HttpResponse:
    """End the undo time early."""
    m = _message_or_404(request, message_id)
    me: Agent = request.agent  # type: ignore[attr-defined]  # as above
    if m.author_id != me.pk:
        raise Http404
    hurry_reply(m, by=me)
    return acted(request, m.conversation_id, "send-now")


@for_agents
@require_POST
def look(request: HttpRequest, message_id: int) -> HttpResponse:
    """Ask the network whether a thing of unknown fate is there."""
    m = _message_or_404(request, message_id)
    found = dispatching.look_now(m.dispatch_id or 0)
    if isinstance(found, Sent):
        said = _("It is there: settled as sent.")
    elif isinstance(found, NotThere):
        said = _("The network does not show it. If you are sure, send it again.")
    else:
        said = _("The network could not be asked: %(reason)s") % {"reason": found.reason}
    return acted(request, m.conversation_id, "look", said=said)


@for_agents
@require_POST
def arrived(request: HttpRequest, message_id: int) -> HttpResponse:
    """A person saw it on the network."""
    return _decide(request, message_id, "arrived")


@for_agents
@require_POST
def again(request: HttpRequest, message_id: int) -> HttpResponse:
    """A person decided that it shall be sent (again)."""
    return _decide(request, message_id, "again")


@for_agents
@require_POST
def give_up(request: HttpRequest, message_id: int) -> HttpResponse:
    """A person decided that it shall not leave."""
    return _decide(request, message_id, "give-up")


def _decide(request: HttpRequest, message_id: int, verb: str) -> HttpResponse:
    m = _message_or_404(request, message_id)
    decide = {
        "arrived": dispatching.decide_it_arrived,
        "again": dispatching.send_again,
        "give-up": dispatching.give_up,
    }[verb]
    is_done = decide(m.dispatch_id or 0, actor_id=request.agent.user_id)  # type: ignore[attr-defined]  # as above
    said = "" if is_done else _("Somebody decided on it already.")
    return acted(request, m.conversation_id, verb, said=said, is_refused=not is_done)


@for_agents
@require_POST
def change(request: HttpRequest, message_id: int) -> HttpResponse:
    """Take the text of a refused reply back into the composer, to say it differently."""
    m = _message_or_404(request, message_id)
    me: Agent = request.agent  # type: ignore[attr-defined]  # as above
    mode = "public" if m.is_public else "private"
    dispatching.give_up(m.dispatch_id or 0, actor_id=me.user_id)
    save_draft(m.conversation, by=me, mode=mode, text=m.text)
    composer = composer_of(opened_or_404(request, m.conversation_id).c, me, mode=mode, text=m.text)
    composer.focus = True
    return acted(request, m.conversation_id, "change", composer=composer)


# ---- the second person -----------------------------------------------------------------------------------


@for_agents
@require_POST
def approve(request: HttpRequest, message_id: int) -> HttpResponse:
    """Let a held reply leave, as it is or changed."""
    m = _held_or_404(request, message_id)
    text = request.POST.get("text", "").replace("\r\n", "\n")
    try:
        approve_reply(m, by=request.agent, text=text or None)  # type: ignore[attr-defined]  # as above
    except NotAllowed as why:
        return _dock(request, m.conversation, said=_(str(why)), is_refused=True)
    return _dock(request, m.conversation, act="approve")


@for_agents
@require_POST
def send_back(request: HttpRequest, message_id: int) -> HttpResponse:
    """Give a held reply back to its writer with a comment."""
    m = _held_or_404(request, message_id)
    try:
        return_reply(m, by=request.agent, comment=request.POST.get("comment", ""))  # type: ignore[attr-defined]
    except NotAllowed as why:
        return _dock(request, m.conversation, said=_(str(why)), is_refused=True)
    return _dock(request, m.conversation, act="return")


@for_agents
@require_POST
def withdraw(request: HttpRequest, message_id: int) -> HttpResponse:
    """The writer takes a held reply back to change it."""
    m = _message_or_404(request, message_id)
    me: Agent = request.agent  # type: ignore[attr-defined]  # as above
    if m.author_id != me.pk:
        raise Http404
    if not take_back_reply(m, by=me):
        return _dock(request, m.conversation, said=_("Somebody decided on it already."), is_refused=True)
    mode = "public" if m.is_public else "private"
    composer = composer_of(opened_or_404(request, m.conversation_id).c, me, mode=mode, text=m.text)
    return acted(request, m.conversation_id, "withdraw", composer=composer)


def _held_or_404(request: HttpRequest, message_id: int) -> Message:
    m = _message_or_404(request, message_id)
    if not may_approve(request.agent, m):  # type: ignore[attr-defined]  # as above
        raise Http404
    return m


def _dock(
    request: HttpRequest, c: Conversation, *, act: str = "approve", said: str = "", is_refused: bool = False
) -> HttpResponse:
    opened = opened_or_404(request, c.pk)
    composer = composer_of(
        opened.c,
        request.agent,  # type: ignore[attr-defined]  # as above
        mode=opened.draft_mode,
        text=opened.draft_text,
    )
    composer.problem = said
    return acted(
        request, c.pk, act, composer=composer, is_refused=is_refused, status=422 if is_refused else 200
    )
