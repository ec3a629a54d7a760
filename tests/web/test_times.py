"""Times as the browser words them: in the form of the reader's language, in the digits of the page's numbers."""

from __future__ import annotations

import re

from tests.web.browsing import Served, until

EIGHT = 1_709_626_020  # 08:07 in UTC: before ten
FORMS = {"en-US": r"8:07.AM", "en-GB": r"08:07", "de-DE": r"08:07", "es-ES": r"8:07", "ar-EG": r"8:07.ص"}


def test_a_day_is_said_in_the_language_also_where_a_page_brings_no_words(desk: Served):
    said = {}
    for locale in ("en-GB", "ar-EG"):
        page = desk.page(desk.cast.admin, locale=locale)
        page.context.add_cookies([{"name": "harken_language", "value": locale[:2], "url": desk.url}])
        page.goto("/setup/travel/")
        until(page, "document.querySelector('time[data-day][title]')")
        said[locale] = page.inner_text("time[data-day]")
    assert said == {"en-GB": "today", "ar-EG": "اليوم"}


def test_hours_are_written_as_in_the_language_with_the_digits_of_the_page(desk: Served):
    said, other_digits = {}, {}
    for locale in FORMS:
        page = desk.page(desk.cast.noor, locale=locale, timezone_id="UTC")
        page.context.add_cookies([{"name": "harken_language", "value": locale[:2], "url": desk.url}])
        page.goto(f"/desk/c/{desk.cast.conversation.pk}/")
        until(page, "document.querySelector('time[title]')")
        loaded = (
            "performance.getEntriesByType('resource').map((r) => r.name).find((n) => n.includes('/words'))"
        )
        told = f"import({loaded}).then((m) => m.date_form(m.HOURS).format(new Date({EIGHT}000)))"
        said[locale] = page.evaluate(told)
        times = page.eval_on_selector_all("time[title]", "all => all.map((t) => t.title + t.textContent)")
        other_digits[locale] = [one for one in times if re.search(r"[\u0660-\u0669]", one)]
    assert {
        locale: re.fullmatch(form, said[locale]) is not None for locale, form in FORMS.items()
    } == dict.fromkeys(FORMS, True), said
    assert not any(other_digits.values()), other_digits
