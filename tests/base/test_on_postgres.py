"""The ground again, on PostgreSQL: the same tests in a process of its own, and what only PostgreSQL does."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = (
    "tests/base/test_work.py",
    "tests/base/test_leases.py",
    "tests/base/test_heartbeats.py",
    "tests/base/test_live.py",
    "tests/base/only_postgres.py",
    "tests/inbox/test_search.py",
    "tests/inbox/test_fetching.py",
    "tests/community/test_search.py",
    "tests/community/test_importing.py",
    "tests/community/test_importing_hostile.py",
    "tests/community/test_inviting.py",
    "tests/community/test_intake.py",
    "tests/community/test_viewing.py",
    "tests/community/test_at_once.py",
    "tests/community/test_counts.py::test_what_is_counted_beforehand_equals_what_is_counted_anew[1]",
    "tests/web/front/test_doors.py",
    "tests/web/front/test_viewing.py",
    "tests/web/portal/reading/test_pages.py",
    "tests/web/portal/reading/test_topic.py",
    "tests/web/portal/reading/test_cost.py",
    # each of the community's own statements once: help, the house, letters, the Fediverse, guests, solutions, trips,
    # ideas, figures, profiles
    "tests/web/test_unreadable.py",
    "tests/community/test_earning.py::test_others_for_whom_it_worked_raise_it_and_staff_confirm_it",
    "tests/community/test_earning.py::test_what_came_without_events_is_found_by_the_sweep",
    "tests/community/test_earning.py::test_powers_open_are_told_once_and_leave_a_month_after_it_was_said",
    "tests/community/test_flagging.py::test_three_settled_members_hide_a_post_until_a_look_and_newcomers_never_do",
    "tests/community/test_deciding.py::test_a_wave_is_decided_at_once_and_one_that_was_decided_meanwhile_stays",
    "tests/community/test_keeping_rules.py::test_a_vote_of_members_binds_or_advises_as_was_said_and_its_ballots_are_destroyed",
    "tests/community/test_letters.py::test_what_happened_within_some_minutes_is_one_mail_a_topic_in_one_thread",
    "tests/community/test_notice_words.py",
    "tests/federation/test_following.py::test_who_follows_is_accepted_told_and_let_go",
    "tests/federation/test_hearing.py::test_boosts_and_favourites_count_people_and_never_less_than_nobody",
    "tests/federation/test_hostile.py::test_calls_of_servers_that_never_answer_keep_no_other_waiting",
    "tests/guests/test_filing.py::test_each_delivery_has_one_fate_and_the_ledger_balances",
    "tests/knowledge/test_solutions.py::test_a_reply_with_its_link_cites_it_and_thanks_count",
    "tests/inbox/test_amending.py::test_what_is_taken_away_is_gone_there_and_kept_here",
    "tests/travel/test_way_back.py::test_thanks_travel_back_to_the_member_and_say_what_solved_it",
    "tests/travel/test_planning.py::test_checked_by_us_it_goes_once_with_its_credit_by_the_rule_that_is_recorded",
    "tests/team/test_leaving.py",
    "tests/travel/test_closed_places.py",
    "tests/travel/test_merging.py",
    "tests/travel/test_planning.py::test_a_second_account_of_who_asked_publishes_nothing_and_the_desk_says_why",
    "tests/travel/test_queue.py::test_an_answer_stands_in_the_topic_and_may_travel",
    "tests/travel/test_answering_ideas.py::test_everybody_is_told_once_where_they_spoke_last_in_their_language",
    "tests/insight/test_community_figures.py::test_trips_sent_thanked_solved_corrected",
    "tests/insight/test_community_figures.py::test_who_answered_first_within_the_time_and_who_never_did",
    "tests/insight/test_closed_days.py",
    "tests/insight/test_pages_of_rows.py::test_every_page_of_every_figure_is_that_part_of_its_cases[0]",
    "tests/insight/test_pages_of_rows.py::test_so_are_trips_in_whatever_state_they_are",
    "tests/insight/test_community_tallies.py::test_a_tally_says_what_its_cases_say[0]",
    "tests/insight/test_community_tallies.py::test_a_tally_says_what_its_cases_say[1]",
    "tests/insight/test_community_tallies.py::test_microseconds_are_exact",
    "tests/web/reports/test_people_page.py::test_leads_read_it_and_the_numbers_open",
    "tests/web/reports/test_people_page.py::test_the_funnel_counts_who_did_what_since_and_opens_to_them",
    "tests/web/portal/acting/test_standing.py::test_the_figure_opens_to_its_rows_and_only_to_what_the_reader_may_read",
    "tests/web/portal/ideas/test_pages.py",
    "tests/web/portal/house/test_pages.py::test_a_space_that_is_closed_later_takes_its_lines_out_of_the_log[members]",
    "tests/web/portal/house/test_pages.py::test_the_log_shows_the_companys_share_and_how_much_its_people_decided",
    "tests/web/portal/house/test_pages.py::test_who_comes_second_is_told_by_whom_and_what",
)


PARTS = 3  # that run side by side


@pytest.mark.timeout(600)
@pytest.mark.parametrize("part", range(PARTS))
def test_the_ground_holds_on_postgresql(postgres_url: str, part: int) -> None:
    files = FILES[part::PARTS]
    env = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTEST_XDIST", "HARKEN_PEERS_R"))
    }
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *files],
        cwd=ROOT,
        env={**env, "HARKEN_TEST_DATABASE_URL": postgres_url},
        capture_output=True,
        text=True,
        timeout=560,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None
    assert int(passed[1]) >= len(files)
    assert "skipped" not in done.stdout
