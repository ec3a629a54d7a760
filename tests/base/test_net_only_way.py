"""`base.net` is the only way out: no other file of the project can even name a client that dials."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src" / "harken"
WAY_OUT = SOURCE / "base" / "net"

# Modules that dial by themselves. Their presence outside base.net is a hole, whatever they are used for.
CLIENTS = {
    "httpx", "httpcore", "h2", "requests", "urllib3", "aiohttp", "pycurl", "treq", "http.client", "urllib.request",
    "xmlrpc.client", "ftplib", "poplib", "telnetlib", "nntplib", "imaplib", "smtplib", "aiosmtplib", "aioimaplib",
    "websockets", "websocket", "wsproto", "paramiko", "dns", "imap_tools.mailbox", "imap_tools.idle",
    "atproto", "atproto_client", "mastodon", "tweepy", "slack_sdk", "telegram", "discord", "anyio", "trio", "curio",
    "_socket", "socks", "asyncio.streams", "socketserver", "multiprocessing.connection",
    "django.core.mail.backends.smtp",
}  # fmt: skip

# Names that dial, taken from modules that are otherwise harmless.
NAMES = {
    "imap_tools": {"MailBox", "MailBoxStartTls", "MailBoxUnencrypted", "BaseMailBox", "mailbox"},
    "http": {"client"},
    "urllib": {"request"},
    "xmlrpc": {"client"},
    "asyncio": {"open_connection", "open_unix_connection"},
    "django.core.mail": {"send_mail", "send_mass_mail", "mail_admins", "mail_managers", "get_connection"},
    "os": {"system", "popen"},
    "socket": {"socket", "create_connection", "fromfd", "*"},
    "harken.base.net.wire": {"Wire"},
}  # fmt: skip

# Methods of event loops, whatever the loop is called.
METHODS = {"create_connection", "create_datagram_endpoint", "sock_connect", "urlopen", "urlretrieve"}

# Not listed above, because none of them can be told to dial what a customer or an operator typed into a form:
# uvicorn listens; psycopg, redis, celery and kombu dial the database and broker that the settings name.

# file or folder under src/harken → what is used there → why it may.
EXEMPT: dict[str, dict[str, str]] = {
    "web/front": {"socket.socket": "the listening socket, bound before it is served"},
    "bench": {
        "asyncio.open_connection": "the bench calls its own server on loopback, as a network would",
        "http.client": "the same",
        "socket.socket": "a free port for that server",
    },
}


def holes(path: Path) -> list[str]:
    """Every import or attribute in a file by which it could dial."""
    found: list[str] = []
    tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    # `sock: socket.socket` names a type; only the call makes a socket.
    types = {id(node.annotation) for node in ast.walk(tree) if isinstance(node, ast.arg | ast.AnnAssign)}
    types |= {
        id(node.returns)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for each in node.names:
                # Under another name its uses could not be followed below.
                is_disguised = each.asname is not None and each.name in NAMES
                if _is_client(each.name) or is_disguised:
                    found.append(f"{node.lineno}: {each.name}")
        elif isinstance(node, ast.ImportFrom) and not node.level:
            module = node.module or ""
            for each in node.names:
                full = f"{module}.{each.name}"
                if (
                    _is_client(full)
                    or each.name in NAMES.get(module, set())
                    or (each.name == "*" and module in NAMES)
                ):
                    found.append(f"{node.lineno}: {full}")
        elif isinstance(node, ast.Attribute) and id(node) not in types:
            base = ast.unparse(node.value) if isinstance(node.value, ast.Name | ast.Attribute) else ""
            if node.attr in METHODS or (
                node.attr in NAMES.get(base, set()) and (base != "socket" or id(node) in called)
            ):
                found.append(f"{node.lineno}: {base}.{node.attr}")
        elif isinstance(node, ast.Call):
            named = ast.unparse(node.func) if isinstance(node.func, ast.Name | ast.Attribute) else ""
            if named in {"__import__", "importlib.import_module", "import_module"} and node.args:
                given = node.args[0]
                if isinstance(given, ast.Constant) and _is_client(str(given.value)):
                    found.append(f"{node.lineno}: {given.value}")
    return found


def _is_client(module: str) -> bool:
    parts = module.split(".")
    return any(".".join(parts[: i + 1]) in CLIENTS for i in range(len(parts)))


def _files() -> list[Path]:
    return [path for path in sorted(SOURCE.rglob("*.py")) if WAY_OUT not in path.parents]


def _is_exempt(path: Path, hole: str) -> bool:
    inside = path.relative_to(SOURCE).as_posix()
    module = hole.partition(": ")[2]
    for place, modules in EXEMPT.items():
        if inside == place or inside.startswith(f"{place}/"):
            return any(module == name or module.startswith(f"{name}.") for name in modules)
    return False


def test_nothing_but_base_net_can_dial():
    bad = [
        f"{path.relative_to(SOURCE)}:{hole}"
        for path in _files()
        for hole in holes(path)
        if not _is_exempt(path, hole)
    ]
    assert not bad, "these go around base.net (or need an exemption with its reason):\n" + "\n".join(bad)


def test_every_exemption_is_still_needed():
    for place, modules in EXEMPT.items():
        files = [path for path in _files() if path == SOURCE / place or SOURCE / place in path.parents]
        found = {hole.partition(": ")[2] for path in files for hole in holes(path)}
        unused = [
            name for name in modules if not any(hole == name or hole.startswith(f"{name}.") for hole in found)
        ]
        assert not unused, (place, unused)
        assert all(modules.values())


def test_there_is_something_to_check():
    assert len(_files()) > 20


@pytest.mark.parametrize(
    "code",
    [
        "import httpx", "import httpx as h", "from httpx import get", "import urllib.request", "from urllib import request",
        "from urllib.request import urlopen", "import urllib\nurllib.request.urlopen('x')", "import socket as s",
        "from socket import create_connection", "import imaplib", "from imap_tools import MailBox",
        "from imap_tools.mailbox import MailBox", "import imap_tools\nimap_tools.MailBox('x')", "import http.client",
        "from http import client", "def f():\n    import requests", "loop.create_connection(a, b)",
        "import asyncio\nasyncio.open_connection('x', 1)", "__import__('requests')", "import smtplib",
        "import importlib\nimportlib.import_module('websockets.client')", "from django.core.mail import send_mail",
        "import websockets", "from imap_tools import *", "import os\nos.system('curl x')",
    ],
)  # fmt: skip
def test_a_hole_would_be_seen(code: str, tmp_path: Path):
    file = tmp_path / "hole.py"
    file.write_text(code)
    assert holes(file)


@pytest.mark.parametrize(
    "code",
    ["from imap_tools import MailMessage", "from urllib.parse import urlsplit", "import http", "import asyncio\nasyncio.run(x)",
     "from harken.base.net import http\nhttp.request('GET', 'x')", "from http import HTTPStatus", "import email",
     "import urllib.parse", "from django.core.mail import EmailMessage", "import os\nos.environ['x']",
     "import socket\nsocket.gethostname()", "import socket\ndef f(x: socket.socket) -> socket.socket: ..."],
)  # fmt: skip
def test_what_does_not_dial_is_left_alone(code: str, tmp_path: Path):
    file = tmp_path / "fine.py"
    file.write_text(code)
    assert not holes(file)
