"""A mailbox as the demo plays it: whole mails with their threads, quotes, files, automatic replies and bounces."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

from harken.channels.contract import RawItem
from harken.connectors.email.envelopes import ARRIVED
from harken.connectors.email.identifiers import own_id
from harken.demo.acts import Act
from harken.demo.attachments import attachment
from harken.demo.company import Channel, Customer
from harken.demo.slots import date_in

from .playing import Said, Stage, mark

_DELIVERED = timedelta(seconds=2)
# How mail programs introduce what they quote, by language; {when} and {who} are filled in.
_WROTE = {
    "en": "On {when}, {who} wrote:",
    "es": "El {when}, {who} escribió:",
    "fr": "Le {when}, {who} a écrit :",
    "de": "Am {when} schrieb {who}:",
    "pt": "Em {when}, {who} escreveu:",
    "ar": "في {when}، {who} كتب:",
}
_BLOCKS = {
    "en": ("-----Original Message-----", "From", "Sent", "Subject"),
    "de": ("-----Ursprüngliche Nachricht-----", "Von", "Gesendet", "Betreff"),
    "fr": ("-----Message d'origine-----", "De", "Envoyé", "Objet"),
}
_OUT_OF_OFFICE = {"en": "Automatic reply", "de": "Abwesenheitsnotiz", "fr": "Réponse automatique"}


class MailPlayer:
    def __init__(self, channel: Channel, stage: Stage) -> None:
        self.channel, self.stage = channel, stage
        self.account = 0  # the channel's row, by which our own Message-IDs are signed
        self.host = channel.address.partition("@")[2]

    def settings(self) -> tuple[dict[str, Any], dict[str, str]]:
        settings = {
            "address": self.channel.address, "name": self.stage.company.brands[self.channel.brand].name,
            "imap_host": f"imap.{self.host}", "imap_port": "993", "imap_security": "tls", "folder": "INBOX",
            "smtp_host": f"smtp.{self.host}", "smtp_port": "587", "smtp_security": "starttls",
            "user": self.channel.address, "authserv_id": f"mx.{self.host}",
        }  # fmt: skip
        return settings, {"password": mark("password", self.channel.address)}

    def id_of(self, act: Act) -> str:
        if self.stage.is_us(act):
            return own_id(request_key(act), self.account, self.channel.address)
        host = self.stage.company.customers[act.author].handles["email"].partition("@")[2]
        return f"<{mark(act.key, length=20)}@{host}>"

    def item(self, act: Act) -> RawItem | None:
        if act.kind == "bounce":
            return _raw(mark(act.key), self._bounce(act), act.at)
        if act.kind not in {"post", "auto"}:
            return None
        customer = self.stage.company.customers[act.author]
        before = [self.id_of(one) for one in self.stage.before(act)]
        mail = self._mail(customer, act.at, self.id_of(act), before)
        mail["Subject"] = act.subject
        if act.kind == "auto":
            mail["Auto-Submitted"] = "auto-replied"
            del mail["Subject"]
            mail["Subject"] = f"{_OUT_OF_OFFICE.get(act.language, _OUT_OF_OFFICE['en'])}: {act.subject}"
        self._fill(mail, act)
        return _raw(mark(act.key), mail.as_bytes(), act.at)

    def reach(self, act: Act, numbers: tuple[int, int, int], at: datetime) -> RawItem | None:
        return None

    def author_key(self, customer: Customer) -> str:
        return customer.handles["email"]

    def said(self, said: Said) -> RawItem | None:
        """Only answers to our answers: nobody writes a new mail without a subject of their own."""
        if not said.answers:
            return None
        host = said.customer.handles["email"].partition("@")[2]
        mail = self._mail(said.customer, said.at, f"<{said.key}@{host}>", [said.thread, said.answers])
        mail["Subject"] = "Re: Your answer"
        mail.set_content(f"{said.text}\n\n{said.customer.first}\n")
        return _raw(said.key, mail.as_bytes(), said.at)

    def _mail(self, customer: Customer, at: datetime, message_id: str, before: list[str]) -> EmailMessage:
        """A mail with its headers but for the subject."""
        mail = EmailMessage(policy=SMTP)
        own_verdict = f"mx.{self.host}; dmarc=pass header.from={customer.handles['email'].partition('@')[2]}"
        mail["Authentication-Results"] = own_verdict
        mail["From"] = Address(customer.name, addr_spec=customer.handles["email"])
        mail["To"] = Address(self.channel.name, addr_spec=self.channel.address)
        mail["Date"] = format_datetime(at.astimezone(ZoneInfo(customer.zone)))
        mail["Message-ID"] = message_id
        ids = list(dict.fromkeys(one for one in before if one.startswith("<")))
        if ids:
            mail["In-Reply-To"] = ids[-1]
            mail["References"] = " ".join(ids)
        return mail

    def _fill(self, mail: EmailMessage, act: Act) -> None:
        quote = self._quote(act)
        mail.set_content(act.text.strip("\n") + quote + "\n")
        style = int(mark("style", act.author, length=8), 36)
        if style % 4 == 0:  # programs that send the same as HTML as well
            paragraphs = "".join(
                f"<p>{escape(p).replace(chr(10), '<br>')}</p>" for p in act.text.split("\n\n")
            )
            below = f"<blockquote>{escape(quote).replace(chr(10), '<br>')}</blockquote>" if quote else ""
            mail.add_alternative(f"<html><body>{paragraphs}{below}</body></html>", subtype="html")
        for name in act.files:
            kind, content = attachment(name)
            main, _, sub = kind.partition("/")
            mail.add_attachment(content, maintype=main, subtype=sub, filename=name)

    def _quote(self, act: Act) -> str:
        """What the writer's mail program leaves below: most quote what they answer, some in their own way."""
        answered = self.stage.answered(act)
        if answered is None or act.kind == "auto" or not self.stage.is_us(answered):
            return ""
        language = act.language if act.language in _WROTE else "en"
        style = int(mark("quotes", act.author, length=8), 36) % 8
        if style == 0:
            return ""
        who, when = self.stage.author(answered).name, date_in(answered.at, language)
        if style == 1 and language in _BLOCKS:
            head, sender, sent, subject = _BLOCKS[language]
            lines = [head, f"{sender}: {who}", f"{sent}: {when}", f"{subject}: {answered.subject}", ""]
            return "\n\n" + "\n".join([*lines, answered.text])
        wrote = _WROTE[language].format(when=when, who=f"{who} <{self.channel.address}>")
        return f"\n\n{wrote}\n\n" + "\n".join(f"> {line}".rstrip() for line in answered.text.split("\n"))

    def _bounce(self, act: Act) -> bytes:
        """The mail server's report that our mail did not get through (RFC 3464)."""
        given_back = self.stage.acts[act.to]
        address = self.stage.company.customers[act.author].handles["email"]
        host = address.partition("@")[2]
        head = (
            f"From: {self.channel.address}\r\nTo: {address}\r\nSubject: {given_back.subject}\r\n"
            f"Message-ID: {self.id_of(given_back)}\r\n"
        )
        report = (
            f"Reporting-MTA: dns; mail.{host}\r\n\r\nFinal-Recipient: rfc822; {address}\r\n"
            f"Action: failed\r\nStatus: 5.2.2\r\nDiagnostic-Code: smtp; {act.text}\r\n"
        )
        edge = mark("edge", act.key)
        parts = (
            ("text/plain; charset=utf-8", f"Your mail to {address} was not delivered: {act.text}\r\n"),
            ("message/delivery-status", report),
            ("text/rfc822-headers", head),
        )
        body = "".join(f"--{edge}\r\nContent-Type: {kind}\r\n\r\n{text}\r\n" for kind, text in parts)
        return (
            f"Return-Path: <>\r\nFrom: Mail Delivery System <mailer-daemon@{host}>\r\nTo: {self.channel.address}\r\n"
            f"Subject: Undelivered mail returned to sender\r\nDate: {format_datetime(act.at)}\r\n"
            f"Message-ID: <{mark(act.key, length=20)}@mail.{host}>\r\nAuto-Submitted: auto-replied\r\n"
            "MIME-Version: 1.0\r\n"
            f'Content-Type: multipart/report; report-type=delivery-status; boundary="{edge}"\r\n\r\n'
            f"{body}--{edge}--\r\n"
        ).encode()


def request_key(act: Act) -> str:
    """The key under which a reply of the demo's staff leaves."""
    return f"demo-{mark(act.key, length=20)}"


def _raw(name: str, mail: bytes, at: datetime) -> RawItem:
    """A mail as the mailbox's reader keeps it."""
    arrived = (at + _DELIVERED).astimezone(UTC)
    return RawItem(f"1:{name}", ARRIVED + arrived.isoformat().encode() + b"\r\n" + mail, arrived)
