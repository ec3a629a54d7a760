"""The sending side: one mail handed over once, a copy kept where asked, and looked for where it is not known."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from email.errors import MessageError

from harken.base.net.errors import Ambiguous
from harken.base.net.errors import NotSent as NotReached
from harken.base.net.imap import IMAP_FAILURES
from harken.base.net.smtp import Rejected, SmtpClient
from harken.channels.contract import (
    AccessLost,
    Account,
    Busy,
    CannotTell,
    Limits,
    NotSent,
    NotThere,
    Outbound,
    Refused,
    SendResult,
    Sent,
    Unknown,
)

from .identifiers import own_id
from .mailbox import open_mailbox, sent_folder
from .settings import own_addresses, smtp_place
from .writing import write_mail

log = logging.getLogger(__name__)

COPY_SECONDS = 15.0  # of one command while a copy is put into Sent: the mail has left, nothing waits for it


def message_id_of(outbound: Outbound, account: Account) -> str:
    """The Message-ID that this thing out has, at every try."""
    return own_id(outbound.key, account.id, own_addresses(account)[0])


def sign_in(account: Account) -> SmtpClient:
    """A connection to the SMTP server, signed in. Raises NotReached (Rejected where the server said no)."""
    client = reach_server(account)
    try:
        client.login(account.value("user"), account.value("password"))
    except BaseException:
        client.close()
        raise
    return client


def reach_server(account: Account) -> SmtpClient:
    """A connection to the SMTP server, not signed in. Raises NotReached."""
    host, port, security = smtp_place(account)
    try:
        return SmtpClient(host, port, security=security)
    except (ValueError, KeyError) as wrong:
        raise NotReached(f"The SMTP server's settings cannot be used: {wrong}") from wrong


def limits(account: Account, usual: Limits) -> Limits:
    """The usual limits, with the size of a file that the SMTP server's SIZE (RFC 1870) leaves room for. Raises Busy."""
    try:
        with sign_in(account) as client:
            size = client.most_bytes
    except NotReached as problem:
        raise Busy(str(problem)) from problem
    return replace(usual, attachment_bytes=min(usual.attachment_bytes, size * 7 // 10)) if size else usual


def send(outbound: Outbound, account: Account, on_request: Callable[[], None]) -> SendResult:
    """Hand one mail over. `on_request` is called right before the final dot, which makes the server act."""
    if outbound.to is None or "@" not in outbound.to.key:
        return Refused("There is no mail address to answer.", "Answer this person elsewhere.")
    if outbound.is_automatic and outbound.details.get("no_machines"):
        return Refused(
            "An automatic answer to a mail that a machine wrote, or whose writer wants none, is not sent.",
            "Answer it yourself if it needs an answer.",
        )
    message_id = message_id_of(outbound, account)
    address = own_addresses(account)[0]
    name = f"{outbound.sender_name} · {account.value('name')}".strip(" ·")
    try:
        mail = write_mail(outbound, message_id=message_id, address=address, name=name)
    except (ValueError, IndexError, AttributeError, MessageError) as problem:
        return Refused(f"The mail cannot be written: {problem}", "Check the customer's address.")
    try:
        client = sign_in(account)
    except Rejected as no:
        # not a word on this mail yet: it waits for the operator, with the channel's other mails
        return NotSent(str(no), 60.0 if no.is_temporary else 300.0)
    except NotReached as problem:
        return NotSent(str(problem), 60.0)
    with client:
        # RFC 3834: the null path, so that no bounce and no other machine answers
        sender = "" if outbound.is_automatic else address
        try:
            client.send(sender, [outbound.to.key], mail, on_final_dot=on_request)
        except Rejected as no:
            if no.is_temporary:
                return NotSent(str(no), 120.0)
            return Refused(
                str(no),
                "The mail server will not take it. Check the address, or ask the server's operator.",
            )
        except NotReached as problem:
            return NotSent(str(problem), 60.0)
        except Ambiguous as problem:
            return Unknown(str(problem))
    sent = Sent(external_id=message_id, at=datetime.now(UTC))
    if account.settings.get("keep_copy"):
        _keep_copy(mail, account)
    return sent


def _keep_copy(mail: bytes, account: Account) -> None:
    """Put the mail into Sent. The mail has left: whatever fails here is logged and changes nothing."""
    try:
        with open_mailbox(account, command_seconds=COPY_SECONDS) as mailbox:
            mailbox.append(mail, sent_folder(mailbox), dt=datetime.now(UTC), flag_set=["\\Seen"])
    except Exception as problem:  # noqa: BLE001 - a failure that reached the caller would make a sent mail unknown
        log.warning("channel %s: the answer has left, but no copy is in Sent: %s", account.id, problem)


def look_up(outbound: Outbound, account: Account, since: datetime) -> Sent | NotThere | CannotTell:
    """Look for our own Message-ID in the Sent folder. Not to find it proves nothing: not every server keeps copies."""
    message_id = message_id_of(outbound, account)
    try:
        with open_mailbox(account) as mailbox:
            folder = sent_folder(mailbox)
            mailbox.folder.set(folder, readonly=True)
            if mailbox.uids(f'HEADER Message-ID "{message_id}"'):
                return Sent(external_id=message_id, at=since)
    except (Busy, AccessLost) as problem:
        return CannotTell(str(problem))
    except IMAP_FAILURES as problem:
        return CannotTell(f"The Sent folder could not be searched: {problem}")
    return CannotTell(f"It is not in the folder {folder!r}. That alone does not prove that it was not sent.")
