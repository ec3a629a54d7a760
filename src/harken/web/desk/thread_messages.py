"""A message as its thread shows it: who speaks, what became of it, what can be done about it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from harken.base.joints import joined
from harken.channels.contract import Ability
from harken.inbox.models import Conversation, Message

from .looks import FATES, PLACE_ICON, initials_of, is_always_private, look_of, manifest_of, place_of
from .texts import body_html
from .thread_files import shown_file


def message_of(c: Conversation, m: Message) -> dict[str, Any]:
    """All that `desk/_message.html` shows of a message; nothing in it depends on who reads."""
    is_note, is_in = m.direction == "note", m.direction == "in"
    is_aside = is_in and m.handle_id not in (None, c.handle_id)
    who, who_words, name = _speaker(c, m, is_aside=is_aside)
    is_waiting = still_waits(c, m)
    approval = getattr(m, "approval", None)
    is_returned = approval is not None and approval.state == "returned"
    look = [
        "aside" if is_aside else "", "ours" if m.direction == "out" else "", "inside" if is_note else "",
        "automatic" if m.is_automatic else "", "unanswered" if is_waiting else "", "gone" if m.deleted_at else "",
        "returned" if is_returned else "",
    ]  # fmt: skip
    return {
        "kind": "message",
        "id": m.pk,
        "at": m.happened_at,
        "look": " ".join(word for word in look if word),
        "who": who,
        "who_words": who_words,
        "name": name,
        "initials": initials_of(name),
        "is_note": is_note,
        "is_public": m.is_public,
        "is_waiting": is_waiting,
        "is_deleted": m.deleted_at is not None,
        "is_ours": m.direction == "out",
        "place": place_of(m.is_public),
        "place_icon": PLACE_ICON[place_of(m.is_public)],
        "place_words": _("In private") if c.is_public and not m.is_public and not is_note else "",
        "subject": m.subject if m.subject and m.subject != c.subject else "",
        "language": m.language,
        "body": body_html(m.text),
        "has_html": bool(m.html)
        and is_always_private(c.channel),  # a mail; posts have no layout of their own
        "quoted": m.quoted,
        "files": [shown_file(a, m) for a in m.attachments.all()],
        "under": list(_under(c, m)),
        "fate_box": _fate_box(c, m),
        "versions": m.versions,
    }


def still_waits(c: Conversation, m: Message) -> bool:
    """Whether this message of the customer still waits for an answer."""
    return bool(
        m.direction == "in"
        and c.needs_answer
        and c.waiting_since
        and m.needs_reply
        and m.happened_at >= c.waiting_since
        and m.deleted_at is None
    )


def _speaker(c: Conversation, m: Message, *, is_aside: bool) -> tuple[str, str, str]:
    """Who speaks: the class, the word, the name. The word is always there: staff never pose as somebody else."""
    if m.direction == "in":
        handle = m.handle or c.handle
        name = handle.name or handle.shown or handle.key
        return (
            "customer",
            _("Looking on") if is_aside else _("Customer"),
            name if is_aside else c.person.name or name,
        )
    brand = c.brand.name
    if m.is_automatic:
        return "brand", _("Automatic, for %(brand)s") % {"brand": brand}, brand
    if m.author is None:
        return "brand", _("Written elsewhere, as %(brand)s") % {"brand": brand}, brand
    if m.direction == "note":
        return "staff", _("Staff"), m.author.name
    return "staff", _("Staff, for %(brand)s") % {"brand": brand}, m.author.name


def _under(c: Conversation, m: Message) -> Iterable[dict[str, Any]]:
    """The line under a message: what became of ours, how far theirs went, what to know about it."""
    network = look_of(c.channel).label
    approval = getattr(m, "approval", None)
    if approval is not None and approval.state == "returned":
        by = approval.decided_by.name if approval.decided_by else _("a lead")
        words = _("Returned by %(name)s: %(comment)s") % {"name": by, "comment": approval.comment}
        yield {"icon": "undo-2", "words": words, "fate": "refused"}
    elif m.dispatch is not None:
        icon, fate, words = FATES[m.dispatch.state]
        if m.dispatch.bounced_at:
            yield {
                "icon": "circle-x",
                "words": _("Came back"),
                "fate": "refused",
                "at": m.dispatch.bounced_at,
            }
        else:
            at = m.dispatch.settled_at if m.dispatch.state == "sent" else None
            yield {"icon": icon, "words": words, "fate": fate, "at": at}
        if approval is not None and approval.state == "approved" and approval.decided_by:
            yield {
                "icon": "clipboard-check",
                "words": _("Approved by %(name)s") % {"name": approval.decided_by.name},
            }
    if m.url:
        words = _("On %(network)s") % {"network": network}
        yield {"icon": "external-link", "words": "", "href": m.url, "link": words}
    if m.direction == "in" and m.is_public and (m.replies or m.boosts or m.likes):
        yield {"icon": "eye", "words": reach_words(m.replies, m.boosts, m.likes)}
    if m.direction == "in" and not m.is_verified:
        yield {"icon": "circle-alert", "words": _("The sender's address is not proven")}
    if m.direction == "in" and m.is_automatic:
        yield {"icon": "circle-dashed", "words": _("Written by a machine")}
    if m.edited_at:
        yield {"icon": "pencil", "words": _("Edited"), "at": m.edited_at}
    yield from _amending(c, m)


def _amending(c: Conversation, m: Message) -> Iterable[dict[str, Any]]:
    """A change of ours that is not done, and the way to change what has left."""
    for change in m.amendments.all():
        if change.dispatch.state in ("sent", "cancelled"):
            continue
        icon, fate, words = FATES[change.dispatch.state]
        what = _("An edit of it") if change.kind == "edit" else _("Taking it away")
        yield {"icon": icon, "words": f"{what}: {words}", "fate": fate}
    if m.direction != "out" or m.deleted_at or m.dispatch is None or m.dispatch.state != "sent":
        return
    manifest = manifest_of(c.channel.connector)
    abilities = manifest.abilities if manifest and not c.channel.is_archive else frozenset()
    may_edit, may_delete = Ability.SEND_EDITS in abilities, Ability.SEND_DELETIONS in abilities
    if may_edit or may_delete:
        label = (
            _("Edit or take away") if may_edit and may_delete else _("Edit") if may_edit else _("Take away")
        )
        yield {
            "icon": "pencil" if may_edit else "trash-2",
            "words": "",
            "here": f"/desk/m/{m.pk}/amend/",
            "link": label,
        }


def reach_words(replies: int, boosts: int, likes: int) -> str:
    """“3 replies, 12 boosts, 40 likes”, without what is nought."""
    parts = []
    if replies:
        parts.append(ngettext("%(n)s reply", "%(n)s replies", replies) % {"n": replies})
    if boosts:
        parts.append(ngettext("%(n)s boost", "%(n)s boosts", boosts) % {"n": boosts})
    if likes:
        parts.append(ngettext("%(n)s like", "%(n)s likes", likes) % {"n": likes})
    return joined(parts)


def _fate_box(c: Conversation, m: Message) -> dict[str, Any] | None:
    """The safe choices for what was refused, came back, or may have left; "Look there first" always first."""
    d = m.dispatch
    if d is None or not (d.state in ("unknown", "refused") or d.bounced_at):
        return None
    manifest = manifest_of(c.channel.connector)
    abilities = manifest.abilities if manifest else frozenset()
    give_up = {"verb": "give-up", "icon": "x", "label": _("Let it be"), "is_quiet": True}
    if d.state == "unknown":
        acts = []
        if Ability.LOOK_UP in abilities:
            acts.append({"verb": "look", "icon": "search", "label": _("Look there first")})
        elif c_url := next(
            (one for one in (m.conversation.messages.exclude(url="").values_list("url", flat=True)[:1])), ""
        ):
            acts.append({"href": c_url, "icon": "external-link", "label": _("Look there first")})
        acts += [
            {"verb": "arrived", "icon": "check", "label": _("It did arrive")},
            {"verb": "again", "icon": "refresh-cw", "label": _("It did not: send again"), "is_quiet": True},
        ]
        title = _("Not known whether it arrived.")
        return {"look": "unknown", "title": title, "reason": d.reason, "advice": d.what_to_do, "acts": acts}
    title = _("It came back.") if d.bounced_at else _("The network refused it.")
    acts = [{"verb": "change", "icon": "pencil", "label": _("Change it")}]
    if not d.bounced_at:
        acts.append({"verb": "again", "icon": "refresh-cw", "label": _("Send again as it is")})
        acts.append(give_up)
    return {"look": "refused", "title": title, "reason": d.reason, "advice": d.what_to_do, "acts": acts}
