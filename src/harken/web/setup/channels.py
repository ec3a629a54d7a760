"""Channels in the browser: the list with health, connecting one with a test that says what failed, pausing."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from harken.base.joints import joined
from harken.channels.actions import (
    CannotBegin,
    WrongSettings,
    change_channel,
    check_settings,
    connect_channel,
    create_channel,
    pause_channel,
    resume_channel,
    split_settings,
)
from harken.channels.contract import Ability, CheckStep, Manifest
from harken.channels.health import Health, health_of
from harken.channels.models import Channel
from harken.channels.registry import manifests
from harken.inbox.permissions import channels_visible_to
from harken.web.access import for_admins
from harken.web.desk.looks import look_of, manifest_of
from harken.web.desk.surroundings import forget_surroundings

from . import guests, letting_in
from .channel_form import ChannelForm
from .frame import setup_page

# a channel that nobody brings messages to is not connected here: archives are imported by the command
IN = {Ability.DOOR, Ability.POLL, Ability.STREAM}
LOOKS = {
    "fine": ("good", "circle-check", gettext_lazy("Works")),
    "new": ("", "circle-dashed", gettext_lazy("Waits for its first message")),
    "paused": ("quiet", "pause", gettext_lazy("Paused")),
    "silent": ("quiet", "hourglass", gettext_lazy("Silent")),
    "waiting": ("quiet", "hourglass", gettext_lazy("The network asks us to wait")),
    "partly": ("quiet", "circle-alert", gettext_lazy("Works in part")),
    "failing": ("quiet", "circle-alert", gettext_lazy("Not reachable")),
    "broken": ("broken", "circle-x", gettext_lazy("Broken")),
}


def health_words(health: Health) -> dict[str, Any]:
    """A channel's health as the pages show it."""
    look, icon, words = LOOKS.get(health.state, LOOKS["failing"])
    return {"look": look, "state_icon": icon, "state_words": words}


@for_admins
@require_safe
def channel_list(request: HttpRequest) -> HttpResponse:
    """Every channel with its health and, where something is wrong, what to do."""
    agent = request.agent  # type: ignore[attr-defined]  # set by AccessMiddleware
    rows = []
    for c in channels_visible_to(agent).select_related("brand").prefetch_related("teams").order_by("name"):
        health = health_of(c)
        is_wrong = health.state in ("broken", "failing", "partly", "silent", "paused")
        rows.append(
            {
                "id": c.pk,
                "name": c.name,
                "icon": look_of(c).icon,
                "network": look_of(c).label,
                "brand": c.brand.name,
                "is_space": c.purpose == Channel.Purpose.SPACE,
                "is_guest": c.purpose == Channel.Purpose.GUEST,
                "teams": joined(team.name for team in c.teams.all()),
                "arrived_at": c.arrived_at,
                "problem": health.sentence if is_wrong else "",
                "what_to_do": health.what_to_do,
                **health_words(health),
            }
        )
    return setup_page(request, "setup/channels.html", "channels", {"title": _("Channels"), "channels": rows})


def connectable() -> list[Manifest]:
    """The networks that a channel can be connected to in the browser."""
    # a space's own actor is made with the space
    return [one for one in manifests() if one.abilities & IN and one.purposes != ("space",)]


@for_admins
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def connect(request: HttpRequest) -> HttpResponse:
    """Connect a channel: choose the network, fill in, test, connect."""
    kinds = connectable()
    asked = request.POST.get("kind") or request.GET.get("kind") or (kinds[0].name if kinds else "")
    manifest = next((one for one in kinds if one.name == asked), None)
    if manifest is None:
        raise Http404
    return _channel_page(request, manifest, None, kinds)


@for_admins
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def channel(request: HttpRequest, channel_id: int) -> HttpResponse:
    """One channel: its settings, its test, its health."""
    found = _channel_or_404(request, channel_id)
    manifest = manifest_of(found.connector)
    if manifest is None:
        raise Http404
    if manifest.purposes == ("space",):  # made and changed with the space
        return HttpResponseRedirect("/setup/fediverse/")
    return _channel_page(request, manifest, found, [])


def _channel_or_404(request: HttpRequest, channel_id: int) -> Channel:
    rows = channels_visible_to(request.agent)  # type: ignore[attr-defined]  # as above
    found = rows.filter(pk=channel_id).select_related("brand").first()
    if found is None:
        raise Http404
    return found


def _channel_page(
    request: HttpRequest, manifest: Manifest, found: Channel | None, kinds: Sequence[Manifest]
) -> HttpResponse:
    posted, sign_in = letting_in.posted(request, manifest)
    form = ChannelForm(manifest, None if sign_in.is_asked else posted, channel=found)
    if sign_in.is_asked:  # the rest is not judged yet, and not lost
        form.initial |= {
            name: posted.getlist(name) if name == "teams" else posted.get(name)
            for name in form.fields
            if posted and name in posted
        }
    page: dict[str, Any] = {
        "title": found.name if found else _("Connect a channel"),
        "channel": found,
        "kinds": kinds,
        "kind": manifest.name,
        "network": _(manifest.label),
        "guide": manifest.guide,
        "form": form,
        "sign_in": sign_in if Ability.SIGN_IN in manifest.abilities else None,
        "carried": letting_in.seal(request, sign_in.secrets) if sign_in.secrets else "",
        "action": f"/setup/channels/{found.pk}/" if found else "/setup/channels/connect/",
    }
    if found is not None:
        page["health"] = health_words(health_of(found))
        if Ability.DOOR in manifest.abilities:
            page["door"] = f"{settings.PUBLIC_URL}/doors/{found.door_token}/"
    if request.method == "POST" and not sign_in.is_asked:
        answer = _posted(request, manifest, found, form, sign_in, page)
        if answer is not None:
            return answer
    return setup_page(
        request, "setup/connect.html", "channels", page, status=422 if form.errors or sign_in.problem else 200
    )


