"""Files in what members write: pictures, PDF and plain text, by what they are and not by what they are called."""

from __future__ import annotations

import re
from datetime import timedelta

from django.db.models import Sum
from django.utils.timezone import now
from django.utils.translation import gettext as _

from harken.base.camera import Damaged, without_camera_data
from harken.channels.files import PICTURES, document_type, picture_type, store_file
from harken.community.models import File, Member
from harken.community.texts import FILES_AT

from .changing import NotAllowed, NotUnderstood, check_writer

MOST_BYTES = 10 * 1024 * 1024
MOST_BYTES_A_DAY = 10 * MOST_BYTES  # of one member: what nobody puts into anything lies here for a day
LONGEST_NAME = 120

_DIRECTIONS = re.compile(
    "[\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)  # a name that reads as another than it is
_UNFIT = re.compile(r'[\x00-\x1f\x7f"<>|:*?]')
_IN_A_LINE = str.maketrans({"[": "(", "]": ")", "`": "'", "*": "", "\\": ""})  # what Markdown would read
# What a desk opens with an editor. Any other ending gets one of ours behind it: nothing saved from here runs.
_TEXT_ENDINGS = {
    "txt", "log", "csv", "tsv", "json", "md", "ini", "conf", "cfg", "toml", "yaml", "yml", "diff", "patch",
}  # fmt: skip


def keep_file(content: bytes, *, name: str = "", by: Member) -> File:
    """Keep a picture (PNG, JPEG, GIF, WebP; without what a camera wrote into it), a PDF or a plain text (kept as UTF-8)
    of at most `MOST_BYTES`. Raises NotAllowed, NotUnderstood."""
    check_writer(by)
    if len(content) > MOST_BYTES:
        raise NotUnderstood("file", _("Files of up to 10 MB, please."))
    kind = picture_type(content[:16])
    try:
        content = without_camera_data(content) if kind else content
    except Damaged:
        raise NotUnderstood(
            "file", _("This picture is damaged. Open it, save it anew and send that.")
        ) from None
    if not kind:
        kind, content = document_type(content)
    if not kind:
        raise NotUnderstood(
            "file",
            _("Only pictures (PNG, JPEG, GIF, WebP), PDF and plain text, as logs are, can be added here."),
        )
    day = File.objects.filter(member=by, at__gt=now() - timedelta(days=1))
    if (day.aggregate(bytes=Sum("size"))["bytes"] or 0) + len(content) > MOST_BYTES_A_DAY:
        raise NotAllowed(_("You added 100 MB of files in a day, and that is the most. Go on tomorrow."))
    return File.objects.create(
        member=by,
        stored_as=store_file(content),
        content_type=kind,
        size=len(content),
        name=name_for_saving(name, kind),
    )


def line_of(kept: File) -> str:
    """What puts the file into a text: a picture shown there, a document as a link with its size."""
    called, address = kept.name.translate(_IN_A_LINE), f"{FILES_AT}{kept.stored_as}"
    if kept.content_type in PICTURES:
        return f"![{called.rpartition('.')[0][:80]}]({address})"
    # as every language of ours writes it: it stands in the post, for readers of all of them
    size = f"{kept.size} B" if kept.size < 1000 else f"{round(kept.size / 1000)} kB"
    return f"[{called} ({size})]({address})"


def name_for_saving(name: str, kind: str) -> str:
    """What the file is called where it is saved: its own name, with an ending that fits what it is."""
    name = _DIRECTIONS.sub("", name.replace("\\", "/").rpartition("/")[2])
    name = " ".join(_UNFIT.sub(" ", name).split()).lstrip(".")
    stem, _dot, ending = name.rpartition(".")
    stem = stem.rstrip(" .")
    if not stem:
        stem, ending = ending or "file", ""
    fitting = {"application/pdf": {"pdf"}, "text/plain": _TEXT_ENDINGS}.get(
        kind, {kind.rpartition("/")[2], "jpg"}
    )
    if ending.lower() in fitting:
        return f"{stem[: LONGEST_NAME - len(ending) - 1]}.{ending}"
    ours = {"application/pdf": "pdf", "text/plain": "txt"}.get(kind, kind.rpartition("/")[2])
    whole = f"{stem}.{ending}" if ending else stem
    return f"{whole[: LONGEST_NAME - len(ours) - 1]}.{ours}"
