"""The house: its rules and log for everybody, reports for members, the queue for moderators."""

from django.urls import URLPattern, path

from . import decided, flagging, log, queue, rules

urlpatterns: list[URLPattern] = [
    path("community/rules/", rules.rules, name="community-rules"),
    path("community/rules/draft/", rules.draft, name="community-rules-draft"),
    path("community/rules/steer/", rules.steer, name="community-rules-steer"),
    path("community/rules/vote/", rules.vote, name="community-rules-vote"),
    path("community/rules/<int:version_number>/", rules.version, name="community-rules-version"),
    path("community/log/", log.log, name="community-log"),
    path("community/log/feed.atom", log.log_feed, name="community-log-feed"),
    path("community/house/", queue.queue, name="community-house"),
    path("community/house/decisions/<int:decision_id>/", decided.decision, name="community-decision"),
    path("community/house/decisions/<int:decision_id>/undo/", queue.undo, name="community-decision-undo"),
    path("community/house/decisions/<int:decision_id>/reverse/", decided.reverse, name="community-reverse"),
    path("community/house/<str:item_key>/", queue.item, name="community-house-item"),
    path("community/house/<str:item_key>/decide/", queue.decide, name="community-decide"),
    path("community/posts/<int:post_id>/flag/", flagging.flag, name="community-flag"),
    path("community/p/<str:member_slug>/flag/", flagging.flag_profile, name="community-flag-member"),
]
