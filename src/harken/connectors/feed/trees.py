"""XML that strangers wrote, read into a small tree: no document type, no entities, bounded in every direction. Pure.

With no document type there is nothing that could swell (entities within entities) or make the reader open a file or
an address (external entities).
"""

from __future__ import annotations

import html as stdlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

MOST_ELEMENTS = 60_000
DEEPEST = 100
XHTML = "http://www.w3.org/1999/xhtml"
XML = "http://www.w3.org/XML/1998/namespace"
_BETWEEN = " "  # stands in no namespace and no name


class NoTree(ValueError):
    """The bytes are not XML that is read here; says why."""


@dataclass(slots=True)
class Node:
    """An element: its namespace and name, attributes (as expat names them), and what stands in it, in order."""

    space: str
    name: str
    attributes: dict[str, str]
    parts: list[Node | str] = field(default_factory=list)

    def nodes(self, name: str, *spaces: str) -> Iterator[Node]:
        """The elements directly inside with this name; of these namespaces, if any are given."""
        for part in self.parts:
            if isinstance(part, Node) and part.name == name and (not spaces or part.space in spaces):
                yield part

    def node(self, name: str, *spaces: str) -> Node | None:
        """The first of nodes()."""
        return next(self.nodes(name, *spaces), None)

    def text(self) -> str:
        """All characters inside, of inner elements too."""
        out: list[str] = []
        left: list[Node | str] = [self]
        while left:
            part = left.pop()
            if isinstance(part, str):
                out.append(part)
            else:
                left.extend(reversed(part.parts))
        return "".join(out).strip()

    def text_of(self, name: str, *spaces: str) -> str:
        """The text of the first element with this name inside, or ""."""
        found = self.node(name, *spaces)
        return found.text() if found is not None else ""

    def markup(self) -> str:
        """What is inside, written as HTML again; not yet safe."""
        out: list[str] = []
        left: list[Node | str | tuple[str]] = list(reversed(self.parts))
        while left:
            part = left.pop()
            if isinstance(part, tuple):
                out.append(part[0])
            elif isinstance(part, str):
                out.append(stdlib.escape(part))
            elif part.space in (XHTML, ""):
                given = "".join(
                    f' {name}="{stdlib.escape(value)}"'
                    for name, value in part.attributes.items()
                    if _BETWEEN not in name
                )
                out.append(f"<{part.name}{given}>")
                if part.name not in ("br", "img", "hr", "wbr"):
                    left.append((f"</{part.name}>",))
                left.extend(reversed(part.parts))
        return "".join(out)


def read_tree(content: bytes) -> Node:
    """The root element. Raises NoTree."""
    parser = expat.ParserCreate(namespace_separator=_BETWEEN)
    parser.buffer_text = True
    roots: list[Node] = []
    open_now: list[Node] = []
    count = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if count > MOST_ELEMENTS:
            raise NoTree(f"more than {MOST_ELEMENTS} elements")
        if len(open_now) >= DEEPEST:
            raise NoTree(f"nested deeper than {DEEPEST}")
        space, _, local = name.rpartition(_BETWEEN)
        made = Node(space, local, attributes)
        (open_now[-1].parts if open_now else roots).append(made)  # type: ignore[attr-defined]  # either takes a node
        open_now.append(made)

    def characters(text: str) -> None:
        if open_now:
            open_now[-1].parts.append(text)

    def refuse(*_: object) -> None:
        raise NoTree("it has a document type, which no feed needs")

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _name: open_now.pop()
    parser.CharacterDataHandler = characters
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = refuse
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, LookupError, UnicodeError) as problem:
        raise NoTree(f"not well-formed XML: {problem}") from None
    except ValueError as problem:  # an encoding of several bytes that expat does not know
        raise NoTree(str(problem)) from None
    return roots[0]
