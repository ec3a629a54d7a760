"""Figures as text: well formed, escaped, free of script and style, and drawn where the numbers say."""

import random
import re
from math import inf, log
from xml.etree import ElementTree

import pytest

from harken.insight.charts.differences import Change, Changes, change_scale, changes_chart
from harken.insight.charts.dots import DotScale, dot_header, dot_row, dot_scale_places
from harken.insight.charts.hours import HourCell, hour_strip, shade
from harken.insight.charts.share_bar import ShareBar, share_bar
from harken.insight.charts.svg import HATCH, Drawing, LabelRoom, Place, Tick, text_width
from harken.insight.charts.waiting import (
    HOUR,
    WEEK,
    Dot,
    SmallWaiting,
    Waiting,
    small_waiting_chart,
    waiting_chart,
)
from harken.insight.stats.shares import Difference, difference_of, share_of
from harken.insight.stats.shrinkage import Shrunk
from harken.insight.stats.survival import kaplan_meier

HOSTILE = "<script>alert('x')</script>\"&"
SHARES = tuple(Tick(at, f"{at:.0%}") for at in (0, 0.25, 0.5, 0.75, 1))
TIMES = (Tick(60, "1 min"), Tick(HOUR, "1 hour"), Tick(86400, "1 day"), Tick(WEEK, "7 days"))


def parsed(markup):
    """The elements of the markup; fails when it is ill-formed or holds what the page's policy forbids."""
    assert not re.search(r"<script|\son\w+=|\sstyle=|javascript:", markup, re.IGNORECASE)
    root = ElementTree.fromstring(f"<root>{markup}</root>")
    marks = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(marks) == len(set(marks))
    return root


def looks(root, name):
    return [element for element in root.iter() if name in (element.get("class") or "").split()]


def waits(count=400, seed=3, never=0.1):
    generator = random.Random(seed)
    return [
        (inf, False) if generator.random() < never else (generator.lognormvariate(8.5, 1.6), True)
        for _ in range(count)
    ]


def bar(**changes):
    given = {
        "name": "hour",
        "title": "Within one hour",
        "finding": "39.3 percent within the hour.",
        "value": 0.4,
        "low": 0.38,
        "high": 0.42,
        "ticks": SHARES,
        "href": "?rows=hour",
        "open_label": "Open the 40 conversations",
        "expected": 0.42,
        "expected_label": "customers expect 42 %",
        "before": 0.3,
        "before_label": "30.0 the period before",
        "before_short": "30.0 before",
    }
    return ShareBar(**(given | changes))


def test_a_share_bar_is_as_long_as_its_share_in_both_widths():
    root = parsed(share_bar(bar()))
    assert [(svg.get("class"), svg.get("viewBox")) for svg in root] == [
        ("ch w", "0 0 540 104"),
        ("ch n", "0 0 358 104"),
    ]
    assert [float(mark.get("width")) for mark in looks(root, "k1")] == [0.4 * 540, 143.2]
    assert [float(mark.get("width")) for mark in looks(root, "o5")] == [162, 107.4]
    assert [link.get("href") for link in root.iter("a")] == ["?rows=hour", "?rows=hour"]


def test_labels_of_a_share_bar_turn_round_at_the_edge():
    low, high = parsed(share_bar(bar(expected=0.1))), parsed(share_bar(bar(expected=0.95)))
    for root, turned in ((low, False), (high, True)):
        words = [text for text in looks(root, "st") if text.text == "customers expect 42 %"]
        assert [("e" in text.get("class").split()) for text in words] == [turned, turned]


def test_a_share_bar_without_expectation_or_comparison_draws_neither():
    root = parsed(share_bar(bar(expected=None, before=None, href="")))
    assert (looks(root, "ki"), looks(root, "o5"), list(root.iter("a"))) == ([], [], [])


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_the_ends_of_the_scale_are_drawn_inside(value):
    share = share_of(int(value * 50), 50)
    root = parsed(share_bar(bar(value=share.value, low=share.low, high=share.high, before=value)))
    for element in root.iter():
        for key in ("x", "x1", "x2"):
            assert 0 <= float(element.get(key, 0)) <= 540


def waiting(cases, **changes):
    given = {
        "name": "curve",
        "title": "Time to first answer",
        "finding": "Half are answered after an hour.",
        "curve": kaplan_meier(cases),
        "ticks": TIMES,
        "narrow_ticks": TIMES,
        "shares": SHARES,
        "dots": (Dot(HOUR, "39.3 % within the hour", "39.3 % in 1 h"),),
        "expected": (HOUR, 0.42, "customers expect 42 %", "expected 42 %"),
        "median": kaplan_meier(cases).median().value,
        "median_label": "half are answered after 1 h",
        "median_short": "half after 1 h",
        "never_href": "?rows=never",
        "never_open_label": "Open the never answered",
        "never_lines": ("10 % never answered", "40 people", "plateau 90 %"),
        "never_short": "10 % never answered",
    }
    return Waiting(**(given | changes))


