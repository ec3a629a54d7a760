"""A real mail house on loopback: Postfix takes and sends, Dovecot keeps and serves. Any name in peer.test has
a box."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.peers.children import child, tail
from tests.peers.places import (
    PROVIDE,
    find_command,
    free_ports,
    is_listening,
    missing_command,
    open_folder,
    wait_until,
)

NAME = "mail"
COMMAND = f"{PROVIDE} mail"
DOMAIN = "peer.test"


@dataclass(frozen=True)
class MailServer:
    """Where the mail servers listen (all on `host`, all loopback) and what opens them.

    `submission` wants a sign-in, with STARTTLS or without; `smtp` takes mail from outside, for peer.test only.
    Mail to any other domain comes back as a real bounce. `certificate` is self-signed, for clients that check.
    """

    host: str
    imap: int
    imaps: int
    smtp: int
    submission: int
    certificate: str
    password: str = "pw"
    domain: str = DOMAIN

    def address(self, name: str) -> str:
        """The mail address of that box; any name has one."""
        return f"{name}@{self.domain}"


def available() -> str | None:
    """None when mail servers can be started here, else why not."""
    if missing := missing_command("dovecot", "postfix", "openssl"):
        return f"{missing} is not installed"
    if not _has_lmtp():
        return "Dovecot's LMTP server is not installed"
    if os.geteuid() != 0:
        return "Dovecot and Postfix must be started by root"
    return None


def _has_lmtp() -> bool:
    return any(Path(folder, "lmtp").exists() for folder in ("/usr/lib/dovecot", "/usr/libexec/dovecot"))


@contextmanager
def running(folder: Path) -> Iterator[MailServer]:
    """Run Dovecot and Postfix in `folder`, which their users must be able to enter."""
    with free_ports(6) as (imap, imaps, lmtp, auth, smtp, submission):
        certificate, key = _make_certificate(folder)
        dovecot = _write_dovecot(folder, certificate, key, imap=imap, imaps=imaps, lmtp=lmtp, auth=auth)
        postfix = _write_postfix(
            folder, certificate, key, lmtp=lmtp, auth=auth, smtp=smtp, submission=submission
        )
        # makes the queue's folders; the master itself is started directly: it is our child and ends with us
        subprocess.run([_path("postfix"), "-c", str(postfix), "check"], check=True, capture_output=True)
        dovecot_log, postfix_log = folder / "dovecot.out", folder / "postfix.out"
        with (
            child([_path("dovecot"), "-F", "-c", str(dovecot)], log=dovecot_log),
            child([*_postfix_master(), "-c", str(postfix), "-d"], log=postfix_log),
        ):
            for name, port in (("IMAP", imap), ("LMTP", lmtp), ("SMTP", smtp), ("submission", submission)):
                try:
                    wait_until(lambda port=port: is_listening("127.0.0.1", port), seconds=30, what=name)
                except TimeoutError as late:
                    logs = [
                        tail(log)
                        for log in (dovecot_log, folder / "dovecot.log", postfix_log, folder / "postfix.log")
                    ]
                    raise RuntimeError("\n".join([f"mail: {late}", *logs])) from late
            yield MailServer(
                host="127.0.0.1",
                imap=imap,
                imaps=imaps,
                smtp=smtp,
                submission=submission,
                certificate=str(certificate),
            )


def _path(command: str) -> str:
    found = find_command(command)
    assert found, f"{command} vanished between available() and running()"
    return found


def _postfix_master() -> list[str]:
    asked = [_path("postconf"), "-h", "daemon_directory"]
    folder = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()
    return [str(Path(folder, "master"))]


def _make_certificate(folder: Path) -> tuple[Path, Path]:
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    names = "subjectAltName=DNS:localhost,IP:127.0.0.1"
    subprocess.run(
        [
            _path("openssl"),
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-noenc",
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
            "-addext",
            names,
            "-keyout",
            str(key),
            "-out",
            str(certificate),
        ],
        check=True,
        capture_output=True,
    )
    return certificate, key


def _write_dovecot(
    folder: Path, certificate: Path, key: Path, *, imap: int, imaps: int, lmtp: int, auth: int
) -> Path:
    boxes = open_folder(folder / "boxes")
    owner = pwd.getpwnam("nobody")  # who owns the boxes; no account of this machine is made for a test
    os.chown(boxes, owner.pw_uid, owner.pw_gid)
    home = f"{boxes}/%Ln"
    configuration = folder / "dovecot.conf"
    # One static password and any user name; IDLE wakes through inotify; every service on loopback only.
    configuration.write_text(
        f"""
