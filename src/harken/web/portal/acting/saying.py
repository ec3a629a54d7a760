"""Saying something in a topic: answers, comments, edits, taking away and putting back."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods, require_POST

from harken.community.actions.changing import NotAllowed, NotUnderstood
from harken.community.actions.editing import edit_post, remove_post, restore_post
from harken.community.actions.holding import Written
from harken.community.actions.keeping import keep_draft
from harken.community.actions.writing import write_answer, write_comment
from harken.community.models import Draft, Member, Post
from harken.community.permissions import is_improving, may_edit
from harken.community.queries.named import html_naming
from harken.web.access import for_members
from harken.web.portal.agreeing import agreed_by_sending
from harken.web.portal.form_times import TRAP, written

from .acts import (
    address,
    form_page,
    key_of,
    may_here,
    once,
    post_here,
    reader_of,
    status_of,
    topic_here,
    writer_of,
)


@for_members
@require_http_methods(["GET", "POST"])
def answer(request: HttpRequest, topic_id: int) -> HttpResponse:
    """Answer; `do=preview` shows how it will look, `do=draft` keeps it for later."""
    topic = topic_here(request, topic_id)
    if request.method == "GET":
        draft = Draft.objects.filter(member=request.member, topic=topic).first() if request.member else None  # type: ignore[attr-defined]
        return form_page(request, topic, "write", {"mine": {"draft": draft.text if draft else ""}})
    text, voice = request.POST.get("text", ""), request.POST.get("as", "employee")
    typed = {"typed": text, "as_voice": voice, "stays": request.POST.get("travels") != "1"}
    do, by = request.POST.get("do"), writer_of(request)
    if do == "preview":
        keep_draft(by, text=text, topic=topic)  # who looks and goes back finds it in the form
        return form_page(request, topic, "write", {**typed, "preview": html_naming(text)})
    if do == "draft":
        keep_draft(by, text=text, topic=topic)
        return HttpResponseRedirect(address(topic, "write"))
    try:
        said = once(
            lambda: write_answer(
                topic,
                by=by,
                text=text,
                as_brand=voice == "brand" and may_here(request, topic).is_staff,
                as_update=voice == "update" and may_here(request, topic).is_staff,
                may_travel=bool(topic.asked_on) and not typed["stays"],
                key=key_of(request, by),
                how=written(request),
            )
        )
    except (NotAllowed, NotUnderstood) as why:
        keep_draft(by, text=text, topic=topic)
        return form_page(request, topic, "write", typed, why=why)
    agreed_by_sending(request, by)
    return HttpResponseRedirect(address(topic, f"p{said.pk}"))


@for_members
@require_POST
def draft(request: HttpRequest, topic_id: int) -> HttpResponse:
    """Keep what is being written, as it is written."""
    keep_draft(writer_of(request), text=request.POST.get("text", ""), topic=topic_here(request, topic_id))
    return HttpResponse(status=204)


@for_members
@require_http_methods(["GET", "POST"])
def comment(request: HttpRequest, post_id: int) -> HttpResponse:
    """Comment on a post."""
    post = post_here(request, post_id)
    text = request.POST.get("text", "")
    if request.method == "GET":
        return form_page(request, post.topic, "comment", {"post": post})
    by = writer_of(request)
    try:
        said = once(
            lambda: write_comment(post, by=by, text=text, key=key_of(request, by), how=written(request))
        )
    except (NotAllowed, NotUnderstood) as why:
        return form_page(request, post.topic, "comment", {"post": post, "typed": text}, why=why)
    agreed_by_sending(request, by)
    return HttpResponseRedirect(address(post.topic, f"p{said.pk}"))


@for_members
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, post_id: int) -> HttpResponse:
    """Change what one said, and say why. The earlier text stays readable."""
    post = post_here(request, post_id)
    typed = {
        "post": post,
        "typed": request.POST.get("text", post.text),
        "typed_title": request.POST.get("title", post.topic.title),
        "reason": request.POST.get("reason", ""),
        "seen": post.edits,
        "is_others": is_improving(reader_of(request) or Member(), post=post),
    }
    if request.method == "GET":
        if not may_edit(reader_of(request), post=post):
            return HttpResponseRedirect(address(post.topic, f"p{post.pk}"))
        return form_page(request, post.topic, "edit", typed)
    if request.POST.get("do") == "preview":
        typed |= {"preview": html_naming(str(typed["typed"])), "seen": request.POST.get("seen", post.edits)}
        return form_page(request, post.topic, "edit", typed)
    seen = request.POST.get("seen", "")
    try:
        edit_post(
            post,
            by=writer_of(request),
            text=str(typed["typed"]),
            title=str(typed["typed_title"]),
            reason=str(typed["reason"]),
            how=Written(is_trapped=bool(request.POST.get(TRAP, ""))),
            seen_edits=int(seen) if seen.isdecimal() and len(seen) < 8 else None,
        )
    except (NotAllowed, NotUnderstood) as why:
        if status_of(why) == 409:
            typed["there_now"] = post.text
        return form_page(request, post.topic, "edit", typed, why=why)
    post.topic.refresh_from_db(fields=["slug"])
    return HttpResponseRedirect(address(post.topic, f"p{post.pk}"))


@for_members
@require_http_methods(["GET", "POST"])
def remove(request: HttpRequest, post_id: int) -> HttpResponse:
    """Take a post of one's own out of sight; it can be put back."""
    post = post_here(request, post_id, also_own_removed=True)
    if request.method == "GET":
        by = reader_of(request)
        if not may_edit(by, post=post) or (by is not None and is_improving(by, post=post)):
            return HttpResponseRedirect(address(post.topic, f"p{post.pk}"))
        return form_page(request, post.topic, "remove", {"post": post})
    try:
        remove_post(post, by=writer_of(request))
    except NotAllowed as why:
        return form_page(request, post.topic, "remove", {"post": post}, why=why)
    return HttpResponseRedirect(f"/community/posts/{post.pk}/restore/")


@for_members
@require_http_methods(["GET", "POST"])
def restore(request: HttpRequest, post_id: int) -> HttpResponse:
    """What stands where something was taken away: a way to put it back."""
    post = post_here(request, post_id, also_own_removed=True)
    if request.method == "GET" and post.state == Post.State.REMOVED:
        return form_page(request, post.topic, "removed", {"post": post})
    if request.method == "POST":
        try:
            restore_post(post, by=writer_of(request))
        except NotAllowed as why:
            return form_page(request, post.topic, "removed", {"post": post}, why=why)
    return HttpResponseRedirect(address(post.topic, f"p{post.pk}"))
