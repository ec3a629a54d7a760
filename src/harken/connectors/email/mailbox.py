"""The reading side: a mailbox opened, and the mails from a cursor on, page by page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from imap_tools.errors import ImapToolsError, MailboxFolderSelectError, MailboxLoginError

from harken.base.net.errors import NetError
from harken.base.net.imap import IMAP_FAILURES, ImapAbort, ImapError, Mailbox, MailTooLarge, RawMail
from harken.channels.contract import AccessLost, Account, Busy, Page, RawItem

from .envelopes import stub, wrap
from .settings import folder_of, imap_place

PAGE = 50  # mails a page
PAGE_BYTES = 30_000_000  # of a page: reading on stops at the first mail beyond it
MOST_BYTES = 25_000_000  # of one mail; a larger one is shown in the ledger and left in the mailbox
BACK_TO = timedelta(days=30)  # how far back a renumbered mailbox is read again
# RFC 5530: what a server says when the password is not the trouble
NOT_THE_PASSWORD = ("[UNAVAILABLE]", "[LIMIT]", "[INUSE]", "[SERVERBUG]", "[CONTACTADMIN]")


class NoFolder(Busy):
    """The mailbox is there and opened, the folder in it is not."""


def open_mailbox(account: Account, *, command_seconds: float = 60.0) -> Mailbox:
    """Connect, sign in and open the folder. Raises AccessLost where the password is refused, NoFolder, or Busy."""
    mailbox = reach_server(account, command_seconds=command_seconds)
    try:
        sign_in(mailbox, account)
        open_folder(mailbox, folder_of(account))
    except BaseException:
        mailbox.close()
        raise
    return mailbox


def reach_server(account: Account, *, command_seconds: float = 60.0) -> Mailbox:
    """A connection to the IMAP server, not signed in. Raises Busy with what failed."""
    host, port, security = imap_place(account)
    try:
        return Mailbox(host, port, security=security, command_seconds=command_seconds)
    except (NetError, ValueError, KeyError) as problem:
        raise Busy(str(problem), 60.0) from problem


def sign_in(mailbox: Mailbox, account: Account) -> None:
    """Raises AccessLost where the server refuses the user or the password, Busy for anything else."""
    try:
        mailbox.login(account.value("user"), account.value("password"), initial_folder=None)
    except ImapAbort as problem:
        raise Busy(f"The mail server closed the line at the sign-in: {problem}", 60.0) from problem
    except (MailboxLoginError, ImapError) as problem:
        said = _said(problem)
        if any(code in said.upper() for code in NOT_THE_PASSWORD):
            raise Busy(f"The mail server lets nobody in just now: {said}", 120.0) from problem
        raise AccessLost(f"The mail server does not accept user name and password: {said}") from problem
    except (NetError, ImapToolsError, OSError) as problem:
        raise Busy(f"The sign-in failed: {problem}", 60.0) from problem


def open_folder(mailbox: Mailbox, folder: str) -> None:
    """Raises NoFolder where there is none of that name, Busy for anything else."""
    try:
        mailbox.folder.set(folder, readonly=True)
    except MailboxFolderSelectError as problem:
        raise NoFolder(f"The folder {folder!r} cannot be opened: {_said(problem)}", 300.0) from problem
    except IMAP_FAILURES as problem:
        raise Busy(f"The folder {folder!r} could not be opened: {problem}", 60.0) from problem


def read_page(mailbox: Mailbox, folder: str, cursor: Mapping[str, Any]) -> Page:
    """The mails from the cursor's UID on. A renumbered mailbox (RFC 3501, UIDVALIDITY) is read again from a month
    back: what is known already is a duplicate in the ledger. Raises Busy."""
    try:
        status = mailbox.folder.status(folder, ["UIDVALIDITY", "UIDNEXT"])
        validity, following = status["UIDVALIDITY"], status["UIDNEXT"]
        if not cursor:
            return Page(items=(), cursor={"validity": validity, "next": following})
        if cursor.get("validity") == validity:
            # asked even where UIDNEXT did not move: some servers tell it late for the folder that is open
            start = max(1, int(cursor.get("next", 1)))
            uids = sorted(uid for uid in map(int, mailbox.uids(f"UID {start}:*")) if uid >= start)
        else:
            start = 1
            since = datetime.now(UTC) - BACK_TO
            uids = sorted(map(int, mailbox.uids(f"SINCE {imap_date(since)}")))
        items, done = _read(mailbox, validity, uids[:PAGE])
    except KeyError as problem:
        raise Busy(f"The mail server does not tell {problem} of the folder.", 300.0) from problem
    except IMAP_FAILURES as problem:
        raise Busy(f"The mail server did not go on: {problem}", 30.0) from problem
    has_more = done < len(uids)
    after = uids[done - 1] + 1 if done else start
    if not has_more:
        after = max(after, following, start)
    return Page(items=items, cursor={"validity": validity, "next": after}, has_more=has_more)


def _read(mailbox: Mailbox, validity: int, uids: Sequence[int]) -> tuple[list[RawItem], int]:
    """(the items, how many of the UIDs are done). Fewer than all where the page is full, or where one mail cannot be
    had: it is then the first of the next page, and as the first it is given up, noted, and passed."""
    items: list[RawItem] = []
    held, last = 0, 0
    try:
        for mail in mailbox.raw_mails(uids, max_bytes=MOST_BYTES, batch=PAGE):
            items.append(_item(validity, mail))
            held, last = held + len(mail.content or b""), mail.uid
            if held >= PAGE_BYTES:
                return items, sum(1 for uid in uids if uid <= last)
    except MailTooLarge as larger:
        return _passed(items, uids, validity, last, f"the mail is larger than its server said ({larger})")
    except ImapAbort:
        raise
    except ImapError as refusal:
        if not items and not _is_refused_for_good(mailbox, uids[0]):
            raise
        return _passed(items, uids, validity, last, f"the mail server does not hand the mail out ({refusal})")
    return items, len(uids)


def _passed(
    items: list[RawItem], uids: Sequence[int], validity: int, last: int, reason: str
) -> tuple[list[RawItem], int]:
    if items:
        return items, sum(1 for uid in uids if uid <= last)
    return [RawItem(key=f"{validity}:{uids[0]}", body=stub(reason[:250]))], 1


def _is_refused_for_good(mailbox: Mailbox, uid: int) -> bool:
    """Whether the server tells of this mail but refuses it once more: then the mail is the trouble, not the server."""
    list(mailbox.raw_mails([uid], max_bytes=-1))  # raises where it refuses everything
    try:
        list(mailbox.raw_mails([uid], max_bytes=MOST_BYTES))
    except ImapAbort:
        raise
    except ImapError as again:
        return not any(code in str(again).upper() for code in NOT_THE_PASSWORD)
    return False


def _item(validity: int, mail: RawMail) -> RawItem:
    key = f"{validity}:{mail.uid}"
    if mail.content is None:
        reason = f"the mail has {mail.size / 1e6:.1f} MB, more than is read"
        return RawItem(key=key, body=stub(reason), at=mail.arrived)
    arrived = (mail.arrived or datetime.now(UTC)).astimezone(UTC)
    return RawItem(key=key, body=wrap(mail.content, arrived), at=arrived)


def sent_folder(mailbox: Mailbox) -> str:
    """The folder that is marked as the one for sent mail (RFC 6154), else one with such a name."""
    folders = list(mailbox.folder.list())
    for folder in folders:
        if "\\sent" in (flag.casefold() for flag in folder.flags):
            return folder.name
    usual = ("sent", "sent items", "sent mail", "sent messages", "inbox.sent", "inbox/sent")
    return next((folder.name for folder in folders if folder.name.casefold() in usual), "Sent")


MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def imap_date(at: datetime) -> str:
    """A day as IMAP's searches want it, whatever the machine's language."""
    return f"{at.day:02d}-{MONTHS[at.month - 1]}-{at.year}"


def _said(problem: Exception) -> str:
    """The server's own words in an error of imap_tools or imaplib."""
    result = getattr(problem, "command_result", None)
    words = result[1] if isinstance(result, tuple) and len(result) > 1 else problem.args
    first = next((word for word in words if word), "") if words else ""
    text = first.decode("utf-8", "replace") if isinstance(first, bytes) else str(first)
    return text[:300] or "it gave no reason"
