"""The customer's side of each network, spoken with the network's own client library: what a person with an
account there can do and see. Connector tests and browser journeys write and read through these."""

from __future__ import annotations

import html
import imaplib
import re
import smtplib
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Any, cast

import httpx

from tests.peers.bluesky.network import BlueskyNetwork
from tests.peers.mail import MailServer
from tests.peers.places import wait_until
from tests.peers.snac import SnacServer, SnacUser

LOOK_AGAIN = 3.0  # seconds


def unique(name: str) -> str:
    """`name` with a random tail: accounts of tests that share a server don't meet."""
    return f"{name}{uuid.uuid4().hex[:6]}"


# ---- mail -----------------------------------------------------------------------------------------------


class MailCustomer:
    """A person with a mailbox in peer.test. Each call opens and closes its own connection."""

    def __init__(self, server: MailServer, name: str = "ines") -> None:
        self.server = server
        self.user = unique(name)
        self.address = server.address(self.user)

    def send(
        self,
        to: str,
        subject: str,
        text: str,
        *,
        html: str = "",
        answers: EmailMessage | None = None,
        files: Sequence[tuple[str, str, bytes]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> EmailMessage:
        """Write a mail; `answers` threads it, `files` are (name, content type, content). Gives the mail."""
        mail = EmailMessage()
        mail["From"] = f"{self.user.title()} <{self.address}>"
        mail["To"] = to
        mail["Subject"] = subject
        mail["Date"] = formatdate(localtime=False)
        mail["Message-ID"] = make_msgid(domain=self.server.domain)
        if answers is not None:
            mail["In-Reply-To"] = answers["Message-ID"]
            mail["References"] = f"{answers.get('References', '')} {answers['Message-ID']}".strip()
        for name, value in (headers or {}).items():
            mail[name] = value
        mail.set_content(text)
        if html:
            mail.add_alternative(html, subtype="html")
        for name, content_type, content in files:
            maintype, subtype = content_type.split("/")
            mail.add_attachment(content, maintype=maintype, subtype=subtype, filename=name)
        self.send_raw(to, mail.as_bytes(policy=policy.SMTP))
        return mail

    def send_raw(self, to: str, mail: bytes) -> None:
        """Hand over bytes as they are, e.g. a mail that no honest program would write."""
        with smtplib.SMTP(self.server.host, self.server.smtp, timeout=20) as smtp:
            smtp.sendmail(self.address, [to], mail)

    def inbox(self) -> list[EmailMessage]:
        """Every mail in the box, oldest first."""
        with self._signed_in() as imap:
            return self._read_all(imap)

    def wait_for(
        self, is_it: Callable[[EmailMessage], bool] = lambda mail: True, *, seconds: float = 30
    ) -> EmailMessage:
        """The first mail of which `is_it` is true, waiting for it with IDLE.

        No IDLE is trusted for longer than LOOK_AGAIN: what came between reading the box and IDLE, or a wake-up that
        the server lost, would be told half a minute later only.
        """
        deadline = time.monotonic() + seconds
        while True:
            with self._signed_in() as imap:
                mails = self._read_all(imap)
                if found := next((mail for mail in mails if is_it(mail)), None):
                    return found
                left = deadline - time.monotonic()
                if left <= 0:
                    there = ", ".join(repr(str(mail["Subject"])) for mail in mails) or "nothing"
                    raise TimeoutError(
                        f"{self.address} did not get that mail within {seconds:g} s; the box holds {there}"
                    )
                with suppress(TimeoutError):
                    idle(imap, min(left, LOOK_AGAIN))

    def _read_all(self, imap: imaplib.IMAP4) -> list[EmailMessage]:
        imap.select("INBOX", readonly=True)
        _, found = imap.uid("search", "ALL")
        mails = []
        for uid in found[0].split():
            _, parts = imap.uid("fetch", uid, "(BODY.PEEK[])")
            mails.append(cast(EmailMessage, message_from_bytes(parts[0][1], policy=policy.default)))
        return mails

    @contextmanager
    def _signed_in(self) -> Iterator[imaplib.IMAP4]:
        with imaplib.IMAP4(self.server.host, self.server.imap, timeout=20) as imap:
            imap.login(self.user, self.server.password)
            yield imap


def idle(imap: imaplib.IMAP4, seconds: float) -> bool:
    """Wait on a selected box until the server tells of something new (True) or `seconds` are over (False).

    RFC 2177; Python's own library learns it in 3.14.
    """
    tag = b"idle%d" % time.monotonic_ns()
    imap.send(tag + b" IDLE\r\n")
    news = False
    while not (line := imap.readline()).startswith(b"+"):
        if not line.startswith(b"* "):  # news may come before the server's yes
            raise RuntimeError("the server does not know IDLE")
        news = news or b"EXISTS" in line
    imap.sock.settimeout(max(seconds, 0.1))
    try:
        while not news:
            news = b"EXISTS" in imap.readline()
    except TimeoutError:
        # the file over the socket is unusable after a timeout: the caller may only leave
        raise TimeoutError(f"IDLE: nothing new in {seconds:g} s") from None
    finally:
        imap.sock.settimeout(20)
    imap.send(b"DONE\r\n")
    while not imap.readline().startswith(tag):
        pass
    return news


# ---- fediverse ------------------------------------------------------------------------------------------

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
SCOPES = "read write follow"


@dataclass(frozen=True)
class FediToken:
    """What an app registration and a person's yes lead to."""

    client_id: str
    client_secret: str
    access_token: str


def authorize(user: SnacUser, *, scopes: str = SCOPES) -> FediToken:
    """Register an app and say yes as `user`, as a person would in a browser with a code to copy."""
    with closing_client(user.url) as client:
        registered = client.post(
            "/api/v1/apps",
            data={"client_name": "Harken tests", "redirect_uris": OUT_OF_BAND, "scopes": scopes},
        )
        app = registered.raise_for_status().json()
        code = say_yes(user, app["client_id"], scopes=scopes)
        answer = client.post(
            "/oauth/token",
            data={
                "grant_type": "authorization_code",
                "client_id": app["client_id"],
                "client_secret": app["client_secret"],
                "redirect_uri": OUT_OF_BAND,
                "code": code,
                "scope": scopes,
            },
        )
        token = answer.raise_for_status().json()
    return FediToken(app["client_id"], app["client_secret"], token["access_token"])


def say_yes(user: SnacUser, client_id: str, *, scopes: str = SCOPES) -> str:
    """Open the server's authorisation page, sign in, allow, and give the code it shows."""
    with closing_client(user.url) as client:
        page = client.get(
            "/oauth/authorize",
            params={
                "client_id": client_id,
                "redirect_uri": OUT_OF_BAND,
                "response_type": "code",
                "scope": scopes,
            },
        ).raise_for_status()
        fields = dict(re.findall(r'name="([^"]+)"[^>]*value="([^"]*)"', page.text))
        fields |= {"login": user.name, "passwd": user.password}
        target = re.search(r'action="([^"]+)"', page.text)
        if target is None:
            raise RuntimeError(f"no form on the authorisation page: {page.text[:300]}")
        shown = client.post(html.unescape(target.group(1)), data=fields).raise_for_status()
        return shown.text.strip()


def closing_client(url: str) -> httpx.Client:
    """snac2 ends every connection after its answer, so none is kept."""
    return httpx.Client(base_url=url, headers={"Connection": "close"}, timeout=20)


def _one_request_each() -> Any:
    """An adapter for `requests` that opens a connection for every request."""
    from requests.adapters import HTTPAdapter

    class OneRequestEach(HTTPAdapter):
        def send(self, *args: Any, **kwargs: Any) -> Any:
            self.close()  # what is kept of the last request, which snac2 has ended
            return super().send(*args, **kwargs)

    return OneRequestEach()


class FediCustomer:
    """A person with an account on a fediverse server, speaking through Mastodon.py."""

    def __init__(self, server: SnacServer, name: str = "ines") -> None:
        import requests
        from mastodon import Mastodon

        self.user = server.add_user(name)
        self.handle = self.user.handle
        session = requests.Session()
        session.mount("http://", _one_request_each())
        self.api = Mastodon(
            access_token=authorize(self.user).access_token,
            api_base_url=server.url,
            version_check_mode="none",
            session=session,
            request_timeout=20,
        )

    def post(
        self,
        text: str,
        *,
        visibility: str = "public",
        picture: tuple[bytes, str, str] | None = None,
        spoiler: str | None = None,
    ) -> Any:
        """Post; a mention in the text notifies. `picture` is (content, type, words). Gives the status."""
        media = [self.api.media_post(picture[0], picture[1], description=picture[2])] if picture else None
        return self.api.status_post(text, visibility=visibility, media_ids=media, spoiler_text=spoiler)

    def reply(self, status: Any, text: str, *, visibility: str | None = None) -> Any:
        """Answer a status of this person's server in its thread."""
        return self.api.status_post(
            text, in_reply_to_id=status["id"], visibility=visibility or status["visibility"]
        )

    def thread(self, status: Any) -> list[Any]:
        """The whole thread around a status, as this person's server holds it: before, it, after."""
        around = self.api.status_context(status["id"])
        return [*around["ancestors"], status, *around["descendants"]]

    def wait_for_reply(self, status: Any, *, seconds: float = 60) -> Any:
        """The first answer to this person's status."""

        def look() -> Any:
            # the first ten digits of a snac2 id change with every edit
            return next(
                (
                    one
                    for one in self.thread(status)
                    if (one["in_reply_to_id"] or "")[10:] == status["id"][10:]
                ),
                None,
            )

        return wait_until(look, seconds=seconds, what=f"an answer to {self.handle}", every=0.5)

    def notifications(self) -> list[Any]:
        """What this person was told of, newest first."""
        return list(self.api.notifications())

    def find(self, url: str) -> Any:
        """A status of another server, as this person's server sees it after looking it up by its address."""
        return next(iter(self.api.search_v2(url, result_type="statuses", resolve=True)["statuses"]), None)


def text_of(status: Any) -> str:
    """The words of a status without its markup."""
    lines = re.sub(r"<br\s*/?>|</p>\s*<p>", "\n", status["content"])
    return html.unescape(re.sub(r"<[^>]+>", "", lines)).strip()


# ---- bluesky --------------------------------------------------------------------------------------------


class BlueskyCustomer:
    """A person with an account on the Bluesky network, speaking through its Python library."""

    def __init__(self, network: BlueskyNetwork, name: str = "ines") -> None:
        from atproto import Client

        self.network = network
        self.handle = f"{unique(name)}.test"
        self.password = uuid.uuid4().hex
        self.api = Client(base_url=network.pds)
        made = self.api.com.atproto.server.create_account(
            {"handle": self.handle, "email": f"{self.handle}@peer.test", "password": self.password}
        )
        self.did: str = made.did
        # the appview hears of a new account a moment later; signing in reads the profile from there
        wait_until(self._signed_in, seconds=30, what=f"the profile of {self.handle}", every=0.3)

    def _signed_in(self) -> bool:
        from atproto_client.exceptions import BadRequestError

        try:
            self.api.login(self.handle, self.password)
        except BadRequestError:
            return False
        return True

    def app_password(self) -> str:
        """A password for one app, as a person makes it in the settings of their account."""
        return self.api.com.atproto.server.create_app_password({"name": unique("app")}).password

    def post(
        self, text: str, *, mention: Sequence[str] = (), picture: tuple[bytes, str] | None = None
    ) -> Any:
        """Post; the handles in `mention` are written behind the text as real mentions. Gives uri and cid."""
        builder = self._written(text, mention)
        if picture:
            return self.api.send_image(builder, picture[0], picture[1])
        return self.api.send_post(builder)

    def reply(self, post: Any, text: str, *, root: Any = None, mention: Sequence[str] = ()) -> Any:
        """Answer a post (anything with uri and cid); `root` is the thread's first post, if it is another."""
        from atproto import models

        def reference(to: Any) -> Any:
            return models.ComAtprotoRepoStrongRef.Main(uri=to.uri, cid=to.cid)

        reply_to = models.AppBskyFeedPost.ReplyRef(parent=reference(post), root=reference(root or post))
        return self.api.send_post(self._written(text, mention), reply_to=reply_to)

    def _written(self, text: str, mention: Sequence[str]) -> Any:
        from atproto import client_utils

        builder = client_utils.TextBuilder().text(text)
        for handle in mention:
            did = self.api.resolve_handle(handle).did
            builder = builder.text(" ").mention(f"@{handle}", did)
        return builder

    def thread(self, post: Any) -> list[Any]:
        """The post and every answer below it, flat, in the order of the network."""

        def flat(node: Any) -> Iterator[Any]:
            if getattr(node, "post", None) is not None:
                yield node.post
                for answer in getattr(node, "replies", None) or ():
                    yield from flat(answer)

        return list(flat(self.api.get_post_thread(post.uri).thread))

    def wait_for_reply(self, post: Any, *, seconds: float = 60) -> Any:
        """The first answer directly below this person's post."""
        return wait_until(
            lambda: next(
                (found for found in self.thread(post)[1:] if found.record.reply.parent.uri == post.uri), None
            ),
            seconds=seconds,
            what=f"an answer to {self.handle}",
            every=0.5,
        )

    def notifications(self) -> list[Any]:
        """What this person was told of, newest first."""
        return list(self.api.app.bsky.notification.list_notifications().notifications)
