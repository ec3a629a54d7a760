"""What the house does by the clock."""

from harken.community.actions.keeping_rules import follow_dates
from harken.community.actions.suspending import lift_suspensions
from harken.community.actions.telling import tell_moderators


def keep_house() -> int:
    """End suspensions that are over, count votes, bring rules into force, tell moderators of what can't wait longer (a
    lane); how many."""
    return lift_suspensions() + follow_dates() + tell_moderators()
