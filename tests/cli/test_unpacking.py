"""A backup is unpacked below its folder, whatever somebody put into it, on every Python that Harken runs on."""

from __future__ import annotations

import io
import tarfile

import pytest

from harken.config import backups


def packed(tmp_path, *members: tarfile.TarInfo) -> tarfile.TarFile:
    path = tmp_path / "one.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        for member in members:
            member.size = 2 if member.isreg() else 0
            tar.addfile(member, io.BytesIO(b"{}"))
    return tarfile.open(path)


@pytest.fixture(params=["as Python has it", "before Python 3.11.4"])
def python(request, monkeypatch):
    if request.param.startswith("before"):
        monkeypatch.delattr(tarfile, "data_filter", raising=False)


def test_what_a_backup_holds_comes_out(python, tmp_path):
    folder = tmp_path / "there"
    folder.mkdir()
    with packed(tmp_path, tarfile.TarInfo("manifest.json"), tarfile.TarInfo("files/a.png")) as tar:
        backups._unpack(tar, str(folder))
    assert (folder / "manifest.json").read_bytes() == b"{}"
    assert (folder / "files" / "a.png").read_bytes() == b"{}"


@pytest.mark.parametrize("name", ["../out.json", "files/../../out.json"])
def test_nothing_comes_out_beside_the_folder(python, tmp_path, name):
    folder = tmp_path / "there"
    folder.mkdir()
    with (
        packed(tmp_path, tarfile.TarInfo(name)) as tar,
        pytest.raises((backups.BackupFailed, tarfile.TarError)),
    ):
        backups._unpack(tar, str(folder))
    assert not (tmp_path / "out.json").exists()


def test_a_link_leads_nowhere(python, tmp_path):
    folder, link = tmp_path / "there", tarfile.TarInfo("secrets.json")
    folder.mkdir()
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    with packed(tmp_path, link) as tar, pytest.raises((backups.BackupFailed, tarfile.TarError)):
        backups._unpack(tar, str(folder))