def _posted(
    request: HttpRequest,
    manifest: Manifest,
    found: Channel | None,
    form: ChannelForm,
    sign_in: letting_in.SignIn,
    page: dict[str, Any],
) -> HttpResponse | None:
    known = {**(found.secrets() if found else {}), **sign_in.secrets}
    is_valid = form.is_valid()
    try:
        given, kept = split_settings(manifest, form.values(), known=known)
    except WrongSettings as wrong:
        form.show_problems(wrong)
        return None
    if not is_valid:
        return None
    page["carried"] = letting_in.seal(request, kept)
    wish = "test" if sign_in.has_worked else request.POST.get("do", "save")
    if wish == "test" or (wish == "save" and found is None):  # "anyway" connects untested
        page |= _tested(manifest, given, kept)
        if wish == "test" or not page["is_all_ok"]:
            page["may_connect_anyway"] = wish == "save"
            return None
    agent = request.agent  # type: ignore[attr-defined]  # as above
    clean = form.cleaned_data
    fields = {"name": clean["name"], "brand": clean["brand"], "team": clean.get("team")}
    if found is None:
        fields["purpose"] = clean.get("purpose") or manifest.purposes[0]
        try:
            made = (create_channel if wish == "anyway" else connect_channel)(
                manifest.name,
                settings=given,
                secrets=kept,
                teams=clean.get("teams", ()),
                actor_id=agent.user_id,
                **fields,
            )
        except CannotBegin as why:
            page |= _not_begun(page, str(why))
            return None
        told = _("%(name)s is connected. New messages appear on the desk.")
        if made.purpose == Channel.Purpose.GUEST:
            guests.record(made, clean, by=agent)
            told = _("%(name)s is connected. What is new there appears on the desk, under Other places.")
        elif made.purpose == Channel.Purpose.SPACE:
            told = _("%(name)s is connected for the community. Nothing of it appears on the desk.")
        elif wish == "anyway" and Ability.POLL in manifest.abilities:
            told = _(
                "%(name)s is connected, untested. What is written after its first reading appears on the desk."
            )
        messages.success(request, told % {"name": made.name})
    else:
        made = found
        change_channel(found, actor_id=agent.user_id, settings=given, secrets=kept, **fields)
        found.teams.set(clean.get("teams", ()))
        if guests.is_guest(manifest):
            guests.record(found, clean, by=agent)
        messages.success(request, _("Saved."))
    forget_surroundings()
    return HttpResponseRedirect(f"/setup/channels/{made.pk}/")


def _tested(manifest: Manifest, given: Mapping[str, Any], kept: Mapping[str, str]) -> dict[str, Any]:
    """Try the settings against the network, step by step."""
    begin = time.monotonic()
    steps: Sequence[CheckStep] = check_settings(manifest.name, given, kept)
    took = time.monotonic() - begin
    failed = next((step for step in steps if not step.is_ok), None)
    done = sum(step.is_ok for step in steps)
    title = _("Everything works") if failed is None else _("Stopped at: %(step)s") % {"step": failed.name}
    if failed is not None and done:
        title += ngettext(" (%(n)s step before it worked)", " (%(n)s steps before it worked)", done) % {
            "n": done
        }
    words = _("tested %(at)s, took %(seconds).1f s") % {
        "at": localtime().strftime("%H:%M:%S"),
        "seconds": took,
    }
    return {"steps": steps, "is_all_ok": failed is None, "test_title": title, "tested_words": words}


def _not_begun(page: Mapping[str, Any], why: str) -> dict[str, Any]:
    """The test went well, and a moment later the network did not say where reading begins."""
    failed = CheckStep(_("Begin to read"), False, why, _("Nothing is connected yet. Try again in a moment."))
    title = _("Stopped at: %(step)s") % {"step": failed.name}
    steps = [*page.get("steps", ()), failed]
    return {"steps": steps, "is_all_ok": False, "test_title": title, "may_connect_anyway": True}


@for_admins
@require_POST
def pause(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Neither read nor send from now on."""
    found = _channel_or_404(request, channel_id)
    pause_channel(found, actor_id=request.agent.user_id)  # type: ignore[attr-defined]  # as above
    forget_surroundings()
    return HttpResponseRedirect(f"/setup/channels/{found.pk}/")


@for_admins
@require_POST
def resume(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Go on where the cursor stands."""
    found = _channel_or_404(request, channel_id)
    resume_channel(found, actor_id=request.agent.user_id)  # type: ignore[attr-defined]  # as above
    forget_surroundings()
    return HttpResponseRedirect(f"/setup/channels/{found.pk}/")