base_dir = {open_folder(folder / "dovecot-run")}
state_dir = {open_folder(folder / "dovecot-state")}
log_path = {folder}/dovecot.log
listen = 127.0.0.1
protocols = imap lmtp
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_username_format = %Ln
mail_location = maildir:{home}/Maildir
mail_uid = {owner.pw_uid}
mail_gid = {owner.pw_gid}
first_valid_uid = {owner.pw_uid}
mailbox_list_index = no
passdb {{
  driver = static
  args = password=pw
}}
userdb {{
  driver = static
  args = uid={owner.pw_uid} gid={owner.pw_gid} home={home} allow_all_users=yes
}}
namespace inbox {{
  inbox = yes
  mailbox Sent {{
    auto = subscribe
    special_use = \\Sent
  }}
  mailbox Junk {{
    auto = create
    special_use = \\Junk
  }}
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
service auth {{
  inet_listener {{
    address = 127.0.0.1
    port = {auth}
  }}
}}
service anvil {{
  client_limit = 300
  # no waiting after a wrong password
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
auth_failure_delay = 0
""".lstrip()
    )
    return configuration


def _write_postfix(
    folder: Path, certificate: Path, key: Path, *, lmtp: int, auth: int, smtp: int, submission: int
) -> Path:
    configuration = open_folder(folder / "postfix")
    state = open_folder(folder / "postfix-state")
    owner = pwd.getpwnam("postfix")
    os.chown(state, owner.pw_uid, owner.pw_gid)
    for shared in ("postfix-script", "post-install", "postfix-files"):
        shutil.copy(Path("/etc/postfix", shared), configuration)
    # Mail for peer.test goes to Dovecot; all other goes "outside", a program that says there is no such user
    # (exit 67), so that a true bounce comes back. Delays are short: a test waits for a bounce, not a queue.
    (configuration / "main.cf").write_text(
        f"""
compatibility_level = 3.6
config_directory = {configuration}
queue_directory = {open_folder(folder / "postfix-queue")}
data_directory = {state}
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.{DOMAIN}
mydestination =
mynetworks = 127.0.0.1/32
alias_maps =
alias_database =
local_recipient_maps =
virtual_mailbox_domains = {DOMAIN}
virtual_transport = lmtp:inet:127.0.0.1:{lmtp}
default_transport = outside
relay_transport = outside
message_size_limit = 41943040
minimal_backoff_time = 2s
queue_run_delay = 2s
smtpd_error_sleep_time = 0
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {key}
smtpd_tls_security_level = may
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:{auth}
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
""".lstrip()
    )
    services = [
        f"127.0.0.1:{smtp} inet n - n - - smtpd",
        f"127.0.0.1:{submission} inet n - n - - smtpd",
        "  -o smtpd_sasl_auth_enable=yes",
        "  -o smtpd_tls_auth_only=no",
        "  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject",
        "  -o smtpd_recipient_restrictions=permit_sasl_authenticated,reject",
        "pickup unix n - n 60 1 pickup",
        "qmgr unix n - n 300 1 qmgr",
        "tlsmgr unix - - n 1000? 1 tlsmgr",
        "flush unix n - n 1000? 0 flush",
        "postlog unix-dgram n - n - 1 postlogd",
        'outside unix - n n - - pipe user=nobody argv=/bin/sh -c "exit 67"',
    ]
    services += [f"{name} unix n - n - 0 {name}" for name in ("cleanup",)]
    services += [f"{name} unix - - n - 0 bounce" for name in ("bounce", "defer", "trace")]
    services += ["rewrite unix - - n - - trivial-rewrite", "retry unix - - n - - error"]
    services += [f"{name} unix - - n - - {name}" for name in ("proxymap", "error", "discard", "lmtp")]
    services += [f"{name} unix - - n - 1 {name}" for name in ("verify", "anvil", "scache")]
    (configuration / "master.cf").write_text("\n".join(services) + "\n")
    return configuration
