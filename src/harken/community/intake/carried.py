"""What came along with a post from elsewhere. Files of a member's mail are kept as theirs, like files added on the page;
pictures on other networks stay there, and are named in words."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from harken.channels.contract import Attachment
from harken.channels.files import PICTURES
from harken.community.actions.changing import NotAllowed, NotUnderstood
from harken.community.actions.filing import keep_file, line_of
from harken.community.models import Member

MOST_FILES = 10
DECORATION = 30_000  # bytes up to which a picture within a mail is one of its letterhead, not of what is said
LONGEST_WORDS = 300
# Mail programs add these by themselves: proofs of who sent it, cards, invitations.
_BY_PROGRAMS = {
    "application/pgp-signature", "application/pgp-keys", "application/pkcs7-signature", "application/x-pkcs7-signature",
    "text/vcard", "text/x-vcard", "text/calendar",
}  # fmt: skip


def with_kept_files(text: str, files: Sequence[Attachment], *, by: Member) -> str:
    """A mail's own words with its files, kept as this member's; what can't be is named, so that nobody misses it unknown.

    A mail within the mail is never shown: it holds names and addresses of others.
    """
    said = [one for one in files if one.content is not None and not _is_decoration(one)]
    lines = [_kept(one, by) for one in said[:MOST_FILES]]
    lines += [_not_added(one) for one in said[MOST_FILES:]]
    return "\n\n".join(part for part in (text, "\n".join(lines)) if part)


def _is_decoration(file: Attachment) -> bool:
    if file.content_type.lower() in _BY_PROGRAMS:
        return True
    return file.is_inline and file.content_type in PICTURES and len(file.content or b"") < DECORATION


def _kept(file: Attachment, by: Member) -> str:
    if file.content_type.lower().startswith("message/"):
        return _not_added(file)
    try:
        return line_of(keep_file(file.content or b"", name=file.name, by=by))
    except (NotAllowed, NotUnderstood):
        return _not_added(file)


def _not_added(file: Attachment) -> str:
    return _("(%(file)s came along by mail and can't be added here.)") % {"file": _in_words(file.name)}


def with_files_in_words(text: str, files: Sequence[Attachment]) -> str:
    """A network's post with a line for each picture and file that stands there: what it shows, where its author said so."""
    lines = [_there(one) for one in files[:MOST_FILES]]
    return "\n\n".join(part for part in (text, "\n".join(lines)) if part)


def _there(file: Attachment) -> str:
    what = file.content_type.partition("/")[0]
    words = _in_words(file.text)
    if what == "image":
        return (
            _("(With a picture there: %(words)s)") % {"words": words}
            if words
            else _("(With a picture there.)")
        )
    if what == "video":
        return _("(With a film there: %(words)s)") % {"words": words} if words else _("(With a film there.)")
    return _("(With a file there: %(words)s)") % {"words": words} if words else _("(With a file there.)")


def _in_words(text: str) -> str:
    """One line that Markdown reads nothing into."""
    line = " ".join(text.split())[:LONGEST_WORDS]
    return "".join(f"\\{letter}" if letter in "\\`*_[]<>#!|~" else letter for letter in line)
