"""What each figure and family is called, and how it is counted, in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from harken.insight.metrics.community.scope import DAY, HOUR, MINUTE

_SPANS = {
    15 * MINUTE: gettext_noop("15 minutes"),
    HOUR: gettext_noop("one hour"),
    DAY: gettext_noop("a day"),
    7 * DAY: gettext_noop("7 days"),
    30 * DAY: gettext_noop("30 days"),
}
_FIGURES = {
    "answers.asked": gettext_noop("Questions asked"),
    "answers.members": gettext_noop("Questions first answered by members within %(span)s"),
    "answers.staff": gettext_noop("Questions first answered by staff within %(span)s"),
    "answers.none": gettext_noop("Questions not answered after %(span)s"),
    "answers.never": gettext_noop("Questions never answered"),
    "answers.young": gettext_noop("Questions that wait, for less than seven days"),
    "acceptance.asked": gettext_noop("Questions asked"),
    "acceptance.asker": gettext_noop("Questions with an answer chosen by the asker within %(span)s"),
    "acceptance.staff": gettext_noop("Questions with an answer chosen by staff within %(span)s"),
    "acceptance.none": gettext_noop("Questions with no answer chosen after %(span)s"),
    "acceptance.young": gettext_noop("Questions with none chosen that stand for less than 30 days"),
    "trips.begun": gettext_noop("Trips begun"),
    "trips.sent": gettext_noop("Answers sent"),
    "trips.by_members": gettext_noop("Answers of members sent"),
    "trips.solved": gettext_noop("Solved by a member"),
    "trips.thanked": gettext_noop("Thanked by the asker"),
    "trips.failed": gettext_noop("Did not work for the asker"),
    "trips.corrected": gettext_noop("Corrected after they were sent"),
    "newcomers.new": gettext_noop("Newcomers"),
    "newcomers.back": gettext_noop("Newcomers who came back within 30 days"),
    "newcomers.gone": gettext_noop("Newcomers who had not come back after 30 days"),
    "newcomers.young": gettext_noop("Newcomers of less than 30 days who have not come back yet"),
    "health.growth": gettext_noop("Members who joined"),
    "health.usefulness": gettext_noop("Answers that are known to have helped"),
    "health.answers": gettext_noop("Answers written"),
    "health.popularity": gettext_noop("Views of topics"),
    "health.responsiveness": gettext_noop("Questions answered within a day"),
    "health.questions": gettext_noop("Questions asked at least a day ago"),
    "health.interactivity": gettext_noop("Topics in which three or more people spoke"),
    "health.topics": gettext_noop("Topics opened"),
    "health.liveliness": gettext_noop("Customers who said something"),
}
_FACTORS = {
    "growth": (
        gettext_noop("Growth"),
        gettext_noop(
            "People who joined that week with an account of their own; without staff and imports. "
            "Unit: members."
        ),
    ),
    "usefulness": (
        gettext_noop("Usefulness"),
        gettext_noop(
            "Of the answers to questions written that week, those since chosen, thanked for or said "
            "to work. Unit: answers."
        ),
    ),
    "popularity": (
        gettext_noop("Popularity"),
        gettext_noop(
            "How often topics were opened that week, without the company's people, machines that say "
            "so, and the same member again within half an hour. Unit: views."
        ),
    ),
    "responsiveness": (
        gettext_noop("Responsiveness"),
        gettext_noop(
            "Of the questions asked that week, a day ago at least, those with a first answer within "
            "24 hours. Unit: questions."
        ),
    ),
    "interactivity": (
        gettext_noop("Interactivity"),
        gettext_noop(
            "Of the topics opened that week, those in which three or more different people have "
            "spoken since. Unit: topics."
        ),
    ),
    "liveliness": (
        gettext_noop("Liveliness"),
        gettext_noop("Different customers and super users who wrote anything that week. Unit: people."),
    ),
}
_GROWTH_IN_A_SPACE = (
    gettext_noop("Growth"),
    gettext_noop(
        "Nobody joins a space: people with an account of their own who wrote in this one for the "
        "first time that week; without staff and imports. Unit: members."
    ),
)
_IMPORTS = gettext_noop("What an import brought is another place's past and is left out.")
# What a family's figures are counted by: a term and the sentences that say it.
_DEFINITIONS: dict[str, tuple[tuple[str, ...], ...]] = {
    "answers": (
        (
            gettext_noop("Asked"),
            gettext_noop("Every question shown, at the moment it was opened in the community."),
            _IMPORTS,
        ),
        (
            gettext_noop("From the networks"),
            gettext_noop("Asked in a conversation on a network and brought here."),
        ),
        (
            gettext_noop("By members"),
            gettext_noop("The first answer that is not the asker's own is by a customer or super user."),
        ),
        (
            gettext_noop("By staff"),
            gettext_noop("That answer is by one of the company's people, or in its name."),
        ),
        (
            gettext_noop("Never"),
            gettext_noop(
                "Closed without an answer, or none within seven days. They stay in the count throughout."
            ),
        ),
        (
            gettext_noop("Too young"),
            gettext_noop("Unanswered for less: known only to have waited so long (censored)."),
        ),
        (
            gettext_noop("Method"),
            gettext_noop(
                "Cumulative incidence (Aalen-Johansen), which makes Kaplan-Meier's curve of those who "
                "wait of two endings: by members, by staff and not yet sum to 100 %. Intervals: "
                "95 %. Beside each share stands how many rows it opens to; where some are too young, the "
                "share is not simply their part of all."
            ),
        ),
    ),
    "acceptance": (
        (
            gettext_noop("Chosen by the asker"),
            gettext_noop("The answer that solves it now was chosen by who asked, so long after asking."),
        ),
        (
            gettext_noop("Chosen by staff"),
            gettext_noop(
                "By the company's people, who may after seven days, or in place of one that no longer held."
            ),
        ),
        (
            gettext_noop("Of"),
            gettext_noop("All questions asked, answered or not."),
            _IMPORTS,
        ),
        (
            gettext_noop("Method"),
            gettext_noop(
                "As above: those asked lately are watched for as long as they stand. Nothing is said "
                "of a time that fewer than 30 have behind them. Intervals: 95 %."
            ),
        ),
    ),
    "trips": (
        (
            gettext_noop("Trips begun"),
            gettext_noop("Questions brought here from conversations that you may see, in these days."),
        ),
        (
            gettext_noop("Sent"),
            gettext_noop("The network took the answer."),
        ),
        (
            gettext_noop("Solved by a member"),
            gettext_noop(
                "Sent, written by a customer or super user, and thanked for by the asker or chosen here."
            ),
        ),
        (
            gettext_noop("Corrected"),
            gettext_noop(
                "Edited here after it was sent, or taken away. A trip stands as it is now: when a "
                "second answer was sent after one was taken away, the second counts."
            ),
        ),
    ),
    "newcomers": (
        (
            gettext_noop("Newcomer"),
            gettext_noop(
                "Somebody with an account whose first post here falls into these days; without staff "
                "and imports."
            ),
        ),
        (
            gettext_noop("Came back"),
            gettext_noop(
                "Posted or thanked again within 30 days, and at least 24 hours after the first post."
            ),
        ),
        (
            gettext_noop("Too young"),
            gettext_noop("First posted less than 30 days ago and not back yet (censored). Kaplan-Meier."),
        ),
    ),
    "health": (
        (
            gettext_noop("Views"),
            gettext_noop(
                "A topic's first page, opened by a browser, from memory or made anew; imported topics "
                "too. A HEAD, a fetch ahead and a part of a page are none. Who opened it is not "
                "recorded and no cookie is set, so that somebody without an account counts each time. "
                "Days are kept for a year; what a process counted in its last seconds is lost when "
                "it is killed. Views give nobody a rank or a right."
            ),
        ),
        (
            gettext_noop("Weeks"),
            gettext_noop(
                "Seven days each, the last ends with the period. Weeks that are not over yet are "
                "lower for it."
            ),
        ),
        (
            gettext_noop("Method"),
            gettext_noop(
                "The six factors are those of a published community health index. How each is counted "
                "is our own, from what is kept here, and they are not summed into one number."
            ),
        ),
    ),
}
_NEW_IN_A_SPACE = (
    gettext_noop("In one space"),
    gettext_noop(
        "The first post in it, and who posted or thanked in it again; they may have spoken elsewhere before."
    ),
)


def span_words(seconds: int) -> str:
    """15 minutes, one hour, …"""
    return _(_SPANS[seconds])


def figure_words(figure: str, *, in_a_space: bool = False) -> str:
    """What a figure counts; `figure` is "family.name", with its seconds at the end where it has a window."""
    if in_a_space and figure == "health.growth":
        return _("Members who wrote in the space for the first time")
    name, _line, seconds = figure.rpartition("_")
    if seconds.isdecimal():
        return _(_FIGURES[name]) % {"span": span_words(int(seconds))}
    return _(_FIGURES[figure])


def factor_words(factor: str, *, in_a_space: bool = False) -> tuple[str, str]:
    """A factor of health: its name, and what is counted for it."""
    name, counted = _GROWTH_IN_A_SPACE if in_a_space and factor == "growth" else _FACTORS[factor]
    return _(name), _(counted)


def definitions(family: str, *, in_a_space: bool = False) -> list[tuple[str, str]]:
    """How a family is counted: terms with their words."""
    found = []
    if family == "health":
        found += [factor_words(name, in_a_space=in_a_space) for name in _FACTORS]
    terms = _DEFINITIONS[family]
    if in_a_space and family == "newcomers":
        terms = (*terms, _NEW_IN_A_SPACE)
    for term, *sentences in terms:
        found.append((_(term), " ".join(_(sentence) for sentence in sentences)))
    return found
