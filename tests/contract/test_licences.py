"""Every package that is installed by default may be used together with Apache-2.0."""

import re
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FITTING = (
    "mit",
    "bsd",
    "apache",
    "isc",
    "psf",
    "python software foundation",
    "mpl",
    "mozilla",
    "unlicense",
    "0bsd",
    "zlib",
)


def locked() -> list[str]:
    text = (ROOT / "requirements" / "default.txt").read_text()
    return re.findall(r"^([A-Za-z0-9_.-]+)==", text, re.M)


def licence_of(name: str) -> str:
    found = metadata.metadata(name)
    parts = [found.get("License-Expression") or "", (found.get("License") or "")[:200]]
    parts += [c for c in found.get_all("Classifier") or [] if c.startswith("License")]
    return " ".join(parts)


def test_every_default_dependency_has_a_fitting_licence():
    here = {d.metadata["Name"].lower().replace("_", "-") for d in metadata.distributions()}
    wrong = {}
    for name in locked():
        if name.lower().replace("_", "-") not in here:
            continue  # for another system or Python only
        licence = licence_of(name).lower()
        if not any(word in licence for word in FITTING) or re.search(r"\b(agpl|gpl)", licence):
            wrong[name] = licence
    assert wrong == {}


def test_the_readme_and_licence_name_the_same_licence():
    assert "Apache License" in (ROOT / "LICENSE").read_text()[:300]
    assert 'license = "Apache-2.0"' in (ROOT / "pyproject.toml").read_text()