def test_the_waiting_curve_stands_where_the_estimate_is():
    cases = waits()
    curve = kaplan_meier(cases)
    root = parsed(waiting_chart(waiting(cases, before=kaplan_meier(waits(seed=9)), before_label="before")))
    wide = root[0]
    x = 40 + log(60) / log(WEEK / 60) * 688
    dot = next(mark for mark in wide.iter("circle") if mark.get("class") == "k1")
    assert float(dot.get("cx")) == pytest.approx(x, abs=0.06)
    assert float(dot.get("cy")) == pytest.approx(366 - 348 * (1 - curve.at(HOUR).value), abs=0.06)
    strip = looks(wide, "hatch")[0]
    assert float(strip.get("height")) == pytest.approx(348 * curve.at(WEEK).value, abs=0.06)
    assert strip.get("fill") == "url(#hat)"
    assert 'id="hat"' in HATCH


def test_few_cases_are_drawn_as_steps_and_many_as_a_bounded_line():
    def points(cases):
        root = parsed(waiting_chart(waiting(cases)))
        line = next(path for path in root[0].iter("path") if path.get("class") == "l1 w2")
        return line.get("d")[1:].split("L")

    few = points([(600.0, True), (7200.0, True), (inf, False)])
    assert len(few) == 1 + 2 * 2 + 1
    assert few[1].split()[0] == few[2].split()[0]  # straight up
    assert len(points(waits(5000))) == 201


@pytest.mark.parametrize(
    "cases",
    [
        [],
        [(inf, False)] * 40,
        [(30.0, True)] * 40,
        [(WEEK * 2, True)] * 40,
        [(100.0, False)] * 40,
        [(3600.0, True)],
        waits(60, never=0.9),
    ],
)
def test_odd_data_still_give_a_figure(cases):
    root = parsed(waiting_chart(waiting(cases)))
    assert [svg.tag for svg in root] == ["svg", "svg"]
    assert "nan" not in ElementTree.tostring(root, encoding="unicode")


def test_labels_of_the_curve_keep_off_each_other():
    for spread in (0.3, 1.0, 2.0):
        for centre in (5.0, 7.5, 8.2, 9.5, 11.0):
            generator = random.Random(1)
            cases = [(generator.lognormvariate(centre, spread), True) for _ in range(300)]
            chart = waiting(
                cases, dots=(Dot(HOUR, "39.3 % within the hour"), Dot(86400, "88.8 % after 24 hours"))
            )
            wide = parsed(waiting_chart(chart))[0]
            boxes = []
            for text in looks(wide, "ha"):
                width = text_width(text.text)
                left = float(text.get("x")) - (width if "e" in text.get("class").split() else 0)
                top = float(text.get("y")) - 11
                boxes.append((left, top, left + width, top + 14))
                assert left >= 30
                assert left + width <= 900
            for number, one in enumerate(boxes):
                for other in boxes[number + 1 :]:
                    apart = (
                        one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
                    )
                    assert apart, (spread, centre, one, other)


def test_small_curves_share_a_scale():
    cases = waits(80)
    chart = SmallWaiting(
        name="c1",
        title="Mail",
        finding="30 percent within the hour",
        curve=kaplan_meier(cases),
        all_cases=kaplan_meier(waits()),
        ticks=TIMES,
        dot=Dot(HOUR, "30 %"),
        expected=0.42,
    )
    root = parsed(small_waiting_chart(chart))
    assert [svg.get("viewBox") for svg in root] == ["0 0 252 132", "0 0 358 118"]
    assert len(looks(root[0], "o2")) == 1


def test_changes_are_drawn_around_zero():
    clear = difference_of(share_of(3804, 9684), share_of(3280, 9684))
    places = change_scale((clear, Difference(-0.014, -0.022, -0.006)))
    assert places[0] <= -0.022
    assert places[-1] >= clear.high
    assert 0.0 in places
    chart = Changes(
        name="change",
        title="Change",
        finding="Better",
        rows=(
            Change("Within one hour", clear, "+5.4 (+4.0 to +6.8)", "?rows=hour", "Open"),
            Change("Never", Difference(-0.014, -0.022, -0.006), "−1.4"),
        ),
        ticks=tuple(Tick(at, f"{at * 100:+.0f}") for at in places),
    )
    root = parsed(changes_chart(chart))
    zero = next(float(line.get("x1")) for line in looks(root[0], "inkl"))
    bars = [(float(bar.get("x1")), float(bar.get("x2"))) for bar in looks(root[0], "w6")]
    assert bars[0][0] > zero
    assert bars[1][1] < zero
    assert [len(list(svg.iter("a"))) for svg in root] == [1, 1]


