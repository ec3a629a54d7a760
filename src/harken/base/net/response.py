"""An HTTP answer, whole and unpacked."""

from __future__ import annotations

import json as jsonlib
import re
from dataclasses import dataclass
from typing import Any

import httpx

_LINK = re.compile(r"<([^<>]{1,4096})>\s*((?:;[^,;]{0,200}){0,10})")


@dataclass(frozen=True, slots=True)
class Response:
    """What a server answered. `content` is unpacked and whole; `url` is where it finally came from."""

    status: int
    headers: httpx.Headers
    content: bytes
    url: str

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        """The content as text: by the declared charset if Python knows it, else UTF-8; never raises."""
        charset = self._charset() or "utf-8"
        try:
            return self.content.decode(charset, errors="replace")
        except LookupError:
            return self.content.decode("utf-8", errors="replace")

    def json(self) -> Any:
        """The content read as JSON. Raises ValueError that shows the first characters of what came
        instead."""
        try:
            return jsonlib.loads(self.content)
        except (ValueError, RecursionError) as error:
            start = self.text[:120].replace("\n", " ")
            raise ValueError(
                f"The answer of {self.url} is not JSON ({type(error).__name__}): {start!r}"
            ) from error

    def link(self, relation: str) -> str | None:
        """The target of a Link header (RFC 8288) with this relation, as written; None if there is none."""
        for value in self.headers.get_list("link"):
            for target, parameters in _LINK.findall(value):
                for parameter in parameters.split(";"):
                    name, _, given = parameter.strip().partition("=")
                    if name.strip().lower() == "rel" and relation in given.strip().strip('"').split():
                        return str(target)
        return None

    def _charset(self) -> str | None:
        _, _, parameters = self.headers.get("content-type", "").partition(";")
        for parameter in parameters.split(";"):
            name, _, value = parameter.partition("=")
            if name.strip().lower() == "charset":
                return value.strip().strip('"') or None
        return None
