"""Which mails a machine wrote, so that no machine of ours answers it (RFC 3834, and what lists and bounces say)."""

from __future__ import annotations

import re
from email.message import Message

from . import mime

HOPS = "X-Harken-Hops"  # on every automatic mail of ours: how many such mails went before it
MOST_HOPS = 3
BULK = {"bulk", "list", "junk", "auto_reply", "auto-reply"}
SAYS_SO = {
    "x-autoreply", "x-autorespond", "x-autoresponse", "x-auto-reply", "x-auto-reply-from", "x-autoreply-from",
    "x-mail-autoreply", "x-vacation", "x-ms-exchange-inbox-rules-loop", "x-failed-recipients", "x-mailer-daemon-recipients",
    "feedback-type",
}  # fmt: skip
LISTS = {
    "list-id", "list-post", "list-help", "list-unsubscribe", "list-subscribe", "list-owner", "list-archive", "mailing-list",
    "x-mailing-list", "x-list", "x-beenthere",
}  # fmt: skip
# what out-of-office programs put before the subject, in the languages we judge
AWAY = tuple(
    start.casefold()
    for start in (
        "Automatic reply:", "Auto reply:", "Auto-reply:", "Autoreply:", "Out of office:", "Out of the office:", "OOO:",
        "Automatische Antwort:", "Abwesenheitsnotiz:", "Abwesend:", "Réponse automatique", "Absence du bureau",
        "Respuesta automática:", "Fuera de la oficina:", "Resposta automática:", "Fora do escritório:",
        "Risposta automatica:", "Fuori sede:", "Fuori ufficio:", "Automatisch antwoord:", "Afwezigheidsbericht:",
        "Automatiskt svar:", "Autosvar:", "Automatisk svar:", "Automatisk svar ", "Automaattinen vastaus:",
        "Odpowiedź automatyczna:", "Automatická odpověď:", "Automatikus válasz:", "Răspuns automat:", "Автоответ:",
        "Автоматический ответ:", "Otomatik yanıt:", "رد تلقائي:", "自動応答:", "自动答复:", "자동 회신:",
    )
)  # fmt: skip
MACHINES = {
    "postmaster",
    "mailerdaemon",
    "bounce",
    "bounces",
    "nepasrepondre",
    "noresponder",
    "naoresponder",
    "nonrispondere",
}
MACHINE = re.compile(r"(?:no|donot|dont|keine?)(?:reply|respond|response|antwort)|mailerdaemon")


def is_automatic(mail: Message, address: str) -> bool:
    """Whether a machine wrote it: it is shown, and never answered by a machine of ours."""
    said = mime.header(mail, "Auto-Submitted").partition(";")[0].partition("(")[0].strip().casefold()
    if said and said != "no":
        return True
    if mime.header(mail, "Precedence").casefold() in BULK:
        return True
    there = mime.names(mail)
    if there & SAYS_SO or there & LISTS:
        return True
    if mime.header(mail, "Return-Path") == "<>" or mime.kind_of(mail) == "multipart/report":
        return True
    if hops_of(mail) >= MOST_HOPS:
        return True
    return is_machine(address) or mime.header(mail, "Subject").casefold().startswith(AWAY)


def is_machine(address: str) -> bool:
    """Whether an address says of itself that nobody reads it."""
    local = re.split(r"[+=]", address.partition("@")[0], maxsplit=1)[0].casefold()
    plain = re.sub(r"[-_.]", "", local)
    return plain in MACHINES or MACHINE.match(plain) is not None or local.startswith(("bounce-", "bounces-"))


def wants_silence(mail: Message) -> bool:
    """Whether the writer's program asks that no machine answers; it is no proof that a machine wrote."""
    asked = {one.strip().casefold() for one in mime.header(mail, "X-Auto-Response-Suppress").split(",")}
    return bool(asked & {"all", "autoreply", "oof"})


def hops_of(mail: Message) -> int:
    """How many automatic mails of ours this one has come through; 0 for a person's."""
    text = mime.header(mail, HOPS)
    return min(int(text), MOST_HOPS) if text.isascii() and text.isdigit() and len(text) < 4 else 0
