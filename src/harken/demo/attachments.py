"""Gives the demo's attachments by name: a picture, a document or a text, made on the spot."""

from __future__ import annotations

from functools import cache

from harken.demo.artwork import pdf
from harken.demo.company import read_toml
from harken.demo.pictures import PICTURES


@cache
def attachment(name: str) -> tuple[str, bytes]:
    """Content type and bytes of the attachment with that file name. Raises KeyError for an unknown one."""
    stem, _, kind = name.rpartition(".")
    if kind == "png":
        return "image/png", PICTURES[stem]().png()
    page = read_toml("documents.toml")[name]
    if kind == "txt":
        return "text/plain", "\n".join([page["title"], "", *page["lines"], ""]).encode()
    return "application/pdf", pdf(page["title"], page["lines"])
