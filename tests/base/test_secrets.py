"""Secrets are made once, shown to nobody, and readable after a rotation."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from harken.base import secrets
from harken.base.secrets import Secret, SecretsError, Unsealable


@pytest.fixture(autouse=True)
def home(tmp_path: Path) -> Iterator[Path]:
    """A home of the test's own; the process gets its former secrets back afterwards."""
    before = secrets._path
    secrets.configure(tmp_path)
    yield tmp_path
    if before is not None:
        secrets.configure(before.parent)


def test_the_first_start_makes_a_private_file(home: Path):
    file = home / "secrets.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    kept = json.loads(file.read_text())
    assert len(kept["django"]) >= 50
    assert kept["django"] != kept["sign"]
    key = secrets.django_key()
    secrets.configure(home)
    assert secrets.django_key() == key
    assert json.loads(file.read_text()) == kept


def test_two_homes_share_nothing(tmp_path_factory: pytest.TempPathFactory):
    first, sealed, signature = secrets.django_key(), secrets.seal("x"), secrets.sign(["x"], "p")
    secrets.configure(tmp_path_factory.mktemp("other"))
    assert secrets.django_key() != first
    assert not secrets.verify(["x"], "p", signature)
    with pytest.raises(Unsealable, match="Bring back"):
        secrets.unseal(sealed)


def test_processes_that_start_at_once_agree(tmp_path: Path):
    home = tmp_path / "new" / "home"
    code = (
        "import sys; from harken.base import secrets; secrets.configure(sys.argv[1]); "
        "print(secrets.django_key(), secrets.sign(['a'], 'b'))"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", code, str(home)], stdout=subprocess.PIPE, text=True)
        for _ in range(8)
    ]
    said = {process.communicate(timeout=60)[0] for process in started}
    assert len(said) == 1
    assert said != {""}
    assert [
        p.name for p in home.iterdir() if p.name.startswith(".secrets.json.") and not p.name.endswith("lock")
    ] == []


def test_a_file_that_others_may_read_is_closed(home: Path):
    file = home / "secrets.json"
    file.chmod(0o644)
    assert secrets.is_exposed()
    secrets.configure(home)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not secrets.is_exposed()


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "{}", '{"django": "", "seal": []}', '{"django": "short", "seal": ["x"]}',
     json.dumps({"django": "x" * 50, "sign": "y" * 50, "seal": ["z" * 44]}),
     json.dumps({"django": "x" * 50, "sign": "", "seal": [Fernet.generate_key().decode()]}),
     json.dumps({"django": "x" * 50, "sign": "y" * 50, "seal": 7})],
)  # fmt: skip
def test_a_damaged_file_is_told_and_never_replaced(home: Path, content: str):
    file = home / "secrets.json"
    file.write_text(content)
    with pytest.raises(SecretsError, match="backup"):
        secrets.configure(home)
    assert file.read_text() == content


def test_an_older_file_with_one_key_still_works(home: Path):
    key = Fernet.generate_key().decode()
    (home / "secrets.json").write_text(json.dumps({"django": "d" * 50, "seal": key}))
    secrets.configure(home)
    sealed, signature = secrets.seal("x"), secrets.sign(["x"], "p")
    assert secrets.rotate() == 2
    secrets.configure(home)
    assert secrets.unseal(sealed) == "x"
    assert secrets.verify(["x"], "p", signature)


@given(st.text(max_size=200))
def test_what_is_sealed_comes_back(text: str):
    sealed = secrets.seal(text)
    assert sealed.isascii()
    assert secrets.unseal(sealed) == text
    assert secrets.seal(text) != sealed


def test_a_mapping_comes_back():
    values = {"password": "pä\ud800ss", "user": ""}
    assert secrets.unseal_mapping(secrets.seal_mapping(values)) == values


def test_a_changed_seal_is_refused():
    sealed = secrets.seal("the password")
    for wrong in (
        "",
        "x",
        sealed[:-1],
        sealed[1:],
        sealed[:20] + ("A" if sealed[20] != "A" else "B") + sealed[21:],
        "ü",
    ):
        with pytest.raises(Unsealable):
            secrets.unseal(wrong)


