"""Who rises and who tires, replayed over real communities: python tools/measure_helpers.py DIR...

Each DIR holds a Stack Exchange archive (see `harken import`). Tired: every steady helper is looked at each week with
what was known then. Of those who then fell silent for half a year, how many had been named by four weeks into it, or
were helping less before; of the namings, how many were followed by half a year at three quarters of the usual rate or
more (wrong), and how often a helper at their usual rate is named a year. Rising: the members of a community's first half
who are called rising at the middle of it, and how many of them were among the tenth with the most help afterwards.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path

from harken.brain import fatigue
from harken.brain.stars import rising
from harken.community.importing.lines import Said
from harken.community.importing.stackexchange import read_archive

WEEK = timedelta(days=7)
SILENT = 26  # weeks
SEEN_BY = 8  # weeks into the silence


def measure(folder: Path) -> None:
    """One line of figures for each."""
    answers: dict[str, list[datetime]] = defaultdict(list)
    chosen, asker, given = {}, {}, {}
    first: dict[str, datetime] = {}
    for line in read_archive(folder):
        if not isinstance(line, Said) or not line.author:
            continue
        first[line.author] = min(line.at, first.get(line.author, line.at))
        if line.kind == "question":
            asker[line.key] = line.author
            if line.chosen:
                chosen[line.chosen] = line.key
        elif line.kind == "answer":
            given[line.key] = (line.author, line.parent, line.at)
    end = max(first.values())
    helped: dict[str, list[datetime]] = defaultdict(list)
    for key, (author, question, at) in given.items():
        if asker.get(question) != author:
            answers[author].append(at)
            if key in chosen:
                helped[author].append(at)
        end = max(end, at)
    tired(folder.name, answers, end)
    stars(folder.name, helped, first, end)


def tired(name: str, answers: dict[str, list[datetime]], end: datetime) -> None:
    """Weekly looks at everybody who was ever steady."""
    watched_weeks = named = wrong = silenced = seen = 0
    judged = 0
    for moments in answers.values():
        moments.sort()
        start = moments[0]
        weeks = int((end - start) / WEEK)
        counts = [0] * (weeks + 1)
        for at in moments:
            counts[min(weeks, int((at - start) / WEEK))] += 1
        was_named, last_named = False, -99
        for week in range(fatigue.LEAST_WEEKS + fatigue.WATCHED, weeks):
            usual = fatigue.usual_of(counts[:week])
            if usual is None:
                was_named = False
                continue
            recent = counts[max(0, week - fatigue.WATCHED) : week]
            if sum(recent) >= 0.75 * usual * len(recent):
                watched_weeks += 1
            is_named = bool(fatigue.signs(fatigue.Weeks(counts[:week])))
            if is_named and not was_named:
                last_named = week
                if week + SILENT <= weeks:
                    judged += 1
                    after = sum(counts[week : week + SILENT]) / SILENT
                    wrong += after >= 0.75 * usual
            named += is_named and not was_named
            was_named = is_named
            ends = week >= SEEN_BY and counts[week - SEEN_BY - 1] > 0 and week - SEEN_BY + SILENT <= weeks
            if ends and sum(counts[week - SEEN_BY : week - SEEN_BY + SILENT]) == 0:
                silenced += 1
                seen += week - last_named <= SEEN_BY + fatigue.WATCHED
    print(
        f"{name}: named {named}, of {judged} with half a year after {wrong} went on as usual; "
        f"fell silent {silenced}, named by week {SEEN_BY} {seen}; "
        f"{watched_weeks / 52:.0f} helper-years at the usual rate"
    )


def stars(name: str, helped: dict[str, list[datetime]], first: dict[str, datetime], end: datetime) -> None:
    """Looked at four moments; afterwards half a year, or what there is of it."""
    begin = min(first.values())
    called = good = base = 0
    for part in (0.3, 0.45, 0.6, 0.75):
        at = begin + (end - begin) * part
        numbers = {author: number for number, author in enumerate(helped)}
        joined, ages = {}, {}
        for author, moments in helped.items():
            before = [(at - one) / timedelta(days=1) for one in moments if one <= at]
            if before:
                joined[numbers[author]] = (at - first[author]) / timedelta(days=1)
                ages[numbers[author]] = before
        found = rising(joined, ages)
        after = {
            numbers[author]: sum(at < one <= at + timedelta(days=180) for one in moments)
            for author, moments in helped.items()
        }
        known = sorted(after.get(one, 0) for one in joined)
        if not known:
            continue
        bar = max(1, known[min(len(known) - 1, int(0.9 * len(known)))])
        called += len(found)
        good += sum(after[one] >= bar for one in found)
        young = [one for one, age in joined.items() if age < 180]
        base += sum(after[one] >= bar for one in young if one not in found)
        print(
            f"  {name} at {part:.2f}: {len(found)} rising of {len(young)} young; later in the top tenth: "
            f"{sum(after[one] >= bar for one in found)}; of the other young {sum(after[one] >= bar for one in young if one not in found)}; bar {bar}"
        )
    print(f"  {name}: rising {called}, later in the top tenth {good}; other young ones in it {base}")


if __name__ == "__main__":
    for given_folder in sys.argv[1:]:
        measure(Path(given_folder))
