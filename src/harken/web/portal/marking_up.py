"""A question as search engines read it: schema.org's QAPage, as JSON in the page."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from harken.community import texts
from harken.community.models import Topic
from harken.community.queries.topic_page import Said

from .looks import VOICES, name_shown

MOST_ANSWERS = 20
LONGEST = 5000  # characters of a post

# Between <script> and </script> nothing is unescaped: no text may end the element or begin a comment in it.
_UNSAFE = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
)


def question_page(
    topic: Topic, opening: Said, answers: Sequence[Said], absolute: Callable[[str], str], company: str
) -> SafeString:
    """The JSON of a question with its answers; safe inside a script element. Empty where nobody has answered: a page without
    an answer is no QAPage to those who read it."""
    address = absolute(f"/community/t/{topic.pk}/{topic.slug}/")
    said = [post for post in answers if post.kind == "answer" and post.state == "shown"]
    if not said:
        return mark_safe("")
    question: dict[str, Any] = {
        "@type": "Question",
        "name": topic.title,
        "text": texts.words_of(opening.html)[:LONGEST],
        "url": address,
        "answerCount": len(said),
        "upvoteCount": topic.same_question + opening.thanks,
        "datePublished": topic.created_at.isoformat(),
        "author": _author(opening, company, absolute),
    }
    chosen = [post for post in said if post.id == topic.chosen_id]
    others = [post for post in said if post.id != topic.chosen_id][:MOST_ANSWERS]
    if chosen:
        question["acceptedAnswer"] = _answer(chosen[0], address, company, absolute)
    if others:
        question["suggestedAnswer"] = [_answer(post, address, company, absolute) for post in others]
    page = {"@context": "https://schema.org", "@type": "QAPage", "mainEntity": question}
    return mark_safe(json.dumps(page, ensure_ascii=False).translate(_UNSAFE))  # noqa: S308 - escaped above


def _answer(post: Said, address: str, company: str, absolute: Callable[[str], str]) -> dict[str, Any]:
    return {
        "@type": "Answer",
        "text": texts.words_of(post.html)[:LONGEST],
        "url": f"{address}#p{post.id}",
        "upvoteCount": post.thanks,
        "datePublished": post.created_at.isoformat(),
        "author": _author(post, company, absolute),
    }


def _author(post: Said, company: str, absolute: Callable[[str], str]) -> dict[str, Any]:
    if post.voice == "brand":
        return {"@type": "Organization", "name": company}
    found: dict[str, Any] = {"@type": "Person", "name": name_shown(post.author_name, post.author_state)}
    if VOICES[post.voice].is_company:
        found["worksFor"] = {"@type": "Organization", "name": company}
    if post.author_state != "gone":
        found["url"] = absolute(f"/community/p/{post.author_slug}/")
    return found
