#!/usr/bin/env python3
"""Builds the icon sprite: one SVG with a symbol for each icon that templates and code name, and no other.

Usage:  npm pack lucide-static && tar xzf lucide-static-*.tgz && tools/build_icons.py package
        tools/build_icons.py --check      (no package needed: says what the sprite lacks or has too many of)
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "src" / "harken" / "web"
SPRITE = WEB / "static" / "harken" / "icons.svg"

IN_TEMPLATES = re.compile(r"""\{%\s*icon\s+["']([a-z0-9-]+)["']""")
IN_MANIFESTS = re.compile(r"""\bicon\s*=\s*["']([a-z0-9-]+)["']""")
IN_SCRIPTS = re.compile(r"""icons\.svg#([a-z0-9-]+)""")
QUOTED = re.compile(r"""["']([a-z][a-z0-9]*(?:-[a-z0-9]+)*)["']""")
# Words of the code that happen to be names of icons too.
NOT_ICONS = {"text", "list", "menu", "file", "files", "folder", "key", "keys", "type", "group", "table", "image", "images",
             "mail", "send", "shown", "filter", "view", "hash", "code", "space", "package", "network", "section", "route",
             "server", "save", "regex", "power", "option", "merge", "highlighter", "copyleft", "currency", "square", "angry", "cookie", "database", "palette", "repeat", "reply",
             "share", "tags", "target", "undo", "user"}  # fmt: skip


def names_used(known: set[str]) -> set[str]:
    """Every icon name that a template, a script, a connector's manifest or a table of the web face mentions.

    In Python modules of the web face any quoted word counts that is the name of one of the `known` icons.
    """
    found: set[str] = set()
    for path in sorted((ROOT / "src" / "harken").rglob("*")):
        if "migrations" in path.parts or not path.is_file() or path.suffix not in (".html", ".py", ".js"):
            continue
        text = path.read_text("utf-8")
        if path.suffix == ".html":
            found.update(IN_TEMPLATES.findall(text))
        elif path.suffix == ".js":
            found.update(IN_SCRIPTS.findall(text))
        else:
            found.update(IN_MANIFESTS.findall(text))
            if WEB in path.parents:
                found.update(name for name in QUOTED.findall(text) if name in known and name not in NOT_ICONS)
    return found


def names_in_sprite() -> set[str]:
    """The icons that the sprite holds now."""
    return (
        set(re.findall(r'<symbol id="([a-z0-9-]+)"', SPRITE.read_text("utf-8"))) if SPRITE.exists() else set()
    )


def build(package: Path) -> None:
    """Writes the sprite from an unpacked lucide-static; fails with the names that it does not know."""
    version = json.loads((package / "package.json").read_text("utf-8"))["version"]
    symbols, unknown = [], []
    for name in sorted(names_used({path.stem for path in (package / "icons").glob("*.svg")})):
        source = package / "icons" / f"{name}.svg"
        if not source.exists():
            unknown.append(name)
            continue
        drawing = re.sub(r"^.*?<svg[^>]*>|</svg>\s*$", "", source.read_text("utf-8"), flags=re.DOTALL)
        drawing = re.sub(r"\s*\n\s*", "", drawing).replace(" />", "/>")
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{drawing}</symbol>')
    if unknown:
        sys.exit(f"lucide-static {version} has no icon named: {', '.join(unknown)}")
    head = f"<!-- Lucide {version}, ISC licence; made by tools/build_icons.py -->"
    SPRITE.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg">{head}\n' + "\n".join(symbols) + "\n</svg>\n", "utf-8"
    )
    print(f"{SPRITE.relative_to(ROOT)}: {len(symbols)} icons, {SPRITE.stat().st_size} bytes")


def check() -> int:
    """0 when the sprite holds what is used and nothing else; else says what differs and returns 1."""
    held = names_in_sprite()
    used = names_used(held)
    for name in sorted(used - held):
        print(f"missing from the sprite: {name}")
    for name in sorted(held - used):
        print(f"in the sprite, used nowhere: {name}")
    return int(used != held)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("package", nargs="?", type=Path, help="an unpacked lucide-static")
    parser.add_argument("--check", action="store_true")
    given = parser.parse_args()
    if given.check:
        sys.exit(check())
    if given.package is None:
        parser.error("name the folder of an unpacked lucide-static, or use --check")
    build(given.package)
