"""The connection test: each step of reading and of sending tried by itself, so that the one that fails is named."""

from __future__ import annotations

from harken.base.net import errors
from harken.base.net.smtp import Rejected
from harken.channels.contract import AccessLost, Account, Busy, CheckStep

from . import mailbox as reading
from . import sending
from .settings import folder_of, imap_place, own_addresses, smtp_place

ADVICE = "Many providers want an app password here, and IMAP switched on in the mailbox's settings."


def check(account: Account) -> list[CheckStep]:
    """Every step in the order tried; a side stops at its first failed step. Never raises for a failed step."""
    return [*_address(account), *_reading_side(account), *_sending_side(account)]


def _address(account: Account) -> list[CheckStep]:
    wrong = [
        one
        for one in own_addresses(account)
        if one.count("@") != 1 or one.startswith("@") or one.endswith("@")
    ]
    if wrong:
        return [
            CheckStep("Own addresses", False, f"{wrong[0]} is no mail address.", "Write one address a line.")
        ]
    if not account.value("address"):
        return [CheckStep("Own addresses", False, "There is no address.", "Enter the mailbox's address.")]
    return []


def _reading_side(account: Account) -> list[CheckStep]:
    host, port, _ = imap_place(account)
    steps: list[CheckStep] = []
    try:
        box = reading.reach_server(account, command_seconds=15.0)
    except Busy as busy:
        return [CheckStep("Reach the IMAP server", False, busy.reason, _unreached(busy.__cause__, "IMAP"))]
    with box:
        steps.append(CheckStep("Reach the IMAP server", True, f"{host} port {port} answers"))
        try:
            reading.sign_in(box, account)
        except AccessLost as lost:
            return [
                *steps,
                CheckStep("Sign in to read", False, str(lost), f"Check user name and password. {ADVICE}"),
            ]
        except Busy as busy:
            return [
                *steps,
                CheckStep("Sign in to read", False, busy.reason, _unreached(busy.__cause__, "IMAP")),
            ]
        steps.append(CheckStep("Sign in to read", True, f"as {account.value('user')}"))
        try:
            reading.open_folder(box, folder_of(account))
        except Busy as busy:
            what = "Check the folder's name, as the server spells it. The usual one is INBOX."
            return [*steps, CheckStep("Open the folder", False, busy.reason, what)]
        steps.append(CheckStep("Open the folder", True, folder_of(account)))
        told = box.has("IDLE")
        detail = "at once (IDLE)" if told else "the server has no IDLE: looked for every half minute"
        steps.append(CheckStep("Hear of new mail", True, detail))
    return steps


def _sending_side(account: Account) -> list[CheckStep]:
    host, port, _ = smtp_place(account)
    try:
        client = sending.reach_server(account)
    except errors.NetError as problem:
        return [CheckStep("Reach the SMTP server", False, str(problem), _unreached(problem, "SMTP"))]
    with client:
        steps = [CheckStep("Reach the SMTP server", True, f"{host} port {port} answers")]
        try:
            client.login(account.value("user"), account.value("password"))
        except Rejected as no:
            what = f"Check user name and password. {ADVICE}"
            return [*steps, CheckStep("Sign in to send", False, str(no), what)]
        except errors.NetError as problem:
            return [*steps, CheckStep("Sign in to send", False, str(problem), _unreached(problem, "SMTP"))]
    return [*steps, CheckStep("Sign in to send", True, f"as {account.value('user')}")]


def _unreached(problem: BaseException | None, side: str) -> str:
    """What to do where a server was not reached; the guard's own sentence says how to allow a private host."""
    if isinstance(problem, errors.Refused) and problem.reason == "plaintext":
        return "Choose TLS or STARTTLS: a password is not sent in the clear over a public network."
    if isinstance(problem, errors.Refused):
        return "If this server is yours, name it in HARKEN_ALLOW_PRIVATE_HOSTS and start Harken again."
    if isinstance(problem, errors.Unresolved):
        return f"Check how the {side} server's name is spelled."
    usual = "993 with TLS or 143 with STARTTLS" if side == "IMAP" else "465 with TLS or 587 with STARTTLS"
    return f"Check the {side} server, its port and its encryption (usual are {usual})."
