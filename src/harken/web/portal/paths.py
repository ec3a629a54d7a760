"""The path of a question that travelled, in steps: asked there, asked here, answered, back there, thanked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from harken.community.models import Topic
from harken.community.policy import voice_to_show
from harken.travel.models import Trip
from harken.travel.paths import Path

from .looks import VOICES, name_shown, place_of
from .words import span

OUT = (Trip.State.SENT, Trip.State.THANKED, Trip.State.FAILED)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a path."""

    what: str
    how: str
    at: datetime | None
    look: str  # classes: path-done, path-now, path-next, path-to (it travelled), path-bad


def first_name(name: str) -> str:
    """How somebody is called in a sentence."""
    return name.split()[0] if name.split() else name


def steps_of(path: Path, topic: Topic) -> list[Step]:
    """The steps of a topic's path; what is still to come is hollow."""
    network = str(place_of(path.network).label)
    asker = name_shown(path.asker, path.asker_state)
    asked = _("Asked in private") if path.is_private else _("Asked on %(network)s") % {"network": network}
    steps = [
        Step(asked, _("by %(name)s") % {"name": asker}, path.asked_at, "path-done"),
        Step(
            _("Asked here"),
            _("in our words, by %(name)s") % {"name": first_name(path.opened_by)} if path.opened_by else "",
            path.opened_at,
            "path-done",
        ),
    ]
    if path.state == Trip.State.ENDED:
        return [*steps, Step(_("Taken back"), _("by the one who asked"), None, "path-done")]
    steps.append(_answered(path, topic))
    is_now = topic.answered_at is not None or bool(path.answerer)
    steps.append(_travelled(path, network, asker, is_now=is_now))
    if path.state != Trip.State.STUCK:
        steps.append(_came_back(path, network, asker))
    return steps


def _answered(path: Path, topic: Topic) -> Step:
    at = path.answered_at or topic.answered_at
    if at is None:
        return Step(_("Waits for an answer"), _("from somebody who knows"), None, "path-now")
    took = _("Answered in %(time)s") % {"time": span((at - path.opened_at).total_seconds())}
    if not path.answerer:
        return Step(took, "", None, "path-done")
    voice = VOICES[voice_to_show(path.answerer_voice, is_super_user=path.is_super_user).value]
    name = first_name(name_shown(path.answerer, path.answerer_state))
    return Step(took, f"{name} · {voice.label}", None, "path-done path-to" if path.sent_at else "path-done")


def _travelled(path: Path, network: str, asker: str, *, is_now: bool) -> Step:
    where = (
        _("to the one who asked")
        if path.is_private
        else _("to %(name)s’s thread on %(network)s") % {"name": first_name(asker), "network": network}
    )
    if path.state in OUT:
        return Step(_("Travelled back"), where, path.sent_at, "path-done path-back")
    if path.state == Trip.State.SENDING:
        return Step(_("On its way back"), where, None, "path-now path-back")
    if path.state == Trip.State.STUCK:
        return Step(_("Couldn’t travel"), _("our people look at it"), None, "path-bad")
    return Step(_("Travels back"), where, None, "path-now" if is_now else "path-next")


def _came_back(path: Path, network: str, asker: str) -> Step:
    where = "" if path.is_private else _("on %(network)s") % {"network": network}
    if path.state == Trip.State.THANKED:
        return Step(_("Thanked"), where, path.back_at, "path-done")
    if path.state == Trip.State.FAILED:
        return Step(_("Didn’t work"), where, path.back_at, "path-bad")
    return Step(_("What %(name)s says") % {"name": first_name(asker)}, "", None, "path-next")
