"""The composer shows what the channel's own instance takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from harken.channels.models import Channel
from harken.inbox.models import Conversation, Message
from tests.web.browsing import Served, until
from tests.web.cast import Cast, client_of


def on_an_instance(cast: Cast, **limits: int) -> Conversation:
    """The cast's channel, played as one on a server of the fediverse with these limits."""
    Channel.objects.filter(pk=cast.channel.pk).update(connector="mastodon", limits=limits)
    return cast.conversation


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("limits", "shown"),
    [
        ({}, ('data-limit="468"', 'data-most="4"', "up to 4, 16.0")),
        ({"text": 4968, "attachments": 8, "attachment_bytes": 1_048_576, "video_bytes": 2_097_152},
         ('data-limit="4968"', 'data-most="8"', "up to 8, 1.0", 'data-bytes="1048576"', 'data-video-bytes="2097152"')),
        ({"text": 99_968}, ('data-limit="0"',)),  # nobody counts to that
    ],
)  # fmt: skip
def test_the_composer_counts_to_what_the_instance_takes(cast, limits, shown):
    c = on_an_instance(cast, **limits)
    html = client_of(cast.noor).get(f"/desk/c/{c.pk}/").content.decode().replace("\xa0", " ")
    for words in shown:
        assert words in html


def test_files_that_are_too_large_or_too_many_are_told_before_they_travel(desk: Served, tmp_path: Path):
    c = on_an_instance(desk.cast, attachments=2, attachment_bytes=2_000_000, video_bytes=3_000_000)
    page = desk.page(desk.cast.noor)
    page.goto(f"/desk/c/{c.pk}/")
    page.wait_for_selector("html.js #composer")
    for name, size in (
        ("a.dat", 10),
        ("b.dat", 10),
        ("c.dat", 10),
        ("big.dat", 2_000_001),
        ("f.mp4", 2_500_000),
    ):
        (tmp_path / name).write_bytes(b"x" * size)

    def choose(*names: str) -> None:
        page.set_input_files("#composer input[type=file]", [tmp_path / name for name in names])

    send = "document.querySelector('#composer button.public').getAttribute('aria-disabled')"
    page.fill("#composer textarea", "Here is the form.")
    choose("a.dat", "big.dat")
    page.wait_for_selector(
        "#composer .attached [role=alert] >> text=big.dat is too large: at most 1.9 MB here."
    )
    assert page.inner_text("#composer .attached .tag.late") == "big.dat"
    until(page, f"{send} === 'true'")
    page.click("#composer button.public", force=True)
    choose("a.dat", "b.dat", "c.dat")
    page.wait_for_selector("#composer .attached [role=alert] >> text=Too many files: at most 2 here.")
    choose("a.dat", "f.mp4")
    page.wait_for_selector("#composer .attached [role=alert]", state="detached")
    until(page, f"{send} === null")
    assert not Message.objects.filter(text="Here is the form.").exists()
    page.click("#composer button.public")
    page.wait_for_selector("#thread >> text=Here is the form.")
    assert Message.objects.get(text="Here is the form.").attachments.count() == 2
