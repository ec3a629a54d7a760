"""Files that stand in nothing go after a day, and no other."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils.timezone import now

from harken.channels.files import file_path
from harken.community.actions.clearing import clear_files
from harken.community.actions.editing import edit_post
from harken.community.actions.filing import keep_file
from harken.community.actions.keeping import keep_draft
from harken.community.actions.writing import write_answer
from harken.community.models import Draft, File
from tests.factories import ask, make_member
from tests.pictures import PNG

pytestmark = pytest.mark.django_db(transaction=True)


def shown(file: File) -> str:
    return f"See ![it](/community/files/{file.stored_as})."


def left() -> set[int]:
    found = set(File.objects.values_list("pk", flat=True))
    assert all(file_path(one.stored_as).exists() for one in File.objects.all())
    return found


def test_what_stands_in_nothing_goes_after_a_day_row_and_file():
    ines, wren = make_member("Ines Rautio"), make_member("Wren Adler")
    topic = ask(by=make_member("Noor Haddad"))
    unused, posted, before, begun, other = (keep_file(PNG, by=ines) for _ in range(5))
    write_answer(topic, by=ines, text=shown(posted))
    edited = write_answer(topic, by=ines, text=shown(before))
    edit_post(edited, by=ines, text="It is gone.")
    keep_draft(ines, topic=topic, text=shown(begun))
    write_answer(topic, by=wren, text=shown(other))  # whoever writes it
    assert clear_files(at=now() + timedelta(hours=23)) == 0
    later = now() + timedelta(hours=25)
    assert clear_files(at=later) == 5
    assert left() == {posted.pk, before.pk, begun.pk, other.pk}
    assert not file_path(unused.stored_as).exists()
    # what was said stays for good and is not looked for again; a draft may be let go
    assert set(File.objects.filter(due_at=None)) == {posted, before, other}
    assert clear_files(at=later + timedelta(hours=23)) == 0
    Draft.objects.all().delete()
    assert clear_files(at=later + timedelta(hours=25)) == 1
    assert left() == {posted.pk, before.pk, other.pk}
