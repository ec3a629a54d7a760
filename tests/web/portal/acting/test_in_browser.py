"""A question's whole way in a real browser, in place and without scripts: joined, asked, answered, thanked, chosen, seen."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from harken.community.actions.choosing import choose_answer, thank_post
from harken.community.actions.notifying import see_notices
from harken.community.actions.writing import write_answer, write_comment
from harken.community.models import Draft, Member, Post, Topic
from tests.factories import ask, make_member
from tests.pictures import PLACE, exif, jpeg_part
from tests.web.browsing import Served, until

# one white pixel
DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mP8/x8AAwMCAO+ip1sAAAAASUVORK5CYII="
)


def join(page: Page, name: str) -> None:
    """A stranger joins, and comes to the page for asking."""
    page.goto("/community/join/?next=/community/ask/")
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Mail address").fill(f"{name.split()[0].lower()}@quayside.example")
    page.get_by_label("Password").fill("a cello on the ferry")
    page.wait_for_timeout(2_100)  # a form sent at once is a machine's: a person is asked to press again
    page.get_by_role("button", name="Join and agree to the house rules", exact=True).click()
    expect(page.get_by_role("heading", name="Ask a question")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False], ids=["in place", "without scripts"])
def test_a_question_from_joining_to_its_notice(desk: Served, scripts):
    page = desk.page(None, java_script_enabled=scripts)
    join(page, "Wren Adler")
    title = page.get_by_label("What do you want to know?")
    title.press_sequentially("Can my cello fly in the cabin?", delay=5)
    page.get_by_label("Tell us more").fill("It has a hard case.")
    if scripts:
        expect(page.get_by_text("Can a cello fly in the cabin?")).to_be_visible()
        expect(title).to_have_value("Can my cello fly in the cabin?")
        page.get_by_role("button", name="Ask the community").click()
    else:
        page.get_by_role("button", name="Ask the community").click()
        expect(page.get_by_text("Can a cello fly in the cabin?")).to_be_visible()
        page.get_by_role("button", name="None of these: ask the community").click()
    expect(page.get_by_role("heading", name="Can my cello fly in the cabin?")).to_be_visible()
    topic = Topic.objects.get(title="Can my cello fly in the cabin?")
    where = f"/community/t/{topic.pk}/{topic.slug}/"

    other = desk.page(desk.cast.customer, java_script_enabled=scripts)
    other.goto(where)
    other.get_by_label("Your answer").fill("In the **cabin** only.")
    other.get_by_role("button", name="Preview").click()
    expect(other.locator(".preview strong")).to_have_text("cabin")
    other.get_by_role("button", name="Send answer").click()
    expect(other.locator("article.post strong").filter(has_text="cabin")).to_be_visible()
    expect(other.get_by_label("Your answer")).to_have_value("")
    post = Post.objects.get(topic=topic, kind="answer")
    assert other.url.endswith(f"#p{post.pk}")

    page.goto(where)
    page.get_by_role("button", name=re.compile("Thank Wanjiru")).click()
    expect(page.locator(f"#thank-{post.pk}")).to_have_attribute("aria-pressed", "true")
    page.locator(f"#worked-{post.pk}").click()
    expect(page.locator(f"#worked-{post.pk}")).to_have_attribute("aria-pressed", "true")
    page.locator(f"#choose-{post.pk}").click()
    expect(page.locator(f"#choose-{post.pk}")).to_have_attribute("aria-pressed", "true")
    post.refresh_from_db()
    topic.refresh_from_db()
    assert (post.thanks, post.worked, topic.chosen_id) == (1, 1, post.pk)

    other.goto("/community/notices/")
    other.get_by_role("link", name=re.compile("your answer solved it")).click()
    expect(other).to_have_url(re.compile(rf"{re.escape(where)}#p{post.pk}$"))
    assert desk.cast.customer.notices.filter(kind="solved", seen_at__isnull=False).exists()


def test_what_is_typed_is_kept_as_it_is_typed_and_survives_other_acts(desk: Served):
    topic = desk.cast.topic
    page = desk.page(desk.cast.customer)
    page.goto(f"/community/t/{topic.pk}/{topic.slug}/")
    page.get_by_label("Your answer").fill("I tried tha")
    until(page, "document.querySelector('[data-kept]').textContent === 'Kept as a draft'")
    assert Draft.objects.get().text == "I tried tha"
    opening = topic.said.get(kind="opening")
    page.locator(f"#p{opening.pk}").get_by_role("link", name="Comment").first.click()
    page.get_by_label("Your comment").fill("Which route?")
    page.locator(f"#p{opening.pk}").get_by_role("button", name=re.compile("Thank")).click()
    expect(page.locator(f"#thank-{opening.pk}")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_label("Your comment")).to_have_value("Which route?")
    expect(page.get_by_label("Your answer")).to_have_value("I tried tha")
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(page.get_by_label("Your comment")).to_have_count(0)
    expect(page.get_by_text("Which route?")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Your answer")).to_have_value("I tried tha")


def test_a_refusal_stands_at_the_form_and_what_was_taken_away_comes_back(desk: Served):
    topic, post = desk.cast.topic, desk.cast.answer
    page = desk.page(desk.cast.customer)
    page.goto(f"/community/t/{topic.pk}/{topic.slug}/")
    page.get_by_role("button", name="Send answer").click()
    expect(page.locator("#write [role=alert]")).to_have_text("Write something first.")
    assert page.evaluate("document.activeElement.id") == "answer"
    mine = page.locator(f"#p{post.pk}")
    mine.get_by_role("link", name="Edit").click()
    page.get_by_label("Text").fill("Yes, with **two** seats.")
    page.get_by_label(re.compile("Why")).fill("counted again")
    page.get_by_role("button", name="Save").click()
    expect(mine.locator("strong")).to_have_text("two")
    mine.get_by_role("link", name="Take away").click()
    page.locator("form.act").get_by_role("button", name="Take away").click()
    page.get_by_role("button", name="Put it back").click()
    expect(mine.locator("strong")).to_have_text("two")


def test_this_answers_it_opens_the_answer(desk: Served):
    asker = make_member("Yuki Abe")
    known = ask("Can a viola fly in the cabin?", by=asker)
    post = write_answer(known, by=make_member(), text="As cabin luggage.")
    choose_answer(post, by=asker)
    page = desk.page(desk.cast.customer)
    page.goto("/community/ask/")
    page.get_by_label("What do you want to know?").press_sequentially("May a viola fly in the cabin")
    page.get_by_role("button", name="This answers it").first.click()
    expect(page).to_have_url(re.compile(r"#p\d+$"))
    assert Member.objects.filter(name="Wanjiru Odhiambo").exists()
    assert not Draft.objects.exists()


def test_a_picture_is_chosen_and_stands_in_the_answer(desk: Served):
    topic = desk.cast.topic
    page = desk.page(desk.cast.customer)
    page.goto(f"/community/t/{topic.pk}/{topic.slug}/")
    field = page.get_by_label("Your answer")
    field.fill("Like this:")
    page.locator("#write input[type=file]").set_input_files(
        {"name": "seat.exe", "mimeType": "text/plain", "buffer": b"MZ\0"}
    )
    expect(page.locator("#write .files-said")).to_contain_text("Only pictures")
    page.locator("#write input[type=file]").set_input_files(
        {"name": "seat.png", "mimeType": "image/png", "buffer": DOT}
    )
    expect(field).to_have_value(re.compile(r"^Like this:\n!\[seat\]\(/community/files/[0-9a-f]{40}\)\n$"))
    page.get_by_role("button", name="Send answer").click()
    shown = page.locator("article.post .prose img[alt=seat]")
    expect(shown).to_be_visible()
    until(page, "document.querySelector('.prose img[alt=seat]').naturalWidth === 1")


DRAWN = """(type) => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 40, height: 20 });
  canvas.getContext("2d").fillRect(5, 5, 9, 9);
  return canvas.toDataURL(type).split(",")[1];
}"""


def test_a_photo_stands_upright_and_tells_nobody_where_it_was_taken(desk: Served):
    topic = desk.cast.topic
    page = desk.page(desk.cast.customer)
    page.goto(f"/community/t/{topic.pk}/{topic.slug}/")
    drawn = base64.b64decode(page.evaluate(DRAWN, "image/jpeg"))
    photo = drawn[:2] + jpeg_part(0xE1, b"Exif\0\0" + exif(6)) + drawn[2:]
    page.locator("#write input[type=file]").set_input_files(
        {"name": "seat.jpg", "mimeType": "image/jpeg", "buffer": photo}
    )
    expect(page.get_by_label("Your answer")).to_have_value(re.compile("seat"))
    page.get_by_role("button", name="Send answer").click()
    until(page, "document.querySelector('.prose img[alt=seat]')?.naturalHeight === 40")
    shown = page.request.get(page.locator(".prose img[alt=seat]").get_attribute("src")).body()
    assert PLACE not in shown
    assert len(shown) > len(drawn) - 200


NOISE = """() => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 3200, height: 1600 });
  const [pen, dots] = [canvas.getContext("2d"), new ImageData(3200, 1600)];
  for (let at = 0; at < dots.data.length; at += 65_536) crypto.getRandomValues(dots.data.subarray(at, at + 65_536));
  for (let at = 3; at < dots.data.length; at += 4) dots.data[at] = 255;
  pen.putImageData(dots, 0, 0);
  return canvas.toDataURL("image/jpeg", 1).split(",")[1];
}"""


def test_a_large_photo_is_made_smaller_before_it_is_sent(desk: Served):
    topic = desk.cast.topic
    page = desk.page(desk.cast.customer)
    page.goto(f"/community/t/{topic.pk}/{topic.slug}/")
    photo = base64.b64decode(page.evaluate(NOISE))
    assert len(photo) > 2_000_000
    page.locator("#write input[type=file]").set_input_files(
        {"name": "a.b.JPEG", "mimeType": "image/jpeg", "buffer": photo}
    )
    expect(page.get_by_label("Your answer")).to_have_value(re.compile(r"^!\[a\.b\]\("))
    page.get_by_role("button", name="Send answer").click()
    until(page, "document.querySelector('.prose img[alt=\"a.b\"]')?.naturalWidth === 2560")
    until(page, "document.querySelector('.prose img[alt=\"a.b\"]')?.naturalHeight === 1280")


def test_documents_are_chosen_together_sent_and_saved_from_the_post(desk: Served):
    topic = desk.cast.topic
    page = desk.page(desk.cast.customer)
    page.goto(f"/community/t/{topic.pk}/{topic.slug}/")
    given = [("router.log", b"no signal\n"), ("bad.zip", b"PK\3\4\0"), ("bill.pdf", b"%PDF-1.7\n")]
    page.locator("#write input[type=file]").set_input_files(
        [{"name": name, "mimeType": "application/octet-stream", "buffer": said} for name, said in given]
    )
    expect(page.get_by_label("Your answer")).to_have_value(
        re.compile(r"^\[router\.log \(10 B\)\]\(\S+\)\n\[bill\.pdf \(9 B\)\]\(\S+\)\n$")
    )
    expect(page.locator("#write .files-said")).to_contain_text("bad.zip: Only pictures")
    page.wait_for_timeout(3_100)  # a first post with a file, sent at once, waits for a look
    page.get_by_role("button", name="Send answer").click()
    for name, said in (given[0], given[2]):
        with page.expect_download() as coming:
            page.locator("article.post .prose a.file", has_text=name).click()
        assert coming.value.suggested_filename == name
        assert Path(coming.value.path()).read_bytes() == said


PUT = """([kind, texts]) => {
  const given = new DataTransfer();
  for (const [type, text] of texts) type ? given.setData(type, text) : given.items.add(new File([text], "a.log", { type: "text/plain" }));
  const how = { bubbles: true, cancelable: true, [kind === "paste" ? "clipboardData" : "dataTransfer"]: given };
  const event = kind === "paste" ? new ClipboardEvent(kind, how) : new DragEvent(kind, how);
  return !document.getElementById("answer").dispatchEvent(event);
}"""


def test_a_file_is_dropped_or_pasted_and_words_are_pasted_as_words(desk: Served):
    topic = desk.cast.topic
    page = desk.page(desk.cast.customer)
    page.goto(f"/community/t/{topic.pk}/{topic.slug}/")
    field = page.get_by_label("Your answer")
    assert page.evaluate(PUT, ["drop", [["", "no signal"]]])
    expect(field).to_have_value(re.compile(r"^\[a\.log \(9 B\)\]\(\S+\)\n$"))
    field.fill("")
    assert page.evaluate(PUT, ["paste", [["", "no signal"]]])
    expect(field).to_have_value(re.compile(r"^\[a\.log \(9 B\)\]\(\S+\)\n$"))
    assert not page.evaluate(PUT, ["paste", [["", "no signal"], ["text/plain", "words"]]])


def test_what_happens_meanwhile_rings_the_bell_and_waits_to_be_asked_for(desk: Served):
    reader, ines = desk.cast.customer, make_member("Ines Rautio")
    topic = ask("Where does the cello go?", by=reader, text="\n\n".join(["A long case."] * 60))
    first = write_answer(topic, by=ines, text="\n\n".join(["Into the cabin."] * 60))
    see_notices(reader)
    page = desk.page(reader)
    page.goto(f"/community/t/{topic.pk}/{topic.slug}/")
    expect(page.get_by_label("Notices", exact=True)).to_be_visible()
    until(
        page,
        "performance.getEntriesByType('resource').some(r => r.name.includes('/community/bell/')) || document.body.dataset.liveSince",
    )
    page.evaluate("window.scrollTo(0, 900)")
    where = page.evaluate(f"document.getElementById('p{first.pk}').getBoundingClientRect().top")
    thank_post(first, by=reader)  # of one's own act nothing is told
    second = write_answer(topic, by=ines, text="Or into the hold, in a flight case.")
    remark = write_comment(first, by=ines, text="If there is a seat.")
    expect(page.get_by_label("Notices, some are new")).to_be_visible()
    expect(page.get_by_role("button", name="2 new posts")).to_be_visible()
    assert page.locator(f"#p{second.pk}, #p{remark.pk}").count() == 0
    assert page.evaluate(f"document.getElementById('p{first.pk}').getBoundingClientRect().top") == where
    page.get_by_role("button", name="2 new posts").click()
    expect(page.locator(f"#p{first.pk} #p{remark.pk}")).to_contain_text("If there is a seat.")
    expect(page.locator(f"#p{second.pk}")).to_contain_text("flight case")
    expect(page.locator("#fresh")).to_be_empty()
    expect(page.locator("#answers")).to_have_text("2 answers")
    see_notices(reader)
    expect(page.get_by_label("Notices", exact=True)).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False], ids=["in place", "without scripts"])
def test_back_from_a_preview_loses_no_word(desk: Served, scripts):
    page = desk.page(desk.cast.customer, java_script_enabled=scripts)
    page.goto("/community/")
    page.goto("/community/ask/")
    title, more = page.get_by_label("What do you want to know?"), page.get_by_label("Tell us more")
    title.fill("Where do tandems go?")
    more.fill("Both of **them**.")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator(".preview strong")).to_have_text("them")
    if scripts:  # in place: Back leads to where one came from, and forward to the form again
        expect(page.locator(".preview")).to_be_focused()
        page.go_back()
        expect(page).to_have_url(f"{desk.url}/community/")
        page.go_forward()
    else:
        page.go_back()
    expect(title).to_have_value("Where do tandems go?")
    expect(more).to_have_value("Both of **them**.")
