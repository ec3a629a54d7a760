"""What takes one press: thanks, whether it worked, what solved it, the same question, following, closing; and tags."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods, require_POST

from harken.base.joints import parted
from harken.community.actions.changing import NotAllowed, NotUnderstood
from harken.community.actions.checking import check_post
from harken.community.actions.choosing import (
    choose_answer,
    have_same_question,
    take_back_thanks,
    tell_outcome,
    thank_post,
    withdraw_choice,
)
from harken.community.actions.editing import set_open
from harken.community.actions.keeping import follow as follow_thing
from harken.community.actions.keeping import unfollow
from harken.community.actions.tagging import set_tags
from harken.community.models import Outcome
from harken.web.access import for_members

from .acts import act_and_return, address, form_page, post_here, topic_here, writer_of


def _is_back(request: HttpRequest) -> bool:
    return request.POST.get("do") == "back"


@for_members
@require_POST
def thank(request: HttpRequest, post_id: int) -> HttpResponse:
    """Thank for a post, or take it back (`do=back`)."""
    post = post_here(request, post_id)
    act = take_back_thanks if _is_back(request) else thank_post
    return act_and_return(request, post.topic, lambda: act(post, by=writer_of(request)), anchor=f"p{post.pk}")


@for_members
@require_POST
def choose(request: HttpRequest, post_id: int) -> HttpResponse:
    """Say that this answer solved it, or that nothing did (`do=back`)."""
    post = post_here(request, post_id)
    by = writer_of(request)
    return act_and_return(
        request,
        post.topic,
        lambda: withdraw_choice(post.topic, by=by) if _is_back(request) else choose_answer(post, by=by),
        anchor=f"p{post.pk}",
    )


@for_members
@require_POST
def check(request: HttpRequest, post_id: int) -> HttpResponse:
    """One of the company's people says that an answer is right, or takes that back (`do=back`)."""
    post = post_here(request, post_id)
    return act_and_return(
        request,
        post.topic,
        lambda: check_post(post, by=writer_of(request), is_checked=not _is_back(request)),
        anchor=f"p{post.pk}",
    )


@for_members
@require_http_methods(["GET", "POST"])
def worked(request: HttpRequest, post_id: int) -> HttpResponse:
    """Say whether an answer worked: `do` is yes, no or back; with which version and in which words if one likes."""
    post = post_here(request, post_id)
    if request.method == "GET":
        told = Outcome.objects.filter(post=post, member=request.member).first() if request.member else None  # type: ignore[attr-defined]
        page = {"post": post, "told": told, "is_no": request.GET.get("did") == "no"}
        return form_page(request, post.topic, "outcome", page)
    do = request.POST.get("do", "")
    return act_and_return(
        request,
        post.topic,
        lambda: tell_outcome(
            post,
            by=writer_of(request),
            worked={"yes": True, "no": False}.get(do),
            version=request.POST.get("version", ""),
            words=request.POST.get("words", ""),
        ),
        anchor=f"p{post.pk}",
    )


@for_members
@require_POST
def same(request: HttpRequest, topic_id: int) -> HttpResponse:
    """“I have this question too”, or not any more (`do=back`)."""
    topic = topic_here(request, topic_id)
    by = writer_of(request)
    return act_and_return(
        request, topic, lambda: have_same_question(topic, by=by, is_same=not _is_back(request))
    )


@for_members
@require_POST
def follow(request: HttpRequest, topic_id: int) -> HttpResponse:
    """Hear of what is said in the topic, or no more (`do=back`)."""
    topic = topic_here(request, topic_id)
    by = writer_of(request)
    return act_and_return(
        request, topic, lambda: unfollow(by, topic) if _is_back(request) else follow_thing(by, topic)
    )


@for_members
@require_POST
def close(request: HttpRequest, topic_id: int) -> HttpResponse:
    """Close a topic, or open it again (`do=back`)."""
    topic = topic_here(request, topic_id)
    return act_and_return(
        request, topic, lambda: set_open(topic, is_open=_is_back(request), by=writer_of(request))
    )


@for_members
@require_http_methods(["GET", "POST"])
def tags(request: HttpRequest, topic_id: int) -> HttpResponse:
    """Change under which words a topic is found; commas between them."""
    topic = topic_here(request, topic_id)
    typed = request.POST.get("tags", ", ".join(topic.tag_names))
    if request.method == "GET":
        return form_page(request, topic, "tags", {"typed": typed})
    try:
        set_tags(topic, parted(typed), by=writer_of(request))
    except (NotAllowed, NotUnderstood) as why:
        return form_page(request, topic, "tags", {"typed": typed}, why=why)
    return HttpResponseRedirect(address(topic))
