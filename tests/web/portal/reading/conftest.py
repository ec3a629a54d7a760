"""What is read."""

from __future__ import annotations

from datetime import timedelta

import pytest

from harken.community.actions.writing import write_answer, write_comment
from tests.factories import ask, make_agent, make_brand, make_member, make_space

from .reading import NOW


@pytest.fixture
def told():
    """A question with an answer by a customer, one by an employee, and a comment."""
    brand = make_brand()
    space = make_space(brand=brand)
    asker, helper = make_member("Noor Haddad"), make_member("Ines Rautio", is_super_user=True)
    topic = ask(by=asker, space=space, tags=["instruments"], at=NOW - timedelta(hours=3))
    answer = write_answer(topic, by=helper, text="Yes. Take a **window** seat.", at=NOW - timedelta(hours=2))
    staff = make_member(agent=make_agent("Delphine Marsh", role="agent"))
    by_staff = write_answer(topic, by=staff, text="I can put it on by hand.", at=NOW - timedelta(hours=1))
    write_comment(answer, by=asker, text="Thank you, it fits.")
    topic.refresh_from_db()
    return {
        "topic": topic,
        "answer": answer,
        "staff": by_staff,
        "asker": asker,
        "helper": helper,
        "space": space,
    }
