"""What customers wrote is shown, and never runs."""

import pytest

from harken.web.desk.texts import body_html, mail_html


def test_a_text_is_escaped_linked_and_names_are_marked():
    shown = body_html(
        "@larkspurair see https://example.org/a?b=1&c=2 <b>now</b>\nmail me@x.example, thanks @ines@fjord.example"
    )
    assert shown.startswith(
        '<bdi class="mention">@larkspurair</bdi> see <a href="https://example.org/a?b=1&amp;c=2"'
    )
    assert "&lt;b&gt;now&lt;/b&gt;<br>" in shown
    assert '<bdi class="mention">@ines@fjord.example</bdi>' in shown
    assert "<bdi" not in shown[shown.index("mail ") : shown.index("thanks")]


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "javascript:alert(1)",
        '"><img src=x onerror=alert(1)>',
        "@<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        'https://example.org/"onmouseover="alert(1)',
    ],
)
def test_nothing_of_a_text_becomes_markup(text):
    shown = body_html(text)
    assert "<script" not in shown
    assert "<img" not in shown
    assert 'href="javascript' not in shown
    assert '"onmouseover' not in shown


def test_a_text_cannot_be_turned_around():
    assert "\u202e" not in body_html("invoice\u202egpj.exe")


def test_a_mail_keeps_its_layout_and_its_own_pictures_only():
    html = (
        '<table><tr><td onclick="x()">Hello <b>you</b></td></tr></table><img src="cid:logo@x"><img alt="pixel" '
        'src="https://tracker.example/p.gif"><script>alert(1)</script><style>*{}</style><form action="/x"></form>'
        '<a href="javascript:alert(1)">a</a><a href="https://example.org">b</a>'
    )
    shown = mail_html(html, inline={"logo@x": "data:image/png;base64,AAAA"})
    assert "<b>you</b>" in shown
    assert 'src="data:image/png;base64,AAAA"' in shown
    assert "tracker.example" not in shown
    for bad in ("<script", "<style", "<form", "onclick", "javascript:", "inline.invalid"):
        assert bad not in shown
    assert 'href="https://example.org"' in shown


def test_a_mail_cannot_name_the_place_of_a_picture_itself():
    shown = mail_html(
        '<img src="https://inline.invalid/0/">', inline={"logo@x": "data:image/png;base64,AAAA"}
    )
    assert "data:" not in shown
