"""Harken's settings: typed, from the environment or from HARKEN_HOME/harken.env; wrong ones are told at start."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NoReturn
from zoneinfo import available_timezones

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

DOC_PAGE = "docs/settings.md"


class Environment(BaseSettings):
    """Every setting an operator can make. Each is documented under its name in docs/settings.md."""

    model_config = SettingsConfigDict(env_prefix="HARKEN_", extra="ignore", frozen=True)

    home: Path = Field(Path("var"), description="Where Harken keeps its data, secrets and attachments.")
    host: str = Field("127.0.0.1", description="Address that `harken up` and `harken web` listen on.")
    port: int = Field(8000, ge=1, le=65535, description="Port that `harken up` and `harken web` listen on.")
    public_url: str = Field(
        "", description="How browsers and networks reach this install, e.g. https://care.example.org."
    )
    database_url: str = Field(
        "", description="postgres://user:password@host:port/name; empty: SQLite under HARKEN_HOME."
    )
    broker_url: str = Field(
        "", description="amqp:// or redis:// address for nudges over several machines; empty: threads."
    )
    redis_url: str = Field(
        "", description="Redis that wakes live updates between web processes; empty: the database does."
    )
    demo: bool = Field(
        True, description="Load the demo company at first start and keep its slow trickle going."
    )
    debug: bool = Field(
        False, description="Show details of errors in the browser. Never on a public address."
    )
    allow_private_hosts: str = Field(
        "", description="Private hosts that channels may reach, e.g. mail.internal:993,10.0.0.5."
    )
    trusted_proxies: str = Field(
        "", description="Addresses of proxies whose X-Forwarded-* headers are believed."
    )
    language: str = Field("en", description="The language of the desk where an agent has not chosen one.")
    time_zone: str = Field("UTC", description="The zone of the desk where neither brand nor agent has one.")
    web_threads: int = Field(4, ge=1, le=64, description="Threads that answer pages in one web process.")
    undo_seconds: int = Field(
        10, ge=0, le=120, description="How long a reply can be taken back before it leaves."
    )
    notice_seconds: int = Field(
        180,
        ge=0,
        le=86_400,
        description="How long a notice waits for others of its topic before it is mailed.",
    )
    max_delivery_bytes: int = Field(
        1_048_576, ge=1024, description="Largest webhook body that a door accepts, in bytes."
    )
    keep_raw_days: int = Field(
        90, ge=1, description="How many days the raw form of what came in is kept after it was filed."
    )
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="How much is logged.")
    ca_file: str = Field(
        "", description="A PEM file with further certificate authorities for mail and networks."
    )

    @field_validator("time_zone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(f"{value!r} is not an IANA time zone such as Europe/Dublin")
        return value

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if value and not value.startswith(("postgres://", "postgresql://", "sqlite:///")):
            raise ValueError("begin with postgres:// (or leave it empty for SQLite)")
        return value

    @field_validator("broker_url")
    @classmethod
    def _known_broker(cls, value: str) -> str:
        if value and not value.startswith(("amqp://", "amqps://", "redis://", "rediss://")):
            raise ValueError("begin with amqp:// or redis:// (or leave it empty)")
        return value

    @property
    def reached_at(self) -> str:
        """The address of this install without a slash at the end."""
        everywhere = {"0.0.0.0", "::"}  # noqa: S104 - compared with, never bound
        host = "127.0.0.1" if self.host in everywhere else self.host
        return (self.public_url or f"http://{host}:{self.port}").rstrip("/")


def setting_id(name: str) -> str:
    """The id under which a wrong setting is told, e.g. harken.E.time_zone."""
    return f"harken.E.{name}"


def read_environment() -> Environment:
    """The settings. On a wrong one: says which, why, and where it is documented, and ends with status 2."""
    home = Path(os.environ.get("HARKEN_HOME") or "var").expanduser().resolve()
    os.environ.setdefault("HARKEN_HOME", str(home))
    files = [home / "harken.env"] if (home / "harken.env").is_file() else []
    for name in ("DATABASE_URL", "BROKER_URL", "REDIS_URL"):
        named = os.environ.get(f"HARKEN_{name}_FILE")
        if named and not os.environ.get(f"HARKEN_{name}"):
            os.environ[f"HARKEN_{name}"] = Path(named).read_text().strip()
    try:
        return Environment(home=home, _env_file=files)  # type: ignore[call-arg]  # pydantic-settings' own keyword
    except ValidationError as wrong:
        for error in wrong.errors():
            name = str(error["loc"][0]) if error["loc"] else "settings"
            message = error["msg"].removeprefix("Value error, ")
            _tell(name, message)
        raise SystemExit(2) from None


def refuse(name: str, message: str) -> NoReturn:
    """End with status 2, telling one wrong setting as read_environment() does."""
    _tell(name, message)
    raise SystemExit(2)


def _tell(name: str, message: str) -> None:
    what = message.rstrip(".")
    print(
        f"{setting_id(name)}: HARKEN_{name.upper()} is wrong: {what}. See {DOC_PAGE}#harken_{name}.",
        file=sys.stderr,
    )
