"""Mail: a mailbox read over IMAP (waiting with IDLE), answers handed to an SMTP server."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any, ClassVar, Literal, cast

from imap_tools.errors import ImapToolsError, MailboxLoginError

from harken.base.net.errors import Ambiguous, NetError
from harken.base.net.errors import NotSent as NotReached
from harken.base.net.imap import IMAP_FAILURES, Mailbox, RawMail
from harken.base.net.smtp import Rejected, SmtpClient
from harken.channels.contract import (
    Ability,
    AccessLost,
    Account,
    Busy,
    CannotTell,
    CheckStep,
    DoorAnswer,
    DoorRefused,
    DoorRequest,
    Limits,
    Manifest,
    NotSent,
    NotThere,
    Outbound,
    Page,
    Parsed,
    RawItem,
    Refused,
    SendResult,
    Sent,
    SettingField,
    Unknown,
)

from .identifiers import own_id
from .reading import ARRIVED, OVERSIZED, read_mail
from .writing import write_mail

log = logging.getLogger(__name__)

Security = Literal["tls", "starttls", "none"]
SECURITY = (("tls", "TLS"), ("starttls", "STARTTLS"), ("none", "none (only inside your own network)"))
PAGE = 50  # mails a page
MOST_BYTES = 25_000_000  # of one mail; a larger one is shown in the ledger and left in the mailbox
BACK_TO = timedelta(days=30)  # how far back a renumbered mailbox is read again
WAIT = 25 * 60.0  # seconds of one IDLE


class EmailConnector:
    manifest: ClassVar[Manifest] = Manifest(
        name="email",
        label="Email",
        icon="mail",
        settings=(
            SettingField("address", "Address", "email", help="Customers write to it; answers come from it."),
            SettingField("name", "Shown as", "text", is_required=False, help="For example: Larkspur Air."),
            SettingField("aliases", "Further own addresses", "lines", is_required=False, help="One a line."),
            SettingField("imap_host", "IMAP server", "host"),
            SettingField("imap_port", "IMAP port", "port", default="993"),
            SettingField("imap_security", "IMAP encryption", "choice", default="tls", choices=SECURITY),
            SettingField("folder", "Folder", "text", is_required=False, default="INBOX"),
            SettingField("smtp_host", "SMTP server", "host"),
            SettingField("smtp_port", "SMTP port", "port", default="587"),
            SettingField("smtp_security", "SMTP encryption", "choice", default="starttls", choices=SECURITY),
            SettingField("user", "User name", "text"),
            SettingField(
                "password", "Password", "secret", help="An app password, where the provider has them."
            ),
            SettingField(
                "authserv_id",
                "Your border server's name",
                "text",
                is_required=False,
                help="As it stands first in Authentication-Results. Only its verdict on the sender is believed.",
            ),
            SettingField(
                "keep_copy",
                "Put a copy of each answer into the Sent folder",
                "flag",
                is_required=False,
                help="Leave it off where the provider does that by itself.",
            ),
        ),
        abilities=frozenset(
            {Ability.POLL, Ability.STREAM, Ability.SEND_PRIVATE, Ability.ATTACH, Ability.LOOK_UP}
        ),
        limits=Limits(text=100_000, attachments=20, attachment_bytes=20_000_000),
        is_public=False,
        may_republish=False,
        poll_every=30.0,
        guide="channels/email.md",
    )

    def __init__(self, account: Account) -> None:
        self.account = account
        self.address = account.value("address").casefold()
        aliases = account.value("aliases").split()
        self.own = (self.address, *(alias.casefold() for alias in aliases))

    # ---- in ----

    def verify(self, request: DoorRequest) -> Sequence[RawItem] | DoorAnswer:
        raise DoorRefused(404, "mail has no door")

    def parse(self, body: bytes) -> Parsed:
        return read_mail(
            body, account=self.account.id, own=self.own, authserv_id=self.account.value("authserv_id").strip()
        )

    def poll(self, cursor: Mapping[str, Any]) -> Page:
        with self._mailbox() as mailbox:
            return self._page(mailbox, cursor)

    def stream(self, cursor: Mapping[str, Any], emit: Callable[[Page], None], stop: Event) -> None:
        """Wait with IDLE and read what comes, on one connection. Without IDLE it returns: polling goes on."""
        with self._mailbox() as mailbox:
            if not mailbox.has("IDLE"):
                return
            while not stop.is_set():
                page = self._page(mailbox, cursor)
                if page.items or dict(page.cursor) != dict(cursor):
                    emit(page)
                cursor = page.cursor
                if page.has_more:
                    continue
                try:
                    mailbox.wait(WAIT, stop=stop)
                except IMAP_FAILURES as problem:
                    raise Busy(f"The mail server closed the line: {problem}", 2.0) from problem

    def _mailbox(self) -> Mailbox:
        value = self.account.value
        try:
            mailbox = Mailbox(
                value("imap_host"),
                int(value("imap_port", "993")),
                security=cast(Security, value("imap_security", "tls")),
            )
        except NetError as problem:
            raise Busy(str(problem), 60.0) from problem
        try:
            mailbox.login(value("user"), value("password"), initial_folder=value("folder", "INBOX"))
        except MailboxLoginError as problem:
            mailbox.close()
            raise AccessLost(
                f"The mail server does not accept user name and password: {problem}"
            ) from problem
        except IMAP_FAILURES as problem:
            mailbox.close()
            raise Busy(f"The mailbox could not be opened: {problem}", 60.0) from problem
        return mailbox

    def _page(self, mailbox: Mailbox, cursor: Mapping[str, Any]) -> Page:
        """The mails from the cursor's UID on. A renumbered mailbox (RFC 3501 UIDVALIDITY) is read again from a month
        back: what is known already is a duplicate in the ledger."""
        folder = self.account.value("folder", "INBOX")
        try:
            status = mailbox.folder.status(folder, ["UIDVALIDITY", "UIDNEXT"])
            validity, following = int(status["UIDVALIDITY"]), int(status["UIDNEXT"])
            if not cursor:
                return Page(items=(), cursor={"validity": validity, "next": following})
            if cursor.get("validity") == validity:
                start = int(cursor["next"])
                if following <= start:
                    return Page(items=(), cursor=cursor)
                uids = [int(uid) for uid in mailbox.uids(f"UID {start}:*") if int(uid) >= start]
            else:
                start = 1
                since = (datetime.now(UTC) - BACK_TO).strftime("%d-%b-%Y")
                uids = [int(uid) for uid in mailbox.uids(f"SINCE {since}")]
            uids.sort()
            page = uids[:PAGE]
            items = [self._item(validity, mail) for mail in mailbox.raw_mails(page, max_bytes=MOST_BYTES)]
        except IMAP_FAILURES as problem:
            raise Busy(f"The mail server did not go on: {problem}", 30.0) from problem
        has_more = len(uids) > len(page)
        after = page[-1] + 1 if has_more else max(following, page[-1] + 1 if page else 0)
        return Page(items=items, cursor={"validity": validity, "next": after}, has_more=has_more)

    @staticmethod
    def _item(validity: int, mail: RawMail) -> RawItem:
        key = f"{validity}:{mail.uid}"
        if mail.content is None:
            return RawItem(key=key, body=OVERSIZED + str(mail.size).encode() + b"\r\n", at=mail.arrived)
        arrived = (mail.arrived or datetime.now(UTC)).astimezone(UTC)
        return RawItem(
            key=key, body=ARRIVED + arrived.isoformat().encode() + b"\r\n" + mail.content, at=arrived
        )

    # ---- out ----

    def send(self, outbound: Outbound, on_request: Callable[[], None]) -> SendResult:
        value = self.account.value
        if outbound.to is None or "@" not in outbound.to.key:
            return Refused("There is no mail address to answer.", "Answer this person elsewhere.")
        message_id = own_id(outbound.key, self.account.id, self.address)
        name = f"{outbound.sender_name} · {value('name')}".strip(" ·")
        try:
            mail = write_mail(outbound, message_id=message_id, address=self.address, name=name)
        except (ValueError, IndexError) as problem:
            return Refused(f"The mail cannot be written: {problem}", "Check the customer's address.")
        sender = "" if outbound.is_automatic else self.address
        try:
            with self._smtp() as smtp:
                receipt = smtp.send(sender, [outbound.to.key], mail, on_final_dot=on_request)
        except Rejected as no:
            if no.is_temporary or no.code == 535:
                return NotSent(str(no), 300.0)
            return Refused(
                str(no), "The mail server will not take it. Check the address, or ask the server's operator."
            )
        except NotReached as problem:
            return NotSent(str(problem), 60.0)
        except Ambiguous as problem:
            return Unknown(str(problem))
        if receipt.refused:
            return Refused(f"The mail server refused {', '.join(receipt.refused)}.")
        self._keep_copy(mail)
        return Sent(external_id=message_id, at=datetime.now(UTC))

    def _smtp(self) -> SmtpClient:
        value = self.account.value
        client = SmtpClient(
            value("smtp_host"),
            int(value("smtp_port", "587")),
            security=cast(Security, value("smtp_security", "starttls")),
        )
        try:
            client.login(value("user"), value("password"))
        except BaseException:
            client.close()
            raise
        return client

    def _keep_copy(self, mail: bytes) -> None:
        """Put the mail into Sent, where asked. Its failure is logged and nothing more: the mail has left."""
        if not self.account.settings.get("keep_copy"):
            return
        try:
            with self._mailbox() as mailbox:
                mailbox.append(mail, self._sent_folder(mailbox), dt=datetime.now(UTC), flag_set=["\\Seen"])
        except (Busy, AccessLost, *IMAP_FAILURES) as problem:
            log.warning("channel %s: no copy in Sent: %s", self.account.id, problem)

    @staticmethod
    def _sent_folder(mailbox: Mailbox) -> str:
        folders = list(mailbox.folder.list())
        for folder in folders:
            if "\\Sent" in folder.flags:
                return folder.name
        return next(
            (f.name for f in folders if f.name.casefold() in ("sent", "sent items", "sent mail")), "Sent"
        )

    def look_up(self, outbound: Outbound, since: datetime) -> Sent | NotThere | CannotTell:
        """Look for our own Message-ID in the Sent folder. Not to find it proves nothing: not every server keeps copies."""
        message_id = own_id(outbound.key, self.account.id, self.address)
        try:
            with self._mailbox() as mailbox:
                mailbox.folder.set(self._sent_folder(mailbox))
                if mailbox.uids(f'HEADER Message-ID "{message_id}"'):
                    return Sent(external_id=message_id, at=since)
        except (Busy, AccessLost) as problem:
            return CannotTell(str(problem))
        except IMAP_FAILURES as problem:
            return CannotTell(f"The Sent folder could not be searched: {problem}")
        return CannotTell("It is not in the Sent folder; that alone does not prove that it was not sent.")

    def is_key_proven(self) -> bool:
        return False

    def measure_text(self, text: str) -> int:
        return len(text)

    def split_text(self, text: str) -> Sequence[str]:
        return [text]

    def check(self) -> Sequence[CheckStep]:
        """IMAP reached, signed in, folder open, IDLE; SMTP reached and signed in."""
        steps: list[CheckStep] = []
        try:
            with self._mailbox() as mailbox:
                steps.append(
                    CheckStep(
                        "Read the mailbox", True, f"signed in, {self.account.value('folder', 'INBOX')} open"
                    )
                )
                has_idle = mailbox.has("IDLE")
                detail = (
                    "new mail is told at once"
                    if has_idle
                    else "the server has no IDLE: looked for every half minute"
                )
                steps.append(CheckStep("Hear of new mail", True, detail))
        except AccessLost as lost:
            what = "Many providers want an app password here. Is IMAP switched on for the mailbox?"
            steps.append(CheckStep("Read the mailbox", False, str(lost), what))
        except (Busy, ImapToolsError) as busy:
            what = "Check server, port and encryption; a private address must be allowed with HARKEN_ALLOW_PRIVATE_HOSTS."
            steps.append(CheckStep("Read the mailbox", False, str(busy), what))
        try:
            with self._smtp():
                steps.append(CheckStep("Hand over answers", True, "signed in"))
        except NetError as problem:
            what = "Check server, port, encryption, user name and password of the sending side."
            steps.append(CheckStep("Hand over answers", False, str(problem), what))
        return steps
