"""`harken evaluate`: the keys that programs read, on an archive made up here."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from typer.testing import CliRunner

from harken.cli.evaluate import app

BEGIN = datetime(2025, 1, 1, tzinfo=UTC)


def archive(folder: Path) -> Path:
    """Sixty questions: member 1 answers about cellos, 2 about names, the others hardly ever."""
    rows = []
    for number in range(60):
        is_cello = number % 2 == 0
        at = (BEGIN + timedelta(days=number)).isoformat()
        words = f"cello seat cabin {number}" if is_cello else f"name letter ticket {number}"
        tags = ["instruments"] if is_cello else ["names"]
        question = {
            "id": number * 10,
            "type": "q",
            "at": at,
            "user": 100 + number,
            "title": words,
            "body": words,
        }
        rows.append({**question, "parent": None, "accepted": number * 10 + 1, "score": 1, "tags": tags})
        helpers = [1 if is_cello else 2, *([3 + number % 5] if number % 3 == 0 else [])]
        for place, helper in enumerate(helpers, 1):
            answer = {"id": number * 10 + place, "type": "a", "parent": number * 10, "at": at, "user": helper}
            rows.append(
                {**answer, "accepted": None, "score": 2, "tags": [], "title": None, "body": "like this"}
            )
    with gzip.open(folder / "posts.jsonl.gz", "wt") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    return folder


def test_route_finds_who_answers_beside_what_is_simpler(tmp_path):
    done = CliRunner().invoke(app, ["route", "--data", str(archive(tmp_path)), "--holdout", "0.3", "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert {"site", "questions", "mrr", "hit5", "baselines", "load_gini"} <= set(found)
    assert found["questions"] == 18
    assert found["mrr"] > 0.9 > found["baselines"]["answers"]["mrr"] > found["baselines"]["random"]["mrr"]
    assert {"activity", "answers", "last_activity", "random"} == set(found["baselines"])
    assert 0 <= found["load_gini"] < 1


def test_no_archive_is_said(tmp_path):
    done = CliRunner().invoke(app, ["route", "--data", str(tmp_path)])
    assert done.exit_code == 1
    assert "posts.jsonl.gz or Posts.xml" in done.output


def test_ring_prints_what_it_gains():
    done = CliRunner().invoke(app, ["ring", "--accounts", "20", "--thanks", "500", "--json"])
    assert done.exit_code == 0
    found = json.loads(done.stdout)
    assert found["ranks_gained"] == 0
    assert found["credit_share"] <= 0.01