class TestRotation:
    def test_old_seals_stay_readable_and_can_be_renewed(self, home: Path):
        old = secrets.seal("x")
        assert secrets.reseal(old) == old
        assert secrets.rotate() == 2
        renewed = secrets.reseal(old)
        assert renewed != old
        assert secrets.unseal(old) == secrets.unseal(renewed) == "x"
        assert secrets.forget_old_keys() == 1
        assert secrets.unseal(renewed) == "x"
        with pytest.raises(Unsealable):
            secrets.unseal(old)
        assert stat.S_IMODE((home / "secrets.json").stat().st_mode) == 0o600

    def test_signatures_and_sessions_survive(self):
        key, signature = secrets.django_key(), secrets.sign([1], "p")
        secrets.rotate()
        assert secrets.django_key() == key
        assert secrets.verify([1], "p", signature)

    def test_a_running_process_learns_of_it(self, home: Path):
        code = (
            "import sys; from harken.base import secrets; secrets.configure(sys.argv[1]); secrets.rotate(); "
            "print(secrets.seal('from the other process'))"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, str(home)], capture_output=True, text=True, check=True
        )
        assert secrets.unseal(done.stdout.strip()) == "from the other process"

    def test_rotations_at_once_lose_no_key(self, home: Path):
        sealed = secrets.seal("x")
        code = (
            "import sys; from harken.base import secrets; secrets.configure(sys.argv[1]); "
            "[secrets.rotate() for _ in range(5)]; print(secrets.seal('y'))"
        )
        started = [
            subprocess.Popen([sys.executable, "-c", code, str(home)], stdout=subprocess.PIPE, text=True)
            for _ in range(4)
        ]
        seals = [process.communicate(timeout=60)[0].strip() for process in started]
        assert len(json.loads((home / "secrets.json").read_text())["seal"]) == 21
        assert [secrets.unseal(each) for each in seals] == ["y"] * 4
        assert secrets.unseal(sealed) == "x"


class TestSignatures:
    def test_right_is_right_and_anything_else_wrong(self):
        signature = secrets.sign(["a", 7, b"\0"], "door")
        assert len(signature) == 43
        assert secrets.verify(["a", 7, b"\0"], "door", signature)
        for parts, purpose, given_signature in [
            (["a", 7, b"\1"], "door", signature), (["a", 7], "door", signature), (["a7", b"\0"], "door", signature),
            (["a", 7, b"\0", ""], "door", signature), (["a", 7, "\0"], "door", signature),
            (["a", 7, b"\0"], "mail", signature), (["a", 7, b"\0"], "door", signature[:-1]),
            (["a", 7, b"\0"], "door", ""), (["a", 7, b"\0"], "door", signature.upper()), ([], "door", ""),
            (["a", 7, b"\0"], "door", "ü"), (["a", 7, b"\0"], "door", signature + "="),
        ]:  # fmt: skip
            assert not secrets.verify(parts, purpose, given_signature), (parts, purpose)

    @given(st.lists(st.text(max_size=4), max_size=4), st.lists(st.text(max_size=4), max_size=4))
    def test_boundaries_count(self, a: list[str], b: list[str]):
        assert (secrets.sign(a, "p") == secrets.sign(b, "p")) == (a == b)

    def test_nonsense_is_refused(self):
        with pytest.raises(ValueError, match="purpose"):
            secrets.sign(["a"], "")
        for part in (None, 1.5, True, ["a"]):
            with pytest.raises(TypeError):
                secrets.sign([part], "p")  # type: ignore[list-item]

    def test_empty_is_never_the_same(self):
        assert secrets.is_same("a", "a")
        assert secrets.is_same(b"a", "a")
        for a, b in [("", ""), (None, None), ("", None), ("a", ""), (b"", b""), ("a", "b"), ("a", None)]:
            assert not secrets.is_same(a, b)


class TestSecret:
    TEXT = "sk-live-0123456789abcdef3f9a"

    def test_it_shows_only_its_mask(self, caplog: pytest.LogCaptureFixture):
        secret = Secret(self.TEXT)
        shown = [
            str(secret),
            repr(secret),
            f"{secret}",
            f"{secret:>20}",
            "%s" % secret,  # noqa: UP031
            "%r" % secret,  # noqa: UP031
            repr({"a": [secret]}),
        ]
        with caplog.at_level(logging.INFO):
            logging.getLogger("x").info("with %s and %r", secret, secret)
        shown.append(caplog.text)
        for text in shown:
            assert "0123456789" not in text
            assert "••••3f9a" in text
        assert secret.reveal() == self.TEXT

    def test_it_does_not_travel(self):
        secret = Secret(self.TEXT)
        with pytest.raises(TypeError):
            pickle.dumps(secret)
        with pytest.raises(TypeError):
            json.dumps({"a": secret})
        assert not hasattr(secret, "__dict__")
        assert copy.deepcopy({"a": secret})["a"] is secret

    def test_it_compares(self):
        assert Secret("a") == Secret("a")
        assert Secret("a") == "a"
        assert Secret("a") != Secret("b")
        assert Secret("") != Secret("")
        assert Secret("a") != 1
        assert len({Secret("a"), Secret("a")}) == 1
        assert not Secret("")
        with pytest.raises(TypeError):
            Secret(b"a")  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("text", "masked"),
        [("", ""), ("a", "••••"), ("x" * 15, "••••"), (TEXT, "••••3f9a"), ("x" * 20 + "\n", "••••")],
    )
    def test_a_short_secret_gives_nothing_away(self, text: str, masked: str):
        assert secrets.mask(text) == secrets.mask(Secret(text)) == masked


def test_using_secrets_before_they_are_loaded_is_told():
    code = (
        "from harken.base import secrets\ntry: secrets.seal('x')\nexcept secrets.SecretsError as e: print(e)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "configure" in done.stdout


def test_a_home_that_cannot_be_made_is_told(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SecretsError, match="cannot be made"):
        secrets.configure(tmp_path / "file")