@pytest.mark.parametrize(
    ("low", "high"), [(-0.0001, 0.0001), (-1.0, 1.0), (0.2, 0.9), (-0.03, -0.01), (0.0, 0.0), (-0.004, 0.031)]
)
def test_the_scale_of_changes_takes_in_the_intervals_with_few_places(low, high):
    places = change_scale((Difference((low + high) / 2, low, high),))
    assert places[0] <= min(low, 0)
    assert places[-1] >= max(high, 0)
    assert 0.0 in places
    assert 2 <= len(places) <= 9


def test_dots_stand_on_one_scale():
    assert dot_scale_places(0.66) == (0.0, 0.2, 0.4, 0.6, 0.8)
    assert dot_scale_places(0.31) == (0.0, 0.1, 0.2, 0.3, 0.4)
    assert dot_scale_places(1.0)[-1] == 1.0
    assert dot_scale_places(0.0) == (0.0, 0.05, 0.1)
    scale = DotScale(tuple(Tick(at, f"{at:.0%}") for at in dot_scale_places(0.66)), 0.42, "expected 42")
    parsed(dot_header(scale, name="teams", title="Scale"))
    root = parsed(dot_row(scale, Shrunk(37, 61, 0.55, 0.44, 0.66), name="team-1", title="Community hosts"))
    dot, ring = looks(root, "k1")[0], looks(root, "ring")[0]
    assert float(dot.get("cx")) == pytest.approx(4 + 0.55 / 0.8 * 322, abs=0.06)
    assert float(ring.get("cx")) == pytest.approx(4 + 37 / 61 / 0.8 * 322, abs=0.06)


def test_hours_are_links_with_all_that_they_show():
    cells = [
        HourCell(f"{h:02d}", 10 * h, None if h < 3 else h / 24, str(h), f"{h}: words", f"?hour={h}")
        for h in range(24)
    ]
    root = parsed(hour_strip(cells, expected=0.42, title="By hour"))
    links = list(root.iter("a"))
    assert [link.get("aria-label") for link in links] == [f"{h}: words" for h in range(24)]
    assert float(links[23].find("svg/rect").get("height")) == 58
    assert "none" in links[0].find("span").get("class").split()
    assert [shade(share, 0.42) for share in (None, 0.1, 0.2, 0.34, 0.42, 0.51)] == [0, 0, 1, 2, 3, 4]
    parsed(hour_strip([HourCell("00", 0, None, "–", "nobody asked", "")], expected=0.42, title="By hour"))


def test_what_is_given_as_words_stays_words():
    for markup in (
        share_bar(
            bar(title=HOSTILE, finding=HOSTILE, expected_label=HOSTILE, open_label=HOSTILE, name=HOSTILE)
        ),
        waiting_chart(
            waiting(waits(), never_lines=(HOSTILE,), median_label=HOSTILE, never_open_label=HOSTILE)
        ),
        changes_chart(
            Changes(
                "x",
                HOSTILE,
                HOSTILE,
                (Change(HOSTILE, Difference(0, -0.1, 0.1), HOSTILE),),
                (Tick(-0.1, HOSTILE), Tick(0.1, "")),
            )
        ),
        hour_strip([HourCell(HOSTILE, 5, 0.4, HOSTILE, HOSTILE, "?h=1&x=<")], expected=0.42, title=HOSTILE),
    ):
        assert "<script" not in markup
        parsed(markup)


def test_figures_link_to_this_site_only():
    drawing = Drawing("x", "w", 10, 10, "t")
    with pytest.raises(ValueError, match="of this site only"), drawing.link("javascript:alert(1)", "x"):
        pass


def test_a_label_takes_the_first_place_with_room():
    drawing = Drawing("x", "w", 300, 100, "t")
    room = LabelRoom(0, 0, 300, 100)
    places = (Place(10, 5), Place(-10, 5, end=True), Place(10, 30))
    room.put(drawing, 100, 50, "first words", "st", places)
    room.put(drawing, 100, 50, "second words", "st", places)
    room.put(drawing, 290, 80, "third words", "st", places)
    texts = list(parsed(drawing.markup()).iter("text"))
    assert [(text.get("x"), "e" in text.get("class")) for text in texts][1:] == [("90", True), ("280", True)]


def test_wide_scripts_are_counted_as_wide():
    assert text_width("答える", 10) == 30
    assert text_width("iii", 10) < text_width("MMM", 10)


def test_words_that_run_from_the_right_stand_as_a_piece_of_their_own():
    drawing = Drawing("x", "w", 300, 100, "t")
    for words in ("3 أعضاء: 47%", "3 members: 47 %"):
        drawing.text(10, 10, words)
    assert [text.text for text in parsed(drawing.markup()).iter("text")] == [
        "\u20683 أعضاء: 47%\u2069",
        "3 members: 47 %",
    ]
